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
 * The public face of the check list: set-up, candidates, the clockwork, and
 * what is shown of it.  It decides nothing about single packets.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "ice/ice.h"
#include "ice/ice_internal.h"

/* Length of a terminated string inside its array, or 0. */
static size_t
bounded_strlen(const char *s, size_t size)
{
	const char	*end;

	end = memchr(s, '\0', size);
	return end == NULL ? 0 : (size_t)(end - s);
}

static int
credentials_are_good(const struct ice_credentials *c)
{
	return bounded_strlen(c->ufrag, sizeof(c->ufrag)) >= ICE_UFRAG_MIN &&
	    memchr(c->ufrag, ':', strlen(c->ufrag)) == NULL &&
	    bounded_strlen(c->pwd, sizeof(c->pwd)) >= ICE_PWD_MIN;
}

static void
username_join(char *out, const char *first, const char *second)
{
	size_t	 n = strlen(first), k = strlen(second);

	memcpy(out, first, n);
	out[n] = ':';
	memcpy(out + n + 1, second, k);
	out[n + 1 + k] = '\0';
}

int
ice_init(struct ice *ice, const struct ice_ops *ops, void *arg,
    enum ice_role role, uint64_t tie_breaker,
    const struct ice_credentials *local,
    const struct ice_credentials *remote, const uint8_t seed[ICE_SEED_LEN])
{
	ice_wipe(ice);
	if (!credentials_are_good(local) || !credentials_are_good(remote) ||
	    (role != ICE_CONTROLLING && role != ICE_CONTROLLED)) {
		errno = EINVAL;
		return -1;
	}
	ice->ops = ops;
	ice->arg = arg;
	ice->role = (uint8_t)role;
	ice->tie_breaker = tie_breaker;
	ice->local = *local;
	ice->remote = *remote;
	ice->open_ms = ICE_OPEN_MS;
	ice->idle_ms = ICE_IDLE_MS;
	memcpy(ice->seed, seed, sizeof(ice->seed));
	username_join(ice->user_in, local->ufrag, remote->ufrag);
	username_join(ice->user_out, remote->ufrag, local->ufrag);
	return 0;
}

void
ice_wipe(struct ice *ice)
{
	explicit_bzero(ice, sizeof(*ice));
	ice->selected = -1;
}

int
ice_is_own(const struct ice *ice, const struct endpoint *ep)
{
	uint32_t	 i;

	for (i = 0; i < ice->nown; i++)
		if (endpoint_cmp(&ice->own[i], ep) == 0)
			return 1;
	return 0;
}

static int
is_inside(const struct ice_prefix *p, const struct endpoint *ep)
{
	unsigned int	 bytes = p->plen / 8, rest = p->plen % 8;

	if (ep->family != p->ep.family ||
	    memcmp(ep->addr, p->ep.addr, bytes) != 0)
		return 0;
	return rest == 0 ||
	    (ep->addr[bytes] ^ p->ep.addr[bytes]) >> (8 - rest) == 0;
}

int
ice_is_avoided(const struct ice *ice, const struct endpoint *ep)
{
	uint32_t	 i;

	for (i = 0; i < ice->navoid; i++)
		if (is_inside(&ice->avoid[i], ep))
			return 1;
	return 0;
}

int
ice_add_avoid(struct ice *ice, const struct endpoint *prefix,
    unsigned int plen)
{
	uint32_t	 i;

	if ((prefix->family != 4 && prefix->family != 6) ||
	    plen > (prefix->family == 4 ? 32U : 128U)) {
		errno = EINVAL;
		return -1;
	}
	if (ice->navoid == ICE_AVOID_MAX) {
		errno = ENOSPC;
		return -1;
	}
	ice->avoid[ice->navoid].ep = *prefix;
	ice->avoid[ice->navoid++].plen = plen;
	for (i = 0; i < ice->npairs; i++)
		if (ice_is_avoided(ice, &ice->pairs[i].remote.ep) &&
		    ice->pairs[i].state != ICE_SUCCEEDED &&
		    !ice->pairs[i].own) {
			ice_pair_exclude(ice, &ice->pairs[i]);
			ice->stats.avoided++;
		}
	return 0;
}

int
ice_add_local(struct ice *ice, const struct ice_candidate *cand)
{
	struct ice_pair	*pair;
	uint32_t	 i;

	if (ice_is_own(ice, &cand->ep))
		return 0;
	if (ice->nown == ICE_OWN_MAX) {
		errno = ENOSPC;
		return -1;
	}
	ice->own[ice->nown++] = cand->ep;
	for (i = 0; i < ice->npairs; i++) {
		pair = &ice->pairs[i];
		if (pair->via == ICE_VIA_RELAY ||
		    pair->state == ICE_SUCCEEDED ||
		    endpoint_cmp(&pair->remote.ep, &cand->ep) != 0)
			continue;
		ice_pair_exclude(ice, pair);
		ice->stats.own_skipped++;
	}
	return 0;
}

/* The peer announced what we had learnt from its checks, or once more. */
static void
merge_remote(struct ice *ice, struct ice_pair *pair,
    const struct ice_candidate *cand)
{
	if (pair->remote.type == ICE_PEER_REFLEXIVE) {
		if (ice->nremote == ICE_CAND_MAX)
			return;
		ice->nremote++;
	} else if (ice_pair_rank(cand) <= pair->rank)
		return;
	pair->remote = *cand;
	pair->rank = ice_pair_rank(cand);
	pair->passive = 0;
	ice_select_refresh(ice, pair);
}

/* Nonzero when a good candidate is not to be used, and counted. */
static int
pass_over(struct ice *ice, const struct ice_candidate *c)
{
	enum ice_via	 via = ice_via_of(c->type, c->transport);

	if (via != ICE_VIA_RELAY && ice_is_own(ice, &c->ep))
		ice->stats.own_skipped++;
	else if (ice_is_avoided(ice, &c->ep))
		ice->stats.avoided++;
	else if (endpoint_is_unusable(&c->ep) || (via != ICE_VIA_UDP &&
	    ice->ops->connect == NULL) || (via == ICE_VIA_RELAY &&
	    c->transport != ICE_TCP))
		ice->stats.unsupported++;
	else
		return 0;
	return 1;
}

int
ice_add_remote(struct ice *ice, const struct ice_candidate *cand)
{
	struct ice_candidate	 c = *cand;
	struct ice_pair		*pair;

	if ((c.ep.family != 4 && c.ep.family != 6) || c.ep.port == 0 ||
	    c.type < ICE_LOCAL || c.type > ICE_RELAY ||
	    (c.transport != ICE_UDP && c.transport != ICE_TCP)) {
		errno = EINVAL;
		return -1;
	}
	if (c.priority == 0)
		c.priority = ice_candidate_priority(c.type, c.transport,
		    c.ep.family);
	if (pass_over(ice, &c))
		return 1;
	pair = ice_pair_find(ice, ice_via_of(c.type, c.transport), &c.ep);
	if (pair != NULL) {
		merge_remote(ice, pair, &c);
		return 0;
	}
	if (ice->nremote == ICE_CAND_MAX ||
	    (pair = ice_pair_add(ice, &c)) == NULL) {
		errno = ENOSPC;
		return -1;
	}
	ice->nremote++;
	ice_check_wait(pair, ICE_GIVE_UP_MS);
	return 0;
}

void
ice_set_now(struct ice *ice, uint64_t now)
{
	ice->now = now;
	ice->now_us = ice->clock_us / 1000 == now ? ice->clock_us : now * 1000;
}

void
ice_set_clock_us(struct ice *ice, uint64_t us)
{
	ice->clock_us = us;
}

void
ice_set_open_ms(struct ice *ice, unsigned int ms)
{
	ice->open_ms = ms < ICE_OPEN_MAX_MS ? ms : ICE_OPEN_MAX_MS;
}

void
ice_set_active(struct ice *ice, int active)
{
	ice->active = active != 0;
}

/* First checks: at once while the burst lasts, then one each Ta. */
static void
pace(struct ice *ice)
{
	struct ice_pair	*pair;

	while ((pair = ice_pair_next_waiting(ice)) != NULL) {
		if (ice->burst > 0)
			ice->burst--;
		else if (ice->now < ice->pace_at)
			return;
		ice->pace_at = ice->now + ICE_TA_MS;
		ice_check_begin(ice, pair);
	}
}

void
ice_start(struct ice *ice, uint64_t now)
{
	ice_set_now(ice, now);
	if (ice->started)
		return;
	ice->started = 1;
	ice->pace_at = now;
	ice->hold_until = now + ICE_HOLD_MS;
	ice_round_first(ice);
	pace(ice);
}

void
ice_recheck(struct ice *ice, uint64_t now)
{
	struct ice_pair	*pair;
	uint32_t	 i;

	ice_set_now(ice, now);
	if (!ice->started)
		return;
	ice_round_restart(ice);
	if ((pair = ice_pair_selected(ice)) != NULL)
		ice_check_announce(ice, pair);
	for (i = 0; i < ice->npairs; i++) {
		pair = &ice->pairs[i];
		if (pair->state == ICE_SUCCEEDED && pair->tries == 0)
			pair->due = now;
	}
}

static uint64_t
next_wake(struct ice *ice)
{
	uint64_t	 due, next = ice_guess_due(ice);
	uint32_t	 i;

	for (i = 0; i < ice->npairs; i++) {
		due = ice_pair_due(ice, &ice->pairs[i]);
		if (due < next)
			next = due;
	}
	if (ice_pair_next_waiting(ice) != NULL && ice->pace_at < next)
		next = ice->pace_at;
	if (ice->selected == -1 && ice_pair_best_valid(ice) != NULL &&
	    ice->hold_until < next)
		next = ice->hold_until;
	if (ice->npairs > 0 && ice->round_next < next)
		next = ice->round_next;
	return next;
}

uint64_t
ice_tick(struct ice *ice, uint64_t now)
{
	uint32_t	 i;

	ice_set_now(ice, now);
	if (!ice->started)
		return ICE_NEVER;
	for (i = 0; i < ice->npairs; i++)
		if (ice_pair_due(ice, &ice->pairs[i]) <= now)
			ice_check_timeout(ice, &ice->pairs[i]);
	if (ice->round_next <= now)
		ice_round_begin(ice, 0);
	pace(ice);
	ice_guess_tick(ice);
	ice_select_evaluate(ice);
	return next_wake(ice);
}

void
ice_suspect(struct ice *ice, uint64_t now)
{
	struct ice_pair	*pair;

	ice_set_now(ice, now);
	if (ice->started && (pair = ice_pair_selected(ice)) != NULL)
		ice_check_suspect(ice, pair);
}

int
ice_in_doubt(const struct ice *ice)
{
	/* One on its way is no silence yet. */
	return ice->selected >= 0 && ice->pairs[ice->selected].tries > 1;
}

const struct ice_path *
ice_path(const struct ice *ice)
{
	return ice->selected == -1 ? NULL : &ice->path;
}

int
ice_owns(const struct ice *ice, const struct stun_msg *m,
    const struct endpoint *from)
{
	uint32_t	 i;

	if (m->class == STUN_REQUEST)
		return stun_username_is(m, ice->user_in);
	for (i = 0; i < ice->npairs; i++)
		if (endpoint_cmp(&ice->pairs[i].remote.ep, from) == 0)
			return 1;
	return ice_guess_find(ice, from) != -1;
}

int
ice_is_authentic(const struct ice *ice, const struct stun_msg *m)
{
	return ice->ops != NULL && m->class == STUN_REQUEST &&
	    stun_username_is(m, ice->user_in) &&
	    stun_check_integrity_sha256(m, (const uint8_t *)ice->local.pwd,
	    strlen(ice->local.pwd)) == 0;
}

size_t
ice_pair_count(const struct ice *ice)
{
	return ice->npairs;
}

int
ice_pair_get(const struct ice *ice, size_t i, struct ice_pair_info *info)
{
	const struct ice_pair	*pair;

	if (i >= ice->npairs)
		return -1;
	pair = &ice->pairs[i];
	memset(info, 0, sizeof(*info));
	info->remote = pair->remote;
	info->local = pair->local;
	info->mapped = pair->mapped;
	info->rtt_us = pair->rtt_us;
	info->state = (enum ice_state)pair->state;
	info->selected = ice->selected == (int)i;
	info->connected = pair->connected;
	return 0;
}
