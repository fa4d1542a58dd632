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
 * What two agents tell each other inside the tunnel, between the packets:
 * probes of the path's size, answers to them, echoes that measure the way
 * there and back, and pieces of packets that are larger than the path carries
 * and cannot be made smaller by their sender.
 * The first four bits, where an IP packet has its version, are 0; another
 * implementation drops such a packet.  Every byte was under the tag, so it
 * is the peer's own, and hostile all the same.
 *
 *	all:		0 (1)	kind (1)
 *	probe, answer:	size (2)	round (4)	zero to size bytes
 *	echo, reply:	8 (2)		id (4)
 *	piece:		total (2)	ident (2)	offset (2)
 *			length (2)	zero (2)	bytes
 */

#ifndef PACKET_INNER_H
#define PACKET_INNER_H

#include <stddef.h>
#include <stdint.h>

#define INNER_PROBE		1
#define INNER_ANSWER		2
#define INNER_PIECE		3
#define INNER_ECHO		4
#define INNER_REPLY		5

#define INNER_HEADER		8	/* all but pieces */
#define INNER_PIECE_HEADER	12
#define INNER_PACKET_MAX	9216	/* of a packet in pieces */
#define INNER_PIECES_MAX	32	/* of one packet */
#define INNER_SLOTS		16	/* packets being put together ... */
#define INNER_SLOTS_PEER	4	/* ... of one peer */
#define INNER_LIFE_MS		1000

struct inner {
	uint8_t		 kind;
	uint16_t	 size;		/* probe, answer; of a piece: total */
	uint32_t	 round;		/* of a piece: ident; echo: id */
	uint16_t	 offset;
	uint16_t	 length;
	const uint8_t	*data;		/* of a piece, within the packet */
};

struct inner_slot {
	uint64_t	 until;
	uint32_t	 peer;		/* 0: free */
	uint32_t	 have;		/* a bit for each piece */
	uint32_t	 want;
	uint16_t	 ident;
	uint16_t	 total;
	uint16_t	 piece;		/* size of all but the last, or 0 */
	uint8_t		 data[INNER_PACKET_MAX];
};

struct inner_pool {
	uint64_t		 dropped;	/* pieces */
	struct inner_slot	 slots[INNER_SLOTS];
};

/* Is this one of ours, not an IP packet?  Looks at the first byte alone. */
int	 inner_is(const uint8_t *buf, size_t len);

/* 0, or -1 when it is malformed. */
int	 inner_parse(struct inner *, const uint8_t *buf, size_t len);

/* Write a probe of size bytes, or its answer of INNER_HEADER bytes. */
void	 inner_probe(uint8_t *out, uint16_t size, uint32_t round);
void	 inner_answer(uint8_t *out, uint16_t size, uint32_t round);

/* Write an echo or its reply, INNER_HEADER bytes. */
void	 inner_echo(uint8_t *out, uint32_t id);
void	 inner_reply(uint8_t *out, uint32_t id);

/*
 * Bytes of packet in each piece but the last when a piece may be room bytes
 * long as a whole; 0 when it is too little.
 */
size_t	 inner_piece_size(size_t room);

/*
 * Write the piece that begins at offset; returns its length with header.
 * out has each + INNER_PIECE_HEADER bytes.
 */
size_t	 inner_piece(uint8_t *out, const uint8_t *packet, size_t total,
	    size_t offset, size_t each, uint16_t ident);

/*
 * A piece from a peer (not 0).  The packet, in the pool until the next call,
 * and its length once it is whole, NULL until then.
 */
uint8_t	*inner_join(struct inner_pool *, uint32_t peer,
	    const struct inner *, uint64_t now, size_t *len);

#endif /* PACKET_INNER_H */
