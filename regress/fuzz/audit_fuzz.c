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
 * Any bytes as a line of an exported audit log: what is accepted is written
 * as a line that says the same, and a refusal has words.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "discoveryctl/audit_line.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct audit_record	 r, again;
	uint8_t			 a[AUDIT_HASH_LEN], b[AUDIT_HASH_LEN];
	const char		*why;
	json_t			*holder, *other;
	char			*line;

	why = audit_line_parse(&r, &holder, (const char *)data, size);
	if (why != NULL) {
		if (*why == '\0' || holder != NULL)
			abort();
		return 0;
	}
	audit_hash(&r, a);
	other = audit_line_json(&r);
	if ((line = json_dumps(other, JSON_COMPACT)) == NULL)
		abort();
	json_decref(other);
	if (audit_line_parse(&again, &other, line, strlen(line)) != NULL)
		abort();
	audit_hash(&again, b);
	if (memcmp(a, b, sizeof(a)) != 0 ||
	    memcmp(r.hash, again.hash, sizeof(r.hash)) != 0)
		abort();
	json_decref(other);
	json_decref(holder);
	free(line);
	return 0;
}
