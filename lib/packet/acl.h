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
 * Access rules: which protocols and ports a peer may open towards us.  A
 * list of entries permits what any of them permits; an empty list permits
 * nothing.  A timed entry permits only within its window; whoever enforces
 * rules is given just those in force.  Pure functions over caller memory.
 */

#ifndef PACKET_ACL_H
#define PACKET_ACL_H

#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"

#define ACL_MAX		128	/* entries per peer */
#define ACL_STRLEN	16	/* "tcp/65535-65535" with its NUL */
#define ACL_WINDOWS_MAX	8

#define ACL_ANY		0	/* every protocol and port */
#define ACL_TCP		1
#define ACL_UDP		2
#define ACL_ICMP	3	/* ICMP on IPv4, ICMPv6 on IPv6 */

/* ACL_ANY and ACL_ICMP carry 0 and 65535; so does a bare "tcp". */
struct acl_entry {
	uint8_t		protocol;
	uint16_t	port_low;	/* host order, both inclusive */
	uint16_t	port_high;
};

/* Seconds since the epoch: from <= now < until; until 0 is no end. */
struct acl_window {
	uint64_t	from;
	uint64_t	until;
};

struct acl_timed {
	struct acl_entry	entry;
	struct acl_window	when;
};

/* True when the entry could have come from acl_parse; for what a channel
 * delivers. */
int	 acl_valid(const struct acl_entry *);

/* True when one of n entries lets a flow to this port be opened. */
int	 acl_permits(const struct acl_entry *, size_t n, int version,
	    uint8_t proto, uint16_t dport);

/* As acl_permits for a parsed packet; a later fragment, which names no
 * port, is matched by ACL_ANY only. */
int	 acl_match(const struct acl_entry *, size_t n,
	    const struct packet *);

/*
 * "any", "icmp", "tcp", "udp", "tcp/8080", "udp/5000-5010".  Ports are
 * 1 to 65535 without leading zeros.  0, or -1 with *errstr set.
 */
int	 acl_parse(const char *, struct acl_entry *, const char **errstr);

/* The text acl_parse reads; returns buf, cut off when it is too small. */
const char *acl_print(const struct acl_entry *, char *buf, size_t);

/* acl_timed.c.  A window is valid when it is not empty. */
int	 acl_window_valid(const struct acl_window *);
int	 acl_timed_valid(const struct acl_timed *);

/* Does now, in seconds since the epoch, lie in the window? */
int	 acl_window_holds(const struct acl_window *, uint64_t now);

/* Does it lie in one of n windows?  Without windows it always does. */
int	 acl_windows_hold(const struct acl_window *, size_t n, uint64_t now);

/* The entries in force now, into out, which has room for n; how many. */
size_t	 acl_timed_select(const struct acl_timed *, size_t n, uint64_t now,
	    struct acl_entry *out);

/*
 * The first moment after now at which the window begins or ends; the sooner
 * of that and next, where 0 is never.
 */
uint64_t acl_window_next(const struct acl_window *, uint64_t now,
	    uint64_t next);

#endif /* PACKET_ACL_H */
