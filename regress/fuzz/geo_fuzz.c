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
 * Databases of countries: whatever the bytes are, nothing is read beyond them
 * and a country is two capital letters.  The first 17 bytes are the address.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct endpoint	 ep;
	struct geo	*g;
	const char	*why;
	uint8_t		*copy;
	char		 code[3];
	int		 known;

	if (len < 17)
		return 0;
	memset(&ep, 0, sizeof(ep));
	ep.family = data[0] & 1 ? 4 : 6;
	memcpy(ep.addr, data + 1, ep.family == 4 ? 4 : 16);
	len -= 17;
	if ((copy = malloc(len + 1)) == NULL)
		return 0;
	memcpy(copy, data + 17, len);
	if ((g = geo_open(copy, len, &why)) != NULL) {
		known = geo_country(g, &ep, code);
		if (code[2] != '\0' || known != (code[0] != '\0') || (known &&
		    (code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' ||
		    code[1] > 'Z')))
			abort();
		geo_close(g);
	}
	free(copy);
	return 0;
}
