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
 * What agents and the server say about paths: how a translator behaves, which
 * relays there are and how far away they are, and the relay of one
 * introduction.  The code for that is a secret.
 */

#include <errno.h>
#include <string.h>

#include "frame/frame_local.h"

#define CODE_LEN	16

void
frame_in_nat(struct frame_in *in, struct frame_nat *nat)
{
	struct frame_in	 e;

	memset(nat, 0, sizeof(*nat));
	if (!frame_in_has(in, "nat"))
		return;
	frame_in_enter(&e, in, "nat", -1);
	nat->udp = (uint8_t)frame_in_int(&e, "udp", 0, UINT8_MAX);
	nat->udp_step = (uint16_t)frame_in_int(&e, "udp_step", 0,
	    UINT16_MAX);
	nat->tcp = (uint8_t)frame_in_int(&e, "tcp", 0, UINT8_MAX);
	nat->tcp_step = (uint16_t)frame_in_int(&e, "tcp_step", 0,
	    UINT16_MAX);
	frame_in_leave(&e, in);
}

void
frame_out_nat(struct frame_out *out, const struct frame_nat *nat)
{
	struct frame_out	 e;

	if ((nat->udp | nat->tcp | nat->udp_step | nat->tcp_step) == 0)
		return;
	frame_out_begin(&e, NULL);
	frame_out_int(&e, "udp", nat->udp);
	frame_out_int(&e, "udp_step", nat->udp_step);
	frame_out_int(&e, "tcp", nat->tcp);
	frame_out_int(&e, "tcp_step", nat->tcp_step);
	frame_out_member(out, "nat", &e);
}

void
frame_in_relay(struct frame_in *in, struct endpoint *ep,
    uint8_t code[CODE_LEN])
{
	struct frame_in	 e;

	if (!frame_in_has(in, "relay"))
		return;
	frame_in_enter(&e, in, "relay", -1);
	frame_in_endpoint(&e, ep);
	frame_in_bytes(&e, "code", code, CODE_LEN);
	frame_in_leave(&e, in);
}

void
frame_out_relay(struct frame_out *out, const struct endpoint *ep,
    const uint8_t code[CODE_LEN])
{
	struct frame_out	 e;

	if (ep->family == 0)
		return;
	frame_out_begin(&e, NULL);
	frame_out_endpoint(&e, ep);
	frame_out_bytes(&e, "code", code, CODE_LEN, CODE_LEN);
	frame_out_member(out, "relay", &e);
}

void
frame_in_endpoints(struct frame_in *in, const char *name, struct msg_eps *eps)
{
	struct frame_in	 e;
	uint16_t	 i, n;

	n = frame_in_array(in, name, MSG_EPS_MAX);
	for (i = 0; i < n && !in->bad; i++) {
		frame_in_enter(&e, in, name, i);
		frame_in_endpoint(&e, &eps->e[i]);
		frame_in_leave(&e, in);
	}
	eps->n = n;
}

void
frame_out_endpoints(struct frame_out *out, const char *name,
    const struct msg_eps *eps)
{
	struct frame_out	 e;
	json_t			*array = json_array();
	uint16_t		 i;

	if (eps->n > MSG_EPS_MAX)
		frame_out_fail(out, EINVAL);
	for (i = 0; i < eps->n && out->error == 0; i++) {
		frame_out_begin(&e, NULL);
		frame_out_endpoint(&e, &eps->e[i]);
		frame_out_append(out, array, &e);
	}
	frame_out_json(out, name, array);
}

uint8_t *
frame_put_relays(const struct msg_conn_relays *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "relays");
	frame_out_endpoints(&out, "relays", &m->relays);
	return frame_out_end(&out, len);
}

int
frame_get_relays(const struct frame *f, struct msg_link_relays *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_RELAYS);
	frame_in_endpoints(&in, "relays", &m->relays);
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

/* UINT32_MAX microseconds: not reached. */
uint8_t *
frame_put_relay_rtt(const struct msg_link_relay_rtt *m, size_t *len)
{
	struct frame_out	 out, e;

	frame_out_begin(&out, "relay_rtt");
	frame_out_begin(&e, NULL);
	frame_out_endpoint(&e, &m->relay);
	frame_out_member(&out, "relay", &e);
	frame_out_int(&out, "rtt_us", m->rtt_us);
	return frame_out_end(&out, len);
}

int
frame_get_relay_rtt(const struct frame *f, struct msg_conn_relay_rtt *m,
    const char **errstr)
{
	struct frame_in	 in, e;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_RELAY_RTT);
	frame_in_enter(&e, &in, "relay", -1);
	frame_in_endpoint(&e, &m->relay);
	frame_in_leave(&e, &in);
	m->rtt_us = (uint32_t)frame_in_int(&in, "rtt_us", 0, UINT32_MAX);
	return frame_in_end(&in, m, sizeof(*m), errstr);
}
