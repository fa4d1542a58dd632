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
 * The other side of lib/jwt, for tests: keys, their JWK, and tokens signed
 * with them.  Whatever fails ends the program.
 */

#ifndef REGRESS_JWT_MINT_H
#define REGRESS_JWT_MINT_H

#include <sys/types.h>

#include <err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MINT_TEXT	8192

enum mint_kind { MINT_RSA, MINT_P256, MINT_ED25519 };

struct mint {
	enum mint_kind	 kind;
	EVP_PKEY	*key;
	char		 kid[64];	/* "": it has none */
};

/* Returns the length; out holds a NUL as well. */
static inline size_t
mint_base64url(const uint8_t *data, size_t len, char *out)
{
	static const char	 digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t		 acc = 0;
	size_t			 i, n = 0;
	int			 bits = 0;

	for (i = 0; i < len; i++) {
		acc = acc << 8 | data[i];
		for (bits += 8; bits >= 6; bits -= 6)
			out[n++] = digits[acc >> (bits - 6) & 63];
	}
	if (bits != 0)
		out[n++] = digits[acc << (6 - bits) & 63];
	out[n] = '\0';
	return n;
}

static inline void
mint_make_bits(struct mint *m, enum mint_kind kind, const char *kid, int bits)
{
	static const int	 ids[] = { EVP_PKEY_RSA, EVP_PKEY_EC,
	    EVP_PKEY_ED25519 };
	EVP_PKEY_CTX		*ctx;

	m->kind = kind;
	m->key = NULL;
	(void)snprintf(m->kid, sizeof(m->kid), "%s", kid);
	if ((ctx = EVP_PKEY_CTX_new_id(ids[kind], NULL)) == NULL ||
	    EVP_PKEY_keygen_init(ctx) != 1)
		errx(1, "no such key");
	if (kind == MINT_RSA &&
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits) != 1)
		errx(1, "no such RSA key");
	if (kind == MINT_P256 && EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx,
	    NID_X9_62_prime256v1) != 1)
		errx(1, "no such curve");
	if (EVP_PKEY_keygen(ctx, &m->key) != 1)
		errx(1, "cannot make a key");
	EVP_PKEY_CTX_free(ctx);
}

static inline void
mint_make(struct mint *m, enum mint_kind kind, const char *kid)
{
	mint_make_bits(m, kind, kid, 2048);
}

static inline void
mint_free(struct mint *m)
{
	EVP_PKEY_free(m->key);
	m->key = NULL;
}

/* One JWK.  The public numbers are the end of the key's DER. */
static inline void
mint_jwk(const struct mint *m, char out[MINT_TEXT])
{
	uint8_t		*der = NULL;
	char		 a[1024], b[64], kid[96] = "";
	int		 len = i2d_PUBKEY(m->key, &der), n;

	if (len <= 0)
		errx(1, "no DER");
	if (m->kid[0] != '\0')
		(void)snprintf(kid, sizeof(kid), "\"kid\":\"%s\",", m->kid);
	switch (m->kind) {
	case MINT_RSA:
		/* 5 bytes of exponent 65537 follow the modulus. */
		n = EVP_PKEY_bits(m->key) / 8;
		mint_base64url(der + len - 5 - n, (size_t)n, a);
		(void)snprintf(out, MINT_TEXT, "{\"kty\":\"RSA\",%s"
		    "\"use\":\"sig\",\"n\":\"%s\",\"e\":\"AQAB\"}", kid, a);
		break;
	case MINT_P256:
		mint_base64url(der + len - 64, 32, a);
		mint_base64url(der + len - 32, 32, b);
		(void)snprintf(out, MINT_TEXT, "{\"kty\":\"EC\",%s\"crv\":"
		    "\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}", kid, a, b);
		break;
	case MINT_ED25519:
		mint_base64url(der + len - 32, 32, a);
		(void)snprintf(out, MINT_TEXT, "{\"kty\":\"OKP\",%s\"crv\":"
		    "\"Ed25519\",\"x\":\"%s\"}", kid, a);
		break;
	}
	OPENSSL_free(der);
}

/* 32 bytes, big-endian, of the number at *p, which moves on. */
static inline void
mint_number(const uint8_t **p, uint8_t out[32])
{
	size_t	 len = (*p)[1];

	*p += 2;
	memset(out, 0, 32);
	if (len > 32)
		memcpy(out, *p + (len - 32), 32);
	else
		memcpy(out + 32 - len, *p, len);
	*p += len;
}

static inline size_t
mint_raw(const uint8_t *der, uint8_t out[64])
{
	const uint8_t	*p = der + 2;

	mint_number(&p, out);
	mint_number(&p, out + 32);
	return 64;
}

/* The signature of what out holds, with a dot in front, goes behind it. */
static inline void
mint_sign(const struct mint *m, int pss, char *out)
{
	uint8_t		 sig[1024], raw[64], *s = sig;
	size_t		 slen = sizeof(sig), len = strlen(out);
	EVP_PKEY_CTX	*pctx;
	EVP_MD_CTX	*ctx = EVP_MD_CTX_new();

	if (ctx == NULL || EVP_DigestSignInit(ctx, &pctx,
	    m->kind == MINT_ED25519 ? NULL : EVP_sha256(), NULL,
	    m->key) != 1)
		errx(1, "cannot sign");
	if (pss && (EVP_PKEY_CTX_set_rsa_padding(pctx,
	    RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, 32) != 1))
		errx(1, "no such padding");
	if (EVP_DigestSign(ctx, sig, &slen, (const uint8_t *)out, len) != 1)
		errx(1, "cannot sign");
	EVP_MD_CTX_free(ctx);
	if (m->kind == MINT_P256) {
		slen = mint_raw(sig, raw);
		s = raw;
	}
	out[len++] = '.';
	mint_base64url(s, slen, out + len);
}

/* With a header of one's own. */
static inline void
mint_token_header(const struct mint *m, const char *header,
    const char *claims, int pss, char out[MINT_TEXT])
{
	size_t	 n;

	if (strlen(header) + strlen(claims) > MINT_TEXT / 2)
		errx(1, "too long a token");
	n = mint_base64url((const uint8_t *)header, strlen(header), out);
	out[n++] = '.';
	mint_base64url((const uint8_t *)claims, strlen(claims), out + n);
	mint_sign(m, pss, out);
}

static inline void
mint_token(const struct mint *m, const char *claims, char out[MINT_TEXT])
{
	static const char *const	 algs[] = { "RS256", "ES256",
	    "EdDSA" };
	char				 header[160], kid[96] = "";

	if (m->kid[0] != '\0')
		(void)snprintf(kid, sizeof(kid), ",\"kid\":\"%s\"", m->kid);
	(void)snprintf(header, sizeof(header), "{\"alg\":\"%s\"%s}",
	    algs[m->kind], kid);
	mint_token_header(m, header, claims, 0, out);
}

#endif /* REGRESS_JWT_MINT_H */
