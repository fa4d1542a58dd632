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
 * See range.h.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/range.h"

#define ADDR_TEXT_MAX	46

static size_t
range_len(const struct range *r)
{
	return r->family == 4 ? 4 : 16;
}

/* The part of the text before end as an address; 0 or -1. */
static int
parse_address(struct endpoint *ep, const char *s, const char *end)
{
	char	 text[ENDPOINT_STRLEN];
	size_t	 len = (size_t)(end - s);

	if (len >= sizeof(text))
		return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	return endpoint_parse(ep, text, 0);
}

static const char *
parse_prefix(struct range *r, const char *s, const char *slash)
{
	struct endpoint	 ep;
	const char	*errstr;
	long long	 plen;
	size_t		 bit, max;

	if (parse_address(&ep, s, slash) == -1)
		return "this is no address";
	max = ep.family == 4 ? 32 : 128;
	plen = strtonum(slash + 1, 0, (long long)max, &errstr);
	if (errstr != NULL || !isdigit((unsigned char)slash[1]))
		return "the length of the prefix is out of range";
	memcpy(r->low, ep.addr, sizeof(r->low));
	memcpy(r->high, ep.addr, sizeof(r->high));
	for (bit = (size_t)plen; bit < max; bit++) {
		if (r->low[bit / 8] & (0x80 >> bit % 8))
			return "there are bits beyond the prefix";
		r->high[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	r->family = ep.family;
	return NULL;
}

static const char *
parse_pair(struct range *r, const char *s, const char *dash)
{
	struct endpoint	 low, high;

	if (parse_address(&low, s, dash) == -1 ||
	    endpoint_parse(&high, dash + 1, 0) == -1)
		return "this is no address";
	if (low.family != high.family)
		return "the addresses are of two families";
	if (memcmp(low.addr, high.addr, sizeof(low.addr)) > 0)
		return "the first address is above the last";
	memcpy(r->low, low.addr, sizeof(r->low));
	memcpy(r->high, high.addr, sizeof(r->high));
	r->family = low.family;
	return NULL;
}

const char *
range_parse(struct range *r, const char *s)
{
	struct endpoint	 ep;
	const char	*at, *reason = NULL;

	memset(r, 0, sizeof(*r));
	if ((at = strchr(s, '/')) != NULL)
		reason = parse_prefix(r, s, at);
	else if ((at = strchr(s, '-')) != NULL)
		reason = parse_pair(r, s, at);
	else if (endpoint_parse(&ep, s, 0) == -1)
		reason = "this is no address, prefix or range of addresses";
	else {
		memcpy(r->low, ep.addr, sizeof(r->low));
		memcpy(r->high, ep.addr, sizeof(r->high));
		r->family = ep.family;
	}
	if (reason != NULL)
		memset(r, 0, sizeof(*r));
	return reason;
}

int
range_valid(const struct range *r)
{
	static const uint8_t	 zero[12];

	if (r->family == 4)
		return memcmp(r->low, r->high, 4) <= 0 &&
		    memcmp(r->low + 4, zero, sizeof(zero)) == 0 &&
		    memcmp(r->high + 4, zero, sizeof(zero)) == 0;
	return r->family == 6 && memcmp(r->low, r->high, 16) <= 0;
}

/* The length of the prefix that the range is, -1 when it is none. */
static int
prefix_length(const struct range *r)
{
	int	 bit, n = 0, max = (int)range_len(r) * 8;

	while (n < max && ((r->low[n / 8] ^ r->high[n / 8]) &
	    (0x80 >> n % 8)) == 0)
		n++;
	for (bit = n; bit < max; bit++)
		if ((r->low[bit / 8] & (0x80 >> bit % 8)) != 0 ||
		    (r->high[bit / 8] & (0x80 >> bit % 8)) == 0)
			return -1;
	return n;
}

const char *
range_print(const struct range *r, char buf[RANGE_STRLEN])
{
	struct endpoint	 low, high;
	char		 a[ADDR_TEXT_MAX], b[ADDR_TEXT_MAX];
	int		 plen = prefix_length(r);

	memset(&low, 0, sizeof(low));
	low.family = r->family;
	memcpy(low.addr, r->low, sizeof(low.addr));
	high = low;
	memcpy(high.addr, r->high, sizeof(high.addr));
	endpoint_print_addr(&low, a, sizeof(a));
	endpoint_print_addr(&high, b, sizeof(b));
	if (plen == (int)range_len(r) * 8)
		snprintf(buf, RANGE_STRLEN, "%s", a);
	else if (plen != -1)
		snprintf(buf, RANGE_STRLEN, "%s/%d", a, plen);
	else
		snprintf(buf, RANGE_STRLEN, "%s-%s", a, b);
	return buf;
}

int
range_contains(const struct range *r, const struct endpoint *ep)
{
	return r->family == ep->family &&
	    memcmp(r->low, ep->addr, range_len(r)) <= 0 &&
	    memcmp(ep->addr, r->high, range_len(r)) <= 0;
}
