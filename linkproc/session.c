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
 * Frames on a verified connection, whoever we are: cutting and parsing them,
 * staying alive, the end.  What they mean is the matter of agent.c or
 * relay.c.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "linkproc/link.h"

void
session_tick_in(struct env *env, uint64_t ms)
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
	env->refusal[0] = '\0';
	env->session->start(env);
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
	env->session->ended(env, text, sizeof(text));
	link_failed(env, text);
}

void
session_up(struct env *env)
{
	char	 where[320], text[384];

	env->phase = PHASE_UP;
	env->delay_ms = 0;
	env->failure[0] = '\0';
	env->probing = 0;
	tlsio_set_deadline(env->io, 0, "");
	tlsio_set_idle(env->io, LINK_DEAD_MS);
	session_tick_in(env, LINK_PING_MS);
	snprintf(text, sizeof(text), "connected to %s",
	    link_where(env, where, sizeof(where)));
	log_info("%s", text);
	link_set_state(env, LINK_UP, text);
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
session_frame(struct env *env, const uint8_t *json, size_t len,
    const char **errstr)
{
	struct frame	*f;
	int		 ret = 0;

	*errstr = "more than our other processes can take in";
	if (env->session->full(env))
		return -1;
	if ((f = frame_parse(json, len, errstr)) == NULL)
		return -1;
	if (frame_type(f) == FRAME_PING)
		ret = in_ping(env);
	else if (frame_type(f) != FRAME_PONG)
		ret = env->session->frame(env, f, errstr);
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

	if (env->probing) {
		env->probing = 0;
		tlsio_set_deadline(io, 0, "");
	}
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

	if (env->phase != PHASE_UP) {
		env->session->tick(env);
		return;
	}
	if (now - env->last_tx < LINK_PING_MS) {
		session_tick_in(env, LINK_PING_MS - (now - env->last_tx));
		return;
	}
	frame = frame_put_ping(&len);
	session_send(env, frame, len);
	session_tick_in(env, LINK_PING_MS);
}

void
session_probe(struct env *env)
{
	uint64_t	 wait = LINK_PROBE_MIN_MS + 3 * (uint64_t)env->rtt_ms;
	uint8_t		*frame;
	size_t		 len;

	if (env->phase != PHASE_UP)
		return;
	if (link_has_moved(env)) {
		env->probing = 1;
		session_ended(env, "our address is another one");
		return;
	}
	if (env->probing)
		return;
	env->probing = 1;
	tlsio_set_deadline(env->io, wait < LINK_PROBE_MS ? wait :
	    LINK_PROBE_MS,
	    "no sign of life after our network changed");
	frame = frame_put_ping(&len);
	session_send(env, frame, len);
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
