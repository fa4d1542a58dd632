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
 * What the relay's parent opens and hands out.  The token passes through here
 * once for each linkproc and is wiped.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "parent/link.h"
#include "relayd/relayd.h"

#define BACKLOG		4096
#define TOKEN_MAX	64	/* with its NUL */

/* --- Open ---------------------------------------------------------- */

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
socket_bind(const struct endpoint *ep)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = endpoint_to_sockaddr(ep, &ss);
	char			 text[ENDPOINT_STRLEN];
	int			 fd, on = 1, saved;

	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd == -1)
		goto fail;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
		goto fail;
	if (ss.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) == -1)
		goto fail;
	if (bind(fd, (struct sockaddr *)&ss, len) == -1 ||
	    listen(fd, BACKLOG) == -1)
		goto fail;
	return fd;
 fail:
	saved = errno;
	log_error("cannot listen on tcp %s: %s",
	    endpoint_print(ep, text, sizeof(text)), bind_reason(saved));
	if (fd != -1)
		close(fd);
	errno = saved;
	return -1;
}

/* The default listens on both families; a machine may have but one. */
static int
family_missing(const struct relayd_conf *conf, const struct endpoint *ep)
{
	return ep->family == 6 && (conf->given & RELAYD_GIVEN_LISTEN) == 0 &&
	    (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
}

static int
sockets_open(struct relayd *d)
{
	struct endpoint	 ep;
	unsigned int	 i;
	int		 p;

	memset(d->listen, -1, sizeof(d->listen));
	for (p = 0; p < d->conf->processes; p++) {
		for (i = 0; i < d->conf->nlisten; i++) {
			ep = d->conf->listen[i];
			ep.port = (uint16_t)(ep.port + p);
			d->listen[p][i] = socket_bind(&ep);
			if (d->listen[p][i] == -1 &&
			    !family_missing(d->conf, &ep))
				return -1;
		}
	}
	return 0;
}

/* One line of printable characters without blanks. */
static int
token_check(const char *path, char *token, size_t len)
{
	size_t	 i;

	if (len > 0 && token[len - 1] == '\n')
		len--;
	for (i = 0; i < len; i++)
		if (token[i] <= ' ' || token[i] > '~')
			break;
	if (len == 0 || i < len || len >= TOKEN_MAX) {
		log_error("%s does not hold a token: one line of 1 to %d "
		    "characters without blanks", path, TOKEN_MAX - 1);
		return -1;
	}
	token[len] = '\0';
	return 0;
}

static int
token_read(const struct relayd *d, char token[TOKEN_MAX + 1])
{
	const char	*path = d->conf->token;
	ssize_t		 n;

	n = parent_file_read(path, token, TOKEN_MAX, 1);
	if (n == -1 && errno == EFBIG)
		n = 0;
	if (n >= 0)
		return token_check(path, token, (size_t)n);
	if (errno == EPERM)
		log_error("%s must be a file that only root can read and "
		    "write", path);
	else
		log_error("cannot read %s: %s", path, strerror(errno));
	return -1;
}

int
provide_ca(struct relayd *d)
{
	char	*ca = NULL;
	size_t	 len = 0;

	if (d->conf->ca[0] != '\0' &&
	    link_read_ca(d->conf->ca, &ca, &len) == -1)
		return -1;
	free(d->ca);
	d->ca = ca;
	d->ca_len = len;
	return 0;
}

int
provide_token_changed(const struct relayd *d)
{
	const struct stat	*old = &d->token_stat;
	struct stat		 st;

	if (stat(d->conf->token, &st) == -1)
		return 0;
	return st.st_ino != old->st_ino || st.st_size != old->st_size ||
	    st.st_mtim.tv_sec != old->st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != old->st_mtim.tv_nsec;
}

int
provide_open(struct relayd *d)
{
	char	 token[TOKEN_MAX + 1];
	int	 ret = token_read(d, token);

	explicit_bzero(token, sizeof(token));
	if (ret == -1 || provide_ca(d) == -1)
		return -1;
	return sockets_open(d);
}

/* --- Hand out ------------------------------------------------------ */

static int
give_relay(struct relayd *d, struct chan *c)
{
	struct msg_link_relay	 m;
	char			 token[TOKEN_MAX + 1];
	int			 ret = -1;

	memset(&m, 0, sizeof(m));
	if (token_read(d, token) == 0) {
		stat(d->conf->token, &d->token_stat);
		strlcpy(m.name, d->conf->name, sizeof(m.name));
		strlcpy(m.token, token, sizeof(m.token));
		m.addresses.n = (uint16_t)relayd_conf_endpoints(d->conf,
		    m.addresses.e);
		m.instances = (uint8_t)d->conf->processes;
		ret = msg_send_link_relay(c, &m, -1);
	}
	explicit_bzero(token, sizeof(token));
	explicit_bzero(&m, sizeof(m));
	return ret;
}

static int
setup_link(struct relayd *d, struct chan *c)
{
	const struct relayd_conf	*conf = d->conf;
	unsigned int			 i;

	for (i = 0; i < conf->ndiscovery; i++)
		if (link_give_server(c, conf->discovery[i].host,
		    conf->discovery[i].port) == -1)
			return -1;
	if (link_give_nameservers(c) == -1)
		return -1;
	if (conf->given & RELAYD_GIVEN_PIN) {
		if (link_give_pin(c, conf->pin) == -1)
			return -1;
	} else if (link_give_ca(c, d->ca, d->ca_len) == -1)
		return -1;
	return give_relay(d, c);
}

static int
setup_splice(struct relayd *d, struct parent_child *ch)
{
	struct msg_splice_listen	 m;
	struct msg_splice_limits	 limits;
	unsigned int			 i;
	int				 fd;

	memset(&m, 0, sizeof(m));
	memset(&limits, 0, sizeof(limits));
	if (ch->instance >= RELAYD_PROCESSES_MAX)
		return -1;
	for (i = 0; i < d->conf->nlisten; i++) {
		fd = d->listen[ch->instance][i];
		if (fd != -1 && msg_send_splice_listen(ch->chan, &m,
		    fcntl(fd, F_DUPFD_CLOEXEC, 3)) == -1)
			return -1;
	}
	limits.rate = d->conf->rate;
	limits.idle_s = d->conf->idle;
	limits.pairs_max = d->conf->pairs;
	limits.handshake_ms = RELAYD_HANDSHAKE_MS;
	limits.copy = d->conf->copy != 0;
	return msg_send_splice_limits(ch->chan, &limits, -1);
}

int
provide_setup(struct parent *pa, struct parent_child *ch)
{
	struct relayd	*d = pa->env;

	switch (ch->desc->role) {
	case ROLE_LINK:
		return setup_link(d, ch->chan);
	case ROLE_SPLICE:
		return setup_splice(d, ch);
	default:
		return -1;
	}
}
