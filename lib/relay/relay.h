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
 * What a relay and its clients say before they are joined: a preface of 24
 * bytes from the client, four bytes from the relay once both sides are there.
 * After that the relay forwards and understands nothing.  Pure: no system
 * call, no clock, no memory of its own.
 */

#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include <sys/types.h>

#include <stdint.h>

#define RELAY_CODE_LEN		16	/* random, from discovery */
#define RELAY_HASH_LEN		32	/* SHA-256 of a code */
#define RELAY_PREFACE_LEN	24
#define RELAY_STATUS_LEN	4
#define RELAY_VERSION		1
#define RELAY_SIDES		2
#define RELAY_LIFE_MAX		30	/* seconds that a code may live */

/*
 * The preface: "EnRl", version, side, two bytes 0, code.  Discovery tells
 * each peer which side it is.
 */
struct relay_preface {
	uint8_t		side;		/* 0 or 1 */
	uint8_t		code[RELAY_CODE_LEN];
};

enum relay_error {
	RELAY_OK,
	RELAY_BAD_MAGIC,		/* another protocol */
	RELAY_BAD_VERSION,
	RELAY_BAD_SIDE,
	RELAY_BAD_RESERVED		/* must be 0 */
};

const char	*relay_strerror(enum relay_error);

/* 0, or -1 when side is out of range. */
int		 relay_preface_encode(const struct relay_preface *,
		    uint8_t out[RELAY_PREFACE_LEN]);

/* On an error the struct is wiped. */
enum relay_error relay_preface_decode(const uint8_t in[RELAY_PREFACE_LEN],
		    struct relay_preface *);

/* What the relay says when both sides are there: "EnR" and 0. */
void		 relay_status_encode(uint8_t out[RELAY_STATUS_LEN]);

/* Nonzero when these are the bytes of a relay that has joined us. */
int		 relay_status_joined(const uint8_t in[RELAY_STATUS_LEN]);

/* The form in which a relay is told of codes and keeps them. */
void		 relay_hash(const uint8_t code[RELAY_CODE_LEN],
		    uint8_t out[RELAY_HASH_LEN]);

/* In constant time; nonzero when equal. */
int		 relay_hash_equal(const uint8_t a[RELAY_HASH_LEN],
		    const uint8_t b[RELAY_HASH_LEN]);

#endif /* RELAY_RELAY_H */
