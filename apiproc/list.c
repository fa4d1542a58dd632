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
 * Lists: the rows of storeproc, filtered, sorted and cut into pages.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiproc/apiproc.h"

struct order {
	json_t		*row;
	const char	*member;
	int		 down;
};

static int
contains(const char *text, const char *part, size_t len)
{
	for (; *text != '\0'; text++)
		if (strncasecmp(text, part, len) == 0)
			return 1;
	return len == 0;
}

static int
value_matches(const json_t *v, const char *part, size_t len)
{
	char	 text[32];
	size_t	 i;

	if (json_is_string(v))
		return contains(json_string_value(v), part, len);
	if (json_is_integer(v)) {
		snprintf(text, sizeof(text), "%lld",
		    (long long)json_integer_value(v));
		return contains(text, part, len);
	}
	if (json_is_boolean(v))
		return contains(json_is_true(v) ? "true" : "false", part,
		    len);
	for (i = 0; i < json_array_size(v); i++)
		if (value_matches(json_array_get(v, i), part, len))
			return 1;
	return 0;
}

/* One word: "member:text" or a text in any member that is searched. */
static int
word_matches(const struct resource *res, const json_t *row, const char *word,
    size_t len)
{
	const char	*colon = memchr(word, ':', len), *s;
	char		 member[64];
	size_t		 n;

	if (colon != NULL && (size_t)(colon - word) < sizeof(member)) {
		memcpy(member, word, (size_t)(colon - word));
		member[colon - word] = '\0';
		return value_matches(json_object_get(row, member), colon + 1,
		    len - (size_t)(colon + 1 - word));
	}
	for (s = res->search; *s != '\0'; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		memcpy(member, s, n);
		member[n] = '\0';
		if (value_matches(json_object_get(row, member), word, len))
			return 1;
	}
	return 0;
}

static int
search_matches(const struct resource *res, const json_t *row, const char *s)
{
	size_t	 n;

	while (s != NULL && *s != '\0') {
		n = strcspn(s, " ");
		if (n != 0 && !word_matches(res, row, s, n))
			return 0;
		s += n + (s[n] == ' ');
	}
	return 1;
}

/* Those that wait are a list of their own; disabled ones if asked for. */
static int
is_listed(const struct resource *res, const json_t *row, int disabled)
{
	const char	*state;
	int		 waits;

	if (res->row == MSG_ADMIN_SYSTEM) {
		state = json_string_value(json_object_get(row, "state"));
		if (state == NULL)
			return 0;
		waits = strcmp(state, "unapproved") == 0;
		if (waits != (strcmp(res->name, "systems") != 0))
			return 0;
		return waits || disabled || strcmp(state, "enabled") == 0;
	}
	return disabled || !json_is_false(json_object_get(row, "isEnabled"));
}

static int
value_cmp(const json_t *a, const json_t *b)
{
	if (json_is_string(a) && json_is_string(b))
		return strcasecmp(json_string_value(a), json_string_value(b));
	if (json_is_number(a) && json_is_number(b))
		return (json_number_value(a) > json_number_value(b)) -
		    (json_number_value(a) < json_number_value(b));
	return (int)json_typeof(a) - (int)json_typeof(b);
}

static int
order_cmp(const void *x, const void *y)
{
	const struct order	*a = x, *b = y;
	const json_t		*v = json_object_get(a->row, a->member);
	const json_t		*w = json_object_get(b->row, b->member);

	if (v == NULL || w == NULL)
		return (v != NULL) - (w != NULL);
	return a->down ? value_cmp(w, v) : value_cmp(v, w);
}

/* The rows that are wanted, in order; NULL and answered when that fails. */
static struct order *
list_select(struct request *r, size_t *n)
{
	const struct resource	*res = r->route->resource;
	const char		*sort = request_query(r, "sort");
	const char		*search = request_query(r, "search");
	int			 disabled, down;
	struct order		*list;
	json_t			*row;
	size_t			 i;

	disabled = request_flag(r, "include_disabled");
	down = sort != NULL && *sort == '-';
	if (sort == NULL)
		sort = res->sort;
	else if (!object_has_member(res->row, sort + down)) {
		answer_problem(r, 400, "sort: there is no such member");
		return NULL;
	}
	list = calloc(json_array_size(r->rows) + 1, sizeof(*list));
	if (list == NULL) {
		answer_problem(r, 503, "out of memory");
		return NULL;
	}
	*n = 0;
	json_array_foreach(r->rows, i, row) {
		if (!is_listed(res, row, disabled) ||
		    !search_matches(res, row, search))
			continue;
		list[*n].row = row;
		list[*n].member = sort + down;
		list[(*n)++].down = down;
	}
	qsort(list, *n, sizeof(*list), order_cmp);
	return list;
}

static json_t *
page_link(struct request *r, size_t page, int per_page)
{
	char	 text[256];

	snprintf(text, sizeof(text), "/org/%s/%s?page=%zu&per_page=%d",
	    r->who.org, r->route->resource->name, page, per_page);
	return json_string(text);
}

static json_t *
number_or_null(size_t n, int have)
{
	return have ? json_integer((json_int_t)n) : json_null();
}

void
list_page(struct request *r, json_t *items, size_t total, int page,
    int per_page)
{
	size_t	 last, p = (size_t)page, per = (size_t)per_page;

	last = total == 0 ? 0 : (total - 1) / per;
	answer_json(r, 200, json_pack("{s:{s:I, s:i, s:o, s:o, s:I},"
	    " s:{s:o, s:o, s:o, s:o}, s:o}",
	    "metadata", "total", (json_int_t)total, "firstPage", 0,
	    "prevPage", number_or_null(p - 1, p > 0),
	    "nextPage", number_or_null(p + 1, p < last),
	    "lastPage", (json_int_t)last,
	    "links", "first", page_link(r, 0, per_page),
	    "prev", p > 0 ? page_link(r, p - 1, per_page) : json_null(),
	    "next", p < last ? page_link(r, p + 1, per_page) : json_null(),
	    "last", page_link(r, last, per_page),
	    "items", items));
}

static void
list_answer(struct request *r, const struct order *list, size_t n, int page,
    int per_page)
{
	size_t	 i, p = (size_t)page, per = (size_t)per_page;
	json_t	*items = json_array();

	for (i = p * per; i < n && i < (p + 1) * per; i++)
		json_array_append(items, list[i].row);
	list_page(r, items, n, page, per_page);
}

static void
list_got(struct request *r)
{
	struct order	*list;
	int		 page, per_page;
	size_t		 n;

	if (r->code != 0) {
		answer_code(r);
		return;
	}
	if (request_number(r, "page", 0, 0, 1000000, &page) == -1 ||
	    request_number(r, "per_page", API_PAGE, 1, API_PAGE_MAX,
	    &per_page) == -1 || (list = list_select(r, &n)) == NULL)
		return;
	list_answer(r, list, n, page, per_page);
	free(list);
}

void
list_get(struct request *r)
{
	object_ask(r, "", list_got);
}

void
list_keys(struct request *r)
{
	const char	*s;
	json_t		*list = json_array();
	size_t		 n;

	for (s = r->route->resource->search; *s != '\0';
	    s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		json_array_append_new(list, json_stringn(s, n));
	}
	answer_json(r, 200, json_pack("{s:o}", "searchKeys", list));
}
