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
 * The signature of system certificates.  The authority's secret key is the
 * caller's to guard and wipe.
 */

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "cert/cert.h"

_Static_assert(CERT_SIGNATURE_LEN == crypto_sign_BYTES, "signature size");
_Static_assert(CERT_SECRET_LEN == crypto_sign_SECRETKEYBYTES, "key size");

/* Its NUL is part of it, so that no domain is the beginning of another. */
static const char	 domain[] = "enclave system certificate, form 1";

static void
signed_text(const uint8_t *buf, uint8_t out[sizeof(domain) + CERT_SIGNED_LEN])
{
	memcpy(out, domain, sizeof(domain));
	memcpy(out + sizeof(domain), buf, CERT_SIGNED_LEN);
}

int
cert_sign(uint8_t buf[CERT_LEN], const uint8_t sk[CERT_SECRET_LEN])
{
	struct cert	 c;
	uint8_t		 text[sizeof(domain) + CERT_SIGNED_LEN];

	if (cert_decode(&c, buf, CERT_LEN, NULL) == -1)
		return -1;
	signed_text(buf, text);
	crypto_sign_detached(buf + CERT_SIGNED_LEN, NULL, text, sizeof(text),
	    sk);
	return 0;
}

int
cert_verify(const uint8_t buf[CERT_LEN], const uint8_t authority[CERT_KEY_LEN])
{
	uint8_t	 text[sizeof(domain) + CERT_SIGNED_LEN];

	signed_text(buf, text);
	if (crypto_sign_verify_detached(buf + CERT_SIGNED_LEN, text,
	    sizeof(text), authority) == 0)
		return 0;
	errno = EACCES;
	return -1;
}
