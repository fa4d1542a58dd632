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
 * The codec for every message of messages.def: one loop over the field
 * table in each direction.  Integers are big endian, strings and blobs have
 * a 16-bit length, arrays a 16-bit count.
 */

#include <sys/types.h>

#include <stddef.h>
#include <string.h>

#include "msg/msg.h"

struct wcursor {
	uint8_t		*p;
	size_t		 left;
	int		 bad;
};

struct rcursor {
	const uint8_t	*p;
	size_t		 left;
	enum msg_error	 error;
};

/* Field tables. */
#define MSG_BEGIN(NAME, name, from, to, phase, flags)	\
	static const struct msg_field fields_##name[] = { \
		{ "", KIND_U8, 0, 0, 0 },
#define MSG_END(NAME, name)	};
#define FIELD(m, f, kind, limit)	\
	{ #f, kind, offsetof(struct msg_##m, f), (limit), 0 },
#define F_U8(m, f)		FIELD(m, f, KIND_U8, 0)
#define F_U16(m, f)		FIELD(m, f, KIND_U16, 0)
#define F_U32(m, f)		FIELD(m, f, KIND_U32, 0)
#define F_U64(m, f)		FIELD(m, f, KIND_U64, 0)
#define F_BYTES(m, f, n)	FIELD(m, f, KIND_BYTES, n)
#define F_STR(m, f, n)		FIELD(m, f, KIND_STR, n)
#define F_BLOB(m, f, n)		\
	{ #f, KIND_BLOB, offsetof(struct msg_##m, f), (n), \
	    offsetof(struct msg_##m, f##_len) },
#define F_EP(m, f)		FIELD(m, f, KIND_EP, 0)
#define F_EPS(m, f)		FIELD(m, f, KIND_EPS, MSG_EPS_MAX)
#define F_ACLS(m, f)		FIELD(m, f, KIND_ACLS, ACL_MAX)
#define F_TIMED(m, f)		FIELD(m, f, KIND_TIMED, ACL_MAX)
#define F_WINDOWS(m, f)		FIELD(m, f, KIND_WINDOWS, ACL_WINDOWS_MAX)
#define F_CANDS(m, f)		FIELD(m, f, KIND_CANDS, ICE_CAND_MAX)
#define F_U32S(m, f)		FIELD(m, f, KIND_U32S, MSG_U32S_MAX)
#define F_TAGS(m, f)		FIELD(m, f, KIND_TAGS, MSG_TAGS_MAX)
#define F_RANGES(m, f)		FIELD(m, f, KIND_RANGES, MSG_RANGES_MAX)
#include "msg/messages.def"
#include "msg/undef.h"

/* Message table.  The first field row is a filler (empty arrays). */
#define MSG_BEGIN(NAME, name, from, to, phase, flags)	\
	[MSG_##NAME] = { #NAME, MSG_##NAME, from, to, phase, flags, \
	    sizeof(struct msg_##name), fields_##name + 1, \
	    sizeof(fields_##name) / sizeof(fields_##name[0]) - 1 },
#define MSG_END(NAME, name)
#include "msg/nofields.h"
static const struct msg_desc messages[MSG_TYPE_MAX] = {
#include "msg/messages.def"
};
#include "msg/undef.h"

static const char *const role_names[ROLE_MAX] = {
	"none", "parent", "netproc", "cryptoproc", "tunproc", "ctlproc",
	"linkproc", "tlsproc", "policyproc", "storeproc", "authproc",
	"stunproc", "spliceproc", "oidcproc", "apiproc", "enclavectl",
	"enclave-discoveryctl"
};

static const char *const error_names[] = {
	"ok", "no such message", "wrong sender", "wrong receiver",
	"wrong phase", "sent twice", "descriptor missing",
	"unexpected descriptor", "too short", "too long", "bad string",
	"too many elements", "value out of range"
};

const struct msg_desc *
msg_lookup(uint32_t type)
{
	if (type == MSG_NONE || type >= MSG_TYPE_MAX)
		return NULL;
	return &messages[type];
}

const char *
msg_name(uint32_t type)
{
	const struct msg_desc	*d = msg_lookup(type);

	return d == NULL ? "unknown message" : d->name;
}

const char *
msg_strerror(enum msg_error error)
{
	if ((size_t)error >= sizeof(error_names) / sizeof(error_names[0]))
		return "unknown error";
	return error_names[error];
}

const char *
role_name(uint32_t role)
{
	return role < ROLE_MAX ? role_names[role] : "unknown";
}

static uint64_t
hash_add(uint64_t h, const void *data, size_t len)
{
	const uint8_t	*p = data;
	size_t		 i;

	/* FNV-1a: tells builds apart, protects nothing. */
	for (i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h;
}

uint64_t
msg_build(void)
{
	uint64_t		 h = 0xcbf29ce484222325ULL;
	const struct msg_desc	*d;
	uint32_t		 i, v[4];
	size_t			 k;

	for (i = 1; i < MSG_TYPE_MAX; i++) {
		d = &messages[i];
		h = hash_add(h, d->name, strlen(d->name));
		v[0] = d->from;
		v[1] = d->to;
		v[2] = d->phase;
		v[3] = d->flags;
		h = hash_add(h, v, sizeof(v));
		for (k = 0; k < d->nfields; k++) {
			h = hash_add(h, d->fields[k].name,
			    strlen(d->fields[k].name));
			v[0] = d->fields[k].kind;
			v[1] = d->fields[k].limit;
			h = hash_add(h, v, 2 * sizeof(v[0]));
		}
	}
	return h;
}

enum msg_error
msg_permit(const struct msg_desc *d, uint32_t from, uint32_t to,
    uint32_t phase, int has_fd)
{
	if ((d->from & ROLE_BIT(from)) == 0)
		return MSG_ERR_FROM;
	if ((d->to & ROLE_BIT(to)) == 0)
		return MSG_ERR_TO;
	if ((d->phase & phase) == 0)
		return MSG_ERR_PHASE;
	if ((d->flags & M_FD) != 0 && !has_fd)
		return MSG_ERR_FD_MISSING;
	if ((d->flags & M_FD) == 0 && has_fd)
		return MSG_ERR_FD_EXTRA;
	return MSG_OK;
}

/* --- Writing ------------------------------------------------------- */

static void
put(struct wcursor *w, const void *data, size_t len)
{
	if (w->bad || len > w->left) {
		w->bad = 1;
		return;
	}
	memcpy(w->p, data, len);
	w->p += len;
	w->left -= len;
}

static void
put_int(struct wcursor *w, uint64_t v, size_t len)
{
	uint8_t	 buf[8];
	size_t	 i;

	for (i = 0; i < len; i++)
		buf[i] = (uint8_t)(v >> (8 * (len - 1 - i)));
	put(w, buf, len);
}

static void
put_string(struct wcursor *w, const char *s, size_t limit)
{
	size_t	 len = strnlen(s, limit + 1);

	if (len > limit) {
		w->bad = 1;
		return;
	}
	put_int(w, len, 2);
	put(w, s, len);
}

static void
put_endpoint(struct wcursor *w, const struct endpoint *ep)
{
	put_int(w, ep->family, 1);
	put(w, ep->addr, sizeof(ep->addr));
	put_int(w, ep->port, 2);
}

static void
put_acl(struct wcursor *w, const struct acl_entry *e)
{
	put_int(w, e->protocol, 1);
	put_int(w, e->port_low, 2);
	put_int(w, e->port_high, 2);
}

static void
put_window(struct wcursor *w, const struct acl_window *when)
{
	put_int(w, when->from, 8);
	put_int(w, when->until, 8);
}

static void
put_count(struct wcursor *w, uint16_t n, size_t limit)
{
	if (n > limit)
		w->bad = 1;
	put_int(w, n, 2);
}

static void
put_range(struct wcursor *w, const struct msg_range *e)
{
	put_int(w, e->range.family, 1);
	put(w, e->range.low, sizeof(e->range.low));
	put(w, e->range.high, sizeof(e->range.high));
	put_string(w, e->text, MSG_RANGE_LEN);
}

static void
put_array(struct wcursor *w, const struct msg_field *f, const void *p)
{
	const struct msg_eps	*eps = p;
	const struct msg_acls	*acls = p;
	const struct msg_timed	*timed = p;
	const struct msg_windows *windows = p;
	const struct msg_cands	*cands = p;
	const struct msg_u32s	*u32s = p;
	const struct msg_tags	*tags = p;
	const struct msg_ranges	*ranges = p;
	uint16_t		 n = eps->n, i;

	/* Every array struct starts with its count. */
	put_count(w, n, f->limit);
	for (i = 0; i < n && !w->bad; i++) {
		switch (f->kind) {
		case KIND_EPS:
			put_endpoint(w, &eps->e[i]);
			break;
		case KIND_ACLS:
			put_acl(w, &acls->e[i]);
			break;
		case KIND_TIMED:
			put_acl(w, &timed->e[i].entry);
			put_window(w, &timed->e[i].when);
			break;
		case KIND_WINDOWS:
			put_window(w, &windows->e[i]);
			break;
		case KIND_CANDS:
			put_int(w, cands->e[i].type, 1);
			put_int(w, cands->e[i].transport, 1);
			put_int(w, cands->e[i].priority, 4);
			put_endpoint(w, &cands->e[i].ep);
			break;
		case KIND_U32S:
			put_int(w, u32s->e[i], 4);
			break;
		case KIND_TAGS:
			put_string(w, tags->e[i], MSG_TAG_LEN);
			break;
		case KIND_RANGES:
			put_range(w, &ranges->e[i]);
			break;
		default:
			w->bad = 1;
		}
	}
}

static void
put_field(struct wcursor *w, const struct msg_field *f, const uint8_t *msg)
{
	const uint8_t	*p = msg + f->offset;
	uint16_t	 v16;
	uint32_t	 v32;
	uint64_t	 v64;

	switch (f->kind) {
	case KIND_U8:
		put(w, p, 1);
		break;
	case KIND_U16:
		memcpy(&v16, p, sizeof(v16));
		put_int(w, v16, 2);
		break;
	case KIND_U32:
		memcpy(&v32, p, sizeof(v32));
		put_int(w, v32, 4);
		break;
	case KIND_U64:
		memcpy(&v64, p, sizeof(v64));
		put_int(w, v64, 8);
		break;
	case KIND_BYTES:
		put(w, p, f->limit);
		break;
	case KIND_STR:
		put_string(w, (const char *)p, f->limit);
		break;
	case KIND_BLOB:
		memcpy(&v16, msg + f->len_offset, sizeof(v16));
		put_count(w, v16, f->limit);
		put(w, p, v16 <= f->limit ? v16 : 0);
		break;
	case KIND_EP:
		put_endpoint(w, (const void *)p);
		break;
	default:
		put_array(w, f, p);
	}
}

ssize_t
msg_encode(const struct msg_desc *d, const void *msg, uint8_t *buf, size_t cap)
{
	struct wcursor	 w = { buf, cap, 0 };
	size_t		 i;

	for (i = 0; i < d->nfields; i++)
		put_field(&w, &d->fields[i], msg);
	return w.bad ? -1 : (ssize_t)(cap - w.left);
}

/* --- Reading ------------------------------------------------------- */

static void
fail(struct rcursor *r, enum msg_error error)
{
	if (r->error == MSG_OK)
		r->error = error;
	r->left = 0;
}

static void
get(struct rcursor *r, void *data, size_t len)
{
	if (r->error != MSG_OK || len > r->left) {
		fail(r, MSG_ERR_SHORT);
		return;
	}
	memcpy(data, r->p, len);
	r->p += len;
	r->left -= len;
}

static uint64_t
get_int(struct rcursor *r, size_t len)
{
	uint8_t		 buf[8] = { 0 };
	uint64_t	 v = 0;
	size_t		 i;

	get(r, buf, len);
	for (i = 0; i < len; i++)
		v = v << 8 | buf[i];
	return r->error == MSG_OK ? v : 0;
}

static void
get_string(struct rcursor *r, char *s, size_t limit)
{
	size_t	 len = get_int(r, 2);

	if (len > limit) {
		fail(r, MSG_ERR_LONG);
		return;
	}
	get(r, s, len);
	if (r->error == MSG_OK && memchr(s, '\0', len) != NULL)
		fail(r, MSG_ERR_STRING);
	if (r->error != MSG_OK)
		len = 0;
	s[len] = '\0';
}

static void
get_endpoint(struct rcursor *r, struct endpoint *ep)
{
	ep->family = (uint8_t)get_int(r, 1);
	get(r, ep->addr, sizeof(ep->addr));
	ep->port = (uint16_t)get_int(r, 2);
	if (ep->family != 0 && ep->family != 4 && ep->family != 6)
		fail(r, MSG_ERR_VALUE);
}

static void
get_acl(struct rcursor *r, struct acl_entry *e)
{
	e->protocol = (uint8_t)get_int(r, 1);
	e->port_low = (uint16_t)get_int(r, 2);
	e->port_high = (uint16_t)get_int(r, 2);
	if (!acl_valid(e))
		fail(r, MSG_ERR_VALUE);
}

static void
get_window(struct rcursor *r, struct acl_window *when)
{
	when->from = get_int(r, 8);
	when->until = get_int(r, 8);
	if (!acl_window_valid(when))
		fail(r, MSG_ERR_VALUE);
}

static void
get_candidate(struct rcursor *r, struct ice_candidate *c)
{
	c->type = (uint8_t)get_int(r, 1);
	c->transport = (uint8_t)get_int(r, 1);
	c->priority = (uint32_t)get_int(r, 4);
	get_endpoint(r, &c->ep);
	if (c->type < ICE_LOCAL || c->type > ICE_PEER_REFLEXIVE ||
	    c->transport < ICE_UDP || c->transport > ICE_TCP ||
	    c->ep.family == 0 || c->ep.port == 0)
		fail(r, MSG_ERR_VALUE);
}

static void
get_range(struct rcursor *r, struct msg_range *e)
{
	e->range.family = (uint8_t)get_int(r, 1);
	get(r, e->range.low, sizeof(e->range.low));
	get(r, e->range.high, sizeof(e->range.high));
	get_string(r, e->text, MSG_RANGE_LEN);
	if (!range_valid(&e->range))
		fail(r, MSG_ERR_VALUE);
}

static void
get_array(struct rcursor *r, const struct msg_field *f, void *p)
{
	struct msg_eps		*eps = p;
	struct msg_acls		*acls = p;
	struct msg_timed	*timed = p;
	struct msg_windows	*windows = p;
	struct msg_cands	*cands = p;
	struct msg_u32s		*u32s = p;
	struct msg_tags		*tags = p;
	struct msg_ranges	*ranges = p;
	uint16_t		 n = (uint16_t)get_int(r, 2), i;

	if (n > f->limit) {
		fail(r, MSG_ERR_COUNT);
		return;
	}
	for (i = 0; i < n && r->error == MSG_OK; i++) {
		switch (f->kind) {
		case KIND_EPS:
			get_endpoint(r, &eps->e[i]);
			break;
		case KIND_ACLS:
			get_acl(r, &acls->e[i]);
			break;
		case KIND_TIMED:
			get_acl(r, &timed->e[i].entry);
			get_window(r, &timed->e[i].when);
			break;
		case KIND_WINDOWS:
			get_window(r, &windows->e[i]);
			break;
		case KIND_CANDS:
			get_candidate(r, &cands->e[i]);
			break;
		case KIND_U32S:
			u32s->e[i] = (uint32_t)get_int(r, 4);
			break;
		case KIND_TAGS:
			get_string(r, tags->e[i], MSG_TAG_LEN);
			break;
		case KIND_RANGES:
			get_range(r, &ranges->e[i]);
			break;
		default:
			fail(r, MSG_ERR_VALUE);
		}
	}
	eps->n = n;
}

static void
get_field(struct rcursor *r, const struct msg_field *f, uint8_t *msg)
{
	uint8_t		*p = msg + f->offset;
	uint16_t	 v16;
	uint32_t	 v32;
	uint64_t	 v64;

	switch (f->kind) {
	case KIND_U8:
		get(r, p, 1);
		break;
	case KIND_U16:
		v16 = (uint16_t)get_int(r, 2);
		memcpy(p, &v16, sizeof(v16));
		break;
	case KIND_U32:
		v32 = (uint32_t)get_int(r, 4);
		memcpy(p, &v32, sizeof(v32));
		break;
	case KIND_U64:
		v64 = get_int(r, 8);
		memcpy(p, &v64, sizeof(v64));
		break;
	case KIND_BYTES:
		get(r, p, f->limit);
		break;
	case KIND_STR:
		get_string(r, (char *)p, f->limit);
		break;
	case KIND_BLOB:
		v16 = (uint16_t)get_int(r, 2);
		if (v16 > f->limit) {
			fail(r, MSG_ERR_LONG);
			break;
		}
		get(r, p, v16);
		memcpy(msg + f->len_offset, &v16, sizeof(v16));
		break;
	case KIND_EP:
		get_endpoint(r, (void *)p);
		break;
	default:
		get_array(r, f, p);
	}
}

enum msg_error
msg_decode(const struct msg_desc *d, const uint8_t *buf, size_t len, void *msg)
{
	struct rcursor	 r = { buf, len, MSG_OK };
	size_t		 i;

	memset(msg, 0, d->size);
	for (i = 0; i < d->nfields && r.error == MSG_OK; i++)
		get_field(&r, &d->fields[i], msg);
	if (r.error == MSG_OK && r.left != 0)
		r.error = MSG_ERR_LONG;
	return r.error;
}
