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
 * Answers of the gateway: which question they belong to, if the gateway still
 * has its memory, and what they change.  What belongs to no question changes
 * nothing but a counter.
 */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "portmap/portmap_internal.h"
#include "portmap/wire.h"

static int
drop(uint64_t *counter)
{
	(*counter)++;
	return -1;
}

/* In constant time, as a matter of form: a nonce is good for one mapping. */
static int
nonce_differs(const uint8_t *a, const uint8_t *b)
{
	uint8_t	 diff = 0;
	size_t	 i;

	for (i = 0; i < PORTMAP_NONCE_LEN; i++)
		diff |= a[i] ^ b[i];
	return diff != 0;
}

/* RFC 6887 8.5; all in seconds. */
static int
pcp_epoch_is_valid(const struct portmap_epoch *e, uint32_t server,
    uint64_t client)
{
	uint64_t	 server_delta;

	if ((uint64_t)server + 1 < e->server)
		return 0;
	server_delta = server > e->server ? server - e->server : 0;
	return client + 2 >= server_delta - server_delta / 16 &&
	    server_delta + 2 >= client - client / 16;
}

/* RFC 6886 3.6: it may run slow by an eighth, and two seconds. */
static int
pmp_epoch_is_valid(const struct portmap_epoch *e, uint32_t server,
    uint64_t client)
{
	return (uint64_t)server + 2 >= e->server + client - client / 8;
}

/*
 * The gateway has restarted and knows nothing: map again at once.  Whoever
 * forges answers must not make us send without pause, as portmap_recheck
 * sees to.
 */
static void
check_epoch(struct portmap *pm, const struct portmap_answer *a, uint64_t now)
{
	struct portmap_epoch	*e;
	uint64_t		 client;
	size_t			 i;
	int			 valid = 1;

	e = &pm->epoch[a->version == PORTMAP_PCP_VERSION ? 0 : 1];
	if (e->known) {
		client = (now - e->client) / 1000;
		valid = a->version == PORTMAP_PCP_VERSION ?
		    pcp_epoch_is_valid(e, a->epoch, client) :
		    pmp_epoch_is_valid(e, a->epoch, client);
	}
	e->known = 1;
	e->server = a->epoch;
	e->client = now;
	if (valid)
		return;
	pm->stats.epoch_resets++;
	for (i = 0; i < PORTMAP_MAX; i++)
		pm->maps[i].stale = pm->maps[i].held;
	if (portmap_any_held(pm))
		portmap_recheck(pm, now);
}

/* RFC 6887 11.2.1: from half of the lifetime on, PCP not at one moment. */
static uint64_t
renewal(struct portmap *pm, uint64_t now, uint32_t lifetime)
{
	uint64_t	 half = (uint64_t)lifetime * 1000 / 2;

	if (pm->protocol == PORTMAP_PCP)
		half += portmap_random(pm, lifetime * 1000 / 8);
	return now + (half < PORTMAP_APART_MS ? PORTMAP_APART_MS : half);
}

/* lifetime: seconds for which the gateway will not think better of it. */
static void
map_refused(struct portmap *pm, struct portmap_mapping *m, uint16_t result,
    uint32_t lifetime, uint64_t now)
{
	uint32_t	 least;

	pm->stats.refusals++;
	m->result = result;
	least = lifetime > PORTMAP_BACKOFF_MAX_MS / 1000 ?
	    PORTMAP_BACKOFF_MAX_MS : lifetime * 1000;
	/* Ask once more without a wish before giving up. */
	if (pm->protocol != PORTMAP_NATPMP &&
	    result == PCP_CANNOT_PROVIDE_EXTERNAL && m->suggested.port != 0) {
		memset(&m->suggested, 0, sizeof(m->suggested));
		portmap_request_map(pm, m, now);
		return;
	}
	portmap_request_end(&m->req);
	m->start = PORTMAP_NEVER;
	if (pm->state == PORTMAP_ASKING) {
		m->refused = 1;
		if (pm->error_ms < least)
			pm->error_ms = least;
		portmap_ask_check(pm, now);
		return;
	}
	m->start = now + portmap_backoff(&m->backoff, least);
	/* A renewal refused leaves what is held until it expires. */
	if (!m->held || m->stale)
		portmap_tell_unmapped(pm, m, PORTMAP_REFUSED);
}

static void
map_granted(struct portmap *pm, struct portmap_mapping *m,
    const struct endpoint *external, uint32_t lifetime, uint64_t now)
{
	if (lifetime > PORTMAP_LIFETIME_MAX)
		lifetime = PORTMAP_LIFETIME_MAX;
	portmap_request_end(&m->req);
	pm->quiet_ms = PORTMAP_QUIET_MS;
	m->held = 1;
	m->stale = 0;
	m->refused = 0;
	m->result = 0;
	m->backoff = PORTMAP_REFUSED_MS;
	m->external = *external;
	m->suggested = *external;
	m->expires = now + (uint64_t)lifetime * 1000;
	m->start = renewal(pm, now, lifetime);
	portmap_tell_mapped(pm, m, now);
}

/* Success or not, for a mapping of which it is sure that it is meant. */
static int
map_answered(struct portmap *pm, struct portmap_mapping *m,
    const struct portmap_answer *a, const struct endpoint *external,
    uint64_t now)
{
	uint16_t	 useless;

	if (m->deleting) {
		/* The late answer to the question before is none to this. */
		if (a->result == 0 && a->lifetime != 0)
			return drop(&pm->stats.unasked);
		m->deleting = 0;
		portmap_request_end(&m->req);
		pm->stats.accepted++;
		return 0;
	}
	/* Of what was deleted before it was wanted again. */
	if (a->result == 0 && a->lifetime == 0)
		return drop(&pm->stats.bad_answer);
	pm->stats.accepted++;
	check_epoch(pm, a, now);
	if (a->result != 0) {
		map_refused(pm, m, a->result, a->lifetime, now);
		return 0;
	}
	if (external->port == 0 || endpoint_is_unusable(external) ||
	    a->lifetime < PORTMAP_LIFETIME_MIN) {
		pm->stats.bad_answer++;
		useless = pm->protocol == PORTMAP_NATPMP ?
		    (uint16_t)PMP_NETWORK_FAILURE :
		    (uint16_t)PCP_NETWORK_FAILURE;
		map_refused(pm, m, useless, 0, now);
		return 0;
	}
	if (pm->state == PORTMAP_ASKING)
		portmap_choose(pm, PORTMAP_PCP, now);
	map_granted(pm, m, external, a->lifetime, now);
	return 0;
}

static int
input_pcp(struct portmap *pm, const struct portmap_answer *a, uint64_t now)
{
	struct portmap_mapping	*m = portmap_slot(pm, a->proto);

	if (m == NULL || m->internal == 0 || m->internal != a->internal)
		return drop(&pm->stats.not_ours);
	if (nonce_differs(m->nonce, a->nonce))
		return drop(&pm->stats.bad_nonce);
	if (pm->protocol == PORTMAP_NATPMP)
		return drop(&pm->stats.unasked);
	/* RFC 6887 14.2: news of what is held come unasked, too. */
	if (!m->req.asked && (!m->held || a->result != 0))
		return drop(&pm->stats.unasked);
	return map_answered(pm, m, a, &a->external, now);
}

static int
input_pmp_map(struct portmap *pm, const struct portmap_answer *a,
    uint64_t now)
{
	struct portmap_mapping	*m = portmap_slot(pm, a->proto);
	struct endpoint		 external;

	if (pm->protocol != PORTMAP_NATPMP || m == NULL || !m->req.asked)
		return drop(&pm->stats.unasked);
	/* A short refusal does not tell the port. */
	if (m->internal != a->internal &&
	    (a->result == 0 || a->internal != 0))
		return drop(&pm->stats.not_ours);
	external = pm->outside;
	external.port = a->external.port;
	return map_answered(pm, m, a, &external, now);
}

static int
input_pmp_address(struct portmap *pm, const struct portmap_answer *a,
    uint64_t now)
{
	struct portmap_mapping	*m;
	size_t			 i;

	if (!pm->address.asked)
		return drop(&pm->stats.unasked);
	portmap_request_end(&pm->address);
	pm->stats.accepted++;
	check_epoch(pm, a, now);
	if (a->result != 0 || endpoint_is_unusable(&a->external)) {
		if (a->result == 0)
			pm->stats.bad_answer++;
		else
			pm->stats.refusals++;
		for (i = 0; i < PORTMAP_MAX; i++) {
			m = &pm->maps[i];
			if (pm->state != PORTMAP_ASKING || !m->wanted)
				continue;
			m->refused = 1;
		}
		portmap_ask_check(pm, now);
		return 0;
	}
	if (endpoint_cmp_addr(&pm->outside, &a->external) == 0)
		return 0;
	pm->outside = a->external;
	portmap_ask_check(pm, now);
	/* The mappings have moved with the address. */
	for (i = 0; i < PORTMAP_MAX; i++) {
		m = &pm->maps[i];
		if (!m->held || pm->protocol != PORTMAP_NATPMP)
			continue;
		memcpy(m->external.addr, pm->outside.addr,
		    sizeof(m->external.addr));
		portmap_tell_mapped(pm, m, now);
	}
	return 0;
}

/*
 * RFC 6887 9 and RFC 6886 3.5: the gateway speaks the version of this packet,
 * not that of one of our questions.  It carries no nonce, so it counts while
 * both protocols are asked only, and cannot end what works.
 */
static int
input_version(struct portmap *pm, const struct portmap_answer *a,
    uint64_t now)
{
	struct portmap_mapping	*m;
	size_t			 i;

	if (pm->state != PORTMAP_ASKING)
		return drop(&pm->stats.unasked);
	pm->stats.accepted++;
	pm->stats.versions++;
	if (a->version == PORTMAP_PCP_VERSION)
		portmap_request_end(&pm->address);
	for (i = 0; i < PORTMAP_MAX; i++) {
		m = &pm->maps[i];
		if (a->version == PORTMAP_PCP_VERSION || !m->wanted)
			continue;
		portmap_request_end(&m->req);
		m->refused = 1;
		m->result = PCP_UNSUPP_VERSION;
	}
	portmap_ask_check(pm, now);
	return 0;
}

int
portmap_input(struct portmap *pm, const struct endpoint *from,
    const uint8_t *pkt, size_t len, uint64_t now)
{
	struct portmap_answer	 a;

	if (endpoint_cmp(from, &pm->gateway) != 0)
		return drop(&pm->stats.bad_source);
	switch (portmap_parse(&a, pkt, len)) {
	case PORTMAP_OK:
		break;
	case PORTMAP_BAD_LENGTH:
		return drop(&pm->stats.bad_length);
	case PORTMAP_BAD_VERSION:
		return drop(&pm->stats.bad_version);
	case PORTMAP_BAD_OPCODE:
		return drop(&pm->stats.bad_opcode);
	case PORTMAP_NOT_ANSWER:
		return drop(&pm->stats.not_answer);
	}
	switch (a.kind) {
	case PORTMAP_ANSWER_PCP_MAP:
		return input_pcp(pm, &a, now);
	case PORTMAP_ANSWER_PMP_MAP:
		return input_pmp_map(pm, &a, now);
	case PORTMAP_ANSWER_PMP_ADDRESS:
		return input_pmp_address(pm, &a, now);
	case PORTMAP_ANSWER_VERSION:
		break;
	}
	return input_version(pm, &a, now);
}
