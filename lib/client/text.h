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
 * Text for people: strings that came from elsewhere made harmless for a
 * terminal, times, sizes, and tables with aligned columns.  Pure but for
 * table_print, which writes, and the memory of a table.
 */

#ifndef CLIENT_TEXT_H
#define CLIENT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TEXT_MAX	1024	/* enough for any cleaned string of a message */
#define TEXT_TIME_MAX	24	/* "2026-11-22T20:15:00Z" with its NUL */
#define TEXT_SHORT_MAX	32	/* sizes and ages */
#define TABLE_COLS_MAX	16

/*
 * Copies with everything but printable characters replaced by '?': control
 * characters, broken UTF-8 (each byte), and characters that change the order
 * or the place of others.  Cut off between characters.  Returns dst.
 */
const char	*text_clean(char *dst, size_t size, const char *src);

/* True when text_clean would change nothing and it has at most max bytes. */
int		 text_is_clean(const char *, size_t max);

/* Characters of a cleaned string. */
size_t		 text_width(const char *);

/* Seconds since the epoch, RFC 3339; "-" for 0 and after the year 9999. */
const char	*text_time(char buf[TEXT_TIME_MAX], uint64_t);

/* "812 B", "1.2 MiB"; "12s", "5m", "3h", "9d". */
const char	*text_bytes(char buf[TEXT_SHORT_MAX], uint64_t);
const char	*text_age(char buf[TEXT_SHORT_MAX], uint64_t seconds);

/*
 * A table takes copies of its cells, which it cleans; an empty one is shown
 * as "-".  Titles are borrowed.  NULL or -1 when memory is out.
 */
struct table;

struct table	*table_new(const char *const *titles, size_t cols);
int		 table_add(struct table *, const char *const *cells);
void		 table_print(const struct table *, FILE *);
void		 table_free(struct table *);

#endif /* CLIENT_TEXT_H */
