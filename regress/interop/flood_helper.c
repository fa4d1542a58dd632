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
 * Floods a WireGuard device with initiations whose mac1 is right and all
 * else random: each costs the device a public-key operation, until it finds
 * itself under load and answers with cookies instead.  The first of those
 * is told on standard output; the flood goes on until it is ended.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "noise/cookie.h"
#include "noise/wg_local.h"

#define BURST	1000	/* datagrams without a pause */
#define GAP_NS	200000000

static int
flood_connect(const char *address, const char *port)
{
	struct sockaddr_in	 sin;
	const char		*bad;
	int			 fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)strtonum(port, 1, UINT16_MAX, &bad));
	if (bad != NULL)
		errx(2, "port is %s", bad);
	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		errx(2, "not an address: %s", address);
	if ((fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
	return fd;
}

/* While the device does not listen, sending may fail. */
static void
flood_burst(int fd, struct cookie_maker *cm)
{
	uint8_t	 msg[WG_INITIATION_LEN];
	int	 i;

	for (i = 0; i < BURST; i++) {
		randombytes_buf(msg, sizeof(msg));
		wg_put32(msg, WG_TYPE_INITIATION);
		cookie_maker_sign(cm, msg, sizeof(msg), 0);
		if (send(fd, msg, sizeof(msg), 0) == -1 &&
		    errno != ECONNREFUSED && errno != ENOBUFS)
			err(1, "send");
	}
}

/* Take in what has come; 1 when there was a cookie reply. */
static int
flood_cookies(int fd)
{
	uint8_t	 msg[WG_INITIATION_LEN];
	ssize_t	 n;
	int	 found = 0;

	while ((n = recv(fd, msg, sizeof(msg), MSG_DONTWAIT)) != -1 ||
	    errno == ECONNREFUSED)
		if (n == WG_COOKIE_LEN && wg_get32(msg) == WG_TYPE_COOKIE)
			found = 1;
	return found;
}

int
main(int argc, char *argv[])
{
	struct timespec		 gap = { 0, GAP_NS };
	struct cookie_maker	 cm;
	uint8_t			 key[WG_KEY_LEN];
	size_t			 len;
	int			 fd, told = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: flood_helper address port key\n");
		return 2;
	}
	if (sodium_init() == -1)
		errx(1, "sodium_init");
	if (sodium_base642bin(key, sizeof(key), argv[3], strlen(argv[3]),
	    NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) == -1 ||
	    len != sizeof(key))
		errx(2, "not a public key");
	fd = flood_connect(argv[1], argv[2]);
	cookie_maker_init(&cm, key);
	for (;;) {
		flood_burst(fd, &cm);
		nanosleep(&gap, NULL);
		if (flood_cookies(fd) && !told) {
			puts("cookie");
			fflush(stdout);
			told = 1;
		}
	}
}
