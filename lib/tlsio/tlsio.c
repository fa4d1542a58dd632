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
 * The life of one connection: handshake, both directions at once, a bounded
 * queue, two time limits, and an orderly end.  Trusts nothing the other side
 * sends; TLS may want to write in order to read and the other way round, so
 * every event tries everything that is possible.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "tlsio/tlscert.h"
#include "tlsio/tlsio.h"

#define READ_SIZE	16384	/* one TLS record */
#define READS_PER_EVENT	4	/* then others have their turn */
#define WRITE_SIZE	16384
#define QUEUE_CHUNK	4096	/* the queue grows by this much at least */
#define LINGER_MAX	65536	/* bytes thrown away at the end */

enum tlsio_state {
	IO_HANDSHAKE,
	IO_OPEN,
	IO_CLOSING,		/* what is queued, then close_notify */
	IO_LINGER,		/* until the other side has read it */
	IO_FAILED,		/* closed is still to be called */
	IO_DONE
};

struct tlsio {
	struct tls		*tls;
	int			 fd;
	enum tlsio_state	 state;
	const struct tlsio_ops	*ops;
	void			*arg;
	struct event		 ev_read;
	struct event		 ev_write;
	struct event		 timer;
	int			 armed;		/* EV_READ, EV_WRITE */
	int			 busy;
	int			 freed;
	int			 peer_closed;
	int			 paused;
	uint8_t			*queue;
	size_t			 head, tail, cap;
	size_t			 queue_max;
	uint64_t		 rx, tx;
	uint64_t		 last_rx;	/* monotonic ms */
	uint64_t		 idle;
	uint64_t		 deadline;	/* 0: none */
	size_t			 lingered;
	char			 deadline_reason[TLSIO_REASON_MAX];
	char			 reason[TLSIO_REASON_MAX];
};

static void	 io_step(struct tlsio *);

static void
io_event(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	io_step(arg);
}

static void
io_arm(struct tlsio *io, int want)
{
	if (want == io->armed)
		return;
	if ((want ^ io->armed) & EV_READ) {
		if (want & EV_READ)
			event_add(&io->ev_read, NULL);
		else
			event_del(&io->ev_read);
	}
	if ((want ^ io->armed) & EV_WRITE) {
		if (want & EV_WRITE)
			event_add(&io->ev_write, NULL);
		else
			event_del(&io->ev_write);
	}
	io->armed = want;
}

/* Sleep until the nearer of the two limits. */
static void
timer_set(struct tlsio *io)
{
	uint64_t	 now = clock_mono_ms(), due = io->deadline, wait;
	struct timeval	 tv;

	if (io->state == IO_FAILED || io->state == IO_DONE)
		return;
	if (io->idle != 0 && (io->state == IO_HANDSHAKE ||
	    io->state == IO_OPEN) &&
	    (due == 0 || io->last_rx + io->idle < due))
		due = io->last_rx + io->idle;
	if (due == 0) {
		evtimer_del(&io->timer);
		return;
	}
	wait = due > now ? due - now : 0;
	tv.tv_sec = (time_t)(wait / 1000);
	tv.tv_usec = (suseconds_t)(wait % 1000 * 1000);
	evtimer_add(&io->timer, &tv);
}

/* It ends; closed is called from the event loop, not from here. */
static void
io_fail(struct tlsio *io, const char *reason)
{
	struct timeval	 now = { 0, 0 };

	if (io->state == IO_FAILED || io->state == IO_DONE)
		return;
	if (io->state != IO_CLOSING && io->state != IO_LINGER)
		log_safe(io->reason, sizeof(io->reason), reason);
	io->state = IO_FAILED;
	io_arm(io, 0);
	evtimer_add(&io->timer, &now);
}

static void
io_report(struct tlsio *io)
{
	io->state = IO_DONE;
	io->busy++;
	io->ops->closed(io->arg, io->reason);
	if (--io->busy == 0 && io->freed)
		free(io);
}

static void
on_timer(int fd, short event, void *arg)
{
	struct tlsio	*io = arg;
	uint64_t	 now = clock_mono_ms();
	char		 text[64];

	(void)fd;
	(void)event;
	if (io->state == IO_FAILED) {
		io_report(io);
		return;
	}
	if (io->deadline != 0 && now >= io->deadline)
		io_fail(io, io->deadline_reason);
	else if (io->idle != 0 && now - io->last_rx >= io->idle) {
		snprintf(text, sizeof(text), "nothing heard for %llu s",
		    (unsigned long long)(io->idle / 1000));
		io_fail(io, text);
	} else
		timer_set(io);
}

/* The library's words for an end without good-bye are of no use. */
static void
io_fail_tls(struct tlsio *io)
{
	const char	*text = tls_error(io->tls);

	if (text == NULL || strstr(text, "EOF") != NULL ||
	    strstr(text, "eof") != NULL || strstr(text, "Success") != NULL ||
	    strstr(text, "reset by peer") != NULL ||
	    strstr(text, "Broken pipe") != NULL)
		io_fail(io, "closed by the other side");
	else
		io_fail(io, text);
}

static void
io_handshake(struct tlsio *io, int *want)
{
	switch (tls_handshake(io->tls)) {
	case 0:
		io->last_rx = clock_mono_ms();
		io->state = IO_OPEN;
		io->ops->ready(io->arg);
		break;
	case TLS_WANT_POLLIN:
		*want |= EV_READ;
		break;
	case TLS_WANT_POLLOUT:
		*want |= EV_WRITE;
		break;
	default:
		io_fail_tls(io);
		break;
	}
}

static void
io_read_end(struct tlsio *io)
{
	io->peer_closed = 1;
	strlcpy(io->reason, "closed by the other side", sizeof(io->reason));
	io->state = IO_CLOSING;
	io->deadline = clock_mono_ms() + TLSIO_CLOSE_MS;
	timer_set(io);
}

static void
io_read(struct tlsio *io, int *want)
{
	uint8_t	 buf[READ_SIZE];
	ssize_t	 n;
	int	 i;

	for (i = 0; i < READS_PER_EVENT && io->state == IO_OPEN &&
	    !io->freed && !io->paused; i++) {
		n = tls_read(io->tls, buf, sizeof(buf));
		if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT) {
			*want |= n == TLS_WANT_POLLIN ? EV_READ : EV_WRITE;
			return;
		}
		if (n == 0) {
			io_read_end(io);
			return;
		}
		if (n < 0) {
			io_fail_tls(io);
			return;
		}
		io->rx += (uint64_t)n;
		io->last_rx = clock_mono_ms();
		io->ops->data(io->arg, buf, (size_t)n);
		/* Enrolment keys and check passwords pass here. */
		explicit_bzero(buf, (size_t)n);
	}
	if (io->state == IO_OPEN && !io->freed && !io->paused) {
		/* The rest may be in the library and not in the socket. */
		*want |= EV_READ;
		event_active(&io->ev_read, EV_READ, 1);
	}
}

static void
io_write(struct tlsio *io, int *want)
{
	size_t	 len;
	ssize_t	 n;
	int	 had = io->head < io->tail;

	while (io->head < io->tail) {
		len = io->tail - io->head;
		if (len > WRITE_SIZE)
			len = WRITE_SIZE;
		n = tls_write(io->tls, io->queue + io->head, len);
		if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT) {
			*want |= n == TLS_WANT_POLLIN ? EV_READ : EV_WRITE;
			return;
		}
		if (n <= 0) {
			io_fail_tls(io);
			return;
		}
		explicit_bzero(io->queue + io->head, (size_t)n);
		io->head += (size_t)n;
		io->tx += (uint64_t)n;
	}
	io->head = io->tail = 0;
	free(io->queue);
	io->queue = NULL;
	io->cap = 0;
	if (had && io->state == IO_OPEN && io->ops->drained != NULL)
		io->ops->drained(io->arg);
	if (!io->freed && io->head < io->tail)
		*want |= EV_WRITE;
}

/* All is sent: say good-bye, and wait until it can have been read. */
static void
io_goodbye(struct tlsio *io, int *want)
{
	switch (tls_close(io->tls)) {
	case TLS_WANT_POLLIN:
		*want |= EV_READ;
		return;
	case TLS_WANT_POLLOUT:
		*want |= EV_WRITE;
		return;
	}
	if (io->peer_closed || shutdown(io->fd, SHUT_WR) == -1) {
		io_fail(io, io->reason);
		return;
	}
	/* Closing now could destroy on the way what was just sent. */
	io->state = IO_LINGER;
}

static void
io_linger(struct tlsio *io, int *want)
{
	uint8_t	 buf[4096];
	ssize_t	 n;

	while ((n = read(io->fd, buf, sizeof(buf))) > 0) {
		io->lingered += (size_t)n;
		if (io->lingered > LINGER_MAX)
			break;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		*want |= EV_READ;
	else
		io_fail(io, io->reason);
}

static void
io_step(struct tlsio *io)
{
	int	 want = 0;

	io->busy++;
	if (io->state == IO_HANDSHAKE)
		io_handshake(io, &want);
	if (io->state == IO_OPEN && !io->freed)
		io_read(io, &want);
	if ((io->state == IO_OPEN || io->state == IO_CLOSING) && !io->freed)
		io_write(io, &want);
	if (io->state == IO_CLOSING && io->head == io->tail && !io->freed)
		io_goodbye(io, &want);
	if (io->state == IO_LINGER && !io->freed)
		io_linger(io, &want);
	if (!io->freed && io->state < IO_FAILED)
		io_arm(io, want);
	if (--io->busy == 0 && io->freed)
		free(io);
}

static struct tlsio *
io_new(int fd, size_t queue_max, const struct tlsio_ops *ops, void *arg)
{
	struct tlsio	*io = calloc(1, sizeof(*io));

	if (io == NULL)
		return NULL;
	io->fd = fd;
	io->queue_max = queue_max;
	io->ops = ops;
	io->arg = arg;
	io->last_rx = clock_mono_ms();
	event_set(&io->ev_read, fd, EV_READ | EV_PERSIST, io_event, io);
	event_set(&io->ev_write, fd, EV_WRITE | EV_PERSIST, io_event, io);
	evtimer_set(&io->timer, on_timer, io);
	return io;
}

struct tlsio *
tlsio_connect(struct tls_config *config, int fd, const char *name,
    size_t queue_max, const struct tlsio_ops *ops, void *arg)
{
	struct tlsio	*io = io_new(fd, queue_max, ops, arg);

	if (io == NULL)
		return NULL;
	if ((io->tls = tls_client()) == NULL ||
	    tls_configure(io->tls, config) == -1 ||
	    tls_connect_socket(io->tls, fd, name) == -1) {
		log_debug("tls: %s", io->tls == NULL ? "no memory" :
		    tls_error(io->tls));
		tls_free(io->tls);
		free(io);
		errno = EINVAL;
		return NULL;
	}
	io_arm(io, EV_WRITE);
	return io;
}

struct tlsio *
tlsio_accept(struct tls *server, int fd, size_t queue_max,
    const struct tlsio_ops *ops, void *arg)
{
	struct tlsio	*io = io_new(fd, queue_max, ops, arg);

	if (io == NULL)
		return NULL;
	if (tls_accept_socket(server, &io->tls, fd) == -1) {
		log_debug("tls: %s", tls_error(server));
		free(io);
		errno = ENOMEM;
		return NULL;
	}
	io_arm(io, EV_READ);
	return io;
}

/* Room for len more bytes, moving what is queued to the front first. */
static int
queue_room(struct tlsio *io, size_t len)
{
	size_t	 used = io->tail - io->head, cap;
	uint8_t	*queue;

	if (len <= io->cap - io->tail)
		return 0;
	cap = used + len < QUEUE_CHUNK ? QUEUE_CHUNK : (used + len) * 2;
	if (cap > io->queue_max)
		cap = io->queue_max;
	if ((queue = malloc(cap)) == NULL)
		return -1;
	if (used != 0)
		memcpy(queue, io->queue + io->head, used);
	if (io->queue != NULL)
		freezero(io->queue, io->cap);
	io->queue = queue;
	io->cap = cap;
	io->head = 0;
	io->tail = used;
	return 0;
}

int
tlsio_write(struct tlsio *io, const void *data, size_t len)
{
	if (io->state != IO_OPEN && io->state != IO_HANDSHAKE)
		return -1;
	if (len == 0)
		return 0;
	if (len > io->queue_max - (io->tail - io->head)) {
		io_fail(io, "the other side does not read what it is sent");
		return -1;
	}
	if (queue_room(io, len) == -1) {
		io_fail(io, "out of memory");
		return -1;
	}
	memcpy(io->queue + io->tail, data, len);
	io->tail += len;
	/* In a callback the same event goes on to write. */
	if (!io->busy)
		io_arm(io, io->armed | EV_WRITE);
	return 0;
}

void
tlsio_close(struct tlsio *io, const char *reason)
{
	if (io->state == IO_HANDSHAKE)
		io_fail(io, reason);
	if (io->state != IO_OPEN)
		return;
	log_safe(io->reason, sizeof(io->reason), reason);
	io->state = IO_CLOSING;
	io->deadline = clock_mono_ms() + TLSIO_CLOSE_MS;
	timer_set(io);
	if (!io->busy)
		io_arm(io, io->armed | EV_WRITE);
}

void
tlsio_free(struct tlsio *io)
{
	if (io == NULL || io->freed)
		return;
	io->freed = 1;
	io_arm(io, 0);
	event_del(&io->ev_read);	/* it may be active all the same */
	evtimer_del(&io->timer);
	tls_free(io->tls);
	io->tls = NULL;
	close(io->fd);
	if (io->queue != NULL)
		freezero(io->queue, io->cap);
	io->queue = NULL;
	io->head = io->tail = io->cap = 0;
	if (!io->busy)
		free(io);
}

void
tlsio_set_idle(struct tlsio *io, uint64_t ms)
{
	io->idle = ms;
	timer_set(io);
}

void
tlsio_set_deadline(struct tlsio *io, uint64_t ms, const char *reason)
{
	/* The end has its own. */
	if (io->state != IO_HANDSHAKE && io->state != IO_OPEN)
		return;
	io->deadline = ms == 0 ? 0 : clock_mono_ms() + ms;
	strlcpy(io->deadline_reason, reason, sizeof(io->deadline_reason));
	timer_set(io);
}

void
tlsio_pause(struct tlsio *io)
{
	io->paused = 1;
	if (!io->busy)
		io_arm(io, io->armed & ~EV_READ);
}

void
tlsio_resume(struct tlsio *io)
{
	if (!io->paused)
		return;
	io->paused = 0;
	/* Bytes may wait in the library and not in the socket. */
	if (io->state == IO_OPEN) {
		io_arm(io, io->armed | EV_READ);
		event_active(&io->ev_read, EV_READ, 1);
	}
}

const char *
tlsio_protocol(const struct tlsio *io)
{
	const char	*name = NULL;

	if (io->tls != NULL)
		name = tls_conn_alpn_selected(io->tls);
	return name != NULL ? name : "";
}

int
tlsio_peer_hash(const struct tlsio *io, uint8_t hash[32])
{
	const char	*text;

	if (io->tls == NULL || (text = tls_peer_cert_hash(io->tls)) == NULL)
		return -1;
	return tlscert_pin_parse(text, hash);
}

uint64_t
tlsio_rx(const struct tlsio *io)
{
	return io->rx;
}

uint64_t
tlsio_tx(const struct tlsio *io)
{
	return io->tx;
}

size_t
tlsio_queued(const struct tlsio *io)
{
	return io->tail - io->head;
}
