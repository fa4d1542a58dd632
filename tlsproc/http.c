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
 * Clients that speak HTTP on the agents' port.  ALPN tells them apart: agents
 * name their own protocol, clients of the API name http/1.1.  Who names none
 * is a client of the API when it speaks first, with a letter as every method
 * of HTTP begins; a frame begins with the zero of its length.  An agent that
 * names none says nothing before its challenge, which it gets after
 * TLSPROC_FIRST_MS.
 *
 * The bytes are not looked at here: they go both ways between TLS and a
 * socketpair whose other end apiproc has, through buffers with a limit, and
 * reading stops on the side whose counterpart does not keep up.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "tlsproc/tlsproc.h"

#define HTTP_READ	16384

static const char	http_busy[] =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Type: application/problem+json\r\n"
    "Content-Length: 44\r\n"
    "Retry-After: 5\r\n"
    "Connection: close\r\n\r\n"
    "{\"title\":\"Service Unavailable\",\"status\":503}";

struct http {
	struct event	 first;		/* who speaks? */
	struct event	 ev_read;
	struct event	 ev_write;
	int		 fd;		/* of the pair, -1: undecided */
	int		 reading;	/* from apiproc */
	size_t		 head, tail;
	uint8_t		*buffer;	/* to apiproc */
};

static void	 http_readable(int, short, void *);
static void	 http_writable(int, short, void *);

static void
on_first(int fd, short event, void *arg)
{
	struct conn	*c = arg;

	(void)fd;
	(void)event;
	if (c->state == CONN_UNDECIDED) {
		http_free(c);
		conn_challenge(c);
	}
}

static void
http_refuse(struct conn *c, const char *reason)
{
	c->env->refused++;
	tlsio_write(c->io, http_busy, sizeof(http_busy) - 1);
	conn_close(c, reason);
}

/* One end to apiproc, the other stays. */
static int
http_pair(struct conn *c)
{
	struct msg_api_conn	 m;
	struct http		*h = c->http;
	int			 pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    pair) == -1)
		return -1;
	memset(&m, 0, sizeof(m));
	m.conn = c->id;
	m.from = c->from;
	if (msg_send_api_conn(proc_peer(&c->env->proc, ROLE_API), &m,
	    pair[1]) == -1) {
		close(pair[0]);
		return -1;
	}
	h->fd = pair[0];
	event_set(&h->ev_read, h->fd, EV_READ | EV_PERSIST, http_readable, c);
	event_set(&h->ev_write, h->fd, EV_WRITE, http_writable, c);
	event_add(&h->ev_read, NULL);
	h->reading = 1;
	return 0;
}

static void
http_start(struct conn *c)
{
	struct env	*env = c->env;

	c->state = CONN_HTTP;
	evtimer_del(&c->http->first);
	if (env->nhttp >= TLSPROC_HTTP_MAX ||
	    c->source->http >= TLSPROC_HTTP_SOURCE_MAX) {
		http_refuse(c, "too many clients of the API");
		return;
	}
	if ((c->http->buffer = malloc(TLSPROC_HTTP_BUFFER)) == NULL ||
	    http_pair(c) == -1) {
		http_refuse(c, "the API is not there");
		return;
	}
	env->nhttp++;
	c->source->http++;
	tlsio_set_deadline(c->io, TLSPROC_HTTP_IDLE_MS, "nothing said");
}

void
http_decide(struct conn *c)
{
	struct timeval	 tv = { 0, TLSPROC_FIRST_MS * 1000 };
	const char	*protocol = tlsio_protocol(c->io);

	if (strcmp(protocol, TLSIO_ALPN_LINK) == 0) {
		conn_challenge(c);
		return;
	}
	if ((c->http = calloc(1, sizeof(*c->http))) == NULL) {
		conn_close(c, "out of memory");
		return;
	}
	c->http->fd = -1;
	evtimer_set(&c->http->first, on_first, c);
	c->state = CONN_UNDECIDED;
	if (strcmp(protocol, TLSIO_ALPN_HTTP) == 0)
		http_start(c);
	else
		evtimer_add(&c->http->first, &tv);
}

/* Write what waits; the client is listened to again when there is room. */
static void
http_push(struct conn *c)
{
	struct http	*h = c->http;
	ssize_t		 n;

	while (h->head < h->tail) {
		n = write(h->fd, h->buffer + h->head, h->tail - h->head);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			event_add(&h->ev_write, NULL);
			break;
		}
		if (n <= 0) {
			conn_close(c, "apiproc has closed");
			return;
		}
		explicit_bzero(h->buffer + h->head, (size_t)n);
		h->head += (size_t)n;
	}
	if (h->head == h->tail)
		h->head = h->tail = 0;
	/* One record more must always fit. */
	if (TLSPROC_HTTP_BUFFER - h->tail < HTTP_READ)
		tlsio_pause(c->io);
	else
		tlsio_resume(c->io);
}

static void
http_writable(int fd, short event, void *arg)
{
	struct conn	*c = arg;

	(void)fd;
	(void)event;
	if (c->state == CONN_HTTP)
		http_push(c);
}

int
http_data(struct conn *c, const uint8_t *data, size_t len)
{
	struct http	*h = c->http;

	if (c->state == CONN_UNDECIDED) {
		if (data[0] >= 'A' && data[0] <= 'Z') {
			http_start(c);
		} else {
			http_free(c);
			conn_challenge(c);
			return c->state == CONN_CLOSING;
		}
	}
	if (c->state != CONN_HTTP)
		return c->state == CONN_CLOSING;
	if (len > TLSPROC_HTTP_BUFFER - h->tail) {
		conn_close(c, "it sends faster than it is heard");
		return 1;
	}
	tlsio_set_deadline(c->io, TLSPROC_HTTP_IDLE_MS, "nothing said");
	memcpy(h->buffer + h->tail, data, len);
	h->tail += len;
	http_push(c);
	return 1;
}

static void
http_readable(int fd, short event, void *arg)
{
	uint8_t		 buf[HTTP_READ];
	struct conn	*c = arg;
	ssize_t		 n;

	(void)event;
	if (c->state != CONN_HTTP)
		return;
	if (tlsio_queued(c->io) > TLSPROC_HTTP_QUEUE) {
		event_del(&c->http->ev_read);
		c->http->reading = 0;
		return;
	}
	n = read(fd, buf, sizeof(buf));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_close(c, "apiproc has closed");
		return;
	}
	tlsio_set_deadline(c->io, TLSPROC_HTTP_IDLE_MS, "nothing said");
	tlsio_write(c->io, buf, (size_t)n);
	explicit_bzero(buf, (size_t)n);
}

void
http_drained(struct conn *c)
{
	if (c->http->fd == -1 || c->http->reading)
		return;
	event_add(&c->http->ev_read, NULL);
	c->http->reading = 1;
}

void
http_free(struct conn *c)
{
	struct http	*h = c->http;

	if (h == NULL)
		return;
	c->http = NULL;
	evtimer_del(&h->first);
	if (h->fd != -1) {
		event_del(&h->ev_read);
		event_del(&h->ev_write);
		close(h->fd);
		c->env->nhttp--;
		c->source->http--;
	}
	if (h->buffer != NULL)
		freezero(h->buffer, TLSPROC_HTTP_BUFFER);
	free(h);
}
