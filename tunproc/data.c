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
#include "base/pace.h"
#include "os/tun.h"
#include "os/tunio.h"
#include "packet/ecn.h"
#include "packet/refuse.h"
#include "tunproc/tun.h"

void
data_to_crypto(struct env *env, uint32_t peer, uint8_t ecn,
    const uint8_t *data, size_t len)
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
	rec.ecn = ecn;
	ring_commit(&env->crypto.tx, &rec);
}

/* What goes to tun: a packet, or several of one flow as one. */
static void
to_tun(struct env *env, const struct vnet_hdr *hdr, const struct iovec *iov,
    size_t niov)
{
	size_t	 hdr_len = env->offloads & TUN_OFFLOAD_HEADER ?
		    sizeof(*hdr) : 0;

	if (tun_write(env->tun, hdr, hdr_len, iov, niov) == -1)
		env->stats.drop_tun++;
}

void
data_to_tun(struct env *env, uint8_t *data, size_t len)
{
	static const struct vnet_hdr	 plain;
	struct iovec			 iov = { data, len };

	to_tun(env, &plain, &iov, 1);
}

int
data_may_refuse(struct env *env, uint64_t now)
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
	if (env->have_self && memcmp(addr, version == 4 ? env->ipv4 :
	    env->ipv6, packet_address_length(version)) == 0)
		return 1;
	return route_self(env, version, addr);
}

/* Packets of one record: what cryptoproc and one UDP send can take. */
static size_t
record_packets(size_t size, size_t left)
{
	size_t	 sealed = ((size + 15) & ~(size_t)15) + 32;
	size_t	 n = TUN_RECORD_BYTES / sealed;

	if (n > TUN_RECORD_PACKETS)
		n = TUN_RECORD_PACKETS;
	if (n == 0)
		n = 1;
	return n < left ? n : left;
}

void
data_close(struct env *env)
{
	if (env->out.room != NULL && env->out.rec.count > 0)
		ring_commit(&env->crypto.tx, &env->out.rec);
	env->out.room = NULL;
}

/* Room for one more packet in the open record, or in a new one. */
static uint8_t *
burst_room(struct env *env, uint32_t peer, uint8_t ecn, size_t len)
{
	struct tun_burst	*b = &env->out;

	if (b->room != NULL && b->rec.peer == peer && b->rec.ecn == ecn &&
	    b->rec.count < TUN_RECORD_PACKETS && len <= b->rec.segment &&
	    b->rec.len % b->rec.segment == 0 && len <= b->cap - b->rec.len)
		return b->room + b->rec.len;
	data_close(env);
	b->cap = len * record_packets(len, TUN_RECORD_PACKETS);
	b->room = ring_reserve(&env->crypto.tx, (uint32_t)b->cap);
	if (b->room == NULL) {
		b->cap = len;
		b->room = ring_reserve(&env->crypto.tx, (uint32_t)len);
	}
	memset(&b->rec, 0, sizeof(b->rec));
	b->rec.peer = peer;
	b->rec.segment = (uint16_t)len;
	b->rec.ecn = ecn;
	return b->room;
}

/* A packet that is not cut joins others of its size, if they come at once. */
static void
packet_to_crypto(struct env *env, uint32_t peer, uint8_t ecn,
    struct segmenter *seg)
{
	size_t	 size = segment_total(seg);
	uint8_t	*room = burst_room(env, peer, ecn, size);
	ssize_t	 len;

	if (room == NULL) {
		env->stats.drop_ring_full++;
		return;
	}
	len = segment_next(seg, room, size);
	if (len <= 0)
		return;
	env->out.rec.len += (uint32_t)len;
	env->out.rec.count++;
	env->stats.passed_out++;
}

/* Cut what the kernel gave us, straight into the ring. */
static void
segments_to_crypto(struct env *env, uint32_t peer, uint8_t ecn,
    struct segmenter *seg)
{
	struct ring_record	 rec;
	size_t			 left = segment_count(seg), n, cap;
	uint8_t			*room;
	ssize_t			 len;

	while (left > 0) {
		n = record_packets(segment_size(seg), left);
		cap = n * segment_size(seg);
		room = ring_reserve(&env->crypto.tx, (uint32_t)cap);
		if (room == NULL) {
			env->stats.drop_ring_full += left;
			return;
		}
		memset(&rec, 0, sizeof(rec));
		rec.peer = peer;
		rec.segment = (uint16_t)segment_size(seg);
		rec.ecn = ecn;
		for (; n > 0; n--, left--) {
			len = segment_next(seg, room + rec.len, cap - rec.len);
			if (len <= 0)
				break;
			rec.len += (uint32_t)len;
			rec.count++;
		}
		if (rec.count == 0)
			return;
		env->stats.passed_out += rec.count;
		ring_commit(&env->crypto.tx, &rec);
	}
}

static void
outbound(struct env *env, const struct vnet_hdr *hdr, const uint8_t *data,
    size_t len, uint64_t now)
{
	struct segmenter	 seg;
	uint8_t			 answer[REFUSE_MAX];
	struct tun_peer		*peer;
	struct packet		 pkt;
	size_t			 n;

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
		if (data_may_refuse(env, now) && (n = refuse_build(&pkt, data,
		    pkt.length, answer, sizeof(answer))) > 0)
			data_to_tun(env, answer, n);
		return;
	}
	if (!flow_verdict_passes(flow_outbound(env->flows, peer->id, &pkt,
	    now))) {
		env->stats.drop_acl++;
		return;
	}
	if (segment_begin(&seg, hdr, data, len, env->mtu) != SEGMENT_OK) {
		env->stats.drop_malformed++;
		return;
	}
	/* The tag protects every byte on the way to another agent. */
	if (peer->agent)
		segment_leave_partial(&seg);
	if (mtu_outbound(env, peer, &pkt, data, len, &seg))
		return;
	if (segment_count(&seg) == 1) {
		packet_to_crypto(env, peer->id, ecn_get(&pkt, data), &seg);
		return;
	}
	data_close(env);
	segments_to_crypto(env, peer->id, ecn_get(&pkt, data), &seg);
}

/* Write what has been put together so far. */
static void
flush_inbound(struct env *env)
{
	struct iovec	 iov[COALESCE_IOV_MAX];
	struct vnet_hdr	 hdr;
	size_t		 niov;

	if (coalesce_flush(&env->merge, &hdr, iov, &niov) > 0)
		to_tun(env, &hdr, iov, niov);
}

/*
 * Without offloads the kernel wants whole checksums, and an agent may have
 * left them to us.
 */
static void
complete_checksum(const struct packet *pkt, uint8_t *data)
{
	size_t		 at;
	uint16_t	 sum;

	if (pkt->frag_first || pkt->frag_later)
		return;
	if (pkt->proto == PACKET_PROTO_TCP)
		at = pkt->transport + 16;
	else if (pkt->proto == PACKET_PROTO_UDP)
		at = pkt->transport + 6;
	else
		return;
	data[at] = data[at + 1] = 0;
	sum = packet_checksum_transport(pkt->version, pkt->src, pkt->dst,
	    pkt->proto, data + pkt->transport, pkt->length - pkt->transport);
	if (sum == 0 && pkt->proto == PACKET_PROTO_UDP)
		sum = 0xffff;
	data[at] = (uint8_t)(sum >> 8);
	data[at + 1] = (uint8_t)sum;
}

static void
deliver(struct env *env, const struct tun_peer *peer,
    const struct packet *pkt, uint8_t *data)
{
	size_t	 payload = pkt->length - pkt->payload;

	env->stats.passed_in++;
	if ((env->offloads & TUN_OFFLOAD_TCP) == 0) {
		if (peer->agent)
			complete_checksum(pkt, data);
		data_to_tun(env, data, pkt->length);
		return;
	}
	if (coalesce_add(&env->merge, pkt, data, data + pkt->payload,
	    payload) != 0)
		return;
	flush_inbound(env);
	coalesce_add(&env->merge, pkt, data, data + pkt->payload, payload);
}

static void
inbound(struct env *env, struct tun_peer *peer, uint8_t *data, size_t len,
    uint64_t now)
{
	uint8_t			 answer[REFUSE_MAX];
	struct packet		 pkt;
	enum flow_verdict	 verdict;
	size_t			 n;

	if (packet_parse(&pkt, data, len) != PACKET_OK) {
		env->stats.drop_malformed++;
		return;
	}
	if (!is_self(env, pkt.version, pkt.dst) ||
	    !tun_peer_owns(env, peer, pkt.version, pkt.src)) {
		env->stats.drop_spoofed++;
		return;
	}
	verdict = flow_inbound(env->flows, peer->id, peer->acls, peer->nacls,
	    &pkt, now);
	if (flow_verdict_passes(verdict)) {
		if (ecn_apply(&pkt, data, env->in_ecn) == -1)
			env->stats.drop_congested++;
		else
			deliver(env, peer, &pkt, data);
		return;
	}
	env->stats.drop_acl++;
	if (verdict == FLOW_DROP_ACL && data_may_refuse(env, now) &&
	    (n = refuse_build(&pkt, data, pkt.length, answer,
	    sizeof(answer))) > 0)
		data_to_crypto(env, peer->id, 0, answer, n);
}

static void
tun_readable(int fd, short event, void *arg)
{
	struct env	*env = arg;
	size_t		 hdr_len = env->offloads & TUN_OFFLOAD_HEADER ?
			    sizeof(struct vnet_hdr) : 0;
	uint64_t	 ns = clock_mono_ns(), now = ns / 1000000;
	unsigned int	 n, most = pace_begin(&env->pace, ns, TUN_BURST);
	struct vnet_hdr	 hdr;
	ssize_t		 len = 0;

	(void)event;
	env->now = now;
	port_begin(&env->port, ns);
	memset(&hdr, 0, sizeof(hdr));
	for (n = 1; n <= most; n++) {
		len = tun_read(fd, &hdr, hdr_len, env->buf, sizeof(env->buf));
		if (len <= 0)
			break;
		outbound(env, &hdr, env->buf, (size_t)len, now);
		/* Early enough that the stages overlap. */
		if (n % TUN_WAKE == 0)
			ring_flush(&env->crypto);
	}
	data_close(env);
	if (n <= most && len == -1 && errno != EAGAIN &&
	    errno != EINTR && errno != EIO)
		fatal("read from %s", env->name);
	ring_flush(&env->crypto);
	pace_end(&env->pace, clock_mono_ns());
}

/* What the peer's agent itself says, or a packet that came in pieces. */
static void
inbound_inner(struct env *env, struct tun_peer *peer, uint8_t *data,
    size_t len)
{
	uint8_t	*packet;
	size_t	 whole;

	if ((packet = mtu_inbound(env, peer, data, len, &whole)) == NULL)
		return;
	/* It stays where it is until the next piece only. */
	inbound(env, peer, packet, whole, env->now);
	flush_inbound(env);
}

/*
 * A record lies in memory that cryptoproc can change: it is copied before
 * it is looked at, or the rules would judge one packet and pass another.
 */
static void
inbound_record(void *arg, const struct ring_record *rec, const uint8_t *data)
{
	struct env	*env = arg;
	struct tun_peer	*peer = tun_peer_find(env, rec->peer);
	uint32_t	 size = rec->len, off, len;
	unsigned int	 flags = 0;

	if (peer == NULL) {
		env->stats.drop_no_peer++;
		return;
	}
	memcpy(env->in, data, rec->len);
	if (rec->count > 1 && rec->segment != 0 && rec->segment <= rec->len)
		size = rec->segment;
	if (peer->agent)
		flags |= COALESCE_TRUSTED;
	if (env->offloads & TUN_OFFLOAD_UDP)
		flags |= COALESCE_UDP;
	env->in_ecn = rec->ecn;
	coalesce_init(&env->merge, flags);
	for (off = 0; off < rec->len; off += len) {
		len = rec->len - off < size ? rec->len - off : size;
		if (peer->agent && inner_is(env->in + off, len))
			inbound_inner(env, peer, env->in + off, len);
		else
			inbound(env, peer, env->in + off, len, env->now);
	}
	flush_inbound(env);
}

static void
ring_readable(void *arg)
{
	struct env	*env = arg;

	env->now = clock_mono_ms();
	port_drain(&env->port);
	ring_flush(&env->crypto);
}

static const struct ring_reader reader = {
	.each = inbound_record,
	.burst = TUN_BURST,
};

void
tun_ring(void *arg, uint32_t peer, uint32_t side, int mem, size_t size,
    int wait, int kick)
{
	struct env	*env = arg;

	if (peer != ROLE_CRYPTO)
		fatalx("ring to %s", role_name(peer));
	env->out.room = NULL;
	env->port.proc = &env->proc;
	env->port.pair = &env->crypto;
	env->port.place = &env->place;
	env->port.reader = &reader;
	env->port.turn = ring_readable;
	env->port.role = peer;
	port_attach(&env->port, side, mem, size, wait, kick);
	port_start(&env->port);
}

void
tun_start(struct env *env)
{
	event_set(&env->tun_event, env->tun, EV_READ | EV_PERSIST,
	    tun_readable, env);
	event_add(&env->tun_event, NULL);
	mtu_start(env);
}
