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
 * Public keys from their numbers.  Each is written as the DER of a
 * SubjectPublicKeyInfo and given to libcrypto's own parser, the one entry
 * that its versions have in common and the one that checks a point.
 */

#include <sys/types.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "jwt/jwt_local.h"

#define RSA_N_MAX	(JWT_RSA_MAX / 8)
#define RSA_E_MAX	8
#define DER_MAX		(RSA_N_MAX + 128)

#define DER_INTEGER	0x02
#define DER_BITS	0x03
#define DER_SEQUENCE	0x30

/* Built from its end to its beginning, when lengths are known. */
struct der {
	uint8_t	 buf[DER_MAX];
	size_t	 at;		/* first byte written */
};

static void
der_bytes(struct der *d, const void *data, size_t len)
{
	d->at -= len;
	memcpy(d->buf + d->at, data, len);
}

static void
der_byte(struct der *d, uint8_t byte)
{
	der_bytes(d, &byte, 1);
}

/* Tag and length of what ends at `end` and begins where we are. */
static void
der_head(struct der *d, uint8_t tag, size_t end)
{
	size_t	 len = end - d->at;

	if (len >= 0x100) {
		der_byte(d, (uint8_t)(len & 0xff));
		der_byte(d, (uint8_t)(len >> 8));
		der_byte(d, 0x82);
	} else if (len >= 0x80) {
		der_byte(d, (uint8_t)len);
		der_byte(d, 0x81);
	} else
		der_byte(d, (uint8_t)len);
	der_byte(d, tag);
}

static void
der_number(struct der *d, const uint8_t *n, size_t len)
{
	size_t	 end = d->at;

	der_bytes(d, n, len);
	if (n[0] & 0x80)
		der_byte(d, 0);
	der_head(d, DER_INTEGER, end);
}

static EVP_PKEY *
key_from(const uint8_t *der, size_t len)
{
	const unsigned char	*p = der;
	EVP_PKEY		*key;

	key = d2i_PUBKEY(NULL, &p, (long)len);
	if (key != NULL && p != der + len) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

/* The exponent is odd and above 1. */
static int
exponent_ok(const uint8_t *e, size_t len)
{
	return len > 0 && len <= RSA_E_MAX && e[0] != 0 &&
	    (e[len - 1] & 1) && !(len == 1 && e[0] == 1);
}

EVP_PKEY *
jwk_rsa(const uint8_t *n, size_t nlen, const uint8_t *e, size_t elen)
{
	/* rsaEncryption and its NULL (RFC 8017 appendix A.1) */
	static const uint8_t	 alg[] = {
		0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x01, 0x01, 0x05, 0x00
	};
	struct der		 d;
	EVP_PKEY		*key;
	int			 bits;

	/* A leading zero is not the shortest form that RFC 7518 asks for. */
	if (nlen == 0 || nlen > RSA_N_MAX || n[0] == 0 ||
	    !(n[nlen - 1] & 1) || !exponent_ok(e, elen))
		return NULL;
	d.at = sizeof(d.buf);
	der_number(&d, e, elen);
	der_number(&d, n, nlen);
	der_head(&d, DER_SEQUENCE, sizeof(d.buf));
	der_byte(&d, 0);
	der_head(&d, DER_BITS, sizeof(d.buf));
	der_bytes(&d, alg, sizeof(alg));
	der_head(&d, DER_SEQUENCE, sizeof(d.buf));
	key = key_from(d.buf + d.at, sizeof(d.buf) - d.at);
	if (key == NULL)
		return NULL;
	bits = EVP_PKEY_bits(key);
	if (bits < JWT_RSA_MIN || bits > JWT_RSA_MAX) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

EVP_PKEY *
jwk_p256(const uint8_t x[32], const uint8_t y[32])
{
	/* id-ecPublicKey, prime256v1, an uncompressed point (RFC 5480) */
	static const uint8_t	 head[] = {
		0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
		0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
		0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04
	};
	uint8_t			 der[sizeof(head) + 64];

	memcpy(der, head, sizeof(head));
	memcpy(der + sizeof(head), x, 32);
	memcpy(der + sizeof(head) + 32, y, 32);
	return key_from(der, sizeof(der));
}

EVP_PKEY *
jwk_ed25519(const uint8_t x[32])
{
	/* id-Ed25519 (RFC 8410 section 4) */
	static const uint8_t	 head[] = {
		0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03,
		0x21, 0x00
	};
	uint8_t			 der[sizeof(head) + 32];

	memcpy(der, head, sizeof(head));
	memcpy(der + sizeof(head), x, 32);
	return key_from(der, sizeof(der));
}
