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
 * A wire with a length: frames that come in at one interface leave by the
 * other one so many milliseconds later, both ways.  Large packets pass as
 * they are, with the header that says what is still to be cut and summed.
 *
 *	wire_helper milliseconds interface interface
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRAME_MAX	(65536 + 64)
#define WAIT_MAX	16384		/* frames under way, each direction */

struct frame {
	struct frame	*next;
	uint64_t	 due_us;
	size_t		 len;
	uint8_t		 data[];
};

struct end {
	int		  fd;
	struct frame	 *first;	/* to be sent here */
	struct frame	**last;
	size_t		  n;
};

static uint64_t
now_us(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int
open_end(const char *name)
{
	struct sockaddr_ll	 sll;
	int			 on = 1, bytes = 8 * 1024 * 1024;
	int			 fd = socket(AF_PACKET,
				    SOCK_RAW | SOCK_NONBLOCK, 0);

	if (fd == -1)
		err(1, "socket");
	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(ETH_P_ALL);
	if ((sll.sll_ifindex = (int)if_nametoindex(name)) == 0)
		err(1, "%s", name);
	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) ==
	    -1 || setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
	    sizeof(on)) == -1)
		err(1, "%s", name);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "%s", name);
	return fd;
}

/* Everything that has come at one end waits for its time at the other. */
static void
take(const struct end *from, struct end *to, uint64_t delay)
{
	static uint8_t	 buf[FRAME_MAX];
	struct frame	*f;
	ssize_t		 n;

	while ((n = recv(from->fd, buf, sizeof(buf), 0)) > 0) {
		if (to->n == WAIT_MAX)
			continue;
		if ((f = malloc(sizeof(*f) + (size_t)n)) == NULL)
			err(1, NULL);
		memcpy(f->data, buf, (size_t)n);
		f->len = (size_t)n;
		f->due_us = now_us() + delay;
		f->next = NULL;
		*to->last = f;
		to->last = &f->next;
		to->n++;
	}
	if (n == -1 && errno != EAGAIN && errno != ENETDOWN)
		err(1, "receive");
}

static void
give(struct end *e)
{
	struct frame	*f;

	while ((f = e->first) != NULL && f->due_us <= now_us()) {
		/* What does not fit is lost, as on any wire. */
		if (send(e->fd, f->data, f->len, 0) == -1 &&
		    errno == ENXIO)
			err(1, "send");
		if ((e->first = f->next) == NULL)
			e->last = &e->first;
		e->n--;
		free(f);
	}
}

static void
wait_for(struct end *e)
{
	struct pollfd	 pfd[2];
	struct timespec	 ts;
	uint64_t	 due = UINT64_MAX, now = now_us();
	int		 i;

	for (i = 0; i < 2; i++) {
		pfd[i].fd = e[i].fd;
		pfd[i].events = POLLIN;
		if (e[i].first != NULL && e[i].first->due_us < due)
			due = e[i].first->due_us;
	}
	due = due > now ? due - now : 0;
	ts.tv_sec = (time_t)(due / 1000000);
	ts.tv_nsec = (long)(due % 1000000) * 1000;
	if (e[0].first == NULL && e[1].first == NULL)
		ts.tv_sec = 3600;
	if (ppoll(pfd, 2, &ts, NULL) == -1 && errno != EINTR)
		err(1, "poll");
}

int
main(int argc, char *argv[])
{
	struct end	 e[2];
	uint64_t	 delay;
	int		 i;

	if (argc != 4) {
		fprintf(stderr, "usage: wire_helper milliseconds interface "
		    "interface\n");
		return 2;
	}
	delay = (uint64_t)strtonum(argv[1], 0, 10000, NULL) * 1000;
	for (i = 0; i < 2; i++) {
		e[i].fd = open_end(argv[2 + i]);
		e[i].first = NULL;
		e[i].last = &e[i].first;
		e[i].n = 0;
	}
	for (;;) {
		wait_for(e);
		for (i = 0; i < 2; i++)
			take(&e[i], &e[!i], delay);
		for (i = 0; i < 2; i++)
			give(&e[i]);
	}
}
