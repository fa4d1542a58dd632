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
 * Tables with aligned columns, see text.h.  Runs in the command-line tools.
 */

#include <stdlib.h>
#include <string.h>

#include "client/text.h"

#define GAP	2	/* spaces between columns */

struct table_row {
	char	*cell[TABLE_COLS_MAX];
};

struct table {
	const char *const	*titles;
	size_t			 cols;
	size_t			 width[TABLE_COLS_MAX];
	struct table_row	*rows;
	size_t			 n;
	size_t			 cap;
};

struct table *
table_new(const char *const *titles, size_t cols)
{
	struct table	*t;
	size_t		 i;

	if (cols == 0 || cols > TABLE_COLS_MAX ||
	    (t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->titles = titles;
	t->cols = cols;
	for (i = 0; i < cols; i++)
		t->width[i] = text_width(titles[i]);
	return t;
}

static void
row_free(struct table_row *row)
{
	size_t	 i;

	for (i = 0; i < TABLE_COLS_MAX; i++)
		free(row->cell[i]);
}

static int
row_fill(struct table *t, struct table_row *row, const char *const *cells)
{
	size_t	 i, len;

	memset(row, 0, sizeof(*row));
	for (i = 0; i < t->cols; i++) {
		len = strlen(cells[i]) + 1;
		/* Room for the dash. */
		if ((row->cell[i] = malloc(len + 1)) == NULL) {
			row_free(row);
			return -1;
		}
		text_clean(row->cell[i], len, cells[i]);
		if (row->cell[i][0] == '\0')
			memcpy(row->cell[i], "-", 2);
	}
	return 0;
}

int
table_add(struct table *t, const char *const *cells)
{
	struct table_row	*rows;
	size_t			 cap, i, w;

	if (t->n == t->cap) {
		cap = t->cap == 0 ? 16 : t->cap * 2;
		rows = recallocarray(t->rows, t->cap, cap, sizeof(*rows));
		if (rows == NULL)
			return -1;
		t->rows = rows;
		t->cap = cap;
	}
	if (row_fill(t, &t->rows[t->n], cells) == -1)
		return -1;
	for (i = 0; i < t->cols; i++) {
		w = text_width(t->rows[t->n].cell[i]);
		if (w > t->width[i])
			t->width[i] = w;
	}
	t->n++;
	return 0;
}

static void
print_cell(const struct table *t, size_t col, const char *text, FILE *fp)
{
	size_t	 pad;

	fputs(text, fp);
	if (col + 1 == t->cols) {
		fputc('\n', fp);
		return;
	}
	for (pad = t->width[col] + GAP - text_width(text); pad > 0; pad--)
		fputc(' ', fp);
}

void
table_print(const struct table *t, FILE *fp)
{
	size_t	 i, k;

	for (i = 0; i < t->cols; i++)
		print_cell(t, i, t->titles[i], fp);
	for (k = 0; k < t->n; k++)
		for (i = 0; i < t->cols; i++)
			print_cell(t, i, t->rows[k].cell[i], fp);
}

void
table_free(struct table *t)
{
	size_t	 i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n; i++)
		row_free(&t->rows[i]);
	free(t->rows);
	free(t);
}
