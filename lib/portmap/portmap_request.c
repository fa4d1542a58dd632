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
 * Questions to the gateway and their repetition when no answer comes: PCP by
 * RFC 6887 8.1.1, NAT-PMP by RFC 6886 3.1, both bounded.
 */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "portmap/portmap_internal.h"
#include "portmap/wire.h"

void
portmap_request_end(struct portmap_request *r)
{
	r->asked = 0;
	r->due = PORTMAP_NEVER;
}

static void
request_begin(struct portmap_request *r, uint32_t rto, uint8_t limit)
{
	r->asked = 1;
	r->tries = 0;
	r->rto = rto;
	r->limit = limit;
}

/* A packet has left: wait for its answer, twice as long each time. */
static void
request_sent(struct portmap *pm, struct portmap_request *r, uint64_t now)
{
	uint32_t	 jitter = 0;

	pm->stats.sent++;
	r->tries++;
	r->due = now + r->rto;
	/* RFC 6887 8.1.1: a tenth more or less. */
	if (r->rto >= PORTMAP_PCP_RTO_MS && pm->protocol != PORTMAP_NATPMP) {
		jitter = portmap_random(pm, r->rto / 5 + 1);
		r->due = r->due - r->rto / 10 + jitter;
	}
	r->rto *= 2;
}

static void
send_map(struct portmap *pm, struct portmap_mapping *m, uint32_t lifetime,
    uint64_t now)
{
	struct portmap_question	 q;
	uint8_t			 buf[PORTMAP_REQUEST_MAX];
	size_t			 len;

	q.proto = m->proto;
	q.internal = m->internal;
	q.lifetime = lifetime;
	q.nonce = m->nonce;
	q.own = pm->own;
	q.suggested = m->suggested;
	if (pm->protocol == PORTMAP_NATPMP)
		len = portmap_build_pmp_map(buf, &q);
	else
		len = portmap_build_pcp(buf, &q);
	pm->ops->send(pm->arg, &pm->gateway, buf, len);
	request_sent(pm, &m->req, now);
}

static void
send_address(struct portmap *pm, uint64_t now)
{
	uint8_t	 buf[PORTMAP_REQUEST_MAX];
	size_t	 len;

	len = portmap_build_pmp_address(buf);
	pm->ops->send(pm->arg, &pm->gateway, buf, len);
	request_sent(pm, &pm->address, now);
}

void
portmap_request_address(struct portmap *pm, uint64_t now)
{
	request_begin(&pm->address, PORTMAP_PMP_RTO_MS,
	    pm->state == PORTMAP_ASKING ? PORTMAP_PMP_TRIES :
	    PORTMAP_RENEW_TRIES);
	send_address(pm, now);
}

void
portmap_request_map(struct portmap *pm, struct portmap_mapping *m,
    uint64_t now)
{
	uint32_t	 rto;
	uint8_t		 tries;

	m->start = PORTMAP_NEVER;
	if (pm->protocol == PORTMAP_NATPMP) {
		rto = PORTMAP_PMP_RTO_MS;
		tries = PORTMAP_PMP_TRIES;
		/* The outside address may be another one by now. */
		if (m->held && !pm->address.asked)
			portmap_request_address(pm, now);
	} else {
		rto = m->held ? PORTMAP_APART_MS + PORTMAP_APART_MS / 8 :
		    PORTMAP_PCP_RTO_MS;
		tries = m->held ? PORTMAP_RENEW_TRIES : PORTMAP_PCP_TRIES;
	}
	request_begin(&m->req, rto, tries);
	send_map(pm, m, PORTMAP_LIFETIME, now);
}

void
portmap_request_delete(struct portmap *pm, struct portmap_mapping *m,
    uint64_t now)
{
	m->deleting = 1;
	request_begin(&m->req, PORTMAP_DELETE_RTO_MS, PORTMAP_DELETE_TRIES);
	send_map(pm, m, 0, now);
}

/* The last repetition has had no answer either. */
static void
map_silent(struct portmap *pm, struct portmap_mapping *m, uint64_t now)
{
	uint64_t	 half;
	size_t		 i;
	int		 others = portmap_any_held(pm);

	portmap_request_end(&m->req);
	if (m->deleting) {
		m->deleting = 0;
		return;
	}
	if (pm->state == PORTMAP_ASKING) {
		portmap_ask_check(pm, now);
		return;
	}
	if (m->held) {
		half = m->expires > now ? (m->expires - now) / 2 : 0;
		m->start = now + (half < PORTMAP_APART_MS ? PORTMAP_APART_MS :
		    half);
		return;
	}
	for (i = 0; i < PORTMAP_MAX; i++)
		others |= pm->maps[i].wanted && pm->maps[i].req.asked;
	if (!others) {
		portmap_ask_failed(pm, now);
		return;
	}
	m->start = now + portmap_backoff(&m->backoff, 0);
	portmap_tell_unmapped(pm, m, PORTMAP_SILENT);
}

void
portmap_request_tick(struct portmap *pm, uint64_t now)
{
	struct portmap_mapping	*m;
	struct portmap_request	*r;
	size_t			 i;

	for (i = 0; i < PORTMAP_MAX; i++) {
		m = &pm->maps[i];
		r = &m->req;
		if (!r->asked || now < r->due)
			continue;
		if (r->tries >= r->limit)
			map_silent(pm, m, now);
		else
			send_map(pm, m, m->deleting ? 0 : PORTMAP_LIFETIME,
			    now);
	}
	r = &pm->address;
	if (!r->asked || now < r->due)
		return;
	if (r->tries < r->limit) {
		send_address(pm, now);
		return;
	}
	portmap_request_end(r);
	portmap_ask_check(pm, now);
}
