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
 * Any bytes as the configuration of a discovery service: what is accepted
 * prints as text that is accepted, prints to the same bytes and does not
 * differ; what is refused has printable reasons.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conftext/conftext.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static size_t	 nreports;

static void
count(void *arg, const char *text)
{
	(void)arg;
	nreports++;
	if (*text == '\0')
		abort();
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text >= 0x7f)
			abort();
}

static char *
print(const struct conftext *ct)
{
	FILE	*fp;
	char	*text = NULL;
	size_t	 size = 0;

	if ((fp = open_memstream(&text, &size)) == NULL ||
	    conftext_print(ct, fp) == -1 || fclose(fp) == EOF)
		abort();
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conftext_diff	 diff;
	struct conftext		*again, *ct;
	char			*first, *second;
	int			 bad;

	nreports = 0;
	ct = conftext_parse_buffer("fuzz", data, size, count, NULL);
	if (ct == NULL) {
		if (nreports == 0)
			abort();
		return 0;
	}
	if (nreports != 0)
		abort();
	first = print(ct);
	again = conftext_parse_buffer("fuzz", first, strlen(first), count,
	    NULL);
	if (again == NULL)
		abort();
	second = print(again);
	if (strcmp(first, second) != 0)
		abort();
	bad = conftext_diff(ct, again, &diff, count, NULL);
	if (bad < 0 || (size_t)bad != nreports || (bad == 0 && diff.n != 0))
		abort();
	conftext_diff_free(&diff);
	free(first);
	free(second);
	conftext_free(ct);
	conftext_free(again);
	return 0;
}
