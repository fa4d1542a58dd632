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
 * Base64 with the standard alphabet and padding (RFC 4648 section 4), in
 * the one canonical form only: no white space, no missing padding, no stray
 * bits.  Pure functions over caller memory.
 */

#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/* Characters that n bytes become, without the NUL. */
#define BASE64_LEN(n)	(((n) + 2) / 3 * 4)

/*
 * Encode len bytes and a NUL.  Returns the number of characters, or -1
 * (ENOSPC) when cap is not above BASE64_LEN(len).
 */
ssize_t	 base64_encode(const uint8_t *, size_t len, char *out, size_t cap);

/*
 * Decode len characters.  Returns the number of bytes, or -1 with out
 * wiped: EINVAL for anything but canonical base64, ENOSPC when the bytes
 * do not fit.
 */
ssize_t	 base64_decode(const char *, size_t len, uint8_t *out, size_t cap);

#endif /* BASE_BASE64_H */
