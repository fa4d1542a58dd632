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
 * Explanations for an administrator: policyproc knows why, by number; here
 * are the names.
 */

#include <sys/types.h>

#include <string.h>

#include "storeproc/storeproc.h"

static int
system_id(struct env *env, struct chan *c, const char *name, uint32_t *id)
{
	struct db_system	 s;
	enum db_result		 result;

	result = db_system_get_name(env->db, name, &s);
	if (result == DB_OK) {
		*id = (uint32_t)s.id;
		return 0;
	}
	if (result == DB_NOTFOUND)
		client_result(c, CODE_FAILED, "there is no system \"%s\"",
		    name);
	else
		client_db_result(env, c, result, "");
	return -1;
}

void
explain_request(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_explain	*m = data;
	struct msg_explain_get		 ask;
	struct env			*env = arg;
	struct wait			*w;

	(void)fd;
	memset(&ask, 0, sizeof(ask));
	if (m->protocol != ACL_TCP && m->protocol != ACL_UDP &&
	    m->protocol != ACL_ICMP) {
		client_result(c, CODE_USAGE, "ask for tcp, udp or icmp");
		return;
	}
	if (system_id(env, c, m->from, &ask.a) == -1 ||
	    system_id(env, c, m->to, &ask.b) == -1 ||
	    (w = wait_new(env, c, WAIT_EXPLAIN)) == NULL)
		return;
	ask.id = w->id;
	ask.protocol = m->protocol;
	ask.port = m->port;
	if (msg_send_explain_get(model_chan(env), &ask, -1) == -1) {
		client_result(c, CODE_FAILED, "policyproc does not answer");
		wait_free(w);
	}
}

static void
tag_name(struct env *env, uint32_t id, char *out, size_t size)
{
	struct db_tag	 tag;

	if (id != 0 && db_tag_get_id(env->db, id, &tag) == DB_OK)
		strlcpy(out, tag.name, size);
}

void
explain_row(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_explain_row	*m = data;
	struct msg_admin_explain_policy	 out;
	struct env			*env = arg;
	struct db_requirement		 r;
	struct db_policy		 p;
	struct wait			*w;

	(void)fd;
	if (m->why >= EXPLAIN_SAME) {
		proc_violation(&env->proc, c, MSG_EXPLAIN_ROW, "not a reason");
		return;
	}
	w = wait_find(env, m->id, WAIT_EXPLAIN);
	/* One that was deleted meanwhile is passed over. */
	if (w == NULL || w->client == NULL ||
	    db_policy_get(env->db, m->policy, &p) != DB_OK)
		return;
	memset(&out, 0, sizeof(out));
	convert_text(out.name, sizeof(out.name), p.name);
	out.why = m->why;
	tag_name(env, m->sender, out.sender, sizeof(out.sender));
	tag_name(env, m->receiver, out.receiver, sizeof(out.receiver));
	if (m->requirement != 0 && db_requirement_get(env->db,
	    m->requirement, &r) == DB_OK)
		strlcpy(out.requirement, r.name, sizeof(out.requirement));
	msg_send_admin_explain_policy(w->client, &out, -1);
}

void
explain_end(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_explain_end		*m = data;
	struct msg_admin_explain_verdict	 out;
	struct env				*env = arg;
	struct wait				*w;

	(void)fd;
	if (m->allowed > 1 || m->why >= EXPLAIN_WHY_MAX) {
		proc_violation(&env->proc, c, MSG_EXPLAIN_END, "no verdict");
		return;
	}
	if ((w = wait_find(env, m->id, WAIT_EXPLAIN)) == NULL)
		return;
	memset(&out, 0, sizeof(out));
	out.allowed = m->allowed;
	out.why = m->why;
	out.left = m->left;
	msg_send_admin_explain_verdict(w->client, &out, -1);
	client_result(w->client, CODE_OK, "%s", "");
	wait_free(w);
}
