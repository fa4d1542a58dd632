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
 * Lines of an exported audit log.  What is read may be anything.  Pure.
 */

#include <sys/types.h>

#include <string.h>

#include "client/out.h"
#include "discoveryctl/audit_line.h"

#define MEMBERS	12

static char
hex_digit(unsigned int v)
{
	return "0123456789abcdef"[v & 15];
}

static json_t *
hex_json(const uint8_t hash[AUDIT_HASH_LEN])
{
	char	 text[AUDIT_HASH_LEN * 2 + 1];
	json_t	*value;
	size_t	 i;

	for (i = 0; i < AUDIT_HASH_LEN; i++) {
		text[2 * i] = hex_digit(hash[i] >> 4);
		text[2 * i + 1] = hex_digit(hash[i]);
	}
	text[sizeof(text) - 1] = '\0';
	if ((value = json_string(text)) == NULL)
		out_no_memory();
	return value;
}

/* As it is: a "?" for a strange character would change the hash. */
static json_t *
exact(const char *s)
{
	json_t	*value;

	if (s == NULL)
		return out_null();
	if ((value = json_string(s)) == NULL)
		out_no_memory();
	return value;
}

json_t *
audit_line_json(const struct audit_record *r)
{
	json_t	*o = out_object();

	out_set(o, "id", out_number(r->id));
	out_set(o, "time", out_number(r->time));
	out_set(o, "organisation", exact(r->org));
	out_set(o, "actor", exact(r->actor));
	out_set(o, "action", exact(r->action));
	out_set(o, "type", exact(r->type));
	out_set(o, "object", out_number(r->object));
	out_set(o, "name", exact(r->name));
	out_set(o, "before", exact(r->before));
	out_set(o, "after", exact(r->after));
	out_set(o, "previous", hex_json(r->previous));
	out_set(o, "hash", hex_json(r->hash));
	return o;
}

/* 0 to 15, or 16. */
static unsigned int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	return 16;
}

static int
hex_parse(uint8_t hash[AUDIT_HASH_LEN], const char *s)
{
	unsigned int	 hi, lo;
	size_t		 i;

	if (strlen(s) != AUDIT_HASH_LEN * 2)
		return -1;
	for (i = 0; i < AUDIT_HASH_LEN; i++) {
		hi = hex_value(s[2 * i]);
		lo = hex_value(s[2 * i + 1]);
		if (hi > 15 || lo > 15)
			return -1;
		hash[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

/* A string, or null when that is allowed. */
static int
text_of(json_t *o, const char *key, int may_lack, const char **out)
{
	json_t	*value = json_object_get(o, key);

	if (may_lack && json_is_null(value)) {
		*out = NULL;
		return 0;
	}
	if (!json_is_string(value))
		return -1;
	*out = json_string_value(value);
	return strlen(*out) == json_string_length(value) ? 0 : -1;
}

static int
number_of(json_t *o, const char *key, uint64_t *out)
{
	json_t	*value = json_object_get(o, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return -1;
	*out = (uint64_t)json_integer_value(value);
	return 0;
}

static const char *
record_of(struct audit_record *r, json_t *o)
{
	const char	*hash, *previous;

	if (json_object_size(o) != MEMBERS)
		return "not exactly the members of a row";
	if (number_of(o, "id", &r->id) == -1 ||
	    number_of(o, "time", &r->time) == -1 ||
	    number_of(o, "object", &r->object) == -1)
		return "id, time or object is no number";
	if (text_of(o, "organisation", 0, &r->org) == -1 ||
	    text_of(o, "actor", 0, &r->actor) == -1 ||
	    text_of(o, "action", 0, &r->action) == -1 ||
	    text_of(o, "type", 0, &r->type) == -1 ||
	    text_of(o, "name", 0, &r->name) == -1 ||
	    text_of(o, "before", 1, &r->before) == -1 ||
	    text_of(o, "after", 1, &r->after) == -1)
		return "a member that should be a text is none";
	if (text_of(o, "previous", 0, &previous) == -1 ||
	    text_of(o, "hash", 0, &hash) == -1 ||
	    hex_parse(r->previous, previous) == -1 ||
	    hex_parse(r->hash, hash) == -1)
		return "previous or hash is no hash";
	return NULL;
}

const char *
audit_line_parse(struct audit_record *r, json_t **holder, const char *line,
    size_t len)
{
	const char	*why;

	memset(r, 0, sizeof(*r));
	*holder = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (*holder == NULL)
		return "not JSON";
	if (!json_is_object(*holder))
		why = "not an object";
	else
		why = record_of(r, *holder);
	if (why != NULL) {
		json_decref(*holder);
		*holder = NULL;
	}
	return why;
}
