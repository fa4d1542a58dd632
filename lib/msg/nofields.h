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
 * For an expansion of messages.def that wants the messages alone, without
 * their fields.  Undone by undef.h; no include guard on purpose.
 */

#define F_U8(m, f)
#define F_U16(m, f)
#define F_U32(m, f)
#define F_U64(m, f)
#define F_BYTES(m, f, n)
#define F_STR(m, f, n)
#define F_BLOB(m, f, n)
#define F_EP(m, f)
#define F_EPS(m, f)
#define F_ACLS(m, f)
#define F_TIMED(m, f)
#define F_WINDOWS(m, f)
#define F_CANDS(m, f)
#define F_U32S(m, f)
#define F_TAGS(m, f)
#define F_RANGES(m, f)
