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
 * STUN messages (RFC 8489) with the attributes of ICE (RFC 8445) and of NAT
 * behaviour discovery (RFC 5780).  Pure: no allocation, no clock, no system
 * call.  The parser trusts nothing in the datagram; a parsed message borrows
 * the datagram's memory and is good for as long as that is.
 */

#ifndef STUN_STUN_H
#define STUN_STUN_H

#include <sys/types.h>

#include <stdint.h>

#include "base/endpoint.h"

#define STUN_HEADER_LEN		20
#define STUN_ID_LEN		12
#define STUN_COOKIE		0x2112a442U
#define STUN_BINDING		0x001
#define STUN_MESSAGE_MAX	548	/* what we send: fits any path */
#define STUN_USERNAME_MAX	508	/* RFC 8489 14.3 */
#define STUN_UNKNOWN_MAX	8	/* unknown attributes remembered */
#define STUN_SHA1_LEN		20
#define STUN_SHA256_LEN		32

/* Attribute types: below 0x8000 comprehension is required. */
#define STUN_ATTR_MAPPED_ADDRESS	0x0001
#define STUN_ATTR_USERNAME		0x0006
#define STUN_ATTR_INTEGRITY		0x0008
#define STUN_ATTR_ERROR_CODE		0x0009
#define STUN_ATTR_UNKNOWN_ATTRIBUTES	0x000a
#define STUN_ATTR_INTEGRITY_SHA256	0x001c
#define STUN_ATTR_XOR_MAPPED_ADDRESS	0x0020
#define STUN_ATTR_PRIORITY		0x0024
#define STUN_ATTR_USE_CANDIDATE		0x0025
#define STUN_ATTR_SOFTWARE		0x8022
#define STUN_ATTR_FINGERPRINT		0x8028
#define STUN_ATTR_ICE_CONTROLLED	0x8029
#define STUN_ATTR_ICE_CONTROLLING	0x802a
#define STUN_ATTR_RESPONSE_ORIGIN	0x802b
#define STUN_ATTR_OTHER_ADDRESS		0x802c
#define STUN_ATTR_NOMINATION		0xc001	/* draft ICE renomination */

#define STUN_ERROR_BAD_REQUEST		400
#define STUN_ERROR_UNKNOWN_ATTRIBUTE	420
#define STUN_ERROR_ROLE_CONFLICT	487

enum stun_class {
	STUN_REQUEST = 0,
	STUN_INDICATION = 1,
	STUN_SUCCESS = 2,
	STUN_ERROR = 3
};

enum stun_result {
	STUN_OK = 0,
	STUN_NOT_STUN,		/* too short, no cookie, or WireGuard's */
	STUN_BAD_LENGTH,	/* header length is not the datagram's */
	STUN_BAD_OVERRUN,	/* an attribute reaches past the end */
	STUN_BAD_ATTRIBUTE,	/* an attribute has an impossible length */
	STUN_BAD_FAMILY,	/* an address is neither IPv4 nor IPv6 */
	STUN_BAD_ORDER,		/* something follows the fingerprint */
	STUN_BAD_FINGERPRINT,	/* the fingerprint is wrong */
	STUN_RESULT_COUNT
};

/* Bits of stun_msg.have: which attributes the message carries. */
#define STUN_HAVE_MAPPED	0x0001	/* MAPPED-ADDRESS */
#define STUN_HAVE_XOR_MAPPED	0x0002
#define STUN_HAVE_USERNAME	0x0004
#define STUN_HAVE_INTEGRITY	0x0008	/* SHA-1 */
#define STUN_HAVE_SHA256	0x0010
#define STUN_HAVE_FINGERPRINT	0x0020	/* and it was right */
#define STUN_HAVE_ERROR		0x0040
#define STUN_HAVE_LISTED	0x0080	/* UNKNOWN-ATTRIBUTES */
#define STUN_HAVE_SOFTWARE	0x0100
#define STUN_HAVE_PRIORITY	0x0200
#define STUN_HAVE_USE_CANDIDATE	0x0400
#define STUN_HAVE_CONTROLLED	0x0800
#define STUN_HAVE_CONTROLLING	0x1000
#define STUN_HAVE_ORIGIN	0x2000
#define STUN_HAVE_OTHER		0x4000
#define STUN_HAVE_NOMINATION	0x8000

struct stun_msg {
	const uint8_t		*raw;
	size_t			 len;
	const uint8_t		*username;	/* not terminated */
	size_t			 username_len;
	const uint8_t		*software;	/* not terminated */
	size_t			 software_len;
	size_t			 integrity_off;	/* of the attribute, or 0 */
	size_t			 sha256_off;	/* of the attribute, or 0 */
	uint64_t		 tie_breaker;
	uint32_t		 have;
	uint32_t		 priority;
	uint32_t		 nomination;	/* order of USE-CANDIDATE */
	enum stun_class		 class;
	uint16_t		 method;
	uint16_t		 error_code;	/* 300 to 699 */
	uint16_t		 unknown[STUN_UNKNOWN_MAX];
	uint16_t		 listed[STUN_UNKNOWN_MAX];
	uint8_t			 nunknown;	/* not understood by us */
	uint8_t			 nlisted;	/* not understood by them */
	uint8_t			 id[STUN_ID_LEN];
	struct endpoint		 mapped;	/* XOR form if both came */
	struct endpoint		 origin;	/* RESPONSE-ORIGIN */
	struct endpoint		 other;		/* OTHER-ADDRESS */
};

/* A message under construction in memory of the caller. */
struct stun_builder {
	uint8_t		*buf;
	size_t		 cap;
	size_t		 len;
	int		 failed;	/* something did not fit */
};

/*
 * Nonzero when a datagram is to be given to stun_parse.  Never so for one
 * that WireGuard could have sent (first byte 1 to 4, then three zeroes).
 */
int		 stun_is_message(const uint8_t *, size_t);

/*
 * Parse one datagram (RFC 8489 5 and 14).  Only the first attribute of a type
 * counts, and none after the integrity but the fingerprint.  An unknown
 * attribute that needs comprehension is no parse error but is recorded.
 */
enum stun_result stun_parse(struct stun_msg *, const uint8_t *, size_t);

/* The reason as text, never NULL. */
const char	*stun_strresult(enum stun_result);

/*
 * Compare the integrity attribute with the key, in constant time.  0 when it
 * is there and right, else -1.  The key is the password (RFC 8489 9.1.1).
 */
int		 stun_check_integrity_sha256(const struct stun_msg *,
		    const uint8_t *key, size_t keylen);
int		 stun_check_integrity_sha1(const struct stun_msg *,
		    const uint8_t *key, size_t keylen);

/* Nonzero when USERNAME is there and equal to the string. */
int		 stun_username_is(const struct stun_msg *, const char *);

/*
 * Building.  Attributes are appended in call order; a failure sticks and is
 * told by stun_build_finish, which returns the length or -1.  Integrity and
 * then fingerprint come last.
 */
void		 stun_build_start(struct stun_builder *, uint8_t *buf,
		    size_t cap, enum stun_class, uint16_t method,
		    const uint8_t id[STUN_ID_LEN]);
void		 stun_build_bytes(struct stun_builder *, uint16_t type,
		    const void *, size_t);
void		 stun_build_flag(struct stun_builder *, uint16_t type);
void		 stun_build_u32(struct stun_builder *, uint16_t type,
		    uint32_t);
void		 stun_build_u64(struct stun_builder *, uint16_t type,
		    uint64_t);
void		 stun_build_address(struct stun_builder *, uint16_t type,
		    const struct endpoint *);
void		 stun_build_error(struct stun_builder *, uint16_t code);
void		 stun_build_unknown(struct stun_builder *, const uint16_t *,
		    size_t);
void		 stun_build_integrity_sha256(struct stun_builder *,
		    const uint8_t *key, size_t keylen);
void		 stun_build_fingerprint(struct stun_builder *);
ssize_t		 stun_build_finish(const struct stun_builder *);

/*
 * Stateless Binding server: the length of the answer for a datagram that came
 * from an address, or -1 when there is to be none.  A request with attributes
 * we must but do not understand gets error 420 (RFC 8489 6.3.1).
 */
ssize_t		 stun_server_answer(const uint8_t *req, size_t len,
		    const struct endpoint *from, uint8_t *out, size_t cap);

/* HMAC-SHA-256 (RFC 2104) over one buffer. */
void		 stun_hmac_sha256(const uint8_t *key, size_t keylen,
		    const uint8_t *, size_t, uint8_t out[STUN_SHA256_LEN]);

/* CRC-32 as in ITU-T V.42. */
uint32_t	 stun_crc32(const uint8_t *, size_t);

#define STUN_RETRY_MAX	8	/* the interval grows no more */

/*
 * Milliseconds until a request that was sent `tries' times is sent again: the
 * interval doubles (RFC 8489 6.2.1), and chance makes it half of that up to
 * one and a half.  rto_ms is at most a minute; random is any number.
 */
uint32_t stun_retry_ms(uint32_t rto_ms, unsigned int tries,
	    uint32_t random);

/* Until a mapping is asked for anew: at most that, and less by a part. */
uint32_t stun_refresh_ms(uint32_t most_ms, uint32_t spread_ms,
	    uint32_t random);

#endif /* STUN_STUN_H */
