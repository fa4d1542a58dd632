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
 * The children of the discovery service, the channels between them, and what
 * each is given.
 */

#include <sys/types.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "discoveryd/discoveryd.h"
#include "parent/link.h"

#define FILES_TLS	21000	/* 20000 connections, 512 pairs */
#define FILES_OTHER	64
#define FILES_STORE	256	/* administrators, sessions, database */
#define FILES_STUN	4224	/* 4096 connections */
#define FILES_OIDC	256	/* 64 requests and their name servers */
#define FILES_API	2048	/* 512 clients and as many sessions */
#define LOCKED_AUTH	(1024 * 1024)

static const struct parent_child_desc children[] = {
	{ ROLE_TLS, 0, "tlsproc", "_enclave_tls", NULL, FILES_TLS, 0 },
	{ ROLE_POLICY, 1, "policyproc", "_enclave_policy", NULL, FILES_OTHER,
	    0 },
	{ ROLE_STORE, 1, "storeproc", "_enclave_store", "store", FILES_STORE,
	    0 },
	{ ROLE_AUTH, 1, "authproc", "_enclave_auth", NULL, FILES_OTHER,
	    LOCKED_AUTH },
	{ ROLE_STUN, 1, "stunproc", "_enclave_stun", NULL, FILES_STUN, 0 },
	{ ROLE_OIDC, 1, "oidcproc", "_enclave_oidc", NULL, FILES_OIDC, 0 },
	{ ROLE_API, 1, "apiproc", "_enclave_api", NULL, FILES_API, 0 },
};

static const struct parent_edge edges[] = {
	{ ROLE_TLS, ROLE_AUTH },
	{ ROLE_TLS, ROLE_POLICY },
	{ ROLE_AUTH, ROLE_POLICY },
	{ ROLE_AUTH, ROLE_STORE },
	{ ROLE_STORE, ROLE_POLICY },
	{ ROLE_POLICY, ROLE_STUN },
	{ ROLE_POLICY, ROLE_OIDC },
	{ ROLE_TLS, ROLE_API },
	{ ROLE_API, ROLE_STORE },
};

static int
duplicate(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int
setup_tls(struct discoveryd *d, struct parent_child *ch)
{
	struct msg_tls_listen	 m;
	unsigned int		 i;

	memset(&m, 0, sizeof(m));
	for (i = 0; i < d->conf->nlisten; i++)
		if (d->tls[i] != -1 && msg_send_tls_listen(ch->chan, &m,
		    duplicate(d->tls[i])) == -1)
			return -1;
	return keys_tls_send(d, ch->chan);
}

static int
setup_stun(struct discoveryd *d, struct parent_child *ch)
{
	struct msg_stun_socket	 m;
	struct msg_stun_listen	 l;
	unsigned int		 i;

	memset(&m, 0, sizeof(m));
	memset(&l, 0, sizeof(l));
	for (i = 0; i < d->nstun; i++)
		if (msg_send_stun_socket(ch->chan, &m,
		    duplicate(d->stun_udp[i])) == -1 ||
		    msg_send_stun_listen(ch->chan, &l,
		    duplicate(d->stun_tcp[i])) == -1)
			return -1;
	return 0;
}

static int
send_zones(struct discoveryd *d, struct parent_child *ch)
{
	struct msg_zones	 m;

	if (d->zones == -1)
		return 0;
	memset(&m, 0, sizeof(m));
	m.size = (uint32_t)d->zones_len;
	return msg_send_zones(ch->chan, &m, duplicate(d->zones));
}

static int
setup_policy(struct discoveryd *d, struct parent_child *ch)
{
	struct msg_stun_address	 m;
	unsigned int		 i;

	memset(&m, 0, sizeof(m));
	/* First ports come before alternate ones, of which some may do. */
	for (i = 0; i < d->nstun && i < MSG_EPS_MAX; i++) {
		m.address = d->stun[i];
		if (msg_send_stun_address(ch->chan, &m, -1) == -1)
			return -1;
	}
	return send_zones(d, ch) == -1 ? -1 : geo_send(d, ch->chan);
}

static void
send_pin(struct discoveryd *d, struct parent_child *store)
{
	struct msg_tls_pin	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.pin, d->pin, sizeof(m.pin));
	if (store != NULL && d->pin[0] != '\0')
		msg_send_tls_pin(store->chan, &m, -1);
}

static int
setup_store(struct discoveryd *d, struct parent_child *ch)
{
	struct msg_store_listen	 m;

	memset(&m, 0, sizeof(m));
	if (msg_send_store_listen(ch->chan, &m, duplicate(d->admin)) == -1)
		return -1;
	send_pin(d, ch);
	return send_zones(d, ch);
}

/* The first of these that there is, when none is configured. */
static const char *
identity_ca(const struct discoveryd *d)
{
	static const char *const	 files[] = {
		"/etc/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt"
	};
	size_t				 i;

	if (d->conf->identity_ca[0] != '\0')
		return d->conf->identity_ca;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (access(files[i], R_OK) == 0)
			return files[i];
	return NULL;
}

/* Without trusted certificates it runs, and every sign-in says why not. */
static int
setup_oidc(struct discoveryd *d, struct parent_child *ch)
{
	const char	*file = identity_ca(d);
	char		*pem;
	size_t		 len;
	int		 ret = 0;

	if (file != NULL && link_read_ca(file, &pem, &len) == 0) {
		ret = link_give_ca(ch->chan, pem, len);
		free(pem);
	}
	return ret == -1 ? -1 : link_give_nameservers(ch->chan);
}

int
discoveryd_setup(struct parent *pa, struct parent_child *ch)
{
	struct discoveryd	*d = pa->env;

	switch (ch->desc->role) {
	case ROLE_TLS:
		return setup_tls(d, ch);
	case ROLE_POLICY:
		return setup_policy(d, ch);
	case ROLE_STORE:
		return setup_store(d, ch);
	case ROLE_AUTH:
		return keys_seeds_send(d, ch->chan);
	case ROLE_STUN:
		return setup_stun(d, ch);
	case ROLE_OIDC:
		return setup_oidc(d, ch);
	case ROLE_API:
		return 0;
	}
	return -1;
}

static void
on_tls_store(void *arg, struct chan *c, const void *data, int fd)
{
	struct parent	*pa = arg;

	(void)fd;
	if (keys_tls_store(pa->env, data) == -1)
		parent_punish(pa, c, "its certificate could not be stored");
	else
		log_info("a self-signed TLS certificate was made");
}

static void
on_tls_pin(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tls_pin	*m = data;
	struct parent			*pa = arg;
	struct discoveryd		*d = pa->env;
	char				 pin[sizeof(m->pin)];

	(void)fd;
	/* storeproc receives this message and may not send it. */
	if (c->role != ROLE_TLS)
		return;
	log_safe(pin, sizeof(pin), m->pin);
	if (strcmp(pin, d->pin) == 0)
		return;
	memcpy(d->pin, pin, sizeof(d->pin));
	log_info("TLS pin %s", d->pin);
	send_pin(d, parent_find(pa, ROLE_STORE));
}

static void
on_authority_add(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_authority_add	*m = data;
	struct parent			*pa = arg;
	struct msg_authority_added	 reply;

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	reply.id = m->id;
	reply.ok = keys_seed_add(pa->env, m->seed) == 0;
	msg_send_authority_added(c, &reply, -1);
}

static void
end(struct parent *pa)
{
	sockets_close(pa->env);
}

static const struct handler handlers[] = {
	{ MSG_TLS_STORE, on_tls_store },
	{ MSG_TLS_PIN, on_tls_pin },
	{ MSG_AUTHORITY_ADD, on_authority_add },
};

const struct parent_desc discoveryd_desc = {
	.name = "enclave-discoveryd",
	.children = children,
	.nchildren = sizeof(children) / sizeof(children[0]),
	.edges = edges,
	.nedges = sizeof(edges) / sizeof(edges[0]),
	.rings = NULL,
	.nrings = 0,
	.handlers = handlers,
	.nhandlers = sizeof(handlers) / sizeof(handlers[0]),
	.setup = discoveryd_setup,
	.reload = discoveryd_reload,
	.end = end,
};
