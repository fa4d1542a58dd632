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
 * A stateless Binding server: tells a client under which address it was seen.
 * It keeps nothing, checks no credential, and says nothing about itself.
 */

#include <sys/types.h>

#include <stdint.h>

#include "stun/stun.h"

ssize_t
stun_server_answer(const uint8_t *req, size_t len, const struct endpoint *from,
    uint8_t *out, size_t cap)
{
	struct stun_builder	 b;
	struct stun_msg		 m;

	if (stun_parse(&m, req, len) != STUN_OK)
		return -1;
	if (m.class != STUN_REQUEST || m.method != STUN_BINDING)
		return -1;
	if (from->port == 0)
		return -1;
	if (m.nunknown > 0) {
		stun_build_start(&b, out, cap, STUN_ERROR, STUN_BINDING, m.id);
		stun_build_error(&b, STUN_ERROR_UNKNOWN_ATTRIBUTE);
		stun_build_unknown(&b, m.unknown, m.nunknown);
	} else {
		stun_build_start(&b, out, cap, STUN_SUCCESS, STUN_BINDING,
		    m.id);
		stun_build_address(&b, STUN_ATTR_XOR_MAPPED_ADDRESS, from);
	}
	stun_build_fingerprint(&b);
	return stun_build_finish(&b);
}
