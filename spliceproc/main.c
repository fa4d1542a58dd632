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
 * spliceproc's start, its limits, and its conversation with linkproc, which
 * may be compromised: all it can do is announce codes.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "spliceproc/spliceproc.h"

/* Accepted connections take over what is set here. */
static void
on_splice_listen(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	int		 on = 1;

	(void)c;
	(void)data;
	if (env->nlisteners == SPLICE_LISTENERS_MAX)
		fatalx("too many sockets");
	if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) == -1 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1)
		fatal("socket");
	env->listeners[env->nlisteners++] = fd;
}

static void
on_splice_limits(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_splice_limits	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	if (m->pairs_max == 0 || m->pairs_max > SPLICE_PAIRS_MAX ||
	    m->handshake_ms == 0 || m->idle_s > UINT32_MAX / 1000 ||
	    m->rate > SPLICE_RATE_MAX)
		fatalx("limits out of range");
	env->rate = m->rate;
	env->idle_ms = m->idle_s * 1000;
	env->pairs_max = m->pairs_max;
	env->handshake_ms = m->handshake_ms;
	env->mover = m->copy ? &mover_copy : mover_system;
}

static void
on_relay_code(void *arg, struct chan *c, const void *data, int fd)
{
	(void)c;
	(void)fd;
	codes_add(arg, data);
}

static const struct handler handlers[] = {
	{ MSG_SPLICE_LISTEN, on_splice_listen },
	{ MSG_SPLICE_LIMITS, on_splice_limits },
	{ MSG_RELAY_CODE, on_relay_code },
};

/* --- Load ---------------------------------------------------------- */

static void
load_send(struct env *env)
{
	struct msg_relay_load	 m;

	env->told_ms = clock_mono_ms();
	memset(&m, 0, sizeof(m));
	m.pairs = env->npairs;
	m.waiting = env->nwaiting;
	m.bytes = env->bytes;
	m.refused = env->refused;
	msg_send_relay_load(proc_peer(&env->proc, ROLE_LINK), &m, -1);
}

static void
on_load(int fd, short event, void *arg)
{
	struct env	*env = arg;

	(void)fd;
	(void)event;
	env->load_waits = 0;
	load_send(env);
}

/* The first change is told at once, further ones together. */
void
load_changed(struct env *env)
{
	uint64_t	 since;

	if (env->load_waits)
		return;
	env->load_waits = 1;
	since = clock_mono_ms() - env->told_ms;
	timer_set(&env->load, since >= SPLICE_LOAD_MS ? 0 :
	    SPLICE_LOAD_MS - since);
}

/* --- Life ---------------------------------------------------------- */

/*
 * What the descriptors allow, whatever the configuration asks for.  Pairs come
 * first; bytes can be copied where there are no pipes.
 */
static void
prepare_limits(struct env *env)
{
	struct rlimit	 rl;
	uint64_t	 have, others, pairs;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("descriptors");
	if (rl.rlim_cur < SPLICE_FILES_MIN)
		fatalx("too few descriptors");
	have = rl.rlim_cur - SPLICE_FILES_BASE;
	others = have / 4 < SPLICE_OTHERS_MIN ? have / 4 : SPLICE_OTHERS_MIN;
	pairs = (have - others) / RELAY_SIDES;
	if (pairs < env->pairs_max) {
		log_warnx("room for %llu pairs, not %u: the limit of open "
		    "files is %llu", (unsigned long long)pairs,
		    env->pairs_max, (unsigned long long)rl.rlim_cur);
		env->pairs_max = (uint32_t)pairs;
	}
	have -= (uint64_t)env->pairs_max * RELAY_SIDES;
	env->handshakes_max = SPLICE_HANDSHAKES_MAX;
	if (have / 2 < env->handshakes_max)
		env->handshakes_max = (uint32_t)(have / 2);
	have -= env->handshakes_max;
	env->mover->open(have / 2 < SPLICE_PIPES_MAX ? (size_t)(have / 2) :
	    SPLICE_PIPES_MAX);
}

static void
prepare(void *arg)
{
	struct env	*env = arg;

	if (env->pairs_max == 0 || env->nlisteners == 0)
		fatalx("nothing to do");
	prepare_limits(env);
	TAILQ_INIT(&env->handshakes);
	codes_init(env);
	pairs_init(env);
	timer_init(env);
	evtimer_set(&env->load, on_load, env);
}

static void
run(void *arg)
{
	accept_start(arg);
}

/* A linkproc that was started again knows nothing. */
static void
peer_up(void *arg, uint32_t role, uint32_t instance)
{
	(void)instance;
	if (role == ROLE_LINK)
		load_send(arg);
}

static const struct proc_ops ops = {
	.prepare = prepare,
	.run = run,
	.peer_up = peer_up,
};

int
main(void)
{
	static struct env	 env;

	env.proc.role = ROLE_SPLICE;
	env.proc.env = &env;
	env.proc.handlers = handlers;
	env.proc.nhandlers = sizeof(handlers) / sizeof(handlers[0]);
	env.proc.ops = &ops;
	env.proc.sandbox = &spliceproc_sandbox;
	return child_main(&env.proc);
}
