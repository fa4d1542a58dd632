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
 * sockets that the parent bound, no key, no file and no state about anyone
 * but a bounded table of how often an address has asked.
 */

#ifndef STUNPROC_STUNPROC_H
#define STUNPROC_STUNPROC_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "proc/proc.h"
#include "sandbox/sandbox.h"

#define STUNPROC_SOCKETS_MAX	8
#define STUNPROC_BURST		64	/* datagrams per wake-up and socket */
#define STUNPROC_DATAGRAM_MAX	1500
#define STUNPROC_RATE		50	/* answers a second and source */
#define STUNPROC_SETS		2048
#define STUNPROC_WAYS		4

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

struct env {
	struct proc	 proc;
	struct listener	 listeners[STUNPROC_SOCKETS_MAX];
	size_t		 nlisteners;
	uint64_t	 seed;
	struct source	 sources[STUNPROC_SETS][STUNPROC_WAYS];
	uint64_t	 requests;
	uint64_t	 answers;
	uint64_t	 limited;	/* over STUNPROC_RATE */
	uint64_t	 ignored;	/* no request of ours */
};

extern const struct sandbox_policy	stunproc_sandbox;

/* limit.c: nonzero when this address may be answered once more. */
int	 limit_allow(struct env *, const struct endpoint *, uint64_t now_ms);

#endif /* STUNPROC_STUNPROC_H */
