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
 * Encoding and validation of an authority's statements about its successor.
 * Bytes come from the network and are trusted in nothing.  Needs no
 * cryptographic library; reads no clock and no file.
 */

#include <errno.h>
#include <string.h>

#include "cert/cross.h"

#define OFF_MAGIC	0
#define OFF_VERSION	4
#define OFF_KIND	5
#define OFF_ORG		6
#define OFF_OLD		70
#define OFF_NEW		102
#define OFF_MADE	134

_Static_assert(OFF_ORG + CERT_ORG_LEN == OFF_OLD, "layout");
_Static_assert(OFF_MADE + 8 == CROSS_SIGNED_LEN, "layout");
_Static_assert(CROSS_SIGNED_LEN + CERT_SIGNATURE_LEN == CROSS_LEN, "layout");

static const uint8_t	 magic[4] = { 'E', 'N', 'C', 'X' };
static const uint8_t	 zero[CERT_KEY_LEN];

static const char *
check(const struct cross *x)
{
	const char	*why;

	if (x->kind != CROSS_SUCCESSOR && x->kind != CROSS_RETIRED)
		return "unknown kind";
	if ((why = cert_check_org(x->org)) != NULL)
		return why;
	/* Public values only. */
	if (memcmp(x->old, zero, sizeof(zero)) == 0 ||
	    memcmp(x->new, zero, sizeof(zero)) == 0)
		return "authority is zero";
	if (memcmp(x->old, x->new, sizeof(x->old)) == 0)
		return "the new authority is the old one";
	if (x->made > CERT_TIME_MAX)
		return "time out of range";
	return NULL;
}

int
cross_encode(const struct cross *x, uint8_t out[CROSS_LEN])
{
	int	 i;

	if (check(x) != NULL) {
		errno = EINVAL;
		return -1;
	}
	memcpy(out + OFF_MAGIC, magic, sizeof(magic));
	out[OFF_VERSION] = CROSS_VERSION;
	out[OFF_KIND] = x->kind;
	memcpy(out + OFF_ORG, x->org, sizeof(x->org));
	memcpy(out + OFF_OLD, x->old, sizeof(x->old));
	memcpy(out + OFF_NEW, x->new, sizeof(x->new));
	for (i = 0; i < 8; i++)
		out[OFF_MADE + i] = (uint8_t)(x->made >> (56 - 8 * i));
	memcpy(out + CROSS_SIGNED_LEN, x->signature, sizeof(x->signature));
	return 0;
}

static const char *
decode(struct cross *x, const uint8_t *buf, size_t len)
{
	int	 i;

	if (len != CROSS_LEN)
		return "wrong length";
	if (memcmp(buf + OFF_MAGIC, magic, sizeof(magic)) != 0)
		return "not a statement of an authority";
	if (buf[OFF_VERSION] != CROSS_VERSION)
		return "unknown version";
	x->kind = buf[OFF_KIND];
	memcpy(x->org, buf + OFF_ORG, sizeof(x->org));
	memcpy(x->old, buf + OFF_OLD, sizeof(x->old));
	memcpy(x->new, buf + OFF_NEW, sizeof(x->new));
	for (i = 0; i < 8; i++)
		x->made = x->made << 8 | buf[OFF_MADE + i];
	memcpy(x->signature, buf + CROSS_SIGNED_LEN, sizeof(x->signature));
	return check(x);
}

int
cross_decode(struct cross *x, const uint8_t *buf, size_t len,
    const char **errstr)
{
	const char	*why;

	memset(x, 0, sizeof(*x));
	why = decode(x, buf, len);
	if (errstr != NULL)
		*errstr = why;
	if (why == NULL)
		return 0;
	memset(x, 0, sizeof(*x));
	errno = EINVAL;
	return -1;
}
