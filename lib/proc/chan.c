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
 * Channels: imsg framing on libevent, with every message checked against
 * the table before a handler sees it.  Runs in every process; trusts no
 * sender, not even a sibling.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "proc/proc.h"

static void	 chan_readable(int, short, void *);
static void	 chan_writable(int, short, void *);
static void	 chan_free(struct chan *);

void
proc_index(struct proc *p, const struct handler *handlers, size_t n)
{
	const struct msg_desc	*d;
	uint32_t		 t;
	size_t			 i;

	for (i = 0; i < n; i++) {
		d = msg_lookup(handlers[i].type);
		if (d == NULL || (d->to & ROLE_BIT(p->role)) == 0)
			fatalx("%s handles %s, which is not for it",
			    role_name(p->role), msg_name(handlers[i].type));
		p->index[handlers[i].type] = handlers[i].fn;
	}
	/* The parent is written once for daemons with different messages. */
	for (t = 1; t < MSG_TYPE_MAX && p->role != ROLE_PARENT; t++) {
		d = msg_lookup(t);
		if ((d->to & ROLE_BIT(p->role)) != 0 && p->index[t] == NULL)
			fatalx("%s has no handler for %s", role_name(p->role),
			    d->name);
	}
}

/* Has one of the two a message with a descriptor for the other? */
static int
passes_descriptors(uint32_t a, uint32_t b)
{
	const struct msg_desc	*d;
	uint32_t		 t;

	for (t = 1; t < MSG_TYPE_MAX; t++) {
		d = msg_lookup(t);
		if ((d->flags & M_FD) == 0)
			continue;
		if (((d->from & ROLE_BIT(a)) && (d->to & ROLE_BIT(b))) ||
		    ((d->from & ROLE_BIT(b)) && (d->to & ROLE_BIT(a))))
			return 1;
	}
	return 0;
}

struct chan *
chan_new(struct proc *p, int fd, uint32_t role, uint32_t instance)
{
	struct chan	*c;
	int		 flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return NULL;
	c->proc = p;
	c->fd = fd;
	c->role = role;
	c->instance = instance;
	if (imsgbuf_init(&c->ibuf, fd) == -1) {
		free(c);
		return NULL;
	}
	if (passes_descriptors(p->role, role))
		imsgbuf_allow_fdpass(&c->ibuf);
	imsgbuf_set_maxsize(&c->ibuf, MSG_MAX_SIZE + IMSG_HEADER_SIZE);
	imsgbuf_set_wipe(&c->ibuf, 1);
	event_set(&c->ev_read, fd, EV_READ | EV_PERSIST, chan_readable, c);
	event_set(&c->ev_write, fd, EV_WRITE, chan_writable, c);
	event_add(&c->ev_read, NULL);
	return c;
}

static void
chan_free(struct chan *c)
{
	struct proc	*p = c->proc;

	if (p->peers[c->role][c->instance] == c) {
		p->peers[c->role][c->instance] = NULL;
		if (p->ops != NULL && p->ops->peer_down != NULL)
			p->ops->peer_down(p->env, c->role, c->instance);
	}
	if (c->closed != NULL)
		c->closed(c);
	imsgbuf_clear(&c->ibuf);
	close(c->fd);
	free(c);
}

void
chan_close(struct chan *c)
{
	if (c == NULL || c->dead)
		return;
	c->dead = 1;
	event_del(&c->ev_read);
	event_del(&c->ev_write);
	if (!c->busy)
		chan_free(c);
}

void
chan_pause(struct chan *c)
{
	if (!c->dead && !c->paused)
		event_del(&c->ev_read);
	c->paused = 1;
}

void
chan_resume(struct chan *c)
{
	if (!c->dead && c->paused)
		event_add(&c->ev_read, NULL);
	c->paused = 0;
}

struct chan *
proc_peer(struct proc *p, uint32_t role)
{
	return p->peers[role][0];
}

void
proc_violation(struct proc *p, struct chan *c, uint32_t type,
    const char *reason)
{
	p->bad_messages++;
	if (p->violation != NULL)
		p->violation(p, c, type, reason);
	chan_close(c);
}

int
chan_send(struct chan *c, enum msg_type type, const void *msg, int fd)
{
	const struct msg_desc	*d = msg_lookup(type);
	uint8_t			 buf[MSG_MAX_SIZE];
	ssize_t			 len;
	int			 ret = -1;

	if (c == NULL || c->dead || d == NULL)
		goto done;
	if (imsgbuf_queuebytes(&c->ibuf) > CHAN_QUEUE_MAX) {
		proc_violation(c->proc, c, type, "does not read its channel");
		goto done;
	}
	if ((len = msg_encode(d, msg, buf, sizeof(buf))) == -1) {
		log_warnx("message %s to %s breaks its own limits", d->name,
		    role_name(c->role));
		goto done;
	}
	if (imsg_compose(&c->ibuf, type, 0, 0, fd, buf, (size_t)len) != -1) {
		fd = -1;
		event_add(&c->ev_write, NULL);
		ret = 0;
	}
	if (d->flags & M_SECRET)
		explicit_bzero(buf, (size_t)len);
 done:
	if (fd != -1)
		close(fd);
	return ret;
}

int
chan_flush(struct chan *c, int timeout_ms)
{
	struct pollfd	 pfd;

	while (!c->dead && imsgbuf_queuelen(&c->ibuf) > 0) {
		pfd.fd = c->fd;
		pfd.events = POLLOUT;
		if (poll(&pfd, 1, timeout_ms) != 1)
			return -1;
		if (imsgbuf_write(&c->ibuf) == -1)
			return -1;
	}
	return c->dead ? -1 : 0;
}

static void
chan_writable(int fd, short event, void *arg)
{
	struct chan	*c = arg;

	(void)fd;
	(void)event;
	if (imsgbuf_write(&c->ibuf) == -1) {
		chan_close(c);
		return;
	}
	if (imsgbuf_queuelen(&c->ibuf) > 0)
		event_add(&c->ev_write, NULL);
}

/* Runs the handler of a message that is as the table wants it. */
static void
chan_dispatch(struct chan *c, uint32_t type, const void *msg, int fd)
{
	struct proc	*p = c->proc;

	if (p->ops != NULL && p->ops->around != NULL)
		p->ops->around(p->env, c);
	if (p->ops != NULL && p->ops->admit != NULL &&
	    !p->ops->admit(p->env, c, type, msg)) {
		if (fd != -1)
			close(fd);
	} else
		p->index[type](p->env, c, msg, fd);
	if (p->ops != NULL && p->ops->around != NULL)
		p->ops->around(p->env, NULL);
}

/* Checks one message and runs its handler. */
static void
chan_deliver(struct chan *c, struct imsg *imsg, union msg_any *any)
{
	struct proc		*p = c->proc;
	uint32_t		 type = imsg_get_type(imsg);
	const struct msg_desc	*d = msg_lookup(type);
	enum msg_error		 error = MSG_ERR_TYPE;
	int			 fd = imsg_get_fd(imsg);
	struct ibuf		 body;

	if (d != NULL)
		error = msg_permit(d, c->role, p->role, p->phase, fd != -1);
	if (error == MSG_OK && p->index[type] == NULL)
		error = MSG_ERR_TO;
	if (error == MSG_OK && (d->flags & M_ONCE) && c->seen[type])
		error = MSG_ERR_TWICE;
	if (error == MSG_OK && imsg_get_len(imsg) == 0)
		error = msg_decode(d, NULL, 0, any);
	else if (error == MSG_OK && imsg_get_ibuf(imsg, &body) == -1)
		error = MSG_ERR_SHORT;
	else if (error == MSG_OK)
		error = msg_decode(d, ibuf_data(&body), ibuf_size(&body), any);
	if (error != MSG_OK) {
		if (fd != -1)
			close(fd);
		proc_violation(p, c, type, msg_strerror(error));
		return;
	}
	c->seen[type] = 1;
	chan_dispatch(c, type, any, fd);
	if (d->flags & M_SECRET)
		explicit_bzero(any, d->size);
}

/* One read and every message that is complete after it. */
static void
chan_batch(struct chan *c)
{
	struct imsg	 imsg;
	union msg_any	 any;
	int		 n;

	n = imsgbuf_read(&c->ibuf);
	if (n == -1 && errno == ERANGE) {
		/* A length that no message has. */
		proc_violation(c->proc, c, MSG_NONE, "bad framing");
	} else if (n != 1) {
		if (n == -1)
			log_debug("channel to %s: %s", role_name(c->role),
			    strerror(errno));
		chan_close(c);
	}
	while (!c->dead) {
		if ((n = imsgbuf_get(&c->ibuf, &imsg)) == 0)
			break;
		if (n == -1) {
			proc_violation(c->proc, c, MSG_NONE, "bad framing");
			break;
		}
		chan_deliver(c, &imsg, &any);
		imsg_free(&imsg);
	}
}

static void
chan_readable(int fd, short event, void *arg)
{
	struct chan	*c = arg;

	(void)fd;
	(void)event;
	c->busy = 1;
	chan_batch(c);
	c->busy = 0;
	if (c->dead)
		chan_free(c);
}

void
chan_again(struct chan *c, uint32_t type, const void *msg)
{
	if (c->dead)
		return;
	c->busy = 1;
	chan_dispatch(c, type, msg, -1);
	c->busy = 0;
	if (c->dead)
		chan_free(c);
}

void
chan_drain(struct chan *c)
{
	struct pollfd	 pfd = { c->fd, POLLIN, 0 };

	c->busy = 1;
	while (!c->dead && poll(&pfd, 1, 0) == 1)
		chan_batch(c);
	c->busy = 0;
	if (c->dead)
		chan_free(c);
}
