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
 * Reading members of a JSON object, one function for each kind of value.
 * Each checks presence, type, length and range; the first error sticks in
 * the cursor, names its member, and makes later reads do nothing.
 */

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "cert/name.h"
#include "frame/frame_local.h"

void
frame_in_begin(struct frame_in *in, const struct frame *f,
    enum frame_type type)
{
	memset(in, 0, sizeof(*in));
	in->object = f->object;
	if (f->type != type)
		frame_in_fail(in, "type", "not the one asked for");
}

int
frame_in_end(const struct frame_in *in, void *msg, size_t size,
    const char **errstr)
{
	if (!in->bad) {
		*errstr = NULL;
		return 0;
	}
	explicit_bzero(msg, size);
	*errstr = frame_error();
	return -1;
}

void
frame_in_fail(struct frame_in *in, const char *name, const char *reason)
{
	if (in->bad)
		return;
	in->bad = 1;
	frame_error_set(in->path, name, reason);
}

/* The member, or NULL after an error. */
static json_t *
member_get(struct frame_in *in, const char *name)
{
	json_t	*member;

	if (in->bad)
		return NULL;
	member = json_object_get(in->object, name);
	if (member == NULL)
		frame_in_fail(in, name, "missing");
	return member;
}

int
frame_in_has(const struct frame_in *in, const char *name)
{
	return !in->bad && json_object_get(in->object, name) != NULL;
}

uint64_t
frame_in_int(struct frame_in *in, const char *name, uint64_t min,
    uint64_t max)
{
	json_t		*member = member_get(in, name);
	json_int_t	 v;

	if (member == NULL)
		return 0;
	if (!json_is_integer(member)) {
		frame_in_fail(in, name, "not an integer");
		return 0;
	}
	v = json_integer_value(member);
	if (v < 0 || (uint64_t)v < min || (uint64_t)v > max) {
		frame_in_fail(in, name, "out of range");
		return 0;
	}
	return (uint64_t)v;
}

uint8_t
frame_in_bool(struct frame_in *in, const char *name)
{
	json_t	*member = member_get(in, name);

	if (member == NULL)
		return 0;
	if (!json_is_boolean(member)) {
		frame_in_fail(in, name, "not a boolean");
		return 0;
	}
	return json_is_true(member) ? 1 : 0;
}

const char *
frame_in_string(struct frame_in *in, const char *name, size_t max)
{
	json_t	*member = member_get(in, name);

	if (member == NULL)
		return NULL;
	if (!json_is_string(member)) {
		frame_in_fail(in, name, "not a string");
		return NULL;
	}
	if (json_string_length(member) > max) {
		frame_in_fail(in, name, "too long");
		return NULL;
	}
	return json_string_value(member);
}

unsigned int
frame_in_word(struct frame_in *in, const char *name,
    const char *const *words, unsigned int n)
{
	const char	*s = frame_in_string(in, name, FRAME_MAX);
	unsigned int	 i;

	if (s == NULL)
		return 0;
	for (i = 0; i < n; i++)
		if (strcmp(s, words[i]) == 0)
			return i;
	frame_in_fail(in, name, "unknown word");
	return 0;
}

void
frame_in_system(struct frame_in *in, const char *name, char out[NAME_STRLEN])
{
	const char	*s = frame_in_string(in, name, NAME_LEN);

	if (s == NULL)
		return;
	if (!name_valid(s)) {
		frame_in_fail(in, name, "not a system name");
		return;
	}
	memcpy(out, s, NAME_STRLEN);
}

void
frame_in_description(struct frame_in *in, const char *name, char *out,
    size_t cap)
{
	const char	*s = frame_in_string(in, name, FRAME_MAX);

	if (s != NULL)
		frame_text_copy(out, cap, s);
}

void
frame_in_reason(struct frame_in *in, const char *name, char *out, size_t cap)
{
	const char	*s = frame_in_string(in, name, cap - 1);

	if (s != NULL)
		frame_text_copy(out, cap, s);
}

void
frame_in_bytes(struct frame_in *in, const char *name, uint8_t *out,
    size_t len)
{
	const char	*s = frame_in_string(in, name, BASE64_LEN(len));
	size_t		 n;

	if (s == NULL)
		return;
	n = strlen(s);
	if (n != BASE64_LEN(len))
		frame_in_fail(in, name, "too short");
	else if (base64_decode(s, n, out, len) != (ssize_t)len)
		frame_in_fail(in, name, "not base64 of the right length");
}

uint16_t
frame_in_blob(struct frame_in *in, const char *name, uint8_t *out, size_t cap)
{
	const char	*s = frame_in_string(in, name, BASE64_LEN(cap));
	ssize_t		 n;

	if (s == NULL)
		return 0;
	n = base64_decode(s, strlen(s), out, cap);
	if (n == -1)
		frame_in_fail(in, name, "not base64 of a permitted length");
	else if (n == 0)
		frame_in_fail(in, name, "empty");
	return n > 0 ? (uint16_t)n : 0;
}

void
frame_in_endpoint(struct frame_in *in, struct endpoint *ep)
{
	static const uint8_t	 mapped[12] = { [10] = 0xff, [11] = 0xff };
	const char		*s;
	uint16_t		 port;

	s = frame_in_string(in, "address", ENDPOINT_STRLEN);
	port = (uint16_t)frame_in_int(in, "port", 1, UINT16_MAX);
	if (s == NULL || in->bad)
		return;
	if (endpoint_parse(ep, s, port) == -1)
		frame_in_fail(in, "address", "not a numeric address");
	else if (ep->family == 6 &&
	    memcmp(ep->addr, mapped, sizeof(mapped)) == 0)
		frame_in_fail(in, "address", "IPv4 address written as IPv6");
}

uint16_t
frame_in_array(struct frame_in *in, const char *name, size_t max)
{
	json_t	*member = member_get(in, name);

	if (member == NULL)
		return 0;
	if (!json_is_array(member)) {
		frame_in_fail(in, name, "not an array");
		return 0;
	}
	if (json_array_size(member) > max) {
		frame_in_fail(in, name, "too many elements");
		return 0;
	}
	return (uint16_t)json_array_size(member);
}

void
frame_in_enter(struct frame_in *child, struct frame_in *in, const char *name,
    int i)
{
	json_t	*member = member_get(in, name);
	int	 n;

	memset(child, 0, sizeof(*child));
	child->bad = in->bad;
	if (member == NULL)
		return;
	if (i == -1)
		n = snprintf(child->path, sizeof(child->path), "%s%s.",
		    in->path, name);
	else {
		n = snprintf(child->path, sizeof(child->path), "%s%s[%d].",
		    in->path, name, i);
		member = json_array_get(member, (size_t)i);
	}
	if (n < 0 || (size_t)n >= sizeof(child->path))
		strlcpy(child->path, "...", sizeof(child->path));
	if (!json_is_object(member)) {
		frame_in_fail(in, name, i == -1 ? "not an object" :
		    "an element is not an object");
		child->bad = 1;
		return;
	}
	child->object = member;
}

void
frame_in_leave(const struct frame_in *child, struct frame_in *in)
{
	if (child->bad)
		in->bad = 1;
}

void
frame_in_candidates(struct frame_in *in, struct msg_cands *cands)
{
	struct frame_in		 e;
	struct ice_candidate	*c;
	uint16_t		 i, n;

	n = frame_in_array(in, "candidates", ICE_CAND_MAX);
	for (i = 0; i < n && !in->bad; i++) {
		c = &cands->e[i];
		frame_in_enter(&e, in, "candidates", i);
		c->type = (uint8_t)(ICE_LOCAL + frame_in_word(&e, "type",
		    frame_candidate_types, 5));
		c->transport = (uint8_t)(ICE_UDP + frame_in_word(&e,
		    "transport", frame_transports, 2));
		frame_in_endpoint(&e, &c->ep);
		c->priority = (uint32_t)frame_in_int(&e, "priority", 0,
		    UINT32_MAX);
		frame_in_leave(&e, in);
	}
	cands->n = n;
}
