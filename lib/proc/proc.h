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
 * What every process of the suite is: a role, a phase, a table of handlers
 * and channels to its neighbours.  A channel checks sender, receiver, phase,
 * descriptor and form of each message against messages.def before a handler
 * runs; what breaks the table from a sibling is reported to the parent, what
 * breaks it from a client closes that client.
 */

#ifndef PROC_PROC_H
#define PROC_PROC_H

#include <sys/types.h>
#include <sys/queue.h>

#include <event.h>
#include <stdint.h>

#include "imsg/imsg.h"
#include "msg/msg.h"

#define PROC_INSTANCES_MAX	8
#define PROC_PARENT_FD		3
#define CHAN_QUEUE_MAX		(8 * 1024 * 1024) /* bytes, then it is stuck */

struct chan;
struct proc;
struct sandbox_policy;

/*
 * msg is valid during the call only.  fd is -1 or belongs to the handler.
 * A handler must not free channels: chan_close marks them.
 */
typedef void (*proc_handler)(void *env, struct chan *, const void *msg,
    int fd);

struct handler {
	uint32_t	 type;
	proc_handler	 fn;
};

struct proc_ops {
	/* Unprivileged, before the sandbox: load, warm up, allocate. */
	void	(*prepare)(void *env);
	/* In the sandbox, in phase RUN. */
	void	(*run)(void *env);
	/* Before each message with its channel, after it with NULL. */
	void	(*around)(void *env, struct chan *);
	/* A channel to a sibling was opened (again) or closed. */
	void	(*peer_up)(void *env, uint32_t role, uint32_t instance);
	void	(*peer_down)(void *env, uint32_t role, uint32_t instance);
	/* The memory and the wake-ups of a ring pair to peer are complete. */
	void	(*ring)(void *env, uint32_t peer, uint32_t side, int mem,
		    size_t size, int wait, int kick);
	/* Before each handler in phase RUN: 0 keeps the message from it. */
	int	(*admit)(void *env, struct chan *, uint32_t type,
		    const void *msg);
	/* Wipe what must not outlive the process; may be NULL. */
	void	(*end)(void *env);
};

struct proc_ring_fds {
	int		 mem, wait;
	uint32_t	 side;
	uint32_t	 size;
};

struct proc {
	uint32_t			 role;
	uint32_t			 instance;
	uint32_t			 phase;
	int				 foreground;
	void				*env;
	const struct handler		*handlers;
	size_t				 nhandlers;
	const struct proc_ops		*ops;
	const struct sandbox_policy	*sandbox;
	struct chan			*parent;
	struct chan			*peers[ROLE_MAX][PROC_INSTANCES_MAX];
	struct proc_ring_fds		 ring[ROLE_MAX];
	proc_handler			 index[MSG_TYPE_MAX];
	/* Told when a channel breaks the table; NULL: only closed. */
	void				(*violation)(struct proc *,
					    struct chan *, uint32_t type,
					    const char *reason);
	uint64_t			 bad_messages;
};

struct chan {
	struct proc	*proc;
	struct imsgbuf	 ibuf;
	struct event	 ev_read;
	struct event	 ev_write;
	uint32_t	 role;		/* of the other end */
	uint32_t	 instance;
	int		 fd;
	int		 busy;
	int		 dead;
	int		 paused;
	uint8_t		 seen[MSG_TYPE_MAX];	/* for M_ONCE */
	void		*data;		/* the owner's */
	void		(*closed)(struct chan *);	/* before it is freed */
};

/*
 * Fill the dispatch index; every message this role may receive must have a
 * handler, and none that it may not (fatal otherwise).
 */
void		 proc_index(struct proc *, const struct handler *, size_t);

/* Channel on a connected stream socket, which it owns. NULL and errno. */
struct chan	*chan_new(struct proc *, int fd, uint32_t role,
		    uint32_t instance);

/* Marks it dead; frees at once or after the running batch. */
void		 chan_close(struct chan *);

/*
 * Queue one message.  fd (or -1) is owned by the channel from here on, also
 * on failure.  0, or -1 when the channel is dead, stuck or msg is malformed.
 */
int		 chan_send(struct chan *, enum msg_type, const void *msg,
		    int fd);

/* Write out what is queued, waiting at most timeout_ms.  0 or -1. */
int		 chan_flush(struct chan *, int timeout_ms);

/*
 * Handle what has arrived, without waiting; not from inside of a handler of
 * this channel, which may be freed when this returns.
 */
void		 chan_drain(struct chan *);

/*
 * Handle a message that admit has seen before and kept (a copy of it, and
 * none with a descriptor).  As chan_drain not from inside of a handler.
 */
void		 chan_again(struct chan *, uint32_t type, const void *msg);

/* Stop and resume reading (flow control). */
void		 chan_pause(struct chan *);
void		 chan_resume(struct chan *);

/* The channel to a sibling, NULL while it is down. */
struct chan	*proc_peer(struct proc *, uint32_t role);

/* A sibling broke a rule that the table cannot express. */
void		 proc_violation(struct proc *, struct chan *, uint32_t type,
		    const char *reason);

/*
 * The life of a child: takes the parent channel on PROC_PARENT_FD, drops
 * privileges on START, enters the sandbox on SETUP_DONE, runs the event loop
 * until the parent says SHUTDOWN or goes away.  Returns the exit code.
 */
int		 child_main(struct proc *);

/* Typed senders: int msg_send_<name>(chan, msg, fd). */
#define MSG_BEGIN(NAME, name, from, to, phase, flags)			\
static inline int							\
msg_send_##name(struct chan *c, const struct msg_##name *m, int fd)	\
{									\
	return chan_send(c, MSG_##NAME, m, fd);				\
}
#define MSG_END(NAME, name)
#include "msg/nofields.h"
#include "msg/messages.def"
#include "msg/undef.h"

#endif /* PROC_PROC_H */
