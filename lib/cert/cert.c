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
 * Encoding and validation of system certificates.  Bytes come from the
 * network and are trusted in nothing.  Needs no cryptographic library, so
 * that a process without keys can read a certificate.  Reads no clock and
 * no file.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cert/cert.h"

#define OFF_MAGIC	0
#define OFF_VERSION	4
#define OFF_FLAGS	5
#define OFF_SERIAL	6
#define OFF_ORG		22
#define OFF_NAME	86
#define OFF_IDENTITY	91
#define OFF_TUNNEL	123
#define OFF_ADDR4	155
#define OFF_PREFIX4	159
#define OFF_ADDR6	160
#define OFF_PREFIX6	176
#define OFF_NOT_BEFORE	177
#define OFF_NOT_AFTER	185

#define DAY_SEC		86400
#define DATE_STRLEN	24

/* A certificate this long expired rather tells of a wrong clock. */
#define DOUBT_CLOCK_SEC	(5ULL * 365 * DAY_SEC)

_Static_assert(OFF_NOT_AFTER + 8 == CERT_SIGNED_LEN, "layout");
_Static_assert(CERT_SIGNED_LEN + CERT_SIGNATURE_LEN == CERT_LEN, "layout");

static const uint8_t	 magic[4] = { 'E', 'N', 'C', 'C' };

static void
put64(uint8_t *p, uint64_t v)
{
	int	 i;

	for (i = 7; i >= 0; i--) {
		p[i] = (uint8_t)v;
		v >>= 8;
	}
}

static uint64_t
get64(const uint8_t *p)
{
	uint64_t	 v = 0;
	int		 i;

	for (i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* Public values only. */
static int
is_zero(const uint8_t *p, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (p[i] != 0)
			return 0;
	return 1;
}

const char *
cert_check_org(const char org[CERT_ORG_LEN])
{
	size_t	 i, len;

	len = strnlen(org, CERT_ORG_LEN);
	if (len == 0)
		return "organisation name is empty";
	if (len == CERT_ORG_LEN)
		return "organisation name is too long";
	for (i = 0; i < len; i++)
		if ((org[i] < 'a' || org[i] > 'z') &&
		    (org[i] < '0' || org[i] > '9') &&
		    org[i] != '.' && org[i] != '-')
			return "organisation name has a bad character";
	for (; i < CERT_ORG_LEN; i++)
		if (org[i] != '\0')
			return "organisation name is not padded with zeros";
	return NULL;
}

/* An address a system may have: not "any", loopback, multicast, reserved. */
static const char *
check_addresses(const struct cert *c)
{
	static const uint8_t	 mapped[12] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
	};

	if (c->addr4[0] == 0 || c->addr4[0] == 127 || c->addr4[0] >= 224)
		return "IPv4 address cannot be a system's";
	if (c->prefix4 < 1 || c->prefix4 > 32)
		return "IPv4 prefix length out of range";
	/* ::/96 holds "any", loopback and the long deprecated embeddings. */
	if (c->addr6[0] == 0xff || is_zero(c->addr6, 12) ||
	    memcmp(c->addr6, mapped, sizeof(mapped)) == 0)
		return "IPv6 address cannot be a system's";
	if (c->prefix6 < 1 || c->prefix6 > 128)
		return "IPv6 prefix length out of range";
	return NULL;
}

const char *
cert_check(const struct cert *c)
{
	const char	*why;

	if (c->flags & ~CERT_FLAGS)
		return "unknown flags";
	if (is_zero(c->serial, sizeof(c->serial)))
		return "serial number is zero";
	if ((why = cert_check_org(c->org)) != NULL)
		return why;
	if (!name_valid_bytes((const uint8_t *)c->name) ||
	    c->name[NAME_LEN] != '\0')
		return "bad system name";
	if (is_zero(c->identity, sizeof(c->identity)))
		return "identity key is zero";
	if (is_zero(c->tunnel, sizeof(c->tunnel)))
		return "tunnel key is zero";
	if ((why = check_addresses(c)) != NULL)
		return why;
	if (c->not_before > CERT_TIME_MAX)
		return "not-before time out of range";
	if (c->not_after > CERT_TIME_MAX)
		return "not-after time out of range";
	if (c->not_after != 0 && c->not_after <= c->not_before)
		return "ends before it begins";
	return NULL;
}

int
cert_encode(const struct cert *c, uint8_t out[CERT_LEN])
{
	if (cert_check(c) != NULL) {
		errno = EINVAL;
		return -1;
	}
	memcpy(out + OFF_MAGIC, magic, sizeof(magic));
	out[OFF_VERSION] = CERT_VERSION;
	out[OFF_FLAGS] = c->flags;
	memcpy(out + OFF_SERIAL, c->serial, sizeof(c->serial));
	memcpy(out + OFF_ORG, c->org, sizeof(c->org));
	memcpy(out + OFF_NAME, c->name, NAME_LEN);
	memcpy(out + OFF_IDENTITY, c->identity, sizeof(c->identity));
	memcpy(out + OFF_TUNNEL, c->tunnel, sizeof(c->tunnel));
	memcpy(out + OFF_ADDR4, c->addr4, sizeof(c->addr4));
	out[OFF_PREFIX4] = c->prefix4;
	memcpy(out + OFF_ADDR6, c->addr6, sizeof(c->addr6));
	out[OFF_PREFIX6] = c->prefix6;
	put64(out + OFF_NOT_BEFORE, c->not_before);
	put64(out + OFF_NOT_AFTER, c->not_after);
	memcpy(out + CERT_SIGNED_LEN, c->signature, sizeof(c->signature));
	return 0;
}

static const char *
decode(struct cert *c, const uint8_t *buf, size_t len)
{
	if (len != CERT_LEN)
		return "wrong length";
	if (memcmp(buf + OFF_MAGIC, magic, sizeof(magic)) != 0)
		return "not a certificate";
	if (buf[OFF_VERSION] != CERT_VERSION)
		return "unknown version";
	c->flags = buf[OFF_FLAGS];
	memcpy(c->serial, buf + OFF_SERIAL, sizeof(c->serial));
	memcpy(c->org, buf + OFF_ORG, sizeof(c->org));
	memcpy(c->name, buf + OFF_NAME, NAME_LEN);
	memcpy(c->identity, buf + OFF_IDENTITY, sizeof(c->identity));
	memcpy(c->tunnel, buf + OFF_TUNNEL, sizeof(c->tunnel));
	memcpy(c->addr4, buf + OFF_ADDR4, sizeof(c->addr4));
	c->prefix4 = buf[OFF_PREFIX4];
	memcpy(c->addr6, buf + OFF_ADDR6, sizeof(c->addr6));
	c->prefix6 = buf[OFF_PREFIX6];
	c->not_before = get64(buf + OFF_NOT_BEFORE);
	c->not_after = get64(buf + OFF_NOT_AFTER);
	memcpy(c->signature, buf + CERT_SIGNED_LEN, sizeof(c->signature));
	return cert_check(c);
}

int
cert_decode(struct cert *c, const uint8_t *buf, size_t len,
    const char **errstr)
{
	const char	*why;

	memset(c, 0, sizeof(*c));
	why = decode(c, buf, len);
	if (errstr != NULL)
		*errstr = why;
	if (why == NULL)
		return 0;
	memset(c, 0, sizeof(*c));
	errno = EINVAL;
	return -1;
}

/*
 * UTC date from the proleptic Gregorian calendar.  The C library's own
 * conversion opens the time zone file, which a sandbox forbids.
 */
static const char *
print_date(uint64_t t, char out[DATE_STRLEN])
{
	static const unsigned int	 mdays[12] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	unsigned int			 days, len, sec, mon, year;

	if (t > CERT_TIME_MAX)
		return "after the year 9999";
	days = (unsigned int)(t / DAY_SEC);
	sec = (unsigned int)(t % DAY_SEC);
	for (year = 1970;; year++) {
		len = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ?
		    366 : 365;
		if (days < len)
			break;
		days -= len;
	}
	for (mon = 0; mon < 11; mon++) {
		unsigned int	 n = mdays[mon];

		if (mon == 1 && len == 366)
			n++;
		if (days < n)
			break;
		days -= n;
	}
	snprintf(out, DATE_STRLEN, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    year % 10000, (mon + 1) % 100, (days + 1) % 100, sec / 3600 % 24,
	    sec / 60 % 60, sec % 60);
	return out;
}

int
cert_check_time(const struct cert *c, uint64_t now, const char **errstr)
{
	static char	 text[128];
	char		 limit[DATE_STRLEN], clock[DATE_STRLEN];

	if (errstr != NULL)
		*errstr = NULL;
	if (now >= c->not_before &&
	    (c->not_after == 0 || now < c->not_after))
		return 0;
	if (now < c->not_before)
		snprintf(text, sizeof(text), "not valid before %s, and now "
		    "it is %s: is the clock right?",
		    print_date(c->not_before, limit), print_date(now, clock));
	else
		snprintf(text, sizeof(text), "expired at %s, and now it is "
		    "%s%s", print_date(c->not_after, limit),
		    print_date(now, clock),
		    now - c->not_after > DOUBT_CLOCK_SEC ?
		    ": is the clock right?" : "");
	if (errstr != NULL)
		*errstr = text;
	errno = ERANGE;
	return -1;
}
