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
 * Every message filled, compared and measured through the table's own
 * macros: fill_<name>, same_<name>, shortest_<name> and longest_<name>.
 */

#ifndef REGRESS_MSG_FILL_H
#define REGRESS_MSG_FILL_H

#include <stdint.h>
#include <string.h>

#include "msg/msg.h"

static uint64_t		 seed = 0x9e3779b97f4a7c15ULL;

static uint64_t
any64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint16_t
any_count(size_t max, int full)
{
	return (uint16_t)(full ? max : any64() % (max + 1));
}

static void
fill_bytes(void *p, size_t len)
{
	uint8_t	*d = p;

	while (len-- > 0)
		*d++ = (uint8_t)any64();
}

static void
fill_string(char *s, size_t limit, int full)
{
	size_t	 len = any_count(limit, full), i;

	for (i = 0; i < len; i++)
		s[i] = (char)(1 + any64() % 255);
	s[len] = '\0';
}

static void
fill_endpoint(struct endpoint *ep)
{
	ep->family = any64() & 1 ? 4 : 6;
	fill_bytes(ep->addr, sizeof(ep->addr));
	ep->port = (uint16_t)(1 + any64() % 65535);
}

static void
fill_eps(struct msg_eps *m, int full)
{
	uint16_t	 i;

	m->n = any_count(MSG_EPS_MAX, full);
	for (i = 0; i < m->n; i++)
		fill_endpoint(&m->e[i]);
}

static void
fill_acls(struct msg_acls *m, int full)
{
	uint16_t	 i;

	m->n = any_count(ACL_MAX, full);
	for (i = 0; i < m->n; i++) {
		m->e[i].protocol = (uint8_t)(any64() % 4);
		m->e[i].port_high = 65535;
		if (m->e[i].protocol != ACL_TCP && m->e[i].protocol != ACL_UDP)
			continue;
		m->e[i].port_low = (uint16_t)(1 + any64() % 1000);
		m->e[i].port_high = (uint16_t)(1000 + any64() % 1000);
	}
}

static void
fill_window(struct acl_window *w)
{
	w->from = any64() >> 1;
	w->until = any64() & 1 ? 0 : w->from + 1 + any64() % 100000;
}

static void
fill_timed(struct msg_timed *m, int full)
{
	struct msg_acls	 acls;
	uint16_t	 i;

	memset(&acls, 0, sizeof(acls));
	fill_acls(&acls, full);
	m->n = acls.n;
	for (i = 0; i < m->n; i++) {
		m->e[i].entry = acls.e[i];
		fill_window(&m->e[i].when);
	}
}

static void
fill_windows(struct msg_windows *m, int full)
{
	uint16_t	 i;

	m->n = any_count(ACL_WINDOWS_MAX, full);
	for (i = 0; i < m->n; i++)
		fill_window(&m->e[i]);
}

static void
fill_cands(struct msg_cands *m, int full)
{
	uint16_t	 i;

	m->n = any_count(ICE_CAND_MAX, full);
	for (i = 0; i < m->n; i++) {
		m->e[i].type = (uint8_t)(ICE_LOCAL + any64() %
		    (ICE_PEER_REFLEXIVE - ICE_LOCAL + 1));
		m->e[i].transport = any64() & 1 ? ICE_UDP : ICE_TCP;
		m->e[i].priority = (uint32_t)any64();
		fill_endpoint(&m->e[i].ep);
	}
}

static void
fill_u32s(struct msg_u32s *m, int full)
{
	uint16_t	 i;

	m->n = any_count(MSG_U32S_MAX, full);
	for (i = 0; i < m->n; i++)
		m->e[i] = (uint32_t)any64();
}

static void
fill_tags(struct msg_tags *m, int full)
{
	uint16_t	 i;

	m->n = any_count(MSG_TAGS_MAX, full);
	for (i = 0; i < m->n; i++)
		fill_string(m->e[i], MSG_TAG_LEN, full);
}

static void
fill_ranges(struct msg_ranges *m, int full)
{
	uint16_t	 i;

	m->n = any_count(MSG_RANGES_MAX, full);
	for (i = 0; i < m->n; i++) {
		m->e[i].range.family = any64() & 1 ? 4 : 6;
		fill_bytes(m->e[i].range.low,
		    m->e[i].range.family == 4 ? 4 : 16);
		memcpy(m->e[i].range.high, m->e[i].range.low, 16);
		m->e[i].range.low[0] &= 0x7f;
		m->e[i].range.high[0] |= 0x80;
		fill_string(m->e[i].text, MSG_RANGE_LEN, full);
	}
}

static int
same_ranges(const struct msg_ranges *x, const struct msg_ranges *y)
{
	uint16_t	 i;

	for (i = 0; x->n == y->n && i < x->n; i++)
		if (memcmp(&x->e[i].range, &y->e[i].range,
		    sizeof(x->e[i].range)) != 0 ||
		    strcmp(x->e[i].text, y->e[i].text) != 0)
			return 0;
	return x->n == y->n;
}

static int
same_endpoint(const struct endpoint *x, const struct endpoint *y)
{
	return x->family == y->family && x->port == y->port &&
	    memcmp(x->addr, y->addr, sizeof(x->addr)) == 0;
}

static int
same_eps(const struct msg_eps *x, const struct msg_eps *y)
{
	uint16_t	 i;

	for (i = 0; x->n == y->n && i < x->n; i++)
		if (!same_endpoint(&x->e[i], &y->e[i]))
			return 0;
	return x->n == y->n;
}

static int
same_acl(const struct acl_entry *x, const struct acl_entry *y)
{
	return x->protocol == y->protocol && x->port_low == y->port_low &&
	    x->port_high == y->port_high;
}

static int
same_acls(const struct msg_acls *x, const struct msg_acls *y)
{
	uint16_t	 i;

	for (i = 0; x->n == y->n && i < x->n; i++)
		if (!same_acl(&x->e[i], &y->e[i]))
			return 0;
	return x->n == y->n;
}

static int
same_window(const struct acl_window *x, const struct acl_window *y)
{
	return x->from == y->from && x->until == y->until;
}

static int
same_timed(const struct msg_timed *x, const struct msg_timed *y)
{
	uint16_t	 i;

	for (i = 0; x->n == y->n && i < x->n; i++)
		if (!same_acl(&x->e[i].entry, &y->e[i].entry) ||
		    !same_window(&x->e[i].when, &y->e[i].when))
			return 0;
	return x->n == y->n;
}

static int
same_windows(const struct msg_windows *x, const struct msg_windows *y)
{
	uint16_t	 i;

	for (i = 0; x->n == y->n && i < x->n; i++)
		if (!same_window(&x->e[i], &y->e[i]))
			return 0;
	return x->n == y->n;
}

static int
same_cands(const struct msg_cands *x, const struct msg_cands *y)
{
	uint16_t	 i;

	for (i = 0; x->n == y->n && i < x->n; i++)
		if (x->e[i].type != y->e[i].type ||
		    x->e[i].transport != y->e[i].transport ||
		    x->e[i].priority != y->e[i].priority ||
		    !same_endpoint(&x->e[i].ep, &y->e[i].ep))
			return 0;
	return x->n == y->n;
}

static int
same_u32s(const struct msg_u32s *x, const struct msg_u32s *y)
{
	return x->n == y->n &&
	    memcmp(x->e, y->e, x->n * sizeof(x->e[0])) == 0;
}

static int
same_tags(const struct msg_tags *x, const struct msg_tags *y)
{
	uint16_t	 i;

	for (i = 0; x->n == y->n && i < x->n; i++)
		if (strcmp(x->e[i], y->e[i]) != 0)
			return 0;
	return x->n == y->n;
}

/* fill_<name>: random but valid; full: every limit is reached. */
#define MSG_BEGIN(NAME, name, from, to, phase, flags)			\
static void								\
fill_##name(void *p, int full)						\
{									\
	struct msg_##name	*m = p;					\
									\
	(void)full;							\
	memset(m, 0, sizeof(*m));
#define MSG_END(NAME, name)	}
#define F_U8(t, f)		m->f = (uint8_t)any64();
#define F_U16(t, f)		m->f = (uint16_t)any64();
#define F_U32(t, f)		m->f = (uint32_t)any64();
#define F_U64(t, f)		m->f = any64();
#define F_BYTES(t, f, n)	fill_bytes(m->f, n);
#define F_STR(t, f, n)		fill_string(m->f, n, full);
#define F_BLOB(t, f, n)		\
	m->f##_len = any_count(n, full); fill_bytes(m->f, m->f##_len);
#define F_EP(t, f)		fill_endpoint(&m->f);
#define F_EPS(t, f)		fill_eps(&m->f, full);
#define F_ACLS(t, f)		fill_acls(&m->f, full);
#define F_TIMED(t, f)		fill_timed(&m->f, full);
#define F_WINDOWS(t, f)		fill_windows(&m->f, full);
#define F_CANDS(t, f)		fill_cands(&m->f, full);
#define F_U32S(t, f)		fill_u32s(&m->f, full);
#define F_TAGS(t, f)		fill_tags(&m->f, full);
#define F_RANGES(t, f)		fill_ranges(&m->f, full);
#include "msg/messages.def"
#include "msg/undef.h"

/* same_<name>: field by field. */
#define MSG_BEGIN(NAME, name, from, to, phase, flags)			\
static int								\
same_##name(const void *p, const void *q)				\
{									\
	const struct msg_##name	*x = p, *y = q;				\
	int			 same = x->reserved == y->reserved;
#define MSG_END(NAME, name)	return same; }
#define F_U8(t, f)		same &= x->f == y->f;
#define F_U16(t, f)		same &= x->f == y->f;
#define F_U32(t, f)		same &= x->f == y->f;
#define F_U64(t, f)		same &= x->f == y->f;
#define F_BYTES(t, f, n)	same &= memcmp(x->f, y->f, n) == 0;
#define F_STR(t, f, n)		same &= strcmp(x->f, y->f) == 0;
#define F_BLOB(t, f, n)		same &= x->f##_len == y->f##_len && \
				    memcmp(x->f, y->f, x->f##_len) == 0;
#define F_EP(t, f)		same &= same_endpoint(&x->f, &y->f);
#define F_EPS(t, f)		same &= same_eps(&x->f, &y->f);
#define F_ACLS(t, f)		same &= same_acls(&x->f, &y->f);
#define F_TIMED(t, f)		same &= same_timed(&x->f, &y->f);
#define F_WINDOWS(t, f)		same &= same_windows(&x->f, &y->f);
#define F_CANDS(t, f)		same &= same_cands(&x->f, &y->f);
#define F_U32S(t, f)		same &= same_u32s(&x->f, &y->f);
#define F_TAGS(t, f)		same &= same_tags(&x->f, &y->f);
#define F_RANGES(t, f)		same &= same_ranges(&x->f, &y->f);
#include "msg/messages.def"
#include "msg/undef.h"

/* shortest_<name>, longest_<name>: bytes of the encoded form. */
#define MSG_BEGIN(NAME, name, from, to, phase, flags)			\
	static const size_t shortest_##name = 0
#define MSG_END(NAME, name)	;
#define F_U8(t, f)		+ 1
#define F_U16(t, f)		+ 2
#define F_U32(t, f)		+ 4
#define F_U64(t, f)		+ 8
#define F_BYTES(t, f, n)	+ (n)
#define F_STR(t, f, n)		+ 2
#define F_BLOB(t, f, n)		+ 2
#define F_EP(t, f)		+ 19
#define F_EPS(t, f)		+ 2
#define F_ACLS(t, f)		+ 2
#define F_TIMED(t, f)		+ 2
#define F_WINDOWS(t, f)		+ 2
#define F_CANDS(t, f)		+ 2
#define F_U32S(t, f)		+ 2
#define F_TAGS(t, f)		+ 2
#define F_RANGES(t, f)		+ 2
#include "msg/messages.def"
#include "msg/undef.h"

#define MSG_BEGIN(NAME, name, from, to, phase, flags)			\
	static const size_t longest_##name = 0
#define MSG_END(NAME, name)	;
#define F_U8(t, f)		+ 1
#define F_U16(t, f)		+ 2
#define F_U32(t, f)		+ 4
#define F_U64(t, f)		+ 8
#define F_BYTES(t, f, n)	+ (n)
#define F_STR(t, f, n)		+ 2 + (n)
#define F_BLOB(t, f, n)		+ 2 + (n)
#define F_EP(t, f)		+ 19
#define F_EPS(t, f)		+ 2 + MSG_EPS_MAX * 19
#define F_ACLS(t, f)		+ 2 + ACL_MAX * 5
#define F_TIMED(t, f)		+ 2 + ACL_MAX * 21
#define F_WINDOWS(t, f)		+ 2 + ACL_WINDOWS_MAX * 16
#define F_CANDS(t, f)		+ 2 + ICE_CAND_MAX * 25
#define F_U32S(t, f)		+ 2 + MSG_U32S_MAX * 4
#define F_TAGS(t, f)		+ 2 + MSG_TAGS_MAX * (2 + MSG_TAG_LEN)
#define F_RANGES(t, f)		+ 2 + MSG_RANGES_MAX * (35 + MSG_RANGE_LEN)
#include "msg/messages.def"
#include "msg/undef.h"

#endif /* REGRESS_MSG_FILL_H */
