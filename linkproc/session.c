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
 * Frames on a verified connection, in the order in which either side may
 * send them.  The server is verified and still not trusted: what it says
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
tick_in(struct env *env, uint64_t ms)
{
	struct timeval	 tv;

	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	evtimer_add(&env->tick, &tv);
}

void
session_start(struct env *env)
{
	env->phase = PHASE_HELLO;
	env->challenged = 0;
	env->refusal[0] = '\0';
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

void
session_ended(struct env *env, const char *reason)
{
	char	 where[320], text[640];

	if (env->refusal[0] != '\0')
		snprintf(text, sizeof(text), "refused: %s", env->refusal);
	else
		snprintf(text, sizeof(text), "connection to %s lost: %s",
		    link_where(env, where, sizeof(where)), reason);
	if (env->phase == PHASE_ENROL)
		refuse_enrolment(env, text);
	/* The server ends connections that stay strangers for a minute. */
	if (env->phase == PHASE_CHALLENGED &&
	    clock_mono_ms() - env->challenged >= LINK_STEADY_MS) {
		env->delay_ms = 0;
		snprintf(text, sizeof(text), "not enrolled yet");
	}
	link_failed(env, text);
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
	tick_in(env, LINK_IDLE_AFTER_MS);
	msg_send_link_challenge(ctl(env), &m, -1);
	return 0;
}

static int
in_welcome(struct env *env, const struct frame *f, const char **errstr)
{
	struct msg_link_welcome	 m;
	char			 where[320], text[384];

	*errstr = "welcome: not now";
	if (env->phase != PHASE_AUTH || frame_get_welcome(f, &m, errstr) == -1)
		return -1;
	env->phase = PHASE_UP;
	env->delay_ms = 0;
	env->failure[0] = '\0';
	tlsio_set_deadline(env->io, 0, "");
	tlsio_set_idle(env->io, LINK_DEAD_MS);
	tick_in(env, LINK_PING_MS);
	snprintf(text, sizeof(text), "connected to %s",
	    link_where(env, where, sizeof(where)));
	log_info("%s", text);
	link_set_state(env, LINK_UP, text);
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
in_ping(struct env *env)
{
	uint8_t	*frame;
	size_t	 len;

	frame = frame_put_pong(&len);
	session_send(env, frame, len);
	return 0;
}

static int
dispatch(struct env *env, const struct frame *f, const char **errstr)
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
	case FRAME_PING:
		return in_ping(env);
	case FRAME_PONG:
		return 0;
	case FRAME_POLICY:
	case FRAME_INTRODUCTION:
		break;
	default:
		*errstr = "a frame that only an agent sends";
		return -1;
	}
	*errstr = "policy or introduction before welcome";
	if (env->phase != PHASE_UP)
		return -1;
	if (frame_type(f) == FRAME_POLICY)
		return in_policy(env, f, errstr);
	return in_introduction(env, f, errstr);
}

static int
session_frame(struct env *env, const uint8_t *json, size_t len,
    const char **errstr)
{
	struct frame	*f;
	int		 ret;

	/* A sibling whose channel runs over would be taken for stuck. */
	*errstr = "more than ctlproc can take in";
	if (ctl(env) == NULL ||
	    imsgbuf_queuebytes(&ctl(env)->ibuf) > LINK_BACKLOG_MAX)
		return -1;
	if ((f = frame_parse(json, len, errstr)) == NULL)
		return -1;
	ret = dispatch(env, f, errstr);
	frame_free(f);
	return ret;
}

void
session_data(struct env *env, const uint8_t *data, size_t len)
{
	struct tlsio	*io = env->io;
	const uint8_t	*json;
	const char	*errstr = "too long";
	char		 text[256];
	size_t		 jlen;
	int		 n = -1;

	if (frame_reader_add(&env->reader, data, len) == 0) {
		while (env->io == io && (n = frame_reader_next(&env->reader,
		    &json, &jlen)) == 1) {
			if (session_frame(env, json, jlen, &errstr) == -1) {
				n = -1;
				break;
			}
		}
	}
	if (env->io != io || n != -1)
		return;
	snprintf(text, sizeof(text), "the server sent a bad frame: %s",
	    errstr);
	session_ended(env, text);
}

void
session_tick(struct env *env)
{
	uint64_t	 now = clock_mono_ms();
	uint8_t		*frame;
	size_t		 len;

	if (env->phase == PHASE_CHALLENGED) {
		link_set_state(env, LINK_IDLE, "connected, not enrolled yet");
		return;
	}
	if (env->phase != PHASE_UP)
		return;
	if (now - env->last_tx < LINK_PING_MS) {
		tick_in(env, LINK_PING_MS - (now - env->last_tx));
		return;
	}
	frame = frame_put_ping(&len);
	session_send(env, frame, len);
	tick_in(env, LINK_PING_MS);
}

void
session_send(struct env *env, uint8_t *frame, size_t len)
{
	if (frame == NULL) {
		log_warnx("cannot encode a frame");
		return;
	}
	if (env->io != NULL && env->phase >= PHASE_HELLO &&
	    tlsio_write(env->io, frame, len) == 0)
		env->last_tx = clock_mono_ms();
	frame_free_buffer(frame, len);
}

void
session_auth(struct env *env, const struct msg_link_auth *m)
{
	uint8_t	*frame;
	size_t	 len;

	if (env->phase != PHASE_CHALLENGED)
		return;
	frame = frame_put_auth(m, &len);
	env->phase = PHASE_AUTH;
	tlsio_set_deadline(env->io, LINK_ANSWER_MS,
	    "no answer to our authentication");
	session_send(env, frame, len);
}

void
session_enrol(struct env *env, const struct msg_link_enrol *m)
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
