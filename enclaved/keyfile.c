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
 * The form of the key file.  What it holds is secret: nothing of it is left
 * behind, in the caller's struct least of all when it is damaged.
 *
 *   0  magic, "ENCKEY2" with its NUL	 72  how many authorities
 *   8  seed of the identity key [32]	 73  the newest [32]
 *  40  tunnel key [32]			105  the one before [32]
 *					137  end, 0xe5
 *
 * The form before begins with "ENCKEY1" and ends after the first authority.
 */

#include <errno.h>
#include <string.h>

#include "enclaved/keyfile.h"

#define OFF_SEED	8
#define OFF_TUNNEL	40
#define OFF_PINNED	72
#define OFF_AUTHORITY	73
#define OFF_PREVIOUS	105
#define OFF_END		137
#define END		0xe5
#define OLD_LEN		OFF_PREVIOUS

_Static_assert(OFF_END + 1 == KEYFILE_LEN, "layout");

static const uint8_t	 magic1[8] = "ENCKEY1";
static const uint8_t	 magic2[8] = "ENCKEY2";
static const uint8_t	 zero[32];

static int
decode(struct keyfile *k, const uint8_t *buf, size_t len)
{
	int	 most;

	if (len == OLD_LEN && memcmp(buf, magic1, sizeof(magic1)) == 0)
		most = 1;
	else if (len == KEYFILE_LEN &&
	    memcmp(buf, magic2, sizeof(magic2)) == 0 && buf[OFF_END] == END)
		most = 2;
	else
		return -1;
	memcpy(k->identity_seed, buf + OFF_SEED, sizeof(k->identity_seed));
	memcpy(k->tunnel_key, buf + OFF_TUNNEL, sizeof(k->tunnel_key));
	k->pinned = buf[OFF_PINNED];
	memcpy(k->authority, buf + OFF_AUTHORITY, sizeof(k->authority));
	if (most == 2)
		memcpy(k->previous, buf + OFF_PREVIOUS, sizeof(k->previous));
	return k->pinned > most ? -1 : 0;
}

int
keyfile_decode(struct keyfile *k, const uint8_t *buf, size_t len)
{
	memset(k, 0, sizeof(*k));
	if (decode(k, buf, len) == 0)
		return 0;
	explicit_bzero(k, sizeof(*k));
	errno = EINVAL;
	return -1;
}

void
keyfile_encode(const struct keyfile *k, uint8_t out[KEYFILE_LEN])
{
	memcpy(out, magic2, sizeof(magic2));
	memcpy(out + OFF_SEED, k->identity_seed, sizeof(k->identity_seed));
	memcpy(out + OFF_TUNNEL, k->tunnel_key, sizeof(k->tunnel_key));
	out[OFF_PINNED] = k->pinned;
	memcpy(out + OFF_AUTHORITY, k->authority, sizeof(k->authority));
	memcpy(out + OFF_PREVIOUS, k->previous, sizeof(k->previous));
	out[OFF_END] = END;
}

/* Public values only. */
static int
same(const uint8_t a[32], const uint8_t b[32])
{
	return memcmp(a, b, 32) == 0;
}

int
keyfile_pins_follow(const struct keyfile *from, const struct keyfile *to)
{
	if (from->pinned == 0 || same(to->authority, zero))
		return 0;
	/* One more, in front of the newest. */
	if (to->pinned == 2)
		return same(to->previous, from->authority) &&
		    !same(to->authority, from->authority);
	/* The one before is dropped. */
	return to->pinned == 1 && from->pinned == 2 &&
	    same(to->authority, from->authority);
}
