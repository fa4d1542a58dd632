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
 * Peers that call: connections to the port that the configuration names, for
 * networks out of which there is no other way.  A caller is a stranger until
 * its first packet, which has to be an authentic check of an introduction;
 * then its connection is a stream of that peer like any other.
 */

#ifndef NETPROC_CALLER_H
#define NETPROC_CALLER_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "netproc/frames.h"
#include "stun/stun.h"

#define NET_CALLERS_MAX		64	/* strangers; then the oldest goes */
#define NET_CALLERS_SOURCE	8	/* of one IPv4 address or IPv6 /64 */
#define NET_CALLERS_BURST	16	/* accepted in one turn */
#define NET_CALLERS_PER_SEC	1000	/* the others wait */
#define NET_CALLER_MS		5000	/* until the check is there */

struct env;
struct msg_cands;

struct net_caller {
	struct env	*env;
	int		 fd;		/* -1: no caller */
	struct endpoint	 remote, local;
	uint64_t	 number;	/* they are counted */
	uint64_t	 due;		/* then it is shown out */
	size_t		 have;		/* bytes of the first packet */
	uint8_t		 buf[FRAME_HEADER + STUN_MESSAGE_MAX];
	struct event	 event;
};

struct net_callers {
	int			 fd4, fd6;	/* listening, or -1 */
	uint16_t		 port4, port6;	/* 0: not listening */
	int			 paused;	/* until the second is over */
	unsigned int		 count;		/* accepted in it */
	uint64_t		 second;	/* its begin */
	struct event		 ev4, ev6;
	struct net_caller	 caller[NET_CALLERS_MAX];
};

/* A socket of the parent, which is ours from now on. */
void		 callers_socket(struct env *, int fd);
/* Before the sandbox: without TCP there are no callers. */
void		 callers_prepare(struct env *);
void		 callers_start(struct env *);
uint64_t	 callers_tick(struct env *, uint64_t now);
/* 0: nobody can call by this family. */
uint16_t	 callers_port(const struct env *, int family);
/* The port, at each of our addresses. */
void		 callers_local(const struct env *, struct msg_cands *);

#endif /* NETPROC_CALLER_H */
