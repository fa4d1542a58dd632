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
 * Inside of the flow table, for flow*.c only: storage, time-outs, shares
 * and eviction (flow_store.c), fragments (flow_fragment.c).  The rules of
 * what passes are in flow.c.
 */

#ifndef PACKET_FLOW_STORE_H
#define PACKET_FLOW_STORE_H

#include "packet/flow.h"

#define FLOW_NONE	UINT32_MAX	/* no index */

/* One time-out each; flows of a class are kept in order of last use. */
enum flow_class {
	FLOW_TCP_OPENING,
	FLOW_TCP_ESTABLISHED,
	FLOW_TCP_CLOSING,
	FLOW_UDP_UNREPLIED,
	FLOW_UDP_REPLIED,
	FLOW_ICMP_UNREPLIED,
	FLOW_ICMP_REPLIED,
	FLOW_REVOKED,
	FLOW_CLASS_MAX
};

enum flow_role {
	FLOW_ROLE_NONE,
	FLOW_ROLE_WE_ASKED,	/* ICMP query of ours, and its reply */
	FLOW_ROLE_PEER_ASKED
};

/* Hashed and compared as bytes: no padding, every byte set. */
struct flow_key {
	uint32_t	peer;
	uint16_t	lport;		/* ours */
	uint16_t	rport;		/* the peer's */
	uint8_t		version;
	uint8_t		proto;
	uint8_t		role;
	uint8_t		zero;
	uint8_t		local[16];
	uint8_t		remote[16];
};

struct flow_link {
	uint32_t	prev;
	uint32_t	next;
};

struct flow_list {
	uint32_t	head;		/* oldest */
	uint32_t	tail;
};

enum flow_list_kind {
	FLOW_BY_CLASS,
	FLOW_BY_PEER
};

struct flow {
	struct flow_key		key;
	struct flow_link	link[2];	/* by flow_list_kind */
	uint64_t		last;		/* use, ms */
	uint32_t		bucket;
	uint32_t		hash_next;	/* or next free; see heads */
	uint32_t		peer;		/* slot */
	uint8_t			class;
	uint8_t			origin;
	uint8_t			tcp_answered;	/* SYN of the other side */
	uint8_t			tcp_fins;	/* bit by side */
};

struct flow_peer {
	uint32_t		id;
	uint32_t		bucket;
	uint32_t		hash_next;	/* or next free */
	uint32_t		count;
	struct flow_list	list[2];	/* evictable, kept */
};

struct flow_fragment {
	uint64_t	expires;		/* 0: free */
	uint64_t	begun;
	uint32_t	peer;
	uint32_t	ident;
	uint32_t	first_end;		/* bytes the first one covers */
	uint8_t		version;
	uint8_t		proto;			/* IPv4 only */
	uint8_t		src[16];
	uint8_t		dst[16];
};

struct flow_table {
	struct flow_list	 class[FLOW_CLASS_MAX];
	struct flow_stats	 stats;
	struct flow_fragment	 fragments[FLOW_FRAGMENT_MAX];
	struct flow		*flows;
	struct flow_peer	*peers;
	/* Chains hold an index plus one and end with 0, so that memory of
	 * zeroes is a table without flows and need not be touched. */
	uint32_t		*heads;
	uint32_t		*peer_heads;
	uint64_t		 now;
	uint32_t		 mask;
	uint32_t		 share;
	uint32_t		 nflows;
	uint32_t		 free;		/* chain of those once in use */
	uint32_t		 peer_free;
	uint32_t		 used;		/* from here on: never in use */
	uint32_t		 peers_used;
	uint8_t			 seed[SIPHASH_KEY_LENGTH];
};

/* The table's clock never goes back. */
void		 flow_store_clock(struct flow_table *, uint64_t now);

/* Index of a live flow or FLOW_NONE. */
uint32_t	 flow_store_find(struct flow_table *,
		    const struct flow_key *);

/* New flow, making room if that is fair; PASS_NEW, DROP_SHARE or
 * DROP_FULL. */
enum flow_verdict flow_store_insert(struct flow_table *,
		    const struct flow_key *, enum flow_origin,
		    enum flow_class);

/* Used now: moves to the end of its class, old or new. */
void		 flow_store_move(struct flow_table *, uint32_t,
		    enum flow_class);
void		 flow_store_remove(struct flow_table *, uint32_t);

/* Slot of a peer that has flows, or FLOW_NONE. */
uint32_t	 flow_store_peer(const struct flow_table *, uint32_t id);

/* The first fragment has passed; later ones may follow. */
void		 flow_fragment_remember(struct flow_table *, uint32_t peer,
		    const struct packet *);
int		 flow_fragment_passes(struct flow_table *, uint32_t peer,
		    const struct packet *);
void		 flow_fragment_forget(struct flow_table *, uint32_t peer);

#endif /* PACKET_FLOW_STORE_H */
