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
 * Any bytes as the conditions of a requirement, the first byte its type: what
 * is accepted prints as text that parses to the same, what is refused has a
 * printable reason.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/condition.h"
#include "policy/trust.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_reason(const char *why)
{
	if (*why == '\0')
		abort();
	for (; *why != '\0'; why++)
		if (*why < 0x20 || *why >= 0x7f)
			abort();
}

static void
check_one(enum requirement_type type, const struct condition *c)
{
	struct condition	 again;
	const char		*why;
	char			 line[CONDITION_LINE_MAX + 8];

	condition_print(c, line, sizeof(line));
	if (condition_parse(type, line, strlen(line), &again, &why) == -1 ||
	    memcmp(c, &again, sizeof(again)) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char		 text[CONDITION_TEXT_MAX + 1];
	struct condition	 c[CONDITION_MAX];
	struct trust_result	 r;
	struct trust_facts	 f;
	enum requirement_type	 type;
	char			 why[256] = "";
	int			 i, n;

	if (size < 1 || size - 1 > CONDITION_TEXT_MAX)
		return 0;
	type = (enum requirement_type)(data[0] % 7);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	n = conditions_parse(type, text, c, why, sizeof(why));
	if (n == -1) {
		check_reason(why);
		return 0;
	}
	for (i = 0; i < n; i++)
		check_one(type, &c[i]);
	memset(&f, 0, sizeof(f));
	trust_evaluate(type, c, (size_t)n, &f, NULL, 1, &r);
	/* Nothing is known: the only thing that is met is nothing. */
	if (r.verdict == TRUST_MET)
		abort();
	check_reason(r.reason);
	return 0;
}
