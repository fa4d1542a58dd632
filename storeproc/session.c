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
 * Sessions of the API: apiproc hands over one end of a socketpair for each,
 * which is a client like those of the administrator's socket, but for two
 * things.  It has to log in with the hash of a token, and each of its
 * requests is held against the token's scopes and organisation here.  apiproc
 * is not trusted with that: it could be taken over by whoever it parses.
 * What has no row in the table below is not for the API at all.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "object/scope.h"
#include "storeproc/storeproc.h"

#define USED_SEC	60	/* a use is noted so often at most */

struct session {
	struct client	 client;	/* first: for the audit log */
	struct db_token	 token;		/* id 0: nobody has logged in */
	char		 org[DB_ORG_NAME_MAX + 1];
	struct db_replay replay;	/* of the change to come */
};

struct access {
	uint32_t	 type;
	uint32_t	 scope;		/* 0: asked of another function */
};

static const struct access	accesses[] = {
	{ MSG_ADMIN_ORG_SET, SCOPE_WRITE(AREA_ORG) },
	{ MSG_ADMIN_ORG_ROLLOVER, SCOPE_WRITE(AREA_ORG) },
	{ MSG_ADMIN_KEY_ADD, SCOPE_WRITE(AREA_KEYS) },
	{ MSG_ADMIN_KEY_CHANGE, SCOPE_WRITE(AREA_KEYS) },
	{ MSG_ADMIN_KEY_TOPUP, SCOPE_WRITE(AREA_KEYS) },
	{ MSG_ADMIN_KEY_SET, SCOPE_WRITE(AREA_KEYS) },
	{ MSG_ADMIN_SYSTEM_SET, SCOPE_WRITE(AREA_SYSTEMS) },
	{ MSG_ADMIN_SYSTEM_TAG, SCOPE_WRITE(AREA_SYSTEMS) },
	{ MSG_ADMIN_SYSTEM_UNTIL, SCOPE_WRITE(AREA_SYSTEMS) },
	{ MSG_ADMIN_SYSTEM_CHANGE, SCOPE_WRITE(AREA_SYSTEMS) },
	{ MSG_ADMIN_SYSTEM_RENEW, SCOPE_WRITE(AREA_SYSTEMS) },
	{ MSG_ADMIN_SYSTEM_SHOW, SCOPE_READ(AREA_SYSTEMS) },
	{ MSG_ADMIN_POLICY_ADD, SCOPE_WRITE(AREA_POLICIES) },
	{ MSG_ADMIN_POLICY_SET, SCOPE_WRITE(AREA_POLICIES) },
	{ MSG_ADMIN_TEST_ADD, SCOPE_WRITE(AREA_POLICIES) },
	{ MSG_ADMIN_TEST_DELETE, SCOPE_WRITE(AREA_POLICIES) },
	{ MSG_ADMIN_TEST_RUN, SCOPE_READ(AREA_POLICIES) },
	{ MSG_ADMIN_TAG_ADD, SCOPE_WRITE(AREA_TAGS) },
	{ MSG_ADMIN_TAG_DELETE, SCOPE_WRITE(AREA_TAGS) },
	{ MSG_ADMIN_REQUIREMENT_ADD, SCOPE_WRITE(AREA_REQUIREMENTS) },
	{ MSG_ADMIN_REQUIREMENT_DELETE, SCOPE_WRITE(AREA_REQUIREMENTS) },
	{ MSG_ADMIN_REQUIREMENT_GRANT, SCOPE_WRITE(AREA_REQUIREMENTS) },
	{ MSG_ADMIN_EXPLAIN, SCOPE_READ(AREA_SYSTEMS) |
	    SCOPE_READ(AREA_POLICIES) },
	{ MSG_ADMIN_LOG, SCOPE_READ(AREA_LOGS) },
	{ MSG_ADMIN_TOKEN_ADD, SCOPE_WRITE(AREA_TOKENS) },
	{ MSG_ADMIN_TOKEN_SET, SCOPE_WRITE(AREA_TOKENS) },
	{ MSG_ADMIN_STATUS, SCOPE_READ(AREA_METRICS) },
	{ MSG_ADMIN_LIST, 0 },
};

/* By what of ADMIN_LIST. */
static const uint32_t	list_scopes[] = {
	SCOPE_READ(AREA_ORG), SCOPE_READ(AREA_KEYS), SCOPE_READ(AREA_SYSTEMS),
	SCOPE_READ(AREA_POLICIES), SCOPE_READ(AREA_TAGS),
	SCOPE_READ(AREA_ORG), SCOPE_READ(AREA_REQUIREMENTS),
	SCOPE_READ(AREA_TOKENS), SCOPE_READ(AREA_POLICIES)
};

static void
session_closed(struct chan *c)
{
	struct env	*env = c->proc->env;

	client_forget(env, c);
	env->nsessions--;
}

void
session_new(void *arg, struct chan *api, const void *data, int fd)
{
	struct env	*env = arg;
	struct session	*s;
	struct chan	*c;

	(void)api;
	(void)data;
	if (env->nsessions >= STORE_SESSIONS_MAX ||
	    (s = calloc(1, sizeof(*s))) == NULL) {
		close(fd);
		return;
	}
	if ((c = chan_new(&env->proc, fd, ROLE_API, 0)) == NULL) {
		close(fd);
		free(s);
		return;
	}
	c->data = s;
	c->closed = session_closed;
	env->nsessions++;
}

static int
session_known(struct env *env, struct session *s, const uint8_t *hash)
{
	int64_t		 now = (int64_t)clock_wall_sec();
	struct db_token	 t;
	struct db_org	 o;

	if (db_token_get_hash(env->db, hash, &t) != DB_OK ||
	    t.not_after <= now || db_org_get(env->db, t.org, &o) != DB_OK)
		return 0;
	s->token = t;
	strlcpy(s->org, o.name, sizeof(s->org));
	snprintf(s->client.actor, sizeof(s->client.actor), "token:%lld",
	    (long long)t.id);
	if ((now < t.last_used || now - t.last_used >= USED_SEC) &&
	    db_token_used(env->db, t.id, now) != DB_OK)
		log_warnx("database: %s", db_errstr(env->db));
	return 1;
}

void
session_login(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_login	*m = data;
	struct session			*s = c->data;
	struct msg_admin_identity	 reply;
	struct env			*env = arg;

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	if (session_known(env, s, m->token_hash)) {
		reply.ok = 1;
		reply.token = (uint32_t)s->token.id;
		strlcpy(reply.name, s->token.name, sizeof(reply.name));
		strlcpy(reply.org, s->org, sizeof(reply.org));
		reply.org_id = (uint32_t)s->token.org;
		reply.scopes = s->token.scopes;
		reply.not_after = (uint64_t)s->token.not_after;
	}
	msg_send_admin_identity(c, &reply, -1);
}

void
session_remember(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_remember	*m = data;
	struct msg_admin_remembered	 reply;
	struct env			*env = arg;
	struct session			*s = c->data;
	struct db_replay		 old;

	(void)fd;
	memset(&s->replay, 0, sizeof(s->replay));
	s->replay.token = s->token.id;
	strlcpy(s->replay.key, m->key, sizeof(s->replay.key));
	memcpy(s->replay.hash, m->request_hash, sizeof(s->replay.hash));
	s->replay.now = (int64_t)clock_wall_sec();
	memset(&reply, 0, sizeof(reply));
	old = s->replay;
	if (db_replay_get(env->db, &old) == DB_OK) {
		reply.state = memcmp(old.hash, m->request_hash,
		    sizeof(old.hash)) == 0 ? 1 : 2;
		reply.object = (uint64_t)old.object;
		s->replay.key[0] = '\0';
	}
	msg_send_admin_remembered(c, &reply, -1);
}

const struct db_replay *
session_replay(const struct chan *c)
{
	const struct session	*s;

	if (c == NULL || c->role != ROLE_API || (s = c->data) == NULL ||
	    s->replay.key[0] == '\0')
		return NULL;
	return &s->replay;
}

int
session_covers(const struct chan *c, uint32_t scopes)
{
	const struct session	*s = c->data;

	return c->role != ROLE_API || (s != NULL &&
	    (scopes & ~s->token.scopes) == 0);
}

/* 0 when no token may. */
static uint32_t
scope_needed(uint32_t type, const void *msg)
{
	const struct msg_admin_list	*list = msg;
	size_t				 i;

	for (i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
		if (accesses[i].type != type)
			continue;
		if (accesses[i].scope != 0)
			return accesses[i].scope;
		return list->what < sizeof(list_scopes) /
		    sizeof(list_scopes[0]) ? list_scopes[list->what] : 0;
	}
	return 0;
}

static int
names_system(uint32_t type, const char *field)
{
	return strcmp(field, "system") == 0 || (type == MSG_ADMIN_EXPLAIN &&
	    (strcmp(field, "from") == 0 || strcmp(field, "to") == 0));
}

/* Does it speak of nothing but the organisation of the token? */
static int
own_org(struct env *env, const struct session *s, uint32_t type,
    const void *msg)
{
	const struct msg_desc	*d = msg_lookup(type);
	const char		*text;
	struct db_system	 sys;
	size_t			 i;

	for (i = 0; i < d->nfields; i++) {
		text = (const char *)msg + d->fields[i].offset;
		if (d->fields[i].kind != KIND_STR)
			continue;
		if (strcmp(d->fields[i].name, "org") == 0 &&
		    strcmp(text, s->org) != 0)
			return 0;
		if (names_system(type, d->fields[i].name) &&
		    (db_system_get_name(env->db, text, &sys) != DB_OK ||
		    sys.org != s->token.org))
			return 0;
	}
	return 1;
}

int
session_admit(void *arg, struct chan *c, uint32_t type, const void *msg)
{
	struct env	*env = arg;
	struct session	*s = c->data;
	uint32_t	 scope;

	if (c->role != ROLE_API)
		return 1;
	if (c == proc_peer(&env->proc, ROLE_API) || s == NULL) {
		if (type == MSG_ADMIN_SESSION)
			return 1;
		proc_violation(&env->proc, c, type, "outside of a session");
		return 0;
	}
	if (type == MSG_ADMIN_LOGIN ||
	    (type == MSG_ADMIN_REMEMBER && s->token.id != 0))
		return 1;
	if (s->token.id == 0 || type == MSG_ADMIN_SESSION) {
		proc_violation(&env->proc, c, type, "before the login");
		return 0;
	}
	/* What is within a batch is held against the scopes by itself. */
	if (type == MSG_ADMIN_BATCH_BEGIN || type == MSG_ADMIN_BATCH_END)
		scope = s->token.scopes & SCOPE_WRITE_ANY;
	else
		scope = scope_needed(type, msg);
	if (scope == 0 || (s->token.scopes & scope) != scope ||
	    s->token.not_after <= (int64_t)clock_wall_sec()) {
		client_result(c, CODE_REFUSED,
		    "the token does not have the scope for this");
		return 0;
	}
	if (!own_org(env, s, type, msg)) {
		client_result(c, CODE_FAILED, "there is no such thing in "
		    "this organisation");
		return 0;
	}
	return 1;
}
