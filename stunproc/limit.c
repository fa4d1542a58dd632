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
 * How often one source is answered.  Addresses of UDP packets can be
 * forged, so that the answers could be aimed at somebody else: the limit
 * makes that worthless.  The table is of fixed size; under a flood of forged
 * addresses the oldest of a set gives way.
 */

#include <sys/types.h>

#include <stdint.h>
#include <string.h>

#include "stunproc/stunproc.h"

#define SECOND_MS	1000

/* The table is filled at random by strangers; the seed hides the sets. */
static size_t
source_set(const struct env *env, const uint8_t prefix[8], uint8_t family)
{
	uint64_t	 v;

	memcpy(&v, prefix, sizeof(v));
	v ^= env->seed + family;
	v ^= v >> 33;
	v *= 0xff51afd7ed558ccdULL;
	v ^= v >> 33;
	v *= 0xc4ceb9fe1a85ec53ULL;
	v ^= v >> 33;
	return (size_t)(v % STUNPROC_SETS);
}

static struct source *
source_find(struct env *env, const uint8_t prefix[8], uint8_t family)
{
	struct source	*set = env->sources[source_set(env, prefix, family)];
	struct source	*oldest = &set[0];
	size_t		 i;

	for (i = 0; i < STUNPROC_WAYS; i++) {
		if (set[i].family == family &&
		    memcmp(set[i].prefix, prefix, 8) == 0)
			return &set[i];
		if (set[i].second_ms < oldest->second_ms)
			oldest = &set[i];
	}
	memset(oldest, 0, sizeof(*oldest));
	memcpy(oldest->prefix, prefix, 8);
	oldest->family = family;
	return oldest;
}

int
limit_allow(struct env *env, const struct endpoint *from, uint64_t now)
{
	struct source	*s;
	uint8_t		 prefix[8];

	memset(prefix, 0, sizeof(prefix));
	memcpy(prefix, from->addr, from->family == 4 ? 4 : sizeof(prefix));
	s = source_find(env, prefix, from->family);
	if (s->second_ms == 0 || now - s->second_ms >= SECOND_MS) {
		s->second_ms = now;
		s->count = 0;
	}
	if (s->count >= STUNPROC_RATE)
		return 0;
	s->count++;
	return 1;
}
