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
 * A daemon for the tests of the tools: a process that listens on "sock" in
 * the working directory, takes one request per connection, and answers with
 * what the test wants, sense or nonsense.
 */

#ifndef REGRESS_CLIENT_SERVER_H
#define REGRESS_CLIENT_SERVER_H

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg/imsg.h"
#include "msg/msg.h"

#define TC(name)	\
	ATF_TC_WITHOUT_HEAD(name); ATF_TC_BODY(name, tc)
#define SOCK		"sock"
#define EXPECT(x)	do {						\
	if (!(x))							\
		errx(1, "server, line %d: %s", __LINE__, #x);		\
} while (0)

/* Answers the n-th request, of this type. */
typedef void (*serve_fn)(struct imsgbuf *, uint32_t type,
    const union msg_any *, int n);

static inline int
server_socket(void)
{
	struct sockaddr_un	 sun;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, SOCK, sizeof(sun.sun_path));
	unlink(SOCK);
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, listen(fd, 5));
	return fd;
}

static inline void
server_send(struct imsgbuf *ib, uint32_t type, const void *msg)
{
	uint8_t	 buf[MSG_MAX_SIZE];
	ssize_t	 len;

	EXPECT((len = msg_encode(msg_lookup(type), msg, buf,
	    sizeof(buf))) != -1);
	EXPECT(imsg_compose(ib, type, 0, 0, -1, buf, (size_t)len) == 1);
	/* A tool that has seen enough may be gone. */
	EXPECT(imsgbuf_flush(ib) == 0 || errno == EPIPE ||
	    errno == ECONNRESET);
}

static inline void
server_send_raw(struct imsgbuf *ib, const void *data, size_t len)
{
	EXPECT(send(ib->fd, data, len, MSG_NOSIGNAL) == (ssize_t)len);
}

/* CLIENT_RESULT or ADMIN_RESULT: both have the same members. */
static inline void
server_result(struct imsgbuf *ib, uint32_t type, uint8_t code,
    const char *text)
{
	union msg_any	 any;

	memset(&any, 0, sizeof(any));
	if (type == MSG_CLIENT_RESULT) {
		any.client_result.code = code;
		strlcpy(any.client_result.text, text,
		    sizeof(any.client_result.text));
	} else {
		any.admin_result.code = code;
		strlcpy(any.admin_result.text, text,
		    sizeof(any.admin_result.text));
	}
	server_send(ib, type, &any);
}

static inline void
server_one(int fd, serve_fn serve, int n)
{
	struct imsgbuf		 ib;
	struct imsg		 imsg;
	struct ibuf		 body;
	union msg_any		 any;
	const struct msg_desc	*d;

	EXPECT(imsgbuf_init(&ib, fd) == 0);
	EXPECT(imsgbuf_set_maxsize(&ib, MSG_MAX_SIZE) == 0);
	while (imsgbuf_get(&ib, &imsg) != 1)
		EXPECT(imsgbuf_read(&ib) == 1);
	EXPECT((d = msg_lookup(imsg_get_type(&imsg))) != NULL);
	if (imsg_get_len(&imsg) == 0)
		EXPECT(msg_decode(d, NULL, 0, &any) == MSG_OK);
	else {
		EXPECT(imsg_get_ibuf(&imsg, &body) == 0);
		EXPECT(msg_decode(d, ibuf_data(&body), ibuf_size(&body),
		    &any) == MSG_OK);
	}
	serve(&ib, d->type, &any, n);
	imsg_free(&imsg);
	imsgbuf_clear(&ib);
	close(fd);
}

/* Serves this many connections, then ends. */
static inline pid_t
server_start(serve_fn serve, int connections)
{
	pid_t	 pid;
	int	 fd, i, listener = server_socket();

	fflush(NULL);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		alarm(20);
		for (i = 0; i < connections; i++) {
			EXPECT((fd = accept(listener, NULL, NULL)) != -1);
			server_one(fd, serve, i);
		}
		_exit(0);
	}
	close(listener);
	return pid;
}

static inline void
server_end(pid_t pid)
{
	int	 status;

	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the server ended with status %d", status);
}

/*
 * Runs a tool in a process of its own with input as its standard input;
 * leaves "out" and "err".
 */
static inline void
tool(int (*run)(int, char **), int code, const char *input,
    const char *const *words)
{
	char	*argv[32];
	int	 argc = 0, fd;
	pid_t	 pid;

	for (; words[argc] != NULL; argc++)
		ATF_REQUIRE((argv[argc] = strdup(words[argc])) != NULL);
	argv[argc] = NULL;
	if (input != NULL)
		atf_utils_create_file("in", "%s", input);
	pid = atf_utils_fork();
	if (pid == 0) {
		fd = open(input == NULL ? "/dev/null" : "in", O_RDONLY);
		dup2(fd, STDIN_FILENO);
		exit(run(argc, argv));
	}
	atf_utils_wait(pid, code, "save:out", "save:err");
	while (argc > 0)
		free(argv[--argc]);
}

#define TOOL(run, code, input, ...) do {				\
	const char *const words_[] = { "tool", "-s", SOCK, __VA_ARGS__,	\
	    NULL };							\
	tool(run, code, input, words_);					\
} while (0)

/* The whole of a file, compared as text. */
static inline void
expect_file(const char *name, const char *text)
{
	if (text[0] == '\0')
		ATF_CHECK_MSG(atf_utils_compare_file(name, ""),
		    "%s is not empty", name);
	else if (!atf_utils_compare_file(name, text)) {
		atf_utils_cat_file(name, "got: ");
		atf_tc_fail_nonfatal("%s is not as expected", name);
	}
}

static inline void
expect_words(const char *name, const char *words)
{
	ATF_CHECK_MSG(atf_utils_grep_file("%s", name, words),
	    "%s does not say: %s", name, words);
}

#endif /* REGRESS_CLIENT_SERVER_H */
