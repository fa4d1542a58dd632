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

/*
 * The kind of path decides; the priority that the peer signalled orders pairs
 * within one kind only.
 */
uint64_t
ice_pair_rank(const struct ice_candidate *cand)
{
	uint64_t	 kind;

	switch (cand->type) {
	case ICE_LOCAL:
		kind = 8;
		break;
	case ICE_ADAPTER:
		kind = 6;
		break;
	case ICE_PUBLIC:
	case ICE_PEER_REFLEXIVE:
		kind = 4;
		break;
	default:
		kind = 2;
		break;
	}
	if (cand->transport == ICE_UDP)
		kind++;
	return kind << 32 | cand->priority;
}

int
ice_pair_is_local(const struct ice_pair *pair)
{
	return pair->remote.type == ICE_LOCAL;
}

struct ice_pair *
ice_pair_find(struct ice *ice, const struct endpoint *ep)
{
	uint32_t	 i;

	for (i = 0; i < ice->npairs; i++)
		if (endpoint_cmp(&ice->pairs[i].remote.ep, ep) == 0)
			return &ice->pairs[i];
	return NULL;
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
	pair->due = ICE_NEVER;
	return pair;
}

/* RFC 8445 7.3.1.3: a peer-reflexive candidate. */
struct ice_pair *
ice_pair_learn(struct ice *ice, const struct endpoint *from)
{
	struct ice_candidate	 cand;
	struct ice_pair		*pair;

	memset(&cand, 0, sizeof(cand));
	cand.type = ICE_PEER_REFLEXIVE;
	cand.transport = ICE_UDP;
	cand.ep = *from;
	cand.priority = ice_candidate_priority(ICE_PEER_REFLEXIVE, ICE_UDP,
	    from->family);
	if ((pair = ice_pair_add(ice, &cand)) == NULL) {
		ice->stats.reflexive_full++;
		return NULL;
	}
	ice_check_wait(pair, ICE_GIVE_UP_MS);
	return pair;
}

struct ice_pair *
ice_pair_selected(struct ice *ice)
{
	return ice->selected == -1 ? NULL : &ice->pairs[ice->selected];
}

static struct ice_pair *
best_in_state(struct ice *ice, enum ice_state state)
{
	struct ice_pair	*pair, *best = NULL;
	uint32_t	 i;

	for (i = 0; i < ice->npairs; i++) {
		pair = &ice->pairs[i];
		if (pair->state == (uint8_t)state &&
		    (best == NULL || pair->rank > best->rank))
			best = pair;
	}
	return best;
}

struct ice_pair *
ice_pair_best_valid(struct ice *ice)
{
	return best_in_state(ice, ICE_SUCCEEDED);
}

struct ice_pair *
ice_pair_next_waiting(struct ice *ice)
{
	return best_in_state(ice, ICE_WAITING);
}

/* When something is to be done for a pair. */
uint64_t
ice_pair_due(const struct ice *ice, const struct ice_pair *pair)
{
	uint64_t	 due, every = ICE_ALTERNATE_MS;

	if (pair->state != ICE_SUCCEEDED || pair->tries > 0)
		return pair->due;
	if (ice->selected != -1 && pair == &ice->pairs[ice->selected])
		every = ice->active ? ICE_ACTIVE_MS : ICE_IDLE_MS;
	due = pair->last_ok + every;
	return pair->due < due ? pair->due : due;
}
