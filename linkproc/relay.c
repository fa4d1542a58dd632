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
 * What a relay and discovery say to each other: who the relay is, then codes
 * for its instances and their load.  The server can make us accept codes and
 * nothing else.  The token is kept, since every connection begins with it.
 */

#include <sys/types.h>

#include <string.h>

#include "base/log.h"
#include "linkproc/link.h"

void
relay_configure(struct env *env, const struct msg_link_relay *m)
{
	struct frame_relay_hello	*h = &env->hello;

	if (m->instances == 0 || m->instances > LINK_RELAYS_MAX)
		fatalx("instances out of range");
	strlcpy(h->name, m->name, sizeof(h->name));
	strlcpy(h->token, m->token, sizeof(h->token));
	h->endpoints = m->addresses;
	h->instances = m->instances;
	env->session = &relay_session;
}

/* The server may have asked who we are already; this is the answer. */
static void
relay_start(struct env *env)
{
	uint8_t	*frame;
	size_t	 len;

	tlsio_set_deadline(env->io, LINK_ANSWER_MS, "no answer to our hello");
	frame = frame_put_relay_hello(&env->hello, &len);
	session_send(env, frame, len);
}

static void
relay_ended(struct env *env, char *text, size_t size)
{
	(void)env;
	(void)text;
	(void)size;
}

/* Nobody but the log is told, and that was. */
static void
relay_state(struct env *env, uint8_t state, const char *reason)
{
	(void)env;
	(void)state;
	(void)reason;
}

/* One code is small, and its receiver may be down: then it is dropped. */
static int
relay_full(struct env *env)
{
	(void)env;
	return 0;
}

static void
relay_tick(struct env *env)
{
	(void)env;
}

static void
send_load(struct env *env, uint8_t instance)
{
	const struct msg_relay_load	*load = &env->loads[instance];
	struct frame_relay_load		 m;
	uint8_t				*frame;
	size_t				 len;

	if (env->phase != PHASE_UP)
		return;
	memset(&m, 0, sizeof(m));
	m.instance = instance;
	m.pairs = load->pairs;
	m.waiting = load->waiting;
	m.bytes = load->bytes & INT64_MAX;
	m.refused = load->refused & INT64_MAX;
	frame = frame_put_relay_load(&m, &len);
	session_send(env, frame, len);
}

void
relay_load(struct env *env, uint32_t instance,
    const struct msg_relay_load *m)
{
	if (instance >= env->hello.instances)
		return;
	env->loads[instance] = *m;
	send_load(env, (uint8_t)instance);
}

static int
in_welcome(struct env *env, const char **errstr)
{
	uint8_t	 i;

	*errstr = "relay_welcome: not now";
	if (env->phase != PHASE_HELLO)
		return -1;
	session_up(env);
	for (i = 0; i < env->hello.instances; i++)
		send_load(env, i);
	return 0;
}

static int
in_refused(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_link_refused	 m;

	if (frame_get_refused(f, &m, errstr) == -1)
		return -1;
	log_safe(env->refusal, sizeof(env->refusal), m.reason);
	return 0;
}

static int
in_code(struct env *env, const struct frame *f, const char **errstr)
{
	struct frame_relay_code	 code;
	struct msg_relay_code	 m;
	struct chan		*c;

	*errstr = "relay_code: not now";
	if (env->phase != PHASE_UP ||
	    frame_get_relay_code(f, &code, errstr) == -1)
		return -1;
	*errstr = "relay_code: no such instance";
	if (code.instance >= env->hello.instances)
		return -1;
	memset(&m, 0, sizeof(m));
	m.id = code.id;
	m.life_s = code.life;
	memcpy(m.hash, code.hash, sizeof(m.hash));
	/* A code lives so short that it is not kept for later. */
	c = env->proc.peers[ROLE_SPLICE][code.instance];
	if (msg_send_relay_code(c, &m, -1) == -1)
		log_debug("code %u: instance %u is down", m.id,
		    code.instance);
	return 0;
}

static int
relay_frame(struct env *env, const struct frame *f, const char **errstr)
{
	switch (frame_type(f)) {
	case FRAME_CHALLENGE:
		/* Meant for an agent, before the server knew. */
		*errstr = "challenge: not now";
		return env->phase == PHASE_HELLO ? 0 : -1;
	case FRAME_RELAY_WELCOME:
		return in_welcome(env, errstr);
	case FRAME_REFUSED:
		return in_refused(env, f, errstr);
	case FRAME_RELAY_CODE:
		return in_code(env, f, errstr);
	default:
		*errstr = "a frame that no server sends to a relay";
		return -1;
	}
}

const struct session_ops	relay_session = {
	.start = relay_start,
	.frame = relay_frame,
	.ended = relay_ended,
	.state = relay_state,
	.full = relay_full,
	.tick = relay_tick,
};
