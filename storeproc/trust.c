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
 * One system with what is required of it: the row of the database, then
 * policyproc's verdicts.
 */

#include <sys/types.h>

#include <string.h>

#include "storeproc/storeproc.h"

void
trust_show(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_system_show	*m = data;
	struct env				*env = arg;
	struct msg_admin_system			 row;
	struct msg_trust_get			 ask;
	struct db_system			 s;
	enum db_result				 result;
	struct wait				*w;

	(void)fd;
	facts_flush(env);
	result = db_system_get_name(env->db, m->system, &s);
	if (result == DB_NOTFOUND) {
		client_result(c, CODE_FAILED, "there is no system \"%s\"",
		    m->system);
		return;
	}
	if (result != DB_OK) {
		client_db_result(env, c, result, "");
		return;
	}
	if ((w = wait_new(env, c, WAIT_TRUST)) == NULL)
		return;
	w->request.org_id = s.org;
	admin_system_row(env, &s, &row);
	msg_send_admin_system(c, &row, -1);
	memset(&ask, 0, sizeof(ask));
	ask.id = w->id;
	ask.system = (uint32_t)s.id;
	if (msg_send_trust_get(proc_peer(&env->proc, ROLE_POLICY), &ask,
	    -1) == -1) {
		client_result(c, CODE_FAILED, "policyproc does not answer");
		wait_free(w);
	}
}

void
trust_row(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_trust_row	*m = data;
	struct env			*env = arg;
	struct wait			*w = wait_find(env, m->id, WAIT_TRUST);
	struct msg_admin_trust		 row;
	struct db_requirement		 r;

	(void)c;
	(void)fd;
	/* One that is gone, or of another organisation, is not shown. */
	if (w == NULL || db_requirement_get(env->db, m->requirement, &r) !=
	    DB_OK || r.org != w->request.org_id)
		return;
	memset(&row, 0, sizeof(row));
	strlcpy(row.requirement, r.name, sizeof(row.requirement));
	row.type = (uint8_t)r.type;
	row.verdict = m->verdict;
	row.next = m->next;
	strlcpy(row.reason, m->reason, sizeof(row.reason));
	msg_send_admin_trust(w->client, &row, -1);
}

void
trust_end(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_trust_end	*m = data;
	struct env			*env = arg;
	struct wait			*w = wait_find(env, m->id, WAIT_TRUST);

	(void)c;
	(void)fd;
	if (w == NULL)
		return;
	client_result(w->client, CODE_OK, "%s", "");
	wait_free(w);
}
