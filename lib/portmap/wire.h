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
 * The packets of PCP (RFC 6887) and NAT-PMP (RFC 6886): requests are written
 * and answers read, all numbers in network order.  What is read is checked for
 * its form alone; whether anybody asked is the business of the state machine.
 */

#ifndef PORTMAP_WIRE_H
#define PORTMAP_WIRE_H

#include <sys/types.h>

#include <stdint.h>

#include "portmap/portmap.h"

#define PORTMAP_PCP_VERSION	2
#define PORTMAP_PMP_VERSION	0
#define PORTMAP_PCP_HEADER	24	/* RFC 6887 7.1, 7.2 */
#define PORTMAP_PCP_MAP_LEN	60	/* with RFC 6887 11.1 */
#define PORTMAP_PMP_ADDR_LEN	2	/* RFC 6886 3.2 */
#define PORTMAP_PMP_MAP_LEN	12	/* RFC 6886 3.3 */
#define PORTMAP_PCP_MAP		1	/* opcode */

enum portmap_parse {
	PORTMAP_OK = 0,
	PORTMAP_BAD_LENGTH,
	PORTMAP_BAD_VERSION,
	PORTMAP_BAD_OPCODE,
	PORTMAP_NOT_ANSWER
};

enum portmap_kind {
	PORTMAP_ANSWER_PCP_MAP = 1,
	PORTMAP_ANSWER_PMP_ADDRESS,
	PORTMAP_ANSWER_PMP_MAP,
	PORTMAP_ANSWER_VERSION	/* the version asked is not spoken */
};

/* A NAT-PMP refusal may end after its result: what follows is 0 then. */
struct portmap_answer {
	enum portmap_kind	kind;
	uint8_t			version;	/* that the gateway speaks */
	uint8_t			proto;		/* 6 or 17 of NAT-PMP, any of
						   PCP */
	uint16_t		result;
	uint16_t		internal;
	uint32_t		lifetime;	/* seconds */
	uint32_t		epoch;		/* seconds */
	uint8_t			nonce[PORTMAP_NONCE_LEN];	/* PCP */
	struct endpoint		external;	/* family 0 if it is zero;
						   NAT-PMP has address or port,
						   not both */
};

struct portmap_question {
	uint8_t			 proto;
	uint16_t		 internal;
	uint32_t		 lifetime;	/* 0: delete */
	const uint8_t		*nonce;		/* PORTMAP_NONCE_LEN */
	struct endpoint		 own;
	struct endpoint		 suggested;	/* family 0: any address */
};

/* Each returns the length; buf has PORTMAP_REQUEST_MAX bytes. */
size_t			 portmap_build_pcp(uint8_t *buf,
			    const struct portmap_question *);
size_t			 portmap_build_pmp_map(uint8_t *buf,
			    const struct portmap_question *);
size_t			 portmap_build_pmp_address(uint8_t *buf);

enum portmap_parse	 portmap_parse(struct portmap_answer *,
			    const uint8_t *, size_t);

#endif /* PORTMAP_WIRE_H */
