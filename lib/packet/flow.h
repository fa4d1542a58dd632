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
 * Flow state: what a peer may send us because we, or an access rule, let a
 * conversation begin.  All memory is the caller's and bounded; time is
 * monotonic milliseconds handed in.  Peers are named by a number that the
 * caller keeps unique; one peer can hold a quarter of the table at most, so
 * a flood from one cannot push out the flows of another.
 */

#ifndef PACKET_FLOW_H
#define PACKET_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "packet/acl.h"
#include "packet/packet.h"
#include "packet/siphash.h"

#define FLOW_TABLE_MIN		16
#define FLOW_TABLE_MAX		(1U << 20)
#define FLOW_SHARE_DIVISOR	4	/* of the table, for one peer */
#define FLOW_FRAGMENT_MAX	512	/* fragmented packets under way */

#define FLOW_TCP_OPENING_MS	(30ULL * 1000)
#define FLOW_TCP_ESTABLISHED_MS	(24ULL * 3600 * 1000)
#define FLOW_TCP_CLOSING_MS	(60ULL * 1000)
#define FLOW_UDP_UNREPLIED_MS	(30ULL * 1000)
#define FLOW_UDP_REPLIED_MS	(180ULL * 1000)
#define FLOW_ICMP_MS		(30ULL * 1000)
#define FLOW_REVOKED_MS		(180ULL * 1000)
#define FLOW_FRAGMENT_MS	(30ULL * 1000)

enum flow_verdict {
	FLOW_PASS_NEW,		/* opened a flow */
	FLOW_PASS_ESTABLISHED,	/* belongs to a flow */
	FLOW_PASS_RELATED,	/* ICMP error about a live flow */
	FLOW_PASS_FRAGMENT,	/* later fragment of a packet that passed */
	FLOW_PASS_STATELESS,	/* allowed, and leaves no state */
	FLOW_DROP_ACL,		/* no rule permits it */
	FLOW_DROP_STATE,	/* in the middle of a flow we do not know */
	FLOW_DROP_UNRELATED,	/* ICMP error about nothing of ours */
	FLOW_DROP_CONTROL,	/* redirect, neighbour or router message */
	FLOW_DROP_FRAGMENT,	/* its first fragment did not pass */
	FLOW_DROP_SHARE,	/* the peer has its share of flows */
	FLOW_DROP_FULL,		/* the table is full of established flows */
	FLOW_VERDICT_MAX
};

enum flow_origin {
	FLOW_ORIGIN_US,
	FLOW_ORIGIN_PEER
};

struct flow_stats {
	uint64_t	inbound[FLOW_VERDICT_MAX];
	uint64_t	outbound[FLOW_VERDICT_MAX];
	uint64_t	expired;
	uint64_t	evicted;	/* unreplied ones, for newer flows */
	uint64_t	removed;	/* no longer allowed, or peer gone */
	uint32_t	live;
	uint32_t	peers;		/* with at least one flow */
};

struct flow_table;

/* Bytes for a table of so many flows; 0 when the number is out of range. */
size_t			 flow_table_size(uint32_t nflows);

/*
 * Lay out an empty table in caller memory, aligned as malloc does and full
 * of zeroes, which are left alone until flows need them.  The seed must be
 * random and secret.  NULL with EINVAL when mem is too small or misaligned
 * or the number out of range.  Nothing to free.
 */
struct flow_table	*flow_table_init(void *mem, size_t len,
			    uint32_t nflows,
			    const uint8_t seed[SIPHASH_KEY_LENGTH]);

/*
 * Take over the flows that another table of nflows left in this memory,
 * which is copied from and may hold anything; zeroes are an empty table.
 * Returns how many were taken.
 */
uint32_t		 flow_salvage(struct flow_table *, const void *mem,
			    size_t len, uint32_t nflows, uint64_t now);

/* A packet of ours on its way to the peer; call before it is sent. */
enum flow_verdict	 flow_outbound(struct flow_table *, uint32_t peer,
			    const struct packet *, uint64_t now);

/*
 * A packet from the peer, its source address already checked by the
 * caller; ACL entries are valid ones.  A new TCP flow begins with a SYN
 * and nothing else.
 */
enum flow_verdict	 flow_inbound(struct flow_table *, uint32_t peer,
			    const struct acl_entry *, size_t nacl,
			    const struct packet *, uint64_t now);

/*
 * The peer's rules have changed: what it opened and may no longer have
 * ends now.  A datagram flow stays as a mark for FLOW_REVOKED_MS, so that
 * a late answer of ours does not open it again as if it were our own.
 * Returns the number of flows ended.
 */
uint32_t		 flow_recheck(struct flow_table *, uint32_t peer,
			    const struct acl_entry *, size_t nacl);

/* Drop all state of a peer; returns the number of flows dropped. */
uint32_t		 flow_forget_peer(struct flow_table *, uint32_t peer);

/* Drop what timed out, all of it; returns the number.  Optional: every
 * packet that opens a flow clears some. */
uint32_t		 flow_expire(struct flow_table *, uint64_t now);

/* When the next flow times out; UINT64_MAX when there is none. */
uint64_t		 flow_next_expiry(const struct flow_table *);

/* Valid as long as the table. */
const struct flow_stats	*flow_get_stats(const struct flow_table *);

int			 flow_verdict_passes(enum flow_verdict);
const char		*flow_verdict_name(enum flow_verdict);

#endif /* PACKET_FLOW_H */
