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
 * Frames about the certificate of an agent that is connected: the request
 * for another, its answer, the order to ask, what the agent holds, and what
 * authorities say of each other.
 */

#include <string.h>

#include "frame/frame_local.h"

uint8_t *
frame_put_renew(const struct msg_link_renew *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "renew");
	frame_out_bytes(&out, "serial", m->serial, sizeof(m->serial),
	    sizeof(m->serial));
	return frame_out_end(&out, len);
}

int
frame_get_renew(const struct frame *f, struct msg_renew_request *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_RENEW);
	frame_in_bytes(&in, "serial", m->serial, sizeof(m->serial));
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

/* Either a certificate and who signed it, or the reason for none. */
uint8_t *
frame_put_renewed(const struct msg_renew_result *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "renewed");
	if (!m->ok) {
		frame_out_text(&out, "reason", m->reason, sizeof(m->reason));
		return frame_out_end(&out, len);
	}
	frame_out_bytes(&out, "certificate", m->certificate,
	    m->certificate_len, sizeof(m->certificate));
	frame_out_bytes(&out, "authority", m->authority,
	    sizeof(m->authority), sizeof(m->authority));
	return frame_out_end(&out, len);
}

int
frame_get_renewed(const struct frame *f, struct msg_link_renewed *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_RENEWED);
	if (frame_in_has(&in, "reason")) {
		frame_in_reason(&in, "reason", m->reason, sizeof(m->reason));
		return frame_in_end(&in, m, sizeof(*m), errstr);
	}
	m->ok = 1;
	m->certificate_len = frame_in_blob(&in, "certificate",
	    m->certificate, sizeof(m->certificate));
	frame_in_bytes(&in, "authority", m->authority, sizeof(m->authority));
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

uint8_t *
frame_put_renew_order(size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "renew_order");
	return frame_out_end(&out, len);
}

uint8_t *
frame_put_holds(const struct msg_link_holds *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "holds");
	frame_out_bytes(&out, "serial", m->serial, sizeof(m->serial),
	    sizeof(m->serial));
	frame_out_bytes(&out, "authority", m->authority,
	    sizeof(m->authority), sizeof(m->authority));
	return frame_out_end(&out, len);
}

int
frame_get_holds(const struct frame *f, struct msg_conn_holds *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_HOLDS);
	frame_in_bytes(&in, "serial", m->serial, sizeof(m->serial));
	frame_in_bytes(&in, "authority", m->authority, sizeof(m->authority));
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

uint8_t *
frame_put_authority(const struct msg_conn_authority *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "authority");
	frame_out_bytes(&out, "statement", m->statement, m->statement_len,
	    sizeof(m->statement));
	return frame_out_end(&out, len);
}

int
frame_get_authority(const struct frame *f, struct msg_link_authority *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_AUTHORITY);
	m->statement_len = frame_in_blob(&in, "statement", m->statement,
	    sizeof(m->statement));
	return frame_in_end(&in, m, sizeof(*m), errstr);
}
