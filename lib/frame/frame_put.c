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
 * Encoders: one for each frame, in the order the decoders read.  Policy
 * frames are in frame_policy.c.
 */

#include <errno.h>
#include <string.h>

#include "frame/frame_local.h"

#define BYTES(out, name, a)	\
	frame_out_bytes(out, name, a, sizeof(a), sizeof(a))

uint8_t *
frame_put_challenge(const struct msg_challenge *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "challenge");
	frame_out_int(&out, "version", FRAME_VERSION);
	BYTES(&out, "nonce", m->nonce);
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_enrol_result(const struct msg_enrol_result *m, size_t *len)
{
	struct frame_out	 out;

	if (!m->ok)
		return frame_put_refused(1, m->reason, len);
	frame_out_begin(&out, "enrolled");
	frame_out_bytes(&out, "certificate", m->certificate,
	    m->certificate_len, sizeof(m->certificate));
	BYTES(&out, "authority", m->authority);
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_conn_refuse(const struct msg_conn_refuse *m, size_t *len)
{
	return frame_put_refused(0, m->reason, len);
}

uint8_t *
frame_put_auth_refused(const struct msg_auth_refused *m, size_t *len)
{
	return frame_put_refused(0, m->reason, len);
}

uint8_t *
frame_put_refused(int enrolment, const char *reason, size_t *len)
{
	struct frame_out	 out;
	char			 text[sizeof(
				    ((struct msg_link_refused *)0)->reason)];

	frame_text_copy(text, sizeof(text), reason);
	frame_out_begin(&out, "refused");
	frame_out_bool(&out, "enrolment", enrolment != 0);
	frame_out_string(&out, "reason", text);
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_welcome(const struct msg_conn_welcome *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "welcome");
	frame_out_int(&out, "time", m->server_time);
	frame_out_endpoints(&out, "stun", &m->stun);
	BYTES(&out, "session", m->session);
	return frame_out_end(&out, len);
}

static void
put_credentials(struct frame_out *out, const char *name, const char *ufrag,
    const char *pwd)
{
	struct frame_out	 c;

	frame_out_begin(&c, NULL);
	if (!frame_text_ice(ufrag, ICE_UFRAG_MIN, ICE_UFRAG_MAX) ||
	    !frame_text_ice(pwd, ICE_PWD_MIN, ICE_PWD_MAX)) {
		frame_out_fail(&c, EINVAL);
	} else {
		frame_out_string(&c, "ufrag", ufrag);
		frame_out_string(&c, "pwd", pwd);
	}
	frame_out_member(out, name, &c);
}

uint8_t *
frame_put_introduction(const struct msg_conn_introduction *m, size_t *len)
{
	const struct frame_nat	 nat = { m->nat_udp, m->nat_tcp,
				    m->nat_udp_step, m->nat_tcp_step };
	struct frame_out	 out;

	frame_out_begin(&out, "introduction");
	frame_out_int(&out, "number", m->number);
	frame_out_system(&out, "system", m->system);
	if (m->controlling > 1)
		frame_out_fail(&out, EINVAL);
	frame_out_string(&out, "role", m->controlling ? "controlling" :
	    "controlled");
	put_credentials(&out, "local", m->local_ufrag, m->local_pwd);
	put_credentials(&out, "remote", m->remote_ufrag, m->remote_pwd);
	frame_out_candidates(&out, &m->candidates);
	frame_out_nat(&out, &nat);
	frame_out_relay(&out, &m->relay, m->relay_code);
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_auth(const struct msg_link_auth *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "auth");
	frame_out_bytes(&out, "certificate", m->certificate,
	    m->certificate_len, sizeof(m->certificate));
	BYTES(&out, "signature", m->signature);
	frame_out_int(&out, "sequence", m->sequence);
	BYTES(&out, "session", m->session);
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_enrol(const struct msg_link_enrol *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "enrol");
	if (frame_text_key(m->key, sizeof(m->key) - 1))
		frame_out_string(&out, "key", m->key);
	else
		frame_out_fail(&out, EINVAL);
	BYTES(&out, "identity", m->identity);
	BYTES(&out, "tunnel", m->tunnel);
	frame_out_bool(&out, "aes", m->aes);
	frame_out_text(&out, "description", m->description,
	    sizeof(m->description));
	BYTES(&out, "signature", m->signature);
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_candidates(const struct msg_link_candidates *m, size_t *len)
{
	const struct frame_nat	 nat = { m->nat_udp, m->nat_tcp,
				    m->nat_udp_step, m->nat_tcp_step };
	struct frame_out	 out;

	frame_out_begin(&out, "candidates");
	frame_out_int(&out, "generation", m->generation);
	frame_out_candidates(&out, &m->candidates);
	frame_out_nat(&out, &nat);
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_ack(const struct msg_policy_ack *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "ack");
	frame_out_int(&out, "sequence", m->sequence);
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_introduce(const struct msg_introduce_again *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "introduce");
	frame_out_system(&out, "system", m->system);
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_ping(size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "ping");
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_pong(size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "pong");
	return frame_out_end(&out, len);
}
