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
 * Policy tests, as an administrator makes, deletes and runs them.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "storeproc/storeproc.h"

void
policytest_count(struct env *env)
{
	int64_t	 n;

	/* When in doubt they are looked for. */
	if (db_test_count(env->db, &n) != DB_OK)
		n = 1;
	env->ntests = (size_t)n;
}

/* 1, or 0 and the client is told when there is no such system. */
static int
end_known(struct env *env, struct chan *c, int64_t org, const char *end)
{
	struct db_system	 s;

	if (!db_test_names_system(end) ||
	    (db_system_get_name(env->db, end, &s) == DB_OK && s.org == org))
		return 1;
	client_result(c, CODE_FAILED, "there is no system \"%s\"", end);
	return 0;
}

static void
test_take(struct db_test *t, const struct msg_admin_test_add *m)
{
	strlcpy(t->sender, m->sender, sizeof(t->sender));
	strlcpy(t->receiver, m->receiver, sizeof(t->receiver));
	t->protocol = convert_protocol_in(m->protocol);
	t->port = m->port;
	t->allow = m->allow != 0;
}

void
policytest_add(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_test_add	*m = data;
	struct env			*env = arg;
	struct db_test			 t;
	struct db_org			 o;
	enum db_result			 result;
	int				 exists;

	(void)fd;
	if (m->replace > 1 || m->allow > 1 || m->protocol > ACL_ICMP) {
		client_result(c, CODE_USAGE, "unknown action, verdict or "
		    "protocol");
		return;
	}
	if (strlen(m->name) > DB_POLICY_NAME_MAX) {
		client_result(c, CODE_USAGE, "the name of a test has up to %d "
		    "characters", DB_POLICY_NAME_MAX);
		return;
	}
	if (admin_org(env, c, m->org, &o) == -1 ||
	    !end_known(env, c, o.id, m->sender) ||
	    !end_known(env, c, o.id, m->receiver))
		return;
	result = db_test_get_name(env->db, o.id, m->name, &t);
	exists = result == DB_OK;
	if (result != DB_OK && result != DB_NOTFOUND) {
		client_db_result(env, c, result, "");
		return;
	}
	if (exists && !m->replace) {
		client_result(c, CODE_FAILED,
		    "the test \"%s\" exists already", m->name);
		return;
	}
	test_take(&t, m);
	if (exists) {
		result = db_test_set(env->db, &t);
	} else {
		t.org = o.id;
		strlcpy(t.name, m->name, sizeof(t.name));
		t.created = (int64_t)clock_wall_sec();
		result = db_test_add(env->db, &t);
	}
	/* One that fails from the beginning would be no use. */
	batch_touches(env, o.id);
	policytest_count(env);
	client_db_result(env, c, result, exists ? "replaced" : "added");
}

void
policytest_delete(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_test_delete	*m = data;
	struct env				*env = arg;
	struct db_test				 t;
	struct db_org				 o;
	enum db_result				 result;

	(void)fd;
	if (admin_org(env, c, m->org, &o) == -1)
		return;
	result = db_test_get_name(env->db, o.id, m->name, &t);
	if (result == DB_NOTFOUND) {
		client_result(c, CODE_FAILED, "there is no test \"%s\"",
		    m->name);
		return;
	}
	if (result == DB_OK)
		result = db_test_delete(env->db, t.id);
	policytest_count(env);
	client_db_result(env, c, result, "deleted");
}

void
policytest_send(struct env *env, struct chan *c, const struct db_test *t,
    enum test_state state)
{
	struct msg_admin_test	 m;
	struct db_org		 o;

	if (db_org_get(env->db, t->org, &o) != DB_OK)
		return;
	memset(&m, 0, sizeof(m));
	m.id = (uint32_t)t->id;
	strlcpy(m.org, o.name, sizeof(m.org));
	convert_text(m.name, sizeof(m.name), t->name);
	strlcpy(m.sender, t->sender, sizeof(m.sender));
	strlcpy(m.receiver, t->receiver, sizeof(m.receiver));
	m.protocol = convert_protocol_out(t->protocol);
	m.port = t->port;
	m.allow = t->allow != 0;
	m.created = (uint64_t)t->created;
	m.state = (uint8_t)state;
	msg_send_admin_test(c, &m, -1);
}

void
policytest_row(struct env *env, struct feed *f, int64_t id)
{
	struct db_test	 t;

	if (db_test_get(env->db, id, &t) == DB_OK)
		policytest_send(env, f->to, &t, TEST_UNKNOWN);
}

void
policytest_run(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_test_run	*m = data;
	struct env			*env = arg;
	struct db_org			 o;
	struct trial			*t;
	struct wait			*w;
	const char			*why;

	(void)fd;
	if (admin_org(env, c, m->org, &o) == -1)
		return;
	if ((t = trial_new(env)) == NULL) {
		client_result(c, CODE_FAILED, "out of memory");
		return;
	}
	trial_touch(t, o.id);
	if ((w = wait_new(env, c, WAIT_TESTS)) == NULL) {
		trial_free(t);
		return;
	}
	w->trial = t;
	if (trial_ask(env, t, w->id, NULL, 0, &why) == -1) {
		client_result(c, CODE_FAILED, "%s", why);
		wait_free(w);
	}
}
