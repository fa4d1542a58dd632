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
 * enclavectl's connections.  What they send is a local user's: garbage
 * closes that connection and nothing else.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/version.h"
#include "ctlproc/ctl.h"

static void
client_closed(struct chan *c)
{
	struct client	*client = c->data;
	struct env	*env = c->proc->env;

	identity_client_gone(env, client);
	ask_drop(client);
	TAILQ_REMOVE(&env->clients, client, entry);
	env->nclients--;
	free(client);
	/* A place is free again. */
	event_add(&env->ev_listen, NULL);
}

static void
on_accept(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct client	*client;
	int		 s;

	(void)event;
	s = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (s == -1) {
		/* Out of descriptors: the next tick listens again. */
		if (errno == EMFILE || errno == ENFILE)
			event_del(&env->ev_listen);
		return;
	}
	if ((client = calloc(1, sizeof(*client))) == NULL ||
	    (client->chan = chan_new(&env->proc, s, ROLE_ENCLAVECTL, 0)) ==
	    NULL) {
		free(client);
		close(s);
		return;
	}
	client->chan->data = client;
	client->chan->closed = client_closed;
	ask_init(client);
	TAILQ_INSERT_TAIL(&env->clients, client, entry);
	if (++env->nclients >= CTL_CLIENTS_MAX)
		event_del(&env->ev_listen);
}

void
client_start(struct env *env)
{
	event_set(&env->ev_listen, env->listen_fd, EV_READ | EV_PERSIST,
	    on_accept, env);
	event_add(&env->ev_listen, NULL);
}

void
client_result(struct client *client, int code, const char *text)
{
	struct msg_client_result	 m;

	memset(&m, 0, sizeof(m));
	m.code = (uint8_t)code;
	strlcpy(m.text, text, sizeof(m.text));
	msg_send_client_result(client->chan, &m, -1);
}

void
on_client_enrol(void *arg, struct chan *c, const void *data, int fd)
{
	(void)fd;
	identity_enrol(arg, c->data, data);
}

void
on_client_version(void *arg, struct chan *c, const void *data, int fd)
{
	(void)arg;
	(void)data;
	(void)fd;
	client_result(c->data, 0, ENCLAVE_VERSION);
}

/* --- Status: first the counters of the data path, then the answer --- */

void
client_send_head(struct env *env, struct client *client)
{
	struct msg_status_head	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.system, env->self.system, sizeof(m.system));
	strlcpy(m.organisation, env->self.organisation,
	    sizeof(m.organisation));
	memcpy(m.ipv4, env->self.enrolled ? env->self.ipv4 : env->ipv4,
	    sizeof(m.ipv4));
	memcpy(m.ipv6, env->self.enrolled ? env->self.ipv6 : env->ipv6,
	    sizeof(m.ipv6));
	m.link_state = env->link.state;
	strlcpy(m.link_reason, env->link.reason, sizeof(m.link_reason));
	m.link_since = env->link_since;
	m.sequence = env->sequence;
	m.not_after = env->self.not_after;
	m.renew_at = env->renewal.due;
	strlcpy(m.renewal, renew_reason(env), sizeof(m.renewal));
	m.passed_in = env->tun_stats.passed_in;
	m.passed_out = env->tun_stats.passed_out;
	m.drop_acl = env->tun_stats.drop_acl;
	m.drop_spoofed = env->tun_stats.drop_spoofed;
	m.drop_malformed = env->tun_stats.drop_malformed;
	m.drop_no_peer = env->tun_stats.drop_no_peer;
	m.drop_ring_full = env->tun_stats.drop_ring_full;
	m.drop_congested = env->tun_stats.drop_congested;
	m.too_big = env->tun_stats.too_big;
	m.flows = env->tun_stats.flows;
	strlcpy(m.interface, env->options.interface, sizeof(m.interface));
	if (env->link.state == LINK_UP)
		m.unmet = env->unmet;
	msg_send_status_head(client->chan, &m, -1);
}

static void
send_key(struct env *env, struct client *client)
{
	struct msg_status_key	 m;

	if (!env->have_keys)
		return;
	memset(&m, 0, sizeof(m));
	memcpy(m.tunnel, env->keys.tunnel, sizeof(m.tunnel));
	msg_send_status_key(client->chan, &m, -1);
}

/* Those of policy with their times, or those of the configuration. */
static void
peer_rules(struct msg_status_peer *m, const struct peer *p)
{
	uint16_t	 i;

	m->open = p->policy.open;
	m->closed = p->closed != 0;
	m->next = p->hours_next;
	if (p->id < PEER_STATIC) {
		m->acls = p->policy.acls;
		return;
	}
	m->acls.n = p->acls.n;
	for (i = 0; i < p->acls.n; i++)
		m->acls.e[i].entry = p->acls.e[i];
}

void
client_send_peer(struct env *env, struct client *client,
    const struct peer *p)
{
	struct msg_status_peer	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.system, p->policy.system, sizeof(m.system));
	strlcpy(m.description, p->policy.description, sizeof(m.description));
	memcpy(m.ipv4, p->ipv4, sizeof(m.ipv4));
	memcpy(m.ipv6, p->ipv6, sizeof(m.ipv6));
	m.state = (uint8_t)peer_state(env, p, m.reason);
	m.has_path = p->path_up != 0;
	if (p->path_up) {
		m.type = p->path.type;
		m.transport = p->path.transport;
		m.local = p->path.local;
		m.remote = p->path.remote;
		m.rtt_us = p->path.rtt_us;
		m.mtu = p->mtu;
	}
	m.suite = p->stats.suite;
	m.rx_bytes = p->stats.rx_bytes;
	m.tx_bytes = p->stats.tx_bytes;
	m.handshake_age_s = p->stats.handshake_age_s;
	peer_rules(&m, p);
	msg_send_status_peer(client->chan, &m, -1);
}

int
client_has_peers(struct env *env, struct client *client)
{
	if (env->self.enrolled || !TAILQ_EMPTY(&env->statics))
		return 0;
	client_result(client, 4, "not enrolled: give an enrolment key to "
	    "\"enclavectl enrol\"");
	return -1;
}

static void
answer_all(struct env *env)
{
	struct client	*client;
	struct peer	*p;

	env->stats_wanted = 0;
	TAILQ_FOREACH(client, &env->clients, entry) {
		if (!client->wants_status)
			continue;
		client->wants_status = 0;
		client_send_head(env, client);
		send_key(env, client);
		user_send_all(env, client);
		TAILQ_FOREACH(p, &env->peers, entry)
			client_send_peer(env, client, p);
		TAILQ_FOREACH(p, &env->statics, entry)
			client_send_peer(env, client, p);
		if (client_has_peers(env, client) == 0)
			client_result(client, 0, "");
	}
}

void
on_client_status(void *arg, struct chan *c, const void *data, int fd)
{
	static const uint32_t	 roles[] = { ROLE_CRYPTO, ROLE_NET, ROLE_TUN };
	struct client		*client = c->data;
	struct env		*env = arg;
	struct msg_stats_get	 m;
	size_t			 i;

	(void)data;
	(void)fd;
	client->wants_status = 1;
	if (env->stats_wanted != 0)
		return;		/* the question is under way already */
	memset(&m, 0, sizeof(m));
	m.id = ++env->stats_id;
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (msg_send_stats_get(proc_peer(&env->proc, roles[i]), &m,
		    -1) == 0)
			env->stats_wanted |= ROLE_BIT(roles[i]);
	env->stats_deadline = clock_mono_ms() + CTL_STATS_MS;
	if (env->stats_wanted == 0)
		answer_all(env);
}

void
on_peer_stats(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_peer_stats	*m = data;
	struct peer			*p = peer_find(arg, m->peer);

	(void)c;
	(void)fd;
	if (p != NULL)
		p->stats = *m;
}

void
on_tun_stats(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)fd;
	env->tun_stats = *(const struct msg_tun_stats *)data;
}

void
on_stats_end(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_stats_end	*m = data;
	struct env			*env = arg;

	(void)fd;
	if (c->role == ROLE_NET && (m->id & ASK_ID) != 0) {
		ask_answered(env, m->id);
		return;
	}
	if (m->id != env->stats_id || env->stats_wanted == 0)
		return;
	env->stats_wanted &= ~ROLE_BIT(c->role);
	if (env->stats_wanted == 0)
		answer_all(env);
}

void
client_tick(struct env *env, uint64_t now)
{
	/* A process of the data path is away: answer with what is known. */
	if (env->stats_wanted != 0 && now >= env->stats_deadline)
		answer_all(env);
	if (env->enrolment.active && now >= env->enrolment.deadline)
		identity_enrol_failed(env, 1, env->link.state == LINK_DOWN &&
		    env->link.reason[0] != '\0' ? env->link.reason :
		    "discovery did not answer in time");
	if (env->nclients < CTL_CLIENTS_MAX)
		event_add(&env->ev_listen, NULL);
}
