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
 * The key file of the agent: identity and tunnel key, and the authorities
 * that are pinned.  The form before had room for one authority; it is read
 * and never written.
 */

#ifndef ENCLAVED_KEYFILE_H
#define ENCLAVED_KEYFILE_H

#include <stddef.h>
#include <stdint.h>

#define KEYFILE_LEN	138

struct keyfile {
	uint8_t	 identity_seed[32];
	uint8_t	 tunnel_key[32];
	uint8_t	 pinned;	/* 0 to 2 authorities */
	uint8_t	 authority[32];	/* the newest */
	uint8_t	 previous[32];	/* the one before, with 2 */
};

/* 0, or -1 (EINVAL) with the struct wiped when these bytes are none. */
int	keyfile_decode(struct keyfile *, const uint8_t *, size_t);

/* Write KEYFILE_LEN bytes; the caller wipes them. */
void	keyfile_encode(const struct keyfile *, uint8_t out[KEYFILE_LEN]);

/*
 * Nonzero when the pins may become those of the second: one is added as the
 * newest, or the one before is dropped.  Nothing else ever happens to them;
 * who says so was verified by cryptoproc.
 */
int	keyfile_pins_follow(const struct keyfile *, const struct keyfile *);

#endif /* ENCLAVED_KEYFILE_H */
