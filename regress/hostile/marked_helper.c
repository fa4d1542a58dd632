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
 * Packets that can be told from forged ones.
 *
 *	marked_helper send source destination port
 *	marked_helper watch interface source destination port page [source]
 *
 * The first sends UDP datagrams until it is ended: records of a number, a
 * length, filler and a keyed checksum over all of it and both addresses.  The
 * second looks at every packet that comes out of an interface.  One that is
 * not exactly such records between these addresses is forged, and one with a
 * number that was there before came twice; with "source" it need only come
 * from there.  The counts are in the file page, those that are wrong on
 * standard error.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECORD_HEAD	16		/* magic, length, number */
#define RECORD_TAG	32
#define RECORD_MIN	(RECORD_HEAD + RECORD_TAG)
#define RECORD_MAX	1300
#define MAGIC		0x6b72616dU
#define NUMBERS		(1U << 24)	/* more than a test can send */
#define TOGETHER	16		/* datagrams, then a pause */
#define PAUSE_NS	8000000
#define COMPLAINTS	16
#define PAGE		4096
#define IP_HEAD		20
#define UDP_HEAD	8

struct ends {
	uint8_t		 src[4], dst[4];
	uint16_t	 port;
};

struct watch {
	struct ends	 ends;
	int		 source_only;
	char		*page;
	uint8_t		*seen;		/* a bit for each number */
	uint64_t	 delivered, forged, twice;
	unsigned int	 complaints;
};

static void
record_tag(uint8_t tag[RECORD_TAG], const struct ends *e,
    const uint8_t *record, size_t len)
{
	static const uint8_t		 key[32] =
					    "of these two ends, nobody else";
	crypto_generichash_state	 st;

	crypto_generichash_init(&st, key, sizeof(key), RECORD_TAG);
	crypto_generichash_update(&st, e->src, sizeof(e->src));
	crypto_generichash_update(&st, e->dst, sizeof(e->dst));
	crypto_generichash_update(&st, record, len);
	crypto_generichash_final(&st, tag, RECORD_TAG);
}

static void
record_make(uint8_t *record, const struct ends *e, uint64_t number)
{
	uint32_t	 magic = MAGIC, len;
	size_t		 i;

	/* Some of one size, that travel together, some of any. */
	len = number % 64 < 32 ? RECORD_MAX - (uint32_t)(number / 64 % 8) :
	    RECORD_MIN + (uint32_t)(number * 37 % (RECORD_MAX - RECORD_MIN));
	memcpy(record, &magic, 4);
	memcpy(record + 4, &len, 4);
	memcpy(record + 8, &number, 8);
	for (i = RECORD_HEAD; i < len - RECORD_TAG; i++)
		record[i] = (uint8_t)(number + i);
	record_tag(record + len - RECORD_TAG, e, record, len - RECORD_TAG);
}

static uint32_t
record_length(const uint8_t *record)
{
	uint32_t	 len;

	memcpy(&len, record + 4, sizeof(len));
	return len;
}

/* The length of the record there, 0 when there is none. */
static size_t
record_check(const struct ends *e, const uint8_t *data, size_t left,
    uint64_t *number)
{
	uint8_t		 tag[RECORD_TAG];
	uint32_t	 len;

	if (left < RECORD_MIN || (len = record_length(data)) < RECORD_MIN ||
	    len > left)
		return 0;
	record_tag(tag, e, data, len - RECORD_TAG);
	if (memcmp(tag, data + len - RECORD_TAG, RECORD_TAG) != 0)
		return 0;
	memcpy(number, data + 8, sizeof(*number));
	return len;
}

/* The port of both helpers on one host: one sends from it, one is reached. */
static int
open_port(const uint8_t addr[4], uint16_t port)
{
	struct sockaddr_in	 sin;
	int			 fd, on = 1;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(port);
	memcpy(&sin.sin_addr, addr, 4);
	if ((fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "port %u", port);
	return fd;
}

static void
send_forever(const struct ends *e)
{
	struct sockaddr_in	 sin;
	struct timespec		 ts = { 0, PAUSE_NS };
	uint8_t			 record[RECORD_MAX + RECORD_MIN];
	uint64_t		 number;
	int			 fd = open_port(e->src, e->port);

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(e->port);
	memcpy(&sin.sin_addr, e->dst, 4);
	for (number = 0; number < NUMBERS; number++) {
		record_make(record, e, number);
		if (sendto(fd, record, record_length(record), 0,
		    (struct sockaddr *)&sin, sizeof(sin)) == -1 &&
		    errno != ENOBUFS && errno != EAGAIN)
			err(1, "sendto");
		if (number % TOGETHER == TOGETHER - 1)
			nanosleep(&ts, NULL);
	}
}

static void
complain(struct watch *w, const char *what, const uint8_t *data, size_t len)
{
	size_t	 i;

	if (w->complaints++ >= COMPLAINTS)
		return;
	fprintf(stderr, "%s, %zu bytes:", what, len);
	for (i = 0; i < len && i < 80; i++)
		fprintf(stderr, " %02x", data[i]);
	fprintf(stderr, "\n");
}

static int
packet_addressed(const struct watch *w, const uint8_t *ip, size_t len)
{
	return len >= IP_HEAD && ip[0] == 0x45 &&
	    memcmp(ip + 12, w->ends.src, 4) == 0 &&
	    memcmp(ip + 16, w->ends.dst, 4) == 0;
}

static int
packet_is_ours(const struct watch *w, const uint8_t *ip, size_t len)
{
	const uint8_t	*udp = ip + IP_HEAD;

	return packet_addressed(w, ip, len) && len >= IP_HEAD + UDP_HEAD &&
	    (size_t)(ip[2] << 8 | ip[3]) == len &&
	    (ip[6] & 0xbf) == 0 && ip[7] == 0 && ip[9] == IPPROTO_UDP &&
	    (udp[0] << 8 | udp[1]) == w->ends.port &&
	    (udp[2] << 8 | udp[3]) == w->ends.port;
}

/* Several datagrams may have become one on their way to the interface. */
static int
packet_records(struct watch *w, const uint8_t *data, size_t len)
{
	uint64_t	 number;
	size_t		 off, n;

	for (off = 0; off < len; off += n) {
		n = record_check(&w->ends, data + off, len - off, &number);
		if (n == 0 || number >= NUMBERS)
			return -1;
		if (w->seen[number / 8] & 1 << number % 8) {
			w->twice++;
			complain(w, "twice", data + off, n);
			continue;
		}
		w->seen[number / 8] |= (uint8_t)(1 << number % 8);
		w->delivered++;
	}
	return off == 0 ? -1 : 0;
}

static void
packet_check(struct watch *w, const uint8_t *ip, size_t len)
{
	if (w->source_only) {
		w->delivered++;
		if (packet_addressed(w, ip, len))
			return;
	} else if (packet_is_ours(w, ip, len) && packet_records(w,
	    ip + IP_HEAD + UDP_HEAD, len - IP_HEAD - UDP_HEAD) == 0)
		return;
	w->forged++;
	complain(w, "forged", ip, len);
}

static void
watch_tell(const struct watch *w)
{
	char	 text[128];

	snprintf(text, sizeof(text),
	    "delivered %010llu\nforged %010llu\ntwice %010llu\n",
	    (unsigned long long)w->delivered, (unsigned long long)w->forged,
	    (unsigned long long)w->twice);
	memcpy(w->page, text, strlen(text));
}

static int
open_interface(const char *name)
{
	struct sockaddr_ll	 sll;
	int			 fd, room = 16 * 1024 * 1024;

	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(0x0003);	/* all */
	sll.sll_ifindex = (int)if_nametoindex(name);
	if (sll.sll_ifindex == 0 || (fd = socket(AF_PACKET, SOCK_DGRAM,
	    0)) == -1 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room,
	    sizeof(room)) == -1 ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "%s", name);
	return fd;
}

static void
watch_forever(struct watch *w, int fd)
{
	static uint8_t		 packet[128 * 1024];
	struct sockaddr_ll	 from;
	socklen_t		 from_len;
	ssize_t			 n;

	for (;;) {
		watch_tell(w);
		from_len = sizeof(from);
		n = recvfrom(fd, packet, sizeof(packet), 0,
		    (struct sockaddr *)&from, &from_len);
		if (n == -1)
			err(1, "recvfrom");
		if (from.sll_pkttype != PACKET_OUTGOING)
			packet_check(w, packet, (size_t)n);
	}
}

static void
parse_ends(struct ends *e, const char *src, const char *dst, const char *port)
{
	memset(e, 0, sizeof(*e));
	e->port = (uint16_t)strtoul(port, NULL, 10);
	if (inet_pton(AF_INET, src, e->src) != 1 ||
	    inet_pton(AF_INET, dst, e->dst) != 1 || e->port == 0)
		errx(1, "addresses");
}

int
main(int argc, char **argv)
{
	static struct watch	 w;
	int			 fd;

	if (sodium_init() == -1)
		errx(1, "sodium_init");
	if (argc == 5 && strcmp(argv[1], "send") == 0) {
		parse_ends(&w.ends, argv[2], argv[3], argv[4]);
		send_forever(&w.ends);
		return 0;
	}
	if (argc < 7 || argc > 8 || strcmp(argv[1], "watch") != 0)
		errx(1, "usage: see the source");
	parse_ends(&w.ends, argv[3], argv[4], argv[5]);
	w.source_only = argc == 8;
	if ((w.seen = calloc(NUMBERS / 8, 1)) == NULL)
		err(1, NULL);
	if ((fd = open(argv[6], O_RDWR | O_CREAT, 0600)) == -1 ||
	    ftruncate(fd, PAGE) == -1)
		err(1, "%s", argv[6]);
	w.page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (w.page == MAP_FAILED)
		err(1, "%s", argv[6]);
	fd = open_interface(argv[2]);
	/* Nobody reads from it, but neither is the sender told so by ICMP. */
	open_port(w.ends.dst, w.ends.port);
	watch_forever(&w, fd);
	return 0;
}
