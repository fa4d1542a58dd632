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
 * Any 24 bytes as a preface: what is accepted encodes to the same bytes, and
 * a refusal has words and leaves nothing behind.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "relay/relay.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct relay_preface	 zero;
	struct relay_preface			 p;
	enum relay_error			 error;
	uint8_t					 in[RELAY_PREFACE_LEN];
	uint8_t					 out[RELAY_PREFACE_LEN];

	memset(in, 0, sizeof(in));
	if (size > 0)
		memcpy(in, data, size < sizeof(in) ? size : sizeof(in));
	error = relay_preface_decode(in, &p);
	if (error != RELAY_OK) {
		if (*relay_strerror(error) == '\0' ||
		    memcmp(&p, &zero, sizeof(p)) != 0)
			abort();
		return 0;
	}
	if (relay_preface_encode(&p, out) == -1 ||
	    memcmp(in, out, sizeof(in)) != 0)
		abort();
	return 0;
}
