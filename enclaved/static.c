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
 * Addresses and peers of the configuration: the device gets the addresses
 * and the routes, each process its part of the peers.  What ctlproc says has
 * no bearing on any of it.
 */

#include <sys/types.h>

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "enclaved/enclaved.h"

static void
prefix_of(struct tun_prefix *t, const struct enclaved_prefix *p)
{
	memset(t, 0, sizeof(*t));
	t->family = p->addr.family;
	t->plen = p->plen;
	memcpy(t->addr, p->addr.addr, sizeof(t->addr));
}

/* Does an own prefix lead there already? */
static int
is_covered(const struct enclaved *e, const struct tun_prefix *t)
{
	struct tun_prefix	 own;
	unsigned int		 i, bit;

	for (i = 0; i < e->conf->naddress; i++) {
		prefix_of(&own, &e->conf->address[i]);
		if (own.family != t->family || own.plen > t->plen)
			continue;
		for (bit = 0; bit < own.plen; bit++)
			if ((own.addr[bit / 8] ^ t->addr[bit / 8]) &
			    (0x80 >> (bit % 8)))
				break;
		if (bit == own.plen)
			return 1;
	}
	return 0;
}

static int
fail(const struct enclaved *e, const char *what,
    const struct enclaved_prefix *p)
{
	char	 buf[ENDPOINT_STRLEN];

	log_error("interface %s: cannot set the %s %s/%u: %s",
	    e->conf->interface, what,
	    endpoint_print_addr(&p->addr, buf, sizeof(buf)), p->plen,
	    strerror(errno));
	return -1;
}

static int
routes_add(struct enclaved *e, const struct enclaved_peer *p)
{
	struct tun_prefix	 t;
	unsigned int		 i;

	for (i = 0; i < p->nallowed; i++) {
		prefix_of(&t, &p->allowed[i]);
		/*
		 * A default route would take the tunnel's own packets too:
		 * that one is the administrator's.
		 */
		if (t.plen == 0 || is_covered(e, &t))
			continue;
		if (tun_route_add(e->conf->interface, &t) == -1)
			return fail(e, "route to", &p->allowed[i]);
	}
	return 0;
}

int
static_configure(struct enclaved *e)
{
	struct tun_prefix	 t;
	unsigned int		 i;

	for (i = 0; i < e->conf->naddress; i++) {
		prefix_of(&t, &e->conf->address[i]);
		if (tun_address_add(e->conf->interface, &t) == -1)
			return fail(e, "address", &e->conf->address[i]);
	}
	for (i = 0; i < e->conf->npeers; i++)
		if (routes_add(e, &e->conf->peers[i]) == -1)
			return -1;
	return 0;
}

int
static_has_address(const struct enclaved *e, const struct tun_prefix *t)
{
	struct tun_prefix	 own;
	unsigned int		 i;

	for (i = 0; i < e->conf->naddress; i++) {
		prefix_of(&own, &e->conf->address[i]);
		if (memcmp(&own, t, sizeof(own)) == 0)
			return 1;
	}
	return 0;
}

/* After a reload: a child that is replaced must fit to the others. */
void
static_keep(struct enclaved_conf *conf, const struct enclaved_conf *old)
{
	conf->naddress = old->naddress;
	conf->npeers = old->npeers;
	memcpy(conf->address, old->address, sizeof(conf->address));
	memcpy(conf->peers, old->peers, sizeof(conf->peers));
}

int
static_crypto(struct enclaved *e, struct chan *c)
{
	const struct enclaved_peer	*p = e->conf->peers;
	struct msg_static_key		 m;
	unsigned int			 i;
	int				 ret = 0;

	for (i = 0; ret == 0 && i < e->conf->npeers; i++, p++) {
		memset(&m, 0, sizeof(m));
		m.peer = PEER_STATIC + i;
		memcpy(m.public, p->public, sizeof(m.public));
		m.has_psk = p->has_psk != 0;
		memcpy(m.psk, p->psk, sizeof(m.psk));
		m.keepalive = p->keepalive > 0 ? (uint16_t)p->keepalive : 0;
		m.located = p->endpoint.family != 0;
		ret = msg_send_static_key(c, &m, -1);
	}
	explicit_bzero(&m, sizeof(m));
	return ret;
}

int
static_net(struct enclaved *e, struct chan *c)
{
	struct msg_static_endpoint	 m;
	unsigned int			 i;

	for (i = 0; i < e->conf->npeers; i++) {
		memset(&m, 0, sizeof(m));
		m.peer = PEER_STATIC + i;
		m.endpoint = e->conf->peers[i].endpoint;
		if (msg_send_static_endpoint(c, &m, -1) == -1)
			return -1;
	}
	return 0;
}

/* What the peer may open: everything unless the configuration says less. */
static void
rules_of(struct msg_acls *acls, const struct enclaved_peer *p)
{
	*acls = p->accept;
	if (acls->n > 0)
		return;
	acls->n = 1;
	acls->e[0].protocol = ACL_ANY;
	acls->e[0].port_low = 0;
	acls->e[0].port_high = UINT16_MAX;
}

static int
send_routes(struct chan *c, uint32_t id, const struct enclaved_peer *p)
{
	struct msg_static_route	 m;
	unsigned int		 i;

	for (i = 0; i < p->nallowed; i++) {
		memset(&m, 0, sizeof(m));
		m.peer = id;
		m.family = p->allowed[i].addr.family;
		memcpy(m.address, p->allowed[i].addr.addr,
		    sizeof(m.address));
		m.plen = p->allowed[i].plen;
		rules_of(&m.acls, p);
		if (msg_send_static_route(c, &m, -1) == -1)
			return -1;
	}
	return 0;
}

static int
send_selves(const struct enclaved *e, struct chan *c)
{
	struct msg_static_self	 m;
	unsigned int		 i;

	for (i = 0; i < e->conf->naddress; i++) {
		memset(&m, 0, sizeof(m));
		m.family = e->conf->address[i].addr.family;
		memcpy(m.address, e->conf->address[i].addr.addr,
		    sizeof(m.address));
		if (msg_send_static_self(c, &m, -1) == -1)
			return -1;
	}
	return 0;
}

int
static_tun(struct enclaved *e, struct chan *c)
{
	unsigned int	 i;

	if (send_selves(e, c) == -1)
		return -1;
	for (i = 0; i < e->conf->npeers; i++)
		if (send_routes(c, PEER_STATIC + i, &e->conf->peers[i]) == -1)
			return -1;
	return 0;
}

int
static_ctl(struct enclaved *e, struct chan *c)
{
	const struct enclaved_peer	*p = e->conf->peers;
	struct msg_static_peer		 m;
	unsigned int			 i, k;

	if (send_selves(e, c) == -1)
		return -1;
	for (i = 0; i < e->conf->npeers; i++, p++) {
		memset(&m, 0, sizeof(m));
		m.peer = PEER_STATIC + i;
		strlcpy(m.name, p->name, sizeof(m.name));
		/* The first of each family is shown, so the last copied. */
		for (k = p->nallowed; k-- > 0;)
			memcpy(p->allowed[k].addr.family == 4 ? m.ipv4 :
			    m.ipv6, p->allowed[k].addr.addr,
			    p->allowed[k].addr.family == 4 ? 4 : 16);
		rules_of(&m.acls, p);
		if (msg_send_static_peer(c, &m, -1) == -1)
			return -1;
	}
	return 0;
}
