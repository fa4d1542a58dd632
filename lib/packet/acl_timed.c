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
 * Access rules that count at certain times only.  Reads no clock: now comes
 * from the caller.
 */

#include "packet/acl.h"

int
acl_window_valid(const struct acl_window *w)
{
	return (w->until == 0 || w->from < w->until);
}

int
acl_timed_valid(const struct acl_timed *t)
{
	return (acl_valid(&t->entry) && acl_window_valid(&t->when));
}

int
acl_window_holds(const struct acl_window *w, uint64_t now)
{
	return (w->from <= now && (w->until == 0 || now < w->until));
}

int
acl_windows_hold(const struct acl_window *w, size_t n, uint64_t now)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (acl_window_holds(&w[i], now))
			return (1);
	return (n == 0);
}

size_t
acl_timed_select(const struct acl_timed *t, size_t n, uint64_t now,
    struct acl_entry *out)
{
	size_t	 i, kept = 0;

	for (i = 0; i < n; i++)
		if (acl_window_holds(&t[i].when, now))
			out[kept++] = t[i].entry;
	return (kept);
}

uint64_t
acl_window_next(const struct acl_window *w, uint64_t now, uint64_t next)
{
	if (w->from > now && (next == 0 || w->from < next))
		next = w->from;
	if (w->until > now && (next == 0 || w->until < next))
		next = w->until;
	return (next);
}
