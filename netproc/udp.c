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
 * The tunnel's UDP sockets and the ring to cryptoproc.  STUN goes to the
 * check lists, everything else from a known endpoint to cryptoproc.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"
#include "os/udp.h"

int
udp_send(struct env *env, const struct endpoint *to, const uint8_t *pkt,
    size_t len)
{
	struct sockaddr_storage	 ss;
	struct msghdr		 msg;
	struct iovec		 iov;
	int			 fd = to->family == 6 ? env->udp6 : env->udp4;

	if (fd == -1)
		return -1;
	memset(&msg, 0, sizeof(msg));
	msg.msg_name = &ss;
	msg.msg_namelen = endpoint_to_sockaddr(to, &ss);
	iov.iov_base = (void *)(uintptr_t)pkt;
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (sendmsg(fd, &msg, MSG_NOSIGNAL) == -1) {
		env->stats.tx_failed++;
		return -1;
	}
	env->stats.tx++;
	return 0;
}

static void
to_crypto(struct env *env, const uint8_t *pkt, size_t len,
    const struct endpoint *from)
{
	struct ring_record	 rec;
	uint8_t			*room;
	uint32_t		 peer = path_source(env, from);

	if (peer == 0) {
		env->stats.drop_unknown++;
		return;
	}
	if ((room = ring_reserve(&env->crypto.tx, (uint32_t)len)) == NULL) {
		env->stats.drop_ring_full++;
		return;
	}
	memcpy(room, pkt, len);
	memset(&rec, 0, sizeof(rec));
	rec.len = (uint32_t)len;
	rec.peer = peer;
	rec.count = 1;
	rec.segment = (uint16_t)len;
	rec.from = *from;
	ring_commit(&env->crypto.tx, &rec);
}

static void
datagram(struct env *env, const uint8_t *pkt, size_t len,
    const struct endpoint *from, const struct endpoint *local)
{
	struct stun_msg	 stun;

	env->stats.rx++;
	if (!stun_is_message(pkt, len)) {
		to_crypto(env, pkt, len, from);
		return;
	}
	if (stun_parse(&stun, pkt, len) != STUN_OK) {
		env->stats.drop_stun++;
		return;
	}
	if (gather_stun(env, &stun, from))
		return;
	path_stun(env, &stun, pkt, len, from, local);
}

static void
udp_readable(int fd, short event, void *arg)
{
	struct env		*env = arg;
	struct sockaddr_storage	 ss;
	struct msghdr		 msg;
	struct iovec		 iov;
	struct endpoint		 from, local;
	ssize_t			 len;
	int			 n;
	union {
		struct cmsghdr	 align;
		char		 buf[128];
	} control;

	(void)event;
	for (n = 0; n < NET_BURST; n++) {
		memset(&msg, 0, sizeof(msg));
		iov.iov_base = env->buf;
		iov.iov_len = sizeof(env->buf);
		msg.msg_name = &ss;
		msg.msg_namelen = sizeof(ss);
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		if ((len = recvmsg(fd, &msg, 0)) == -1) {
			/* ICMP errors of earlier sends say nothing new. */
			if (errno == EAGAIN)
				break;
			continue;
		}
		if (msg.msg_flags & MSG_TRUNC || endpoint_from_sockaddr(&from,
		    (struct sockaddr *)&ss, msg.msg_namelen) == -1)
			continue;
		udp_local(&msg, &local);
		local.port = fd == env->udp6 ? env->port6 : env->port4;
		datagram(env, env->buf, (size_t)len, &from, &local);
	}
	ring_flush(&env->crypto);
	net_schedule(env);
}

/* A burst from cryptoproc; its sizes are checked against the record. */
static void
send_record(struct env *env, const struct ring_record *rec,
    const uint8_t *data)
{
	struct net_peer	*p = path_find(env, rec->peer);
	uint32_t	 size = rec->len, off, len;

	if (p == NULL || !p->up) {
		env->stats.drop_no_path++;
		return;
	}
	if (rec->count > 1 && rec->segment != 0 && rec->segment <= rec->len)
		size = rec->segment;
	for (off = 0; off < rec->len; off += len) {
		len = rec->len - off < size ? rec->len - off : size;
		udp_send(env, &p->path.remote, data + off, len);
	}
}

static void
ring_broken(struct env *env)
{
	struct msg_violation	 m;

	env->ring_bad++;
	event_del(&env->ev_ring);
	ring_pair_detach(&env->crypto);
	memset(&m, 0, sizeof(m));
	m.peer = ROLE_CRYPTO;
	strlcpy(m.reason, "its ring is corrupt", sizeof(m.reason));
	msg_send_violation(env->proc.parent, &m, -1);
}

static void
ring_readable(int fd, short event, void *arg)
{
	struct env		*env = arg;
	struct ring_record	 rec;
	const uint8_t		*data;
	int			 n, got = 0;

	(void)fd;
	(void)event;
	ring_awake(&env->crypto);
	do {
		for (n = 0; n < NET_BURST; n++) {
			if ((got = ring_peek(&env->crypto.rx, &rec, &data)) !=
			    1)
				break;
			send_record(env, &rec, data);
			ring_release(&env->crypto.rx);
		}
		if (got == -1) {
			ring_broken(env);
			return;
		}
		if (n == NET_BURST) {
			event_active(&env->ev_ring, EV_READ, 1);
			break;
		}
	} while (ring_sleep(&env->crypto));
}

void
udp_ring(void *arg, uint32_t peer, uint32_t side, int mem, size_t size,
    int wait, int kick)
{
	struct env	*env = arg;

	if (peer != ROLE_CRYPTO)
		fatalx("ring to %s", role_name(peer));
	if (env->crypto.memory != NULL)
		event_del(&env->ev_ring);
	ring_pair_detach(&env->crypto);
	if (ring_pair_attach(&env->crypto, mem, size, side, wait, kick) == -1)
		fatal("ring to %s", role_name(peer));
	event_set(&env->ev_ring, wait, EV_READ | EV_PERSIST, ring_readable,
	    env);
	event_add(&env->ev_ring, NULL);
}

void
udp_start(struct env *env)
{
	if (env->udp4 != -1) {
		event_set(&env->ev4, env->udp4, EV_READ | EV_PERSIST,
		    udp_readable, env);
		event_add(&env->ev4, NULL);
	}
	if (env->udp6 != -1) {
		event_set(&env->ev6, env->udp6, EV_READ | EV_PERSIST,
		    udp_readable, env);
		event_add(&env->ev6, NULL);
	}
}
