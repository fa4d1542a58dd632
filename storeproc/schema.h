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
 * The schema as a list of forward steps.  A step's text is constant and ends by
 * setting user_version to its own number, within the same transaction.  A
 * step that was released is never edited: add another.
 */

#ifndef STOREPROC_SCHEMA_H
#define STOREPROC_SCHEMA_H

#include <stddef.h>

struct schema_step {
	int		 version;	/* 1, 2, 3... without a gap */
	const char	*sql;
};

extern const struct schema_step	schema_steps[];
extern const size_t		schema_nsteps;

#endif /* STOREPROC_SCHEMA_H */
