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
 * The signature of an authority's statements about its successor.  Each kind
 * has a domain of its own, so that one is never taken for the other.
 */

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "cert/cross.h"

#define DOMAIN_LEN	40

_Static_assert(CERT_SIGNATURE_LEN == crypto_sign_BYTES, "signature size");

/* Padded with NUL to one length. */
static const char	 successor_domain[DOMAIN_LEN] =
    "enclave authority successor, form 1";
static const char	 retired_domain[DOMAIN_LEN] =
    "enclave authority retired, form 1";

struct text {
	uint8_t	 domain[DOMAIN_LEN];
	uint8_t	 body[CROSS_SIGNED_LEN];
};

_Static_assert(sizeof(struct text) == DOMAIN_LEN + CROSS_SIGNED_LEN,
    "padding");

/* Returns the key of the authority that is to sign. */
static const uint8_t *
compose(struct text *t, const struct cross *x, const uint8_t *buf)
{
	memcpy(t->domain, x->kind == CROSS_SUCCESSOR ? successor_domain :
	    retired_domain, sizeof(t->domain));
	memcpy(t->body, buf, sizeof(t->body));
	return x->kind == CROSS_SUCCESSOR ? x->old : x->new;
}

int
cross_sign(uint8_t buf[CROSS_LEN], const uint8_t sk[CERT_SECRET_LEN])
{
	struct cross	 x;
	struct text	 t;

	if (cross_decode(&x, buf, CROSS_LEN, NULL) == -1)
		return -1;
	/* The other half of a secret key in libsodium's form. */
	if (memcmp(compose(&t, &x, buf), sk + 32, CERT_KEY_LEN) != 0) {
		errno = EINVAL;
		return -1;
	}
	crypto_sign_detached(buf + CROSS_SIGNED_LEN, NULL,
	    (const uint8_t *)&t, sizeof(t), sk);
	return 0;
}

int
cross_verify(const uint8_t buf[CROSS_LEN])
{
	const uint8_t	*signer;
	struct cross	 x;
	struct text	 t;

	if (cross_decode(&x, buf, CROSS_LEN, NULL) == -1)
		return -1;
	signer = compose(&t, &x, buf);
	if (crypto_sign_verify_detached(x.signature, (const uint8_t *)&t,
	    sizeof(t), signer) == 0)
		return 0;
	errno = EACCES;
	return -1;
}
