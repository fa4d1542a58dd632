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
 * The resultant set of policy, case by case.
 */

#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rsop.h"
#include "policy/rsop_local.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const struct acl_entry	 web = { ACL_TCP, 80, 80 };

static size_t	 ncalls;
static uint32_t	 last_a, last_b;

static void
count_calls(void *arg, uint32_t a, uint32_t b)
{
	(void)arg;
	ncalls++;
	last_a = a;
	last_b = b;
}

static struct rsop *
new_rsop(void)
{
	struct rsop	*r;

	ATF_REQUIRE((r = rsop_new()) != NULL);
	ncalls = 0;
	return r;
}

static void
add_system(struct rsop *r, uint32_t id, uint32_t tag)
{
	struct rsop_system	 s = { id, 1, 0, 0, &tag, 1, NULL, 0 };

	ATF_REQUIRE_EQ(rsop_set_system(r, &s, count_calls, NULL), 0);
}

static int
add_policy_until(struct rsop *r, uint32_t id, uint32_t from, uint32_t to,
    const struct acl_entry *acl, size_t nacl, uint64_t not_after)
{
	struct rsop_policy	 p;

	memset(&p, 0, sizeof(p));
	p.id = id;
	p.enabled = 1;
	p.not_after = not_after;
	p.senders = &from;
	p.nsenders = 1;
	p.receivers = &to;
	p.nreceivers = 1;
	p.acl = acl;
	p.nacl = nacl;
	return rsop_set_policy(r, &p, count_calls, NULL);
}

static void
add_policy(struct rsop *r, uint32_t id, uint32_t from, uint32_t to,
    const struct acl_entry *acl, size_t nacl)
{
	ATF_REQUIRE_EQ(add_policy_until(r, id, from, to, acl, nacl, 0), 0);
}

static void
check_pair(struct rsop *r, uint32_t a, uint32_t b, size_t in_a, size_t in_b)
{
	struct rsop_pair	 pair;

	ATF_REQUIRE_EQ(rsop_pair(r, a, b, &pair), 0);
	ATF_CHECK_EQ(pair.a, a);
	ATF_CHECK_EQ(pair.b, b);
	ATF_CHECK_EQ_MSG(pair.n_in_a, in_a, "%u from %u", a, b);
	ATF_CHECK_EQ_MSG(pair.n_in_b, in_b, "%u from %u", b, a);
}

ATF_TC_WITHOUT_HEAD(receivers_accept_what_senders_originate);
ATF_TC_BODY(receivers_accept_what_senders_originate, tc)
{
	struct rsop		*r = new_rsop();
	struct rsop_pair	 pair;

	add_system(r, 1, 10);
	add_system(r, 2, 20);
	add_system(r, 3, 30);
	ATF_CHECK_EQ(ncalls, 0);
	add_policy(r, 7, 10, 20, &web, 1);
	ATF_CHECK_EQ(ncalls, 1);
	ATF_CHECK(last_a == 1 && last_b == 2);
	check_pair(r, 1, 2, 0, 1);
	check_pair(r, 2, 1, 1, 0);
	check_pair(r, 1, 3, 0, 0);
	ATF_REQUIRE_EQ(rsop_pair(r, 2, 1, &pair), 0);
	ATF_CHECK(pair.acl_in_a[0].entry.protocol == ACL_TCP &&
	    pair.acl_in_a[0].entry.port_low == 80 &&
	    pair.acl_in_a[0].entry.port_high == 80 && !pair.surplus);
	rsop_free(r);
}

ATF_TC_WITHOUT_HEAD(the_same_tag_on_both_sides_is_a_mesh);
ATF_TC_BODY(the_same_tag_on_both_sides_is_a_mesh, tc)
{
	struct rsop	*r = new_rsop();
	uint32_t	 i, j;

	for (i = 1; i <= 4; i++)
		add_system(r, i, 5);
	add_policy(r, 1, 5, 5, &web, 1);
	ATF_CHECK_EQ(ncalls, 6);
	for (i = 1; i <= 4; i++)
		for (j = 1; j <= 4; j++)
			check_pair(r, i, j, i != j, i != j);
	ncalls = 0;
	ATF_REQUIRE_EQ(rsop_each_peer(r, 2, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 3);
	ATF_CHECK(last_a == 2 && last_b == 4);
	ncalls = 0;
	ATF_REQUIRE_EQ(rsop_remove_system(r, 4, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 3);
	ncalls = 0;
	ATF_REQUIRE_EQ(rsop_remove_policy(r, 1, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 3);
	check_pair(r, 1, 2, 0, 0);
	rsop_free(r);
}

struct merge {
	size_t			 nin;
	struct acl_entry	 in[6];
	size_t			 nout;
	struct acl_entry	 out[6];
};

#define ANY		{ ACL_ANY, 0, 65535 }
#define ICMP		{ ACL_ICMP, 0, 65535 }
#define TCP(l, h)	{ ACL_TCP, l, h }
#define UDP(l, h)	{ ACL_UDP, l, h }

static const struct merge	 merges[] = {
	{ 0, { ANY }, 0, { ANY } },
	{ 1, { TCP(80, 80) }, 1, { TCP(80, 80) } },
	{ 2, { TCP(80, 80), TCP(80, 80) }, 1, { TCP(80, 80) } },
	{ 2, { TCP(90, 99), TCP(80, 95) }, 1, { TCP(80, 99) } },
	{ 2, { TCP(80, 99), TCP(85, 90) }, 1, { TCP(80, 99) } },
	{ 2, { TCP(81, 81), TCP(80, 80) }, 1, { TCP(80, 81) } },
	{ 2, { TCP(82, 82), TCP(80, 80) }, 2, { TCP(80, 80), TCP(82, 82) } },
	{ 2, { UDP(80, 80), TCP(80, 80) }, 2, { TCP(80, 80), UDP(80, 80) } },
	{ 3, { TCP(5, 6), ICMP, TCP(0, 65535) }, 2, { TCP(0, 65535), ICMP } },
	{ 3, { TCP(65535, 65535), UDP(1, 1), TCP(1, 65534) }, 2,
	    { TCP(1, 65535), UDP(1, 1) } },
	{ 2, { TCP(65535, 65535), UDP(1, 2) }, 2,
	    { TCP(65535, 65535), UDP(1, 2) } },
	{ 2, { ICMP, ICMP }, 1, { ICMP } },
	{ 4, { TCP(1, 2), UDP(3, 4), ICMP, ANY }, 1, { ANY } },
	{ 5, { TCP(1, 1), TCP(3, 3), TCP(5, 5), TCP(2, 2), TCP(4, 4) }, 1,
	    { TCP(1, 5) } },
};

static void
check_merge(struct rsop *r, const struct merge *m, size_t row)
{
	struct rsop_pair	 pair;
	const struct acl_entry	*e;
	size_t			 i;

	ATF_REQUIRE_EQ(rsop_pair(r, 2, 1, &pair), 0);
	ATF_REQUIRE_EQ_MSG(pair.n_in_a, m->nout, "row %zu", row);
	for (i = 0; i < m->nout; i++) {
		e = &pair.acl_in_a[i].entry;
		ATF_CHECK_MSG(e->protocol == m->out[i].protocol &&
		    e->port_low == m->out[i].port_low &&
		    e->port_high == m->out[i].port_high,
		    "row %zu entry %zu", row, i);
	}
	for (i = 0; i < m->nout; i++)
		ATF_CHECK(acl_timed_valid(&pair.acl_in_a[i]));
}

/* Once as one policy, once as a policy for each rule. */
ATF_TC_WITHOUT_HEAD(the_rules_of_a_pair_are_a_canonical_union);
ATF_TC_BODY(the_rules_of_a_pair_are_a_canonical_union, tc)
{
	const struct merge	*m;
	struct rsop		*r;
	size_t			 i, row;

	for (row = 0; row < COUNT(merges); row++) {
		m = &merges[row];
		r = new_rsop();
		add_system(r, 1, 10);
		add_system(r, 2, 20);
		add_policy(r, 1, 10, 20, m->in, m->nin);
		check_merge(r, m, row);
		ATF_REQUIRE_EQ(rsop_remove_policy(r, 1, NULL, NULL), 0);
		for (i = 0; i < m->nin; i++)
			add_policy(r, (uint32_t)i, 10, 20, &m->in[i], 1);
		check_merge(r, m, row);
		rsop_free(r);
	}
}

ATF_TC_WITHOUT_HEAD(what_is_disabled_or_without_rules_gives_nothing);
ATF_TC_BODY(what_is_disabled_or_without_rules_gives_nothing, tc)
{
	struct rsop		*r = new_rsop();
	uint32_t		 tag = 5;
	struct rsop_system	 s = { 1, 0, 0, 0, &tag, 1, NULL, 0 };
	struct rsop_policy	 p = { .id = 1, .enabled = 1, .senders = &tag,
				    .nsenders = 1, .receivers = &tag,
				    .nreceivers = 1, .acl = &web, .nacl = 1 };

	add_system(r, 1, 5);
	add_system(r, 2, 5);
	ATF_REQUIRE_EQ(rsop_set_policy(r, &p, count_calls, NULL), 0);
	check_pair(r, 1, 2, 1, 1);
	ncalls = 0;
	ATF_REQUIRE_EQ(rsop_set_policy(r, &p, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 0);
	p.enabled = 0;
	ATF_REQUIRE_EQ(rsop_set_policy(r, &p, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 1);
	check_pair(r, 1, 2, 0, 0);
	p.enabled = 1;
	p.nacl = 0;
	ATF_REQUIRE_EQ(rsop_set_policy(r, &p, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 1);
	check_pair(r, 1, 2, 0, 0);
	p.nacl = 1;
	ATF_REQUIRE_EQ(rsop_set_policy(r, &p, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 2);
	ATF_REQUIRE_EQ(rsop_set_system(r, &s, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 3);
	check_pair(r, 1, 2, 0, 0);
	rsop_free(r);
}

/* Who is told of a pair can end it alone. */
ATF_TC_WITHOUT_HEAD(the_end_of_a_system_is_the_end_of_its_windows);
ATF_TC_BODY(the_end_of_a_system_is_the_end_of_its_windows, tc)
{
	struct rsop		*r = new_rsop();
	uint32_t		 tag = 5;
	struct rsop_system	 s = { 1, 1, 500, 300, &tag, 1, NULL, 0 };
	struct rsop_pair	 pair;
	uint64_t		 next;

	ATF_REQUIRE_EQ(rsop_set_system(r, &s, NULL, NULL), 0);
	add_system(r, 2, 5);
	ATF_REQUIRE_EQ(rsop_tick(r, 100, &next, NULL, NULL), 0);
	ATF_CHECK_EQ(next, 300);
	ATF_REQUIRE_EQ(add_policy_until(r, 1, 5, 5, &web, 1, 400), 0);
	ATF_REQUIRE_EQ(rsop_pair(r, 1, 2, &pair), 0);
	ATF_REQUIRE_EQ(pair.n_in_a, 1);
	ATF_REQUIRE_EQ(pair.n_in_b, 1);
	ATF_CHECK_EQ(pair.acl_in_a[0].when.until, 300);
	ATF_CHECK_EQ(pair.acl_in_b[0].when.until, 300);
	ATF_CHECK_EQ(pair.nopen, 1);
	ATF_CHECK_EQ(pair.open[0].until, 300);
	ncalls = 0;
	ATF_REQUIRE_EQ(rsop_tick(r, 300, &next, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 1);
	check_pair(r, 1, 2, 0, 0);
	rsop_free(r);
}

ATF_TC_WITHOUT_HEAD(expiry_takes_away_and_a_clock_set_back_gives_again);
ATF_TC_BODY(expiry_takes_away_and_a_clock_set_back_gives_again, tc)
{
	struct rsop		*r = new_rsop();
	uint32_t		 tag = 5;
	struct rsop_system	 s = { 3, 1, 300, 0, &tag, 1, NULL, 0 };
	uint64_t		 next;

	add_system(r, 1, 5);
	add_system(r, 2, 5);
	ATF_REQUIRE_EQ(rsop_set_system(r, &s, NULL, NULL), 0);
	ATF_REQUIRE_EQ(rsop_tick(r, 100, &next, NULL, NULL), 0);
	ATF_CHECK_EQ(next, 300);
	ATF_REQUIRE_EQ(add_policy_until(r, 1, 5, 5, &web, 1, 200), 0);
	ATF_REQUIRE_EQ(add_policy_until(r, 2, 5, 5, &web, 1, 400), 0);
	ATF_REQUIRE_EQ(add_policy_until(r, 3, 5, 5, &web, 1, 100), 0);
	ncalls = 0;
	/* The other policy gives the same. */
	ATF_REQUIRE_EQ(rsop_tick(r, 200, &next, count_calls, NULL), 0);
	ATF_CHECK_EQ(next, 300);
	ATF_CHECK_EQ(ncalls, 0);
	ATF_REQUIRE_EQ(rsop_tick(r, 299, &next, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 0);
	ATF_REQUIRE_EQ(rsop_tick(r, 300, &next, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 2);
	ATF_CHECK_EQ(next, 400);
	check_pair(r, 1, 3, 0, 0);
	check_pair(r, 1, 2, 1, 1);
	ATF_REQUIRE_EQ(rsop_tick(r, UINT64_MAX, &next, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 3);
	ATF_CHECK_EQ(next, 0);
	check_pair(r, 1, 2, 0, 0);
	ATF_REQUIRE_EQ(rsop_tick(r, 100, &next, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 6);
	ATF_CHECK_EQ(next, 200);
	check_pair(r, 1, 3, 1, 1);
	ATF_REQUIRE_EQ(rsop_remove_policy(r, 1, NULL, NULL), 0);
	ATF_REQUIRE_EQ(rsop_remove_policy(r, 2, NULL, NULL), 0);
	/* The third expired at 100 and was back for no moment. */
	check_pair(r, 1, 2, 0, 0);
	ATF_REQUIRE_EQ(rsop_tick(r, 99, NULL, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 9);
	check_pair(r, 1, 2, 1, 1);
	rsop_free(r);
}

static void
add_policy_hours(struct rsop *r, uint32_t id, const struct acl_entry *acl,
    const struct acl_window *windows, size_t n, uint64_t not_after, int error)
{
	uint32_t		 tag = 5;
	struct rsop_policy	 p = { .id = id, .enabled = 1,
				    .not_after = not_after, .hours = 1,
				    .windows = windows, .nwindows = n,
				    .senders = &tag, .nsenders = 1,
				    .receivers = &tag, .nreceivers = 1,
				    .acl = acl, .nacl = 1 };

	errno = 0;
	ATF_CHECK_EQ(rsop_set_policy(r, &p, count_calls, NULL), error ? -1 : 0);
	ATF_CHECK_EQ(errno, error);
}

ATF_TC_WITHOUT_HEAD(rules_name_the_windows_in_which_they_are_in_force);
ATF_TC_BODY(rules_name_the_windows_in_which_they_are_in_force, tc)
{
	static const struct acl_window	 w[] = { { 10, 20 }, { 30, 40 } };
	static const struct acl_entry	 any = { ACL_ANY, 0, 65535 };
	struct rsop			*r = new_rsop();
	struct rsop_pair		 pair;
	struct acl_entry		 now[ACL_MAX];
	uint64_t			 next;

	add_system(r, 1, 5);
	add_system(r, 2, 5);
	ATF_REQUIRE_EQ(rsop_tick(r, 15, &next, count_calls, NULL), 0);
	add_policy_hours(r, 1, &web, w, 2, 0, 0);
	add_policy_hours(r, 2, &any, w + 1, 1, 35, 0);
	ATF_REQUIRE_EQ(rsop_pair(r, 1, 2, &pair), 0);
	ATF_REQUIRE_EQ(pair.n_in_a, 3);
	ATF_CHECK(pair.acl_in_a[0].when.from == 10 &&
	    pair.acl_in_a[0].when.until == 20);
	ATF_CHECK(pair.acl_in_a[1].when.until == 40);
	/* The end of the policy is the end of its window. */
	ATF_CHECK(pair.acl_in_a[2].when.from == 30 &&
	    pair.acl_in_a[2].when.until == 35 &&
	    pair.acl_in_a[2].entry.protocol == ACL_ANY);
	ATF_REQUIRE_EQ(pair.nopen, 2);
	ATF_CHECK(pair.open[1].from == 30 && pair.open[1].until == 40);
	ATF_CHECK_EQ(acl_timed_select(pair.acl_in_a, 3, 20, now), 0);
	ATF_CHECK_EQ(acl_timed_select(pair.acl_in_a, 3, 34, now), 2);
	/* A beginning changes nothing that was not known; an end does. */
	ncalls = 0;
	ATF_REQUIRE_EQ(rsop_tick(r, 20, &next, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 1);
	ATF_CHECK_EQ(next, 35);
	ATF_REQUIRE_EQ(rsop_tick(r, 31, &next, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 1);
	check_pair(r, 1, 2, 2, 2);
	ATF_REQUIRE_EQ(rsop_tick(r, 40, &next, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 2);
	ATF_CHECK_EQ(next, 0);
	check_pair(r, 1, 2, 0, 0);
	rsop_free(r);
}

ATF_TC_WITHOUT_HEAD(windows_are_in_order_and_apart);
ATF_TC_BODY(windows_are_in_order_and_apart, tc)
{
	static const struct acl_window	 bad[][2] = {
		{ { 10, 20 }, { 20, 30 } }, { { 10, 20 }, { 5, 30 } },
		{ { 10, 10 }, { 20, 30 } }, { { 10, 0 }, { 20, 30 } },
		{ { 10, 20 }, { 30, 0 } }
	};
	struct acl_window		 many[RSOP_WINDOWS_MAX + 1];
	struct rsop			*r = new_rsop();
	size_t				 i;

	add_system(r, 1, 5);
	add_system(r, 2, 5);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		add_policy_hours(r, 1, &web, bad[i], 2, 0, EINVAL);
	for (i = 0; i <= RSOP_WINDOWS_MAX; i++) {
		many[i].from = 10 + 10 * i;
		many[i].until = 15 + 10 * i;
	}
	add_policy_hours(r, 1, &web, many, RSOP_WINDOWS_MAX + 1, 0, EINVAL);
	add_policy_hours(r, 1, &web, many, RSOP_WINDOWS_MAX, 0, 0);
	check_pair(r, 1, 2, RSOP_WINDOWS_MAX, RSOP_WINDOWS_MAX);
	/* Hours without a window are never. */
	add_policy_hours(r, 1, &web, many, 0, 0, 0);
	check_pair(r, 1, 2, 0, 0);
	rsop_free(r);
}

ATF_TC_WITHOUT_HEAD(of_too_many_rules_the_nearest_windows_stay);
ATF_TC_BODY(of_too_many_rules_the_nearest_windows_stay, tc)
{
	static const struct acl_window	 w[] = { { 10, 20 }, { 30, 40 } };
	struct rsop			*r = new_rsop();
	struct acl_entry		 acl[ACL_MAX];
	struct rsop_pair		 pair;
	uint32_t			 tag = 5;
	struct rsop_policy		 p = { .id = 1, .enabled = 1,
					    .hours = 1, .windows = w,
					    .nwindows = 2, .senders = &tag,
					    .nsenders = 1, .receivers = &tag,
					    .nreceivers = 1, .acl = acl,
					    .nacl = 100 };
	uint16_t			 i;

	for (i = 0; i < 100; i++) {
		acl[i].protocol = ACL_TCP;
		acl[i].port_low = acl[i].port_high = (uint16_t)(1 + 2 * i);
	}
	add_system(r, 1, 5);
	add_system(r, 2, 5);
	ATF_REQUIRE_EQ(rsop_set_policy(r, &p, NULL, NULL), 0);
	ATF_REQUIRE_EQ(rsop_pair(r, 1, 2, &pair), 0);
	ATF_CHECK_EQ(pair.n_in_a, ACL_MAX);
	ATF_CHECK_EQ(pair.acl_in_a[99].when.until, 20);
	ATF_CHECK_EQ(pair.acl_in_a[100].when.until, 40);
	/* What is left out has not begun. */
	ATF_CHECK(!pair.surplus);
	ATF_REQUIRE_EQ(rsop_tick(r, 20, NULL, NULL, NULL), 0);
	ATF_REQUIRE_EQ(rsop_pair(r, 1, 2, &pair), 0);
	ATF_CHECK_EQ(pair.n_in_a, 100);
	rsop_free(r);
}

ATF_TC_WITHOUT_HEAD(the_last_that_ends_at_the_end_of_time_does_end);
ATF_TC_BODY(the_last_that_ends_at_the_end_of_time_does_end, tc)
{
	struct rsop	*r = new_rsop();
	uint64_t	 next;

	add_system(r, 1, 5);
	add_system(r, 2, 5);
	ATF_REQUIRE_EQ(add_policy_until(r, 1, 5, 5, &web, 1, UINT64_MAX), 0);
	ATF_REQUIRE_EQ(rsop_tick(r, UINT64_MAX - 1, &next, NULL, NULL), 0);
	ATF_CHECK_EQ(next, UINT64_MAX);
	check_pair(r, 1, 2, 1, 1);
	ATF_REQUIRE_EQ(rsop_tick(r, UINT64_MAX, &next, NULL, NULL), 0);
	ATF_CHECK_EQ(next, 0);
	check_pair(r, 1, 2, 0, 0);
	rsop_free(r);
}

ATF_TC_WITHOUT_HEAD(what_is_unknown_or_no_rule_is_refused);
ATF_TC_BODY(what_is_unknown_or_no_rule_is_refused, tc)
{
	static const struct acl_entry	 bad[] = {
		{ ACL_TCP, 80, 79 }, { ACL_TCP, 0, 80 }, { 4, 0, 65535 },
		{ ACL_ANY, 80, 80 }, { ACL_ICMP, 0, 0 }
	};
	struct rsop			*r = new_rsop();
	struct rsop_pair		 pair;
	size_t				 i;

	add_system(r, 1, 5);
	add_system(r, 2, 5);
	add_policy(r, 1, 5, 5, &web, 1);
	for (i = 0; i < COUNT(bad); i++)
		ATF_CHECK_ERRNO(EINVAL,
		    add_policy_until(r, 1, 5, 5, &bad[i], 1, 0) == -1);
	check_pair(r, 1, 2, 1, 1);
	ATF_CHECK_ERRNO(ENOENT, rsop_pair(r, 1, 3, &pair) == -1);
	ATF_CHECK(pair.a == 1 && pair.b == 3 && pair.n_in_a == 0);
	ATF_CHECK_ERRNO(ENOENT,
	    rsop_each_peer(r, 3, count_calls, NULL) == -1);
	ATF_CHECK_ERRNO(ENOENT, rsop_remove_system(r, 3, NULL, NULL) == -1);
	ATF_CHECK_ERRNO(ENOENT, rsop_remove_policy(r, 3, NULL, NULL) == -1);
	rsop_free(r);
	rsop_free(NULL);
}

ATF_TC_WITHOUT_HEAD(a_surplus_of_tags_is_reported_and_gives_nothing);
ATF_TC_BODY(a_surplus_of_tags_is_reported_and_gives_nothing, tc)
{
	struct rsop		*r = new_rsop();
	uint32_t		 tags[RSOP_TAGS_MAX + 2], i;
	struct rsop_system	 s = { 1, 1, 0, 0, tags,
				    RSOP_TAGS_MAX + 1, NULL, 0 };
	struct rsop_policy	 p = { .id = 9, .enabled = 1, .senders = tags,
				    .nsenders = RSOP_TAGS_MAX + 1,
				    .receivers = tags, .nreceivers = 1,
				    .acl = &web, .nacl = 1 };

	/* Descending, and one of them twice. */
	for (i = 0; i <= RSOP_TAGS_MAX; i++)
		tags[i] = 100 + RSOP_TAGS_MAX - i;
	tags[RSOP_TAGS_MAX + 1] = tags[0];
	ATF_CHECK_EQ(rsop_set_system(r, &s, NULL, NULL), RSOP_SURPLUS);
	add_system(r, 2, 5);
	add_policy(r, 1, 5, 100, &web, 1);
	check_pair(r, 1, 2, 0, 0);
	add_policy(r, 1, 5, 101, &web, 1);
	check_pair(r, 1, 2, 1, 0);
	s.ntags = RSOP_TAGS_MAX;
	ATF_CHECK_EQ(rsop_set_system(r, &s, NULL, NULL), 0);
	tags[RSOP_TAGS_MAX] = tags[3];
	s.ntags = RSOP_TAGS_MAX + 2;
	ATF_CHECK_EQ(rsop_set_system(r, &s, NULL, NULL), 0);
	check_pair(r, 1, 2, 1, 0);

	tags[RSOP_TAGS_MAX] = 100;
	add_system(r, 3, 100);
	add_system(r, 4, 101);
	ATF_CHECK_EQ(rsop_set_policy(r, &p, NULL, NULL), RSOP_SURPLUS);
	check_pair(r, 1, 3, 0, 0);
	check_pair(r, 1, 4, 1, 0);
	p.senders = tags;
	p.nsenders = 1;
	p.nreceivers = RSOP_TAGS_MAX + 1;
	ATF_CHECK_EQ(rsop_set_policy(r, &p, NULL, NULL), RSOP_SURPLUS);
	check_pair(r, 1, 3, 0, 0);
	check_pair(r, 1, 4, 0, 1);
	rsop_free(r);
}

ATF_TC_WITHOUT_HEAD(a_surplus_of_rules_is_flagged_and_cut);
ATF_TC_BODY(a_surplus_of_rules_is_flagged_and_cut, tc)
{
	struct rsop		*r = new_rsop();
	struct acl_entry	 low[ACL_MAX + 1], high[ACL_MAX];
	struct rsop_pair	 pair;
	size_t			 i;

	for (i = 0; i <= ACL_MAX; i++) {
		low[i].protocol = ACL_TCP;
		low[i].port_low = low[i].port_high = (uint16_t)(1 + 2 * i);
	}
	for (i = 0; i < ACL_MAX; i++) {
		high[i] = low[i];
		high[i].protocol = ACL_UDP;
	}
	add_system(r, 1, 5);
	add_system(r, 2, 6);
	ATF_CHECK_EQ(add_policy_until(r, 1, 5, 6, low, ACL_MAX + 1, 0),
	    RSOP_SURPLUS);
	check_pair(r, 1, 2, 0, ACL_MAX);
	ATF_CHECK_EQ(add_policy_until(r, 1, 5, 6, low, ACL_MAX, 0), 0);
	ATF_REQUIRE_EQ(rsop_pair(r, 1, 2, &pair), 0);
	ATF_CHECK(!pair.surplus);
	/* One more: the same 128, but the flag is news. */
	ncalls = 0;
	add_policy(r, 2, 5, 6, high, ACL_MAX);
	ATF_CHECK_EQ(ncalls, 1);
	ATF_REQUIRE_EQ(rsop_pair(r, 1, 2, &pair), 0);
	ATF_CHECK(pair.surplus);
	ATF_CHECK_EQ(pair.n_in_b, ACL_MAX);
	ATF_CHECK_EQ(pair.acl_in_b[ACL_MAX - 1].entry.protocol, ACL_TCP);
	/* Merging comes before cutting. */
	low[0].port_high = 65535;
	ATF_CHECK_EQ(add_policy_until(r, 1, 5, 6, low, ACL_MAX, 0), 0);
	ATF_REQUIRE_EQ(rsop_pair(r, 1, 2, &pair), 0);
	ATF_CHECK(pair.surplus);
	ATF_CHECK_EQ(pair.acl_in_b[0].entry.port_high, 65535);
	ATF_CHECK_EQ(pair.acl_in_b[ACL_MAX - 1].entry.protocol, ACL_UDP);
	ATF_REQUIRE_EQ(rsop_remove_policy(r, 2, NULL, NULL), 0);
	check_pair(r, 1, 2, 0, 1);
	rsop_free(r);
}

/* The rules of a policy are gathered once, not once for each tag. */
ATF_TC_WITHOUT_HEAD(a_policy_met_through_many_tags_counts_once);
ATF_TC_BODY(a_policy_met_through_many_tags_counts_once, tc)
{
	struct rsop		*r = new_rsop();
	struct acl_entry	 acl[ACL_MAX];
	uint32_t		 tags[RSOP_TAGS_MAX], i;
	struct rsop_system	 s = { 1, 1, 0, 0, tags, RSOP_TAGS_MAX,
				    NULL, 0 };
	struct rsop_policy	 p = { .id = 1, .enabled = 1, .senders = tags,
				    .nsenders = RSOP_TAGS_MAX,
				    .receivers = tags,
				    .nreceivers = RSOP_TAGS_MAX,
				    .acl = acl, .nacl = ACL_MAX };

	for (i = 0; i < RSOP_TAGS_MAX; i++)
		tags[i] = i;
	for (i = 0; i < ACL_MAX; i++) {
		acl[i].protocol = ACL_UDP;
		acl[i].port_low = acl[i].port_high = (uint16_t)(2 + 2 * i);
	}
	ATF_REQUIRE_EQ(rsop_set_system(r, &s, count_calls, NULL), 0);
	s.id = 2;
	ATF_REQUIRE_EQ(rsop_set_system(r, &s, count_calls, NULL), 0);
	for (i = 0; i < 20; i++) {
		p.id = i;
		ATF_REQUIRE_EQ(rsop_set_policy(r, &p, count_calls, NULL), 0);
		ATF_REQUIRE(r->scratch_cap >= r->nacl);
		/* What may be written is no more than what there is. */
		r->scratch_cap = r->nacl;
		r->scratch = reallocarray(r->scratch, r->nacl,
		    sizeof(*r->scratch));
		ATF_REQUIRE(r->scratch != NULL);
		check_pair(r, 1, 2, ACL_MAX, ACL_MAX);
	}
	ATF_CHECK_EQ(ncalls, 1);
	rsop_free(r);
}

static void
meddle(void *arg, uint32_t a, uint32_t b)
{
	struct rsop		*r = arg;
	struct rsop_system	 s = { 9, 1, 0, 0, NULL, 0, NULL, 0 };

	check_pair(r, a, b, 1, 1);
	ncalls = 0;
	ATF_CHECK_EQ(rsop_each_peer(r, a, count_calls, NULL), 0);
	ATF_CHECK_EQ(ncalls, 2);
	ATF_CHECK_ERRNO(EBUSY, rsop_set_system(r, &s, NULL, NULL) == -1);
	ATF_CHECK_ERRNO(EBUSY, rsop_remove_system(r, a, NULL, NULL) == -1);
	ATF_CHECK_ERRNO(EBUSY,
	    add_policy_until(r, 1, 5, 5, &web, 1, 0) == -1);
	ATF_CHECK_ERRNO(EBUSY, rsop_remove_policy(r, 1, NULL, NULL) == -1);
	ATF_CHECK_ERRNO(EBUSY, rsop_tick(r, 1, NULL, NULL, NULL) == -1);
}

ATF_TC_WITHOUT_HEAD(the_callback_sees_the_new_state_and_cannot_change_it);
ATF_TC_BODY(the_callback_sees_the_new_state_and_cannot_change_it, tc)
{
	struct rsop		*r = new_rsop();
	uint32_t		 tag = 5;
	struct rsop_policy	 p = { .id = 1, .enabled = 1, .senders = &tag,
				    .nsenders = 1, .receivers = &tag,
				    .nreceivers = 1, .acl = &web, .nacl = 1 };

	add_system(r, 1, 5);
	add_system(r, 2, 5);
	add_system(r, 3, 5);
	ATF_REQUIRE_EQ(rsop_set_policy(r, &p, meddle, r), 0);
	add_system(r, 4, 5);
	rsop_free(r);
}

/* Every pair computed advances the generation; so it counts the work. */
ATF_TC_WITHOUT_HEAD(the_cost_of_a_change_follows_the_pairs_it_affects);
ATF_TC_BODY(the_cost_of_a_change_follows_the_pairs_it_affects, tc)
{
	struct rsop	*r = new_rsop();
	uint64_t	 before;
	uint32_t	 i;

	for (i = 0; i < 2000; i++)
		add_system(r, i, i / 2);
	for (i = 0; i < 1000; i++)
		add_policy(r, i, i, i, &web, 1);
	ATF_CHECK_EQ(ncalls, 1000);
	before = r->gen;
	ncalls = 0;
	ATF_REQUIRE_EQ(rsop_remove_policy(r, 500, count_calls, NULL), 0);
	add_policy(r, 500, 500, 500, &web, 1);
	add_system(r, 1000, 400);
	ATF_CHECK_EQ(ncalls, 5);
	ATF_CHECK(r->gen - before < 30);
	rsop_free(r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, receivers_accept_what_senders_originate);
	ATF_TP_ADD_TC(tp, the_same_tag_on_both_sides_is_a_mesh);
	ATF_TP_ADD_TC(tp, the_rules_of_a_pair_are_a_canonical_union);
	ATF_TP_ADD_TC(tp, what_is_disabled_or_without_rules_gives_nothing);
	ATF_TP_ADD_TC(tp, the_end_of_a_system_is_the_end_of_its_windows);
	ATF_TP_ADD_TC(tp,
	    expiry_takes_away_and_a_clock_set_back_gives_again);
	ATF_TP_ADD_TC(tp, rules_name_the_windows_in_which_they_are_in_force);
	ATF_TP_ADD_TC(tp, windows_are_in_order_and_apart);
	ATF_TP_ADD_TC(tp, of_too_many_rules_the_nearest_windows_stay);
	ATF_TP_ADD_TC(tp, the_last_that_ends_at_the_end_of_time_does_end);
	ATF_TP_ADD_TC(tp, what_is_unknown_or_no_rule_is_refused);
	ATF_TP_ADD_TC(tp, a_surplus_of_tags_is_reported_and_gives_nothing);
	ATF_TP_ADD_TC(tp, a_surplus_of_rules_is_flagged_and_cut);
	ATF_TP_ADD_TC(tp, a_policy_met_through_many_tags_counts_once);
	ATF_TP_ADD_TC(tp,
	    the_callback_sees_the_new_state_and_cannot_change_it);
	ATF_TP_ADD_TC(tp, the_cost_of_a_change_follows_the_pairs_it_affects);
	return atf_no_error();
}
