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
 * Base64 of RFC 4648 section 4.  Trusts nothing of its input; what decodes
 * encodes to the same text again.
 */

#include <errno.h>
#include <string.h>

#include "base/base64.h"

static const char	alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
symbol_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

ssize_t
base64_encode(const uint8_t *in, size_t len, char *out, size_t cap)
{
	uint32_t	 v;
	size_t		 i, o = 0, left;

	if (len > cap / 4 * 3 || BASE64_LEN(len) >= cap) {
		errno = ENOSPC;
		return -1;
	}
	for (i = 0; i < len; i += 3) {
		left = len - i;
		v = (uint32_t)in[i] << 16;
		if (left > 1)
			v |= (uint32_t)in[i + 1] << 8;
		if (left > 2)
			v |= in[i + 2];
		out[o++] = alphabet[v >> 18];
		out[o++] = alphabet[v >> 12 & 63];
		out[o++] = left > 1 ? alphabet[v >> 6 & 63] : '=';
		out[o++] = left > 2 ? alphabet[v & 63] : '=';
	}
	out[o] = '\0';
	return (ssize_t)o;
}

/* Four characters, the last pad of them '='; -1 or the 24 bits. */
static int32_t
decode_group(const char *in, int pad)
{
	int32_t	 v = 0;
	int	 i, s;

	for (i = 0; i < 4; i++) {
		s = i >= 4 - pad ? 0 : symbol_value(in[i]);
		if (s == -1)
			return -1;
		v = v << 6 | s;
	}
	/* Bits that no byte holds must be zero, or two texts mean one. */
	if ((pad == 1 && (v & 0xff) != 0) || (pad == 2 && (v & 0xffff) != 0))
		return -1;
	return v;
}

ssize_t
base64_decode(const char *in, size_t len, uint8_t *out, size_t cap)
{
	int32_t	 v;
	size_t	 i, k, n, o = 0;
	int	 pad = 0;

	if (len % 4 != 0) {
		errno = EINVAL;
		return -1;
	}
	if (len != 0 && in[len - 1] == '=')
		pad = in[len - 2] == '=' ? 2 : 1;
	if (len / 4 * 3 - (size_t)pad > cap) {
		errno = ENOSPC;
		return -1;
	}
	for (i = 0; i < len; i += 4) {
		n = len - i == 4 ? 3 - (size_t)pad : 3;
		v = decode_group(in + i, n == 3 ? 0 : pad);
		if (v == -1) {
			explicit_bzero(out, o);
			errno = EINVAL;
			return -1;
		}
		for (k = 0; k < n; k++)
			out[o++] = (uint8_t)(v >> (16 - 8 * k));
	}
	return (ssize_t)o;
}
