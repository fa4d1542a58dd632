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
 * The compact form of a signed token, and its signature.
 */

#include <sys/types.h>

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "jwt/jwt_local.h"

#define HEADER_MAX	2048	/* bytes, decoded */
#define ES256_LEN	64	/* two numbers (RFC 7518 section 3.4) */
#define ED25519_LEN	64
#define PS256_SALT	32	/* RFC 7518 section 3.5 */

int
jwt_alg_parse(const char *name, enum jwt_alg *alg)
{
	static const char *const	 names[] = {
		[JWT_RS256] = "RS256", [JWT_PS256] = "PS256",
		[JWT_ES256] = "ES256", [JWT_EDDSA] = "EdDSA"
	};
	size_t				 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*alg = (enum jwt_alg)i;
			return 0;
		}
	}
	return -1;
}

static int
digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

ssize_t
jwt_base64url(const char *s, size_t len, uint8_t *out, size_t cap)
{
	uint32_t	 acc = 0;
	size_t		 i, n = 0;
	int		 bits = 0, d;

	if (len % 4 == 1)
		return -1;
	for (i = 0; i < len; i++) {
		if ((d = digit(s[i])) == -1)
			return -1;
		acc = acc << 6 | (uint32_t)d;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (n == cap)
			return -1;
		out[n++] = (uint8_t)(acc >> bits);
		acc &= (1U << bits) - 1;
	}
	/* Bits that are left over are those of no byte. */
	return acc == 0 ? (ssize_t)n : -1;
}

/* NULL, or what is wrong with the header. */
static const char *
parse_header(struct jws *j, const uint8_t *json, size_t len)
{
	const char	*errstr, *s;
	json_t		*h;

	if ((h = jwt_json_object(json, len, &errstr)) == NULL)
		return "its header is not a JSON object";
	/* An extension that must be understood (RFC 7515 section 4.1.11). */
	errstr = "its header has critical extensions";
	if (json_object_get(h, "crit") != NULL)
		goto done;
	errstr = "its algorithm is not one that is accepted";
	s = jwt_json_string(h, "alg", JWT_KID_MAX);
	if (s == NULL || jwt_alg_parse(s, &j->alg) == -1)
		goto done;
	errstr = "its key identifier is not a short string";
	if (json_object_get(h, "kid") != NULL) {
		if ((s = jwt_json_string(h, "kid", JWT_KID_MAX)) == NULL)
			goto done;
		strlcpy(j->kid, s, sizeof(j->kid));
		j->has_kid = 1;
	}
	errstr = NULL;
done:
	json_decref(h);
	return errstr;
}

static const char *
parse_parts(struct jws *j, const char *text, size_t len)
{
	const char	*dot1, *dot2, *errstr;
	uint8_t		 header[HEADER_MAX];
	ssize_t		 n;
	size_t		 rest;

	dot1 = memchr(text, '.', len);
	if (dot1 == NULL)
		return "not three parts";
	rest = len - (size_t)(dot1 + 1 - text);
	dot2 = memchr(dot1 + 1, '.', rest);
	if (dot2 == NULL)
		return "not three parts";
	n = jwt_base64url(text, (size_t)(dot1 - text), header,
	    sizeof(header));
	if (n == -1)
		return "its header is not base64url, or too long";
	j->signed_len = (size_t)(dot2 - text);
	rest = len - (size_t)(dot2 + 1 - text);
	if ((j->payload = malloc(JWT_MAX)) == NULL)
		return "out of memory";
	j->payload_len = 0;
	if ((errstr = parse_header(j, header, (size_t)n)) != NULL)
		return errstr;
	n = jwt_base64url(dot1 + 1, (size_t)(dot2 - dot1 - 1), j->payload,
	    JWT_MAX);
	if (n == -1)
		return "its payload is not base64url";
	j->payload_len = (size_t)n;
	/* A third dot is no digit. */
	n = jwt_base64url(dot2 + 1, rest, j->signature,
	    sizeof(j->signature));
	if (n <= 0)
		return "its signature is not base64url, or too long";
	j->signature_len = (size_t)n;
	return NULL;
}

int
jws_parse(struct jws *j, const char *text, size_t len, const char **errstr)
{
	memset(j, 0, sizeof(*j));
	*errstr = "too long";
	if (len > JWT_MAX)
		return -1;
	j->text = text;
	if ((*errstr = parse_parts(j, text, len)) == NULL)
		return 0;
	jws_free(j);
	return -1;
}

void
jws_free(struct jws *j)
{
	if (j->payload != NULL)
		freezero(j->payload, JWT_MAX);
	explicit_bzero(j, sizeof(*j));
}

static int
fits(const struct jws *j, const struct jwk *k)
{
	static const enum jwk_kind	 kinds[] = {
		[JWT_RS256] = JWK_RSA, [JWT_PS256] = JWK_RSA,
		[JWT_ES256] = JWK_P256, [JWT_EDDSA] = JWK_ED25519
	};

	if (kinds[j->alg] != k->kind || (k->has_alg && k->alg != j->alg))
		return 0;
	/* One that names its key is of no other; either may be nameless. */
	return !j->has_kid || !k->has_kid || strcmp(j->kid, k->kid) == 0;
}

static size_t
der_number(uint8_t *out, const uint8_t *n)
{
	size_t	 skip = 0, pad, len;

	while (skip < 31 && n[skip] == 0)
		skip++;
	pad = n[skip] >> 7;
	len = 32 - skip;
	out[0] = 0x02;
	out[1] = (uint8_t)(len + pad);
	out[2] = 0;
	memcpy(out + 2 + pad, n + skip, len);
	return 2 + pad + len;
}

/* As libcrypto wants it: a sequence of two numbers. */
static size_t
es256_der(const struct jws *j, uint8_t der[72])
{
	size_t	 len;

	len = der_number(der + 2, j->signature);
	len += der_number(der + 2 + len, j->signature + 32);
	der[0] = 0x30;
	der[1] = (uint8_t)len;
	return 2 + len;
}

static int
set_padding(enum jwt_alg alg, EVP_PKEY_CTX *ctx)
{
	if (alg == JWT_RS256)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING);
	if (alg != JWT_PS256)
		return 1;
	if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1)
		return 0;
	return EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, PS256_SALT);
}

static int
verify_one(const struct jws *j, EVP_PKEY *key)
{
	const uint8_t	*sig = j->signature;
	uint8_t		 der[72];
	size_t		 len = j->signature_len;
	EVP_PKEY_CTX	*pctx = NULL;
	EVP_MD_CTX	*ctx;
	int		 ok = 0;

	if ((j->alg == JWT_ES256 && len != ES256_LEN) ||
	    (j->alg == JWT_EDDSA && len != ED25519_LEN))
		return 0;
	if (j->alg == JWT_ES256) {
		len = es256_der(j, der);
		sig = der;
	}
	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return 0;
	if (EVP_DigestVerifyInit(ctx, &pctx, j->alg == JWT_EDDSA ? NULL :
	    EVP_sha256(), NULL, key) == 1 && set_padding(j->alg, pctx) == 1)
		ok = EVP_DigestVerify(ctx, sig, len,
		    (const uint8_t *)j->text, j->signed_len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

enum jwt_verdict
jws_verify(const struct jws *j, const struct jwks *set)
{
	enum jwt_verdict	 verdict = JWT_NO_KEY;
	size_t			 i;

	for (i = 0; i < set->n; i++) {
		if (!fits(j, &set->keys[i]))
			continue;
		if (verify_one(j, set->keys[i].key))
			return JWT_GOOD;
		verdict = JWT_BAD;
	}
	return verdict;
}
