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
 * The signed statements other than certificates.  Each kind has a domain of
 * its own in front of what is signed, so that a signature given for one
 * purpose is worth nothing for another.  Secret keys are in libsodium's
 * 64-byte form and are the caller's to guard and wipe.
 */

#ifndef CERT_SIGN_H
#define CERT_SIGN_H

#include <stdint.h>

#include "cert/cert.h"

#define SIGN_NONCE_LEN	32
#define SIGN_HASH_LEN	32

/*
 * "I am this system, on this connection": the agent's answer to the server's
 * challenge, bound to the certificate the server showed (DESIGN.md 7).
 * sign: 0 or -1 (EINVAL) for a bad name.  verify: 0 or -1 (EACCES).
 */
int	 sign_link_auth(uint8_t out[CERT_SIGNATURE_LEN],
	    const uint8_t sk[CERT_SECRET_LEN],
	    const uint8_t nonce[SIGN_NONCE_LEN],
	    const uint8_t server_cert_hash[SIGN_HASH_LEN], const char *name);
int	 verify_link_auth(const uint8_t sig[CERT_SIGNATURE_LEN],
	    const uint8_t identity[CERT_KEY_LEN],
	    const uint8_t nonce[SIGN_NONCE_LEN],
	    const uint8_t server_cert_hash[SIGN_HASH_LEN], const char *name);

/*
 * "These are my two keys": enrolment, verified with the identity key it
 * names.  sign: 0 or -1 (EINVAL) when that is not the secret key's other
 * half.  verify: 0 or -1 (EACCES).
 */
int	 sign_enrol(uint8_t out[CERT_SIGNATURE_LEN],
	    const uint8_t sk[CERT_SECRET_LEN],
	    const uint8_t identity[CERT_KEY_LEN],
	    const uint8_t tunnel[CERT_KEY_LEN],
	    const uint8_t nonce[SIGN_NONCE_LEN],
	    const uint8_t server_cert_hash[SIGN_HASH_LEN]);
int	 verify_enrol(const uint8_t sig[CERT_SIGNATURE_LEN],
	    const uint8_t identity[CERT_KEY_LEN],
	    const uint8_t tunnel[CERT_KEY_LEN],
	    const uint8_t nonce[SIGN_NONCE_LEN],
	    const uint8_t server_cert_hash[SIGN_HASH_LEN]);

/*
 * "This is what I am": facts as text, of len bytes, the number-th on this
 * connection.  sign: 0 or -1 (EINVAL) for a bad name or length.  verify: 0 or
 * -1 (EACCES).
 */
#define SIGN_FACTS_MAX	8191

int	 sign_facts(uint8_t out[CERT_SIGNATURE_LEN],
	    const uint8_t sk[CERT_SECRET_LEN],
	    const uint8_t nonce[SIGN_NONCE_LEN],
	    const uint8_t server_cert_hash[SIGN_HASH_LEN], const char *name,
	    uint64_t number, const char *text, size_t len);
int	 verify_facts(const uint8_t sig[CERT_SIGNATURE_LEN],
	    const uint8_t identity[CERT_KEY_LEN],
	    const uint8_t nonce[SIGN_NONCE_LEN],
	    const uint8_t server_cert_hash[SIGN_HASH_LEN], const char *name,
	    uint64_t number, const char *text, size_t len);

#endif
