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
 * The STUN parser.  It runs on every datagram from the internet that looks
 * like STUN, holds no key, writes nothing but the result, and reads nothing
 * outside of the given length.
 */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "stun/stun.h"
#include "stun/stun_internal.h"

struct attr {
	const uint8_t	*data;
	size_t		 len;
	size_t		 off;	/* of the attribute's header */
	uint16_t	 type;
};

static const struct attr_rule {
	uint16_t	 type;
	uint16_t	 min;
	uint16_t	 max;
	uint32_t	 have;
} attr_rules[] = {
	{ STUN_ATTR_MAPPED_ADDRESS, 8, 20, STUN_HAVE_MAPPED },
	{ STUN_ATTR_XOR_MAPPED_ADDRESS, 8, 20, STUN_HAVE_XOR_MAPPED },
	{ STUN_ATTR_RESPONSE_ORIGIN, 8, 20, STUN_HAVE_ORIGIN },
	{ STUN_ATTR_OTHER_ADDRESS, 8, 20, STUN_HAVE_OTHER },
	{ STUN_ATTR_USERNAME, 0, STUN_USERNAME_MAX, STUN_HAVE_USERNAME },
	{ STUN_ATTR_INTEGRITY, STUN_SHA1_LEN, STUN_SHA1_LEN,
	    STUN_HAVE_INTEGRITY },
	{ STUN_ATTR_INTEGRITY_SHA256, STUN_SHA256_LEN, STUN_SHA256_LEN,
	    STUN_HAVE_SHA256 },
	{ STUN_ATTR_FINGERPRINT, 4, 4, STUN_HAVE_FINGERPRINT },
	{ STUN_ATTR_ERROR_CODE, 4, 4 + 763, STUN_HAVE_ERROR },
	{ STUN_ATTR_UNKNOWN_ATTRIBUTES, 0, UINT16_MAX, STUN_HAVE_LISTED },
	{ STUN_ATTR_SOFTWARE, 0, 763, STUN_HAVE_SOFTWARE },
	{ STUN_ATTR_PRIORITY, 4, 4, STUN_HAVE_PRIORITY },
	{ STUN_ATTR_USE_CANDIDATE, 0, 0, STUN_HAVE_USE_CANDIDATE },
	{ STUN_ATTR_NOMINATION, 4, 4, STUN_HAVE_NOMINATION },
	{ STUN_ATTR_ICE_CONTROLLED, 8, 8, STUN_HAVE_CONTROLLED },
	{ STUN_ATTR_ICE_CONTROLLING, 8, 8, STUN_HAVE_CONTROLLING },
};

static const char *const	results[STUN_RESULT_COUNT] = {
	[STUN_OK] = "ok",
	[STUN_NOT_STUN] = "not a STUN message",
	[STUN_BAD_LENGTH] = "header length does not fit",
	[STUN_BAD_OVERRUN] = "attribute reaches past the end",
	[STUN_BAD_ATTRIBUTE] = "attribute of impossible length or value",
	[STUN_BAD_FAMILY] = "unknown address family",
	[STUN_BAD_ORDER] = "attribute after the fingerprint",
	[STUN_BAD_FINGERPRINT] = "wrong fingerprint",
};

const char *
stun_strresult(enum stun_result res)
{
	if ((unsigned int)res >= STUN_RESULT_COUNT)
		return "unknown";
	return results[res];
}

int
stun_is_message(const uint8_t *buf, size_t len)
{
	if (len < STUN_HEADER_LEN || (buf[0] & 0xc0) != 0)
		return 0;
	if (buf[0] >= 1 && buf[0] <= 4 && buf[1] == 0 && buf[2] == 0 &&
	    buf[3] == 0)
		return 0;
	return stun_get32(buf + 4) == STUN_COOKIE;
}

void
stun_endpoint_xor(struct endpoint *ep, const uint8_t id[STUN_ID_LEN])
{
	uint8_t	 mask[16];
	size_t	 i, n;

	stun_put32(mask, STUN_COOKIE);
	memcpy(mask + 4, id, STUN_ID_LEN);
	n = ep->family == 4 ? 4 : 16;
	for (i = 0; i < n; i++)
		ep->addr[i] ^= mask[i];
	ep->port ^= STUN_COOKIE >> 16;
}

static enum stun_result
parse_address(const struct attr *a, struct endpoint *ep)
{
	size_t	 alen;

	memset(ep, 0, sizeof(*ep));
	switch (a->data[1]) {
	case STUN_FAMILY_IPV4:
		ep->family = 4;
		alen = 4;
		break;
	case STUN_FAMILY_IPV6:
		ep->family = 6;
		alen = 16;
		break;
	default:
		return STUN_BAD_FAMILY;
	}
	if (a->len != 4 + alen)
		return STUN_BAD_ATTRIBUTE;
	ep->port = stun_get16(a->data + 2);
	memcpy(ep->addr, a->data + 4, alen);
	return STUN_OK;
}

static enum stun_result
parse_mapped(struct stun_msg *m, const struct attr *a)
{
	struct endpoint		 ep;
	enum stun_result	 res;

	if ((res = parse_address(a, &ep)) != STUN_OK)
		return res;
	if (a->type == STUN_ATTR_XOR_MAPPED_ADDRESS)
		stun_endpoint_xor(&ep, m->id);
	else if (m->have & STUN_HAVE_XOR_MAPPED)
		return STUN_OK;
	m->mapped = ep;
	return STUN_OK;
}

static enum stun_result
parse_error_code(struct stun_msg *m, const struct attr *a)
{
	unsigned int	 class = a->data[2] & 7, number = a->data[3];

	if (class < 3 || class > 6 || number > 99)
		return STUN_BAD_ATTRIBUTE;
	m->error_code = (uint16_t)(class * 100 + number);
	return STUN_OK;
}

static enum stun_result
parse_listed(struct stun_msg *m, const struct attr *a)
{
	size_t	 i;

	if (a->len % 2 != 0)
		return STUN_BAD_ATTRIBUTE;
	for (i = 0; i < a->len && m->nlisted < STUN_UNKNOWN_MAX; i += 2)
		m->listed[m->nlisted++] = stun_get16(a->data + i);
	return STUN_OK;
}

static enum stun_result
parse_fingerprint(const struct stun_msg *m, const struct attr *a)
{
	/* It is the last attribute, so the header length needs no change. */
	if (m->len - a->off != STUN_ATTR_HEADER_LEN + 4)
		return STUN_BAD_ORDER;
	if ((stun_crc32(m->raw, a->off) ^ STUN_CRC_XOR) != stun_get32(a->data))
		return STUN_BAD_FINGERPRINT;
	return STUN_OK;
}

static enum stun_result
parse_value(struct stun_msg *m, const struct attr *a)
{
	switch (a->type) {
	case STUN_ATTR_MAPPED_ADDRESS:
	case STUN_ATTR_XOR_MAPPED_ADDRESS:
		return parse_mapped(m, a);
	case STUN_ATTR_RESPONSE_ORIGIN:
		return parse_address(a, &m->origin);
	case STUN_ATTR_OTHER_ADDRESS:
		return parse_address(a, &m->other);
	case STUN_ATTR_ERROR_CODE:
		return parse_error_code(m, a);
	case STUN_ATTR_UNKNOWN_ATTRIBUTES:
		return parse_listed(m, a);
	case STUN_ATTR_FINGERPRINT:
		return parse_fingerprint(m, a);
	case STUN_ATTR_USERNAME:
		m->username = a->data;
		m->username_len = a->len;
		break;
	case STUN_ATTR_SOFTWARE:
		m->software = a->data;
		m->software_len = a->len;
		break;
	case STUN_ATTR_INTEGRITY:
		m->integrity_off = a->off;
		break;
	case STUN_ATTR_INTEGRITY_SHA256:
		m->sha256_off = a->off;
		break;
	case STUN_ATTR_PRIORITY:
		m->priority = stun_get32(a->data);
		break;
	case STUN_ATTR_NOMINATION:
		m->nomination = stun_get32(a->data);
		break;
	case STUN_ATTR_ICE_CONTROLLED:
	case STUN_ATTR_ICE_CONTROLLING:
		m->tie_breaker = (uint64_t)stun_get32(a->data) << 32 |
		    stun_get32(a->data + 4);
		break;
	}
	return STUN_OK;
}

/* RFC 8489 14.5, 14.6: what follows an integrity attribute is not covered. */
static int
attr_is_uncovered(const struct stun_msg *m, uint16_t type)
{
	if (type == STUN_ATTR_FINGERPRINT)
		return 0;
	if (m->have & STUN_HAVE_SHA256)
		return 1;
	return (m->have & STUN_HAVE_INTEGRITY) != 0 &&
	    type != STUN_ATTR_INTEGRITY_SHA256;
}

static enum stun_result
parse_attr(struct stun_msg *m, const struct attr *a)
{
	const struct attr_rule	*rule = NULL;
	enum stun_result	 res;
	size_t			 i;

	if (attr_is_uncovered(m, a->type))
		return STUN_OK;
	for (i = 0; i < sizeof(attr_rules) / sizeof(attr_rules[0]); i++)
		if (attr_rules[i].type == a->type)
			rule = &attr_rules[i];
	if (rule == NULL) {
		if (a->type < 0x8000 && m->nunknown < STUN_UNKNOWN_MAX)
			m->unknown[m->nunknown++] = a->type;
		return STUN_OK;
	}
	if (a->len < rule->min || a->len > rule->max)
		return STUN_BAD_ATTRIBUTE;
	if (m->have & rule->have)
		return STUN_OK;
	if ((res = parse_value(m, a)) != STUN_OK)
		return res;
	m->have |= rule->have;
	return STUN_OK;
}

enum stun_result
stun_parse(struct stun_msg *m, const uint8_t *buf, size_t len)
{
	enum stun_result	 res;
	struct attr		 a;
	size_t			 pos, padded;
	uint16_t		 type;

	memset(m, 0, sizeof(*m));
	if (!stun_is_message(buf, len))
		return STUN_NOT_STUN;
	if (stun_get16(buf + 2) != len - STUN_HEADER_LEN || len % 4 != 0)
		return STUN_BAD_LENGTH;
	type = stun_get16(buf);
	m->class = (enum stun_class)((type >> 4 & 1) | (type >> 7 & 2));
	m->method = (type & 0xf) | (type >> 1 & 0x70) | (type >> 2 & 0xf80);
	m->raw = buf;
	m->len = len;
	memcpy(m->id, buf + 8, STUN_ID_LEN);
	for (pos = STUN_HEADER_LEN; pos < len;
	    pos += STUN_ATTR_HEADER_LEN + padded) {
		if (len - pos < STUN_ATTR_HEADER_LEN)
			return STUN_BAD_OVERRUN;
		a.off = pos;
		a.type = stun_get16(buf + pos);
		a.len = stun_get16(buf + pos + 2);
		a.data = buf + pos + STUN_ATTR_HEADER_LEN;
		padded = (a.len + 3) & ~(size_t)3;
		if (padded > len - pos - STUN_ATTR_HEADER_LEN)
			return STUN_BAD_OVERRUN;
		if ((res = parse_attr(m, &a)) != STUN_OK)
			return res;
	}
	return STUN_OK;
}

int
stun_username_is(const struct stun_msg *m, const char *name)
{
	return (m->have & STUN_HAVE_USERNAME) != 0 &&
	    m->username_len == strlen(name) &&
	    memcmp(m->username, name, m->username_len) == 0;
}
