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
 * With a mode there is somebody on it, who lets everything pass and has a copy
 * of each datagram (UDP, IPv4) as well:
 *
 *	replay		it comes once more, later
 *	swap		every other one comes later than the next one; no copy
 *	reflect		it goes back to where it came from
 *	truncate	its first half comes before it
 *	flip		with one bit changed it comes before it
 *
 * How often that happened is told at the end (SIGTERM).
 *
 *	wire_helper milliseconds interface interface [mode]
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRAME_MAX	(65536 + 64)
#define LATER_US	30000		/* a copy or a swapped one */
#define HEADERS		(sizeof(struct virtio_net_hdr) + \
			    sizeof(struct ether_header))
#define WAIT_MAX	16384		/* frames under way, each direction */

struct frame {
	struct frame	*next;
	uint64_t	 due_us;
	size_t		 len;
	uint8_t		 data[];
};

struct end {
	int		  fd;
	struct frame	 *first;	/* to be sent here, in order */
	size_t		  n;
};

enum mode { NONE, REPLAY, SWAP, REFLECT, TRUNCATE, FLIP };

static const char *const	 modes[] = {
	"none", "replay", "swap", "reflect", "truncate", "flip"
};
static enum mode		 mode;
static unsigned long		 done;	/* what the mode says */
static volatile sig_atomic_t	 ended;

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

/* Later frames go behind it, and earlier ones stay before it. */
static void
put(struct end *to, const uint8_t *data, size_t len, uint64_t due_us)
{
	struct frame	*f, **at = &to->first;

	if (to->n == WAIT_MAX)
		return;
	if ((f = malloc(sizeof(*f) + len)) == NULL)
		err(1, NULL);
	memcpy(f->data, data, len);
	f->len = len;
	f->due_us = due_us;
	while (*at != NULL && (*at)->due_us <= due_us)
		at = &(*at)->next;
	f->next = *at;
	*at = f;
	to->n++;
}

/* --- Somebody on it ------------------------------------------------- */

/* The IP header of a datagram that is whole and for itself, or NULL. */
static struct ip *
datagram(uint8_t *buf, size_t len)
{
	struct virtio_net_hdr	*v = (struct virtio_net_hdr *)(void *)buf;
	struct ether_header	*eth;
	struct ip		*ip;

	if (len < HEADERS + sizeof(*ip) + sizeof(struct udphdr))
		return NULL;
	eth = (struct ether_header *)(void *)(v + 1);
	ip = (struct ip *)(void *)(eth + 1);
	if (v->gso_type != VIRTIO_NET_HDR_GSO_NONE ||
	    eth->ether_type != htons(ETHERTYPE_IP) || ip->ip_hl != 5 ||
	    ip->ip_p != IPPROTO_UDP ||
	    ntohs(ip->ip_len) > len - HEADERS)
		return NULL;
	return ip;
}

/* Sums stay the same when addresses and ports change places. */
static void
turn_round(uint8_t *buf, struct ip *ip)
{
	struct ether_header	*eth = (struct ether_header *)(void *)(buf +
				    sizeof(struct virtio_net_hdr));
	struct udphdr		*udp = (struct udphdr *)(void *)(ip + 1);
	uint8_t			 mac[ETH_ALEN];
	struct in_addr		 addr = ip->ip_src;
	uint16_t		 port = udp->uh_sport;

	memcpy(mac, eth->ether_dhost, sizeof(mac));
	memcpy(eth->ether_dhost, eth->ether_shost, sizeof(mac));
	memcpy(eth->ether_shost, mac, sizeof(mac));
	ip->ip_src = ip->ip_dst;
	ip->ip_dst = addr;
	udp->uh_sport = udp->uh_dport;
	udp->uh_dport = port;
}

/* Another length, and no sum of what it carries. */
static size_t
rewrite(uint8_t *buf, struct ip *ip, size_t payload)
{
	struct udphdr	*udp = (struct udphdr *)(void *)(ip + 1);
	uint16_t	 words[10];
	uint32_t	 sum = 0;
	size_t		 i;

	memset(buf, 0, sizeof(struct virtio_net_hdr));
	udp->uh_ulen = htons((uint16_t)(sizeof(*udp) + payload));
	udp->uh_sum = 0;
	ip->ip_len = htons((uint16_t)(sizeof(*ip) + sizeof(*udp) + payload));
	ip->ip_sum = 0;
	memcpy(words, ip, sizeof(words));
	for (i = 0; i < 10; i++)
		sum += words[i];
	sum = (sum >> 16) + (sum & 0xffff);
	ip->ip_sum = (uint16_t)~(sum + (sum >> 16));
	return HEADERS + sizeof(*ip) + sizeof(*udp) + payload;
}

/* The frame is changed; returns when the original is due. */
static uint64_t
attack(struct end *from, struct end *to, uint8_t *buf, size_t len,
    struct ip *ip, uint64_t due)
{
	uint8_t	*data = (uint8_t *)ip + sizeof(*ip) + sizeof(struct udphdr);
	size_t	 n = ntohs(ip->ip_len) - sizeof(*ip) - sizeof(struct udphdr);

	done++;
	switch (mode) {
	case REPLAY:
		put(to, buf, len, due + LATER_US);
		break;
	case SWAP:
		return done % 2 == 0 ? due : due + LATER_US;
	case REFLECT:
		turn_round(buf, ip);
		put(from, buf, len, due);
		break;
	case TRUNCATE:
		put(to, buf, rewrite(buf, ip, n / 2), due);
		break;
	case FLIP:
		if (n != 0)
			data[done % n] ^= (uint8_t)(1U << done % 8);
		put(to, buf, rewrite(buf, ip, n), due);
		break;
	case NONE:
		break;
	}
	return due;
}

/* Everything that has come at one end waits for its time at the other. */
static void
take(struct end *from, struct end *to, uint64_t delay)
{
	static uint8_t	 buf[FRAME_MAX], copy[FRAME_MAX];
	struct ip	*ip;
	uint64_t	 due;
	ssize_t		 n;

	while ((n = recv(from->fd, buf, sizeof(buf), 0)) > 0) {
		due = now_us() + delay;
		memcpy(copy, buf, (size_t)n);
		if (mode != NONE && (ip = datagram(copy, (size_t)n)) != NULL)
			due = attack(from, to, copy, (size_t)n, ip, due);
		put(to, buf, (size_t)n, due);
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
		e->first = f->next;
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

static void
on_end(int sig)
{
	(void)sig;
	ended = 1;
}

int
main(int argc, char *argv[])
{
	struct end	 e[2];
	uint64_t	 delay;
	int		 i;

	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: wire_helper milliseconds interface "
		    "interface [mode]\n");
		return 2;
	}
	while (argc == 5 && strcmp(modes[mode], argv[4]) != 0)
		if (mode++ == FLIP)
			errx(2, "no mode %s", argv[4]);
	signal(SIGTERM, on_end);
	delay = (uint64_t)strtonum(argv[1], 0, 10000, NULL) * 1000;
	for (i = 0; i < 2; i++) {
		e[i].fd = open_end(argv[2 + i]);
		e[i].first = NULL;
		e[i].n = 0;
	}
	while (!ended) {
		wait_for(e);
		for (i = 0; i < 2; i++)
			take(&e[i], &e[!i], delay);
		for (i = 0; i < 2; i++)
			give(&e[i]);
	}
	printf("%lu datagrams\n", done);
	return 0;
}
