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
 * Any bytes as an answer of a web server, whole and in pieces: both give the
 * same, and no more than the limit.  And as an address.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/reply.h"
#include "fetch/url.h"

#define BODY_MAX	4096

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_url(const uint8_t *data, size_t len)
{
	char		 text[700];
	struct url	 u;

	if (len >= sizeof(text))
		return;
	memcpy(text, data, len);
	text[len] = '\0';
	if (url_parse(&u, text) == NULL && (u.host[0] == '\0' ||
	    u.path[0] != '/' || u.port == 0))
		abort();
	memcpy(text, "x=1", 4);
	(void)form_add(text, 64, "name", (const char *)u.path);
	if (strlen(text) >= 64)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct reply	 whole, pieces;
	const char		*errstr = NULL;
	size_t			 i;
	int			 a, b = 0;

	reply_init(&whole, BODY_MAX);
	reply_init(&pieces, BODY_MAX);
	a = reply_add(&whole, data, len, &errstr);
	if ((a == -1 && errstr == NULL) || whole.len > BODY_MAX)
		abort();
	for (i = 0; i < len && b == 0; i++)
		b = reply_add(&pieces, data + i, 1, &errstr);
	if (a != b || whole.len != pieces.len ||
	    (whole.len != 0 && memcmp(whole.body, pieces.body, whole.len) !=
	    0) || (a == 1 && whole.status != pieces.status))
		abort();
	if (a == 0)
		(void)reply_end(&whole, &errstr);
	reply_free(&whole);
	reply_free(&pieces);
	fuzz_url(data, len);
	return 0;
}
