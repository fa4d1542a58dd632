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
 * JWK sets.  What is in a set and not for us is passed over, as RFC 7517
 * section 5 asks: providers publish keys of other kinds and for encryption.
 */

#include <sys/types.h>

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "jwt/jwt_local.h"

#define MEMBER_MAX	((JWT_RSA_MAX / 8 * 4 + 2) / 3)

static ssize_t
member_bytes(const json_t *k, const char *name, uint8_t *out, size_t cap)
{
	const char	*s = jwt_json_string(k, name, MEMBER_MAX);

	return s == NULL ? -1 : jwt_base64url(s, strlen(s), out, cap);
}

static int
member_is(const json_t *k, const char *name, const char *value)
{
	const json_t	*s = json_object_get(k, name);

	return json_is_string(s) && strcmp(json_string_value(s), value) == 0;
}

/* For signatures, if it says what it is for (RFC 7517 sections 4.2, 4.3). */
static int
for_us(const json_t *k)
{
	const json_t	*ops = json_object_get(k, "key_ops"), *op;
	size_t		 i;

	if (json_object_get(k, "use") != NULL && !member_is(k, "use", "sig"))
		return 0;
	if (ops == NULL)
		return 1;
	json_array_foreach(ops, i, op)
		if (json_is_string(op) &&
		    strcmp(json_string_value(op), "verify") == 0)
			return 1;
	return 0;
}

static EVP_PKEY *
parse_rsa(const json_t *k)
{
	uint8_t	 n[JWT_RSA_MAX / 8], e[8];
	ssize_t	 nlen, elen;

	if ((nlen = member_bytes(k, "n", n, sizeof(n))) == -1 ||
	    (elen = member_bytes(k, "e", e, sizeof(e))) == -1)
		return NULL;
	return jwk_rsa(n, (size_t)nlen, e, (size_t)elen);
}

static EVP_PKEY *
parse_numbers(const json_t *k, enum jwk_kind *kind)
{
	uint8_t	 x[32], y[32];

	if (member_is(k, "kty", "RSA")) {
		*kind = JWK_RSA;
		return parse_rsa(k);
	}
	if (member_bytes(k, "x", x, sizeof(x)) != sizeof(x))
		return NULL;
	if (member_is(k, "kty", "OKP") && member_is(k, "crv", "Ed25519")) {
		*kind = JWK_ED25519;
		return jwk_ed25519(x);
	}
	if (member_is(k, "kty", "EC") && member_is(k, "crv", "P-256") &&
	    member_bytes(k, "y", y, sizeof(y)) == sizeof(y)) {
		*kind = JWK_P256;
		return jwk_p256(x, y);
	}
	return NULL;
}

/* 1 when the key is one that we can use. */
static int
parse_key(const json_t *k, struct jwk *out)
{
	const char	*s;

	if (!json_is_object(k) || !for_us(k))
		return 0;
	if (json_object_get(k, "alg") != NULL) {
		s = jwt_json_string(k, "alg", JWT_KID_MAX);
		if (s == NULL || jwt_alg_parse(s, &out->alg) == -1)
			return 0;
		out->has_alg = 1;
	}
	if (json_object_get(k, "kid") != NULL) {
		if ((s = jwt_json_string(k, "kid", JWT_KID_MAX)) == NULL)
			return 0;
		strlcpy(out->kid, s, sizeof(out->kid));
		out->has_kid = 1;
	}
	out->key = parse_numbers(k, &out->kind);
	return out->key != NULL;
}

struct jwks *
jwks_parse(const uint8_t *json, size_t len, const char **errstr)
{
	json_t		*object, *keys, *k;
	struct jwks	*set = NULL;
	struct jwk	 one;
	size_t		 i;

	if ((object = jwt_json_object(json, len, errstr)) == NULL)
		return NULL;
	keys = json_object_get(object, "keys");
	*errstr = "no array \"keys\"";
	if (!json_is_array(keys))
		goto done;
	*errstr = "out of memory";
	if ((set = calloc(1, sizeof(*set))) == NULL)
		goto done;
	json_array_foreach(keys, i, k) {
		memset(&one, 0, sizeof(one));
		if (set->n < JWT_KEYS_MAX && parse_key(k, &one))
			set->keys[set->n++] = one;
	}
	*errstr = NULL;
	ERR_clear_error();
done:
	json_decref(object);
	return set;
}

size_t
jwks_count(const struct jwks *set)
{
	return set->n;
}

void
jwks_free(struct jwks *set)
{
	size_t	 i;

	if (set == NULL)
		return;
	for (i = 0; i < set->n; i++)
		EVP_PKEY_free(set->keys[i].key);
	free(set);
}
