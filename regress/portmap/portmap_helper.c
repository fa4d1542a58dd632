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
 * The port mapping client on a real UDP socket, for tests against routers of
 * others.  Asks GATEWAY from OWN for PORT of udp or tcp and prints a line for
 * each thing that happens.  SIGUSR1 asks again, SIGTERM gives the mapping
 * back and ends; so does the end of the seconds given.
 *
 * usage: portmap_helper [-n] gateway own udp|tcp port seconds
 *        -n  keep the PCP packets back, so that NAT-PMP is left
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "portmap/portmap.h"

#define POLL_MS	50

static volatile sig_atomic_t	ended, again;

struct client {
	struct portmap	pm;
	int		fd;
	int		natpmp_only;
};

static void
on_signal(int sig)
{
	if (sig == SIGUSR1)
		again = 1;
	else
		ended = 1;
}

static uint64_t
now_ms(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock_gettime");
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
client_send(void *arg, const struct endpoint *to, const uint8_t *pkt,
    size_t len)
{
	struct client		*c = arg;
	struct sockaddr_storage	 ss;
	socklen_t		 sslen;

	if (c->natpmp_only && pkt[0] != 0)
		return;
	sslen = endpoint_to_sockaddr(to, &ss);
	if (sendto(c->fd, pkt, len, 0, (struct sockaddr *)&ss, sslen) == -1)
		warn("sendto");
}

static const char *
proto_name(uint8_t proto)
{
	return proto == PORTMAP_UDP ? "udp" : "tcp";
}

static void
client_mapped(void *arg, uint8_t proto, const struct endpoint *external,
    uint32_t lifetime)
{
	struct client	*c = arg;
	char		 buf[ENDPOINT_STRLEN];

	printf("mapped %s %s %u %s\n", proto_name(proto),
	    endpoint_print(external, buf, sizeof(buf)), lifetime,
	    portmap_protocol_name(c->pm.protocol));
}

static void
client_unmapped(void *arg, uint8_t proto, enum portmap_reason why)
{
	struct client		*c = arg;
	struct portmap_info	 info;
	unsigned		 result = 0;

	if (portmap_get(&c->pm, proto, &info) == 0)
		result = info.result;
	printf("unmapped %s %s %u\n", proto_name(proto),
	    portmap_reason_name(why), result);
}

static const struct portmap_ops	ops = {
	client_send, client_mapped, client_unmapped
};

static void
client_open(struct client *c, const char *gateway, const char *own)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 gw, me;
	uint8_t			 seed[PORTMAP_SEED_LEN];
	socklen_t		 len;

	if (endpoint_parse(&gw, gateway, 0) == -1 ||
	    endpoint_parse(&me, own, 0) == -1)
		errx(1, "bad address");
	arc4random_buf(seed, sizeof(seed));
	if (portmap_init(&c->pm, &ops, c, &gw, &me, seed) == -1)
		err(1, "portmap_init");
	len = endpoint_to_sockaddr(&me, &ss);
	c->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	if (c->fd == -1 || bind(c->fd, (struct sockaddr *)&ss, len) == -1)
		err(1, "socket");
}

static void
client_receive(struct client *c)
{
	struct sockaddr_storage	 ss;
	struct endpoint		 from;
	uint8_t			 buf[PORTMAP_PACKET_MAX + 1];
	socklen_t		 len;
	ssize_t			 n;

	for (;;) {
		len = sizeof(ss);
		n = recvfrom(c->fd, buf, sizeof(buf), 0,
		    (struct sockaddr *)&ss, &len);
		if (n == -1)
			return;
		if (endpoint_from_sockaddr(&from, (struct sockaddr *)&ss,
		    len) == 0)
			(void)portmap_input(&c->pm, &from, buf, (size_t)n,
			    now_ms());
	}
}

/* Until the end, or until all is given back. */
static void
client_run(struct client *c, uint64_t end)
{
	struct pollfd	 pfd = { .fd = c->fd, .events = POLLIN };

	while (!ended && now_ms() < end && !portmap_is_released(&c->pm)) {
		if (again) {
			again = 0;
			portmap_recheck(&c->pm, now_ms());
		}
		(void)portmap_tick(&c->pm, now_ms());
		if (poll(&pfd, 1, POLL_MS) > 0)
			client_receive(c);
	}
}

int
main(int argc, char *argv[])
{
	static struct client	 c;
	const char		*errstr;
	uint64_t		 seconds, accepted;
	uint16_t		 port;
	int			 ch;

	while ((ch = getopt(argc, argv, "n")) != -1)
		if (ch == 'n')
			c.natpmp_only = 1;
		else
			return 1;
	argc -= optind;
	argv += optind;
	if (argc != 5)
		errx(1, "usage: portmap_helper [-n] gateway own udp|tcp "
		    "port seconds");
	port = (uint16_t)strtonum(argv[3], 1, 65535, &errstr);
	if (errstr != NULL)
		errx(1, "port is %s", errstr);
	seconds = (uint64_t)strtonum(argv[4], 1, 3600, &errstr);
	if (errstr != NULL)
		errx(1, "seconds are %s", errstr);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGTERM, on_signal);
	signal(SIGUSR1, on_signal);
	client_open(&c, argv[0], argv[1]);
	if (portmap_want(&c.pm, strcmp(argv[2], "tcp") == 0 ? PORTMAP_TCP :
	    PORTMAP_UDP, port, NULL, now_ms()) == -1)
		err(1, "portmap_want");
	client_run(&c, now_ms() + seconds * 1000);
	accepted = c.pm.stats.accepted;
	portmap_release(&c.pm, now_ms());
	ended = 0;
	client_run(&c, now_ms() + 3000);
	printf("released %s, resets %llu\n",
	    c.pm.stats.accepted > accepted ? "answered" : "unanswered",
	    (unsigned long long)c.pm.stats.epoch_resets);
	close(c.fd);
	return 0;
}
