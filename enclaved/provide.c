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
 * What the agent's parent opens and hands out: the tun device, the UDP and
 * routing sockets, enclavectl's socket, the key file, the trusted
 * certificates.  Keys pass through here once and are wiped.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "enclaved/enclaved.h"
#include "enclaved/keyfile.h"
#include "os/memory.h"
#include "os/tun.h"
#include "os/udp.h"
#include "parent/link.h"

static void
key_path(const struct parent *pa, char *path, size_t len)
{
	snprintf(path, len, "%s/" ENCLAVED_KEYS_FILE, pa->state);
}

/* 1 when read, 0 when there is none, -1 after a message. */
static int
keys_read(const struct parent *pa, struct keyfile *keys)
{
	uint8_t	 buf[KEYFILE_LEN];
	char	 path[600];
	ssize_t	 n;
	int	 ret;

	key_path(pa, path, sizeof(path));
	n = parent_file_read(path, buf, sizeof(buf), 1);
	if (n == -1 && errno == ENOENT)
		return 0;
	if (n == -1 && errno == EPERM) {
		log_error("%s must be a file that only root can read and "
		    "write", path);
		return -1;
	}
	ret = n == -1 ? -1 : keyfile_decode(keys, buf, (size_t)n);
	explicit_bzero(buf, sizeof(buf));
	if (ret == -1) {
		log_error("%s is not a key file of this program: restore it, "
		    "or move it away and enrol again", path);
		return -1;
	}
	return 1;
}

static int
keys_write(const struct parent *pa, const struct keyfile *keys)
{
	uint8_t	 buf[KEYFILE_LEN];
	char	 path[600];
	int	 ret;

	key_path(pa, path, sizeof(path));
	keyfile_encode(keys, buf);
	ret = parent_file_write(path, buf, sizeof(buf));
	explicit_bzero(buf, sizeof(buf));
	if (ret == -1)
		log_error("cannot write %s: %s", path, strerror(errno));
	return ret;
}

void
on_keys_store(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_keys_store	*m = data;
	struct parent			*pa = arg;
	struct keyfile			 keys;
	int				 ret;

	(void)fd;
	/* Keys are made once; what exists is never overwritten. */
	if ((ret = keys_read(pa, &keys)) != 0) {
		explicit_bzero(&keys, sizeof(keys));
		parent_punish(pa, c, "wants to replace the keys");
		return;
	}
	memset(&keys, 0, sizeof(keys));
	memcpy(keys.identity_seed, m->identity_seed, 32);
	memcpy(keys.tunnel_key, m->tunnel_key, 32);
	ret = keys_write(pa, &keys);
	explicit_bzero(&keys, sizeof(keys));
	if (ret == -1)
		parent_end(pa, 1);
	else
		log_info("keys made and stored");
}

void
on_authority_store(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_authority_store	*m = data;
	struct parent				*pa = arg;
	struct keyfile				 keys;

	(void)fd;
	if (keys_read(pa, &keys) != 1 || keys.pinned) {
		explicit_bzero(&keys, sizeof(keys));
		parent_punish(pa, c, "wants to replace the authority");
		return;
	}
	keys.pinned = 1;
	memcpy(keys.authority, m->authority, 32);
	if (keys_write(pa, &keys) == -1)
		log_error("the authority could not be pinned on disk");
	explicit_bzero(&keys, sizeof(keys));
}

void
on_pins_store(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_pins_store	*m = data;
	struct parent			*pa = arg;
	struct keyfile			 keys, next;
	struct msg_pins_stored		 reply;

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	memset(&next, 0, sizeof(next));
	if (keys_read(pa, &keys) == 1) {
		next = keys;
		next.pinned = m->pinned;
		memcpy(next.authority, m->authority, sizeof(next.authority));
		memcpy(next.previous, m->previous, sizeof(next.previous));
	}
	if (!keyfile_pins_follow(&keys, &next))
		parent_punish(pa, c, "wants to replace the authority");
	else
		reply.ok = keys_write(pa, &next) == 0;
	explicit_bzero(&keys, sizeof(keys));
	explicit_bzero(&next, sizeof(next));
	msg_send_pins_stored(c, &reply, -1);
}

/* One address takes the place of the one that ctlproc set before. */
static int
own_address(struct enclaved *e, struct tun_prefix *old,
    const struct tun_prefix *new)
{
	if (memcmp(old, new, sizeof(*old)) == 0)
		return 0;
	if (old->family != 0 && !static_has_address(e, old) &&
	    tun_address_remove(e->conf->interface, old) == -1)
		return -1;
	if (tun_address_add(e->conf->interface, new) == -1)
		return -1;
	*old = *new;
	return 0;
}

void
on_tun_configure(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_tun_configure	*m = data;
	struct parent			*pa = arg;
	struct enclaved			*e = pa->env;
	struct msg_tun_configured	 reply;
	struct tun_prefix		 own4 = { .family = 4 };
	struct tun_prefix		 own6 = { .family = 6 };

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	memcpy(own4.addr, m->ipv4, sizeof(m->ipv4));
	memcpy(own6.addr, m->ipv6, sizeof(m->ipv6));
	own4.plen = m->plen4;
	own6.plen = m->plen6;
	if (own4.plen < 8 || own4.plen > 32 || own6.plen < 16 ||
	    own6.plen > 128) {
		parent_punish(pa, c, "sets addresses out of range");
		return;
	}
	reply.ok = own_address(e, &e->own4, &own4) == 0 &&
	    own_address(e, &e->own6, &own6) == 0;
	if (!reply.ok)
		snprintf(reply.reason, sizeof(reply.reason), "%s: %s",
		    e->conf->interface, strerror(errno));
	msg_send_tun_configured(c, &reply, -1);
}

/* The addresses of the system that this was. */
static int
own_addresses_remove(struct enclaved *e)
{
	struct tun_prefix	*own[2] = { &e->own4, &e->own6 };
	size_t			 i;

	for (i = 0; i < 2; i++) {
		if (own[i]->family == 0)
			continue;
		if (!static_has_address(e, own[i]) &&
		    tun_address_remove(e->conf->interface, own[i]) == -1)
			return -1;
		memset(own[i], 0, sizeof(*own[i]));
	}
	return 0;
}

void
on_identity_reset(void *arg, struct chan *c, const void *data, int fd)
{
	struct parent			*pa = arg;
	struct enclaved			*e = pa->env;
	struct msg_identity_gone	 reply;
	char				 path[600];

	(void)data;
	(void)fd;
	memset(&reply, 0, sizeof(reply));
	key_path(pa, path, sizeof(path));
	if (unlink(path) == -1 && errno != ENOENT) {
		snprintf(reply.reason, sizeof(reply.reason),
		    "the key file could not be removed: %s", strerror(errno));
		log_error("%s: %s", path, reply.reason);
		msg_send_identity_gone(c, &reply, -1);
		return;
	}
	if (own_addresses_remove(e) == -1)
		log_warn("interface %s keeps its old addresses",
		    e->conf->interface);
	log_info("the keys of this system were removed");
	/* One has the keys, the other is known by them. */
	parent_restart(pa, ROLE_CRYPTO);
	parent_restart(pa, ROLE_LINK);
	reply.ok = 1;
	msg_send_identity_gone(c, &reply, -1);
}

/* --- Open ---------------------------------------------------------- */

int
provide_ca(struct enclaved *e)
{
	char	*ca = NULL;
	size_t	 len = 0;

	if (e->conf->ca[0] != '\0' &&
	    link_read_ca(e->conf->ca, &ca, &len) == -1)
		return -1;
	free(e->ca);
	e->ca = ca;
	e->ca_len = len;
	return 0;
}

static int
sockets_open(struct enclaved *e)
{
	uint16_t	 port = e->conf->port;
	int		 bursts = !e->conf->plain;

	e->udp4 = udp_open(4, &port, bursts);
	if (e->udp4 == -1 && errno == EADDRINUSE) {
		log_error("port %u is in use: choose another \"port\" or "
		    "leave it out", e->conf->port);
		return -1;
	}
	/* The same port for both families where that is possible. */
	e->udp6 = udp_open(6, &port, bursts);
	if (e->udp6 == -1 && e->conf->port == 0) {
		port = 0;
		e->udp6 = udp_open(6, &port, bursts);
	}
	if (e->udp6 == -1 && errno == EADDRINUSE) {
		log_error("port %u is in use for IPv6: choose another \"port\" "
		    "or leave it out", e->conf->port);
		return -1;
	}
	if (e->udp4 == -1 && e->udp6 == -1) {
		log_error("cannot open a UDP socket: %s", strerror(errno));
		return -1;
	}
	if ((e->route = udp_route_open()) == -1) {
		log_error("cannot open a routing socket: %s",
		    strerror(errno));
		return -1;
	}
	return 0;
}

int
provide_open(struct enclaved *e)
{
	const char	*reason;

	arc4random_buf(&e->run, sizeof(e->run));
	e->run &= INT64_MAX;
	if (provide_ca(e) == -1)
		return -1;
	e->offloads = e->conf->plain ? 0 :
	    TUN_OFFLOAD_HEADER | TUN_OFFLOAD_TCP | TUN_OFFLOAD_UDP;
	e->tun = tun_open(e->conf->interface, e->conf->mtu, &e->offloads,
	    &reason);
	if (e->tun == -1) {
		log_error("interface %s: %s (%s)", e->conf->interface, reason,
		    strerror(errno));
		return -1;
	}
	if (static_configure(e) == -1)
		return -1;
	if (memory_create(ENCLAVED_FLOW_BYTES, &e->flows) == -1) {
		log_error("memory for flow state: %s", strerror(errno));
		return -1;
	}
	if (sockets_open(e) == -1 || listen_open(e) == -1)
		return -1;
	e->control = parent_unix_listen(e->conf->socket, e->conf->group);
	return e->control == -1 ? -1 : 0;
}

void
provide_close(struct enclaved *e)
{
	if (e->control != -1)
		unlink(e->conf->socket);
	free(e->ca);
	e->ca = NULL;
}

/* --- Hand out ------------------------------------------------------ */

static int
copy_of(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int
setup_crypto(struct parent *pa, struct chan *c)
{
	struct enclaved			*e = pa->env;
	struct msg_crypto_options	 o;
	struct msg_keys_none		 none;
	struct msg_keys			 m;
	struct keyfile			 keys;
	int				 ret;

	memset(&o, 0, sizeof(o));
	o.no_aes = e->conf->no_aes != 0;
	o.mtu = (uint16_t)e->conf->mtu;
	if (msg_send_crypto_options(c, &o, -1) == -1)
		return -1;
	if ((ret = keys_read(pa, &keys)) == -1)
		return -1;
	memset(&none, 0, sizeof(none));
	if (ret == 0)
		return msg_send_keys_none(c, &none, -1) == -1 ? -1 :
		    static_crypto(e, c);
	memset(&m, 0, sizeof(m));
	memcpy(m.identity_seed, keys.identity_seed, 32);
	memcpy(m.tunnel_key, keys.tunnel_key, 32);
	m.pinned = keys.pinned;
	memcpy(m.authority, keys.authority, 32);
	memcpy(m.previous, keys.previous, 32);
	ret = msg_send_keys(c, &m, -1);
	explicit_bzero(&keys, sizeof(keys));
	explicit_bzero(&m, sizeof(m));
	return ret == -1 ? -1 : static_crypto(e, c);
}

/* How paths may come about. */
static int
setup_ways(struct enclaved *e, struct chan *c)
{
	struct msg_net_options		 o;
	struct msg_net_advertise	 a;
	unsigned int			 i;

	memset(&o, 0, sizeof(o));
	o.no_tcp = e->conf->without[ENCLAVED_WAY_TCP];
	o.no_relay = e->conf->without[ENCLAVED_WAY_RELAY];
	o.no_portmap = e->conf->without[ENCLAVED_WAY_PORTMAP];
	o.no_guess = e->conf->without[ENCLAVED_WAY_GUESS];
	if (msg_send_net_options(c, &o, -1) == -1)
		return -1;
	memset(&a, 0, sizeof(a));
	for (i = 0; i < e->conf->nadvertise; i++) {
		a.transport = e->conf->advertise[i].tcp ? ICE_TCP : ICE_UDP;
		a.address = e->conf->advertise[i].address;
		if (msg_send_net_advertise(c, &a, -1) == -1)
			return -1;
	}
	return 0;
}

/* The sockets of the tunnels, and those on which peers call. */
static int
setup_sockets(struct enclaved *e, struct chan *c)
{
	struct msg_net_socket	 s;
	struct msg_net_listen	 l;

	memset(&s, 0, sizeof(s));
	memset(&l, 0, sizeof(l));
	s.bursts = !e->conf->plain;
	s.family = 4;
	if (e->udp4 != -1 && msg_send_net_socket(c, &s, copy_of(e->udp4)) ==
	    -1)
		return -1;
	s.family = 6;
	if (e->udp6 != -1 && msg_send_net_socket(c, &s, copy_of(e->udp6)) ==
	    -1)
		return -1;
	/* What a new configuration names and cannot be had is left out. */
	listen_open(e);
	if (e->tcp4 != -1 && msg_send_net_listen(c, &l, copy_of(e->tcp4)) ==
	    -1)
		return -1;
	if (e->tcp6 != -1 && msg_send_net_listen(c, &l, copy_of(e->tcp6)) ==
	    -1)
		return -1;
	return 0;
}

static int
setup_net(struct enclaved *e, struct chan *c)
{
	struct msg_net_exclude	 ex;
	struct msg_net_route	 r;
	unsigned int		 i;

	memset(&r, 0, sizeof(r));
	memset(&ex, 0, sizeof(ex));
	if (setup_sockets(e, c) == -1)
		return -1;
	if (msg_send_net_route(c, &r, copy_of(e->route)) == -1)
		return -1;
	/* The overlay never runs over itself. */
	strlcpy(ex.pattern, e->conf->interface, sizeof(ex.pattern));
	if (msg_send_net_exclude(c, &ex, -1) == -1)
		return -1;
	for (i = 0; i < e->conf->nexclude; i++) {
		strlcpy(ex.pattern, e->conf->exclude[i], sizeof(ex.pattern));
		if (msg_send_net_exclude(c, &ex, -1) == -1)
			return -1;
	}
	return setup_ways(e, c) == -1 ? -1 : static_net(e, c);
}

static int
setup_tun(struct enclaved *e, struct chan *c)
{
	struct msg_tun_device	 m;
	struct msg_tun_state	 s;

	memset(&s, 0, sizeof(s));
	s.size = ENCLAVED_FLOW_BYTES;
	if (msg_send_tun_state(c, &s, copy_of(e->flows)) == -1)
		return -1;
	memset(&m, 0, sizeof(m));
	strlcpy(m.name, e->conf->interface, sizeof(m.name));
	m.mtu = (uint16_t)e->conf->mtu;
	if (static_tun(e, c) == -1)
		return -1;
	m.offloads = (uint8_t)e->offloads;
	return msg_send_tun_device(c, &m, copy_of(e->tun));
}

static int
setup_ctl(struct enclaved *e, struct chan *c)
{
	struct msg_ctl_listen	 l;
	struct msg_ctl_options	 o;

	memset(&l, 0, sizeof(l));
	memset(&o, 0, sizeof(o));
	gethostname(o.hostname, sizeof(o.hostname) - 1);
	strlcpy(o.interface, e->conf->interface, sizeof(o.interface));
	o.run = e->run;
	if (msg_send_ctl_options(c, &o, -1) == -1 ||
	    static_ctl(e, c) == -1 || facts_give(e, c) == -1)
		return -1;
	return msg_send_ctl_listen(c, &l, copy_of(e->control));
}

static int
setup_link(struct enclaved *e, struct chan *c)
{
	unsigned int	 i;

	for (i = 0; i < e->conf->ndiscovery; i++)
		if (link_give_server(c, e->conf->discovery[i].host,
		    e->conf->discovery[i].port) == -1)
			return -1;
	if (link_give_nameservers(c) == -1)
		return -1;
	if (e->conf->given & ENCLAVED_GIVEN_PIN)
		return link_give_pin(c, e->conf->pin);
	return link_give_ca(c, e->ca, e->ca_len);
}

int
provide_setup(struct parent *pa, struct parent_child *ch)
{
	struct enclaved	*e = pa->env;

	switch (ch->desc->role) {
	case ROLE_CRYPTO:
		return setup_crypto(pa, ch->chan);
	case ROLE_NET:
		return setup_net(e, ch->chan);
	case ROLE_TUN:
		return setup_tun(e, ch->chan);
	case ROLE_CTL:
		return setup_ctl(e, ch->chan);
	case ROLE_LINK:
		return setup_link(e, ch->chan);
	default:
		return -1;
	}
}
