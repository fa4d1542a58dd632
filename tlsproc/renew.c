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
 * Certificates of agents that are connected: requests to authproc, which
 * knows whose connection it is, answers, and what agents hold.
 */

#include <sys/types.h>

#include <string.h>

#include "tlsproc/tlsproc.h"

int
renew_in_renew(struct conn *c, const struct frame *f, const char **errstr)
{
	struct msg_renew_request	 m;
	struct msg_renew_result		 no;
	uint8_t				*frame;
	size_t				 len;

	if (frame_get_renew(f, &m, errstr) == -1)
		return -1;
	m.conn = c->id;
	if (msg_send_renew_request(proc_peer(&c->env->proc, ROLE_AUTH), &m,
	    -1) == 0)
		return 0;
	memset(&no, 0, sizeof(no));
	strlcpy(no.reason, "the service is starting: try again",
	    sizeof(no.reason));
	frame = frame_put_renewed(&no, &len);
	conn_send(c, frame, len);
	return 0;
}

int
renew_in_holds(struct conn *c, const struct frame *f, const char **errstr)
{
	struct msg_conn_holds	 m;

	if (frame_get_holds(f, &m, errstr) == -1)
		return -1;
	m.conn = c->id;
	msg_send_conn_holds(proc_peer(&c->env->proc, ROLE_POLICY), &m, -1);
	return 0;
}

void
renew_result(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_renew_result	*m = data;
	struct conn			*c = conn_find(arg, m->conn);
	uint8_t				*frame;
	size_t				 len;

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATED || c->relay)
		return;
	frame = frame_put_renewed(m, &len);
	conn_send(c, frame, len);
}

void
renew_order(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_renew	*m = data;
	struct conn			*c = conn_find(arg, m->conn);
	uint8_t				*frame;
	size_t				 len;

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATED || c->relay)
		return;
	frame = frame_put_renew_order(&len);
	conn_send(c, frame, len);
}

void
renew_authority(void *arg, struct chan *ch, const void *data, int fd)
{
	const struct msg_conn_authority	*m = data;
	struct conn			*c = conn_find(arg, m->conn);
	uint8_t				*frame;
	size_t				 len;

	(void)ch;
	(void)fd;
	if (c == NULL || c->state != CONN_AUTHENTICATED || c->relay)
		return;
	frame = frame_put_authority(m, &len);
	conn_send(c, frame, len);
}
