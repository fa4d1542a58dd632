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
 * Any bytes as a frame, and as a stream of frames: what a decoder accepts
 * is within the limits of its struct, and a refusal has words.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frame/frame.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

union any {
	struct msg_link_challenge	challenge;
	struct msg_link_enrolled	enrolled;
	struct msg_link_refused		refused;
	struct msg_link_welcome		welcome;
	struct msg_introduction		introduction;
	struct msg_policy_commit	commit;
	struct msg_auth_request		auth;
	struct msg_enrol_request	enrol;
	struct msg_conn_candidates	candidates;
	struct msg_conn_ack		ack;
	struct msg_conn_introduce	introduce;
	struct msg_link_relays		relays;
	struct msg_conn_relay_rtt	rtt;
	struct msg_conn_facts		facts;
	struct msg_link_trust		trust;
	struct msg_link_user		user;
	struct msg_conn_signin		signin;
	struct msg_link_renewed		renewed;
	struct msg_renew_request	renew;
	struct msg_conn_holds		holds;
	struct msg_link_authority	authority;
};

/* What was decoded must be a message that may go to another process. */
static void
check_message(uint32_t type, const void *msg)
{
	static uint8_t	 buf[MSG_MAX_SIZE];
	static union msg_any	 again;
	const struct msg_desc	*d = msg_lookup(type);
	ssize_t			 n;

	n = msg_encode(d, msg, buf, sizeof(buf));
	if (n == -1 || msg_decode(d, buf, (size_t)n, &again) != MSG_OK)
		abort();
}

static void
check_entry(void *arg, const struct msg_policy_entry *e)
{
	(void)arg;
	check_message(MSG_POLICY_ENTRY, e);
}

static int
fuzz_agent(const struct frame *f, union any *u, const char **why,
    uint32_t *type)
{
	switch (frame_type(f)) {
	case FRAME_CHALLENGE:
		*type = MSG_LINK_CHALLENGE;
		return frame_get_challenge(f, &u->challenge, why);
	case FRAME_ENROLLED:
		*type = MSG_LINK_ENROLLED;
		return frame_get_enrolled(f, &u->enrolled, why);
	case FRAME_REFUSED:
		*type = MSG_LINK_REFUSED;
		return frame_get_refused(f, &u->refused, why);
	case FRAME_WELCOME:
		*type = MSG_LINK_WELCOME;
		return frame_get_welcome(f, &u->welcome, why);
	case FRAME_INTRODUCTION:
		*type = MSG_INTRODUCTION;
		return frame_get_introduction(f, &u->introduction, why);
	case FRAME_RELAYS:
		*type = MSG_LINK_RELAYS;
		return frame_get_relays(f, &u->relays, why);
	case FRAME_TRUST:
		*type = MSG_LINK_TRUST;
		return frame_get_trust(f, &u->trust, why);
	case FRAME_AUTHORITY:
		*type = MSG_LINK_AUTHORITY;
		return frame_get_authority(f, &u->authority, why);
	case FRAME_RENEWED:
		*type = MSG_LINK_RENEWED;
		return frame_get_renewed(f, &u->renewed, why);
	case FRAME_USER:
		*type = MSG_LINK_USER;
		return frame_get_user(f, &u->user, why);
	case FRAME_POLICY:
		*type = MSG_POLICY_COMMIT;
		return frame_policy_each(f, check_entry, NULL, &u->commit,
		    why);
	default:
		return 1;
	}
}

static int
fuzz_server(const struct frame *f, union any *u, const char **why,
    uint32_t *type)
{
	switch (frame_type(f)) {
	case FRAME_AUTH:
		*type = MSG_AUTH_REQUEST;
		return frame_get_auth(f, &u->auth, why);
	case FRAME_ENROL:
		*type = MSG_ENROL_REQUEST;
		return frame_get_enrol(f, &u->enrol, why);
	case FRAME_CANDIDATES:
		*type = MSG_CONN_CANDIDATES;
		return frame_get_candidates(f, &u->candidates, why);
	case FRAME_ACK:
		*type = MSG_CONN_ACK;
		return frame_get_ack(f, &u->ack, why);
	case FRAME_RELAY_RTT:
		*type = MSG_CONN_RELAY_RTT;
		return frame_get_relay_rtt(f, &u->rtt, why);
	case FRAME_FACTS:
		*type = MSG_CONN_FACTS;
		return frame_get_facts(f, &u->facts, why);
	case FRAME_RENEW:
		*type = MSG_RENEW_REQUEST;
		return frame_get_renew(f, &u->renew, why);
	case FRAME_HOLDS:
		*type = MSG_CONN_HOLDS;
		return frame_get_holds(f, &u->holds, why);
	case FRAME_SIGNIN:
		*type = MSG_CONN_SIGNIN;
		return frame_get_signin(f, &u->signin, why);
	case FRAME_INTRODUCE:
		*type = MSG_CONN_INTRODUCE;
		return frame_get_introduce(f, &u->introduce, why);
	default:
		return 1;
	}
}

/* What was decoded encodes again. */
static int
fuzz_relay(const struct frame *f, const char **why)
{
	struct frame_relay_hello	 hello;
	struct frame_relay_code		 code;
	struct frame_relay_load		 load;
	uint8_t				*buf;
	size_t				 len = 0;

	switch (frame_type(f)) {
	case FRAME_RELAY_HELLO:
		if (frame_get_relay_hello(f, &hello, why) == -1)
			return -1;
		buf = frame_put_relay_hello(&hello, &len);
		break;
	case FRAME_RELAY_CODE:
		if (frame_get_relay_code(f, &code, why) == -1)
			return -1;
		buf = frame_put_relay_code(&code, &len);
		break;
	case FRAME_RELAY_LOAD:
		if (frame_get_relay_load(f, &load, why) == -1)
			return -1;
		buf = frame_put_relay_load(&load, &len);
		break;
	default:
		return 1;
	}
	if (buf == NULL)
		abort();
	frame_free_buffer(buf, len);
	return 1;
}

static void
fuzz_parse(const uint8_t *data, size_t size)
{
	static union any	 u;
	struct frame		*f;
	const char		*why = NULL;
	uint32_t		 type = 0;
	int			 r;

	f = frame_parse(data, size, &why);
	if (f == NULL) {
		if (why == NULL || why[0] == '\0')
			abort();
		return;
	}
	r = fuzz_agent(f, &u, &why, &type);
	if (r == 1)
		r = fuzz_server(f, &u, &why, &type);
	if (r == 1)
		r = fuzz_relay(f, &why);
	if (r == -1 && (why == NULL || why[0] == '\0'))
		abort();
	if (r == 0)
		check_message(type, &u);
	frame_free(f);
}

static void
fuzz_stream(const uint8_t *data, size_t size)
{
	struct frame_reader	 r = { .max = 256 };
	const uint8_t		*json;
	size_t			 i, n, len;
	int			 got = 0;

	for (i = 0; i < size && got != -1; i += n) {
		n = 1 + data[i] % 64U;
		if (n > size - i)
			n = size - i;
		if (frame_reader_add(&r, data + i, n) == -1)
			abort();
		while ((got = frame_reader_next(&r, &json, &len)) == 1)
			if (len > 256)
				abort();
	}
	frame_reader_free(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int	 ready;

	if (!ready)
		frame_init(1);
	ready = 1;
	if (size == 0)
		data = (const uint8_t *)"";
	fuzz_parse(data, size);
	fuzz_stream(data, size);
	return 0;
}
