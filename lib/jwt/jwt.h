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
 * Signed tokens of identity providers: JSON Web Tokens (RFC 7519) in the
 * compact form of JWS (RFC 7515), keys as JWK sets (RFC 7517), and of the
 * algorithms of RFC 7518 and RFC 8037 those with which an asymmetric key
 * signs: RS256, PS256, ES256, EdDSA with Ed25519.  There is no "none" and no
 * HMAC, and the algorithm must be one of the key's kind.
 *
 * Everything given is hostile.  No socket, no file, no clock: the time is a
 * parameter.  Every errstr is a constant or lies in static memory good until
 * the next call into this module, and holds no byte of the input.
 */

#ifndef JWT_JWT_H
#define JWT_JWT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define JWT_MAX		16384	/* characters of a token */
#define JWT_KEYS_MAX	64	/* of one set */
#define JWT_KID_MAX	255
#define JWT_SUBJECT_MAX	255
#define JWT_RSA_MIN	2048	/* bits */
#define JWT_RSA_MAX	8192
#define JWT_SIG_MAX	(JWT_RSA_MAX / 8)

enum jwt_alg { JWT_RS256, JWT_PS256, JWT_ES256, JWT_EDDSA };

enum jwt_verdict {
	JWT_GOOD,
	JWT_NO_KEY,		/* the set has no key it could be of */
	JWT_BAD			/* a key fits and the signature is wrong */
};

/* A token as it was sent; nothing in it is proved. */
struct jws {
	enum jwt_alg	 alg;
	int		 has_kid;
	char		 kid[JWT_KID_MAX + 1];
	const char	*text;		/* the caller's */
	size_t		 signed_len;	/* header, dot, payload */
	uint8_t		*payload;	/* decoded */
	size_t		 payload_len;
	uint8_t		 signature[JWT_SIG_MAX];
	size_t		 signature_len;
};

struct jwks;

struct jwt_claim {
	const char	*name;
	const char	*value;
};

/* What a token must say. */
struct jwt_rules {
	const char		*issuer;
	const char		*client;
	const char		*audience;	/* NULL: the client */
	const struct jwt_claim	*claims;
	size_t			 nclaims;
	uint64_t		 now;		/* seconds, wall clock */
	uint64_t		 skew;		/* seconds that clocks differ */
};

/* What is known of a token that keeps the rules. */
struct jwt_result {
	char		 subject[JWT_SUBJECT_MAX + 1];
	uint64_t	 expires;	/* seconds, wall clock */
	uint64_t	 issued;	/* 0 when it does not say */
};

/*
 * Once, before the sandbox: seeds jansson's hash tables, gives it an
 * allocator that wipes, and makes libcrypto load what it will need.  0, or -1
 * when a signature that is known to be good is refused.
 */
int		 jwt_init(size_t seed);

/*
 * base64url without padding (RFC 7515 section 2), canonical only.  Returns
 * the number of bytes, or -1 when it is not or they do not fit.
 */
ssize_t		 jwt_base64url(const char *, size_t len, uint8_t *out,
		    size_t cap);

/*
 * The compact form (RFC 7515 section 7.1).  text must outlive the struct.  0
 * and the caller calls jws_free, or -1 with *errstr.
 */
int		 jws_parse(struct jws *, const char *text, size_t len,
		    const char **errstr);
void		 jws_free(struct jws *);

/*
 * A JWK set (RFC 7517 section 5).  Keys of other kinds or for other uses are
 * passed over.  NULL with *errstr when it is not a set; one without a usable
 * key is a set.
 */
struct jwks	*jwks_parse(const uint8_t *json, size_t len,
		    const char **errstr);
size_t		 jwks_count(const struct jwks *);
void		 jwks_free(struct jwks *);	/* NULL is nothing */

/* Is there a key of this set that has signed it? */
enum jwt_verdict jws_verify(const struct jws *, const struct jwks *);

/*
 * The claims of a token whose signature is good (RFC 7519 section 4, OpenID
 * Connect Core section 3.1.3.7): iss, sub, aud, azp, exp, nbf, iat, and those
 * that are required.  A required claim is a string of that value, an array
 * that has such a string, or true or false.  0, or -1 with *errstr.
 */
int		 jwt_check(const struct jws *, const struct jwt_rules *,
		    struct jwt_result *, const char **errstr);

#endif /* JWT_JWT_H */
