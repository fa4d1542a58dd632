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
 * Keys as the files of this module pass them on.
 */

#ifndef JWT_JWT_LOCAL_H
#define JWT_JWT_LOCAL_H

#include <sys/types.h>

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "jwt/json.h"
#include "jwt/jwt.h"

enum jwk_kind { JWK_RSA, JWK_P256, JWK_ED25519 };

struct jwk {
	enum jwk_kind	 kind;
	int		 has_alg;
	enum jwt_alg	 alg;		/* the only one it is for */
	int		 has_kid;
	char		 kid[JWT_KID_MAX + 1];
	EVP_PKEY	*key;
};

struct jwks {
	size_t		 n;
	struct jwk	 keys[JWT_KEYS_MAX];
};

/* 0, or -1 for one that is not ours. */
int		 jwt_alg_parse(const char *name, enum jwt_alg *);

/* key.c.  NULL when the numbers are no key, or a weak one. */
EVP_PKEY	*jwk_rsa(const uint8_t *n, size_t nlen, const uint8_t *e,
		    size_t elen);
EVP_PKEY	*jwk_p256(const uint8_t x[32], const uint8_t y[32]);
EVP_PKEY	*jwk_ed25519(const uint8_t x[32]);

#endif /* JWT_JWT_LOCAL_H */
