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
 * A process in hostile hands: linked in place of lib/ring into a real netproc
 * or tunproc, it keeps the functions of ring.h and misuses the memory behind
 * them, from the process's own calls and from a second thread that writes at
 * full speed while cryptoproc works.
 *
 * What it does is the word at the beginning of the file NAME.page beside the
 * program that the parent has executed; without the file it is benign.  At
 * byte PAGE_COUNT of that file it tells how often it has done so.
 */

#ifndef REGRESS_HOSTILE_HOSTILE_H
#define REGRESS_HOSTILE_HOSTILE_H

/* The real rings, under other names where something is put in between. */
#define ring_pair_attach	real_pair_attach
#define ring_pair_detach	real_pair_detach
#define ring_reserve		real_reserve
#define ring_commit		real_commit
#define ring_flush		real_flush
#define ring_drain		real_drain
#include "ring/ring.c"
#undef ring_pair_attach
#undef ring_pair_detach
#undef ring_reserve
#undef ring_commit
#undef ring_flush
#undef ring_drain

#include <sys/auxv.h>

#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE_COUNT	64	/* byte of the page where the count is */
#define STORE_MAX	32	/* payloads kept for replays */
#define STORE_BYTES	2048	/* longest of them */
#define COPIES		48	/* records put in behind each real one */
#define AGAIN		16	/* times that a record is used */
#define BATCH		256	/* writes of the thread between looks */
#define FILL_BYTES	2048	/* of a record that fills the ring */
#define FILL_PACKET	32
#define AHEAD		4096	/* bytes of the other's next records */

int	 ring_pair_attach(struct ring_pair *, int, size_t, uint32_t, int, int);
void	 ring_pair_detach(struct ring_pair *);
uint8_t	*ring_reserve(struct ring *, uint32_t);
void	 ring_commit(struct ring *, const struct ring_record *);
void	 ring_flush(struct ring_pair *);
enum ring_drained	ring_drain(struct ring_pair *,
	    const struct ring_reader *, void *);

enum hostile_mode {
	BENIGN,
	/* Of the thread, all the time. */
	FLIP,		/* bits of payloads, there and back */
	HEADER,		/* of every second record, all but the length */
	LENGTH,		/* of every second record, within its room */
	TAIL,		/* own index as consumer, and both sleeping flags */
	STARVE,		/* the ring is full for ever */
	/* With each record. */
	REPLAY,		/* all that went by lately, again and again */
	FLOOD,		/* messages of each type, noise, of any size */
	SPOOF,		/* another inner source (tunproc) */
	/* Once; nothing that is committed afterwards counts. */
	HEAD,		/* own index as producer out of the ring */
	OVERLONG,	/* a length above the maximum */
	SKIP,		/* the mark of the ring's end where it is not */
	FAMILY,		/* an address of no family */
	SHORT,		/* a length that leads into the payload */
	ACCUSE,		/* says that the other side has broken the ring */
	MODES
};

static const char *const hostile_names[MODES] = {
	"benign", "flip", "header", "length", "tail", "starve", "replay",
	"flood", "spoof", "head", "overlong", "skip", "family", "short",
	"accuse"
};

static const uint8_t hostile_source[4] = { 10, 9, 0, 3 };

static struct {
	char			*page;
	pthread_mutex_t		 lock;		/* pair comes and goes */
	struct ring_pair	*pair;
	_Atomic uint64_t	 target;	/* offset and length */
	_Atomic uint64_t	 count;
	uint64_t		 seed[2];	/* of the process, the thread */
	uint32_t		 commits;
	int			 over;		/* the ring is broken */
	uint32_t		 nstored;
	struct {
		struct ring_record	 rec;
		uint8_t			 data[STORE_BYTES];
	}			 store[STORE_MAX];
} hostile = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* xorshift: quick, and nothing depends on it. */
static uint32_t
hostile_any(int thread)
{
	uint64_t	*s = &hostile.seed[thread];

	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return (uint32_t)(*s >> 16);
}

static enum hostile_mode
hostile_mode(void)
{
	char	 word[16];
	int	 i;

	if (hostile.page == NULL)
		return BENIGN;
	memcpy(word, hostile.page, sizeof(word));
	word[sizeof(word) - 1] = '\0';
	word[strcspn(word, " \n")] = '\0';
	for (i = 0; i < MODES; i++)
		if (strcmp(word, hostile_names[i]) == 0)
			return (enum hostile_mode)i;
	return BENIGN;
}

static void
hostile_done(uint64_t n)
{
	uint64_t	 all = atomic_fetch_add(&hostile.count, n) + n;
	char		 text[24];

	snprintf(text, sizeof(text), "%020llu\n", (unsigned long long)all);
	memcpy(hostile.page + PAGE_COUNT, text, 21);
}

/* The last act: who takes this process's place is benign. */
static void
hostile_last(void)
{
	hostile_done(1);
	memcpy(hostile.page, "benign         \n", 16);
	hostile.over = 1;
}

/* --- the thread ----------------------------------------------------- */

static void
put16(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

static void
put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* What is at an offset of the other's next records. */
static uint8_t *
ahead(const struct ring_pair *p, uint32_t n)
{
	return p->rx.data + ((p->rx.pos + RING_HEADER + n) & RING_MASK);
}

static void
write_header(uint8_t *w)
{
	static const uint32_t	 peers[] = { 0, 1, 0x80000000U, 0x80000001U,
				    0x8000003fU };
	uint32_t		 any = hostile_any(1);

	switch (hostile_any(1) % 6) {
	case 0:
		put32(w + offsetof(struct ring_wire, peer),
		    any % 6 == 5 ? any : peers[any % 5]);
		break;
	case 1:
		put32(w + offsetof(struct ring_wire, path), any);
		break;
	case 2:
		put16(w + offsetof(struct ring_wire, count), (uint16_t)any);
		break;
	case 3:
		put16(w + offsetof(struct ring_wire, segment),
		    (uint16_t)(any & 1 ? any >> 16 : any % 64));
		break;
	case 4:
		put32(w + offsetof(struct ring_wire, from_addr), any);
		put16(w + offsetof(struct ring_wire, from_port),
		    (uint16_t)any);
		break;
	case 5:
		w[offsetof(struct ring_wire, from_family)] =
		    (uint8_t)(any % 3 == 0 ? 0 : 2 + any % 3 * 2);
		break;
	}
}

static void
write_record(enum hostile_mode mode, struct ring_pair *p, uint32_t off,
    uint32_t len)
{
	uint8_t			*w = p->tx.data + off, bit;
	volatile uint8_t	*at;
	uint32_t		 any = hostile_any(1);
	uint32_t		 max = padded(len) - RING_HEADER;

	switch (mode) {
	case FLIP:
		/* Half of the time in what the other is writing. */
		at = (atomic_load(&hostile.count) >> 16) & 1 ?
		    ahead(p, any % AHEAD) : w + RING_HEADER +
		    (len == 0 ? 0 : any % len);
		/* Mostly back at once, or no tag would ever be right. */
		bit = (uint8_t)(1U << (any >> 29));
		*at ^= bit;
		if (hostile_any(1) % 4096 != 0)
			*at ^= bit;
		break;
	case HEADER:
		write_header(w);
		break;
	case LENGTH:
		if (max > 0)
			put32(w, max - any % RING_ALIGN);
		break;
	default:
		break;
	}
}

static void
write_indices(struct ring_pair *p)
{
	uint32_t	 any = hostile_any(1);

	/* Lies half of the time: something is to pass. */
	if ((atomic_load(&hostile.count) >> 16) & 1)
		return;
	atomic_store(&p->rx.shared->tail, any & 1 ? any : p->rx.pos +
	    (any & ~(uint32_t)(RING_ALIGN - 1)) % RING_SIZE);
	atomic_store(&p->rx.shared->sleeping, any >> 8);
	atomic_store(&p->tx.shared->sleeping, any >> 4);
}

/*
 * Records that are work and never end: forged packets of a session, on all of
 * the ring from where the consumer is, with empty records in the gaps.
 */
static void
fill_ring(struct ring_pair *p)
{
	struct ring_wire	 w;
	uint32_t		 at, off, i;
	uint8_t			*data;

	if (hostile.over)
		return;
	hostile.over = 1;
	/* The process may be in the ring, and the consumer behind. */
	for (i = 0; i < 100 && atomic_load(&p->tx.shared->tail) !=
	    p->tx.pos; i++)
		usleep(1000);
	memset(p->tx.data, 0, RING_SIZE);
	memset(&w, 0, sizeof(w));
	w.len = FILL_BYTES - RING_HEADER;
	w.segment = FILL_PACKET;
	w.count = (uint16_t)(w.len / w.segment);
	for (at = 0; at <= RING_SIZE - FILL_BYTES; at += FILL_BYTES) {
		off = (p->tx.pos + at) & RING_MASK;
		/* The gap at the end of the memory. */
		if (RING_SIZE - off < FILL_BYTES) {
			at += RING_SIZE - off - FILL_BYTES;
			continue;
		}
		data = p->tx.data + off;
		memcpy(data, &w, sizeof(w));
		for (i = RING_HEADER; i < FILL_BYTES; i += FILL_PACKET)
			memcpy(data + i, hostile.store[0].data, 8);
	}
}

/* Back to the truth, and awake: what was lost meanwhile stays lost. */
static void
repair(struct ring_pair *p)
{
	static const uint64_t	 one = 1;

	atomic_store(&p->rx.shared->tail, p->rx.pos);
	atomic_store(&p->rx.shared->sleeping, 1);
	if (write(p->wait, &one, sizeof(one)) == -1)
		return;
}

static void
thread_batch(enum hostile_mode mode, struct ring_pair *p)
{
	static const uint64_t	 one = 1;
	uint64_t		 target;
	int			 i;

	if (mode == STARVE)
		fill_ring(p);
	for (i = 0; i < BATCH; i++) {
		if (mode == TAIL)
			write_indices(p);
		else if (mode == STARVE) {
			atomic_store(&p->tx.shared->head,
			    atomic_load(&p->tx.shared->tail) + RING_SIZE);
		} else if ((target = atomic_load(&hostile.target)) != 0)
			write_record(mode, p, (uint32_t)(target >> 32),
			    (uint32_t)target - 1);
		else
			return;
	}
	/* Whoever sleeps is woken. */
	if (mode == STARVE && write(p->kick, &one, sizeof(one)) == -1)
		return;
	hostile_done(BATCH);
}

static void *
hostile_thread(void *arg)
{
	enum hostile_mode	 mode, last = BENIGN;

	(void)arg;
	for (;; last = mode) {
		mode = hostile_mode();
		if ((mode < FLIP || mode > STARVE) && last != TAIL) {
			atomic_store(&hostile.target, 0);
			usleep(1000);
			continue;
		}
		pthread_mutex_lock(&hostile.lock);
		if (hostile.pair != NULL && last == TAIL && mode != TAIL)
			repair(hostile.pair);
		else if (hostile.pair != NULL)
			thread_batch(mode, hostile.pair);
		pthread_mutex_unlock(&hostile.lock);
		if (mode != STARVE && atomic_load(&hostile.target) == 0)
			usleep(50);
	}
	return NULL;
}

/* Before main, and so before the sandbox. */
__attribute__((constructor)) static void
hostile_start(void)
{
	char		 path[1024];
	pthread_t	 thread;
	int		 fd;

	snprintf(path, sizeof(path), "%s.page",
	    (const char *)getauxval(AT_EXECFN));
	if ((fd = open(path, O_RDWR)) == -1)
		return;
	hostile.page = mmap(NULL, RING_PAGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	close(fd);
	if (hostile.page == MAP_FAILED)
		abort();
	hostile.seed[0] = ((uint64_t)getpid() << 20) | 1;
	hostile.seed[1] = hostile.seed[0] + 2;
	atomic_store(&hostile.count,
	    strtoull(hostile.page + PAGE_COUNT, NULL, 10));
	if (pthread_create(&thread, NULL, hostile_thread, NULL) != 0)
		abort();
}

int
ring_pair_attach(struct ring_pair *p, int mem, size_t size, uint32_t side,
    int wait, int kick)
{
	int	 ret;

	pthread_mutex_lock(&hostile.lock);
	ret = real_pair_attach(p, mem, size, side, wait, kick);
	hostile.pair = ret == 0 ? p : NULL;
	atomic_store(&hostile.target, 0);
	hostile.over = 0;
	pthread_mutex_unlock(&hostile.lock);
	return ret;
}

void
ring_pair_detach(struct ring_pair *p)
{
	pthread_mutex_lock(&hostile.lock);
	hostile.pair = NULL;
	real_pair_detach(p);
	pthread_mutex_unlock(&hostile.lock);
}

/* --- with each record ----------------------------------------------- */

/* Another record, as long as the ring is less than half full. */
static int
inject(struct ring *r, const struct ring_record *rec, const uint8_t *data)
{
	uint32_t	 used = r->pos - atomic_load(&r->shared->tail);
	uint8_t		*room;

	if (used > RING_SIZE / 2 || (room = real_reserve(r, rec->len)) == NULL)
		return 0;
	memcpy(room, data, rec->len);
	real_commit(r, rec);
	return 1;
}

static void
keep(const struct ring_record *rec, const uint8_t *payload)
{
	uint32_t	 i = hostile.nstored++ % STORE_MAX;

	if (rec->len > STORE_BYTES)
		return;
	hostile.store[i].rec = *rec;
	memcpy(hostile.store[i].data, payload, rec->len);
}

static void
replay(struct ring *r)
{
	uint32_t	 i, k, n = 0;

	for (i = 0; i < COPIES; i++) {
		k = hostile_any(0) % STORE_MAX;
		n += (uint32_t)inject(r, &hostile.store[k].rec,
		    hostile.store[k].data);
	}
	hostile_done(n);
}

/* A message that begins as one of the protocol and goes on with noise. */
static void
flood_record(struct ring_record *rec, uint8_t *data)
{
	static const uint16_t	 sizes[] = { 148, 92, 64, 32 };
	uint32_t		 kind = hostile_any(0) % 8, i;
	uint32_t		 k = hostile_any(0) % STORE_MAX;

	memset(rec, 0, sizeof(*rec));
	rec->peer = hostile.store[k].rec.peer;
	rec->from = hostile.store[k].rec.from;
	rec->count = 1;
	rec->len = kind < 4 ? sizes[kind] : hostile_any(0) % 1500;
	if (kind == 7) {
		rec->len = hostile_any(0) % (RING_RECORD_MAX + 1);
		rec->count = (uint16_t)hostile_any(0);
		rec->segment = (uint16_t)hostile_any(0);
		if (hostile_any(0) & 1)
			rec->segment = 1 + rec->segment % 64;
	}
	for (i = 0; i + 4 <= rec->len; i += 4)
		put32(data + i, hostile_any(0));
	if (kind < 4)
		put32(data, kind + 1);
	/* Data for a session that there is; or the truth, cut off. */
	if (kind == 3 || kind == 4) {
		put32(data, 4);
		memcpy(data + 4, hostile.store[k].data + 4, 4);
	} else if (kind == 5) {
		memcpy(data, hostile.store[k].data, STORE_BYTES);
		if (rec->len >= hostile.store[k].rec.len)
			rec->len = hostile.store[k].rec.len / 2;
	}
}

static void
flood(struct ring *r)
{
	static uint8_t		 data[RING_RECORD_MAX + STORE_BYTES];
	struct ring_record	 rec;
	uint32_t		 i, n = 0;

	for (i = 0; i < COPIES; i++) {
		flood_record(&rec, data);
		n += (uint32_t)inject(r, &rec, data);
	}
	hostile_done(n);
}

/* Another system's inner address, with the checksum that goes with it. */
static void
spoof(uint8_t *ip, uint32_t len)
{
	uint32_t	 sum = 0;
	int		 i;

	if (len < 20 || ip[0] != 0x45)
		return;
	memcpy(ip + 12, hostile_source, sizeof(hostile_source));
	ip[10] = ip[11] = 0;
	for (i = 0; i < 20; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
	hostile_done(1);
}

/* What no consumer can take for a record.  at is where the last one lies. */
static void
break_ring(struct ring *r, enum hostile_mode mode, uint8_t *at, uint32_t len)
{
	switch (mode) {
	case HEAD:
		atomic_store(&r->shared->head, r->pos + RING_SIZE / 2 + 5);
		break;
	case OVERLONG:
		put32(at, RING_RECORD_MAX + 1);
		break;
	case SKIP:
		put32(at, RING_SKIP);
		break;
	case FAMILY:
		at[offsetof(struct ring_wire, from_family)] = 5;
		break;
	case SHORT:
		memset(at + RING_HEADER, 0xff, len);
		put32(at, 0);
		break;
	default:
		return;
	}
	hostile_last();
}

uint8_t *
ring_reserve(struct ring *r, uint32_t len)
{
	return hostile.over ? NULL : real_reserve(r, len);
}

void
ring_commit(struct ring *r, const struct ring_record *rec)
{
	enum hostile_mode	 mode = hostile_mode();
	uint32_t		 off = r->pos & RING_MASK;
	uint8_t			*at = r->data + off;

	if (hostile.over) {
		r->held = 0;
		return;
	}
	if (hostile.page != NULL)
		keep(rec, at + RING_HEADER);
	if (mode == BENIGN) {
		real_commit(r, rec);
		return;
	}
	if (mode == SPOOF && hostile.commits % 2 == 1)
		spoof(at + RING_HEADER, rec->len);
	real_commit(r, rec);
	if (mode == FLIP || (hostile.commits++ % 2 == 1 && mode <= LENGTH)) {
		atomic_store(&hostile.target, (uint64_t)off << 32 |
		    (rec->len + 1));
	}
	if (mode == REPLAY)
		replay(r);
	else if (mode == FLOOD)
		flood(r);
	else if (rec->len >= RING_ALIGN)
		break_ring(r, mode, at, rec->len);
}

void
ring_flush(struct ring_pair *p)
{
	static const uint64_t	 one = 1;

	real_flush(p);
	if (p->memory != NULL && (hostile.over || hostile_mode() != BENIGN) &&
	    write(p->kick, &one, sizeof(one)) == -1)
		return;
}

/* --- what comes from cryptoproc ------------------------------------- */

enum ring_drained
ring_drain(struct ring_pair *p, const struct ring_reader *r, void *arg)
{
	enum hostile_mode	 mode = hostile_mode();
	struct ring_record	 rec;
	const uint8_t		*payload;
	unsigned int		 n, k, again;

	if (mode == ACCUSE) {
		hostile_last();
		return RING_CORRUPT;
	}
	if (hostile.page == NULL)
		return real_drain(p, r, arg);
	again = mode == REPLAY ? AGAIN : 1;
	ring_awake(p);
	for (n = 0; n < r->burst; n++) {
		switch (ring_peek(&p->rx, &rec, &payload)) {
		case 0:
			return ring_sleep(p) ? RING_MORE : RING_EMPTY;
		case 1:
			for (k = 0; k < again; k++)
				r->each(arg, &rec, payload);
			ring_release(&p->rx);
			break;
		default:
			/* It was this side's doing. */
			p->rx.pos = atomic_load(&p->rx.shared->head);
			ring_release(&p->rx);
			break;
		}
	}
	if (r->wake != NULL)
		r->wake(arg);
	return RING_MORE;
}

#endif /* REGRESS_HOSTILE_HOSTILE_H */
