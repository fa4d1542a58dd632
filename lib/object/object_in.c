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
 * From an object to a message.  Text and object come from a client and are
 * hostile: every member is checked for name, type, length and range, and what
 * is wrong is named.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "object/object.h"
#include "object/scope.h"

#define EXPIRY_END	253402300800ULL	/* 10000-01-01T00:00:00Z */

static int
wrong(char err[OBJECT_ERR_MAX], const char *member, const char *what)
{
	snprintf(err, OBJECT_ERR_MAX, "%s: %s", member, what);
	return -1;
}

/* Digits at *s; -1 when there are not just so many. */
static int
digits(const char **s, int n)
{
	int	 v = 0;

	while (n-- > 0) {
		if (!isdigit((unsigned char)**s))
			return -1;
		v = v * 10 + *(*s)++ - '0';
	}
	return v;
}

static int
days_in(int year, int month)
{
	static const int	 days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	return days[month - 1] + (month == 2 && year % 4 == 0 &&
	    (year % 100 != 0 || year % 400 == 0));
}

int
object_time_parse(const char *s, uint64_t *out)
{
	static const char	 between[] = "--T::";
	int64_t			 days, y;
	int			 v[6], i, m;

	/* RFC 3339 in universal time. */
	for (i = 0; i < 6; i++) {
		if ((v[i] = digits(&s, i == 0 ? 4 : 2)) == -1)
			return -1;
		if (i < 5 && *s++ != between[i])
			return -1;
	}
	if (strcmp(s, "Z") != 0 || v[0] < 1970 || v[1] < 1 || v[1] > 12 ||
	    v[2] < 1 || v[2] > days_in(v[0], v[1]) || v[3] > 23 ||
	    v[4] > 59 || v[5] > 59)
		return -1;
	y = v[0] - 1;
	days = y * 365 + y / 4 - y / 100 + y / 400 - 719162 + v[2] - 1;
	for (m = 1; m < v[1]; m++)
		days += days_in(v[0], m);
	*out = (uint64_t)(days * 86400 + v[3] * 3600 + v[4] * 60 + v[5]);
	return 0;
}

static int
set_number(const struct msg_field *f, uint8_t *p, uint64_t n)
{
	uint8_t		 v8 = (uint8_t)n;
	uint16_t	 v16 = (uint16_t)n;
	uint32_t	 v32 = (uint32_t)n;

	switch (f->kind) {
	case KIND_U8:
		memcpy(p, &v8, sizeof(v8));
		return n <= UINT8_MAX ? 0 : -1;
	case KIND_U16:
		memcpy(p, &v16, sizeof(v16));
		return n <= UINT16_MAX ? 0 : -1;
	case KIND_U32:
		memcpy(p, &v32, sizeof(v32));
		return n <= UINT32_MAX ? 0 : -1;
	default:
		memcpy(p, &n, sizeof(n));
		return 0;
	}
}

/* NULL or what is wrong with this text. */
static const char *
get_text(char *out, size_t limit, const json_t *v)
{
	const char	*s = json_string_value(v);
	size_t		 i, len = json_string_length(v);

	if (s == NULL)
		return "has to be a text";
	if (len > limit)
		return "is too long";
	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return "has control characters";
	memcpy(out, s, len);
	out[len] = '\0';
	return NULL;
}

static const char *
get_acl(struct acl_entry *e, const json_t *v)
{
	const char	*protocol, *ports, *why;
	const json_t	*p;
	char		 text[64];

	if (json_is_string(v)) {
		if (acl_parse(json_string_value(v), e, &why) == -1)
			return why;
		return NULL;
	}
	if (!json_is_object(v))
		return "an entry is an object or a text as tcp/22";
	protocol = json_string_value(json_object_get(v, "protocol"));
	p = json_object_get(v, "ports");
	ports = json_string_value(p);
	if (protocol == NULL)
		return "an entry needs its protocol";
	if (p != NULL && !json_is_null(p) && ports == NULL)
		return "ports are a text as 22 or 80-90";
	if (json_object_size(v) != (p != NULL ? 2U : 1U))
		return "an entry has protocol and ports alone";
	if ((size_t)snprintf(text, sizeof(text), "%s%s%s", protocol,
	    ports != NULL ? "/" : "", ports != NULL ? ports : "") >=
	    sizeof(text))
		return "is too long";
	return acl_parse(text, e, &why) == -1 ? why : NULL;
}

static const char *
get_list(const struct msg_field *f, uint8_t *p, const json_t *v)
{
	struct msg_tags	*tags = (void *)p;
	struct msg_acls	*acls = (void *)p;
	struct msg_u32s	*u32s = (void *)p;
	struct msg_ranges *ranges = (void *)p;
	const json_t	*e;
	const char	*why = NULL;
	size_t		 i, n = json_array_size(v);

	if (!json_is_array(v))
		return "has to be a list";
	if (n > f->limit)
		return "has too many entries";
	for (i = 0; i < n && why == NULL; i++) {
		e = json_array_get(v, i);
		if (f->kind == KIND_TAGS)
			why = get_text(tags->e[i], MSG_TAG_LEN, e);
		else if (f->kind == KIND_ACLS)
			why = get_acl(&acls->e[i], e);
		else if (f->kind == KIND_RANGES)
			why = json_is_string(e) ? range_parse(
			    &ranges->e[i].range, json_string_value(e)) :
			    "has to be a list of texts";
		else if (!json_is_integer(e) || json_integer_value(e) < 0 ||
		    json_integer_value(e) > UINT32_MAX)
			why = "has a number out of range";
		else
			u32s->e[i] = (uint32_t)json_integer_value(e);
	}
	/* Every array struct starts with its count. */
	tags->n = (uint16_t)n;
	return why;
}

static const char *
get_time(const struct msg_field *f, uint8_t *p, const json_t *v)
{
	uint64_t	 sec = 0;

	if (!json_is_null(v) && (!json_is_string(v) ||
	    object_time_parse(json_string_value(v), &sec) == -1 ||
	    sec == 0 || sec >= EXPIRY_END))
		return "has to be a time as 2027-01-31T12:00:00Z, or null";
	return set_number(f, p, sec) == -1 ? "is out of range" : NULL;
}

static const char *
get_enum(const struct msg_field *f, uint8_t *p, const json_t *v,
    const char *const *names)
{
	const char	*s = json_string_value(v);
	uint64_t	 i;

	for (i = 0; s != NULL && names[i] != NULL; i++)
		if (*s != '\0' && strcasecmp(names[i], s) == 0)
			return set_number(f, p, i) == -1 ? "is out of range" :
			    NULL;
	return "is none of the values there are";
}

static const char *
get_address(uint8_t family, uint8_t *p, const json_t *v)
{
	struct endpoint	 ep;

	if (json_is_null(v))
		return NULL;
	if (!json_is_string(v) ||
	    endpoint_parse(&ep, json_string_value(v), 0) == -1 ||
	    ep.family != family)
		return "has to be an address";
	memcpy(p, ep.addr, family == 4 ? 4 : 16);
	return NULL;
}

static const char *
get_coordinate(const struct msg_field *f, uint8_t *p, const json_t *v)
{
	double	 d;

	if (json_is_null(v))
		return NULL;
	if (!json_is_number(v))
		return "has to be a number of degrees, or null";
	d = json_number_value(v);
	if (d < -180 || d > 180)
		return "is out of range";
	d = d * 1000 + OBJECT_COORDINATE_ZERO + 0.5;
	return set_number(f, p, (uint64_t)d) == -1 ? "is out of range" : NULL;
}

static const char *
get_integer(const struct msg_field *f, uint8_t *p, const json_t *v, int limit)
{
	if (limit && json_is_null(v))
		return set_number(f, p, UINT32_MAX) == -1 ? "" : NULL;
	if (!json_is_integer(v))
		return "has to be a whole number";
	if (json_integer_value(v) < 0 ||
	    set_number(f, p, (uint64_t)json_integer_value(v)) == -1)
		return "is out of range";
	if (limit && (uint64_t)json_integer_value(v) >= UINT32_MAX)
		return "is out of range";
	return NULL;
}

static const char *
get_scopes(const struct msg_field *f, uint8_t *p, const json_t *v)
{
	uint32_t	 all = 0, one;
	const char	*s;
	size_t		 i;

	if (!json_is_array(v))
		return "has to be a list of scopes or roles";
	for (i = 0; i < json_array_size(v); i++) {
		s = json_string_value(json_array_get(v, i));
		if (s == NULL || (one = scope_parse(s)) == 0)
			return "has a name that is no scope and no role";
		all |= one;
	}
	return set_number(f, p, all) == -1 ? "is out of range" : NULL;
}

static const char *
get_days(const struct msg_field *f, uint8_t *p, const json_t *v)
{
	const char	*s;
	uint64_t	 mask = 0;
	size_t		 i, day;

	if (!json_is_array(v))
		return "has to be a list of days, as mon";
	for (i = 0; i < json_array_size(v); i++) {
		s = json_string_value(json_array_get(v, i));
		for (day = 0; object_days[day] != NULL; day++)
			if (s != NULL && strcasecmp(s, object_days[day]) == 0)
				break;
		if (object_days[day] == NULL)
			return "has to be a list of days, as mon";
		mask |= 1U << day;
	}
	return set_number(f, p, mask) == -1 ? "is out of range" : NULL;
}

/* "24:00" ends a day. */
static const char *
get_minute(const struct msg_field *f, uint8_t *p, const json_t *v)
{
	const char	*s = json_string_value(v);
	int		 hour = -1, minute = -1;

	if (s != NULL && (hour = digits(&s, 2)) != -1 && *s++ == ':')
		minute = digits(&s, 2);
	if (minute == -1 || *s != '\0' || minute > 59 ||
	    hour * 60 + minute > 1440)
		return "has to be a time of the day as 09:30";
	return set_number(f, p, (uint64_t)(hour * 60 + minute)) == -1 ?
	    "is out of range" : NULL;
}

static const char *
get_lines(char *out, size_t limit, const json_t *v)
{
	const char	*why;
	size_t		 i, len = 0;

	if (!json_is_array(v))
		return "has to be a list of texts";
	for (i = 0; i < json_array_size(v); i++) {
		if (len + 1 >= limit)
			return "is too long";
		why = get_text(out + len, limit - len - 1,
		    json_array_get(v, i));
		if (why != NULL)
			return why;
		len += strlen(out + len);
		out[len++] = '\n';
		out[len] = '\0';
	}
	return NULL;
}

static const char *
get_member(const struct msg_field *f, const struct object_rule *rule,
    uint8_t *msg, const json_t *v)
{
	uint8_t	*p = msg + f->offset;

	switch (rule->kind) {
	case O_BOOL:
		if (!json_is_boolean(v))
			return "has to be true or false";
		set_number(f, p, json_is_true(v));
		return NULL;
	case O_TIME:
		return get_time(f, p, v);
	case O_ENUM:
	case O_CHOICE:
		return get_enum(f, p, v, rule->names);
	case O_IPV4:
		return get_address(4, p, v);
	case O_IPV6:
		return get_address(6, p, v);
	case O_COORDINATE:
		return get_coordinate(f, p, v);
	case O_LIMIT:
		return get_integer(f, p, v, 1);
	case O_DAYS:
		return get_days(f, p, v);
	case O_MINUTE:
		return get_minute(f, p, v);
	case O_LINES:
		return get_lines((char *)p, f->limit, v);
	case O_SCOPES:
		return get_scopes(f, p, v);
	case O_HEX:
		return "cannot be set";
	default:
		break;
	}
	switch (f->kind) {
	case KIND_STR:
		return get_text((char *)p, f->limit, v);
	case KIND_TAGS:
	case KIND_ACLS:
	case KIND_RANGES:
	case KIND_U32S:
		return get_list(f, p, v);
	case KIND_U8:
	case KIND_U16:
	case KIND_U32:
	case KIND_U64:
		return get_integer(f, p, v, 0);
	default:
		return "cannot be set";
	}
}

/* What stands for a member that is left out. */
static void
set_default(const struct msg_field *f, const struct object_rule *rule,
    uint8_t *msg)
{
	if (rule->kind == O_LIMIT)
		set_number(f, msg + f->offset, UINT32_MAX);
	/* Enums whose 0 is none begin with their default at 1. */
	if (rule->kind == O_ENUM && rule->names[0][0] == '\0')
		set_number(f, msg + f->offset, 1);
}

static int
all_known(uint32_t type, const json_t *o, char err[OBJECT_ERR_MAX])
{
	const char	*key;
	char		 clean[64];
	json_t		*v;
	size_t		 i;

	/* jansson's iterators take no const, and change nothing. */
	json_object_foreach((json_t *)(uintptr_t)o, key, v) {
		if (object_has_member(type, key))
			continue;
		strlcpy(clean, key, sizeof(clean));
		for (i = 0; clean[i] != '\0'; i++)
			if ((unsigned char)clean[i] < 0x20 ||
			    (unsigned char)clean[i] >= 0x7f)
				clean[i] = '?';
		return wrong(err, clean, "there is no such member");
	}
	return 0;
}

int
object_to_msg(uint32_t type, const json_t *o, void *msg,
    char err[OBJECT_ERR_MAX])
{
	const struct msg_desc	*d = msg_lookup(type);
	struct object_rule	 rule;
	const json_t		*v;
	const char		*why;
	char			 name[64];
	size_t			 i;

	if (d == NULL || !json_is_object(o))
		return wrong(err, "body", "has to be an object");
	memset(msg, 0, d->size);
	if (all_known(type, o, err) == -1)
		return -1;
	for (i = 0; i < d->nfields; i++) {
		object_rule(d, &d->fields[i], &rule, name);
		if (rule.kind == O_HIDDEN)
			continue;
		if ((v = json_object_get(o, name)) == NULL) {
			if (rule.required)
				return wrong(err, name, "is missing");
			set_default(&d->fields[i], &rule, msg);
			continue;
		}
		why = get_member(&d->fields[i], &rule, msg, v);
		if (why != NULL)
			return wrong(err, name, why);
	}
	return 0;
}

/* Nesting, outside of texts. */
static int
too_deep(const char *s, size_t len)
{
	int	 depth = 0, text = 0;
	size_t	 i;

	for (i = 0; i < len; i++) {
		if (text) {
			if (s[i] == '\\')
				i++;
			else if (s[i] == '"')
				text = 0;
		} else if (s[i] == '"')
			text = 1;
		else if (s[i] == '{' || s[i] == '[') {
			if (++depth > OBJECT_DEPTH_MAX)
				return 1;
		} else if (s[i] == '}' || s[i] == ']')
			depth--;
	}
	return 0;
}

json_t *
object_parse(const char *s, size_t len, char err[OBJECT_ERR_MAX])
{
	json_error_t	 e;
	json_t		*v;
	size_t		 i;

	if (too_deep(s, len)) {
		snprintf(err, OBJECT_ERR_MAX, "nested deeper than %d",
		    OBJECT_DEPTH_MAX);
		return NULL;
	}
	v = json_loadb(s, len, JSON_REJECT_DUPLICATES, &e);
	if (v == NULL) {
		snprintf(err, OBJECT_ERR_MAX, "line %d, column %d: %s",
		    e.line, e.column, e.text);
		for (i = 0; err[i] != '\0'; i++)
			if ((unsigned char)err[i] < 0x20 ||
			    (unsigned char)err[i] >= 0x7f)
				err[i] = '?';
	}
	return v;
}
