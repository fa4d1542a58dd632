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
 * Changes that are tried in a real policyproc: what it says of them is what
 * they do when they are made, and until then nothing has happened.
 */

#include "policy/condition.h"
#include "regress/policyproc/world.h"

#define NSYS	8
#define NPOL	5
#define NTAG	4
#define NREQ	2
#define ROUNDS	150
#define ROWS	1000

static const char *const	many[] = { "", "22222", "33333", "44444",
	"55555", "66666", "77777", "88888", "99999" };

/* What a trial came to. */
struct result {
	struct msg_trial_done	 done;
	int			 kind[NSYS + 1][NSYS + 1];	/* + 1 */
	unsigned int		 was, is;	/* bits: tests */
};

static uint32_t	 seed;

static uint32_t
rnd(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void
trial_begin(struct world *w, uint32_t id)
{
	struct msg_trial_begin	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	end_send(&w->store, MSG_TRIAL_BEGIN, &m, -1);
}

static void
trial_end(struct world *w, uint32_t id, uint32_t rows, struct result *out)
{
	struct msg_trial_end	 m;
	union msg_any		 any;
	uint32_t		 got;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.rows = rows;
	end_send(&w->store, MSG_TRIAL_END, &m, -1);
	memset(out, 0, sizeof(*out));
	while ((got = end_next(&w->store, &any)) != MSG_TRIAL_DONE) {
		if (got == MSG_TRIAL_PAIR) {
			ATF_REQUIRE_EQ(any.trial_pair.id, id);
			ATF_REQUIRE(any.trial_pair.a < any.trial_pair.b &&
			    any.trial_pair.b <= NSYS);
			out->kind[any.trial_pair.a][any.trial_pair.b] =
			    any.trial_pair.kind + 1;
		} else if (got == MSG_TRIAL_VERDICT) {
			ATF_REQUIRE_EQ(any.trial_verdict.id, id);
			out->was |= (unsigned int)any.trial_verdict.was <<
			    any.trial_verdict.test;
			out->is |= (unsigned int)any.trial_verdict.is <<
			    any.trial_verdict.test;
		} else
			ATF_REQUIRE_EQ(got, MSG_SYSTEM_SEEN);
	}
	ATF_REQUIRE_EQ(any.trial_done.id, id);
	out->done = any.trial_done;
}

static void
policy_gone(struct world *w, uint32_t policy)
{
	struct msg_model_policy_gone	 m;

	memset(&m, 0, sizeof(m));
	m.org = ORG;
	m.policy = policy;
	end_send(&w->store, MSG_MODEL_POLICY_GONE, &m, -1);
}

static void
send_test(struct world *w, uint32_t test, uint32_t from, uint32_t to,
    uint16_t port)
{
	struct msg_trial_test	 m;

	memset(&m, 0, sizeof(m));
	m.test = test;
	m.org = ORG;
	m.protocol = ACL_TCP;
	m.port = port;
	m.senders.n = m.senders_old.n = 1;
	m.senders.e[0] = m.senders_old.e[0] = from;
	m.receivers.n = m.receivers_old.n = 1;
	m.receivers.e[0] = m.receivers_old.e[0] = to;
	end_send(&w->store, MSG_TRIAL_TEST, &m, -1);
}

static int
explain_allowed(struct world *w, uint16_t port)
{
	struct msg_explain_get	 m;
	union msg_any		 any;

	memset(&m, 0, sizeof(m));
	m.id = 4;
	m.a = ALICE;
	m.b = BOB;
	m.protocol = ACL_TCP;
	m.port = port;
	end_send(&w->store, MSG_EXPLAIN_GET, &m, -1);
	while (end_next(&w->store, &any) != MSG_EXPLAIN_END)
		ATF_REQUIRE(w->store.fd != -1);
	return any.explain_end.allowed;
}

ATF_TC(changes_that_are_tried_are_told_to_nobody);
ATF_TC_HEAD(changes_that_are_tried_are_told_to_nobody, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(changes_that_are_tried_are_told_to_nobody, tc)
{
	struct result	 r;
	struct world	 w;

	world_start(&w);
	send_model(&w);
	both_online(&w);
	/* Bob is disabled, Carol is a server, and the port is another. */
	trial_begin(&w, 1);
	send_policy(&w, 8081);
	send_system(&w, BOB, SYSTEM_DISABLED, TAG_SERVERS);
	send_system(&w, CAROL, SYSTEM_ENABLED, TAG_SERVERS);
	send_test(&w, 0, TAG_PEOPLE, TAG_SERVERS, 8080);
	send_test(&w, 1, TAG_PEOPLE, TAG_SERVERS, 8081);
	trial_end(&w, 1, ROWS, &r);
	ATF_CHECK_EQ(r.done.ok, 1);
	ATF_CHECK_EQ(r.done.lost, 1);
	ATF_CHECK_EQ(r.done.gained, 1);
	ATF_CHECK_EQ(r.done.amended, 0);
	ATF_CHECK_EQ(r.kind[ALICE][BOB], TRIAL_LOST + 1);
	ATF_CHECK_EQ(r.kind[ALICE][CAROL], TRIAL_GAINED + 1);
	/* Tests are of policies alone. */
	ATF_CHECK_EQ(r.was, 1);
	ATF_CHECK_EQ(r.is, 2);
	trial_begin(&w, 2);
	send_policy(&w, 8081);
	trial_end(&w, 2, 0, &r);
	ATF_CHECK_EQ(r.done.amended, 1);
	ATF_CHECK_EQ(r.kind[ALICE][BOB], 0);
	trial_begin(&w, 3);
	policy_gone(&w, POLICY);
	trial_end(&w, 3, ROWS, &r);
	ATF_CHECK_EQ(r.kind[ALICE][BOB], TRIAL_LOST + 1);
	/* Nothing has happened. */
	ATF_CHECK_EQ(explain_allowed(&w, 8080), 1);
	ATF_CHECK_EQ(explain_allowed(&w, 8081), 0);
	end_expect_nothing(&w.tls[0]);
	end_expect_nothing(&w.tls[1]);
	/* And a real change is told as ever. */
	send_policy(&w, 8081);
	expect_entry(&w, CONN(1, 6), OP_AMEND, ALICE, 1, 2);
	world_end(&w);
}

ATF_TC(what_makes_no_sense_is_not_tried);
ATF_TC_HEAD(what_makes_no_sense_is_not_tried, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(what_makes_no_sense_is_not_tried, tc)
{
	struct msg_model_policy	 p;
	struct result		 r;
	struct world		 w;

	world_start(&w);
	/* Before the model is here nothing can be said. */
	trial_begin(&w, 1);
	trial_end(&w, 1, ROWS, &r);
	ATF_CHECK_EQ(r.done.ok, 0);
	send_model(&w);
	both_online(&w);
	/* A policy of an organisation that is not there, after one that is. */
	trial_begin(&w, 2);
	send_policy(&w, 9);
	memset(&p, 0, sizeof(p));
	p.org = 99;
	end_send(&w.store, MSG_MODEL_POLICY, &p, -1);
	trial_end(&w, 2, ROWS, &r);
	ATF_CHECK_EQ(r.done.ok, 0);
	ATF_CHECK_EQ(explain_allowed(&w, 8080), 1);
	/* One that was begun and never ended is forgotten for the next. */
	trial_begin(&w, 3);
	policy_gone(&w, POLICY);
	trial_begin(&w, 4);
	trial_end(&w, 4, ROWS, &r);
	ATF_CHECK_EQ(r.done.ok, 1);
	ATF_CHECK_EQ(r.done.lost, 0);
	end_expect_nothing(&w.tls[0]);
	world_end(&w);
}

/* --- Random changes, of everything that there is ------------------- */

static void
fill_many(struct msg_model_system *m, uint32_t id)
{
	struct cert	 cert;
	uint32_t	 i;

	fill_system(m, ALICE, rnd(8) == 0 ? SYSTEM_DISABLED : SYSTEM_ENABLED,
	    0, (uint8_t)id);
	ATF_REQUIRE(cert_decode(&cert, m->certificate, m->certificate_len,
	    NULL) == 0);
	snprintf(cert.name, sizeof(cert.name), "%s", many[id]);
	snprintf(m->name, sizeof(m->name), "%s", many[id]);
	ATF_REQUIRE(cert_encode(&cert, m->certificate) == 0);
	m->system = id;
	for (i = 1; i <= NTAG; i++)
		if (rnd(3) == 0)
			m->tags.e[m->tags.n++] = i;
}

static void
random_policy(struct msg_model_policy *m)
{
	uint32_t	 i;

	memset(m, 0, sizeof(*m));
	m->org = ORG;
	m->policy = 1 + rnd(NPOL);
	m->enabled = rnd(6) != 0;
	for (i = 1; i <= NTAG; i++) {
		if (rnd(2))
			m->senders.e[m->senders.n++] = i;
		if (rnd(2))
			m->receivers.e[m->receivers.n++] = i;
	}
	if (rnd(4) == 0) {
		m->requirements.n = 1;
		m->requirements.e[0] = 1 + rnd(NREQ);
	}
	m->acls.n = 1;
	m->acls.e[0].protocol = ACL_TCP;
	m->acls.e[0].port_low = (uint16_t)(1 + rnd(4));
	m->acls.e[0].port_high = m->acls.e[0].port_low;
}

/* One row, kept so that it can be sent again. */
struct row {
	enum msg_type	 type;
	union msg_any	 any;
};

static void
random_trust(struct row *row)
{
	union msg_any	*m = &row->any;

	switch (rnd(4)) {
	case 0:
		row->type = MSG_MODEL_REQUIREMENT;
		m->model_requirement.org = ORG;
		m->model_requirement.requirement = 1 + rnd(NREQ);
		m->model_requirement.type = REQUIREMENT_MANUAL;
		break;
	case 1:
		row->type = MSG_MODEL_REQUIREMENT_GONE;
		m->model_requirement_gone.requirement = 1 + rnd(NREQ);
		break;
	case 2:
		row->type = MSG_MODEL_TAG;
		m->model_tag.org = ORG;
		m->model_tag.tag = 1 + rnd(NTAG);
		m->model_tag.requirements.n = (uint16_t)rnd(2);
		if (m->model_tag.requirements.n != 0)
			m->model_tag.requirements.e[0] = 1 + rnd(NREQ);
		break;
	default:
		row->type = MSG_MODEL_GRANT;
		m->model_grant.requirement = 1 + rnd(NREQ);
		m->model_grant.system = 1 + rnd(NSYS);
		m->model_grant.answer = (uint8_t)rnd(3);
	}
}

static void
random_row(struct row *row)
{
	memset(row, 0, sizeof(*row));
	switch (rnd(6)) {
	case 0:
	case 1:
		row->type = MSG_MODEL_SYSTEM;
		fill_many(&row->any.model_system, 1 + rnd(NSYS));
		break;
	case 2:
		row->type = MSG_MODEL_POLICY;
		random_policy(&row->any.model_policy);
		break;
	case 3:
		row->type = MSG_MODEL_POLICY_GONE;
		row->any.model_policy_gone.org = ORG;
		row->any.model_policy_gone.policy = 1 + rnd(NPOL);
		break;
	default:
		random_trust(row);
	}
}

static void
send_tests(struct world *w)
{
	uint32_t	 i, k;

	for (i = 0; i < NTAG; i++)
		for (k = 0; k < NTAG; k++)
			send_test(w, i * NTAG + k, 1 + i, 1 + k, 2);
}

/* Who is connected: the pairs that would be lost without any system. */
static void
dump(struct world *w, struct result *out)
{
	struct msg_model_system_gone	 m;
	uint32_t			 i;

	trial_begin(w, 1000);
	memset(&m, 0, sizeof(m));
	for (i = 1; i <= NSYS; i++) {
		m.system = i;
		end_send(&w->store, MSG_MODEL_SYSTEM_GONE, &m, -1);
	}
	send_tests(w);
	trial_end(w, 1000, ROWS, out);
	ATF_REQUIRE_EQ(out->done.ok, 1);
	ATF_REQUIRE_EQ(out->done.gained + out->done.amended, 0);
}

static void
try_rows(struct world *w, const struct row *rows, uint32_t n,
    struct result *out)
{
	uint32_t	 i;

	trial_begin(w, 7);
	for (i = 0; i < n; i++)
		end_send(&w->store, rows[i].type, &rows[i].any, -1);
	send_tests(w);
	trial_end(w, 7, ROWS, out);
	ATF_REQUIRE_EQ(out->done.ok, 1);
}

static int
expected(int before, int after, int told)
{
	if (before && after)
		return told == 0 || told == TRIAL_AMENDED + 1;
	if (!before && !after)
		return told == 0;
	return told == (after ? TRIAL_GAINED : TRIAL_LOST) + 1;
}

static uint64_t
round_run(struct world *w)
{
	struct result	 before, tried, again, after;
	struct row	 rows[6];
	uint32_t	 n = 1 + rnd(6), i, a, b;

	for (i = 0; i < n; i++)
		random_row(&rows[i]);
	dump(w, &before);
	try_rows(w, rows, n, &tried);
	/* It has left no trace: the same again comes to the same. */
	try_rows(w, rows, n, &again);
	ATF_REQUIRE(memcmp(&tried, &again, sizeof(tried)) == 0);
	dump(w, &again);
	ATF_REQUIRE(memcmp(&before, &again, sizeof(before)) == 0);
	/* And when it is done it is as was said. */
	for (i = 0; i < n; i++)
		end_send(&w->store, rows[i].type, &rows[i].any, -1);
	dump(w, &after);
	for (a = 1; a <= NSYS; a++)
		for (b = a + 1; b <= NSYS; b++)
			ATF_REQUIRE_MSG(expected(before.kind[a][b],
			    after.kind[a][b], tried.kind[a][b]),
			    "pair %u %u: %d %d, told %d", a, b,
			    before.kind[a][b], after.kind[a][b],
			    tried.kind[a][b]);
	ATF_REQUIRE_EQ(tried.was, before.was);
	ATF_REQUIRE_EQ(tried.is, after.was);
	return tried.done.gained + tried.done.lost + tried.done.amended;
}

ATF_TC(a_trial_of_random_changes_says_what_they_do_and_leaves_no_trace);
ATF_TC_HEAD(a_trial_of_random_changes_says_what_they_do_and_leaves_no_trace,
    tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_trial_of_random_changes_says_what_they_do_and_leaves_no_trace,
    tc)
{
	struct msg_model_system	 m;
	struct world		 w;
	uint64_t		 total = 0;
	uint32_t		 i;

	seed = 11;
	world_start(&w);
	send_org(&w);
	for (i = 1; i <= NSYS; i++) {
		fill_many(&m, i);
		end_send(&w.store, MSG_MODEL_SYSTEM, &m, -1);
	}
	send_ready(&w);
	for (i = 0; i < ROUNDS; i++)
		total += round_run(&w);
	/* A run in which little happened proves little. */
	ATF_CHECK_MSG(total > ROUNDS, "only %llu pairs",
	    (unsigned long long)total);
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, changes_that_are_tried_are_told_to_nobody);
	ATF_TP_ADD_TC(tp, what_makes_no_sense_is_not_tried);
	ATF_TP_ADD_TC(tp,
	    a_trial_of_random_changes_says_what_they_do_and_leaves_no_trace);
	return atf_no_error();
}
