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
 * Access rules: matching, text in and out.  Entries given to the matcher
 * have been checked by acl_valid or acl_parse; text is trusted in nothing.
 */

#include <stdio.h>
#include <string.h>

#include "packet/acl.h"

#define PORT_LAST	65535

static int	 parse_port(const char **, uint16_t *);
static int	 parse_ports(const char *, struct acl_entry *,
		    const char **);

static const char *const protocol_names[] = {
	[ACL_ANY]	= "any",
	[ACL_TCP]	= "tcp",
	[ACL_UDP]	= "udp",
	[ACL_ICMP]	= "icmp"
};

int
acl_valid(const struct acl_entry *e)
{
	int	 all;

	if (e->port_low > e->port_high)
		return (0);
	all = e->port_low == 0 && e->port_high == PORT_LAST;
	switch (e->protocol) {
	case ACL_ANY:
	case ACL_ICMP:
		return (all);
	case ACL_TCP:
	case ACL_UDP:
		return (all || e->port_low != 0);
	default:
		return (0);
	}
}

int
acl_permits(const struct acl_entry *e, size_t n, int version, uint8_t proto,
    uint16_t dport)
{
	uint8_t	 want, icmp;
	size_t	 i;

	icmp = version == 4 ? PACKET_PROTO_ICMP4 : PACKET_PROTO_ICMP6;
	want = ACL_ANY;
	if (proto == PACKET_PROTO_TCP)
		want = ACL_TCP;
	else if (proto == PACKET_PROTO_UDP)
		want = ACL_UDP;
	else if (proto == icmp)
		want = ACL_ICMP;
	for (i = 0; i < n; i++) {
		if (e[i].protocol == ACL_ANY)
			return (1);
		if (e[i].protocol != want)
			continue;
		if (want == ACL_ICMP)
			return (1);
		if (dport >= e[i].port_low && dport <= e[i].port_high)
			return (1);
	}
	return (0);
}

int
acl_match(const struct acl_entry *e, size_t n, const struct packet *pkt)
{
	/* 255 is reserved and so stands for a protocol nobody named. */
	return (acl_permits(e, n, pkt->version,
	    pkt->frag_later ? 255 : pkt->proto, pkt->dport));
}

/* One decimal port; moves the cursor behind it. */
static int
parse_port(const char **s, uint16_t *port)
{
	unsigned int	 value, digits;

	if (**s == '0')
		return (-1);
	value = 0;
	for (digits = 0; **s >= '0' && **s <= '9'; digits++, (*s)++) {
		if (digits == 5)
			return (-1);
		value = value * 10 + (unsigned int)(**s - '0');
	}
	if (digits == 0 || value > PORT_LAST)
		return (-1);
	*port = (uint16_t)value;
	return (0);
}

static int
parse_ports(const char *s, struct acl_entry *e, const char **errstr)
{
	if (parse_port(&s, &e->port_low) == -1) {
		*errstr = "bad port";
		return (-1);
	}
	e->port_high = e->port_low;
	if (*s == '-') {
		s++;
		if (parse_port(&s, &e->port_high) == -1) {
			*errstr = "bad port";
			return (-1);
		}
	}
	if (*s != '\0') {
		*errstr = "unexpected text after port";
		return (-1);
	}
	if (e->port_low > e->port_high) {
		*errstr = "port range is backwards";
		return (-1);
	}
	return (0);
}

int
acl_parse(const char *s, struct acl_entry *e, const char **errstr)
{
	uint8_t	 protocol;
	size_t	 n;

	memset(e, 0, sizeof(*e));
	*errstr = NULL;
	n = strcspn(s, "/");
	for (protocol = ACL_ANY; protocol <= ACL_ICMP; protocol++) {
		if (strlen(protocol_names[protocol]) == n &&
		    strncmp(protocol_names[protocol], s, n) == 0)
			break;
	}
	if (protocol > ACL_ICMP) {
		*errstr = "unknown protocol";
		return (-1);
	}
	e->protocol = protocol;
	e->port_high = PORT_LAST;
	if (s[n] == '\0')
		return (0);
	if (protocol != ACL_TCP && protocol != ACL_UDP) {
		*errstr = "protocol has no ports";
		return (-1);
	}
	return (parse_ports(s + n + 1, e, errstr));
}

const char *
acl_print(const struct acl_entry *e, char *buf, size_t len)
{
	const char	*name;

	name = e->protocol <= ACL_ICMP ? protocol_names[e->protocol] : "?";
	if (e->port_low == 0 && e->port_high == PORT_LAST)
		(void)snprintf(buf, len, "%s", name);
	else if (e->port_low == e->port_high)
		(void)snprintf(buf, len, "%s/%u", name, e->port_low);
	else
		(void)snprintf(buf, len, "%s/%u-%u", name, e->port_low,
		    e->port_high);
	return (buf);
}
