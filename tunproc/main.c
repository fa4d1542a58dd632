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
 * tunproc's start and its conversation with ctlproc.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "os/memory.h"
#include "tunproc/tun.h"

static void
on_tun_device(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tun_device	*m = data;
	struct env			*env = arg;

	(void)c;
	env->tun = fd;
	env->mtu = m->mtu;
	env->offloads = m->offloads;
	strlcpy(env->name, m->name, sizeof(env->name));
	if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) == -1)
		fatal("%s", env->name);
}

static void
on_tun_state(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tun_state	*m = data;
	struct env			*env = arg;

	(void)c;
	env->state = fd;
	env->state_size = m->size;
}

static void
on_tun_self(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tun_self	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	memcpy(env->ipv4, m->ipv4, sizeof(env->ipv4));
	memcpy(env->ipv6, m->ipv6, sizeof(env->ipv6));
	env->have_self = 1;
}

static void
on_tun_peer(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tun_peer	*m = data;
	struct env			*env = arg;

	(void)fd;
	if (m->peer == 0 || m->peer >= PEER_STATIC) {
		proc_violation(&env->proc, c, MSG_TUN_PEER,
		    "peer number out of range");
		return;
	}
	tun_peer_set(env, m);
}

static void
on_peer_remove(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_peer_remove	*m = data;

	(void)c;
	(void)fd;
	if (m->peer < PEER_STATIC)
		tun_peer_remove(arg, m->peer);
}

static void
on_peer_sync(void *arg, struct chan *c, const void *data, int fd)
{
	(void)c;
	(void)data;
	(void)fd;
	tun_peer_sweep(arg);
}

static void
on_barrier(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_barrier	*m = data;
	struct msg_barrier_done		 done;

	(void)arg;
	(void)fd;
	memset(&done, 0, sizeof(done));
	done.sequence = m->sequence;
	msg_send_barrier_done(c, &done, -1);
}

static void
on_stats_get(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_stats_get	*m = data;
	struct env			*env = arg;
	struct msg_tun_stats		 row;
	struct msg_stats_end		 end;

	(void)fd;
	memset(&row, 0, sizeof(row));
	row.passed_in = env->stats.passed_in;
	row.passed_out = env->stats.passed_out;
	row.drop_acl = env->stats.drop_acl;
	row.drop_spoofed = env->stats.drop_spoofed;
	row.drop_malformed = env->stats.drop_malformed;
	row.drop_no_peer = env->stats.drop_no_peer;
	row.drop_ring_full = env->stats.drop_ring_full;
	row.drop_congested = env->stats.drop_congested;
	row.too_big = env->stats.too_big;
	row.flows = flow_get_stats(env->flows)->live;
	msg_send_tun_stats(c, &row, -1);
	memset(&end, 0, sizeof(end));
	end.id = m->id;
	msg_send_stats_end(c, &end, -1);
}

static const struct handler handlers[] = {
	{ MSG_TUN_DEVICE, on_tun_device },
	{ MSG_TUN_STATE, on_tun_state },
	{ MSG_STATIC_ROUTE, on_static_route },
	{ MSG_STATIC_SELF, on_static_self },
	{ MSG_TUN_SELF, on_tun_self },
	{ MSG_TUN_PEER, on_tun_peer },
	{ MSG_TUN_PATH, on_tun_path },
	{ MSG_TUN_PING, on_tun_ping },
	{ MSG_PEER_REMOVE, on_peer_remove },
	{ MSG_PEER_SYNC, on_peer_sync },
	{ MSG_BARRIER, on_barrier },
	{ MSG_STATS_GET, on_stats_get },
};

/*
 * The flow table lies in memory that the parent keeps.  What a tunproc
 * before this one left there is copied, checked, and taken over; pages that
 * no flow needs are never touched.
 */
static void
make_flows(struct env *env)
{
	uint8_t	 seed[SIPHASH_KEY_LENGTH];
	size_t	 size = flow_table_size(TUN_FLOWS);
	void	*memory, *old;

	if (env->state == -1 || env->state_size < size)
		fatalx("the parent sent no memory for flow state");
	if ((old = calloc(1, size)) == NULL ||
	    memory_take(env->state, old, size, env->state_size) == -1)
		fatal("flow table");
	memory = mmap(NULL, env->state_size, PROT_READ | PROT_WRITE,
	    MAP_SHARED, env->state, 0);
	close(env->state);
	if (memory == MAP_FAILED)
		fatal("flow table");
	arc4random_buf(seed, sizeof(seed));
	env->flows = flow_table_init(memory, size, TUN_FLOWS, seed);
	explicit_bzero(seed, sizeof(seed));
	if (env->flows == NULL)
		fatal("flow table");
	flow_salvage(env->flows, old, size, TUN_FLOWS, clock_mono_ms());
	free(old);
}

static void
prepare(void *arg)
{
	struct env	*env = arg;

	if (env->tun == -1)
		fatalx("the parent sent no tun device");
	make_flows(env);
}

static void
run(void *arg)
{
	tun_start(arg);
}

/* ctlproc is new and names its peers anew. */
static void
peer_up(void *arg, uint32_t role, uint32_t instance)
{
	struct env	*env = arg;
	size_t		 i;

	(void)instance;
	/* An unused place stays untouched, and so not resident. */
	for (i = 0; role == ROLE_CTL && i < TUN_PEERS_MAX; i++)
		if (env->peers[i].id != 0)
			env->peers[i].seen = 0;
}

static const struct proc_ops ops = {
	.prepare = prepare,
	.run = run,
	.peer_up = peer_up,
	.ring = tun_ring,
};

int
main(void)
{
	static struct env	 env;

	env.tun = env.state = -1;
	env.proc.role = ROLE_TUN;
	env.proc.env = &env;
	env.proc.handlers = handlers;
	env.proc.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	env.proc.ops = &ops;
	env.proc.sandbox = &tunproc_sandbox;
	schedule_batch();
	place_init(&env.place);
	return child_main(&env.proc);
}
