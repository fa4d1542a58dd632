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
 * Users who sign in at an identity provider: how it stands with each
 * requirement, as discovery says, and the clients that wait for one.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctlproc/ctl.h"

static struct user *
user_find(struct env *env, const char *requirement)
{
	struct user	*u;

	TAILQ_FOREACH(u, &env->users, entry)
		if (strcmp(u->m.requirement, requirement) == 0)
			return u;
	return NULL;
}

static void
user_free(struct env *env, struct user *u)
{
	TAILQ_REMOVE(&env->users, u, entry);
	env->nusers--;
	free(u);
}

static struct user *
user_new(struct env *env)
{
	struct user	*u;

	if (env->nusers >= CTL_USERS_MAX || (u = calloc(1, sizeof(*u))) ==
	    NULL)
		return NULL;
	TAILQ_INSERT_TAIL(&env->users, u, entry);
	env->nusers++;
	return u;
}

static void
send_row(struct client *client, const struct msg_link_user *u)
{
	struct msg_status_user	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.requirement, u->requirement, sizeof(m.requirement));
	m.state = u->state;
	m.until = u->until;
	strlcpy(m.text, u->text, sizeof(m.text));
	strlcpy(m.code, u->code, sizeof(m.code));
	strlcpy(m.uri, u->uri, sizeof(m.uri));
	strlcpy(m.uri_complete, u->uri_complete, sizeof(m.uri_complete));
	msg_send_status_user(client->chan, &m, -1);
}

void
user_send_all(struct env *env, struct client *client)
{
	struct user	*u;

	TAILQ_FOREACH(u, &env->users, entry)
		send_row(client, &u->m);
}

/* --- Clients that wait --------------------------------------------- */

static void
wait_end(struct client *client, int code, const char *text)
{
	client->auth.active = 0;
	client_result(client, code, text);
}

static void
wait_told(struct client *client, const struct msg_link_user *m)
{
	uint64_t	 now = clock_wall_sec();

	switch (m->state) {
	case USER_PENDING:
		send_row(client, m);
		if (!client->auth.wait) {
			wait_end(client, 0, "");
			break;
		}
		client->auth.deadline = clock_mono_ms() + CTL_AUTH_MS +
		    (m->until > now ? m->until - now : 0) * 1000;
		break;
	case USER_SIGNED_IN:
		send_row(client, m);
		wait_end(client, 0, "");
		break;
	case USER_FAILED:
		wait_end(client, 1, m->text);
		break;
	case USER_GONE:
		wait_end(client, 1, "nobody has to sign in for this any "
		    "more");
		break;
	}
}

void
user_tick(struct env *env, uint64_t now)
{
	struct client	*client;

	TAILQ_FOREACH(client, &env->clients, entry)
		if (client->auth.active && now >= client->auth.deadline)
			wait_end(client, 1, "discovery did not answer in "
			    "time: try again");
}

void
user_link_down(struct env *env)
{
	struct client	*client;

	TAILQ_FOREACH(client, &env->clients, entry)
		if (client->auth.active)
			wait_end(client, 1, "the connection to discovery is "
			    "lost: try again");
}

/* It tells anew how things stand. */
void
user_link_up(struct env *env)
{
	struct user	*u;

	while ((u = TAILQ_FIRST(&env->users)) != NULL)
		user_free(env, u);
}

/* --- What discovery says ------------------------------------------- */

static void
user_store(struct env *env, const struct msg_link_user *m)
{
	struct user	*u = user_find(env, m->requirement);

	if (m->state == USER_GONE) {
		if (u != NULL)
			user_free(env, u);
		return;
	}
	if (u == NULL && (u = user_new(env)) == NULL)
		return;
	/* A failure leaves a sign-in that holds as it is. */
	if (m->state == USER_FAILED && u->m.state == USER_SIGNED_IN)
		return;
	u->m = *m;
	if (m->state == USER_FAILED)
		u->m.state = USER_NEEDED;
}

void
on_link_user(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_user	*m = data;
	struct client			*client;
	struct env			*env = arg;

	(void)fd;
	if (m->state > USER_FAILED || m->requirement[0] == '\0') {
		proc_violation(&env->proc, c, MSG_LINK_USER,
		    "state out of range, or of nothing");
		return;
	}
	user_store(env, m);
	TAILQ_FOREACH(client, &env->clients, entry)
		if (client->auth.active && strcmp(client->auth.requirement,
		    m->requirement) == 0)
			wait_told(client, m);
}

/* --- enclavectl auth ----------------------------------------------- */

/* The one that was named, or the only one; NULL after an answer. */
static struct user *
user_asked(struct env *env, struct client *client, const char *requirement)
{
	struct user	*u, *needed = NULL;
	char		 line[256];

	if (requirement[0] != '\0') {
		if ((u = user_find(env, requirement)) == NULL) {
			snprintf(line, sizeof(line), "nobody has to sign in "
			    "for \"%s\" on this system", requirement);
			client_result(client, 1, line);
		}
		return u;
	}
	TAILQ_FOREACH(u, &env->users, entry) {
		if (u->m.state == USER_SIGNED_IN)
			continue;
		if (needed != NULL) {
			client_result(client, 1, "there are several to sign "
			    "in for: name one that \"enclavectl status\" "
			    "shows");
			return NULL;
		}
		needed = u;
	}
	if (needed != NULL)
		return needed;
	u = TAILQ_FIRST(&env->users);
	if (u == NULL)
		client_result(client, 0, "nobody has to sign in on this "
		    "system");
	return u;
}

/* Nonzero when that is the answer. */
static int
answer_known(struct client *client, const struct user *u, int wanted)
{
	if (u->m.state == USER_SIGNED_IN && !wanted) {
		send_row(client, &u->m);
		client_result(client, 0, "");
		return 1;
	}
	if (u->m.state != USER_PENDING || u->m.until <= clock_wall_sec())
		return 0;
	client->auth.active = 1;
	wait_told(client, &u->m);
	return 1;
}

void
on_client_auth(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_client_auth	*m = data;
	struct client			*client = c->data;
	struct env			*env = arg;
	struct msg_link_signin		 out;
	struct user			*u;

	(void)fd;
	if (client->auth.active) {
		client_result(client, 1, "a question is under way on this "
		    "connection: use another one");
		return;
	}
	if (client_has_peers(env, client) == -1)
		return;
	if (env->link.state != LINK_UP) {
		client_result(client, 1, "discovery cannot be reached at the "
		    "moment: see \"enclavectl status\"");
		return;
	}
	if ((u = user_asked(env, client, m->requirement)) == NULL)
		return;
	memset(&out, 0, sizeof(out));
	strlcpy(out.requirement, u->m.requirement, sizeof(out.requirement));
	strlcpy(client->auth.requirement, u->m.requirement,
	    sizeof(client->auth.requirement));
	client->auth.wait = m->wait != 0;
	client->auth.deadline = clock_mono_ms() + CTL_AUTH_MS;
	/* Who names one and does not wait wants to sign in once more. */
	if (answer_known(client, u, m->requirement[0] != '\0' && !m->wait))
		return;
	client->auth.active = 1;
	if (msg_send_link_signin(proc_peer(&env->proc, ROLE_LINK), &out,
	    -1) == -1)
		wait_end(client, 1, "linkproc is away: try again");
}
