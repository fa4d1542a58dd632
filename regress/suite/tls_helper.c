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
 * Sends its standard input through TLS to whoever answers, whatever it is, and
 * reads until the other side has enough: the client of a test of what the
 * discovery service takes for a frame.  Believes every certificate.
 *
 *	tls_helper host port
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#define INPUT_MAX	(4 * 1024 * 1024)

static void
send_all(struct tls *tls, const char *buf, size_t len)
{
	ssize_t	 n;

	while (len > 0) {
		n = tls_write(tls, buf, len);
		if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT)
			continue;
		if (n <= 0)
			return;		/* it has heard enough */
		buf += n;
		len -= (size_t)n;
	}
}

int
main(int argc, char *argv[])
{
	struct tls_config	*config;
	struct tls		*tls;
	char			*input, answer[4096];
	size_t			 len = 0;
	ssize_t			 n;

	if (argc != 3) {
		fprintf(stderr, "usage: tls_helper host port\n");
		return 2;
	}
	if ((input = malloc(INPUT_MAX)) == NULL)
		err(1, "malloc");
	while (len < INPUT_MAX && (n = read(STDIN_FILENO, input + len,
	    INPUT_MAX - len)) > 0)
		len += (size_t)n;
	if ((config = tls_config_new()) == NULL ||
	    (tls = tls_client()) == NULL)
		errx(1, "libtls");
	tls_config_insecure_noverifycert(config);
	tls_config_insecure_noverifyname(config);
	tls_config_insecure_noverifytime(config);
	if (tls_configure(tls, config) == -1 ||
	    tls_connect(tls, argv[1], argv[2]) == -1 ||
	    tls_handshake(tls) == -1)
		errx(1, "%s", tls_error(tls));
	send_all(tls, input, len);
	do
		n = tls_read(tls, answer, sizeof(answer));
	while (n > 0 || n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT);
	tls_free(tls);
	tls_config_free(config);
	free(input);
	return 0;
}
