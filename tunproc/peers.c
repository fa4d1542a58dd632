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
 * The peers as policy has them: addresses, rules, and an index from inner
 * address to peer, rebuilt at each change (changes are rare, packets not).
 */

#include <sys/types.h>

#include <string.h>

#include "base/log.h"
#include "tunproc/tun.h"

static uint32_t
hash(const uint8_t *addr, size_t len)
{
	uint32_t	 h = 2166136261U;
	size_t		 i;

	/* Addresses are given out by the organisation, not by attackers. */
	for (i = 0; i < len; i++)
		h = (h ^ addr[i]) * 16777619U;
	return h & (TUN_INDEX_SIZE - 1);
}

static void
index_add(uint16_t *index, const uint8_t *addr, size_t len, size_t slot)
{
	uint32_t	 h = hash(addr, len);

	while (index[h] != 0)
		h = (h + 1) & (TUN_INDEX_SIZE - 1);
	index[h] = (uint16_t)(slot + 1);
}

static void
index_build(struct env *env)
{
	size_t	 i;

	memset(env->index4, 0, sizeof(env->index4));
	memset(env->index6, 0, sizeof(env->index6));
	for (i = 0; i < TUN_PEERS_MAX; i++) {
		if (env->peers[i].id == 0 || env->peers[i].id >= PEER_STATIC)
			continue;
		index_add(env->index4, env->peers[i].ipv4, 4, i);
		index_add(env->index6, env->peers[i].ipv6, 16, i);
	}
}

struct tun_peer *
tun_peer_find(struct env *env, uint32_t id)
{
	size_t	 i, start = id % TUN_PEERS_MAX;

	/* A peer lies in the slot of its number unless that was taken. */
	for (i = 0; id != 0 && i < TUN_PEERS_MAX; i++)
		if (env->peers[(start + i) % TUN_PEERS_MAX].id == id)
			return &env->peers[(start + i) % TUN_PEERS_MAX];
	return NULL;
}

static struct tun_peer *
index_find(struct env *env, int version, const uint8_t *addr)
{
	size_t			 len = packet_address_length(version);
	const uint16_t		*index = version == 4 ? env->index4 :
				    env->index6;
	uint32_t		 h = hash(addr, len);
	struct tun_peer		*p;

	for (; index[h] != 0; h = (h + 1) & (TUN_INDEX_SIZE - 1)) {
		p = &env->peers[index[h] - 1];
		if (memcmp(version == 4 ? p->ipv4 : p->ipv6, addr, len) == 0)
			return p;
	}
	return NULL;
}

/*
 * The peer that has an address: the longest prefix.  Between a peer of the
 * configuration and one of policy with the same address the first has it, or
 * ctlproc could take its traffic.
 */
static struct tun_peer *
peer_of(struct env *env, int version, const uint8_t *addr)
{
	const struct tun_route	*r = route_find(env, version, addr);
	struct tun_peer		*p = NULL;

	if (r == NULL || r->plen < 8 * packet_address_length(version))
		p = index_find(env, version, addr);
	if (p == NULL && r != NULL)
		p = tun_peer_find(env, r->peer);
	return p;
}

/* The peer that has the packet's destination address. */
struct tun_peer *
tun_peer_route(struct env *env, const struct packet *pkt)
{
	return peer_of(env, pkt->version, pkt->dst);
}

int
tun_peer_owns(struct env *env, const struct tun_peer *p, int version,
    const uint8_t *addr)
{
	if (p->id >= PEER_STATIC)
		return peer_of(env, version, addr) == p;
	return memcmp(addr, version == 4 ? p->ipv4 : p->ipv6,
	    packet_address_length(version)) == 0;
}

struct tun_peer *
tun_peer_slot(struct env *env, uint32_t id)
{
	size_t	 i, start = id % TUN_PEERS_MAX;

	for (i = 0; i < TUN_PEERS_MAX; i++)
		if (env->peers[(start + i) % TUN_PEERS_MAX].id == 0)
			return &env->peers[(start + i) % TUN_PEERS_MAX];
	return NULL;
}

void
tun_peer_set(struct env *env, const struct msg_tun_peer *m)
{
	struct tun_peer	*p = tun_peer_find(env, m->peer);

	if (p == NULL && (p = tun_peer_slot(env, m->peer)) == NULL) {
		log_warnx("too many peers, number %u left out", m->peer);
		return;
	}
	if (p->id == 0)
		pmtu_init(&p->pmtu, env->mtu);
	p->id = m->peer;
	p->seen = 1;
	p->agent = 1;
	memcpy(p->ipv4, m->ipv4, sizeof(p->ipv4));
	memcpy(p->ipv6, m->ipv6, sizeof(p->ipv6));
	memcpy(p->acls, m->acls.e, m->acls.n * sizeof(p->acls[0]));
	p->nacls = m->acls.n;
	index_build(env);
	/* An amended rule holds for live flows at once. */
	flow_recheck(env->flows, p->id, p->acls, p->nacls);
}

void
tun_peer_remove(struct env *env, uint32_t id)
{
	struct tun_peer	*p = tun_peer_find(env, id);

	if (p == NULL)
		return;
	flow_forget_peer(env->flows, id);
	memset(p, 0, sizeof(*p));
	index_build(env);
}

/* Forget the peers that ctlproc has not named since it came up. */
void
tun_peer_sweep(struct env *env)
{
	size_t	 i;

	for (i = 0; i < TUN_PEERS_MAX; i++)
		if (env->peers[i].id != 0 && !env->peers[i].seen &&
		    env->peers[i].id < PEER_STATIC)
			tun_peer_remove(env, env->peers[i].id);
}
