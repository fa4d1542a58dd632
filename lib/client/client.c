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
 * See client.h.  Runs in the command-line tools with the rights of whoever
 * started them; the bytes that come back are trusted no more than a
 * stranger's.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/client.h"
#include "imsg/imsg.h"

#define RETRY_MS	50	/* the daemon's queue of clients is full */

struct client_link {
	struct imsgbuf	 ib;
	int		 fd;
};

static enum client_code	 client_fail(struct client *, enum client_code,
			    const char *, ...)
			    __attribute__((format(printf, 3, 4)));
static enum client_code	 client_connect(struct client *, uint64_t, int *);
static enum client_code	 client_refuse(struct client *, int);
static enum client_code	 client_send(struct client *, struct imsgbuf *,
			    uint64_t, uint32_t, const void *);
static enum client_code	 client_receive(struct client *, struct imsgbuf *,
			    uint64_t);
static int		 client_wait(int, short, uint64_t);

void
client_init(struct client *c, uint32_t role, const char *path)
{
	memset(c, 0, sizeof(*c));
	c->path = path;
	c->self = role;
	c->timeout_ms = CLIENT_TIMEOUT_MS;
	c->fd = -1;
	if (role == ROLE_ENCLAVECTL) {
		c->daemon = "enclaved";
		c->peer = ROLE_CTL;
		c->last = MSG_CLIENT_RESULT;
	} else {
		c->daemon = "enclave-discoveryd";
		c->peer = ROLE_STORE;
		c->last = MSG_ADMIN_RESULT;
	}
}

void
client_clear(struct client *c)
{
	explicit_bzero(c->text, sizeof(c->text));
}

static enum client_code
client_fail(struct client *c, enum client_code code, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(c->text, sizeof(c->text), fmt, ap);
	va_end(ap);
	return code;
}

/* 1 when fd is ready, 0 when the deadline has passed, -1. */
static int
client_wait(int fd, short events, uint64_t deadline)
{
	struct pollfd	 pfd;
	uint64_t	 now;
	int		 n;

	for (;;) {
		now = clock_mono_ms();
		if (now >= deadline)
			return 0;
		pfd.fd = fd;
		pfd.events = events;
		pfd.revents = 0;
		n = poll(&pfd, 1, (int)(deadline - now));
		if (n != -1 || errno != EINTR)
			return n;
	}
}

/* The sentence for a connection that did not come about. */
static enum client_code
client_refuse(struct client *c, int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		return client_fail(c, CLIENT_NOT_RUNNING, "%s is not running "
		    "(no answer on %s): start it with \"%s\" as root",
		    c->daemon, c->path, c->daemon);
	case EACCES:
	case EPERM:
		return client_fail(c, CLIENT_REFUSED, "you may not use %s: "
		    "ask for membership of its group", c->path);
	case EAGAIN:
		return client_fail(c, CLIENT_FAILED, "%s does not answer on "
		    "%s: it is too busy", c->daemon, c->path);
	default:
		return client_fail(c, CLIENT_FAILED, "cannot connect to %s: "
		    "%s", c->path, strerror(error));
	}
}

static enum client_code
client_connect(struct client *c, uint64_t deadline, int *fdp)
{
	struct sockaddr_un	 sun;
	int			 error, fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, c->path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path) || c->path[0] == '\0')
		return client_fail(c, CLIENT_USAGE, "a path of a socket has "
		    "1 to %zu characters", sizeof(sun.sun_path) - 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return client_fail(c, CLIENT_FAILED, "socket: %s",
		    strerror(errno));
	while (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		error = errno;
		if (error == EINTR)
			continue;
		if (error == EAGAIN && clock_mono_ms() < deadline) {
			poll(NULL, 0, RETRY_MS);
			continue;
		}
		close(fd);
		return client_refuse(c, error);
	}
	*fdp = fd;
	return CLIENT_DONE;
}

static enum client_code
client_late(struct client *c)
{
	return client_fail(c, CLIENT_FAILED, "%s did not answer within %d "
	    "seconds", c->daemon, c->timeout_ms / 1000);
}

static enum client_code
client_send(struct client *c, struct imsgbuf *ib, uint64_t deadline,
    uint32_t type, const void *msg)
{
	const struct msg_desc	*d = msg_lookup(type);
	uint8_t			 buf[MSG_MAX_SIZE];
	ssize_t			 len;
	int			 n;

	if (d == NULL || msg_permit(d, c->self, c->peer, P_RUN, 0) != MSG_OK ||
	    (len = msg_encode(d, msg, buf, sizeof(buf))) == -1)
		return client_fail(c, CLIENT_FAILED,
		    "the request breaks its own limits");
	n = imsg_compose(ib, type, 0, 0, -1, buf, (size_t)len);
	explicit_bzero(buf, (size_t)len);
	if (n == -1)
		return client_fail(c, CLIENT_FAILED, "%s", strerror(errno));
	while (imsgbuf_queuelen(ib) > 0) {
		if ((n = client_wait(ib->fd, POLLOUT, deadline)) == 0)
			return client_late(c);
		/* A daemon that closed may still have said why. */
		if (n == -1 || imsgbuf_write(ib) == -1)
			break;
	}
	return CLIENT_DONE;
}

/* The last message: both kinds have a code and a text. */
static enum client_code
client_result(struct client *c, const union msg_any *any)
{
	const char	*text;
	uint8_t		 code;

	if (c->last == MSG_CLIENT_RESULT) {
		code = any->client_result.code;
		text = any->client_result.text;
	} else {
		code = any->admin_result.code;
		text = any->admin_result.text;
	}
	c->answered = 1;
	strlcpy(c->text, text, sizeof(c->text));
	return code < CLIENT_CODE_MAX ? (enum client_code)code : CLIENT_FAILED;
}

/* One message: 1 when it was the last, 0, or -1 with the text set. */
static int
client_take(struct client *c, struct imsg *imsg, enum client_code *code)
{
	const struct msg_desc	*d = msg_lookup(imsg_get_type(imsg));
	union msg_any		 any;
	enum msg_error		 error = MSG_ERR_TYPE;
	struct ibuf		 body;
	int			 fd = imsg_get_fd(imsg), ret = 0;

	if (d != NULL)
		error = msg_permit(d, c->peer, c->self, P_RUN, fd != -1);
	if (error == MSG_OK && imsg_get_len(imsg) == 0)
		error = msg_decode(d, NULL, 0, &any);
	else if (error == MSG_OK && imsg_get_ibuf(imsg, &body) == -1)
		error = MSG_ERR_SHORT;
	else if (error == MSG_OK)
		error = msg_decode(d, ibuf_data(&body), ibuf_size(&body),
		    &any);
	/* At most one is kept. */
	if (fd != -1 && (error != MSG_OK || c->fd != -1))
		close(fd);
	else if (fd != -1)
		c->fd = fd;
	if (error != MSG_OK) {
		*code = client_fail(c, CLIENT_FAILED, "%s sent a malformed "
		    "answer (%s: %s): is it of another version than this "
		    "tool?", c->daemon, d == NULL ? "unknown" : d->name,
		    msg_strerror(error));
		return -1;
	}
	if (d->type == c->last) {
		*code = client_result(c, &any);
		ret = 1;
	} else if (c->row == NULL || c->row(c->arg, d->type, &any) == -1) {
		*code = client_fail(c, CLIENT_FAILED, "%s sent an answer that "
		    "makes no sense (%s)", c->daemon, d->name);
		ret = -1;
	}
	if (d->flags & M_SECRET)
		explicit_bzero(&any, d->size);
	return ret;
}

static enum client_code
client_receive(struct client *c, struct imsgbuf *ib, uint64_t deadline)
{
	enum client_code	 code = CLIENT_FAILED;
	struct imsg		 imsg;
	size_t			 rows = 0;
	int			 n, more = 1, got;

	for (;;) {
		while ((n = imsgbuf_get(ib, &imsg)) == 1) {
			got = client_take(c, &imsg, &code);
			imsg_free(&imsg);
			if (got != 0)
				return code;
			if (++rows >= CLIENT_ROWS_MAX)
				return client_fail(c, CLIENT_FAILED, "%s sent "
				    "more than %d rows", c->daemon,
				    CLIENT_ROWS_MAX);
		}
		if (n == -1 || more == -1)
			return client_fail(c, CLIENT_FAILED, "%s sent a "
			    "malformed answer (bad framing)", c->daemon);
		if (more == 0)
			return client_fail(c, CLIENT_FAILED, "%s closed the "
			    "connection before its answer was complete: see "
			    "its log", c->daemon);
		if ((n = client_wait(ib->fd, POLLIN, deadline)) == 0)
			return client_late(c);
		if (n == -1)
			return client_fail(c, CLIENT_FAILED, "poll: %s",
			    strerror(errno));
		more = imsgbuf_read(ib);
		if (more == -1 && errno != ERANGE)
			more = 0;
	}
}

enum client_code
client_open(struct client *c)
{
	struct client_link	*link;
	enum client_code	 code;
	int			 fd = -1;

	c->answered = 0;
	c->text[0] = '\0';
	code = client_connect(c, clock_mono_ms() + (uint64_t)c->timeout_ms,
	    &fd);
	if (code != CLIENT_DONE)
		return code;
	if ((link = calloc(1, sizeof(*link))) == NULL ||
	    imsgbuf_init(&link->ib, fd) == -1) {
		free(link);
		close(fd);
		return client_fail(c, CLIENT_FAILED, "%s", strerror(errno));
	}
	imsgbuf_allow_fdpass(&link->ib);
	imsgbuf_set_maxsize(&link->ib, MSG_MAX_SIZE);
	imsgbuf_set_wipe(&link->ib, 1);
	link->fd = fd;
	c->link = link;
	return CLIENT_DONE;
}

enum client_code
client_next(struct client *c, uint32_t type, const void *msg)
{
	enum client_code	 code;
	uint64_t		 deadline;

	c->answered = 0;
	c->text[0] = '\0';
	deadline = clock_mono_ms() + (uint64_t)c->timeout_ms;
	code = client_send(c, &c->link->ib, deadline, type, msg);
	if (code == CLIENT_DONE)
		code = client_receive(c, &c->link->ib, deadline);
	return code;
}

void
client_close(struct client *c)
{
	if (c->link == NULL)
		return;
	imsgbuf_clear(&c->link->ib);
	close(c->link->fd);
	free(c->link);
	c->link = NULL;
}

enum client_code
client_ask(struct client *c, uint32_t type, const void *msg)
{
	enum client_code	 code;

	if ((code = client_open(c)) != CLIENT_DONE)
		return code;
	code = client_next(c, type, msg);
	client_close(c);
	return code;
}
