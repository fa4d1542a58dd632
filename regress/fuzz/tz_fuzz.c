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
 * Data of time zones, rules, the text of active hours and a pack of zones:
 * whatever the bytes are, nothing is read beyond them, changes of the clock
 * come one after the other, and windows are in order.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tz/tz.h"

#define NOW	1735689600

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
fuzz_zone(const struct tz *tz)
{
	static const struct tz_hours	 hours = { 0x55, 600, 500, "UTC" };
	struct acl_window		 w[ACL_WINDOWS_MAX];
	int64_t				 t = -5000000000, next;
	size_t				 i, n;

	for (i = 0; i < 64; i++) {
		if (llabs((long long)tz_offset(tz, t)) > 48 * 3600)
			abort();
		next = tz_next(tz, t);
		if (next <= t)
			abort();
		if (next == TZ_NEVER)
			break;
		t = next;
	}
	(void)tz_offset(tz, INT64_MIN);
	(void)tz_offset(tz, INT64_MAX);
	n = tz_hours_windows(&hours, tz, NOW, w, ACL_WINDOWS_MAX);
	for (i = 0; i < n; i++)
		if (w[i].from >= w[i].until || w[i].until <= NOW ||
		    (i > 0 && w[i].from <= w[i - 1].until))
			abort();
}

static void
fuzz_text(const char *s)
{
	struct tz_hours	 h, again;
	char		 buf[TZ_HOURS_STRLEN];

	if (tz_hours_parse(&h, s) != NULL)
		return;
	if (!tz_hours_valid(&h) ||
	    tz_hours_parse(&again, tz_hours_print(&h, buf, sizeof(buf))) !=
	    NULL || memcmp(&h, &again, sizeof(h)) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tz	 tz;
	const char	*why;
	char		 text[256];

	if (tz_parse(&tz, data, size, &why) == 0)
		fuzz_zone(&tz);
	if (tz_pack_find(data, size, "Europe/Berlin", &tz, &why) == 0)
		fuzz_zone(&tz);
	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	fuzz_text(text);
	memset(&tz, 0, sizeof(tz));
	tz.have_rule = 1;
	if (tz_rule_parse(&tz.rule, (const char *)data, size) == 0)
		fuzz_zone(&tz);
	return 0;
}
