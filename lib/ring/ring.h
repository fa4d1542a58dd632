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
 * A pair of single-producer single-consumer rings in memory shared by
 * exactly two processes, each of which treats the other as compromised:
 * indices and headers are read once into locals and checked; whatever does
 * not fit makes the ring corrupt, and the owner resets that neighbour.
 * Nothing blocks: a full ring refuses the record.
 */

#ifndef RING_RING_H
#define RING_RING_H

#include <sys/types.h>

#include <stdint.h>

#include "base/endpoint.h"

#define RING_SIZE	(1024 * 1024)	/* bytes of data per direction */
#define RING_RECORD_MAX	(66 * 1024)	/* payload of one record */
#define RING_HEADER	64		/* bytes in front of each payload */

/* What a record is about; the meaning of peer and path is the users'. */
struct ring_record {
	uint32_t	 len;		/* payload bytes */
	uint32_t	 peer;
	uint32_t	 path;
	uint16_t	 count;		/* packets in the burst */
	uint16_t	 segment;	/* size of all packets but the last */
	uint8_t		 ecn;		/* RFC 3168 bits of the outer header */
	struct endpoint	 from;
};

struct ring_shared;

/* One direction as one side sees it. */
struct ring {
	struct ring_shared	*shared;
	uint8_t			*data;
	uint32_t		 pos;	/* own index, never read back */
	uint32_t		 held;	/* bytes reserved or peeked at */
	int			 fresh;	/* committed, and not told of */
	uint64_t		 full;	/* records refused */
	uint64_t		 records;	/* passed */
	uint64_t		 bytes;		/* of their payload */
};

/* When and on which processor the turn began that ended in a wake-up. */
struct ring_kick {
	uint64_t	 ns;		/* monotonic */
	uint32_t	 cpu;
};

struct ring_pair {
	struct ring	 tx;
	struct ring	 rx;
	void		*memory;
	size_t		 mapped;
	int		 wait;		/* readable when rx may have data */
	int		 kick;		/* write here to wake the other side */
	uint64_t	 kicks;
	uint64_t	 kicked_ns;	/* the last that was told of */
	const struct ring_kick *here;	/* ours, told with each, or NULL */
};

/* Bytes of memory that a pair needs. */
size_t	 ring_pair_size(void);

/*
 * Map the pair; the descriptors are owned from here on, mem is closed.
 * side 0 sends on the first ring, side 1 on the second.  0 or -1.
 */
int	 ring_pair_attach(struct ring_pair *, int mem, size_t size,
	    uint32_t side, int wait, int kick);
void	 ring_pair_detach(struct ring_pair *);

/*
 * Room for a payload of len bytes, or NULL when the ring is full or len is
 * too large.  Then fill it and commit with the record's header; the payload
 * committed may be shorter than reserved.
 */
uint8_t	*ring_reserve(struct ring *, uint32_t len);
void	 ring_commit(struct ring *, const struct ring_record *);

/* Wake the other side if it sleeps; once after a batch is best. */
void	 ring_flush(struct ring_pair *);

/*
 * The oldest record: 1 and its header and payload (shared memory, valid
 * until ring_release), 0 when empty, -1 when the other side has corrupted
 * the ring.
 */
int	 ring_peek(struct ring *, struct ring_record *, const uint8_t **);
void	 ring_release(struct ring *);

/*
 * Announce that this side goes to sleep.  1 when data has arrived meanwhile
 * and the caller must go on, 0 when it may wait for ring_pair.wait.
 */
int	 ring_sleep(struct ring_pair *);

/* Takes the wake-up, so that wait is no longer readable. */
void	 ring_awake(struct ring_pair *);

/*
 * Has the other side woken us since this was asked last?  0, or 1 and what it
 * says of it, which may be wrong.
 */
int	 ring_kicked(struct ring_pair *, struct ring_kick *);

/* How one side takes its records; arg is the caller's. */
struct ring_reader {
	/* One record, valid during the call only. */
	void		(*each)(void *arg, const struct ring_record *,
			    const uint8_t *payload);
	/* Those behind can begin: after some records, and at the end. */
	void		(*wake)(void *arg);	/* NULL: nobody is behind */
	unsigned int	 wake_every;		/* records, not 0 */
	unsigned int	 burst;			/* records of one turn */
};

enum ring_drained {
	RING_EMPTY,	/* and announced as asleep */
	RING_MORE,	/* a turn's worth is done, come back without waiting */
	RING_CORRUPT	/* by the other side */
};

/*
 * A turn of the consumer, after wait became readable (and ring_awake, if
 * whoever waits looks at the level) or after RING_MORE.
 */
enum ring_drained
	 ring_drain(struct ring_pair *, const struct ring_reader *, void *arg);

/* The system's part (parent only): memory that cannot shrink; two ends of a
 * wake-up, the first to wait on, the second to kick.  0 or -1. */
int	 ring_memory_create(int *mem);
int	 ring_wake_create(int ends[2]);

#endif /* RING_RING_H */
