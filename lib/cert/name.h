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
 * System names and enrolment keys, both written in one alphabet of 21
 * symbols that cannot be mistaken for one another.  A name is public; an
 * enrolment key is a secret until it has been used.
 */

#ifndef CERT_NAME_H
#define CERT_NAME_H

#include <stddef.h>
#include <stdint.h>

#define NAME_LEN		5		/* symbols */
#define NAME_STRLEN		6		/* with its NUL */
#define NAME_COUNT		4084101		/* 21 to the power of 5 */

#define ENROLKEY_SYMBOLS	25
#define ENROLKEY_STRLEN		30		/* four hyphens and the NUL */
#define ENROLKEY_RANDOM_LEN	64		/* enough but for 2^-170 */

/* True when the string, or the NAME_LEN bytes, are a system name. */
int	 name_valid(const char *);
int	 name_valid_bytes(const uint8_t *);

/* The names in order, 22222 is 0.  0 or -1 (EINVAL). */
int	 name_from_index(uint32_t, char out[NAME_STRLEN]);
int	 name_to_index(const char *, uint32_t *);

/*
 * Make an enrolment key of random bytes, each symbol equally likely; about
 * one byte in 64 is passed over.  0, or -1 (EAGAIN) when the bytes did not
 * suffice, with out wiped.
 */
int	 enrolkey_from_random(const uint8_t *, size_t,
	    char out[ENROLKEY_STRLEN]);

/*
 * The canonical form of a key typed by hand: lower case, surrounding blanks
 * and missing hyphens are accepted.  0, or -1 (EINVAL) with out wiped and a
 * reason in static memory, good until the next call; positions count from 1
 * at the first byte that is no blank.
 */
int	 enrolkey_normalise(const char *, char out[ENROLKEY_STRLEN],
	    const char **);

#endif
