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
 * Building of JSON objects and their encoding.  The first error sticks;
 * what no decoder would accept is not sent.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "cert/name.h"
#include "frame/frame_local.h"

#define BYTES_MAX	512	/* longest blob of any frame */
#define TEXT_MAX	256	/* longest text, with its NUL */

const char *const	frame_candidate_types[5] = {
	"local", "adapter", "public", "relay", "peer-reflexive"
};
const char *const	frame_transports[2] = { "udp", "tcp" };
const char *const	frame_ops[3] = { "up", "amend", "down" };

/* type is NULL for an object inside a frame. */
void
frame_out_begin(struct frame_out *out, const char *type)
{
	out->error = 0;
	out->object = json_object();
	if (out->object == NULL)
		out->error = ENOMEM;
	if (type != NULL)
		frame_out_string(out, "type", type);
}

void
frame_out_fail(struct frame_out *out, int error)
{
	if (out->error == 0)
		out->error = error;
}

/* Takes over value; NULL stands for no memory. */
void
frame_out_json(struct frame_out *out, const char *name, json_t *value)
{
	if (out->error != 0) {
		json_decref(value);
		return;
	}
	if (json_object_set_new(out->object, name, value) == -1)
		frame_out_fail(out, ENOMEM);
}

void
frame_out_int(struct frame_out *out, const char *name, uint64_t v)
{
	if (v > INT64_MAX) {
		frame_out_fail(out, EINVAL);
		return;
	}
	frame_out_json(out, name, json_integer((json_int_t)v));
}

void
frame_out_bool(struct frame_out *out, const char *name, uint8_t v)
{
	if (v > 1)
		frame_out_fail(out, EINVAL);
	frame_out_json(out, name, json_boolean(v));
}

void
frame_out_string(struct frame_out *out, const char *name, const char *s)
{
	frame_out_json(out, name, json_string(s));
}

/* cap is the size of the array s is in. */
void
frame_out_text(struct frame_out *out, const char *name, const char *s,
    size_t cap)
{
	char	 clean[TEXT_MAX];

	if (cap > sizeof(clean) || strnlen(s, cap) == cap) {
		frame_out_fail(out, EINVAL);
		return;
	}
	frame_text_copy(clean, cap, s);
	frame_out_string(out, name, clean);
}

void
frame_out_system(struct frame_out *out, const char *name, const char *s)
{
	if (!name_valid(s)) {
		frame_out_fail(out, EINVAL);
		return;
	}
	frame_out_string(out, name, s);
}

void
frame_out_bytes(struct frame_out *out, const char *name, const uint8_t *p,
    size_t len, size_t max)
{
	char	 text[BASE64_LEN(BYTES_MAX) + 1];

	if (len == 0 || len > max ||
	    base64_encode(p, len, text, sizeof(text)) == -1) {
		frame_out_fail(out, EINVAL);
		return;
	}
	frame_out_string(out, name, text);
}

void
frame_out_endpoint(struct frame_out *out, const struct endpoint *ep)
{
	char	 text[ENDPOINT_STRLEN];

	if ((ep->family != 4 && ep->family != 6) || ep->port == 0) {
		frame_out_fail(out, EINVAL);
		return;
	}
	frame_out_string(out, "address",
	    endpoint_print_addr(ep, text, sizeof(text)));
	frame_out_int(out, "port", ep->port);
}

static void
put_candidate(struct frame_out *e, const struct ice_candidate *c)
{
	frame_out_begin(e, NULL);
	if (c->type < ICE_LOCAL || c->type > ICE_PEER_REFLEXIVE ||
	    c->transport < ICE_UDP || c->transport > ICE_TCP) {
		frame_out_fail(e, EINVAL);
		return;
	}
	frame_out_string(e, "type",
	    frame_candidate_types[c->type - ICE_LOCAL]);
	frame_out_string(e, "transport",
	    frame_transports[c->transport - ICE_UDP]);
	frame_out_endpoint(e, &c->ep);
	frame_out_int(e, "priority", c->priority);
}

void
frame_out_candidates(struct frame_out *out, const struct msg_cands *cands)
{
	struct frame_out	 e;
	json_t			*array = json_array();
	uint16_t		 i;

	if (cands->n > ICE_CAND_MAX)
		frame_out_fail(out, EINVAL);
	for (i = 0; i < cands->n && out->error == 0; i++) {
		put_candidate(&e, &cands->e[i]);
		frame_out_append(out, array, &e);
	}
	frame_out_json(out, "candidates", array);
}

void
frame_out_member(struct frame_out *out, const char *name,
    struct frame_out *child)
{
	if (child->error != 0)
		frame_out_fail(out, child->error);
	frame_out_json(out, name, child->object);
	child->object = NULL;
}

void
frame_out_append(struct frame_out *out, json_t *array,
    struct frame_out *child)
{
	if (child->error != 0)
		frame_out_fail(out, child->error);
	if (out->error != 0)
		json_decref(child->object);
	else if (json_array_append_new(array, child->object) == -1)
		frame_out_fail(out, ENOMEM);
	child->object = NULL;
}

/* The frame of this object; NULL with errno. */
static uint8_t *
object_encode(const json_t *object, size_t *len)
{
	uint8_t	*buf;
	size_t	 n, i;

	n = json_dumpb(object, NULL, 0, JSON_COMPACT);
	if (n == 0 || n > FRAME_MAX) {
		errno = n == 0 ? ENOMEM : EMSGSIZE;
		return NULL;
	}
	buf = malloc(FRAME_HEADER + n);
	if (buf == NULL)
		return NULL;
	for (i = 0; i < FRAME_HEADER; i++)
		buf[i] = (uint8_t)(n >> (8 * (FRAME_HEADER - 1 - i)));
	if (json_dumpb(object, (char *)buf + FRAME_HEADER, n,
	    JSON_COMPACT) != n) {
		frame_free_buffer(buf, FRAME_HEADER + n);
		errno = ENOMEM;
		return NULL;
	}
	*len = FRAME_HEADER + n;
	return buf;
}

uint8_t *
frame_out_end(struct frame_out *out, size_t *len)
{
	uint8_t	*buf = NULL;
	int	 error = out->error;

	*len = 0;
	if (error == 0) {
		buf = object_encode(out->object, len);
		error = errno;
	}
	json_decref(out->object);
	out->object = NULL;
	if (buf == NULL)
		errno = error;
	return buf;
}

void
frame_free_buffer(uint8_t *buf, size_t len)
{
	freezero(buf, len);
}
