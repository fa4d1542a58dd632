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
 * Statements of an authority about its successor: the old one says which
 * key takes its place (a cross-signature), and, when nothing depends on the
 * old one any more, the new one says that it is retired.  One fixed binary
 * form; integers are big endian.
 *
 *   0  magic "ENCX"		 70  old authority, Ed25519 [32]
 *   4  version, 1		102  new authority, Ed25519 [32]
 *   5  kind			134  made, seconds since the epoch [8]
 *   6  organisation [64]	142  signature, Ed25519 [64]
 */

#ifndef CERT_CROSS_H
#define CERT_CROSS_H

#include <stddef.h>
#include <stdint.h>

#include "cert/cert.h"

#define CROSS_VERSION		1
#define CROSS_LEN		206
#define CROSS_SIGNED_LEN	142	/* what the signature covers */

enum cross_kind {
	CROSS_SUCCESSOR = 1,	/* signed by the old authority */
	CROSS_RETIRED = 2	/* signed by the new authority */
};

struct cross {
	uint8_t		kind;			/* enum cross_kind */
	char		org[CERT_ORG_LEN];	/* zero padded */
	uint8_t		old[CERT_KEY_LEN];
	uint8_t		new[CERT_KEY_LEN];
	uint64_t	made;			/* seconds since the epoch */
	uint8_t		signature[CERT_SIGNATURE_LEN];
};

/* Write the binary form, the signature as it stands.  0 or -1 (EINVAL). */
int		 cross_encode(const struct cross *, uint8_t out[CROSS_LEN]);

/*
 * Read and validate every field but the signature: cross_verify.  0, or -1
 * (EINVAL) with the struct zeroed and the reason in *errstr, a constant;
 * errstr may be NULL.
 */
int		 cross_decode(struct cross *, const uint8_t *, size_t,
		    const char **);

/*
 * Sign the encoded statement in place with the secret key of the authority
 * that its kind asks for.  0, or -1 (EINVAL) when it does not decode or the
 * key is not that authority's.
 */
int		 cross_sign(uint8_t buf[CROSS_LEN],
		    const uint8_t sk[CERT_SECRET_LEN]);

/*
 * 0 when these bytes decode and the authority that their kind asks for has
 * signed them, -1 (EACCES or EINVAL) otherwise.  Whether that authority is
 * to be believed is the caller's to know.
 */
int		 cross_verify(const uint8_t buf[CROSS_LEN]);

#endif
