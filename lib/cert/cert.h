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
 * The system certificate: who a system is, its keys, its virtual addresses
 * and how long that holds, signed by the organisation's authority.  One
 * fixed binary form, so that equal certificates are equal bytes.  Integers
 * are big endian.
 *
 *   0  magic "ENCC"		 91  identity key, Ed25519 [32]
 *   4  version, 1		123  tunnel key, X25519 [32]
 *   5  flags			155  IPv4 address [4], prefix length
 *   6  serial [16]		160  IPv6 address [16], prefix length
 *  22  organisation [64]	177  not before, seconds since the epoch [8]
 *  86  system name [5]		185  not after [8]
 *				193  signature, Ed25519 [64]
 */

#ifndef CERT_CERT_H
#define CERT_CERT_H

#include <stddef.h>
#include <stdint.h>

#include "cert/name.h"

#define CERT_VERSION		1
#define CERT_LEN		257
#define CERT_SIGNED_LEN		193	/* what the signature covers */

#define CERT_SERIAL_LEN		16
#define CERT_ORG_LEN		64	/* 1 to 63 bytes, padded with NUL */
#define CERT_KEY_LEN		32
#define CERT_SIGNATURE_LEN	64
#define CERT_SECRET_LEN		64	/* Ed25519 seed and public key */

#define CERT_FLAG_AES		0x01	/* AES and carry-less multiply */
#define CERT_FLAGS		CERT_FLAG_AES

/* The last second of the year 9999: no date is later. */
#define CERT_TIME_MAX		253402300799ULL

struct cert {
	uint8_t		flags;			/* CERT_FLAG_* */
	uint8_t		serial[CERT_SERIAL_LEN];
	char		org[CERT_ORG_LEN];	/* [a-z0-9.-], zero padded */
	char		name[NAME_STRLEN];
	uint8_t		identity[CERT_KEY_LEN];
	uint8_t		tunnel[CERT_KEY_LEN];
	uint8_t		addr4[4];
	uint8_t		prefix4;		/* 1 to 32 */
	uint8_t		addr6[16];
	uint8_t		prefix6;		/* 1 to 128 */
	uint64_t	not_before;		/* seconds since the epoch */
	uint64_t	not_after;		/* first invalid second, or 0 */
	uint8_t		signature[CERT_SIGNATURE_LEN];
};

/* The reason why the fields are no certificate, NULL when they are one. */
const char	*cert_check(const struct cert *);

/* The reason why it is no padded name of an organisation, or NULL. */
const char	*cert_check_org(const char org[CERT_ORG_LEN]);

/* Write the binary form, the signature as it stands.  0 or -1 (EINVAL). */
int		 cert_encode(const struct cert *, uint8_t out[CERT_LEN]);

/*
 * Read and validate every field but the signature, which needs the
 * authority: cert_verify.  0, or -1 (EINVAL) with the struct zeroed and the
 * reason in *errstr, a constant; errstr may be NULL.
 */
int		 cert_decode(struct cert *, const uint8_t *, size_t,
		    const char **);

/*
 * Sign the encoded certificate in place with the authority's secret key in
 * libsodium's form.  0 or -1 (EINVAL) when it does not decode.
 */
int		 cert_sign(uint8_t buf[CERT_LEN],
		    const uint8_t sk[CERT_SECRET_LEN]);

/* 0 when the authority signed these bytes, -1 (EACCES) otherwise. */
int		 cert_verify(const uint8_t buf[CERT_LEN],
		    const uint8_t authority[CERT_KEY_LEN]);

/*
 * Valid from not_before on and before not_after.  0, or -1 (ERANGE) with a
 * reason in static memory, good until the next call, which asks for the
 * clock when that is the likelier culprit; errstr may be NULL.
 */
int		 cert_check_time(const struct cert *, uint64_t now_sec,
		    const char **);

#endif
