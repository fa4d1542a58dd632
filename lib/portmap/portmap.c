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
 * The client's life: what is wanted, the rounds of asking, the timers, and
 * giving back.  No packet is read here.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "portmap/portmap_internal.h"

static const uint8_t	protos[PORTMAP_MAX] = { PORTMAP_UDP, PORTMAP_TCP };

int
portmap_init(struct portmap *pm, const struct portmap_ops *ops, void *arg,
    const struct endpoint *gateway, const struct endpoint *own,
    const uint8_t seed[PORTMAP_SEED_LEN])
{
	size_t	 i;

	if ((gateway->family != 4 && gateway->family != 6) ||
	    gateway->family != own->family) {
		errno = EINVAL;
		return -1;
	}
	memset(pm, 0, sizeof(*pm));
	pm->ops = ops;
	pm->arg = arg;
	pm->gateway = *gateway;
	if (pm->gateway.port == 0)
		pm->gateway.port = PORTMAP_PORT;
	pm->own = *own;
	pm->quiet_ms = PORTMAP_QUIET_MS;
	pm->grace = pm->retry = PORTMAP_NEVER;
	pm->address.due = PORTMAP_NEVER;
	for (i = 0; i < PORTMAP_MAX; i++) {
		pm->maps[i].proto = protos[i];
		pm->maps[i].start = pm->maps[i].req.due = PORTMAP_NEVER;
		memcpy(pm->maps[i].nonce, seed + i * PORTMAP_NONCE_LEN,
		    PORTMAP_NONCE_LEN);
	}
	memcpy(&pm->random, seed + PORTMAP_MAX * PORTMAP_NONCE_LEN,
	    sizeof(pm->random));
	return 0;
}

void
portmap_wipe(struct portmap *pm)
{
	explicit_bzero(pm, sizeof(*pm));
}

struct portmap_mapping *
portmap_slot(struct portmap *pm, uint8_t proto)
{
	size_t	 i;

	for (i = 0; i < PORTMAP_MAX; i++)
		if (pm->maps[i].proto == proto)
			return &pm->maps[i];
	return NULL;
}

int
portmap_any_held(const struct portmap *pm)
{
	size_t	 i;

	for (i = 0; i < PORTMAP_MAX; i++)
		if (pm->maps[i].held)
			return 1;
	return 0;
}

uint32_t
portmap_random(struct portmap *pm, uint32_t n)
{
	uint64_t	 z;

	pm->random += 0x9e3779b97f4a7c15ULL;
	z = pm->random;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (uint32_t)((z ^ (z >> 31)) >> 32) % n;
}

uint32_t
portmap_backoff(uint32_t *next, uint32_t least_ms)
{
	uint32_t	 wait = *next;

	*next = wait > PORTMAP_BACKOFF_MAX_MS / 2 ? PORTMAP_BACKOFF_MAX_MS :
	    wait * 2;
	if (wait < least_ms)
		wait = least_ms;
	return wait > PORTMAP_BACKOFF_MAX_MS ? PORTMAP_BACKOFF_MAX_MS : wait;
}

void
portmap_tell_mapped(struct portmap *pm, struct portmap_mapping *m,
    uint64_t now)
{
	uint64_t	 left = m->expires > now ? m->expires - now : 0;

	m->told = TOLD_MAPPED;
	pm->ops->mapped(pm->arg, m->proto, &m->external,
	    (uint32_t)(left / 1000));
}

void
portmap_tell_unmapped(struct portmap *pm, struct portmap_mapping *m,
    enum portmap_reason why)
{
	m->held = m->stale = 0;
	memset(&m->external, 0, sizeof(m->external));
	if (m->told == TOLD_UNMAPPED)
		return;
	m->told = TOLD_UNMAPPED;
	pm->ops->unmapped(pm->arg, m->proto, why);
}

void
portmap_ask(struct portmap *pm, uint64_t now)
{
	struct portmap_mapping	*m;
	size_t			 i;

	pm->state = PORTMAP_ASKING;
	pm->protocol = PORTMAP_UNDECIDED;
	pm->grace = pm->retry = PORTMAP_NEVER;
	pm->error_ms = 0;
	memset(pm->epoch, 0, sizeof(pm->epoch));
	memset(&pm->outside, 0, sizeof(pm->outside));
	/* PCP first: a gateway that speaks both then answers with it. */
	for (i = 0; i < PORTMAP_MAX; i++) {
		m = &pm->maps[i];
		m->refused = 0;
		m->start = PORTMAP_NEVER;
		m->backoff = PORTMAP_REFUSED_MS;
		if (m->wanted)
			portmap_request_map(pm, m, now);
	}
	if (pm->gateway.family == 4)
		portmap_request_address(pm, now);
}

void
portmap_ask_failed(struct portmap *pm, uint64_t now)
{
	struct portmap_mapping	*m;
	enum portmap_reason	 why = PORTMAP_SILENT;
	size_t			 i;

	for (i = 0; i < PORTMAP_MAX; i++)
		if (pm->maps[i].refused)
			why = PORTMAP_REFUSED;
	pm->state = PORTMAP_QUIET;
	pm->protocol = PORTMAP_UNDECIDED;
	pm->grace = PORTMAP_NEVER;
	portmap_request_end(&pm->address);
	pm->retry = now + portmap_backoff(&pm->quiet_ms, pm->error_ms);
	for (i = 0; i < PORTMAP_MAX; i++) {
		m = &pm->maps[i];
		if (!m->wanted)
			continue;
		portmap_request_end(&m->req);
		m->start = PORTMAP_NEVER;
		portmap_tell_unmapped(pm, m, why);
	}
}

void
portmap_ask_check(struct portmap *pm, uint64_t now)
{
	size_t	 i;
	int	 pcp = 0;

	if (pm->state != PORTMAP_ASKING)
		return;
	for (i = 0; i < PORTMAP_MAX; i++)
		if (pm->maps[i].wanted && pm->maps[i].req.asked)
			pcp = 1;
	if (pm->outside.family == 0) {
		if (!pcp && !pm->address.asked)
			portmap_ask_failed(pm, now);
	} else if (!pcp || now >= pm->grace)
		portmap_choose(pm, PORTMAP_NATPMP, now);
	else if (pm->grace == PORTMAP_NEVER)
		pm->grace = now + PORTMAP_GRACE_MS;
}

void
portmap_choose(struct portmap *pm, enum portmap_protocol protocol,
    uint64_t now)
{
	struct portmap_mapping	*m;
	size_t			 i;

	pm->state = PORTMAP_SPEAKING;
	pm->protocol = protocol;
	pm->grace = PORTMAP_NEVER;
	portmap_request_end(&pm->address);
	for (i = 0; i < PORTMAP_MAX; i++) {
		m = &pm->maps[i];
		if (!m->wanted)
			continue;
		if (protocol == PORTMAP_NATPMP) {
			m->result = 0;
			portmap_request_map(pm, m, now);
		} else if (m->refused)
			m->start = now + portmap_backoff(&m->backoff,
			    pm->error_ms);
		m->refused = 0;
	}
}

int
portmap_want(struct portmap *pm, uint8_t proto, uint16_t internal,
    const struct endpoint *suggested, uint64_t now)
{
	struct portmap_mapping	*m = portmap_slot(pm, proto);

	if (m == NULL || internal == 0) {
		errno = EINVAL;
		return -1;
	}
	if (m->wanted && m->internal == internal)
		return 0;
	if (m->wanted)
		portmap_unwant(pm, proto, now);
	portmap_request_end(&m->req);
	m->deleting = m->told = 0;
	m->wanted = 1;
	m->internal = internal;
	m->result = 0;
	m->refused = 0;
	m->backoff = PORTMAP_REFUSED_MS;
	m->start = PORTMAP_NEVER;
	memset(&m->suggested, 0, sizeof(m->suggested));
	if (suggested != NULL)
		m->suggested = *suggested;
	if (m->suggested.port == 0)
		m->suggested.port = internal;
	if (pm->state == PORTMAP_IDLE || pm->state == PORTMAP_RELEASED)
		portmap_ask(pm, now);
	else if (pm->state != PORTMAP_QUIET)
		portmap_request_map(pm, m, now);
	return 0;
}

void
portmap_unwant(struct portmap *pm, uint8_t proto, uint64_t now)
{
	struct portmap_mapping	*m = portmap_slot(pm, proto);
	int			 known;
	size_t			 i;

	if (m == NULL || !m->wanted)
		return;
	/* What was asked for may exist, though its answer was lost. */
	known = m->held || m->req.asked;
	m->wanted = 0;
	m->start = PORTMAP_NEVER;
	portmap_request_end(&m->req);
	if (m->told == TOLD_MAPPED)
		portmap_tell_unmapped(pm, m, PORTMAP_GIVEN_UP);
	m->held = m->stale = 0;
	if (known)
		portmap_request_delete(pm, m, now);
	for (i = 0; i < PORTMAP_MAX; i++)
		if (pm->maps[i].wanted)
			return;
	portmap_request_end(&pm->address);
	pm->grace = pm->retry = PORTMAP_NEVER;
	pm->state = PORTMAP_IDLE;
}

void
portmap_release(struct portmap *pm, uint64_t now)
{
	size_t	 i;

	for (i = 0; i < PORTMAP_MAX; i++)
		portmap_unwant(pm, pm->maps[i].proto, now);
	pm->state = PORTMAP_RELEASED;
}

int
portmap_is_released(const struct portmap *pm)
{
	size_t	 i;

	for (i = 0; i < PORTMAP_MAX; i++)
		if (pm->maps[i].deleting)
			return 0;
	return pm->state == PORTMAP_RELEASED;
}

void
portmap_recheck(struct portmap *pm, uint64_t now)
{
	struct portmap_mapping	*m;
	uint64_t		 at = now;
	size_t			 i;

	if (pm->state == PORTMAP_QUIET)
		portmap_ask(pm, now);
	if (pm->state != PORTMAP_SPEAKING)
		return;
	/* However often somebody makes us: not without pause. */
	if (pm->remapped != 0 && now - pm->remapped < PORTMAP_APART_MS)
		at = pm->remapped + PORTMAP_APART_MS;
	else
		pm->remapped = now;
	for (i = 0; i < PORTMAP_MAX; i++) {
		m = &pm->maps[i];
		/* What has just been asked is as good. */
		if (!m->wanted || (m->req.asked && m->req.tries == 1))
			continue;
		portmap_request_end(&m->req);
		m->start = at;
	}
}

void
portmap_unreachable(struct portmap *pm, uint64_t now)
{
	size_t	 i;

	if (pm->state != PORTMAP_ASKING)
		return;
	for (i = 0; i < PORTMAP_MAX; i++)
		portmap_request_end(&pm->maps[i].req);
	portmap_request_end(&pm->address);
	portmap_ask_check(pm, now);
}

/* Mappings that have not been renewed in time, and requests to begin. */
static void
tick_mappings(struct portmap *pm, uint64_t now)
{
	struct portmap_mapping	*m;
	int			 lost = 0;
	size_t			 i;

	for (i = 0; i < PORTMAP_MAX; i++) {
		m = &pm->maps[i];
		if (m->held && now >= m->expires) {
			portmap_tell_unmapped(pm, m, PORTMAP_EXPIRED);
			lost = 1;
		}
		if (m->wanted && now >= m->start)
			portmap_request_map(pm, m, now);
	}
	/* The gateway has gone, or speaks another protocol now. */
	if (lost && pm->state == PORTMAP_SPEAKING && !portmap_any_held(pm))
		portmap_ask(pm, now);
}

uint64_t
portmap_tick(struct portmap *pm, uint64_t now)
{
	const struct portmap_mapping	*m;
	uint64_t			 next;
	size_t				 i;

	if (pm->state == PORTMAP_QUIET && now >= pm->retry)
		portmap_ask(pm, now);
	tick_mappings(pm, now);
	portmap_request_tick(pm, now);
	if (now >= pm->grace)
		portmap_ask_check(pm, now);
	next = pm->grace;
	if (pm->state == PORTMAP_QUIET && pm->retry < next)
		next = pm->retry;
	if (pm->address.due < next)
		next = pm->address.due;
	for (i = 0; i < PORTMAP_MAX; i++) {
		m = &pm->maps[i];
		if (m->req.due < next)
			next = m->req.due;
		if (m->wanted && m->start < next)
			next = m->start;
		if (m->held && m->expires < next)
			next = m->expires;
	}
	return next;
}

int
portmap_get(const struct portmap *pm, uint8_t proto,
    struct portmap_info *info)
{
	const struct portmap_mapping	*m;
	size_t				 i;

	for (i = 0; i < PORTMAP_MAX; i++) {
		m = &pm->maps[i];
		if (m->proto != proto || !m->wanted)
			continue;
		memset(info, 0, sizeof(*info));
		info->state = pm->state;
		info->protocol = pm->protocol;
		info->held = m->held;
		info->internal = m->internal;
		info->result = m->result;
		info->expires = m->held ? m->expires : 0;
		info->external = m->external;
		return 0;
	}
	errno = ENOENT;
	return -1;
}
