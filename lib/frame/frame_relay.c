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
 * The frames between a relay and the server, in both directions.  The token
 * in the first of them is a secret.
 */

#include <errno.h>
#include <string.h>

#include "frame/frame_local.h"

/* Where the last instance listens must be a port as well. */
static int
ports_fit(const struct msg_eps *eps, uint8_t instances)
{
	uint16_t	 i;

	for (i = 0; i < eps->n; i++)
		if (eps->e[i].port > UINT16_MAX - (instances - 1))
			return 0;
	return 1;
}

uint8_t *
frame_put_relay_hello(const struct frame_relay_hello *m, size_t *len)
{
	struct frame_out	 out, e;
	json_t			*array = json_array();
	uint16_t		 i;

	frame_out_begin(&out, "relay_hello");
	if (!frame_text_key(m->name, sizeof(m->name) - 1) ||
	    !frame_text_key(m->token, sizeof(m->token) - 1) ||
	    m->endpoints.n == 0 || m->endpoints.n > MSG_EPS_MAX ||
	    m->instances == 0 || m->instances > FRAME_RELAYS_MAX ||
	    !ports_fit(&m->endpoints, m->instances))
		frame_out_fail(&out, EINVAL);
	if (out.error == 0) {
		frame_out_string(&out, "name", m->name);
		frame_out_string(&out, "token", m->token);
	}
	for (i = 0; i < m->endpoints.n && out.error == 0; i++) {
		frame_out_begin(&e, NULL);
		frame_out_endpoint(&e, &m->endpoints.e[i]);
		frame_out_append(&out, array, &e);
	}
	frame_out_json(&out, "endpoints", array);
	frame_out_int(&out, "instances", m->instances);
	return frame_out_end(&out, len);
}

static void
get_key(struct frame_in *in, const char *name, char *dst, size_t cap)
{
	const char	*s = frame_in_string(in, name, cap - 1);

	if (s != NULL && frame_text_key(s, cap - 1))
		strlcpy(dst, s, cap);
	else
		frame_in_fail(in, name, "empty or a bad character");
}

int
frame_get_relay_hello(const struct frame *f, struct frame_relay_hello *m,
    const char **errstr)
{
	struct frame_in	 in, e;
	uint16_t	 i, n;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_RELAY_HELLO);
	get_key(&in, "name", m->name, sizeof(m->name));
	get_key(&in, "token", m->token, sizeof(m->token));
	n = frame_in_array(&in, "endpoints", MSG_EPS_MAX);
	if (n == 0)
		frame_in_fail(&in, "endpoints", "empty");
	for (i = 0; i < n && !in.bad; i++) {
		frame_in_enter(&e, &in, "endpoints", i);
		frame_in_endpoint(&e, &m->endpoints.e[i]);
		frame_in_leave(&e, &in);
	}
	m->endpoints.n = n;
	m->instances = (uint8_t)frame_in_int(&in, "instances", 1,
	    FRAME_RELAYS_MAX);
	if (!in.bad && !ports_fit(&m->endpoints, m->instances))
		frame_in_fail(&in, "instances", "more than there are ports");
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

uint8_t *
frame_put_relay_welcome(size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "relay_welcome");
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_relay_code(const struct frame_relay_code *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "relay_code");
	if (m->instance >= FRAME_RELAYS_MAX || m->life == 0 ||
	    m->life > FRAME_RELAY_LIFE_MAX)
		frame_out_fail(&out, EINVAL);
	frame_out_int(&out, "id", m->id);
	frame_out_int(&out, "instance", m->instance);
	frame_out_bytes(&out, "hash", m->hash, sizeof(m->hash),
	    sizeof(m->hash));
	frame_out_int(&out, "life", m->life);
	return frame_out_end(&out, len);
}

int
frame_get_relay_code(const struct frame *f, struct frame_relay_code *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_RELAY_CODE);
	m->id = (uint32_t)frame_in_int(&in, "id", 0, UINT32_MAX);
	m->instance = (uint8_t)frame_in_int(&in, "instance", 0,
	    FRAME_RELAYS_MAX - 1);
	frame_in_bytes(&in, "hash", m->hash, sizeof(m->hash));
	m->life = (uint32_t)frame_in_int(&in, "life", 1,
	    FRAME_RELAY_LIFE_MAX);
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

uint8_t *
frame_put_relay_load(const struct frame_relay_load *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "relay_load");
	if (m->instance >= FRAME_RELAYS_MAX)
		frame_out_fail(&out, EINVAL);
	frame_out_int(&out, "instance", m->instance);
	frame_out_int(&out, "pairs", m->pairs);
	frame_out_int(&out, "waiting", m->waiting);
	frame_out_int(&out, "bytes", m->bytes);
	frame_out_int(&out, "refused", m->refused);
	return frame_out_end(&out, len);
}

int
frame_get_relay_load(const struct frame *f, struct frame_relay_load *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_RELAY_LOAD);
	m->instance = (uint8_t)frame_in_int(&in, "instance", 0,
	    FRAME_RELAYS_MAX - 1);
	m->pairs = (uint32_t)frame_in_int(&in, "pairs", 0, UINT32_MAX);
	m->waiting = (uint32_t)frame_in_int(&in, "waiting", 0, UINT32_MAX);
	m->bytes = frame_in_int(&in, "bytes", 0, INT64_MAX);
	m->refused = frame_in_int(&in, "refused", 0, INT64_MAX);
	return frame_in_end(&in, m, sizeof(*m), errstr);
}
