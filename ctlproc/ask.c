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
 * Questions of enclavectl that another process answers: the pairs of a peer
 * and our own network from netproc, an echo through the tunnel from tunproc.
 * One question of each client at a time, each with a timer of its own; an
 * answer counts only with the id of the question, and whoever does not answer
 * is not waited for.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctlproc/ctl.h"

#define AWAY	"did not answer: try again, and see the log of enclaved if " \
		"that does not help"

static void	 ask_late(int, short, void *);

/* --- One question ------------------------------------------------- */

void
ask_init(struct client *client)
{
	evtimer_set(&client->ask.timer, ask_late, client);
}

void
ask_drop(struct client *client)
{
	struct ask	*ask = &client->ask;

	evtimer_del(&ask->timer);
	free(ask->rows);
	ask->rows = NULL;
	ask->nrows = 0;
	ask->kind = ASK_NONE;
}

static int
ask_start(struct client *client, enum ask_kind kind, uint32_t peer,
    uint32_t ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };
	struct ask	*ask = &client->ask;
	struct env	*env = client->chan->proc->env;

	if (kind == ASK_PATHS && (ask->rows = calloc(CTL_ROWS_MAX,
	    sizeof(*ask->rows))) == NULL) {
		client_result(client, 1, "out of memory: try again");
		return -1;
	}
	ask->kind = kind;
	ask->peer = peer;
	/* No peer can know which number its reply must have. */
	ask->id = kind == ASK_PING ? arc4random() : ASK_ID | ++env->ask_id;
	evtimer_add(&ask->timer, &tv);
	return 0;
}

static int
ask_is_free(struct client *client)
{
	if (client->ask.kind == ASK_NONE)
		return 1;
	client_result(client, 1, "a question is under way on this "
	    "connection: use another one");
	return 0;
}

static void
ask_fail(struct client *client, const char *text)
{
	ask_drop(client);
	client_result(client, 1, text);
}

static struct client *
ask_find(struct env *env, enum ask_kind kind, uint32_t id)
{
	struct client	*client;

	TAILQ_FOREACH(client, &env->clients, entry)
		if (client->ask.kind == kind && client->ask.id == id)
			return client;
	return NULL;
}

/* --- Which peer --------------------------------------------------- */

static int
has_address(const struct peer *p, const struct endpoint *ep)
{
	return ep->family == 4 ? memcmp(p->ipv4, ep->addr, 4) == 0 :
	    memcmp(p->ipv6, ep->addr, 16) == 0;
}

static struct peer *
find_address(struct env *env, const char *text)
{
	static const uint8_t	 none[16];
	struct endpoint		 ep;
	struct peer		*p;

	if (endpoint_parse(&ep, text, 0) == -1 ||
	    memcmp(ep.addr, none, sizeof(none)) == 0)
		return NULL;
	TAILQ_FOREACH(p, &env->peers, entry)
		if (has_address(p, &ep))
			return p;
	TAILQ_FOREACH(p, &env->statics, entry)
		if (has_address(p, &ep))
			return p;
	return NULL;
}

static struct peer *
find_description(struct env *env, const char *text, int *several)
{
	struct peer	*p, *found = NULL;

	TAILQ_FOREACH(p, &env->peers, entry) {
		if (strcmp(p->policy.description, text) != 0)
			continue;
		*several = found != NULL;
		if (*several)
			return NULL;
		found = p;
	}
	return found;
}

/*
 * A description is the choice of the system that has it: what is certain
 * comes first, and no other system is taken for it.
 */
static struct peer *
find_peer(struct env *env, const char *text, int *several)
{
	struct peer	*p;

	*several = 0;
	if (text[0] == '\0')
		return NULL;
	TAILQ_FOREACH(p, &env->peers, entry)
		if (strcasecmp(p->policy.system, text) == 0)
			return p;
	if ((p = find_address(env, text)) != NULL)
		return p;
	TAILQ_FOREACH(p, &env->statics, entry)
		if (strcmp(p->policy.description, text) == 0)
			return p;
	return find_description(env, text, several);
}

static struct peer *
peer_asked(struct env *env, struct client *client, const char *text)
{
	struct peer	*p;
	char		 line[512];
	int		 several;

	if (client_has_peers(env, client) == -1)
		return NULL;
	if ((p = find_peer(env, text, &several)) != NULL)
		return p;
	snprintf(line, sizeof(line), several ?
	    "several peers are described as \"%s\": use the name or address "
	    "of one, \"enclavectl peers\" shows them" :
	    "there is no peer \"%s\": use a name or address that "
	    "\"enclavectl peers\" shows", text);
	client_result(client, 1, line);
	return NULL;
}

/* --- paths -------------------------------------------------------- */

void
on_client_paths(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_client_paths	*m = data;
	struct client			*client = c->data;
	struct env			*env = arg;
	struct msg_paths_get		 q;
	struct peer			*p;

	(void)fd;
	if (!ask_is_free(client) ||
	    (p = peer_asked(env, client, m->system)) == NULL ||
	    ask_start(client, ASK_PATHS, p->id, CTL_STATS_MS) == -1)
		return;
	memset(&q, 0, sizeof(q));
	q.id = client->ask.id;
	q.peer = p->id;
	if (msg_send_paths_get(proc_peer(&env->proc, ROLE_NET), &q, -1) == -1)
		ask_fail(client, "netproc " AWAY);
}

static int
row_is_sane(const struct msg_path_row *m)
{
	return m->type >= ICE_LOCAL && m->type <= ICE_PEER_REFLEXIVE &&
	    (m->transport == ICE_UDP || m->transport == ICE_TCP) &&
	    m->state <= ICE_FAILED;
}

void
on_path_row(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_path_row	*m = data;
	struct env			*env = arg;
	struct client			*client;

	(void)fd;
	if (!row_is_sane(m)) {
		proc_violation(&env->proc, c, MSG_PATH_ROW,
		    "value out of range");
		return;
	}
	client = ask_find(env, ASK_PATHS, m->id);
	if (client != NULL && client->ask.nrows < CTL_ROWS_MAX)
		client->ask.rows[client->ask.nrows++] = *m;
}

static void
row_of_path(struct msg_path_row *row, const struct msg_path *path)
{
	memset(row, 0, sizeof(*row));
	row->type = path->type;
	row->transport = path->transport;
	row->local = path->local;
	row->remote = path->remote;
	row->rtt_us = path->rtt_us;
	row->state = ICE_SUCCEEDED;
	row->selected = 1;
}

/*
 * The path in use is no pair of netproc's when the peer is of the
 * configuration, or just after a new introduction, which leaves it in use.
 */
static void
add_path(struct ask *ask, const struct peer *p)
{
	struct msg_path_row	 path;
	size_t			 i, same = ask->nrows;

	row_of_path(&path, &p->path);
	for (i = 0; i < ask->nrows; i++) {
		if (ask->rows[i].selected)
			return;
		if (ask->rows[i].transport == path.transport &&
		    endpoint_cmp(&ask->rows[i].remote, &path.remote) == 0)
			same = i;
	}
	if (!p->path_up || same == CTL_ROWS_MAX || !row_is_sane(&path))
		return;
	ask->rows[same] = path;
	if (same == ask->nrows)
		ask->nrows++;
}

static void
send_path(struct client *client, const struct msg_path_row *row)
{
	struct msg_status_path	 m;

	memset(&m, 0, sizeof(m));
	m.type = row->type;
	m.transport = row->transport;
	m.local = row->local;
	m.remote = row->remote;
	m.rtt_us = row->rtt_us;
	m.state = row->state;
	m.selected = row->selected != 0;
	msg_send_status_path(client->chan, &m, -1);
}

static void
answer_paths(struct env *env, struct client *client)
{
	struct ask	*ask = &client->ask;
	struct peer	*p = peer_find(env, ask->peer);
	char		 reason[REASON_MAX];
	size_t		 i;

	if (p == NULL) {
		ask_fail(client, "the peer has just been removed: see "
		    "\"enclavectl peers\", then try again");
		return;
	}
	add_path(ask, p);
	reason_sort(ask->rows, ask->nrows);
	reason_choice(ask->rows, ask->nrows, reason);
	if (p->id >= PEER_STATIC)
		strlcpy(reason, ask->nrows == 0 ? "none works yet: the "
		    "configuration has no endpoint, and the peer has not "
		    "begun" : "chosen: the endpoint of the configuration, or "
		    "where the peer has sent from", sizeof(reason));
	client_send_peer(env, client, p);
	for (i = 0; i < ask->nrows; i++)
		send_path(client, &ask->rows[i]);
	ask_drop(client);
	client_result(client, 0, reason);
}

/* --- explain ------------------------------------------------------ */

void
on_client_explain(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_client_explain	*m = data;
	struct client			*client = c->data;
	struct env			*env = arg;
	struct peer			*p;

	(void)fd;
	if (!ask_is_free(client) ||
	    (p = peer_asked(env, client, m->system)) == NULL)
		return;
	client_send_peer(env, client, p);
	client_result(client, 0, "");
}

/* --- netcheck ----------------------------------------------------- */

/* Before enrolment as well: there may be a reason why that does not work. */
void
on_client_netcheck(void *arg, struct chan *c, const void *data, int fd)
{
	struct client		*client = c->data;
	struct env		*env = arg;
	struct msg_net_get	 q;

	(void)data;
	(void)fd;
	if (!ask_is_free(client) ||
	    ask_start(client, ASK_NET, 0, CTL_STATS_MS) == -1)
		return;
	client_send_head(env, client);
	memset(&q, 0, sizeof(q));
	q.id = client->ask.id;
	if (msg_send_net_get(proc_peer(&env->proc, ROLE_NET), &q, -1) == -1)
		ask_fail(client, "netproc " AWAY);
}

void
on_net_row(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_net_row	*row = data;
	struct env			*env = arg;
	struct msg_status_net		 m;
	struct client			*client;

	(void)fd;
	if (row->kind > 5 || row->transport > ICE_TCP) {
		proc_violation(&env->proc, c, MSG_NET_ROW,
		    "value out of range");
		return;
	}
	client = ask_find(env, ASK_NET, row->id);
	if (client == NULL || client->ask.nrows >= CTL_ROWS_MAX)
		return;
	client->ask.nrows++;
	memset(&m, 0, sizeof(m));
	m.kind = row->kind;
	m.transport = row->transport;
	m.address = row->address;
	m.mapped = row->mapped;
	m.rtt_us = row->rtt_us;
	m.count = row->count;
	strlcpy(m.text, row->text, sizeof(m.text));
	msg_send_status_net(client->chan, &m, -1);
}

void
ask_answered(struct env *env, uint32_t id)
{
	struct client	*client;

	if ((client = ask_find(env, ASK_PATHS, id)) != NULL)
		answer_paths(env, client);
	else if ((client = ask_find(env, ASK_NET, id)) != NULL) {
		ask_drop(client);
		client_result(client, 0, "");
	}
}

/* --- ping --------------------------------------------------------- */

void
on_client_ping(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_client_ping	*m = data;
	struct client			*client = c->data;
	struct env			*env = arg;
	struct msg_tun_ping		 q;
	struct peer			*p;
	char				 line[512];

	(void)fd;
	if (!ask_is_free(client) ||
	    (p = peer_asked(env, client, m->system)) == NULL)
		return;
	if (p->id >= PEER_STATIC) {
		snprintf(line, sizeof(line), "%s: a peer of the configuration "
		    "does not answer this, use ping(8) to its address",
		    peer_label(p));
		client_result(client, 1, line);
		return;
	}
	if (ask_start(client, ASK_PING, p->id, CTL_PING_MS) == -1)
		return;
	memset(&q, 0, sizeof(q));
	q.peer = p->id;
	q.id = client->ask.id;
	if (msg_send_tun_ping(proc_peer(&env->proc, ROLE_TUN), &q, -1) == -1)
		ask_fail(client, "tunproc " AWAY);
}

void
on_tun_pong(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tun_pong	*pong = data;
	struct env			*env = arg;
	struct client			*client;
	struct peer			*p;
	struct msg_status_pong		 m;

	(void)c;
	(void)fd;
	client = ask_find(env, ASK_PING, pong->id);
	if (client == NULL || client->ask.peer != pong->peer ||
	    (p = peer_find(env, pong->peer)) == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.rtt_us = pong->rtt_us;
	if (p->path_up) {
		m.type = p->path.type;
		m.transport = p->path.transport;
		m.remote = p->path.remote;
	}
	ask_drop(client);
	client_send_peer(env, client, p);
	msg_send_status_pong(client->chan, &m, -1);
	client_result(client, 0, "");
}

/* No reply; of a peer that is not up the reason is known. */
static void
no_reply(struct env *env, struct client *client)
{
	struct peer	*p = peer_find(env, client->ask.peer);
	char		 reason[REASON_MAX];

	if (p == NULL) {
		ask_fail(client, "the peer has just been removed: see "
		    "\"enclavectl peers\", then try again");
		return;
	}
	ask_drop(client);
	client_send_peer(env, client, p);
	if (peer_state(env, p, reason) == PEER_UP)
		reason[0] = '\0';
	client_result(client, 0, reason);
}

static void
ask_late(int fd, short event, void *arg)
{
	struct client	*client = arg;
	struct env	*env = client->chan->proc->env;

	(void)fd;
	(void)event;
	if (client->ask.kind == ASK_PING)
		no_reply(env, client);
	else if (client->ask.kind != ASK_NONE)
		ask_fail(client, "netproc " AWAY);
}
