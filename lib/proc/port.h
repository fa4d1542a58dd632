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
 * One end of a ring pair in the event loop: read when the neighbour wakes
 * us, and given up, with a word to the parent, when it has broken the ring.
 * The parent then ends the neighbour and sends the memory of a new pair.
 */

#ifndef PROC_PORT_H
#define PROC_PORT_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "proc/place.h"
#include "proc/proc.h"
#include "ring/ring.h"

struct port {
	struct proc			*proc;
	struct ring_pair		*pair;
	struct place			*place;	/* of the process */
	const struct ring_reader	*reader;
	/* There is something to read: calls port_drain. */
	void				(*turn)(void *env);
	struct event			 event;
	struct event			 again;	/* the rest of a turn */
	uint32_t			 role;	/* of the neighbour */
	uint64_t			 broken;
	uint64_t			 records;	/* that place knows */
	uint64_t			 bytes;
};

/* A new pair in place of an old one; the descriptors are owned. */
void	port_attach(struct port *, uint32_t side, int mem, size_t size,
	    int wait, int kick);

/* Begin to listen, if there is a pair. */
void	port_start(struct port *);

/*
 * A turn of the process begins, at that time: on which processor should it
 * be?  port_drain does this itself.
 */
void	port_begin(struct port *, uint64_t now_ns);

/*
 * One turn of the reader, its argument is the process's env.  What is left
 * comes with another turn; a corrupt ring is detached and reported.
 */
enum ring_drained
	port_drain(struct port *);

/* The system's part: what to wait for, and what is to be done after it. */
extern const short	 port_events;
void	port_woken(struct port *);

#endif /* PROC_PORT_H */
