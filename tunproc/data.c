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
 * Packets between the tun device and the ring to cryptoproc.  Outbound they
 * are routed by destination and leave flow state; inbound the source must be
 * the peer's own address and a rule or a flow must let them in.
 */

#include <sys/types.h>

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "os/tunio.h"
#include "packet/refuse.h"
#include "tunproc/tun.h"

static void
to_crypto(struct env *env, uint32_t peer, const uint8_t *data, size_t len)
{
	struct ring_record	 rec;
	uint8_t			*room;

	if ((room = ring_reserve(&env->crypto.tx, (uint32_t)len)) == NULL) {
		env->stats.drop_ring_full++;
		return;
	}
	memcpy(room, data, len);
	memset(&rec, 0, sizeof(rec));
	rec.len = (uint32_t)len;
	rec.peer = peer;
	rec.count = 1;
	rec.segment = (uint16_t)len;
	ring_commit(&env->crypto.tx, &rec);
}

static void
to_tun(struct env *env, const uint8_t *data, size_t len)
{
	if (tun_write(env->tun, data, len) != (ssize_t)len)
		env->stats.drop_tun++;
}

static int
may_refuse(struct env *env, uint64_t now)
{
	if (now / 1000 != env->refusal_second) {
		env->refusal_second = now / 1000;
		env->refusals = 0;
	}
	return env->refusals++ < TUN_REFUSALS;
}

static int
is_self(const struct env *env, int version, const uint8_t *addr)
{
	if (!env->have_self)
		return 0;
	return memcmp(addr, version == 4 ? env->ipv4 : env->ipv6,
	    packet_address_length(version)) == 0;
}

static void
outbound(struct env *env, const uint8_t *data, size_t len, uint64_t now)
{
	uint8_t		 answer[REFUSE_MAX];
	struct tun_peer	*peer;
	struct packet	 pkt;
	size_t		 n;

	if (packet_parse(&pkt, data, len) != PACKET_OK) {
		env->stats.drop_malformed++;
		return;
	}
	if (!is_self(env, pkt.version, pkt.src)) {
		/* Link-local chatter of the kernel, or a spoofer. */
		env->stats.drop_spoofed++;
		return;
	}
	if ((peer = tun_peer_route(env, &pkt)) == NULL) {
		env->stats.drop_no_peer++;
		if (may_refuse(env, now) && (n = refuse_build(&pkt, data,
		    pkt.length, answer, sizeof(answer))) > 0)
			to_tun(env, answer, n);
		return;
	}
	if (!flow_verdict_passes(flow_outbound(env->flows, peer->id, &pkt,
	    now))) {
		env->stats.drop_acl++;
		return;
	}
	env->stats.passed_out++;
	to_crypto(env, peer->id, data, pkt.length);
}

static void
inbound(struct env *env, uint32_t id, const uint8_t *data, size_t len,
    uint64_t now)
{
	struct tun_peer		*peer = tun_peer_find(env, id);
	uint8_t			 answer[REFUSE_MAX];
	struct packet		 pkt;
	enum flow_verdict	 verdict;
	size_t			 n;

	if (peer == NULL) {
		env->stats.drop_no_peer++;
		return;
	}
	if (packet_parse(&pkt, data, len) != PACKET_OK) {
		env->stats.drop_malformed++;
		return;
	}
	if (!is_self(env, pkt.version, pkt.dst) ||
	    memcmp(pkt.src, pkt.version == 4 ? peer->ipv4 : peer->ipv6,
	    packet_address_length(pkt.version)) != 0) {
		env->stats.drop_spoofed++;
		return;
	}
	verdict = flow_inbound(env->flows, id, peer->acls, peer->nacls, &pkt,
	    now);
	if (flow_verdict_passes(verdict)) {
		env->stats.passed_in++;
		to_tun(env, data, pkt.length);
		return;
	}
	env->stats.drop_acl++;
	if (verdict == FLOW_DROP_ACL && may_refuse(env, now) &&
	    (n = refuse_build(&pkt, data, pkt.length, answer,
	    sizeof(answer))) > 0)
		to_crypto(env, id, answer, n);
}

static void
tun_readable(int fd, short event, void *arg)
{
	struct env	*env = arg;
	uint64_t	 now = clock_mono_ms();
	ssize_t		 len;
	int		 n;

	(void)event;
	for (n = 0; n < TUN_BURST; n++) {
		if ((len = tun_read(fd, env->buf, sizeof(env->buf))) <= 0)
			break;
		outbound(env, env->buf, (size_t)len, now);
	}
	if (n < TUN_BURST && len == -1 && errno != EAGAIN && errno != EINTR &&
	    errno != EIO)
		fatal("read from %s", env->name);
	ring_flush(&env->crypto);
}

/* cryptoproc broke the ring: it is ended and a new ring comes. */
static void
ring_broken(struct env *env)
{
	struct msg_violation	 m;

	env->ring_bad++;
	event_del(&env->ring_event);
	ring_pair_detach(&env->crypto);
	memset(&m, 0, sizeof(m));
	m.peer = ROLE_CRYPTO;
	strlcpy(m.reason, "its ring is corrupt", sizeof(m.reason));
	msg_send_violation(env->proc.parent, &m, -1);
}

/*
 * A record lies in memory that cryptoproc can change: the packet is copied
 * before it is looked at, or the rules would judge one packet and pass
 * another.
 */
static void
inbound_record(struct env *env, const struct ring_record *rec,
    const uint8_t *data, uint64_t now)
{
	uint32_t	 size = rec->len, off, len;

	if (rec->count > 1 && rec->segment != 0 && rec->segment <= rec->len)
		size = rec->segment;
	for (off = 0; off < rec->len; off += len) {
		len = rec->len - off < size ? rec->len - off : size;
		if (len > sizeof(env->buf)) {
			env->stats.drop_malformed++;
			continue;
		}
		memcpy(env->buf, data + off, len);
		inbound(env, rec->peer, env->buf, len, now);
	}
}

static void
ring_readable(int fd, short event, void *arg)
{
	struct env		*env = arg;
	uint64_t		 now = clock_mono_ms();
	struct ring_record	 rec;
	const uint8_t		*data;
	int			 n, got = 0;

	(void)fd;
	(void)event;
	ring_awake(&env->crypto);
	do {
		for (n = 0; n < TUN_BURST; n++) {
			if ((got = ring_peek(&env->crypto.rx, &rec, &data)) !=
			    1)
				break;
			inbound_record(env, &rec, data, now);
			ring_release(&env->crypto.rx);
		}
		if (got == -1) {
			ring_broken(env);
			return;
		}
		if (n == TUN_BURST) {
			event_active(&env->ring_event, EV_READ, 1);
			break;
		}
	} while (ring_sleep(&env->crypto));
	ring_flush(&env->crypto);
}

void
tun_ring(void *arg, uint32_t peer, uint32_t side, int mem, size_t size,
    int wait, int kick)
{
	struct env	*env = arg;

	if (peer != ROLE_CRYPTO)
		fatalx("ring to %s", role_name(peer));
	if (env->crypto.memory != NULL)
		event_del(&env->ring_event);
	ring_pair_detach(&env->crypto);
	if (ring_pair_attach(&env->crypto, mem, size, side, wait, kick) == -1)
		fatal("ring to %s", role_name(peer));
	event_set(&env->ring_event, wait, EV_READ | EV_PERSIST, ring_readable,
	    env);
	event_add(&env->ring_event, NULL);
}

void
tun_start(struct env *env)
{
	event_set(&env->tun_event, env->tun, EV_READ | EV_PERSIST,
	    tun_readable, env);
	event_add(&env->tun_event, NULL);
}
