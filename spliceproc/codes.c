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
 * The codes that discovery has announced, as hashes.  The first valid
 * presentation of a side uses that side; when both are used, when the client
 * that waits goes away, or after its time a code is forgotten.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "spliceproc/spliceproc.h"

static int
code_cmp(const struct code *a, const struct code *b)
{
	if (a->end_ms != b->end_ms)
		return a->end_ms < b->end_ms ? -1 : 1;
	return memcmp(a->hash, b->hash, sizeof(a->hash));
}

RB_PROTOTYPE(code_tree, code, by_end, code_cmp)
RB_GENERATE(code_tree, code, by_end, code_cmp)

void
codes_init(struct env *env)
{
	size_t	 i;

	RB_INIT(&env->codes);
	for (i = 0; i < SPLICE_BUCKETS; i++)
		LIST_INIT(&env->buckets[i]);
}

/* The hashes are of random codes: any bits of them are as good. */
static struct code_bucket *
bucket_of(struct env *env, const uint8_t hash[RELAY_HASH_LEN])
{
	size_t	 n = (size_t)hash[0] << 8 | hash[1];

	return &env->buckets[n & (SPLICE_BUCKETS - 1)];
}

static struct code *
code_find(struct env *env, const uint8_t hash[RELAY_HASH_LEN])
{
	struct code	*c, *found = NULL;

	/* No early end: the time tells nothing about what was found. */
	LIST_FOREACH(c, bucket_of(env, hash), bucket)
		if (relay_hash_equal(c->hash, hash))
			found = c;
	return found;
}

void
code_free(struct env *env, struct code *c)
{
	if (c->leg != NULL)
		c->leg->code = NULL;
	LIST_REMOVE(c, bucket);
	RB_REMOVE(code_tree, &env->codes, c);
	env->ncodes--;
	explicit_bzero(c, sizeof(*c));
	free(c);
}

void
codes_add(struct env *env, const struct msg_relay_code *m)
{
	struct code	*c;
	uint32_t	 life = m->life_s;

	if (life > RELAY_LIFE_MAX)
		life = RELAY_LIFE_MAX;
	if (life == 0 || code_find(env, m->hash) != NULL) {
		log_debug("code %u is not usable", m->id);
		return;
	}
	if (env->ncodes >= SPLICE_CODES_MAX ||
	    (c = calloc(1, sizeof(*c))) == NULL) {
		log_debug("code %u: there are too many", m->id);
		return;
	}
	memcpy(c->hash, m->hash, sizeof(c->hash));
	c->id = m->id;
	c->end_ms = clock_mono_ms() + (uint64_t)life * 1000;
	LIST_INSERT_HEAD(bucket_of(env, c->hash), c, bucket);
	RB_INSERT(code_tree, &env->codes, c);
	env->ncodes++;
	timer_arm(env);
}

static void
leave_handshakes(struct leg *leg)
{
	TAILQ_REMOVE(&leg->env->handshakes, leg, entry);
	leg->env->nhandshakes--;
	explicit_bzero(leg->preface, sizeof(leg->preface));
}

int
codes_present(struct leg *leg, const struct relay_preface *preface)
{
	struct env	*env = leg->env;
	struct leg	*other;
	struct code	*c;
	uint8_t		 hash[RELAY_HASH_LEN];

	relay_hash(preface->code, hash);
	c = code_find(env, hash);
	explicit_bzero(hash, sizeof(hash));
	if (c == NULL || c->end_ms <= clock_mono_ms())
		return -1;
	other = c->leg;
	if (other == NULL) {
		/* Who waits has a place for its pair. */
		if (env->npairs + env->nwaiting >= env->pairs_max)
			return -1;
		leave_handshakes(leg);
		leg->state = LEG_WAITING;
		leg->side = preface->side;
		leg->code = c;
		c->leg = leg;
		env->nwaiting++;
		load_changed(env);
		return 0;
	}
	if (other->side == preface->side)
		return -1;
	leave_handshakes(leg);
	leg->side = preface->side;
	env->nwaiting--;
	code_free(env, c);
	if (leg->side == 0)
		pair_new(leg, other);
	else
		pair_new(other, leg);
	return 0;
}

uint64_t
codes_expire(struct env *env, uint64_t now)
{
	struct code	*c;

	while ((c = RB_MIN(code_tree, &env->codes)) != NULL) {
		if (c->end_ms > now)
			return c->end_ms;
		if (c->leg != NULL)
			leg_refuse(c->leg);	/* and its code */
		else
			code_free(env, c);
	}
	return 0;
}
