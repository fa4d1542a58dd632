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
 * The sockets of the discovery service, bound once at the start as root and
 * handed out as duplicates, so that a child that is restarted finds what had
 * queued meanwhile.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "discoveryd/discoveryd.h"

#define BACKLOG	1024

static const char *
bind_reason(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "address in use; does another service listen there?";
	case EADDRNOTAVAIL:
		return "this machine does not have that address";
	default:
		return strerror(error);
	}
}

static int
socket_bind(const struct endpoint *ep, int type)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = endpoint_to_sockaddr(ep, &ss);
	char			 text[ENDPOINT_STRLEN];
	int			 fd, on = 1, saved;

	fd = socket(ss.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		goto fail;
	/* Not for UDP: two daemons would share the port. */
	if (type == SOCK_STREAM &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		goto fail;
	if (ss.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) == -1)
		goto fail;
	if (bind(fd, (struct sockaddr *)&ss, len) == -1 ||
	    (type == SOCK_STREAM && listen(fd, BACKLOG) == -1))
		goto fail;
	return fd;
 fail:
	saved = errno;
	log_error("cannot listen on %s %s: %s",
	    type == SOCK_STREAM ? "tcp" : "udp",
	    endpoint_print(ep, text, sizeof(text)), bind_reason(saved));
	if (fd != -1)
		close(fd);
	errno = saved;
	return -1;
}

/* The default listens on both families; a machine may have but one. */
static int
family_missing(const struct discoveryd_conf *conf, const struct endpoint *ep)
{
	return ep->family == 6 &&
	    (conf->given & DISCOVERYD_GIVEN_LISTEN) == 0 &&
	    (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
}

/* STUN is asked over both, at the same addresses. */
static int
stun_open(struct discoveryd *d)
{
	unsigned int	 i;

	memset(d->stun_udp, -1, sizeof(d->stun_udp));
	memset(d->stun_tcp, -1, sizeof(d->stun_tcp));
	d->nstun = discoveryd_conf_stun(d->conf, d->stun);
	for (i = 0; i < d->nstun; i++) {
		d->stun_udp[i] = socket_bind(&d->stun[i], SOCK_DGRAM);
		if (d->stun_udp[i] == -1)
			return -1;
		d->stun_tcp[i] = socket_bind(&d->stun[i], SOCK_STREAM);
		if (d->stun_tcp[i] == -1)
			return -1;
	}
	if (d->nstun == 0)
		log_warnx("no \"stun on\" in the configuration: agents will "
		    "not learn their public addresses");
	return 0;
}

int
sockets_open(struct discoveryd *d)
{
	const struct discoveryd_conf	*conf = d->conf;
	unsigned int			 i;

	memset(d->tls, -1, sizeof(d->tls));
	for (i = 0; i < conf->nlisten; i++) {
		d->tls[i] = socket_bind(&conf->listen[i], SOCK_STREAM);
		if (d->tls[i] == -1 && !family_missing(conf, &conf->listen[i]))
			return -1;
	}
	if (stun_open(d) == -1)
		return -1;
	d->admin = parent_unix_listen(conf->socket, conf->group);
	return d->admin == -1 ? -1 : 0;
}

void
sockets_close(struct discoveryd *d)
{
	unlink(d->conf->socket);
}
