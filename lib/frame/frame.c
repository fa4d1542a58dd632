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
 * Parsing of a frame as a whole: what jansson does not bound by itself
 * (depth, number of values, bytes around the object) is counted before it
 * sees the text.  Also the allocator that wipes what jansson frees, since
 * enrolment keys and check passwords are strings in its tree.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/frame_local.h"

/* In front of every block of jansson: its size, kept aligned. */
union block {
	size_t		 size;
	max_align_t	 align;
};

static const char *const	type_names[] = {
	[FRAME_CHALLENGE] = "challenge",
	[FRAME_AUTH] = "auth",
	[FRAME_ENROL] = "enrol",
	[FRAME_ENROLLED] = "enrolled",
	[FRAME_REFUSED] = "refused",
	[FRAME_WELCOME] = "welcome",
	[FRAME_CANDIDATES] = "candidates",
	[FRAME_POLICY] = "policy",
	[FRAME_ACK] = "ack",
	[FRAME_INTRODUCTION] = "introduction",
	[FRAME_INTRODUCE] = "introduce",
	[FRAME_PING] = "ping",
	[FRAME_PONG] = "pong",
	[FRAME_RELAY_HELLO] = "relay_hello",
	[FRAME_RELAY_WELCOME] = "relay_welcome",
	[FRAME_RELAY_CODE] = "relay_code",
	[FRAME_RELAY_LOAD] = "relay_load",
	[FRAME_RELAYS] = "relays",
	[FRAME_RELAY_RTT] = "relay_rtt",
	[FRAME_FACTS] = "facts",
	[FRAME_TRUST] = "trust",
	[FRAME_RENEW] = "renew",
	[FRAME_RENEWED] = "renewed",
	[FRAME_RENEW_ORDER] = "renew_order",
	[FRAME_HOLDS] = "holds",
	[FRAME_AUTHORITY] = "authority",
	[FRAME_SIGNIN] = "signin",
	[FRAME_USER] = "user"
};

#define TYPES	(sizeof(type_names) / sizeof(type_names[0]))

static char	error_text[160];

const char *
frame_error_set(const char *path, const char *name, const char *reason)
{
	(void)snprintf(error_text, sizeof(error_text), "%s%s: %s", path, name,
	    reason);
	return error_text;
}

const char *
frame_error(void)
{
	return error_text;
}

static void *
block_alloc(size_t size)
{
	union block	*b;

	if (size > SIZE_MAX - sizeof(*b))
		return NULL;
	b = malloc(sizeof(*b) + size);
	if (b == NULL)
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
frame_init(size_t seed)
{
	json_set_alloc_funcs(block_alloc, block_free);
	/* 0 would make jansson look for a seed of its own. */
	json_object_seed(seed == 0 ? 1 : seed);
}

/*
 * Counts outside of strings: depth, containers, values.  Wrong nesting is
 * left to jansson.  NULL, or what is too much.
 */
static const char *
scan_limits(const uint8_t *json, size_t len)
{
	size_t	 i, depth = 0, containers = 0, values = 0;
	int	 quoted = 0;

	for (i = 0; i < len; i++) {
		if (json[i] == '\0')
			return "NUL byte";
		if (quoted) {
			if (json[i] == '\\')
				i++;
			else if (json[i] == '"')
				quoted = 0;
			continue;
		}
		if (json[i] == '"')
			quoted = 1;
		else if (json[i] == ',')
			values++;
		else if (json[i] == '{' || json[i] == '[') {
			values++;
			containers++;
			if (++depth > FRAME_DEPTH_MAX)
				return "nested too deeply";
		} else if ((json[i] == '}' || json[i] == ']') && depth > 0)
			depth--;
	}
	if (containers > FRAME_CONTAINERS_MAX || values > FRAME_VALUES_MAX)
		return "too many values";
	return NULL;
}

/* Our words for jansson's errors: its own quote the input. */
static const char *
parse_reason(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_out_of_memory:
		errno = ENOMEM;
		return "out of memory";
	case json_error_premature_end_of_input:
		return "incomplete";
	case json_error_invalid_utf8:
		return "not UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "NUL character";
	case json_error_duplicate_key:
		return "member twice";
	case json_error_numeric_overflow:
		return "number out of range";
	case json_error_end_of_input_expected:
		return "bytes after the object";
	default:
		return "not JSON";
	}
}

static json_t *
parse_object(const uint8_t *json, size_t len)
{
	json_error_t	 error;
	json_t		*object;
	const char	*reason;

	if (len > FRAME_MAX)
		reason = "too long";
	else if (len < 2 || json[0] != '{')
		reason = "not an object";
	else if (json[len - 1] != '}')
		reason = "does not end with its object";
	else
		reason = scan_limits(json, len);
	if (reason != NULL) {
		frame_error_set("", "frame", reason);
		return NULL;
	}
	object = json_loadb((const char *)json, len, JSON_REJECT_DUPLICATES,
	    &error);
	if (object == NULL)
		frame_error_set("", "frame", parse_reason(&error));
	return object;
}

static int
type_lookup(const json_t *object, enum frame_type *type)
{
	json_t	*member = json_object_get(object, "type");
	size_t	 i;

	if (!json_is_string(member)) {
		frame_error_set("", "type", member == NULL ? "missing" :
		    "not a string");
		return -1;
	}
	for (i = 0; i < TYPES; i++) {
		if (strcmp(json_string_value(member), type_names[i]) == 0) {
			*type = (enum frame_type)i;
			return 0;
		}
	}
	frame_error_set("", "type", "unknown");
	return -1;
}

struct frame *
frame_parse(const uint8_t *json, size_t len, const char **errstr)
{
	struct frame	*f;
	enum frame_type	 type;
	json_t		*object;

	errno = EINVAL;
	*errstr = frame_error();
	object = parse_object(json, len);
	if (object == NULL)
		return NULL;
	if (type_lookup(object, &type) == -1) {
		json_decref(object);
		return NULL;
	}
	f = malloc(sizeof(*f));
	if (f == NULL) {
		frame_error_set("", "frame", "out of memory");
		json_decref(object);
		errno = ENOMEM;
		return NULL;
	}
	f->object = object;
	f->type = type;
	*errstr = NULL;
	return f;
}

enum frame_type
frame_type(const struct frame *f)
{
	return f->type;
}

const char *
frame_type_name(enum frame_type type)
{
	return (size_t)type < TYPES ? type_names[type] : "unknown";
}

void
frame_free(struct frame *f)
{
	if (f == NULL)
		return;
	json_decref(f->object);
	free(f);
}
