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
 * A trial says of random changes exactly what making them does to the pairs,
 * and after it was undone nothing is other than before.  One set of policies
 * is only tried, its twin is really changed.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rsop_trial.h"

#define NSYS	10
#define NPOL	7
#define NTAG	5
#define ROUNDS	2000
#define CHANGES	5	/* at most, of one trial */

struct sys {
	int			 there;
	struct rsop_system	 in;
	uint32_t		 tags[NTAG], met[2];
};

struct pol {
	int			 there;
	struct rsop_policy	 in;
	uint32_t		 senders[NTAG], receivers[NTAG], need[1];
	struct acl_entry	 acl[3];
	struct acl_window	 windows[2];
};

struct world {
	struct sys	 sys[NSYS];
	struct pol	 pol[NPOL];
	uint64_t	 now;
};

struct dump {
	struct rsop_pair	 pair[NSYS][NSYS];
};

static uint32_t	 seed;
static int	 told[NSYS][NSYS];	/* kind + 1 */

static uint32_t
rnd(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static size_t
random_tags(uint32_t *out)
{
	size_t		 n = 0;
	uint32_t	 i;

	for (i = 0; i < NTAG; i++)
		if (rnd(3) == 0)
			out[n++] = i;
	return n;
}

static void
random_system(struct sys *s, uint32_t id, uint64_t now)
{
	memset(s, 0, sizeof(*s));
	s->there = rnd(5) != 0;
	s->in.id = id;
	s->in.enabled = rnd(6) != 0;
	s->in.not_after = rnd(4) == 0 ? now + rnd(20) : 0;
	s->in.ntags = random_tags(s->tags);
	if (rnd(2))
		s->met[s->in.nmet++] = 100;
}

static void
random_policy(struct pol *p, uint32_t id, uint64_t now)
{
	size_t	 i;

	memset(p, 0, sizeof(*p));
	p->there = rnd(5) != 0;
	p->in.id = id;
	p->in.enabled = rnd(6) != 0;
	p->in.not_after = rnd(4) == 0 ? now + rnd(20) : 0;
	p->in.nsenders = random_tags(p->senders);
	p->in.nreceivers = random_tags(p->receivers);
	p->in.nacl = rnd(4);
	for (i = 0; i < p->in.nacl; i++) {
		p->acl[i].protocol = rnd(2) ? ACL_TCP : ACL_UDP;
		p->acl[i].port_low = (uint16_t)(1 + rnd(8));
		p->acl[i].port_high = (uint16_t)(p->acl[i].port_low + rnd(3));
	}
	if (rnd(3) == 0)
		p->need[p->in.nrequirements++] = 100;
	if (rnd(3) == 0) {
		p->in.hours = 1;
		p->in.nwindows = 1 + rnd(2);
		p->windows[0].from = now < 5 ? 1 : now - rnd(5);
		p->windows[0].until = p->windows[0].from + 1 + rnd(9);
		p->windows[1].from = p->windows[0].until + 1 + rnd(5);
		p->windows[1].until = p->windows[1].from + 1 + rnd(9);
	}
}

/* Let the set have these as the world has them. */
static void
put_system(struct rsop *r, const struct world *w, uint32_t id,
    rsop_pair_fn *fn, void *arg)
{
	struct rsop_system	 in = w->sys[id].in;

	in.tags = w->sys[id].tags;
	in.met = w->sys[id].met;
	if (w->sys[id].there)
		ATF_REQUIRE(rsop_set_system(r, &in, fn, arg) != -1);
	else
		(void)rsop_remove_system(r, id, fn, arg);
}

static void
put_policy(struct rsop *r, const struct world *w, uint32_t id,
    rsop_pair_fn *fn, void *arg)
{
	struct rsop_policy	 in = w->pol[id].in;

	in.senders = w->pol[id].senders;
	in.receivers = w->pol[id].receivers;
	in.requirements = w->pol[id].need;
	in.acl = w->pol[id].acl;
	in.windows = w->pol[id].windows;
	if (w->pol[id].there)
		ATF_REQUIRE(rsop_set_policy(r, &in, fn, arg) != -1);
	else
		(void)rsop_remove_policy(r, id, fn, arg);
}

static void
dump_all(struct rsop *r, struct dump *d)
{
	uint32_t	 a, b;

	memset(d, 0, sizeof(*d));
	for (a = 0; a < NSYS; a++)
		for (b = a + 1; b < NSYS; b++)
			(void)rsop_pair(r, a, b, &d->pair[a][b]);
}

static int
connected(const struct rsop_pair *p)
{
	return p->n_in_a + p->n_in_b != 0;
}

static void
on_told(void *arg, enum rsop_trial_kind kind, uint32_t a, uint32_t b)
{
	(void)arg;
	ATF_REQUIRE(a < b && b < NSYS);
	ATF_REQUIRE_EQ(told[a][b], 0);
	told[a][b] = (int)kind + 1;
}

static int
expected(const struct rsop_pair *before, const struct rsop_pair *after)
{
	if (memcmp(before, after, sizeof(*before)) == 0)
		return 0;
	if (!connected(before))
		return connected(after) ? RSOP_GAINED + 1 : 0;
	return connected(after) ? RSOP_AMENDED + 1 : RSOP_LOST + 1;
}

static unsigned int
permits_all(struct rsop *r)
{
	unsigned int	 bits = 0;
	uint32_t	 from, to;

	for (from = 0; from < NTAG; from++)
		for (to = 0; to < NTAG; to++)
			bits = bits * 3 + (unsigned int)rsop_permits(r,
			    &from, 1, &to, 1, ACL_TCP, 5);
	return bits;
}

/* Some changes of the world, tried in one and then made in both. */
static int
round_run(struct rsop *tried, struct rsop *twin, struct world *w)
{
	static struct dump	 before, undone, after;
	struct rsop_trial	 t;
	struct world		 old = *w;
	unsigned int		 permitted;
	uint32_t		 id[CHANGES], n = 1 + rnd(CHANGES), i, a, b;
	int			 policy[CHANGES], changed = 0;

	dump_all(tried, &before);
	rsop_trial_init(&t, tried);
	for (i = 0; i < n; i++) {
		policy[i] = rnd(2) != 0;
		id[i] = rnd(policy[i] ? NPOL : NSYS);
		if (policy[i]) {
			random_policy(&w->pol[id[i]], id[i], w->now);
			put_policy(tried, w, id[i], rsop_trial_note, &t);
			put_policy(twin, w, id[i], NULL, NULL);
		} else {
			random_system(&w->sys[id[i]], id[i], w->now);
			put_system(tried, w, id[i], rsop_trial_note, &t);
			put_system(twin, w, id[i], NULL, NULL);
		}
	}
	rsop_trial_seen(&t);
	permitted = permits_all(tried);
	for (i = 0; i < n; i++)
		if (policy[i])
			put_policy(tried, &old, id[i], NULL, NULL);
		else
			put_system(tried, &old, id[i], NULL, NULL);
	memset(told, 0, sizeof(told));
	ATF_REQUIRE_EQ(rsop_trial_compare(&t, on_told, NULL), 0);
	rsop_trial_free(&t);
	dump_all(tried, &undone);
	ATF_REQUIRE(memcmp(&before, &undone, sizeof(before)) == 0);
	dump_all(twin, &after);
	for (a = 0; a < NSYS; a++)
		for (b = a + 1; b < NSYS; b++) {
			ATF_REQUIRE_EQ(told[a][b], expected(
			    &before.pair[a][b], &after.pair[a][b]));
			changed += told[a][b] != 0;
		}
	ATF_REQUIRE_EQ(permitted, permits_all(twin));
	/* Now in earnest. */
	for (i = 0; i < n; i++)
		if (policy[i])
			put_policy(tried, w, id[i], NULL, NULL);
		else
			put_system(tried, w, id[i], NULL, NULL);
	return changed;
}

ATF_TC_WITHOUT_HEAD(a_trial_says_what_the_changes_do_and_leaves_no_trace);
ATF_TC_BODY(a_trial_says_what_the_changes_do_and_leaves_no_trace, tc)
{
	static struct world	 w;
	struct rsop		*tried, *twin;
	uint64_t		 next, other;
	int			 i, total = 0;

	seed = 7;
	ATF_REQUIRE((tried = rsop_new()) != NULL);
	ATF_REQUIRE((twin = rsop_new()) != NULL);
	for (i = 0; i < ROUNDS; i++) {
		w.now += rnd(4);
		ATF_REQUIRE_EQ(rsop_tick(tried, w.now, &next, NULL, NULL), 0);
		ATF_REQUIRE_EQ(rsop_tick(twin, w.now, &other, NULL, NULL), 0);
		ATF_REQUIRE_EQ(next, other);
		total += round_run(tried, twin, &w);
	}
	ATF_CHECK_MSG(total > ROUNDS, "only %d pairs changed", total);
	rsop_free(tried);
	rsop_free(twin);
}

static void
add(struct rsop *r, uint32_t policy, uint32_t from, uint32_t to,
    uint8_t protocol, uint16_t low, uint16_t high)
{
	struct acl_entry	 acl = { 0 };
	struct rsop_policy	 p;

	memset(&p, 0, sizeof(p));
	acl.protocol = protocol;
	acl.port_low = low;
	acl.port_high = high;
	p.id = policy;
	p.enabled = 1;
	p.senders = &from;
	p.nsenders = 1;
	p.receivers = &to;
	p.nreceivers = 1;
	p.acl = &acl;
	p.nacl = 1;
	ATF_REQUIRE_EQ(rsop_set_policy(r, &p, NULL, NULL), 0);
}

ATF_TC_WITHOUT_HEAD(policies_permit_by_themselves_without_any_system);
ATF_TC_BODY(policies_permit_by_themselves_without_any_system, tc)
{
	const uint32_t	 people[] = { 9, 1 }, servers[] = { 2, 8 };
	struct rsop	*r;

	ATF_REQUIRE((r = rsop_new()) != NULL);
	add(r, 1, 1, 2, ACL_TCP, 80, 90);
	ATF_CHECK(rsop_permits(r, people, 2, servers, 2, ACL_TCP, 80));
	ATF_CHECK(rsop_permits(r, people, 2, servers, 2, ACL_TCP, 90));
	ATF_CHECK(!rsop_permits(r, people, 2, servers, 2, ACL_TCP, 91));
	ATF_CHECK(!rsop_permits(r, people, 2, servers, 2, ACL_UDP, 80));
	ATF_CHECK(!rsop_permits(r, people, 2, servers, 2, ACL_ANY, 0));
	ATF_CHECK(rsop_permits(r, people, 2, servers, 2, RSOP_SOMETHING, 0));
	ATF_CHECK(!rsop_permits(r, servers, 2, people, 2, RSOP_SOMETHING, 0));
	ATF_CHECK(!rsop_permits(r, servers, 2, people, 2, ACL_TCP, 80));
	ATF_CHECK(!rsop_permits(r, people, 1, servers, 2, ACL_TCP, 80));
	ATF_CHECK(!rsop_permits(r, people, 0, servers, 0, ACL_TCP, 80));
	add(r, 2, 9, 8, ACL_ICMP, 0, 65535);
	ATF_CHECK(rsop_permits(r, people, 1, servers, 2, ACL_ICMP, 0));
	add(r, 3, 9, 8, ACL_ANY, 0, 65535);
	ATF_CHECK(rsop_permits(r, people, 1, servers, 2, ACL_ANY, 0));
	ATF_CHECK(rsop_permits(r, people, 1, servers, 2, ACL_UDP, 7));
	rsop_free(r);
}

ATF_TC_WITHOUT_HEAD(a_trial_of_very_many_pairs_is_bounded_and_says_so);
ATF_TC_BODY(a_trial_of_very_many_pairs_is_bounded_and_says_so, tc)
{
	struct rsop_trial	 t;
	struct rsop		*r;
	uint32_t		 i;

	ATF_REQUIRE((r = rsop_new()) != NULL);
	rsop_trial_init(&t, r);
	for (i = 0; i < 5 * RSOP_TRIAL_MAX; i++)
		rsop_trial_note(&t, i % (3 * RSOP_TRIAL_MAX), 1 << 30);
	rsop_trial_seen(&t);
	ATF_CHECK_EQ(t.n, RSOP_TRIAL_MAX);
	ATF_CHECK_EQ(t.more, 1);
	ATF_REQUIRE_EQ(rsop_trial_compare(&t, on_told, NULL), 0);
	rsop_trial_free(&t);
	/* The same pair over and over is one. */
	rsop_trial_init(&t, r);
	for (i = 0; i < 5 * RSOP_TRIAL_MAX; i++)
		rsop_trial_note(&t, i % 1000, 1 << 30);
	rsop_trial_seen(&t);
	ATF_CHECK_EQ(t.n, 1000);
	ATF_CHECK_EQ(t.more, 0);
	rsop_trial_free(&t);
	rsop_free(r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    a_trial_says_what_the_changes_do_and_leaves_no_trace);
	ATF_TP_ADD_TC(tp, policies_permit_by_themselves_without_any_system);
	ATF_TP_ADD_TC(tp, a_trial_of_very_many_pairs_is_bounded_and_says_so);
	return atf_no_error();
}
