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
 * Any bytes as the facts of a system: what is accepted is bounded, printable
 * and in order.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/facts.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_value(const char *s, size_t max)
{
	if (strlen(s) > max)
		abort();
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s >= 0x7f)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char	 text[FACTS_TEXT_MAX + 1];
	struct facts	 f;
	const char	*why;
	size_t		 i;

	if (size > FACTS_TEXT_MAX)
		return 0;
	if (size != 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (facts_parse(text, &f, &why) == -1) {
		if (why == NULL || f.facts.nfacts != 0)
			abort();
		return 0;
	}
	if (why != NULL || f.facts.nfacts > TRUST_FACTS_MAX)
		abort();
	check_value(f.facts.os, TRUST_TEXT_MAX);
	check_value(f.facts.agent, TRUST_TEXT_MAX);
	check_value(f.hostname, TRUST_TEXT_MAX);
	for (i = 0; i < f.facts.nfacts; i++) {
		if (!condition_fact_valid(f.fact[i].name) || (i > 0 &&
		    strcmp(f.fact[i - 1].name, f.fact[i].name) >= 0))
			abort();
		check_value(f.fact[i].value, TRUST_VALUE_MAX);
	}
	return 0;
}
