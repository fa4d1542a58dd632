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
 * From a message to its object.  What a message holds was made by storeproc;
 * text is passed on as it is, jansson refuses what is not UTF-8.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "object/object.h"
#include "object/scope.h"

#define TIME_END	253402300800ULL	/* 10000-01-01T00:00:00Z */

const char *
object_time_print(char buf[OBJECT_TIME_MAX], uint64_t sec)
{
	struct tm	 tm;
	time_t		 t = (time_t)sec;

	if (sec >= TIME_END || gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, OBJECT_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		strlcpy(buf, "9999-12-31T23:59:59Z", OBJECT_TIME_MAX);
	return buf;
}

static json_t *
put_text(const char *s)
{
	json_t	*v = json_string(s);

	return v != NULL ? v : json_string("?");
}

static json_t *
put_address(uint8_t family, const uint8_t *addr)
{
	struct endpoint	 ep;
	char		 text[ENDPOINT_STRLEN];
	size_t		 i, len = family == 4 ? 4 : 16;
	uint8_t		 any = 0;

	memset(&ep, 0, sizeof(ep));
	ep.family = family;
	for (i = 0; i < len; i++) {
		ep.addr[i] = addr[i];
		any |= addr[i];
	}
	if (any == 0)
		return json_null();
	return put_text(endpoint_print_addr(&ep, text, sizeof(text)));
}

static json_t *
put_endpoint(const struct endpoint *ep)
{
	char	 text[ENDPOINT_STRLEN];

	if (ep->family == 0)
		return json_null();
	return put_text(endpoint_print(ep, text, sizeof(text)));
}

static json_t *
put_hex(const uint8_t *p, size_t n)
{
	static const char	 digits[] = "0123456789abcdef";
	char			 text[2 * 512 + 1];
	size_t			 i;

	if (n > 512)
		n = 512;
	for (i = 0; i < n; i++) {
		text[2 * i] = digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	text[2 * n] = '\0';
	return put_text(text);
}

static json_t *
put_acls(const struct msg_acls *acls)
{
	static const char *const	 names[] = { "any", "tcp", "udp",
					    "icmp" };
	json_t				*list = json_array();
	const struct acl_entry		*e;
	char				 ports[16];
	size_t				 i;

	for (i = 0; i < acls->n; i++) {
		e = &acls->e[i];
		if (e->port_low == e->port_high)
			snprintf(ports, sizeof(ports), "%u", e->port_low);
		else
			snprintf(ports, sizeof(ports), "%u-%u", e->port_low,
			    e->port_high);
		json_array_append_new(list, json_pack("{s:s, s:o}",
		    "protocol", names[e->protocol & 3], "ports",
		    (e->protocol != ACL_TCP && e->protocol != ACL_UDP) ||
		    (e->port_low == 0 && e->port_high == UINT16_MAX) ?
		    json_null() : put_text(ports)));
	}
	return list;
}

static uint64_t
number_of(const struct msg_field *f, const uint8_t *p)
{
	uint64_t	 v64;
	uint32_t	 v32;
	uint16_t	 v16;

	switch (f->kind) {
	case KIND_U8:
		return *p;
	case KIND_U16:
		memcpy(&v16, p, sizeof(v16));
		return v16;
	case KIND_U32:
		memcpy(&v32, p, sizeof(v32));
		return v32;
	default:
		memcpy(&v64, p, sizeof(v64));
		return v64;
	}
}

static json_t *
put_number(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

static json_t *
put_plain(const struct msg_field *f, const uint8_t *msg)
{
	const uint8_t		*p = msg + f->offset;
	const struct msg_eps	*eps = (const void *)p;
	const struct msg_tags	*tags = (const void *)p;
	const struct msg_u32s	*u32s = (const void *)p;
	const struct msg_ranges	*ranges = (const void *)p;
	char			 text[RANGE_STRLEN];
	json_t			*list;
	size_t			 i;

	switch (f->kind) {
	case KIND_STR:
		return put_text((const char *)p);
	case KIND_EP:
		return put_endpoint((const void *)p);
	case KIND_ACLS:
		return put_acls((const void *)p);
	case KIND_TAGS:
		list = json_array();
		for (i = 0; i < tags->n; i++)
			json_array_append_new(list, put_text(tags->e[i]));
		return list;
	case KIND_EPS:
		list = json_array();
		for (i = 0; i < eps->n; i++)
			json_array_append_new(list, put_endpoint(&eps->e[i]));
		return list;
	case KIND_U32S:
		list = json_array();
		for (i = 0; i < u32s->n; i++)
			json_array_append_new(list, put_number(u32s->e[i]));
		return list;
	case KIND_RANGES:
		list = json_array();
		for (i = 0; i < ranges->n; i++)
			json_array_append_new(list, put_text(range_print(
			    &ranges->e[i].range, text)));
		return list;
	case KIND_CANDS:
		return json_null();
	default:
		return put_number(number_of(f, p));
	}
}

static json_t *
put_enum(uint64_t n, const char *const *names)
{
	for (; *names != NULL; names++)
		if (n-- == 0)
			return put_text(*names);
	return json_null();
}

static json_t *
put_scopes(uint64_t scopes)
{
	json_t		*list = json_array();
	unsigned int	 i;

	for (i = 0; i < 2 * AREA_MAX; i++)
		if (scopes & 1U << i)
			json_array_append_new(list, put_text(scope_name(i)));
	return list;
}

static json_t *
put_days(uint64_t mask)
{
	json_t		*list = json_array();
	unsigned int	 i;

	for (i = 0; object_days[i] != NULL; i++)
		if (mask & 1U << i)
			json_array_append_new(list,
			    put_text(object_days[i]));
	return list;
}

static json_t *
put_minute(uint64_t n)
{
	char	 text[16];

	snprintf(text, sizeof(text), "%02u:%02u",
	    (unsigned int)(n / 60 % 100), (unsigned int)(n % 60));
	return put_text(text);
}

static int
all_zero(const uint8_t *p, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (p[i] != 0)
			return 0;
	return 1;
}

static json_t *
put_lines(const char *s)
{
	json_t	*list = json_array();
	size_t	 n;

	for (; *s != '\0'; s += n + (s[n] == '\n')) {
		n = strcspn(s, "\n");
		if (n != 0)
			json_array_append_new(list, json_stringn(s, n));
	}
	return list;
}

static json_t *
put_member(const struct msg_field *f, const struct object_rule *rule,
    const uint8_t *msg)
{
	const uint8_t	*p = msg + f->offset;
	char		 text[OBJECT_TIME_MAX];
	uint16_t	 len;
	uint64_t	 n;

	switch (rule->kind) {
	case O_BOOL:
		return json_boolean(number_of(f, p) != 0);
	case O_TIME:
		n = number_of(f, p);
		return n == 0 ? json_null() :
		    put_text(object_time_print(text, n));
	case O_ENUM:
	case O_CHOICE:
		return put_enum(number_of(f, p), rule->names);
	case O_IPV4:
		return put_address(4, p);
	case O_IPV6:
		return put_address(6, p);
	case O_LIMIT:
		n = number_of(f, p);
		return n == UINT32_MAX ? json_null() : put_number(n);
	case O_ID:
		n = number_of(f, p);
		return n == 0 ? json_null() : put_number(n);
	case O_DAYS:
		return put_days(number_of(f, p));
	case O_MINUTE:
		return put_minute(number_of(f, p));
	case O_COORDINATE:
		n = number_of(f, p);
		return n == 0 ? json_null() : json_real(((double)n -
		    OBJECT_COORDINATE_ZERO) / 1000);
	case O_LINES:
		return put_lines((const char *)p);
	case O_SCOPES:
		return put_scopes(number_of(f, p));
	case O_HEX:
		if (f->kind == KIND_BYTES)
			return all_zero(p, f->limit) ? json_null() :
			    put_hex(p, f->limit);
		memcpy(&len, msg + f->len_offset, sizeof(len));
		return put_hex(p, len);
	default:
		return put_plain(f, msg);
	}
}

json_t *
object_from_msg(uint32_t type, const void *msg)
{
	const struct msg_desc	*d = msg_lookup(type);
	json_t			*o = json_object();
	struct object_rule	 rule;
	char			 name[64];
	size_t			 i;

	for (i = 0; d != NULL && i < d->nfields; i++) {
		object_rule(d, &d->fields[i], &rule, name);
		if (rule.kind != O_HIDDEN)
			json_object_set_new(o, name, put_member(&d->fields[i],
			    &rule, msg));
	}
	return o;
}
