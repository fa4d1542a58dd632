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
 * stunproc: tells agents from where their packets arrive.  It holds UDP
 * and TCP sockets that the parent bound, no key, no file and no state about
 * anyone but open connections and a bounded table of how often an address
 * has asked.
 */

#ifndef STUNPROC_STUNPROC_H
#define STUNPROC_STUNPROC_H

#include <sys/types.h>
#include <sys/queue.h>

#include <event.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "proc/proc.h"
#include "sandbox/sandbox.h"

#define STUNPROC_SOCKETS_MAX	16	/* of each kind */
#define STUNPROC_BURST		64	/* datagrams per wake-up and socket */
#define STUNPROC_DATAGRAM_MAX	1500
#define STUNPROC_RATE		50	/* answers a second and source */
#define STUNPROC_SETS		2048
#define STUNPROC_WAYS		4
#define STUNPROC_STREAMS_MAX	4096	/* TCP connections */
#define STUNPROC_STREAM_MAX	548	/* bytes of one request over TCP */
#define STUNPROC_IDLE_MS	90000	/* between requests */
#define STUNPROC_ACCEPT_BURST	64
#define STUNPROC_ACCEPT_PAUSE_S	1	/* out of descriptors */

struct source {
	uint8_t		prefix[8];	/* IPv4 address or IPv6 /64 */
	uint8_t		family;		/* 0: free */
	uint32_t	count;		/* in this second */
	uint64_t	second_ms;	/* when it began */
};

struct env;

struct listener {
	struct event	 event;
	struct env	*env;
	int		 fd;
};

/* One TCP connection; the one that was silent longest is first. */
struct stream {
	TAILQ_ENTRY(stream)	 entry;
	struct event		 event;
	struct env		*env;
	struct endpoint		 from;
	uint64_t		 active_ms;
	size_t			 have;
	int			 fd;
	uint8_t			 buf[STUNPROC_STREAM_MAX];
};
TAILQ_HEAD(stream_list, stream);

struct env {
	struct proc	 proc;
	struct listener	 listeners[STUNPROC_SOCKETS_MAX];
	size_t		 nlisteners;
	struct listener	 acceptors[STUNPROC_SOCKETS_MAX];
	size_t		 nacceptors;
	struct stream_list streams;
	size_t		 nstreams;
	struct event	 idle_timer;
	struct event	 resume_timer;
	uint64_t	 seed;
	struct source	 sources[STUNPROC_SETS][STUNPROC_WAYS];
	uint64_t	 requests;
	uint64_t	 answers;
	uint64_t	 limited;	/* over STUNPROC_RATE */
	uint64_t	 ignored;	/* no request of ours */
};

extern const struct sandbox_policy	stunproc_sandbox;

/* main.c: the length of the answer to a request, or -1 for none. */
ssize_t	 stunproc_answer(struct env *, const uint8_t *req, size_t len,
	    const struct endpoint *from, uint8_t *out, size_t cap);

/* stream.c: STUN over TCP (RFC 8489 6.2.2). */
void	 stream_start(struct env *);

/* limit.c: nonzero when this address may be answered once more. */
int	 limit_allow(struct env *, const struct endpoint *, uint64_t now_ms);

#endif /* STUNPROC_STUNPROC_H */
