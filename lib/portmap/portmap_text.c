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
 * Names for display.
 */

#include <sys/types.h>

#include <stdint.h>

#include "portmap/portmap.h"

#define NAME_OF(table, i)						\
	((i) < sizeof(table) / sizeof((table)[0]) ? (table)[i] : "unknown")

const char *
portmap_protocol_name(int protocol)
{
	static const char *const	 names[] = {
		"undecided", "PCP", "NAT-PMP"
	};

	return NAME_OF(names, (unsigned)protocol);
}

const char *
portmap_state_name(int state)
{
	static const char *const	 names[] = {
		"idle", "asking", "speaking", "no answer", "released"
	};

	return NAME_OF(names, (unsigned)state);
}

const char *
portmap_reason_name(int reason)
{
	static const char *const	 names[] = {
		"unknown", "expired", "refused", "no answer", "given up"
	};

	return NAME_OF(names, (unsigned)reason);
}

const char *
portmap_result_name(enum portmap_protocol protocol, unsigned result)
{
	static const char *const	 pcp[] = {
		"success",
		"unsupported version",
		"not authorized",
		"malformed request",
		"unsupported opcode",
		"unsupported option",
		"malformed option",
		"network failure",
		"no resources",
		"unsupported protocol",
		"user exceeded quota",
		"cannot provide external address",
		"address mismatch",
		"excessive remote peers"
	};
	static const char *const	 pmp[] = {
		"success",
		"unsupported version",
		"not authorized",
		"network failure",
		"no resources",
		"unsupported opcode"
	};

	return protocol == PORTMAP_NATPMP ? NAME_OF(pmp, result) :
	    NAME_OF(pcp, result);
}
