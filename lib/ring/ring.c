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
 * See ring.h.  Layout of the memory: a page with two struct ring_shared,
 * then the data of the first ring, then that of the second.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "ring/ring.h"

#define RING_PAGE	4096
#define RING_MASK	(RING_SIZE - 1)
#define RING_ALIGN	64
#define RING_SKIP	UINT32_MAX	/* nothing here up to the end */

/* Head and kick are the producer's, tail and sleeping the consumer's. */
struct ring_shared {
	_Alignas(64) _Atomic uint32_t	head;
	_Atomic uint32_t		kick_cpu;
	_Atomic uint64_t		kick_ns;
	_Alignas(64) _Atomic uint32_t	tail;
	_Alignas(64) _Atomic uint32_t	sleeping;
};

/* A record's header as it lies in the ring. */
struct ring_wire {
	uint32_t	 len;
	uint32_t	 peer;
	uint32_t	 path;
	uint16_t	 count;
	uint16_t	 segment;
	uint8_t		 from_family;
	uint8_t		 from_addr[16];
	uint8_t		 ecn;
	uint16_t	 from_port;
};

_Static_assert(sizeof(struct ring_wire) <= RING_HEADER, "header too large");
_Static_assert(sizeof(struct ring_wire) % sizeof(uint32_t) == 0,
    "header is not whole words");
_Static_assert((RING_SIZE & RING_MASK) == 0, "size is a power of two");

static uint32_t
padded(uint32_t len)
{
	return (RING_HEADER + len + RING_ALIGN - 1) &
	    ~(uint32_t)(RING_ALIGN - 1);
}

size_t
ring_pair_size(void)
{
	return RING_PAGE + 2 * (size_t)RING_SIZE;
}

static void
ring_init(struct ring *r, uint8_t *memory, int second)
{
	memset(r, 0, sizeof(*r));
	r->shared = (struct ring_shared *)(void *)(memory +
	    (second ? RING_PAGE / 2 : 0));
	r->data = memory + RING_PAGE + (second ? RING_SIZE : 0);
}

int
ring_pair_attach(struct ring_pair *p, int mem, size_t size, uint32_t side,
    int wait, int kick)
{
	void	*memory;

	memset(p, 0, sizeof(*p));
	p->wait = wait;
	p->kick = kick;
	if (size != ring_pair_size()) {
		close(mem);
		errno = EINVAL;
		return -1;
	}
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, mem, 0);
	close(mem);
	if (memory == MAP_FAILED)
		return -1;
	p->memory = memory;
	p->mapped = size;
	ring_init(&p->tx, memory, side == 1);
	ring_init(&p->rx, memory, side == 0);
	/* A consumer that has not started yet must be woken. */
	atomic_store(&p->rx.shared->sleeping, 1);
	return 0;
}

void
ring_pair_detach(struct ring_pair *p)
{
	if (p->memory == NULL)
		return;
	munmap(p->memory, p->mapped);
	close(p->wait);
	close(p->kick);
	memset(p, 0, sizeof(*p));
	p->wait = p->kick = -1;
}

static void
write_skip(struct ring *r, uint32_t offset)
{
	uint32_t	 skip = RING_SKIP;

	memcpy(r->data + offset, &skip, sizeof(skip));
}

uint8_t *
ring_reserve(struct ring *r, uint32_t len)
{
	uint32_t	 need, tail, used, offset, to_end;

	if (r->shared == NULL || len > RING_RECORD_MAX)
		return NULL;
	need = padded(len);
	tail = atomic_load_explicit(&r->shared->tail, memory_order_acquire);
	used = r->pos - tail;
	offset = r->pos & RING_MASK;
	to_end = RING_SIZE - offset;
	/* A tail that lies reads as a full ring; nothing is overrun. */
	if (used > RING_SIZE || (tail & (RING_ALIGN - 1)) != 0) {
		r->full++;
		return NULL;
	}
	if (need > to_end) {
		if (need + to_end > RING_SIZE - used) {
			r->full++;
			return NULL;
		}
		write_skip(r, offset);
		r->pos += to_end;
		offset = 0;
	} else if (need > RING_SIZE - used) {
		r->full++;
		return NULL;
	}
	r->held = need;
	return r->data + offset + RING_HEADER;
}

void
ring_commit(struct ring *r, const struct ring_record *rec)
{
	struct ring_wire	 w;

	memset(&w, 0, sizeof(w));
	w.len = rec->len;
	w.peer = rec->peer;
	w.path = rec->path;
	w.count = rec->count;
	w.segment = rec->segment;
	w.ecn = rec->ecn;
	w.from_family = rec->from.family;
	memcpy(w.from_addr, rec->from.addr, sizeof(w.from_addr));
	w.from_port = rec->from.port;
	memcpy(r->data + (r->pos & RING_MASK), &w, sizeof(w));
	r->pos += padded(rec->len);
	r->held = 0;
	r->records++;
	r->bytes += rec->len;
	atomic_store_explicit(&r->shared->head, r->pos, memory_order_release);
	r->fresh = 1;
}

void
ring_flush(struct ring_pair *p)
{
	static const uint64_t	 one = 1;

	if (p->tx.shared == NULL || !p->tx.fresh)
		return;
	p->tx.fresh = 0;
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&p->tx.shared->sleeping,
	    memory_order_relaxed) == 0)
		return;
	atomic_store_explicit(&p->tx.shared->sleeping, 0,
	    memory_order_relaxed);
	p->kicks++;
	if (p->here != NULL) {
		atomic_store_explicit(&p->tx.shared->kick_cpu, p->here->cpu,
		    memory_order_relaxed);
		atomic_store_explicit(&p->tx.shared->kick_ns, p->here->ns,
		    memory_order_relaxed);
	}
	/* A full counter means the other side has been told already. */
	if (write(p->kick, &one, sizeof(one)) == -1)
		return;
}

static void
record_from_wire(struct ring_record *rec, const struct ring_wire *w)
{
	rec->len = w->len;
	rec->peer = w->peer;
	rec->path = w->path;
	rec->count = w->count;
	rec->segment = w->segment;
	rec->ecn = w->ecn & 3;
	memset(&rec->from, 0, sizeof(rec->from));
	rec->from.family = w->from_family;
	memcpy(rec->from.addr, w->from_addr, sizeof(rec->from.addr));
	rec->from.port = w->from_port;
}

/*
 * Each word once: from an ordinary copy the compiler may read a word again,
 * after it was checked, and the other side may have changed it meanwhile.
 */
static void
wire_read(struct ring_wire *w, const uint8_t *header)
{
	const volatile uint32_t	*from = (const volatile uint32_t *)
				    (const volatile void *)header;
	uint32_t		 word;
	size_t			 i;

	for (i = 0; i < sizeof(*w) / sizeof(word); i++) {
		word = from[i];
		memcpy((uint8_t *)w + i * sizeof(word), &word, sizeof(word));
	}
}

int
ring_peek(struct ring *r, struct ring_record *rec, const uint8_t **payload)
{
	struct ring_wire	 w;
	uint32_t		 head, avail, offset, to_end;

	if (r->shared == NULL)
		return 0;
	head = atomic_load_explicit(&r->shared->head, memory_order_acquire);
	for (;;) {
		avail = head - r->pos;
		offset = r->pos & RING_MASK;
		to_end = RING_SIZE - offset;
		if (avail == 0)
			return 0;
		if (avail > RING_SIZE || (avail & (RING_ALIGN - 1)) != 0)
			return -1;
		wire_read(&w, r->data + offset);
		if (w.len != RING_SKIP)
			break;
		if (to_end > avail || offset == 0)
			return -1;
		r->pos += to_end;
	}
	if (w.len > RING_RECORD_MAX || padded(w.len) > avail ||
	    padded(w.len) > to_end)
		return -1;
	if (w.from_family != 0 && w.from_family != 4 && w.from_family != 6)
		return -1;
	record_from_wire(rec, &w);
	r->held = padded(w.len);
	r->records++;
	r->bytes += w.len;
	*payload = r->data + offset + RING_HEADER;
	return 1;
}

void
ring_release(struct ring *r)
{
	r->pos += r->held;
	r->held = 0;
	atomic_store_explicit(&r->shared->tail, r->pos, memory_order_release);
}

int
ring_sleep(struct ring_pair *p)
{
	struct ring_shared	*s = p->rx.shared;

	if (s == NULL)
		return 0;
	atomic_store_explicit(&s->sleeping, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&s->head, memory_order_acquire) == p->rx.pos)
		return 0;
	atomic_store_explicit(&s->sleeping, 0, memory_order_relaxed);
	return 1;
}

void
ring_awake(struct ring_pair *p)
{
	uint64_t	 count;

	if (read(p->wait, &count, sizeof(count)) == -1)
		return;
}

int
ring_kicked(struct ring_pair *p, struct ring_kick *kick)
{
	if (p->rx.shared == NULL)
		return 0;
	kick->ns = atomic_load_explicit(&p->rx.shared->kick_ns,
	    memory_order_relaxed);
	if (kick->ns == p->kicked_ns)
		return 0;
	kick->cpu = atomic_load_explicit(&p->rx.shared->kick_cpu,
	    memory_order_relaxed);
	p->kicked_ns = kick->ns;
	return 1;
}

enum ring_drained
ring_drain(struct ring_pair *p, const struct ring_reader *r, void *arg)
{
	struct ring_record	 rec;
	const uint8_t		*payload;
	unsigned int		 n;
	int			 got;

	/* Being empty counts, or who fills it slowly could keep us here. */
	for (n = 0; n < r->burst; n++) {
		got = ring_peek(&p->rx, &rec, &payload);
		if (got == -1)
			return RING_CORRUPT;
		if (got == 1) {
			r->each(arg, &rec, payload);
			ring_release(&p->rx);
			/* Early enough that the stages overlap. */
			if (r->wake != NULL && (n + 1) % r->wake_every == 0)
				r->wake(arg);
			continue;
		}
		if (r->wake != NULL)
			r->wake(arg);
		if (!ring_sleep(p))
			return RING_EMPTY;
	}
	if (r->wake != NULL)
		r->wake(arg);
	return RING_MORE;
}
