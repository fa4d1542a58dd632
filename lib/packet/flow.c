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
 * What passes between a peer and us: the access rules for what the peer
 * opens, flow state for the rest.  The peer is hostile within its tunnel;
 * our own host is trusted to originate what it likes, but not to revive a
 * flow whose permission has ended.
 */

#include <string.h>

#include "packet/flow_store.h"

#define SIDE_ORIGIN	1
#define SIDE_OTHER	2

static const char *const verdict_names[FLOW_VERDICT_MAX] = {
	[FLOW_PASS_NEW]		= "pass new",
	[FLOW_PASS_ESTABLISHED]	= "pass established",
	[FLOW_PASS_RELATED]	= "pass related",
	[FLOW_PASS_FRAGMENT]	= "pass fragment",
	[FLOW_PASS_STATELESS]	= "pass stateless",
	[FLOW_DROP_ACL]		= "drop acl",
	[FLOW_DROP_STATE]	= "drop state",
	[FLOW_DROP_UNRELATED]	= "drop unrelated",
	[FLOW_DROP_CONTROL]	= "drop control",
	[FLOW_DROP_FRAGMENT]	= "drop fragment",
	[FLOW_DROP_SHARE]	= "drop share",
	[FLOW_DROP_FULL]	= "drop full"
};

int
flow_verdict_passes(enum flow_verdict verdict)
{
	return (verdict <= FLOW_PASS_STATELESS);
}

const char *
flow_verdict_name(enum flow_verdict verdict)
{
	if ((unsigned int)verdict >= FLOW_VERDICT_MAX)
		return ("unknown");
	return (verdict_names[verdict]);
}

const struct flow_stats *
flow_get_stats(const struct flow_table *t)
{
	return (&t->stats);
}

/* An ICMP exchange is known by who asked, so a ping of ours does not let
 * in a ping with the same id. */
static uint8_t
icmp_role(enum packet_icmp icmp, int outbound)
{
	if (icmp == PACKET_ICMP_QUERY)
		return (outbound ? FLOW_ROLE_WE_ASKED :
		    FLOW_ROLE_PEER_ASKED);
	if (icmp == PACKET_ICMP_REPLY)
		return (outbound ? FLOW_ROLE_PEER_ASKED :
		    FLOW_ROLE_WE_ASKED);
	return (FLOW_ROLE_NONE);
}

static void
key_of_packet(struct flow_key *key, uint32_t peer, const struct packet *pkt,
    int outbound)
{
	memset(key, 0, sizeof(*key));
	key->peer = peer;
	key->version = pkt->version;
	key->proto = pkt->proto;
	key->role = icmp_role(pkt->icmp, outbound);
	key->lport = outbound ? pkt->sport : pkt->dport;
	key->rport = outbound ? pkt->dport : pkt->sport;
	memcpy(key->local, outbound ? pkt->src : pkt->dst, 16);
	memcpy(key->remote, outbound ? pkt->dst : pkt->src, 16);
}

/* The flow of a quoted packet, which went out from us. */
static void
key_of_inner(struct flow_key *key, uint32_t peer, const struct packet *pkt)
{
	const struct packet_inner	*inner = &pkt->inner;

	memset(key, 0, sizeof(*key));
	key->peer = peer;
	key->version = pkt->version;
	key->proto = inner->proto;
	key->role = icmp_role(inner->icmp, 1);
	key->lport = inner->sport;
	key->rport = inner->dport;
	memcpy(key->local, inner->src, 16);
	memcpy(key->remote, inner->dst, 16);
}

static int
is_icmp(const struct flow_key *key)
{
	return (key->proto == (key->version == 4 ? PACKET_PROTO_ICMP4 :
	    PACKET_PROTO_ICMP6));
}

static enum flow_class
first_class(const struct flow_key *key)
{
	if (key->proto == PACKET_PROTO_TCP)
		return (FLOW_TCP_OPENING);
	return (is_icmp(key) ? FLOW_ICMP_UNREPLIED : FLOW_UDP_UNREPLIED);
}

static int
is_opening_syn(uint8_t flags)
{
	return ((flags & (PACKET_TCP_SYN | PACKET_TCP_ACK)) ==
	    PACKET_TCP_SYN);
}

/* RFC 9293 3.3.2, as far as a bystander needs it. */
static void
advance_tcp(struct flow_table *t, uint32_t i, int outbound, uint8_t flags)
{
	struct flow	*f = &t->flows[i];
	enum flow_class	 class;
	int		 from_origin;

	class = f->class;
	from_origin = outbound == (f->origin == FLOW_ORIGIN_US);
	if (flags & PACKET_TCP_FIN)
		f->tcp_fins |= from_origin ? SIDE_ORIGIN : SIDE_OTHER;
	if (class == FLOW_TCP_OPENING && !from_origin &&
	    (flags & PACKET_TCP_SYN))
		f->tcp_answered = 1;
	if (class == FLOW_TCP_OPENING && from_origin && f->tcp_answered &&
	    (flags & PACKET_TCP_ACK))
		class = FLOW_TCP_ESTABLISHED;
	if ((flags & PACKET_TCP_RST) ||
	    f->tcp_fins == (SIDE_ORIGIN | SIDE_OTHER))
		class = FLOW_TCP_CLOSING;
	flow_store_move(t, i, class);
}

static void
advance_datagram(struct flow_table *t, uint32_t i, int outbound)
{
	struct flow	*f = &t->flows[i];
	enum flow_class	 class;

	class = f->class;
	if (outbound != (f->origin == FLOW_ORIGIN_US)) {
		class = is_icmp(&f->key) ? FLOW_ICMP_REPLIED :
		    FLOW_UDP_REPLIED;
	}
	flow_store_move(t, i, class);
}

/* Open a flow in place of the one at i, if any. */
static enum flow_verdict
open_flow(struct flow_table *t, uint32_t i, const struct flow_key *key,
    enum flow_origin origin)
{
	if (i != FLOW_NONE)
		flow_store_remove(t, i);
	return (flow_store_insert(t, key, origin, first_class(key)));
}

static enum flow_verdict
outbound_tcp(struct flow_table *t, const struct flow_key *key,
    const struct packet *pkt)
{
	uint32_t	 i;

	i = flow_store_find(t, key);
	if (is_opening_syn(pkt->tcp_flags)) {
		if (i == FLOW_NONE || t->flows[i].class == FLOW_TCP_CLOSING)
			return (open_flow(t, i, key, FLOW_ORIGIN_US));
	} else if (i == FLOW_NONE) {
		/* A reset opens nothing and tells the peer to stop. */
		return ((pkt->tcp_flags & PACKET_TCP_RST) ?
		    FLOW_PASS_STATELESS : FLOW_DROP_STATE);
	}
	advance_tcp(t, i, 1, pkt->tcp_flags);
	return (FLOW_PASS_ESTABLISHED);
}

static enum flow_verdict
outbound_datagram(struct flow_table *t, const struct flow_key *key,
    const struct packet *pkt)
{
	uint32_t	 i;

	i = flow_store_find(t, key);
	if (i == FLOW_NONE) {
		if (pkt->icmp == PACKET_ICMP_REPLY)
			return (FLOW_DROP_STATE);
		return (open_flow(t, i, key, FLOW_ORIGIN_US));
	}
	if (t->flows[i].class == FLOW_REVOKED) {
		flow_store_move(t, i, FLOW_REVOKED);
		return (FLOW_DROP_ACL);
	}
	advance_datagram(t, i, 1);
	return (FLOW_PASS_ESTABLISHED);
}

static enum flow_verdict
judge_outbound(struct flow_table *t, uint32_t peer, const struct packet *pkt)
{
	struct flow_key	 key;

	if (pkt->frag_later)
		return (FLOW_PASS_FRAGMENT);
	if (pkt->icmp == PACKET_ICMP_ERROR ||
	    pkt->icmp == PACKET_ICMP_CONTROL ||
	    pkt->icmp == PACKET_ICMP_OTHER)
		return (FLOW_PASS_STATELESS);
	key_of_packet(&key, peer, pkt, 1);
	if (pkt->proto == PACKET_PROTO_TCP)
		return (outbound_tcp(t, &key, pkt));
	return (outbound_datagram(t, &key, pkt));
}

enum flow_verdict
flow_outbound(struct flow_table *t, uint32_t peer, const struct packet *pkt,
    uint64_t now)
{
	enum flow_verdict	 verdict;

	flow_store_clock(t, now);
	verdict = judge_outbound(t, peer, pkt);
	t->stats.outbound[verdict]++;
	return (verdict);
}

/*
 * An opening SYN is judged by the rules even within a flow that we opened,
 * or the answer to one of our connections could open another; it is let
 * through unjudged only as a repetition of one that was judged.
 */
static enum flow_verdict
inbound_syn(struct flow_table *t, const struct flow_key *key,
    const struct acl_entry *acl, size_t nacl, const struct packet *pkt)
{
	const struct flow	*f;
	uint32_t		 i;

	if (pkt->tcp_flags & (PACKET_TCP_FIN | PACKET_TCP_RST))
		return (FLOW_DROP_STATE);
	i = flow_store_find(t, key);
	f = i == FLOW_NONE ? NULL : &t->flows[i];
	if (f == NULL || f->class == FLOW_TCP_CLOSING ||
	    f->origin == FLOW_ORIGIN_US) {
		if (!acl_match(acl, nacl, pkt))
			return (FLOW_DROP_ACL);
		if (f == NULL || f->class == FLOW_TCP_CLOSING)
			return (open_flow(t, i, key, FLOW_ORIGIN_PEER));
	}
	advance_tcp(t, i, 0, pkt->tcp_flags);
	return (FLOW_PASS_ESTABLISHED);
}

static enum flow_verdict
inbound_tcp(struct flow_table *t, const struct flow_key *key,
    const struct acl_entry *acl, size_t nacl, const struct packet *pkt)
{
	uint32_t	 i;

	if (is_opening_syn(pkt->tcp_flags))
		return (inbound_syn(t, key, acl, nacl, pkt));
	i = flow_store_find(t, key);
	if (i == FLOW_NONE)
		return (FLOW_DROP_STATE);
	advance_tcp(t, i, 0, pkt->tcp_flags);
	return (FLOW_PASS_ESTABLISHED);
}

static enum flow_verdict
inbound_datagram(struct flow_table *t, const struct flow_key *key,
    const struct acl_entry *acl, size_t nacl, const struct packet *pkt)
{
	uint32_t	 i;

	i = flow_store_find(t, key);
	if (i != FLOW_NONE && t->flows[i].class != FLOW_REVOKED) {
		advance_datagram(t, i, 0);
		return (FLOW_PASS_ESTABLISHED);
	}
	if (pkt->icmp == PACKET_ICMP_REPLY)
		return (FLOW_DROP_STATE);
	if (!acl_match(acl, nacl, pkt))
		return (FLOW_DROP_ACL);
	return (open_flow(t, i, key, FLOW_ORIGIN_PEER));
}

/* The quoted packet must be ours, sent from where the error goes, and
 * belong to a flow that is alive. */
static enum flow_verdict
inbound_error(struct flow_table *t, uint32_t peer, const struct packet *pkt)
{
	struct flow_key	 key;
	uint32_t	 i;

	if (!pkt->embedded || memcmp(pkt->inner.src, pkt->dst, 16) != 0)
		return (FLOW_DROP_UNRELATED);
	key_of_inner(&key, peer, pkt);
	i = flow_store_find(t, &key);
	if (i == FLOW_NONE || t->flows[i].class == FLOW_REVOKED)
		return (FLOW_DROP_UNRELATED);
	return (FLOW_PASS_RELATED);
}

static enum flow_verdict
judge_inbound(struct flow_table *t, uint32_t peer,
    const struct acl_entry *acl, size_t nacl, const struct packet *pkt)
{
	struct flow_key	 key;

	switch (pkt->icmp) {
	case PACKET_ICMP_ERROR:
		return (inbound_error(t, peer, pkt));
	case PACKET_ICMP_CONTROL:
		return (FLOW_DROP_CONTROL);
	case PACKET_ICMP_OTHER:
		return (acl_match(acl, nacl, pkt) ? FLOW_PASS_STATELESS :
		    FLOW_DROP_ACL);
	default:
		break;
	}
	key_of_packet(&key, peer, pkt, 0);
	if (pkt->proto == PACKET_PROTO_TCP)
		return (inbound_tcp(t, &key, acl, nacl, pkt));
	return (inbound_datagram(t, &key, acl, nacl, pkt));
}

enum flow_verdict
flow_inbound(struct flow_table *t, uint32_t peer,
    const struct acl_entry *acl, size_t nacl, const struct packet *pkt,
    uint64_t now)
{
	enum flow_verdict	 verdict;

	flow_store_clock(t, now);
	if (pkt->frag_later)
		verdict = flow_fragment_passes(t, peer, pkt) ?
		    FLOW_PASS_FRAGMENT : FLOW_DROP_FRAGMENT;
	else
		verdict = judge_inbound(t, peer, acl, nacl, pkt);
	if (pkt->frag_first && flow_verdict_passes(verdict))
		flow_fragment_remember(t, peer, pkt);
	t->stats.inbound[verdict]++;
	return (verdict);
}

/* Compare one flow with the new rules; 1 when it ends. */
static int
recheck_flow(struct flow_table *t, uint32_t i, const struct acl_entry *acl,
    size_t nacl)
{
	const struct flow	*f = &t->flows[i];
	int			 permitted;

	if (f->origin != FLOW_ORIGIN_PEER)
		return (0);
	permitted = acl_permits(acl, nacl, f->key.version, f->key.proto,
	    f->key.lport);
	if (f->class == FLOW_REVOKED) {
		if (permitted)
			flow_store_remove(t, i);
		return (0);
	}
	if (permitted)
		return (0);
	/* TCP and ICMP answers open nothing, so they need no mark. */
	if (f->key.proto == PACKET_PROTO_TCP || is_icmp(&f->key))
		flow_store_remove(t, i);
	else
		flow_store_move(t, i, FLOW_REVOKED);
	return (1);
}

uint32_t
flow_recheck(struct flow_table *t, uint32_t peer,
    const struct acl_entry *acl, size_t nacl)
{
	uint32_t	 i, next, slot, list, ended;

	flow_fragment_forget(t, peer);
	ended = 0;
	for (list = 0; list < 2; list++) {
		slot = flow_store_peer(t, peer);
		if (slot == FLOW_NONE)
			break;
		i = t->peers[slot].list[list].head;
		for (; i != FLOW_NONE; i = next) {
			next = t->flows[i].link[FLOW_BY_PEER].next;
			ended += (uint32_t)recheck_flow(t, i, acl, nacl);
		}
	}
	t->stats.removed += ended;
	return (ended);
}

uint32_t
flow_forget_peer(struct flow_table *t, uint32_t peer)
{
	struct flow_peer	*p;
	uint32_t		 slot, dropped;

	flow_fragment_forget(t, peer);
	dropped = 0;
	while ((slot = flow_store_peer(t, peer)) != FLOW_NONE) {
		p = &t->peers[slot];
		flow_store_remove(t, p->list[0].head != FLOW_NONE ?
		    p->list[0].head : p->list[1].head);
		dropped++;
	}
	t->stats.removed += dropped;
	return (dropped);
}
