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
 * One HTTP/1.1 request on a TLS connection of its own: name, address, TLS,
 * the request, the answer, the end.  No redirect is followed: what a
 * provider says of itself in its document is where it is.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "oidcproc/oidc.h"

struct request {
	TAILQ_ENTRY(request)	 entry;
	struct env		*env;
	request_cb		 cb;
	void			*arg;
	struct url		 url;
	char			*form;		/* NULL: GET */
	int			 running;
	struct resolver		*resolver;
	struct endpoint		 addrs[RESOLVE_MAX];
	size_t			 naddrs, addr;
	int			 fd;		/* while TCP connects */
	struct event		 tcp_event;
	struct tlsio		*io;
	struct reply		 reply;
};

static void	 request_next(int, short, void *);
static void	 tcp_start(struct request *);
static void	 tls_ready(void *);
static void	 tls_data(void *, const uint8_t *, size_t);
static void	 tls_closed(void *, const char *);

static const struct tlsio_ops io_ops = {
	.ready = tls_ready,
	.data = tls_data,
	.closed = tls_closed,
};

void
request_init(struct env *env)
{
	TAILQ_INIT(&env->waiting);
	TAILQ_INIT(&env->running);
	evtimer_set(&env->dispatch, request_next, env);
}

static void
dispatch_soon(struct env *env)
{
	struct timeval	 now = { 0, 0 };

	evtimer_add(&env->dispatch, &now);
}

void
request_cancel(struct request *q)
{
	struct env	*env;

	if (q == NULL)
		return;
	env = q->env;
	resolve_cancel(q->resolver);
	if (q->fd != -1) {
		event_del(&q->tcp_event);
		close(q->fd);
	}
	tlsio_free(q->io);
	reply_free(&q->reply);
	if (q->form != NULL)
		freezero(q->form, strlen(q->form));
	if (q->running) {
		TAILQ_REMOVE(&env->running, q, entry);
		env->nrunning--;
		dispatch_soon(env);
	} else
		TAILQ_REMOVE(&env->waiting, q, entry);
	freezero(q, sizeof(*q));
}

/* The end, from the event loop: what was asked for, or why there is none. */
static void
request_end(struct request *q, const char *reason)
{
	struct reply	 reply = q->reply;
	request_cb	 cb = q->cb;
	char		 text[TLSIO_REASON_MAX + FETCH_HOST_MAX + 16];
	char		 why[TLSIO_REASON_MAX];
	void		*arg = q->arg;

	memset(&q->reply, 0, sizeof(q->reply));
	if (reason != NULL) {
		log_safe(why, sizeof(why), reason);
		snprintf(text, sizeof(text), "%s: %s", q->url.host, why);
	}
	request_cancel(q);
	if (reason != NULL)
		cb(arg, 0, NULL, 0, text);
	else
		cb(arg, reply.status, reply.body, reply.len, NULL);
	reply_free(&reply);
}

/* --- Name and TCP -------------------------------------------------- */

static void
on_resolved(void *arg, const struct endpoint *addrs, size_t n,
    const char *why)
{
	struct request	*q = arg;
	char		 text[160];

	q->resolver = NULL;
	if (n == 0) {
		snprintf(text, sizeof(text), "its name does not resolve: %s",
		    why);
		request_end(q, text);
		return;
	}
	memcpy(q->addrs, addrs, n * sizeof(addrs[0]));
	q->naddrs = n;
	tcp_start(q);
}

static void
tcp_failed(struct request *q, const char *why)
{
	char	 text[160];

	if (q->fd != -1) {
		event_del(&q->tcp_event);
		close(q->fd);
		q->fd = -1;
	}
	if (++q->addr < q->naddrs) {
		tcp_start(q);
		return;
	}
	snprintf(text, sizeof(text), "cannot be reached: %s", why);
	request_end(q, text);
}

static void
on_tcp(int fd, short event, void *arg)
{
	struct request	*q = arg;
	socklen_t	 len = sizeof(int);
	int		 error = 0;

	if (event & EV_TIMEOUT) {
		tcp_failed(q, "no answer");
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0) {
		tcp_failed(q, strerror(error));
		return;
	}
	q->io = tlsio_connect(q->env->config, fd, q->url.host,
	    OIDC_QUEUE_MAX, &io_ops, q);
	if (q->io == NULL) {
		request_end(q, "cannot begin TLS");
		return;
	}
	q->fd = -1;
	tlsio_set_deadline(q->io, OIDC_REQUEST_MS, "no answer in time");
}

static void
tcp_start(struct request *q)
{
	struct timeval		 tv = { OIDC_CONNECT_MS / 1000, 0 };
	struct sockaddr_storage	 ss;
	socklen_t		 len;

	len = endpoint_to_sockaddr(&q->addrs[q->addr], &ss);
	q->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (q->fd == -1) {
		tcp_failed(q, strerror(errno));
		return;
	}
	event_set(&q->tcp_event, q->fd, EV_WRITE, on_tcp, q);
	if (connect(q->fd, (struct sockaddr *)&ss, len) == -1 &&
	    errno != EINPROGRESS) {
		tcp_failed(q, strerror(errno));
		return;
	}
	event_add(&q->tcp_event, &tv);
}

/* --- TLS ----------------------------------------------------------- */

/* The certificate is verified: the secrets of the form may go there. */
static void
tls_ready(void *arg)
{
	struct request	*q = arg;
	char		 head[FETCH_URL_MAX + FETCH_HOST_MAX + 256], port[8];
	size_t		 flen = q->form != NULL ? strlen(q->form) : 0;
	int		 n;

	port[0] = '\0';
	if (q->url.port != 443)
		snprintf(port, sizeof(port), ":%u", q->url.port);
	n = snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: %s%s%s%s\r\n"
	    "Accept: application/json\r\nUser-Agent: enclave\r\n"
	    "Connection: close\r\n", q->form != NULL ? "POST" : "GET",
	    q->url.path, q->url.ipv6 ? "[" : "", q->url.host,
	    q->url.ipv6 ? "]" : "", port);
	if (q->form != NULL)
		n += snprintf(head + n, sizeof(head) - (size_t)n,
		    "Content-Type: application/x-www-form-urlencoded\r\n"
		    "Content-Length: %zu\r\n", flen);
	n += snprintf(head + n, sizeof(head) - (size_t)n, "\r\n");
	if (tlsio_write(q->io, head, (size_t)n) == 0 && flen != 0)
		(void)tlsio_write(q->io, q->form, flen);
}

static void
tls_data(void *arg, const uint8_t *data, size_t len)
{
	struct request	*q = arg;
	const char	*errstr;

	switch (reply_add(&q->reply, data, len, &errstr)) {
	case 1:
		request_end(q, NULL);
		break;
	case -1:
		request_end(q, errstr);
		break;
	}
}

static void
tls_closed(void *arg, const char *reason)
{
	struct request	*q = arg;
	const char	*errstr;
	char		 text[TLSIO_REASON_MAX];

	strlcpy(text, reason, sizeof(text));
	/* Without a length, an end is one only with a good-bye before it. */
	if (strcmp(text, "closed by the other side") == 0 &&
	    reply_end(&q->reply, &errstr) == 1)
		request_end(q, NULL);
	else
		request_end(q, text);
}

/* --- Start --------------------------------------------------------- */

static void
run(struct request *q)
{
	struct env	*env = q->env;

	TAILQ_REMOVE(&env->waiting, q, entry);
	TAILQ_INSERT_TAIL(&env->running, q, entry);
	env->nrunning++;
	q->running = 1;
	if (env->config == NULL) {
		request_end(q, "no certificates are trusted: see "
		    "\"identity ca\"");
		return;
	}
	if (endpoint_parse(&q->addrs[0], q->url.host, q->url.port) == 0) {
		q->naddrs = 1;
		tcp_start(q);
		return;
	}
	q->resolver = resolve_start(q->url.host, q->url.port,
	    env->nameservers, env->nnameservers, on_resolved, q);
	if (q->resolver == NULL)
		request_end(q, "out of memory");
}

static void
request_next(int fd, short event, void *arg)
{
	struct env	*env = arg;
	struct request	*q;

	(void)fd;
	(void)event;
	while (env->nrunning < OIDC_REQUESTS_MAX &&
	    (q = TAILQ_FIRST(&env->waiting)) != NULL)
		run(q);
}

struct request *
request_start(struct env *env, const struct url *url, const char *form,
    request_cb cb, void *arg)
{
	struct request	*q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	if (form != NULL && (q->form = strdup(form)) == NULL) {
		free(q);
		return NULL;
	}
	q->env = env;
	q->url = *url;
	q->cb = cb;
	q->arg = arg;
	q->fd = -1;
	reply_init(&q->reply, OIDC_BODY_MAX);
	TAILQ_INSERT_TAIL(&env->waiting, q, entry);
	dispatch_soon(env);
	return q;
}
