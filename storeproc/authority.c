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
 * An authority takes the place of another: authproc makes the key and has the
 * old one sign for it; from then on agents trust both, and renewals are of the
 * new one.  When nothing depends on the old one any more, the new one says
 * that it is retired.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cert/cross.h"
#include "storeproc/storeproc.h"

static const uint8_t	 none[DB_KEY_LEN];

int
authority_rolling(const struct db_authority *a)
{
	return memcmp(a->previous, none, sizeof(none)) != 0 &&
	    a->retired_len == 0;
}

int
authority_enrolling(struct env *env, const struct db_org *o,
    uint8_t out[DB_KEY_LEN])
{
	struct db_authority	 a;

	if (db_authority_get(env->db, o->id, &a) != DB_OK)
		return -1;
	/* Others may still have a certificate of the old one. */
	memcpy(out, authority_rolling(&a) ? a.previous : o->authority,
	    DB_KEY_LEN);
	return 0;
}

/* Ask authproc for the statement; the wait ends with its answer. */
static void
ask_cross(struct env *env, struct wait *w, enum cross_kind kind,
    const struct db_org *o, const uint8_t *old, const uint8_t *new)
{
	struct msg_cross_sign	 ask;

	memset(&ask, 0, sizeof(ask));
	ask.id = w->id;
	ask.kind = (uint8_t)kind;
	strlcpy(ask.org, o->name, sizeof(ask.org));
	memcpy(ask.old, old, sizeof(ask.old));
	memcpy(ask.new, new, sizeof(ask.new));
	if (msg_send_cross_sign(proc_peer(&env->proc, ROLE_AUTH), &ask, -1) ==
	    -1) {
		client_result(w->client, CODE_FAILED,
		    "authproc does not answer");
		wait_free(w);
	}
}

static void
rollover_begin(struct env *env, struct chan *c, const struct db_org *o,
    const struct db_authority *a)
{
	struct msg_org_key_make	 ask;
	struct wait		*w;

	if (authority_rolling(a)) {
		client_result(c, CODE_REFUSED, "the authority of \"%s\" is "
		    "being replaced already: finish that with \"org rollover "
		    "-f\"", o->name);
		return;
	}
	if ((w = wait_new(env, c, WAIT_ROLLOVER)) == NULL)
		return;
	strlcpy(w->request.rollover.org, o->name,
	    sizeof(w->request.rollover.org));
	memset(&ask, 0, sizeof(ask));
	ask.id = w->id;
	if (msg_send_org_key_make(proc_peer(&env->proc, ROLE_AUTH), &ask,
	    -1) == -1) {
		client_result(c, CODE_FAILED, "authproc does not answer");
		wait_free(w);
	}
}

void
authority_key_made(struct env *env, struct wait *w,
    const struct msg_org_key *m)
{
	struct db_org	 o;

	if (!m->ok)
		client_result(w->client, CODE_FAILED,
		    "the authority key could not be made and stored");
	else if (db_org_get_name(env->db, w->request.rollover.org, &o) !=
	    DB_OK)
		client_result(w->client, CODE_FAILED, "%s",
		    db_errstr(env->db));
	else {
		ask_cross(env, w, CROSS_SUCCESSOR, &o, o.authority,
		    m->authority);
		return;
	}
	wait_free(w);
}

static void
rollover_finish(struct env *env, struct chan *c, const struct db_org *o,
    const struct db_authority *a, int force)
{
	struct db_depend	 d;
	enum db_result		 result;
	struct wait		*w;

	if (!authority_rolling(a)) {
		client_result(c, CODE_REFUSED, "the authority of \"%s\" is "
		    "not being replaced", o->name);
		return;
	}
	result = db_authority_depend(env->db, o->id, &d);
	if (result != DB_OK) {
		client_db_result(env, c, result, "");
		return;
	}
	if (!force && (d.renewed < d.systems || d.pinned < d.systems)) {
		client_result(c, CODE_REFUSED, "of %lld systems %lld have no "
		    "certificate of the new authority and %lld have not "
		    "pinned it: wait, or use -F and enrol these again",
		    (long long)d.systems, (long long)(d.systems - d.renewed),
		    (long long)(d.systems - d.pinned));
		return;
	}
	if ((w = wait_new(env, c, WAIT_ROLLOVER)) == NULL)
		return;
	strlcpy(w->request.rollover.org, o->name,
	    sizeof(w->request.rollover.org));
	ask_cross(env, w, CROSS_RETIRED, o, a->previous, o->authority);
}

void
authority_rollover(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_org_rollover	*m = data;
	struct env				*env = arg;
	struct db_authority			 a;
	struct db_org				 o;
	enum db_result				 result;

	(void)fd;
	if (m->action > 1) {
		client_result(c, CODE_USAGE, "unknown action");
		return;
	}
	if (admin_org(env, c, m->org, &o) == -1)
		return;
	result = db_authority_get(env->db, o.id, &a);
	if (result != DB_OK)
		client_db_result(env, c, result, "");
	else if (m->action == 0)
		rollover_begin(env, c, &o, &a);
	else
		rollover_finish(env, c, &o, &a, m->force);
}

/* What authproc has signed is what was asked for, and is stored. */
static enum db_result
cross_store(struct env *env, const struct msg_cross_signed *m,
    const struct db_org *o, const struct cross *x)
{
	if (x->kind == CROSS_SUCCESSOR)
		return db_authority_roll(env->db, o->id, x->old, x->new,
		    m->statement, m->statement_len);
	return db_authority_retire(env->db, o->id, x->old, m->statement,
	    m->statement_len);
}

void
authority_cross_signed(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_cross_signed	*m = data;
	struct env			*env = arg;
	struct wait			*w;
	struct db_org			 o;
	struct cross			 x;
	enum db_result			 result;

	(void)c;
	(void)fd;
	if ((w = wait_find(env, m->id, WAIT_ROLLOVER)) == NULL)
		return;
	if (!m->ok || cross_decode(&x, m->statement, m->statement_len,
	    NULL) == -1 || strcmp(x.org, w->request.rollover.org) != 0) {
		client_result(w->client, CODE_FAILED, "the key of the "
		    "authority is missing: restore \"authorities\" from a "
		    "backup");
		wait_free(w);
		return;
	}
	result = db_org_get_name(env->db, x.org, &o);
	if (result == DB_OK)
		result = cross_store(env, m, &o, &x);
	if (result == DB_OK) {
		log_info("organisation %s: the authority %s", o.name,
		    x.kind == CROSS_SUCCESSOR ? "is being replaced" :
		    "before is retired");
		db_org_get_name(env->db, x.org, &o);
		model_send_org(env, &o);
	}
	client_db_result(env, w->client, result, x.kind == CROSS_SUCCESSOR ?
	    "begun: systems get certificates of the new authority" :
	    "finished: the authority before is not trusted any more");
	wait_free(w);
}
