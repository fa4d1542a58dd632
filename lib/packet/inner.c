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

/* See inner.h. */

#include <string.h>

#include "packet/inner.h"

static uint16_t
get16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

int
inner_is(const uint8_t *buf, size_t len)
{
	return (len >= INNER_HEADER && buf[0] == 0);
}

static int
parse_piece(struct inner *in, const uint8_t *buf, size_t len)
{
	if (len < INNER_PIECE_HEADER)
		return (-1);
	in->round = get16(buf + 4);
	in->offset = get16(buf + 6);
	in->length = get16(buf + 8);
	in->data = buf + INNER_PIECE_HEADER;
	/* Behind the piece there may be padding. */
	if (in->size > INNER_PACKET_MAX || in->length == 0 ||
	    in->length > len - INNER_PIECE_HEADER ||
	    in->offset > in->size || in->length > in->size - in->offset)
		return (-1);
	return (0);
}

int
inner_parse(struct inner *in, const uint8_t *buf, size_t len)
{
	memset(in, 0, sizeof(*in));
	if (!inner_is(buf, len))
		return (-1);
	in->kind = buf[1];
	in->size = get16(buf + 2);
	in->round = (uint32_t)get16(buf + 4) << 16 | get16(buf + 6);
	switch (in->kind) {
	case INNER_PROBE:
		/* It proves nothing unless all of it has come. */
		return (in->size <= len ? 0 : -1);
	case INNER_ANSWER:
		return (0);
	case INNER_ECHO:
	case INNER_REPLY:
		return (in->size == INNER_HEADER ? 0 : -1);
	case INNER_PIECE:
		return (parse_piece(in, buf, len));
	default:
		return (-1);
	}
}

static void
put_header(uint8_t *out, uint8_t kind, uint16_t size, uint32_t round)
{
	out[0] = 0;
	out[1] = kind;
	put16(out + 2, size);
	put16(out + 4, round >> 16);
	put16(out + 6, round & 0xffff);
}

void
inner_probe(uint8_t *out, uint16_t size, uint32_t round)
{
	memset(out, 0, size);
	put_header(out, INNER_PROBE, size, round);
}

void
inner_answer(uint8_t *out, uint16_t size, uint32_t round)
{
	put_header(out, INNER_ANSWER, size, round);
}

void
inner_echo(uint8_t *out, uint32_t id)
{
	put_header(out, INNER_ECHO, INNER_HEADER, id);
}

void
inner_reply(uint8_t *out, uint32_t id)
{
	put_header(out, INNER_REPLY, INNER_HEADER, id);
}

size_t
inner_piece_size(size_t room)
{
	return (room <= INNER_PIECE_HEADER ? 0 : room - INNER_PIECE_HEADER);
}

size_t
inner_piece(uint8_t *out, const uint8_t *packet, size_t total, size_t offset,
    size_t each, uint16_t ident)
{
	size_t	 len = total - offset < each ? total - offset : each;

	memset(out, 0, INNER_PIECE_HEADER);
	out[1] = INNER_PIECE;
	put16(out + 2, total);
	put16(out + 4, ident);
	put16(out + 6, offset);
	put16(out + 8, len);
	memcpy(out + INNER_PIECE_HEADER, packet + offset, len);
	return (INNER_PIECE_HEADER + len);
}

/* The slot of this packet, or one for it; NULL when there is no place. */
static struct inner_slot *
slot_for(struct inner_pool *pool, uint32_t peer, const struct inner *in,
    uint64_t now)
{
	struct inner_slot	*s, *free = NULL, *own = NULL;
	size_t			 i, n = 0;

	for (i = 0; i < INNER_SLOTS; i++) {
		s = &pool->slots[i];
		if (s->peer != 0 && now >= s->until)
			s->peer = 0;
		if (s->peer == 0) {
			if (free == NULL)
				free = s;
		} else if (s->peer == peer) {
			if (s->ident == in->round && s->total == in->size)
				return (s);
			if (own == NULL || s->until < own->until)
				own = s;
			n++;
		}
	}
	/* A peer that begins more and finishes none loses only its own. */
	s = n >= INNER_SLOTS_PEER || free == NULL ? own : free;
	if (s != NULL) {
		s->until = now + INNER_LIFE_MS;
		s->peer = peer;
		s->have = s->want = 0;
		s->ident = (uint16_t)in->round;
		s->total = in->size;
		s->piece = 0;
	}
	return (s);
}

/* All pieces but the last have one size, told by any of those. */
static int
learn_size(struct inner_slot *s, const struct inner *in)
{
	uint16_t	 each = in->length;
	size_t		 n;

	if (in->offset + in->length == in->size && in->offset != 0) {
		/* The last one: its place tells, once the size is known. */
		if (s->piece == 0)
			return (-1);
		each = s->piece;
	}
	n = ((size_t)in->size + each - 1) / each;
	if ((s->piece != 0 && s->piece != each) || n > INNER_PIECES_MAX ||
	    in->offset % each != 0 || in->length > each)
		return (-1);
	s->piece = each;
	s->want = n == 32 ? UINT32_MAX : (UINT32_C(1) << n) - 1;
	return (0);
}

uint8_t *
inner_join(struct inner_pool *pool, uint32_t peer, const struct inner *in,
    uint64_t now, size_t *len)
{
	struct inner_slot	*s = slot_for(pool, peer, in, now);

	if (s == NULL || learn_size(s, in) == -1) {
		pool->dropped++;
		return (NULL);
	}
	memcpy(s->data + in->offset, in->data, in->length);
	s->have |= UINT32_C(1) << in->offset / s->piece;
	if (s->have != s->want)
		return (NULL);
	s->peer = 0;
	*len = s->total;
	return (s->data);
}
