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
 * Zones one after the other: length of the name, its bytes, four bytes of
 * length of the data, the data.  Big endian.
 */

#include <sys/types.h>

#include <string.h>

#include "tz/tz.h"

size_t
tz_pack_add(uint8_t *pack, size_t cap, size_t len, const char *name,
    const uint8_t *data, size_t n)
{
	size_t	 nlen = strlen(name);

	if (nlen == 0 || nlen > TZ_NAME_MAX || n > TZ_DATA_MAX || len > cap ||
	    cap - len < 1 + nlen + 4 + n)
		return 0;
	pack[len++] = (uint8_t)nlen;
	memcpy(pack + len, name, nlen);
	len += nlen;
	pack[len++] = (uint8_t)(n >> 24);
	pack[len++] = (uint8_t)(n >> 16);
	pack[len++] = (uint8_t)(n >> 8);
	pack[len++] = (uint8_t)n;
	memcpy(pack + len, data, n);
	return len + n;
}

int
tz_pack_find(const uint8_t *pack, size_t len, const char *name,
    struct tz *tz, const char **errstr)
{
	size_t	 at = 0, nlen = strlen(name), k, n;
	int	 found;

	memset(tz, 0, sizeof(*tz));
	if (strcmp(name, TZ_UTC) == 0) {
		tz_utc(tz);
		*errstr = NULL;
		return 0;
	}
	*errstr = pack == NULL ? "there is no time zone data" :
	    "there is no such time zone";
	while (pack != NULL && at < len) {
		k = pack[at++];
		if (len - at < k + 4)
			break;
		found = k == nlen && memcmp(pack + at, name, k) == 0;
		at += k;
		n = (size_t)pack[at] << 24 | (size_t)pack[at + 1] << 16 |
		    (size_t)pack[at + 2] << 8 | pack[at + 3];
		at += 4;
		if (len - at < n)
			break;
		if (found)
			return tz_parse(tz, pack + at, n, errstr);
		at += n;
	}
	return -1;
}
