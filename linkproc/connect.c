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
 * From a list of servers to a verified connection: one after the other,
 * each of its addresses, then a pause that doubles.  Nothing is sent to or
 * read from a server before its certificate was found to be the right one.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "linkproc/link.h"

static void	 server_start(struct env *);
static void	 tcp_start(struct env *);

static void	 tls_ready(void *);
static void	 tls_data(void *, const uint8_t *, size_t);
static void	 tls_closed(void *, const char *);

static const struct tlsio_ops io_ops = {
	.ready = tls_ready,
	.data = tls_data,
	.closed = tls_closed,
};

/* --- What the others are told -------------------------------------- */

const char *
link_where(struct env *env, char *buf, size_t len)
{
	const struct link_server	*s = &env->servers[env->server];
	char				 addr[ENDPOINT_STRLEN];

	if (env->addr >= env->naddrs) {
		snprintf(buf, len, "%s:%u", s->host, s->port);
		return buf;
	}
	endpoint_print(&env->addrs[env->addr], addr, sizeof(addr));
	if (strncmp(addr, s->host, strlen(s->host)) == 0 ||
	    strchr(s->host, ':') != NULL)
		strlcpy(buf, addr, len);
	else
		snprintf(buf, len, "%s (%s)", s->host, addr);
	return buf;
}

void
link_set_state(struct env *env, uint8_t state, const char *reason)
{
	if (env->state == state && strcmp(env->reason, reason) == 0)
		return;
	env->state = state;
	strlcpy(env->reason, reason, sizeof(env->reason));
	env->session->state(env, state, reason);
}

/* --- Beginning and end --------------------------------------------- */

static int
local_of(int fd, struct endpoint *ep)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return -1;
	return endpoint_from_sockaddr(ep, (struct sockaddr *)&ss, len);
}

static void
teardown(struct env *env)
{
	resolve_cancel(env->resolver);
	env->resolver = NULL;
	if (env->fd != -1) {
		event_del(&env->tcp_event);
		close(env->fd);
		env->fd = -1;
	}
	tlsio_free(env->io);
	env->io = NULL;
	frame_reader_free(&env->reader);
	evtimer_del(&env->tick);
	evtimer_del(&env->retry);
}

static void
set_timer(struct event *ev, uint64_t ms)
{
	struct timeval	 tv;

	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	evtimer_add(ev, &tv);
}

/* The pause grows, and differs between agents by a quarter either way. */
static void
wait_start(struct env *env)
{
	if (env->delay_ms == 0)
		env->delay_ms = LINK_DELAY_MIN_MS;
	else if (env->delay_ms < LINK_DELAY_MAX_MS / 2)
		env->delay_ms *= 2;
	else
		env->delay_ms = LINK_DELAY_MAX_MS;
	env->phase = PHASE_WAIT;
	link_set_state(env, LINK_DOWN, env->failure);
	set_timer(&env->retry,
	    (uint64_t)env->delay_ms * (75 + arc4random_uniform(51)) / 100);
}

static void
on_retry(int fd, short event, void *arg)
{
	struct env	*env = arg;

	(void)fd;
	(void)event;
	link_set_state(env, LINK_CONNECTING, env->failure);
	server_start(env);
}

static void
on_tick(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	session_tick(arg);
}

void
link_init(struct env *env)
{
	evtimer_set(&env->retry, on_retry, env);
	evtimer_set(&env->tick, on_tick, env);
}

void
link_start(struct env *env)
{
	link_stop(env);
	env->delay_ms = 0;
	env->server = 0;
	env->state = UINT8_MAX;
	env->failure[0] = '\0';
	if (env->nservers == 0) {
		link_set_state(env, LINK_IDLE, LINK_NONE);
		return;
	}
	link_set_state(env, LINK_CONNECTING, "");
	server_start(env);
}

void
link_stop(struct env *env)
{
	if (env->phase == PHASE_OFF)
		return;
	teardown(env);
	env->phase = PHASE_OFF;
}

void
link_hurry(struct env *env, uint32_t most_ms)
{
	if (env->phase != PHASE_WAIT)
		return;
	env->delay_ms = 0;
	set_timer(&env->retry, arc4random_uniform(most_ms));
}

/*
 * Whether packets to the server would leave from another address by now than
 * the connection has: nobody answers to that one any more.  Sends nothing.
 */
int
link_has_moved(struct env *env)
{
	const struct endpoint	*to = &env->addrs[env->addr];
	struct sockaddr_storage	 ss;
	struct endpoint		 local;
	socklen_t		 len = endpoint_to_sockaddr(to, &ss);
	int			 fd, moved = 0;

	if (env->phase != PHASE_UP || env->local.family == 0)
		return 0;
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return 0;
	if (connect(fd, (struct sockaddr *)&ss, len) == 0 &&
	    local_of(fd, &local) == 0)
		moved = endpoint_cmp_addr(&local, &env->local) != 0;
	close(fd);
	return moved;
}

void
link_failed(struct env *env, const char *reason)
{
	enum link_phase	 phase = env->phase;
	char		 text[sizeof(env->failure)];

	log_safe(text, sizeof(text), reason);
	if (strcmp(text, env->failure) != 0)
		log_info("%s", text);
	strlcpy(env->failure, text, sizeof(env->failure));
	teardown(env);
	if (phase == PHASE_TCP && ++env->addr < env->naddrs) {
		tcp_start(env);
		return;
	}
	/* A connection that worked is sought again where it was. */
	if (phase == PHASE_UP) {
		wait_start(env);
		/* Nobody else has lost it: we have moved. */
		if (env->probing)
			link_hurry(env, LINK_HURRY_MS);
		env->probing = 0;
		return;
	}
	env->server = (env->server + 1) % env->nservers;
	if (phase > PHASE_TLS || env->server == 0)
		wait_start(env);
	else
		server_start(env);
}

/* --- Name ---------------------------------------------------------- */

static void
on_resolved(void *arg, const struct endpoint *addrs, size_t n,
    const char *why)
{
	struct env	*env = arg;
	char		 text[512];

	env->resolver = NULL;
	if (n == 0) {
		snprintf(text, sizeof(text), "name %s does not resolve: %s; "
		    "check \"discovery\" and the name servers",
		    env->servers[env->server].host, why);
		link_failed(env, text);
		return;
	}
	memcpy(env->addrs, addrs, n * sizeof(addrs[0]));
	env->naddrs = n;
	tcp_start(env);
}

static void
server_start(struct env *env)
{
	const struct link_server	*s = &env->servers[env->server];

	env->addr = env->naddrs = 0;
	if (endpoint_parse(&env->addrs[0], s->host, s->port) == 0) {
		env->naddrs = 1;
		tcp_start(env);
		return;
	}
	env->phase = PHASE_RESOLVE;
	env->resolver = resolve_start(s->host, s->port, env->nameservers,
	    env->nnameservers, on_resolved, env);
	if (env->resolver == NULL)
		link_failed(env, "cannot resolve names: out of memory");
}

/* --- TCP ----------------------------------------------------------- */

static void
tcp_failed(struct env *env, const char *why)
{
	char	 where[320], text[512], reason[128];

	strlcpy(reason, why, sizeof(reason));
	reason[0] = (char)tolower((unsigned char)reason[0]);
	snprintf(text, sizeof(text), "cannot reach %s: %s; check "
	    "\"discovery\" in the configuration, the network and the server",
	    link_where(env, where, sizeof(where)), reason);
	link_failed(env, text);
}

static void
tls_start(struct env *env)
{
	int	 fd = env->fd, on = 1;

	env->phase = PHASE_TLS;
	env->rtt_ms = (uint32_t)(clock_mono_ms() - env->dialled);
	if (local_of(fd, &env->local) == -1)
		memset(&env->local, 0, sizeof(env->local));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	env->io = tlsio_connect(env->config, fd,
	    env->servers[env->server].host, LINK_QUEUE_MAX, &io_ops, env);
	if (env->io == NULL) {
		link_failed(env, "cannot begin TLS: out of memory");
		return;
	}
	env->fd = -1;
	tlsio_set_deadline(env->io, LINK_TLS_MS, "no answer");
}

static void
on_tcp(int fd, short event, void *arg)
{
	struct env	*env = arg;
	socklen_t	 len = sizeof(int);
	int		 error = 0;

	if (event & EV_TIMEOUT) {
		tcp_failed(env, "no answer");
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0) {
		tcp_failed(env, strerror(error));
		return;
	}
	tls_start(env);
}

static void
tcp_start(struct env *env)
{
	struct timeval		 tv = { LINK_CONNECT_MS / 1000, 0 };
	struct sockaddr_storage	 ss;
	socklen_t		 len;

	env->phase = PHASE_TCP;
	env->dialled = clock_mono_ms();
	len = endpoint_to_sockaddr(&env->addrs[env->addr], &ss);
	env->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (env->fd == -1) {
		tcp_failed(env, strerror(errno));
		return;
	}
	event_set(&env->tcp_event, env->fd, EV_WRITE, on_tcp, env);
	if (connect(env->fd, (struct sockaddr *)&ss, len) == -1 &&
	    errno != EINPROGRESS) {
		tcp_failed(env, strerror(errno));
		return;
	}
	event_add(&env->tcp_event, &tv);
}

/* --- TLS ----------------------------------------------------------- */

/* Cause and remedy for what the library says of a handshake. */
static void
tls_failed(struct env *env, const char *why)
{
	char		 where[320], text[640];
	const char	*remedy = "";

	if (strstr(why, "expired") != NULL ||
	    strstr(why, "not yet valid") != NULL)
		remedy = ": is the clock right?";
	else if (strstr(why, "verification failed") != NULL)
		remedy = ": check 'discovery ca'";
	else if (strstr(why, "not present in server") != NULL)
		remedy = ": check the host in 'discovery'";
	else
		remedy = ": is this the port of discovery?";
	snprintf(text, sizeof(text), "no TLS with %s: %s%s",
	    link_where(env, where, sizeof(where)), why, remedy);
	link_failed(env, text);
}

static void
tls_ready(void *arg)
{
	struct env	*env = arg;
	char		 pin[TLSCERT_PIN_LEN + 1], text[256];

	if (tlsio_peer_hash(env->io, env->server_hash) == -1) {
		link_failed(env, "the server has no certificate");
		return;
	}
	if (env->have_pin &&
	    memcmp(env->pin, env->server_hash, 32) != 0) {
		tlscert_pin(env->server_hash, pin);
		snprintf(text, sizeof(text), "the server's certificate has "
		    "pin %s, not the configured one: check 'discovery pin'",
		    pin);
		link_failed(env, text);
		return;
	}
	session_start(env);
}

static void
tls_data(void *arg, const uint8_t *data, size_t len)
{
	session_data(arg, data, len);
}

static void
tls_closed(void *arg, const char *reason)
{
	struct env	*env = arg;
	char		 text[TLSIO_REASON_MAX];

	strlcpy(text, reason, sizeof(text));
	if (env->phase == PHASE_TLS)
		tls_failed(env, text);
	else
		session_ended(env, text);
}
