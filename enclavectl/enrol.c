/*
 * Copyright (c) 2026 The Enclave authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/*
 * enclavectl enrol: takes the enrolment key from standard input, a terminal
 * without echo, or a file, never from the command line, where every user of
 * the machine could read it.  Each buffer that held the key is wiped.
 */

#include <sys/types.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <readpassphrase.h>
#include <string.h>
#include <unistd.h>

#include "cert/name.h"
#include "client/out.h"
#include "client/text.h"
#include "enclavectl/ctl.h"

#define KEY_INPUT_MAX	256	/* with its NUL; a key has 29 characters */
#define DESCRIPTION_MAX	127

static int	 read_prompt(char *, size_t);
static int	 read_all(int, char *, size_t, const char *);
static int	 read_key(const char *, char *, size_t);
static int	 check_key(const char *, char[ENROLKEY_STRLEN]);
static int	 send_key(struct ctl *, struct msg_client_enrol *);

static int
read_prompt(char *buf, size_t size)
{
	if (readpassphrase("Enrolment key: ", buf, size,
	    RPP_ECHO_OFF | RPP_REQUIRE_TTY) != NULL)
		return 0;
	warnx("no enrolment key was entered");
	return -1;
}

/* With read(2): the buffer of a stdio stream could not be wiped. */
static int
read_all(int fd, char *buf, size_t size, const char *what)
{
	size_t	 len = 0;
	ssize_t	 n;

	while (len < size) {
		if ((n = read(fd, buf + len, size - len)) == 0)
			break;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			warn("%s", what);
			return -1;
		}
		len += (size_t)n;
	}
	if (len == size) {
		warnx("%s holds more than one enrolment key", what);
		return -1;
	}
	buf[len] = '\0';
	if (strlen(buf) != len) {
		warnx("%s is not text", what);
		return -1;
	}
	return 0;
}

static int
read_key(const char *file, char *buf, size_t size)
{
	char	 clean[TEXT_MAX];
	int	 fd, ret;

	if (file == NULL && isatty(STDIN_FILENO))
		return read_prompt(buf, size);
	if (file == NULL)
		return read_all(STDIN_FILENO, buf, size, "standard input");
	text_clean(clean, sizeof(clean), file);
	if ((fd = open(file, O_RDONLY | O_CLOEXEC)) == -1) {
		warn("%s", clean);
		return -1;
	}
	ret = read_all(fd, buf, size, clean);
	close(fd);
	return ret;
}

static int
check_key(const char *text, char key[ENROLKEY_STRLEN])
{
	const char	*p, *reason;

	for (p = text; isspace((unsigned char)*p); p++)
		continue;
	if (*p == '\0') {
		warnx("there is no enrolment key: ask your administrator for "
		    "one");
		return -1;
	}
	if (enrolkey_normalise(text, key, &reason) == 0)
		return 0;
	warnx("this is no enrolment key: %s; a key has five groups of five "
	    "symbols", reason);
	return -1;
}

static int
send_key(struct ctl *ctl, struct msg_client_enrol *m)
{
	struct client		 client;
	enum client_code	 code;
	char			 clean[TEXT_MAX];

	client_init(&client, ROLE_ENCLAVECTL, ctl->path);
	code = client_ask(&client, MSG_CLIENT_ENROL, m);
	text_clean(clean, sizeof(clean), client.text);
	if (code == CLIENT_DONE && clean[0] == '\0')
		strlcpy(clean, "enrolled", sizeof(clean));
	if (ctl->json)
		out_result(code == CLIENT_DONE, clean);
	else if (code == CLIENT_DONE)
		printf("%s\n", clean);
	if (code != CLIENT_DONE)
		warnx("%s", clean);
	return code;
}

/* 0 or an exit code. */
static int
enrol_options(struct ctl *ctl, struct args *args, const char **description,
    const char **file)
{
	int	 c;

	*description = "";
	*file = NULL;
	while ((c = ctl_next(ctl, args, "jD:f:")) != ARGS_END) {
		switch (c) {
		case 'D':
			*description = args->value;
			break;
		case 'f':
			*file = args->value;
			break;
		case ARGS_WORD:
			warnx("the enrolment key is not taken from the "
			    "command line, where every user of this machine "
			    "can read it: give it on standard input or with "
			    "-f file");
			return CLIENT_USAGE;
		default:
			return ctl_usage(ctl);
		}
	}
	if (text_is_clean(*description, DESCRIPTION_MAX))
		return 0;
	warnx("a description has at most %d bytes, all of them printable",
	    DESCRIPTION_MAX);
	return CLIENT_USAGE;
}

int
cmd_enrol(struct ctl *ctl, struct args *args)
{
	struct msg_client_enrol	 m;
	const char		*description, *file;
	char			 text[KEY_INPUT_MAX];
	int			 code;

	if ((code = enrol_options(ctl, args, &description, &file)) != 0)
		return code;
	memset(&m, 0, sizeof(m));
	memset(text, 0, sizeof(text));
	strlcpy(m.description, description, sizeof(m.description));
	if (read_key(file, text, sizeof(text)) == -1 ||
	    check_key(text, m.key) == -1)
		code = CLIENT_FAILED;
	explicit_bzero(text, sizeof(text));
	if (code == 0)
		code = send_key(ctl, &m);
	else if (ctl->json)
		out_result(0, "there is no valid enrolment key to send");
	explicit_bzero(&m, sizeof(m));
	return code;
}
