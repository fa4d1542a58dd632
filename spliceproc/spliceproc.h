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
 * spliceproc: joins two clients of the relay that present the same code, and
 * forwards bytes between them.  It holds listening sockets, hashes of codes
 * and connections; no key, no file, nothing that outlives it.  It reads 24
 * bytes of each client and looks at none after them.
 */

#ifndef SPLICEPROC_SPLICEPROC_H
#define SPLICEPROC_SPLICEPROC_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <event.h>
#include <stdint.h>

#include "proc/proc.h"
#include "relay/relay.h"
#include "sandbox/sandbox.h"
#include "spliceproc/mover.h"

#define SPLICE_LISTENERS_MAX	16
#define SPLICE_ACCEPT_BURST	64	/* connections per wake-up */
#define SPLICE_ACCEPT_PAUSE_S	1	/* without descriptors */
#define SPLICE_HANDSHAKES_MAX	4096	/* clients without a preface */
#define SPLICE_CODES_MAX	16384
#define SPLICE_BUCKETS		4096	/* of codes, a power of two */
#define SPLICE_RATE_MAX		1000000000000ULL /* bytes a second */
#define SPLICE_PAIRS_MAX	1000000
#define SPLICE_BURST		(2 * MOVER_CHUNK) /* of one flow, each turn */
#define SPLICE_TICK_MS		20	/* filling of empty token buckets */
#define SPLICE_GRAIN_MS		50	/* of all deadlines */
#define SPLICE_LOAD_MS		1000	/* between two reports */
#define SPLICE_FILES_BASE	64	/* descriptors of every process */
#define SPLICE_FILES_MIN	192
#define SPLICE_OTHERS_MIN	256	/* that pairs do not take */
#define SPLICE_PIPES_MAX	4096	/* then bytes are copied */

struct env;
struct leg;
struct pair;

/* What discovery has announced; gone when both sides have been used. */
struct code {
	LIST_ENTRY(code)	 bucket;
	RB_ENTRY(code)		 by_end;
	uint8_t			 hash[RELAY_HASH_LEN];
	uint64_t		 end_ms;
	struct leg		*leg;		/* the one that waits */
	uint32_t		 id;
};

LIST_HEAD(code_bucket, code);
RB_HEAD(code_tree, code);

enum leg_state { LEG_HANDSHAKE, LEG_WAITING, LEG_JOINED };

/* One connection. */
struct leg {
	TAILQ_ENTRY(leg)	 entry;		/* of handshakes */
	struct event		 readable;
	struct event		 writable;
	struct env		*env;
	struct code		*code;		/* while it waits */
	struct pair		*pair;		/* once it is joined */
	uint64_t		 end_ms;	/* of the handshake */
	int			 fd;
	uint8_t			 state;
	uint8_t			 side;
	uint8_t			 have;		/* bytes of the preface */
	uint8_t			 preface[RELAY_PREFACE_LEN];
};

TAILQ_HEAD(leg_list, leg);

/* One direction of a pair; number 0 is from legs[0] to legs[1]. */
struct flow {
	struct hold	 hold;
	uint8_t		 ended;		/* and its end was passed on */
	uint8_t		 blocked;	/* waits for room */
};

struct pair {
	TAILQ_ENTRY(pair)	 entry;		/* least active first */
	TAILQ_ENTRY(pair)	 limit_entry;
	struct env		*env;
	struct leg		*legs[RELAY_SIDES];
	struct flow		 flows[RELAY_SIDES];
	uint64_t		 active_ms;
	uint64_t		 filled_ms;	/* when tokens was right */
	uint64_t		 tokens;	/* bytes that may be read */
	uint8_t			 limited;	/* not read until the tick */
};

TAILQ_HEAD(pair_list, pair);

struct env {
	struct proc		 proc;
	/* Configuration. */
	int			 listeners[SPLICE_LISTENERS_MAX];
	struct event		 listen_events[SPLICE_LISTENERS_MAX];
	size_t			 nlisteners;
	uint64_t		 rate;		/* bytes a second, 0 any */
	uint64_t		 burst;		/* size of the bucket */
	uint32_t		 idle_ms;	/* 0: for ever */
	uint32_t		 handshake_ms;
	uint32_t		 pairs_max;
	const struct mover	*mover;
	/* State. */
	struct leg_list		 handshakes;	/* oldest first */
	struct code_bucket	 buckets[SPLICE_BUCKETS];
	struct code_tree	 codes;
	struct pair_list	 pairs;
	struct pair_list	 limited;
	uint32_t		 nhandshakes;
	uint32_t		 handshakes_max;
	uint32_t		 ncodes;
	uint32_t		 nwaiting;
	uint32_t		 npairs;
	uint64_t		 bytes;
	uint64_t		 refused;
	/* Timers. */
	struct event		 resume;	/* accepting */
	struct event		 deadline;
	struct event		 tick;
	struct event		 load;
	uint64_t		 armed_ms;	/* when deadline fires, or 0 */
	uint64_t		 told_ms;	/* when load was sent */
	int			 load_waits;
};

extern const struct sandbox_policy	spliceproc_sandbox;

/* main.c: something that RELAY_LOAD tells has changed. */
void		 load_changed(struct env *);

/* accept.c: connections until they have said who they are. */
void		 accept_start(struct env *);
/* Ends a leg that is in no pair; counted. */
void		 leg_refuse(struct leg *);
/* Closes and frees; with abort set the other end sees a reset. */
void		 leg_free(struct leg *, int abort);

/* codes.c */
void		 codes_init(struct env *);
void		 codes_add(struct env *, const struct msg_relay_code *);
/*
 * The leg has presented this code: it waits, or its pair is made; -1 when
 * there is no such code, or that side of it was used.
 */
int		 codes_present(struct leg *, const struct relay_preface *);
/* A leg that waited is gone: so is its code. */
void		 code_free(struct env *, struct code *);
/* Ends codes, and those who wait for them; returns the next end or 0. */
uint64_t	 codes_expire(struct env *, uint64_t now);

/* pair.c */
void		 pairs_init(struct env *);
/* Owns both legs from here on. */
void		 pair_new(struct leg *, struct leg *);
void		 pair_leg_readable(struct leg *);
void		 pair_leg_writable(struct leg *);
/* Ends pairs that are idle; returns when the next one would be, or 0. */
uint64_t	 pairs_expire(struct env *, uint64_t now);

/* timer.c: one timer for all deadlines; call after one was added. */
void		 timer_init(struct env *);
void		 timer_arm(struct env *);
void		 timer_set(struct event *, uint64_t ms);

#endif /* SPLICEPROC_SPLICEPROC_H */
