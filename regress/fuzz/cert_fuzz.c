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
 * Any bytes as a certificate, and any text as an enrolment key: what is
 * accepted must come out again byte for byte.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cert/cert.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_cert(const uint8_t *data, size_t size)
{
	struct cert	 c;
	uint8_t		 out[CERT_LEN];
	const char	*why;

	if (cert_decode(&c, data, size, &why) == -1) {
		if (why == NULL)
			abort();
		return;
	}
	if (why != NULL || !name_valid(c.name) ||
	    cert_encode(&c, out) == -1 || memcmp(out, data, CERT_LEN) != 0)
		abort();
	(void)cert_check_time(&c, c.not_before, &why);
	(void)cert_check_time(&c, c.not_after, &why);
	(void)cert_verify(out, c.identity);
}

static void
fuzz_key(const uint8_t *data, size_t size)
{
	char		 text[64], key[ENROLKEY_STRLEN];
	char		 again[ENROLKEY_STRLEN];
	const char	*why;

	if (size >= sizeof(text))
		size = sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	if (enrolkey_normalise(text, key, &why) == -1) {
		if (why == NULL || strlen(why) == 0)
			abort();
		return;
	}
	if (enrolkey_normalise(key, again, &why) == -1 ||
	    strcmp(key, again) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		data = (const uint8_t *)"";
	fuzz_cert(data, size);
	fuzz_key(data, size);
	return 0;
}
