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
 * One row of the audit log as a line of JSON: what "audit export" writes and
 * "audit verify file" reads.  before and after are strings that hold JSON, so
 * that the very bytes that were hashed are in the line.
 */

#ifndef DISCOVERYCTL_AUDIT_LINE_H
#define DISCOVERYCTL_AUDIT_LINE_H

#include <jansson.h>

#include "audit/audit.h"

#define AUDIT_LINE_MAX	(1024 * 1024)	/* bytes, with its newline */

/* The object of a line; ends the tool when memory is out. */
json_t		*audit_line_json(const struct audit_record *);

/*
 * Strict: exactly the members above, each of its type.  The texts of the
 * record are those of *holder, which the caller frees with json_decref.
 * NULL, or what is wrong, and then there is no holder.
 */
const char	*audit_line_parse(struct audit_record *, json_t **holder,
		    const char *line, size_t len);

#endif /* DISCOVERYCTL_AUDIT_LINE_H */
