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
 * A session with storeproc for each request that needs one.  What comes back
 * is checked against the table of messages like anything else; rows become
 * objects at once, their number is bounded.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apiproc/apiproc.h"
#include "base/log.h"

static void
session_closed(struct chan *c)
{
	struct request	*r = c->data;

	if (r == NULL)
		return;
	r->session = NULL;
	r->env->nwaiting--;
	evtimer_del(&r->limit);
	answer_problem(r, 503, "the service is busy or starting: try again");
}

static void
session_expired(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	answer_problem(arg, 503, "the service does not answer");
}

void
session_end(struct request *r)
{
	struct chan	*c = r->session;

	if (c == NULL)
		return;
	r->session = NULL;
	r->env->nwaiting--;
	evtimer_del(&r->limit);
	c->data = NULL;
	chan_close(c);
}

int
session_begin(struct request *r, const uint8_t hash[32], request_step next)
{
	struct timeval			 tv = { API_WAIT_SEC, 0 };
	struct msg_admin_session	 m;
	struct msg_admin_login		 login;
	struct env			*env = r->env;
	int				 pair[2];

	if (env->nwaiting >= API_REQUESTS_MAX || socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	memset(&m, 0, sizeof(m));
	if (msg_send_admin_session(proc_peer(&env->proc, ROLE_STORE), &m,
	    pair[1]) == -1 || (r->session = chan_new(&env->proc, pair[0],
	    ROLE_STORE, 0)) == NULL) {
		close(pair[0]);
		return -1;
	}
	env->nwaiting++;
	r->session->data = r;
	r->session->closed = session_closed;
	r->next = next;
	evtimer_set(&r->limit, session_expired, r);
	evtimer_add(&r->limit, &tv);
	memset(&login, 0, sizeof(login));
	memcpy(login.token_hash, hash, sizeof(login.token_hash));
	msg_send_admin_login(r->session, &login, -1);
	explicit_bzero(&login, sizeof(login));
	return 0;
}

void
session_ask(struct request *r, uint32_t type, const void *msg,
    request_step next)
{
	r->next = next;
	r->code = 1;
	json_decref(r->rows);
	r->rows = json_array();
	if (r->rows == NULL || r->session == NULL ||
	    chan_send(r->session, (enum msg_type)type, msg, -1) == -1)
		answer_problem(r, 503, "the service does not answer");
}

void
session_message(struct chan *c, uint32_t type, const void *msg)
{
	const struct msg_admin_remembered *remembered = msg;
	const struct msg_admin_result	*result = msg;
	struct request			*r = c->data;
	json_t				*row;

	if (r == NULL || r->session != c || r->next == NULL)
		return;
	if (type == MSG_ADMIN_IDENTITY) {
		memcpy(&r->who, msg, sizeof(r->who));
		r->next(r);
		return;
	}
	if (type == MSG_ADMIN_REMEMBERED) {
		r->code = remembered->state;
		r->replayed = remembered->object;
		r->next(r);
		return;
	}
	if (type == MSG_ADMIN_RESULT) {
		r->code = result->code;
		memcpy(r->text, result->text, sizeof(result->text));
		r->next(r);
		return;
	}
	if (type == MSG_ADMIN_AUDIT) {
		if (query_row(r, msg) == -1)
			answer_problem(r, 503, "the answer is too large");
		return;
	}
	if (r->rows == NULL || json_array_size(r->rows) >= API_ROWS_MAX ||
	    (row = object_from_msg(type, msg)) == NULL) {
		answer_problem(r, 503, "the answer is too large");
		return;
	}
	json_array_append_new(r->rows, row);
}
