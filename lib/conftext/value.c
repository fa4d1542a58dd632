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
 * See value.h.  Pure functions.
 */

#include <sys/types.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cert/name.h"
#include "client/text.h"
#include "conftext/value.h"

#define ORG_MAX		63

struct date {
	int	year, month, day, hour, minute, second;
	int	offset_min;	/* east of Greenwich */
};

static int	 is_lower_alnum(char);
static int	 digits(const char **, size_t, int *);
static int	 parse_offset(const char *, int *);
static int	 parse_date(const char *, struct date *);
static int64_t	 days_since_epoch(int, int, int);
static int	 days_in_month(int, int);

static int
is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

const char *
value_org(char out[64], const char *s)
{
	size_t	 i, len = strnlen(s, ORG_MAX + 1);

	if (len == 0 || len > ORG_MAX)
		return "a name has 1 to 63 characters";
	for (i = 0; i < len; i++)
		if (!is_lower_alnum(s[i]) && s[i] != '-' && s[i] != '.')
			return "a name is made of a-z, 0-9, \"-\" and \".\"";
	memcpy(out, s, len + 1);
	return NULL;
}

const char *
value_system(char out[6], const char *s)
{
	size_t	 i;

	for (i = 0; i < NAME_LEN && s[i] != '\0'; i++)
		out[i] = (char)toupper((unsigned char)s[i]);
	out[i] = '\0';
	if (i != NAME_LEN || s[i] != '\0' || !name_valid(out))
		return "a system's name has five symbols of "
		    "23456789DGHKLPQRVWXYZ";
	return NULL;
}

const char *
value_tag(struct msg_tags *tags, const char *s)
{
	size_t	 i, len = strnlen(s, MSG_TAG_LEN + 1);

	if (len == 0 || len > MSG_TAG_LEN)
		return "a tag has 1 to 64 characters";
	for (i = 0; i < len; i++) {
		if (is_lower_alnum(s[i]))
			continue;
		if (s[i] != '-' && s[i] != '.')
			return "a tag is made of a-z, 0-9, \"-\" and \".\"";
		if (i == 0 || i == len - 1 || !is_lower_alnum(s[i - 1]))
			return "\"-\" and \".\" stand between letters or "
			    "digits only";
	}
	for (i = 0; i < tags->n; i++)
		if (strcmp(tags->e[i], s) == 0)
			return NULL;
	if (tags->n == MSG_TAGS_MAX)
		return "there are more than 32 tags";
	memcpy(tags->e[tags->n++], s, len + 1);
	return NULL;
}

const char *
value_source(struct msg_ranges *ranges, const char *s)
{
	struct msg_range	*e;
	const char		*reason;
	size_t			 len = strcspn(s, " ");
	char			 text[RANGE_STRLEN];

	if (ranges->n == MSG_RANGES_MAX)
		return "there are more than 16 ranges";
	if (len >= sizeof(text))
		return "this is no address, prefix or range of addresses";
	memcpy(text, s, len);
	text[len] = '\0';
	e = &ranges->e[ranges->n];
	if ((reason = range_parse(&e->range, text)) != NULL)
		return reason;
	s += len;
	while (*s == ' ')
		s++;
	if ((reason = value_text(e->text, sizeof(e->text), s)) != NULL)
		return reason;
	ranges->n++;
	return NULL;
}

const char *
value_key_action(uint8_t *out, const char *s)
{
	if (strcmp(s, "disable") == 0)
		*out = KEY_DISABLE;
	else if (strcmp(s, "delete") == 0)
		*out = KEY_DELETE;
	else
		return "the action is disable or delete";
	return NULL;
}

const char *
value_acl(struct msg_acls *acls, const char *s)
{
	const char	*reason;

	if (acls->n == ACL_MAX)
		return "there are more than 128 entries";
	if (acl_parse(s, &acls->e[acls->n], &reason) == -1)
		return reason;
	acls->n++;
	return NULL;
}

const char *
value_access(uint8_t *protocol, uint16_t *port, const char *s)
{
	struct acl_entry	 e;
	const char		*reason;

	if (acl_parse(s, &e, &reason) == -1)
		return reason;
	*protocol = e.protocol;
	*port = 0;
	if (e.protocol == ACL_ANY || e.protocol == ACL_ICMP)
		return NULL;
	if (e.port_low != e.port_high)
		return "test one port, such as tcp/22, or icmp, or any";
	*port = e.port_low;
	return NULL;
}

const char *
value_end(char out[65], const char *s)
{
	struct msg_tags	 one;

	one.n = 0;
	if (out[0] != '\0')
		return "there is one sender and one receiver";
	if (value_tag(&one, s) != NULL && !name_valid(s))
		return "this is neither a tag nor the name of a system in "
		    "capitals";
	strlcpy(out, s, 65);
	return NULL;
}

const char *
value_text(char *out, size_t size, const char *s)
{
	if (!text_is_clean(s, size - 1))
		return "too long, or with characters that cannot be printed";
	strlcpy(out, s, size);
	return NULL;
}

const char *
value_prefix(uint8_t *addr, uint8_t *plen, int family, const char *s)
{
	struct endpoint	 ep;
	const char	*errstr, *slash;
	char		 text[ENDPOINT_STRLEN];
	size_t		 bit, len, max = family == 4 ? 32 : 128;
	long long	 n;

	if ((slash = strchr(s, '/')) == NULL ||
	    (len = (size_t)(slash - s)) >= sizeof(text))
		return "a prefix is an address, \"/\" and a length";
	memcpy(text, s, len);
	text[len] = '\0';
	if (endpoint_parse(&ep, text, 0) == -1 || ep.family != family)
		return family == 4 ? "this is no IPv4 address" :
		    "this is no IPv6 address";
	n = strtonum(slash + 1, 1, (long long)max, &errstr);
	if (errstr != NULL || !isdigit((unsigned char)slash[1]))
		return "the length of the prefix is out of range";
	for (bit = (size_t)n; bit < max; bit++)
		if (ep.addr[bit / 8] & (0x80 >> bit % 8))
			return "there are bits beyond the prefix";
	memcpy(addr, ep.addr, max / 8);
	*plen = (uint8_t)n;
	return NULL;
}

const char *
value_number(uint32_t *out, const char *s, uint32_t max)
{
	const char	*errstr;
	long long	 n;

	n = strtonum(s, 1, max, &errstr);
	if (errstr != NULL || !isdigit((unsigned char)s[0]))
		return "not a number in range";
	*out = (uint32_t)n;
	return NULL;
}

/* "-33.9" up to the end or a comma, in thousandths; 0 or -1. */
static int
parse_degrees(const char **s, int max, uint32_t *out)
{
	int	 v = 0, n, scale = 100, negative = **s == '-';

	*s += negative;
	for (n = 0; isdigit((unsigned char)**s) && n < 4; n++)
		v = v * 10 + (*(*s)++ - '0');
	if (n == 0 || n > 3)
		return -1;
	v *= 1000;
	if (**s == '.') {
		if (!isdigit((unsigned char)*++*s))
			return -1;
		/* What is finer than a hundred metres is left out. */
		for (; isdigit((unsigned char)**s); scale /= 10)
			v += (*(*s)++ - '0') * scale;
	}
	if (v > max)
		return -1;
	*out = (uint32_t)(LOCATION_ZERO + (negative ? -v : v));
	return 0;
}

const char *
value_location(uint32_t *latitude, uint32_t *longitude, const char *s)
{
	if (parse_degrees(&s, 90 * 1000, latitude) == -1 || *s++ != ',' ||
	    parse_degrees(&s, 180 * 1000, longitude) == -1 || *s != '\0')
		return "a location is \"52.52,13.405\": degrees north and "
		    "east";
	return NULL;
}

/* Exactly n digits; 0 or -1. */
static int
digits(const char **s, size_t n, int *out)
{
	int	 v = 0;

	for (; n > 0; n--, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return -1;
		v = v * 10 + (**s - '0');
	}
	*out = v;
	return 0;
}

/* "Z", "+01:00", "-08:30": time-offset of RFC 3339 section 5.6. */
static int
parse_offset(const char *s, int *out)
{
	int	 hour, minute, sign;

	*out = 0;
	if (*s == 'Z' || *s == 'z')
		return s[1] == '\0' ? 0 : -1;
	if (*s != '+' && *s != '-')
		return -1;
	sign = *s++ == '-' ? -1 : 1;
	if (digits(&s, 2, &hour) == -1 || *s++ != ':' ||
	    digits(&s, 2, &minute) == -1 || *s != '\0' || hour > 23 ||
	    minute > 59)
		return -1;
	*out = sign * (hour * 60 + minute);
	return 0;
}

/* date-time of RFC 3339 section 5.6; a fraction is passed over. */
static int
parse_date(const char *s, struct date *d)
{
	if (digits(&s, 4, &d->year) == -1 || *s++ != '-' ||
	    digits(&s, 2, &d->month) == -1 || *s++ != '-' ||
	    digits(&s, 2, &d->day) == -1 || (*s != 'T' && *s != 't'))
		return -1;
	s++;
	if (digits(&s, 2, &d->hour) == -1 || *s++ != ':' ||
	    digits(&s, 2, &d->minute) == -1 || *s++ != ':' ||
	    digits(&s, 2, &d->second) == -1)
		return -1;
	if (*s == '.') {
		if (!isdigit((unsigned char)*++s))
			return -1;
		while (isdigit((unsigned char)*s))
			s++;
	}
	if (d->year < 1970 || d->month < 1 || d->month > 12 || d->day < 1 ||
	    d->day > days_in_month(d->year, d->month) || d->hour > 23 ||
	    d->minute > 59 || d->second > 60)
		return -1;
	return parse_offset(s, &d->offset_min);
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	int	 leap;

	leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap);
}

static int64_t
days_since_epoch(int year, int month, int day)
{
	int64_t	 days, y = year - 1;
	int	 m;

	/* 719162 days from 0001-01-01 to 1970-01-01. */
	days = y * 365 + y / 4 - y / 100 + y / 400 - 719162;
	for (m = 1; m < month; m++)
		days += days_in_month(year, m);
	return days + day - 1;
}

/* "30d", "12h", "10m", "90s": seconds, 0 when it is none of these. */
static uint64_t
parse_span(const char *s)
{
	uint64_t	 n = 0;
	size_t		 i;

	for (i = 0; i < 7 && isdigit((unsigned char)s[i]); i++)
		n = n * 10 + (uint64_t)(s[i] - '0');
	if (s[i] == '\0' || s[i + 1] != '\0')
		return 0;
	switch (s[i]) {
	case 'd':
		return n * 86400;
	case 'h':
		return n * 3600;
	case 'm':
		return n * 60;
	case 's':
		return n;
	default:
		return 0;
	}
}

const char *
value_span(uint64_t *out, const char *s)
{
	*out = parse_span(s);
	return *out == 0 ? "a time is \"90d\", \"12h\" or \"10m\"" : NULL;
}

const char *
value_time(uint64_t *out, const char *s)
{
	struct date	 d;
	int64_t		 sec;

	if (parse_date(s, &d) == -1)
		return "a time is \"2027-01-31T12:00:00Z\"";
	sec = days_since_epoch(d.year, d.month, d.day) * 86400 +
	    d.hour * 3600 + d.minute * 60 + d.second - d.offset_min * 60;
	if (sec <= 0 || sec >= (int64_t)VALUE_TIME_END)
		return "this time is out of range";
	*out = (uint64_t)sec;
	return NULL;
}

const char *
value_expiry(uint64_t *out, const char *s, uint64_t now)
{
	uint64_t	 sec;

	if (s[0] == '+') {
		if ((sec = parse_span(s + 1)) == 0)
			return "a span is \"+30d\", \"+12h\" or \"+10m\"";
		sec += now;
	} else if (value_time(&sec, s) != NULL)
		return "an expiry is \"2027-01-31T12:00:00Z\" or a "
		    "span as \"+30d\"";
	if (sec <= now)
		return "this is in the past";
	if (sec >= VALUE_TIME_END)
		return "this is too far off";
	*out = sec;
	return NULL;
}
