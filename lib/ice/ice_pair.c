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
 * The table of pairs: order of preference, look-up, places for candidates
 * learnt from the peer's checks, and the names shown to the administrator.
 */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "ice/ice.h"
#include "ice/ice_internal.h"

static const char *const	type_names[] = {
	"?", "local", "adapter", "public", "relay", "reflexive"
};
static const char *const	transport_names[] = { "?", "udp", "tcp" };
static const char *const	state_names[] = {
	"waiting", "checking", "valid", "failed"
};

const char *
ice_type_name(int type)
{
	return type_names[type < 0 || type > ICE_PEER_REFLEXIVE ? 0 : type];
}

const char *
ice_transport_name(int transport)
{
	return transport_names[transport < 0 || transport > ICE_TCP ? 0 :
	    transport];
}

const char *
ice_state_name(int state)
{
	return state < 0 || state > ICE_FAILED ? "?" : state_names[state];
}

uint32_t
ice_candidate_priority(enum ice_type type, enum ice_transport transport,
    int family)
{
	uint32_t	 pref = 0, local;

	switch (type) {
	case ICE_LOCAL:
		pref = 126;
		break;
	case ICE_ADAPTER:
		pref = 120;
		break;
	case ICE_PUBLIC:
		pref = 100;
		break;
	case ICE_PEER_REFLEXIVE:
		/* Below what the peer has announced for the same kind. */
		pref = 99;
		break;
	case ICE_RELAY:
		pref = 0;
		break;
	}
	local = transport == ICE_UDP ? 0x8000 : 0;
	local |= family == 6 ? 0x4000 : 0x2000;
	return pref << 24 | local << 8 | 255;
}

enum ice_via
ice_via_of(int type, int transport)
{
	if (type == ICE_RELAY)
		return ICE_VIA_RELAY;
	return transport == ICE_TCP ? ICE_VIA_TCP : ICE_VIA_UDP;
}

/*
 * The kind of path decides: any UDP before any TCP, since the tunnel carries
 * TCP itself, and both before the relay.  The priority that the peer signalled
 * orders pairs within one kind only.
 */
uint64_t
ice_pair_rank(const struct ice_candidate *cand)
{
	uint64_t	 kind = 0;

	switch (cand->type) {
	case ICE_LOCAL:
		kind = 3;
		break;
	case ICE_ADAPTER:
		kind = 2;
		break;
	case ICE_PUBLIC:
	case ICE_PEER_REFLEXIVE:
		kind = 1;
		break;
	}
	if (cand->type != ICE_RELAY && cand->transport == ICE_UDP)
		kind += 4;
	return kind << 32 | cand->priority;
}

int
ice_pair_is_local(const struct ice_pair *pair)
{
	return pair->remote.type == ICE_LOCAL;
}

/* Worth a try although there is a path. */
int
ice_pair_is_better(const struct ice *ice, const struct ice_pair *pair)
{
	return ice->selected == -1 ||
	    pair->rank > ice->pairs[ice->selected].rank;
}

/*
 * Better than another one that passes, or it may be so for the peer, which
 * knows our addresses by other names and decides.
 */
int
ice_pair_is_useful(const struct ice *ice, const struct ice_pair *pair,
    const struct ice_pair *than)
{
	return pair->rank > than->rank || (ice->role == ICE_CONTROLLED &&
	    pair->via == than->via && pair->via != ICE_VIA_RELAY);
}

struct ice_pair *
ice_pair_find(struct ice *ice, enum ice_via via, const struct endpoint *ep)
{
	uint32_t	 i;

	for (i = 0; i < ice->npairs; i++)
		if (ice->pairs[i].via == (uint8_t)via &&
		    endpoint_cmp(&ice->pairs[i].remote.ep, ep) == 0)
			return &ice->pairs[i];
	return NULL;
}

/* Never to be checked again, neither on our own nor because the peer does. */
void
ice_pair_exclude(struct ice *ice, struct ice_pair *pair)
{
	ice_stream_close(ice, pair);
	pair->own = 1;
	pair->nominated = pair->opening = 0;
	pair->state = ICE_FAILED;
	pair->due = ICE_NEVER;
}

/* A learnt pair that has failed may give its place to a newer one. */
static struct ice_pair *
pair_reuse(struct ice *ice)
{
	struct ice_pair	*pair, *found = NULL;
	uint32_t	 i;

	for (i = 0; i < ice->npairs; i++) {
		pair = &ice->pairs[i];
		if (pair->remote.type != ICE_PEER_REFLEXIVE ||
		    pair->state != ICE_FAILED)
			continue;
		if (found == NULL || pair->last_ok < found->last_ok)
			found = pair;
	}
	return found;
}

struct ice_pair *
ice_pair_add(struct ice *ice, const struct ice_candidate *cand)
{
	struct ice_pair	*pair;

	if (cand->type == ICE_PEER_REFLEXIVE &&
	    ice->npairs - ice->nremote == ICE_REFLEXIVE_MAX)
		pair = pair_reuse(ice);
	else if (ice->npairs < ICE_PAIR_MAX)
		pair = &ice->pairs[ice->npairs++];
	else
		pair = NULL;
	if (pair == NULL)
		return NULL;
	memset(pair, 0, sizeof(*pair));
	pair->remote = *cand;
	pair->rank = ice_pair_rank(cand);
	pair->via = (uint8_t)ice_via_of(cand->type, cand->transport);
	pair->due = ICE_NEVER;
	return pair;
}

/*
 * RFC 8445 7.3.1.3: a peer-reflexive candidate.  A direct stream that was not
 * asked for is one the peer has dialled.
 */
struct ice_pair *
ice_pair_learn(struct ice *ice, enum ice_via via, const struct endpoint *from)
{
	struct ice_candidate	 cand;
	struct ice_pair		*pair;

	if (via == ICE_VIA_RELAY)
		return NULL;
	memset(&cand, 0, sizeof(cand));
	cand.type = ICE_PEER_REFLEXIVE;
	cand.transport = (uint8_t)via;
	cand.ep = *from;
	cand.priority = ice_candidate_priority(ICE_PEER_REFLEXIVE,
	    (enum ice_transport)via, from->family);
	if ((pair = ice_pair_add(ice, &cand)) == NULL) {
		ice->stats.reflexive_full++;
		return NULL;
	}
	ice_check_wait(pair, ICE_GIVE_UP_MS);
	if (via == ICE_VIA_TCP)
		pair->passive = pair->connected = 1;
	else
		ice_guess_drop(ice, ice_guess_find(ice, from));
	return pair;
}

struct ice_pair *
ice_pair_selected(struct ice *ice)
{
	return ice->selected == -1 ? NULL : &ice->pairs[ice->selected];
}

struct ice_pair *
ice_pair_best_valid(struct ice *ice)
{
	struct ice_pair	*pair, *best = NULL;
	uint32_t	 i;

	for (i = 0; i < ice->npairs; i++) {
		pair = &ice->pairs[i];
		if (pair->state == ICE_SUCCEEDED &&
		    (best == NULL || pair->rank > best->rank))
			best = pair;
	}
	return best;
}

/* Streams have their own time, see ice_stream_gate. */
struct ice_pair *
ice_pair_next_waiting(struct ice *ice)
{
	struct ice_pair	*pair, *best = NULL;
	uint32_t	 i;

	for (i = 0; i < ice->npairs; i++) {
		pair = &ice->pairs[i];
		if (pair->state == ICE_WAITING && !ice_stream_is(pair) &&
		    (best == NULL || pair->rank > best->rank))
			best = pair;
	}
	return best;
}

/* When something is to be done for a pair. */
uint64_t
ice_pair_due(const struct ice *ice, const struct ice_pair *pair)
{
	uint64_t	 due;
	int		 selected;

	if (pair->state == ICE_WAITING && ice_stream_is(pair))
		return ice_stream_gate(ice, pair);
	if (pair->linger_until != 0)
		return pair->linger_until;
	if (pair->state != ICE_SUCCEEDED || pair->tries > 0)
		return pair->due;
	selected = ice->selected != -1 && pair == &ice->pairs[ice->selected];
	due = selected && ice->active ? pair->last_ok + ICE_ACTIVE_MS :
	    ice_idle_due(ice, pair, selected);
	return pair->due < due ? pair->due : due;
}
