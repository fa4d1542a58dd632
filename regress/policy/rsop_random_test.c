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
 * The resultant set of policy says after every one of many random changes
 * what a naive computation, which lives here and does all pairs afresh each
 * time, says too; and it named exactly the pairs that changed.
 */

#include <atf-c.h>
#include <string.h>

#include "policy/rsop.h"

#define NSYS	12
#define NPOL	8
#define NTAG	6
#define NREQ	3
#define NPORT	32		/* the last stands for itself and all above */
#define NWIN	3
#define STEPS	10000

struct model_system {
	int			 there, enabled;
	uint64_t		 not_after;
	uint64_t		 until;
	unsigned int		 tags, met;	/* bits */
};

struct model_policy {
	int			 there, enabled;
	uint64_t		 not_after;
	unsigned int		 senders, receivers, requirements;
	struct acl_entry	 acl[4];
	size_t			 nacl;
	int			 hours;
	struct acl_window	 windows[NWIN];
	size_t			 nwindows;
};

static struct model_system	 msys[NSYS];
static struct model_policy	 mpol[NPOL];
static uint64_t			 mnow;
static struct rsop_pair		 mold[NSYS][NSYS], mnew[NSYS][NSYS];
static int			 named[NSYS][NSYS];
static uint32_t			 seed;

static uint32_t
rnd(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static int
alive(int there, int enabled, uint64_t not_after)
{
	return there && enabled && (not_after == 0 || mnow < not_after);
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a == 0 ? b : a;
	return a < b ? a : b;
}

/*
 * The policy's window number i, cut where the policy and what it is for end;
 * 0: none there.
 */
static int
window_of(const struct model_policy *p, size_t i, uint64_t limit,
    struct acl_window *w)
{
	w->from = w->until = 0;
	if (p->hours) {
		if (i >= p->nwindows)
			return 0;
		*w = p->windows[i];
	} else if (i > 0)
		return 0;
	w->until = earlier(w->until, earlier(p->not_after, limit));
	return w->until == 0 || w->from < w->until;
}

static size_t
emit(const char ports[NPORT], uint8_t protocol, const struct acl_window *w,
    struct acl_timed *out)
{
	size_t	 n = 0;
	int	 i, from;

	for (i = 0; i < NPORT; i++) {
		if (!ports[i])
			continue;
		from = i;
		while (i + 1 < NPORT && ports[i + 1])
			i++;
		out[n].when = *w;
		out[n].entry.protocol = protocol;
		out[n].entry.port_low = (uint16_t)from;
		out[n++].entry.port_high =
		    i == NPORT - 1 ? 65535 : (uint16_t)i;
	}
	return n;
}

/* What all policies give in exactly this window. */
static size_t
naive_window(int to, int from, uint64_t limit, const struct acl_window *when,
    struct acl_timed *out)
{
	char				 on[4][NPORT];
	const struct acl_entry		*e;
	const struct model_policy	*p;
	struct acl_window		 w;
	size_t				 i, k, n;
	int				 port;

	memset(on, 0, sizeof(on));
	for (p = mpol; p < mpol + NPOL; p++) {
		if (!p->there || !p->enabled ||
		    !(p->senders & msys[from].tags) ||
		    !(p->receivers & msys[to].tags) ||
		    (p->requirements & ~msys[from].met))
			continue;
		for (k = 0; k < NWIN; k++) {
			if (!window_of(p, k, limit, &w) ||
			    w.from != when->from || w.until != when->until)
				continue;
			for (i = 0; i < p->nacl; i++) {
				e = &p->acl[i];
				for (port = e->port_low; port < NPORT &&
				    port <= e->port_high; port++)
					on[e->protocol][port] = 1;
			}
		}
	}
	if (on[ACL_ANY][0]) {
		memset(on, 0, sizeof(on));
		memset(on[ACL_ANY], 1, sizeof(on[ACL_ANY]));
	}
	n = emit(on[ACL_ANY], ACL_ANY, when, out);
	n += emit(on[ACL_TCP], ACL_TCP, when, out + n);
	n += emit(on[ACL_UDP], ACL_UDP, when, out + n);
	return n + emit(on[ACL_ICMP], ACL_ICMP, when, out + n);
}

/* The next window after this one that has not passed, of any policy. */
static int
naive_after(uint64_t limit, const struct acl_window *last,
    struct acl_window *next)
{
	struct acl_window	 w;
	size_t			 i, k;
	int			 found = 0;

	for (i = 0; i < NPOL; i++)
		for (k = 0; k < NWIN; k++) {
			if (!mpol[i].there ||
			    !window_of(&mpol[i], k, limit, &w))
				continue;
			/* No end is later than any. */
			if (w.until == 0)
				w.until = UINT64_MAX;
			if (w.until <= mnow || w.from < last->from ||
			    (w.from == last->from && w.until >= last->until))
				continue;
			if (!found || w.from < next->from ||
			    (w.from == next->from && w.until > next->until))
				*next = w;
			found = 1;
		}
	return found;
}

static int
within(const struct acl_timed *in, const struct acl_timed *out)
{
	if (in->when.from < out->when.from || (out->when.until != 0 &&
	    (in->when.until == 0 || in->when.until > out->when.until)))
		return 0;
	return out->entry.protocol == ACL_ANY ||
	    (in->entry.protocol == out->entry.protocol &&
	    in->entry.port_low >= out->entry.port_low &&
	    in->entry.port_high <= out->entry.port_high);
}

/* Drop what lies within another. */
static size_t
naive_drop(const struct acl_timed *all, size_t n, struct acl_timed *out)
{
	size_t	 i, k, kept = 0;

	for (i = 0; i < n; i++) {
		for (k = 0; k < n; k++)
			if (k != i && within(&all[i], &all[k]))
				break;
		if (k == n)
			out[kept++] = all[i];
	}
	return kept;
}

static size_t
naive(int to, int from, struct acl_timed *out)
{
	static const struct acl_window	 always = { 0, 0 };
	struct acl_timed		 all[ACL_MAX];
	struct acl_window		 last = { 0, UINT64_MAX }, w, shown;
	uint64_t			 limit;
	size_t				 n;

	limit = earlier(msys[to].until, msys[from].until);
	if (to == from || !alive(msys[to].there, msys[to].enabled,
	    earlier(msys[to].not_after, limit)) || !alive(msys[from].there,
	    msys[from].enabled, msys[from].not_after))
		return 0;
	/* The one window that naive_after cannot find. */
	n = naive_window(to, from, limit, &always, all);
	for (; naive_after(limit, &last, &w); last = w) {
		shown = w;
		if (shown.until == UINT64_MAX)
			shown.until = 0;
		n += naive_window(to, from, limit, &shown, all + n);
	}
	return naive_drop(all, n, out);
}

static int
acl_same(const struct acl_timed *a, size_t na, const struct acl_timed *b,
    size_t nb)
{
	size_t	 i;

	if (na != nb)
		return 0;
	for (i = 0; i < na; i++)
		if (a[i].entry.protocol != b[i].entry.protocol ||
		    a[i].entry.port_low != b[i].entry.port_low ||
		    a[i].entry.port_high != b[i].entry.port_high ||
		    a[i].when.from != b[i].when.from ||
		    a[i].when.until != b[i].when.until)
			return 0;
	return 1;
}

static void
on_change(void *arg, uint32_t a, uint32_t b)
{
	(void)arg;
	ATF_REQUIRE(a < b && b < NSYS);
	named[a][b]++;
}

static void
on_peer(void *arg, uint32_t a, uint32_t b)
{
	int	*peers = arg;

	ATF_REQUIRE(a < NSYS && b < NSYS);
	peers[b]++;
}

static size_t
spread(unsigned int bits, uint32_t *tags)
{
	size_t		 n = 0;
	uint32_t	 i;

	for (i = NTAG; i-- > 0;)
		if (bits & 1U << i)
			tags[n++] = i;
	return n;
}

/* As spread, ascending. */
static size_t
requirements(unsigned int bits, uint32_t *out)
{
	size_t		 n = 0;
	uint32_t	 i;

	for (i = 0; i < NREQ; i++)
		if (bits & 1U << i)
			out[n++] = 100 + i;
	return n;
}

static uint64_t
random_expiry(void)
{
	return rnd(3) == 0 ? mnow + rnd(20) : 0;
}

static void
change_system(struct rsop *r)
{
	uint32_t		 tags[NTAG], met[NREQ], id = rnd(NSYS);
	struct model_system	*m = &msys[id];
	struct rsop_system	 s;

	if (m->there && rnd(4) == 0) {
		m->there = 0;
		ATF_REQUIRE_EQ(rsop_remove_system(r, id, on_change, NULL), 0);
		return;
	}
	m->there = 1;
	m->enabled = rnd(6) != 0;
	m->not_after = random_expiry();
	m->until = random_expiry();
	/* Often only what is met is another. */
	if (rnd(2))
		m->tags = rnd(1 << NTAG) & rnd(1 << NTAG);
	m->met = rnd(1 << NREQ) | rnd(1 << NREQ);
	memset(&s, 0, sizeof(s));
	s.id = id;
	s.enabled = m->enabled;
	s.not_after = m->not_after;
	s.until = m->until;
	s.tags = tags;
	s.ntags = spread(m->tags, tags);
	s.met = met;
	s.nmet = requirements(m->met, met);
	ATF_REQUIRE_EQ(rsop_set_system(r, &s, on_change, NULL), 0);
}

static void
random_acl(struct acl_entry *e)
{
	e->protocol = (uint8_t)rnd(8);
	e->port_low = 0;
	e->port_high = 65535;
	if (e->protocol == ACL_ANY && rnd(3) != 0)
		e->protocol = ACL_TCP;
	if (e->protocol > ACL_ICMP)
		e->protocol = e->protocol & 1 ? ACL_TCP : ACL_UDP;
	if (e->protocol == ACL_ANY || e->protocol == ACL_ICMP ||
	    rnd(10) == 0)
		return;
	e->port_low = (uint16_t)(1 + rnd(20));
	if (rnd(10) != 0)
		e->port_high = (uint16_t)(e->port_low + rnd(4));
}

/* Some around now, as windows of other policies are. */
static void
random_windows(struct model_policy *m)
{
	uint64_t	 t = mnow < 20 ? 1 : mnow - rnd(20);

	m->hours = rnd(3) == 0;
	for (m->nwindows = 0; m->nwindows < NWIN; m->nwindows++) {
		if (rnd(5) == 0)
			break;
		t = t / 4 * 4 + 4;
		m->windows[m->nwindows].from = t;
		t += 1 + rnd(9);
		m->windows[m->nwindows].until = t++;
	}
}

static void
change_policy(struct rsop *r)
{
	uint32_t		 from[NTAG], to[NTAG], need[NREQ];
	uint32_t		 id = rnd(NPOL);
	struct model_policy	*m = &mpol[id];
	struct rsop_policy	 p;
	size_t			 i;

	if (m->there && rnd(5) == 0) {
		m->there = 0;
		ATF_REQUIRE_EQ(rsop_remove_policy(r, id, on_change, NULL), 0);
		return;
	}
	m->there = 1;
	m->enabled = rnd(6) != 0;
	m->not_after = random_expiry();
	random_windows(m);
	m->nacl = rnd(5);
	for (i = 0; i < m->nacl; i++)
		random_acl(&m->acl[i]);
	if (rnd(2)) {
		m->senders = rnd(1 << NTAG) & rnd(1 << NTAG);
		m->receivers = rnd(3) == 0 ? m->senders :
		    rnd(1 << NTAG) & rnd(1 << NTAG);
	}
	memset(&p, 0, sizeof(p));
	p.id = id;
	p.enabled = m->enabled;
	p.not_after = m->not_after;
	p.hours = m->hours;
	p.windows = m->windows;
	p.nwindows = m->nwindows;
	p.senders = from;
	p.nsenders = spread(m->senders, from);
	p.receivers = to;
	p.nreceivers = spread(m->receivers, to);
	m->requirements = rnd(2) ? 0 : rnd(1 << NREQ) & rnd(1 << NREQ);
	p.requirements = need;
	p.nrequirements = requirements(m->requirements, need);
	p.acl = m->acl;
	p.nacl = m->nacl;
	ATF_REQUIRE_EQ(rsop_set_policy(r, &p, on_change, NULL), 0);
}

/* The soonest end of anything, computed afresh. */
static uint64_t
naive_next(void)
{
	struct acl_window	 w;
	uint64_t		 t, next = 0;
	size_t			 i, k;

	for (i = 0; i < NSYS; i++) {
		t = msys[i].there ?
		    earlier(msys[i].not_after, msys[i].until) : 0;
		if (t > mnow && (next == 0 || t < next))
			next = t;
	}
	for (i = 0; i < NPOL; i++)
		for (k = 0; mpol[i].there && k < NWIN; k++)
			if (window_of(&mpol[i], k, 0, &w) && w.until > mnow &&
			    (next == 0 || w.until < next))
				next = w.until;
	return next;
}

static void
change_time(struct rsop *r)
{
	uint64_t	 next;

	if (rnd(5) == 0 && mnow > 30)
		mnow -= rnd(15);
	else
		mnow += rnd(8);
	ATF_REQUIRE_EQ(rsop_tick(r, mnow, &next, on_change, NULL), 0);
	ATF_REQUIRE_EQ(next, naive_next());
}

static int
holds_at(const struct rsop_pair *p, uint64_t t)
{
	size_t	 i;
	int	 found = 0;

	for (i = 0; i < p->n_in_a; i++)
		found |= acl_window_holds(&p->acl_in_a[i].when, t);
	for (i = 0; i < p->n_in_b; i++)
		found |= acl_window_holds(&p->acl_in_b[i].when, t);
	return found;
}

/* The union of the windows, looked at second by second. */
static void
compare_open(const struct rsop_pair *p, int step)
{
	uint64_t	 t = mnow < 30 ? 0 : mnow - 30, end = mnow + 60;

	if (p->n_in_a + p->n_in_b == 0) {
		ATF_CHECK_EQ(p->nopen, 0);
		return;
	}
	if (p->nopen == RSOP_WINDOWS_MAX)
		end = p->open[p->nopen - 1].until;
	for (; t < end; t++)
		if (acl_windows_hold(p->open, p->nopen, t) != holds_at(p, t))
			atf_tc_fail("step %d: pair %u %u at %llu", step, p->a,
			    p->b, (unsigned long long)t);
}

static void
compare_pair(struct rsop *r, int step, int a, int b)
{
	struct rsop_pair	 got, *want = &mnew[a][b];
	const struct rsop_pair	*old = &mold[a][b];
	int			 changed, known;

	want->n_in_a = naive(a, b, want->acl_in_a);
	want->n_in_b = naive(b, a, want->acl_in_b);
	known = msys[a].there && msys[b].there;
	ATF_REQUIRE_EQ(rsop_pair(r, (uint32_t)a, (uint32_t)b, &got),
	    known ? 0 : -1);
	if (!acl_same(got.acl_in_a, got.n_in_a, want->acl_in_a,
	    want->n_in_a) || !acl_same(got.acl_in_b, got.n_in_b,
	    want->acl_in_b, want->n_in_b) || got.surplus)
		atf_tc_fail("step %d: pair %d %d differs", step, a, b);
	if (known)
		compare_open(&got, step);
	changed = !acl_same(old->acl_in_a, old->n_in_a, want->acl_in_a,
	    want->n_in_a) || !acl_same(old->acl_in_b, old->n_in_b,
	    want->acl_in_b, want->n_in_b);
	if (named[a][b] != changed)
		atf_tc_fail("step %d: pair %d %d changed %d, named %d", step,
		    a, b, changed, named[a][b]);
}

static void
compare_peers(struct rsop *r, int step, int a)
{
	const struct rsop_pair	*pair;
	int			 peers[NSYS] = { 0 }, b;

	ATF_REQUIRE_EQ(rsop_each_peer(r, (uint32_t)a, on_peer, peers),
	    msys[a].there ? 0 : -1);
	for (b = 0; b < NSYS; b++) {
		pair = a < b ? &mnew[a][b] : &mnew[b][a];
		if (peers[b] != (a != b && pair->n_in_a + pair->n_in_b != 0))
			atf_tc_fail("step %d: peer %d of %d", step, b, a);
	}
}

static void
run_random(uint32_t start)
{
	struct rsop	*r;
	int		 a, b, step, total = 0;
	uint32_t	 what;

	ATF_REQUIRE((r = rsop_new()) != NULL);
	seed = start;
	for (step = 0; step < STEPS; step++) {
		memset(named, 0, sizeof(named));
		what = rnd(10);
		if (what < 4)
			change_system(r);
		else if (what < 8)
			change_policy(r);
		else
			change_time(r);
		for (a = 0; a < NSYS; a++)
			for (b = a + 1; b < NSYS; b++) {
				compare_pair(r, step, a, b);
				total += named[a][b];
			}
		for (a = 0; a < NSYS; a++)
			compare_peers(r, step, a);
		memcpy(mold, mnew, sizeof(mold));
	}
	/* A run in which little happened proves little. */
	ATF_CHECK_MSG(total > STEPS, "only %d changes", total);
	rsop_free(r);
}

ATF_TC_WITHOUT_HEAD(after_every_random_change_it_equals_the_naive_result);
ATF_TC_BODY(after_every_random_change_it_equals_the_naive_result, tc)
{
	run_random(1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    after_every_random_change_it_equals_the_naive_result);
	return atf_no_error();
}
