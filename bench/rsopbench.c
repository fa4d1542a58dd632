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
 * What the resultant set of policy costs: all of it at once, and one change,
 * for organisations of several sizes with as many pairs, and for changes of
 * several sizes in one organisation.  Medians and the worst of many runs;
 * what grows is shown as a ratio, since the machine may be busy.
 *
 * usage: rsopbench
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/rsop.h"

#define POLICIES	1000
#define MEMBERS		10	/* systems with each tag: 100 pairs a policy */
#define RUNS		301
#define BIG		1	/* the policy that is changed */
#define BIG_TAG		1000000

static uint32_t	 seed = 1;
static size_t	 called;

static uint32_t
rnd(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)seed * below) >> 32);
}

static double
now_ms(void)
{
	struct timespec	 ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
		err(1, "clock");
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void
count(void *arg, uint32_t a, uint32_t b)
{
	(void)arg;
	(void)a;
	(void)b;
	called++;
}

static int
double_cmp(const void *va, const void *vb)
{
	const double	*a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* Tags of each system; a tag is carried by MEMBERS of them. */
struct org {
	size_t		 nsystems;
	uint32_t	(*tags)[RSOP_TAGS_MAX];
	size_t		*ntags;
};

static void
tag_give(struct org *o, size_t system, uint32_t tag)
{
	if (o->ntags[system] == RSOP_TAGS_MAX)
		errx(1, "too many tags on one system");
	o->tags[system][o->ntags[system]++] = tag;
}

static void
org_make(struct org *o, size_t nsystems, size_t side)
{
	uint32_t	 tag;
	size_t		 i, at;

	o->nsystems = nsystems;
	o->tags = calloc(nsystems, sizeof(*o->tags));
	o->ntags = calloc(nsystems, sizeof(*o->ntags));
	if (o->tags == NULL || o->ntags == NULL)
		err(1, NULL);
	/* One after the other, so that each system has as many. */
	at = 0;
	for (tag = 1; tag <= 2 * POLICIES; tag++)
		for (i = 0; i < MEMBERS; i++) {
			tag_give(o, at, tag);
			at = (at + 1 + rnd(2) * (nsystems / 500)) % nsystems;
		}
	/* Senders and receivers of the policy that is changed. */
	for (i = 0; i < side; i++) {
		tag_give(o, i, BIG_TAG);
		tag_give(o, nsystems - 1 - i, BIG_TAG + 1);
	}
}

static void
org_free(struct org *o)
{
	free(o->tags);
	free(o->ntags);
}

static void
policy_set(struct rsop *r, uint32_t id, uint32_t from, uint32_t to,
    uint16_t port)
{
	struct acl_entry	 acl = { ACL_TCP, port, port };
	struct rsop_policy	 p;

	memset(&p, 0, sizeof(p));
	p.id = id;
	p.enabled = 1;
	p.senders = &from;
	p.receivers = &to;
	p.nsenders = p.nreceivers = 1;
	p.acl = &acl;
	p.nacl = 1;
	if (rsop_set_policy(r, &p, count, NULL) == -1)
		err(1, "policy");
}

static void
system_set(struct rsop *r, const struct org *o, size_t i, size_t ntags)
{
	struct rsop_system	 s;

	memset(&s, 0, sizeof(s));
	s.id = (uint32_t)i + 1;
	s.enabled = 1;
	s.tags = o->tags[i];
	s.ntags = ntags;
	if (rsop_set_system(r, &s, count, NULL) == -1)
		err(1, "system");
}

/* Everything from nothing; milliseconds. */
static double
full(struct rsop **out, const struct org *o)
{
	struct rsop	*r;
	double		 t = now_ms();
	uint32_t	 i;

	if ((r = rsop_new()) == NULL)
		err(1, NULL);
	called = 0;
	for (i = 0; i < o->nsystems; i++)
		system_set(r, o, i, o->ntags[i]);
	for (i = 0; i < POLICIES; i++)
		policy_set(r, i + 2, 2 * i + 1, 2 * i + 2,
		    (uint16_t)(1 + i));
	*out = r;
	return now_ms() - t;
}

struct result {
	double	 median, worst;
	size_t	 pairs;
};

static struct result
summary(double *ms, size_t pairs)
{
	struct result	 res;

	qsort(ms, RUNS, sizeof(*ms), double_cmp);
	res.median = ms[RUNS / 2];
	res.worst = ms[RUNS - 1];
	res.pairs = pairs;
	return res;
}

/* A policy whose rule becomes another. */
static struct result
change_policy(struct rsop *r)
{
	double	 ms[RUNS], t;
	int	 i;

	policy_set(r, BIG, BIG_TAG, BIG_TAG + 1, 1);
	for (i = 0; i < RUNS; i++) {
		called = 0;
		t = now_ms();
		policy_set(r, BIG, BIG_TAG, BIG_TAG + 1, (uint16_t)(2 + i));
		ms[i] = now_ms() - t;
	}
	return summary(ms, called);
}

/* A system that loses and gets the tag of the senders. */
static struct result
change_tag(struct rsop *r, const struct org *o)
{
	double	 ms[RUNS], t;
	int	 i;

	for (i = 0; i < RUNS; i++) {
		called = 0;
		t = now_ms();
		system_set(r, o, 0, o->ntags[0] - (i % 2 == 0));
		ms[i] = now_ms() - t;
	}
	return summary(ms, called);
}

static void
sizes(void)
{
	static const size_t	 n[] = { 1000, 3000, 10000, 30000 };
	struct result		 p, s;
	struct rsop		*r;
	struct org		 o;
	double			 ms[5], first = 0;
	size_t			 i, k, pairs;

	printf("%d policies of 100 pairs; a change of 100 pairs\n",
	    POLICIES);
	printf("%8s %10s %12s %14s %14s %8s\n", "systems", "pairs",
	    "full ms", "policy ms", "tag ms", "ratio");
	for (i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
		org_make(&o, n[i], MEMBERS);
		for (k = 0; k < 5; k++) {
			ms[k] = full(&r, &o);
			pairs = called;
			if (k < 4)
				rsop_free(r);
		}
		qsort(ms, 5, sizeof(ms[0]), double_cmp);
		p = change_policy(r);
		rsop_free(r);
		org_free(&o);
		/* One sender, a hundred receivers. */
		org_make(&o, n[i], 100);
		(void)full(&r, &o);
		policy_set(r, BIG, BIG_TAG, BIG_TAG + 1, 1);
		s = change_tag(r, &o);
		if (i == 0)
			first = p.median;
		printf("%8zu %10zu %12.1f %6.3f/%7.3f %6.3f/%7.3f %8.2f\n",
		    n[i], pairs, ms[2], p.median, p.worst, s.median, s.worst,
		    p.median / first);
		rsop_free(r);
		org_free(&o);
	}
}

static void
changes(void)
{
	static const size_t	 side[] = { 1, 3, 10, 30, 100 };
	struct result		 p;
	struct rsop		*r;
	struct org		 o;
	size_t			 i;

	printf("\n10000 systems, changes of several sizes\n");
	printf("%8s %14s %14s\n", "pairs", "policy ms", "us a pair");
	for (i = 0; i < sizeof(side) / sizeof(side[0]); i++) {
		org_make(&o, 10000, side[i]);
		(void)full(&r, &o);
		p = change_policy(r);
		printf("%8zu %6.3f/%7.3f %14.2f\n", p.pairs, p.median,
		    p.worst, p.median * 1000 / (double)p.pairs);
		rsop_free(r);
		org_free(&o);
	}
}

int
main(void)
{
	printf("median/worst of %d\n\n", RUNS);
	sizes();
	changes();
	return 0;
}
