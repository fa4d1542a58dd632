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
 * Decoders: one for each frame, straight lists of members.  Policy frames
 * are in frame_policy.c.
 */

#include <string.h>

#include "frame/frame_local.h"

int
frame_get_challenge(const struct frame *f, struct msg_link_challenge *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_CHALLENGE);
	(void)frame_in_int(&in, "version", FRAME_VERSION, FRAME_VERSION);
	frame_in_bytes(&in, "nonce", m->nonce, sizeof(m->nonce));
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

int
frame_get_enrolled(const struct frame *f, struct msg_link_enrolled *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_ENROLLED);
	m->certificate_len = frame_in_blob(&in, "certificate",
	    m->certificate, sizeof(m->certificate));
	frame_in_bytes(&in, "authority", m->authority, sizeof(m->authority));
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

int
frame_get_refused(const struct frame *f, struct msg_link_refused *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_REFUSED);
	m->enrolment = frame_in_bool(&in, "enrolment");
	frame_in_reason(&in, "reason", m->reason, sizeof(m->reason));
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

int
frame_get_welcome(const struct frame *f, struct msg_link_welcome *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_WELCOME);
	m->server_time = frame_in_int(&in, "time", 0, INT64_MAX);
	frame_in_endpoints(&in, "stun", &m->stun);
	frame_in_bytes(&in, "session", m->session, sizeof(m->session));
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

static void
get_credentials(struct frame_in *in, const char *name,
    char ufrag[ICE_UFRAG_MAX + 1], char pwd[ICE_PWD_MAX + 1])
{
	struct frame_in	 c;
	const char	*s;

	frame_in_enter(&c, in, name, -1);
	s = frame_in_string(&c, "ufrag", ICE_UFRAG_MAX);
	if (s != NULL && frame_text_ice(s, ICE_UFRAG_MIN, ICE_UFRAG_MAX))
		strlcpy(ufrag, s, ICE_UFRAG_MAX + 1);
	else
		frame_in_fail(&c, "ufrag", "too short or a bad character");
	s = frame_in_string(&c, "pwd", ICE_PWD_MAX);
	if (s != NULL && frame_text_ice(s, ICE_PWD_MIN, ICE_PWD_MAX))
		strlcpy(pwd, s, ICE_PWD_MAX + 1);
	else
		frame_in_fail(&c, "pwd", "too short or a bad character");
	frame_in_leave(&c, in);
}

int
frame_get_introduction(const struct frame *f, struct msg_introduction *m,
    const char **errstr)
{
	static const char *const	 roles[2] = {
		"controlled", "controlling"
	};
	struct frame_nat		 nat;
	struct frame_in			 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_INTRODUCTION);
	m->number = frame_in_int(&in, "number", 0, INT64_MAX);
	frame_in_system(&in, "system", m->system);
	m->controlling = (uint8_t)frame_in_word(&in, "role", roles, 2);
	get_credentials(&in, "local", m->local_ufrag, m->local_pwd);
	get_credentials(&in, "remote", m->remote_ufrag, m->remote_pwd);
	frame_in_candidates(&in, &m->candidates);
	frame_in_nat(&in, &nat);
	m->nat_udp = nat.udp;
	m->nat_udp_step = nat.udp_step;
	m->nat_tcp = nat.tcp;
	m->nat_tcp_step = nat.tcp_step;
	frame_in_relay(&in, &m->relay, m->relay_code);
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

int
frame_get_auth(const struct frame *f, struct msg_auth_request *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_AUTH);
	m->certificate_len = frame_in_blob(&in, "certificate",
	    m->certificate, sizeof(m->certificate));
	frame_in_bytes(&in, "signature", m->signature, sizeof(m->signature));
	m->sequence = frame_in_int(&in, "sequence", 0, INT64_MAX);
	frame_in_bytes(&in, "session", m->session, sizeof(m->session));
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

int
frame_get_enrol(const struct frame *f, struct msg_enrol_request *m,
    const char **errstr)
{
	struct frame_in	 in;
	const char	*s;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_ENROL);
	s = frame_in_string(&in, "key", sizeof(m->key) - 1);
	if (s != NULL && frame_text_key(s, sizeof(m->key) - 1))
		strlcpy(m->key, s, sizeof(m->key));
	else
		frame_in_fail(&in, "key", "empty or a bad character");
	frame_in_bytes(&in, "identity", m->identity, sizeof(m->identity));
	frame_in_bytes(&in, "tunnel", m->tunnel, sizeof(m->tunnel));
	m->aes = frame_in_bool(&in, "aes");
	frame_in_description(&in, "description", m->description,
	    sizeof(m->description));
	frame_in_bytes(&in, "signature", m->signature, sizeof(m->signature));
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

int
frame_get_candidates(const struct frame *f, struct msg_conn_candidates *m,
    const char **errstr)
{
	struct frame_nat	 nat;
	struct frame_in		 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_CANDIDATES);
	m->generation = (uint32_t)frame_in_int(&in, "generation", 0,
	    UINT32_MAX);
	frame_in_candidates(&in, &m->candidates);
	frame_in_nat(&in, &nat);
	m->nat_udp = nat.udp;
	m->nat_udp_step = nat.udp_step;
	m->nat_tcp = nat.tcp;
	m->nat_tcp_step = nat.tcp_step;
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

int
frame_get_ack(const struct frame *f, struct msg_conn_ack *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_ACK);
	m->sequence = frame_in_int(&in, "sequence", 0, INT64_MAX);
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

int
frame_get_introduce(const struct frame *f, struct msg_conn_introduce *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_INTRODUCE);
	frame_in_system(&in, "system", m->system);
	return frame_in_end(&in, m, sizeof(*m), errstr);
}
