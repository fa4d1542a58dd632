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
 * What an agent and discovery say to each other, in the order in which either
 * side may.  The server is verified and still not trusted: what it says
 * reaches ctlproc only as a checked message, and what is out of order ends
 * the connection.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "linkproc/link.h"

static struct chan *
ctl(struct env *env)
{
	return proc_peer(&env->proc, ROLE_CTL);
}

static void
agent_start(struct env *env)
{
	env->challenged = 0;
	tlsio_set_deadline(env->io, LINK_CHALLENGE_MS,
	    "the server sends no challenge");
}

static void
refuse_enrolment(struct env *env, const char *reason)
{
	struct msg_link_refused	 m;

	memset(&m, 0, sizeof(m));
	m.enrolment = 1;
	strlcpy(m.reason, reason, sizeof(m.reason));
	msg_send_link_refused(ctl(env), &m, -1);
}

static void
agent_ended(struct env *env, char *text, size_t size)
{
	if (env->phase == PHASE_ENROL)
		refuse_enrolment(env, text);
	/* The server ends connections that stay strangers for a minute. */
	if (env->phase == PHASE_CHALLENGED &&
	    clock_mono_ms() - env->challenged >= LINK_STEADY_MS) {
		env->delay_ms = 0;
		snprintf(text, size, "not enrolled yet");
	}
	/* It would serve us the moment it may: come again soon. */
	if (env->phase == PHASE_AUTH && env->refusal[0] != '\0' &&
	    clock_mono_ms() - env->challenged >= LINK_PATIENT_MS)
		env->delay_ms = 0;
}

static void
agent_state(struct env *env, uint8_t state, const char *reason)
{
	struct msg_link_state	 m;

	memset(&m, 0, sizeof(m));
	m.state = state;
	strlcpy(m.reason, reason, sizeof(m.reason));
	msg_send_link_state(ctl(env), &m, -1);
}

/* A sibling whose channel runs over would be taken for stuck. */
static int
agent_full(struct env *env)
{
	return ctl(env) == NULL ||
	    imsgbuf_queuebytes(&ctl(env)->ibuf) > LINK_BACKLOG_MAX;
}

static void
agent_tick(struct env *env)
{
	if (env->phase == PHASE_CHALLENGED)
		link_set_state(env, LINK_IDLE, "connected, not enrolled yet");
}

/* The next challenge begins where the answer ends. */
static void
expect_challenge(struct env *env)
{
	env->phase = PHASE_HELLO;
	tlsio_set_deadline(env->io, LINK_CHALLENGE_MS,
	    "the server sends no challenge");
}

static int
in_challenge(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_link_challenge	 m;

	*errstr = "challenge: not now";
	if (env->phase != PHASE_HELLO ||
	    frame_get_challenge(f, &m, errstr) == -1)
		return -1;
	memcpy(m.server_hash, env->server_hash, sizeof(m.server_hash));
	env->phase = PHASE_CHALLENGED;
	env->challenged = clock_mono_ms();
	tlsio_set_deadline(env->io, LINK_STRANGER_MS, "not enrolled yet");
	session_tick_in(env, LINK_IDLE_AFTER_MS);
	msg_send_link_challenge(ctl(env), &m, -1);
	return 0;
}

static int
in_welcome(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_link_welcome	 m;

	*errstr = "welcome: not now";
	if (env->phase != PHASE_AUTH || frame_get_welcome(f, &m, errstr) == -1)
		return -1;
	session_up(env);
	/* Ours alone: it makes the next connection known as our own. */
	memcpy(env->resume, m.session, sizeof(env->resume));
	memset(m.session, 0, sizeof(m.session));
	msg_send_link_welcome(ctl(env), &m, -1);
	return 0;
}

static int
in_enrolled(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_link_enrolled	 m;

	*errstr = "enrolled: not now";
	if (env->phase != PHASE_ENROL ||
	    frame_get_enrolled(f, &m, errstr) == -1)
		return -1;
	expect_challenge(env);
	msg_send_link_enrolled(ctl(env), &m, -1);
	return 0;
}

/* Of an enrolment, then another may follow; else the server closes. */
static int
in_refused(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_link_refused	 m;

	if (frame_get_refused(f, &m, errstr) == -1)
		return -1;
	if (m.enrolment && env->phase == PHASE_ENROL) {
		expect_challenge(env);
	} else {
		log_safe(env->refusal, sizeof(env->refusal), m.reason);
		m.enrolment = env->phase == PHASE_ENROL;
		if (m.enrolment)
			expect_challenge(env);
	}
	msg_send_link_refused(ctl(env), &m, -1);
	return 0;
}

static void
each_entry(void *arg, const struct msg_policy_entry *m)
{
	msg_send_policy_entry(ctl(arg), m, -1);
}

static int
in_policy(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_policy_commit	 m;

	if (frame_policy_each(f, each_entry, env, &m, errstr) == -1)
		return -1;
	msg_send_policy_commit(ctl(env), &m, -1);
	return 0;
}

static int
in_introduction(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_introduction	 m;

	if (frame_get_introduction(f, &m, errstr) == -1)
		return -1;
	msg_send_introduction(ctl(env), &m, -1);
	explicit_bzero(&m, sizeof(m));
	return 0;
}

static int
in_relays(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_link_relays	 m;

	if (frame_get_relays(f, &m, errstr) == -1)
		return -1;
	msg_send_link_relays(ctl(env), &m, -1);
	return 0;
}

static int
in_trust(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_link_trust	 m;

	if (frame_get_trust(f, &m, errstr) == -1)
		return -1;
	msg_send_link_trust(ctl(env), &m, -1);
	return 0;
}

static int
in_renewed(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_link_renewed	 m;

	if (frame_get_renewed(f, &m, errstr) == -1)
		return -1;
	msg_send_link_renewed(ctl(env), &m, -1);
	return 0;
}

static int
in_authority(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_link_authority	 m;

	if (frame_get_authority(f, &m, errstr) == -1)
		return -1;
	msg_send_link_authority(ctl(env), &m, -1);
	return 0;
}

static int
in_order(struct env *env)
{
	struct msg_link_order	 m;

	memset(&m, 0, sizeof(m));
	msg_send_link_order(ctl(env), &m, -1);
	return 0;
}

static int
in_user(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_link_user	 m;

	if (frame_get_user(f, &m, errstr) == -1)
		return -1;
	msg_send_link_user(ctl(env), &m, -1);
	return 0;
}

/* What the server says to an agent that it has welcomed. */
static int
agent_frame_up(struct env *env, const struct frame *f, const char **errstr)
{
	switch (frame_type(f)) {
	case FRAME_POLICY:
		return in_policy(env, f, errstr);
	case FRAME_RELAYS:
		return in_relays(env, f, errstr);
	case FRAME_TRUST:
		return in_trust(env, f, errstr);
	case FRAME_RENEWED:
		return in_renewed(env, f, errstr);
	case FRAME_RENEW_ORDER:
		return in_order(env);
	case FRAME_AUTHORITY:
		return in_authority(env, f, errstr);
	case FRAME_USER:
		return in_user(env, f, errstr);
	default:
		return in_introduction(env, f, errstr);
	}
}

static int
agent_frame(struct env *env, const struct frame *f, const char **errstr)
{
	switch (frame_type(f)) {
	case FRAME_CHALLENGE:
		return in_challenge(env, f, errstr);
	case FRAME_WELCOME:
		return in_welcome(env, f, errstr);
	case FRAME_ENROLLED:
		return in_enrolled(env, f, errstr);
	case FRAME_REFUSED:
		return in_refused(env, f, errstr);
	case FRAME_POLICY:
	case FRAME_INTRODUCTION:
	case FRAME_RELAYS:
	case FRAME_TRUST:
	case FRAME_RENEWED:
	case FRAME_RENEW_ORDER:
	case FRAME_AUTHORITY:
	case FRAME_USER:
		break;
	default:
		*errstr = "a frame that no server sends to an agent";
		return -1;
	}
	*errstr = "policy, introduction, relays, trust or certificate before "
	    "welcome";
	if (env->phase != PHASE_UP)
		return -1;
	return agent_frame_up(env, f, errstr);
}

void
agent_auth(struct env *env, const struct msg_link_auth *in)
{
	struct msg_link_auth	 m = *in;
	uint8_t			*frame;
	size_t			 len;

	if (env->phase != PHASE_CHALLENGED)
		return;
	memcpy(m.session, env->resume, sizeof(m.session));
	frame = frame_put_auth(&m, &len);
	env->phase = PHASE_AUTH;
	tlsio_set_deadline(env->io, LINK_ANSWER_MS,
	    "no answer to our authentication");
	session_send(env, frame, len);
}

void
agent_enrol(struct env *env, const struct msg_link_enrol *m)
{
	uint8_t	*frame;
	size_t	 len;

	if (env->phase != PHASE_CHALLENGED) {
		refuse_enrolment(env, env->failure[0] != '\0' ?
		    env->failure : "not connected yet: try again");
		return;
	}
	frame = frame_put_enrol(m, &len);
	if (frame == NULL) {
		refuse_enrolment(env, "the enrolment cannot be encoded");
		return;
	}
	env->phase = PHASE_ENROL;
	tlsio_set_deadline(env->io, LINK_ANSWER_MS,
	    "no answer to our enrolment");
	session_send(env, frame, len);
}

const struct session_ops	agent_session = {
	.start = agent_start,
	.frame = agent_frame,
	.ended = agent_ended,
	.state = agent_state,
	.full = agent_full,
	.tick = agent_tick,
};
