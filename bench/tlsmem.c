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
 * Memory that a TLS connection costs a server whatever it is for: so many of
 * them between two processes, with the configuration of the discovery service
 * and nothing beside the library's own state.  Prints bytes for each.
 *
 *	tlsmem count
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "tlsio/tlscert.h"
#include "tlsio/tlsio.h"

#define COUNT_MAX	5000

static long
resident_kib(void)
{
	char	 line[256];
	long	 kib = -1;
	FILE	*f = fopen("/proc/self/status", "r");

	if (f == NULL)
		err(1, "/proc/self/status");
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	fclose(f);
	return kib;
}

static void
one_byte(struct tls *tls, int send)
{
	char	 c = 'x';
	ssize_t	 n;

	do
		n = send ? tls_write(tls, &c, 1) : tls_read(tls, &c, 1);
	while (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT);
	if (n != 1)
		errx(1, "TLS: %s", tls_error(tls));
}

static void
client(int fd, size_t n)
{
	struct tls_config	*config;
	struct tls		*tls;
	const char		*reason;
	int			 sock;
	size_t			 i;

	config = tlsio_client_config(NULL, 0, &reason);
	for (i = 0; i < n; i++) {
		if (read(fd, &sock, sizeof(sock)) != sizeof(sock) ||
		    (tls = tls_client()) == NULL ||
		    tls_configure(tls, config) == -1 ||
		    tls_connect_socket(tls, sock, "discovery") == -1 ||
		    tls_handshake(tls) == -1)
			errx(1, "client");
		one_byte(tls, 1);
		one_byte(tls, 0);
	}
	pause();
}

int
main(int argc, char *argv[])
{
	static int		 ends[COUNT_MAX][2];
	static uint8_t		 cert[TLSCERT_PEM_MAX], key[TLSCERT_PEM_MAX];
	size_t			 cert_len, key_len;
	struct tls		*server, *tls;
	const char		*reason;
	size_t			 i, n;
	long			 before;
	int			 go[2];
	pid_t			 pid;

	n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	if (n == 0 || n > COUNT_MAX) {
		fprintf(stderr, "usage: tlsmem count\n");
		return 2;
	}
	if (tlscert_make("discovery", 1, cert, &cert_len, key,
	    &key_len) == -1)
		errx(1, "no certificate can be made");
	if ((server = tlsio_server(cert, cert_len, key, key_len, &reason)) ==
	    NULL)
		errx(1, "%s", reason);
	if (pipe(go) == -1)
		err(1, "pipe");
	for (i = 0; i < n; i++)
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]) == -1)
			err(1, "socketpair");
	if ((pid = fork()) == -1)
		err(1, "fork");
	if (pid == 0)
		client(go[0], n);
	for (i = 0, before = 0; i < n; i++) {
		/* The first ones load what all share. */
		if (i == n / 10)
			before = resident_kib();
		if (write(go[1], &ends[i][1], sizeof(int)) != sizeof(int) ||
		    tls_accept_socket(server, &tls, ends[i][0]) == -1 ||
		    tls_handshake(tls) == -1)
			errx(1, "server");
		one_byte(tls, 0);
		one_byte(tls, 1);
	}
	printf("%.0f\n", (double)(resident_kib() - before) * 1024 /
	    (double)(n - n / 10));
	kill(pid, SIGKILL);
	return 0;
}
