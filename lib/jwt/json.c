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
 * What jansson does not bound by itself is counted before it sees the text.
 */

#include <stdlib.h>
#include <string.h>

#include "jwt/json.h"

#define SECONDS_MAX	9007199254740992.0	/* 2^53 */

/* In front of every block of jansson: its size, kept aligned. */
union block {
	size_t		 size;
	max_align_t	 align;
};

static void *
block_alloc(size_t size)
{
	union block	*b;

	if (size > SIZE_MAX - sizeof(*b))
		return NULL;
	if ((b = malloc(sizeof(*b) + size)) == NULL)
		return NULL;
	b->size = size;
	return b + 1;
}

static void
block_free(void *p)
{
	union block	*b = p;

	if (b == NULL)
		return;
	b--;
	freezero(b, sizeof(*b) + b->size);
}

void
jwt_json_init(size_t seed)
{
	json_set_alloc_funcs(block_alloc, block_free);
	/* 0 would make jansson look for a seed of its own. */
	json_object_seed(seed == 0 ? 1 : seed);
}

/* Outside of strings; wrong nesting is left to jansson. */
static const char *
scan_limits(const uint8_t *json, size_t len)
{
	size_t	 i, depth = 0, values = 0;
	int	 quoted = 0;

	for (i = 0; i < len; i++) {
		if (json[i] == '\0')
			return "a NUL byte";
		if (quoted) {
			if (json[i] == '\\')
				i++;
			else if (json[i] == '"')
				quoted = 0;
			continue;
		}
		if (json[i] == '"')
			quoted = 1;
		else if (json[i] == ',' || json[i] == '{' || json[i] == '[')
			values++;
		if (json[i] == '{' || json[i] == '[') {
			if (++depth > JWT_JSON_DEPTH)
				return "nested too deeply";
		} else if ((json[i] == '}' || json[i] == ']') && depth > 0)
			depth--;
	}
	return values > JWT_JSON_VALUES ? "too many values" : NULL;
}

json_t *
jwt_json_object(const uint8_t *json, size_t len, const char **errstr)
{
	json_t	*object;

	*errstr = "too long";
	if (len > JWT_JSON_MAX)
		return NULL;
	if ((*errstr = scan_limits(json, len)) != NULL)
		return NULL;
	object = json_loadb((const char *)json, len, JSON_REJECT_DUPLICATES,
	    NULL);
	*errstr = "not JSON";
	if (object == NULL)
		return NULL;
	if (!json_is_object(object)) {
		*errstr = "not an object";
		json_decref(object);
		return NULL;
	}
	*errstr = NULL;
	return object;
}

const char *
jwt_json_string(const json_t *object, const char *name, size_t max)
{
	const json_t	*s = json_object_get(object, name);

	if (!json_is_string(s) || json_string_length(s) == 0 ||
	    json_string_length(s) > max)
		return NULL;
	return json_string_value(s);
}

int
jwt_json_seconds(const json_t *object, const char *name, uint64_t *out)
{
	const json_t	*n = json_object_get(object, name);
	double		 d;

	if (n == NULL)
		return 0;
	if (!json_is_number(n))
		return -1;
	d = json_number_value(n);
	if (!(d >= 0 && d <= SECONDS_MAX))
		return -1;
	*out = (uint64_t)d;
	return 1;
}
