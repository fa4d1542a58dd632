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
 * What changes would do, before they are made: policyproc is asked with the
 * rows of an open batch and says which pairs gain, lose or change what they
 * may do, and how the policy tests come out.  A test looks at policies alone:
 * whether requirements are met, hours active or systems enabled at the moment
 * does not matter to it, so that it comes out the same tomorrow.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "storeproc/storeproc.h"

#define ORGS_MAX	16	/* that are told apart */

/* The tags that the ends of a test stand for. */
struct ends {
	struct msg_u32s	 senders, receivers;
};

/* A test and how it came out. */
struct verdict {
	struct db_test	 test;
	int		 known;		/* before the changes too */
	int		 answered;
	int		 was, is;	/* allowed? */
};

struct trial {
	int64_t		 orgs[ORGS_MAX];
	size_t		 norgs;
	int		 all_orgs;
	/* Before the changes. */
	struct before {
		int64_t		 id;
		struct db_test	 test;
		struct ends	 ends;
	}		*before;
	size_t		 nbefore;
	struct verdict	*verdicts;
	size_t		 nverdicts, cap;
	struct msg_trial_pair	*pairs;
	size_t		 npairs;
	struct msg_trial_done	 sum;
	struct env	*env;
	int		 failed;	/* for want of memory */
};

static void
end_tags(struct env *env, const struct db_test *t, const char *end,
    struct msg_u32s *out)
{
	struct db_tag_object	 tag;
	struct db_system	 s;

	memset(out, 0, sizeof(*out));
	if (db_test_names_system(end)) {
		if (db_system_get_name(env->db, end, &s) == DB_OK &&
		    s.org == t->org)
			convert_tag_ids(out, s.tags, s.ntags);
	} else if (db_tag_get(env->db, t->org, end, &tag) == DB_OK)
		out->e[out->n++] = (uint32_t)tag.id;
}

static void
test_ends(struct env *env, const struct db_test *t, struct ends *out)
{
	memset(out, 0, sizeof(*out));
	/* A system is no peer of its own. */
	if (db_test_names_system(t->sender) &&
	    strcmp(t->sender, t->receiver) == 0)
		return;
	end_tags(env, t, t->sender, &out->senders);
	end_tags(env, t, t->receiver, &out->receivers);
}

static int
take_before(const struct db_test *test, void *arg)
{
	struct trial	*t = arg;
	struct before	*b;

	b = recallocarray(t->before, t->nbefore, t->nbefore + 1, sizeof(*b));
	if (b == NULL) {
		t->failed = 1;
		return 1;
	}
	t->before = b;
	b = &t->before[t->nbefore++];
	b->id = test->id;
	b->test = *test;
	test_ends(t->env, test, &b->ends);
	return 0;
}

struct trial *
trial_new(struct env *env)
{
	struct trial	*t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->env = env;
	if (env->ntests != 0 &&
	    db_each_test(env->db, take_before, t) != DB_OK)
		t->failed = 1;
	return t;
}

void
trial_free(struct trial *t)
{
	if (t == NULL)
		return;
	free(t->before);
	free(t->verdicts);
	free(t->pairs);
	free(t);
}

void
trial_touch(struct trial *t, int64_t org)
{
	size_t	 i;

	for (i = 0; i < t->norgs; i++)
		if (t->orgs[i] == org)
			return;
	if (org == 0 || t->norgs == ORGS_MAX)
		t->all_orgs = 1;
	else
		t->orgs[t->norgs++] = org;
}

static int
touches(const struct trial *t, int64_t org)
{
	size_t	 i;

	for (i = 0; i < t->norgs; i++)
		if (t->orgs[i] == org)
			return 1;
	return t->all_orgs;
}

static int
take_after(const struct db_test *test, void *arg)
{
	struct trial	*t = arg;
	struct verdict	*v;
	size_t		 cap;

	if (!touches(t, test->org))
		return 0;
	if (t->nverdicts == t->cap) {
		cap = t->cap == 0 ? 64 : t->cap * 2;
		v = recallocarray(t->verdicts, t->cap, cap, sizeof(*v));
		if (v == NULL) {
			t->failed = 1;
			return 1;
		}
		t->verdicts = v;
		t->cap = cap;
	}
	t->verdicts[t->nverdicts++].test = *test;
	return 0;
}

/* The same test, and not only the same name. */
static const struct before *
before_find(const struct trial *t, const struct db_test *test)
{
	const struct before	*b;
	size_t			 i;

	for (i = 0; i < t->nbefore; i++) {
		b = &t->before[i];
		if (b->id == test->id && b->test.allow == test->allow &&
		    b->test.protocol == test->protocol &&
		    b->test.port == test->port &&
		    strcmp(b->test.sender, test->sender) == 0 &&
		    strcmp(b->test.receiver, test->receiver) == 0)
			return b;
	}
	return NULL;
}

static int
send_test(struct trial *t, struct chan *policy, struct verdict *v)
{
	struct msg_trial_test	 m;
	const struct before	*b;
	struct ends		 now;

	memset(&m, 0, sizeof(m));
	m.test = (uint32_t)v->test.id;
	m.org = (uint32_t)v->test.org;
	m.protocol = convert_protocol_out(v->test.protocol);
	/* That nothing is allowed is more than that not all is. */
	if (m.protocol == ACL_ANY && !v->test.allow)
		m.protocol = TRIAL_SOMETHING;
	m.port = v->test.port;
	test_ends(t->env, &v->test, &now);
	m.senders = now.senders;
	m.receivers = now.receivers;
	if ((b = before_find(t, &v->test)) != NULL) {
		v->known = 1;
		m.senders_old = b->ends.senders;
		m.receivers_old = b->ends.receivers;
	}
	return msg_send_trial_test(policy, &m, -1);
}

int
trial_prepare(struct trial *t)
{
	t->nverdicts = 0;
	if (t->env->ntests != 0 &&
	    db_each_test(t->env->db, take_after, t) != DB_OK)
		t->failed = 1;
	return t->failed ? -1 : t->nverdicts != 0;
}

int
trial_ask(struct env *env, struct trial *t, uint32_t id,
    const struct held_list *rows, uint32_t npairs, const char **why)
{
	struct chan		*policy = model_chan(env);
	struct msg_trial_begin	 begin;
	struct msg_trial_end	 end;
	size_t			 i;

	*why = "policyproc does not answer: try again";
	if (policy == NULL)
		return -1;
	if (feed_runs(env, policy)) {
		*why = "the service is starting: try again";
		return -1;
	}
	if (trial_prepare(t) == -1) {
		*why = "out of memory";
		return -1;
	}
	memset(&begin, 0, sizeof(begin));
	begin.id = id;
	if (msg_send_trial_begin(policy, &begin, -1) == -1)
		return -1;
	if (rows != NULL)
		batch_send_rows(policy, rows);
	for (i = 0; i < t->nverdicts; i++)
		if (send_test(t, policy, &t->verdicts[i]) == -1)
			return -1;
	memset(&end, 0, sizeof(end));
	end.id = id;
	end.rows = npairs;
	return msg_send_trial_end(policy, &end, -1);
}

static struct trial *
trial_of(struct env *env, uint32_t id, struct wait **w)
{
	if ((*w = wait_find(env, id, WAIT_TRIAL)) == NULL)
		*w = wait_find(env, id, WAIT_TESTS);
	return *w == NULL ? NULL : (*w)->trial;
}

void
trial_pair(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_trial_pair	*m = data;
	struct msg_trial_pair		*p;
	struct env			*env = arg;
	struct trial			*t;
	struct wait			*w;

	(void)fd;
	if (m->kind >= TRIAL_KINDS) {
		proc_violation(&env->proc, c, MSG_TRIAL_PAIR, "not a kind");
		return;
	}
	if ((t = trial_of(env, m->id, &w)) == NULL ||
	    t->npairs == STORE_TRIAL_PAIRS)
		return;
	p = recallocarray(t->pairs, t->npairs, t->npairs + 1, sizeof(*p));
	if (p == NULL) {
		t->failed = 1;
		return;
	}
	t->pairs = p;
	t->pairs[t->npairs++] = *m;
}

void
trial_verdict(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_trial_verdict	*m = data;
	struct env			*env = arg;
	struct verdict			*v;
	struct trial			*t;
	struct wait			*w;
	size_t				 i;

	(void)c;
	(void)fd;
	if ((t = trial_of(env, m->id, &w)) == NULL)
		return;
	for (i = 0; i < t->nverdicts; i++) {
		v = &t->verdicts[i];
		if ((uint32_t)v->test.id != m->test)
			continue;
		v->answered = 1;
		v->was = m->was != 0;
		v->is = m->is != 0;
	}
}

static int
holds(const struct verdict *v)
{
	return v->answered && v->is == (v->test.allow != 0);
}

/* Does it fail because of the changes? */
static int
breaks(const struct verdict *v)
{
	return !holds(v) && (!v->known || v->was == (v->test.allow != 0));
}

size_t
trial_broken(const struct trial *t, char *text, size_t size)
{
	const char	*comma = "";
	size_t		 i, n = 0, len;

	len = strlcpy(text, "refused by policy tests: ", size);
	for (i = 0; i < t->nverdicts; i++) {
		if (!breaks(&t->verdicts[i]))
			continue;
		n++;
		/* Room for what follows. */
		if (len + strlen(t->verdicts[i].test.name) + 96 > size) {
			comma = NULL;
			continue;
		}
		if (comma != NULL)
			len += (size_t)snprintf(text + len, size - len,
			    "%s\"%s\"", comma, t->verdicts[i].test.name);
		if (comma != NULL)
			comma = ", ";
	}
	snprintf(text + len, size - len, "%s fail%s: change %s first, or "
	    "delete %s", comma == NULL ? " and others" : "",
	    n == 1 ? "s" : "", n == 1 ? "it" : "them",
	    n == 1 ? "it" : "them");
	return n;
}

void
trial_print(const struct trial *t, char *text, size_t size)
{
	snprintf(text, size, "nothing was changed; it would connect %llu, "
	    "disconnect %llu and amend %llu pairs of systems%s",
	    (unsigned long long)t->sum.gained,
	    (unsigned long long)t->sum.lost,
	    (unsigned long long)t->sum.amended,
	    t->sum.more ? ", and others" : "");
}

static void
pair_send(struct env *env, struct chan *c, const struct msg_trial_pair *p)
{
	struct msg_admin_trial_pair	 m;
	struct db_system		 a, b;
	struct db_org			 o;

	if (db_system_get(env->db, p->a, &a) != DB_OK ||
	    db_system_get(env->db, p->b, &b) != DB_OK ||
	    db_org_get(env->db, a.org, &o) != DB_OK)
		return;
	memset(&m, 0, sizeof(m));
	m.kind = p->kind;
	strlcpy(m.org, o.name, sizeof(m.org));
	strlcpy(m.a, a.name, sizeof(m.a));
	strlcpy(m.b, b.name, sizeof(m.b));
	msg_send_admin_trial_pair(c, &m, -1);
}

void
trial_report(struct env *env, struct chan *c, const struct trial *t)
{
	struct msg_admin_trial	 m;
	size_t			 i;

	for (i = 0; i < t->npairs; i++)
		pair_send(env, c, &t->pairs[i]);
	for (i = 0; i < t->nverdicts; i++)
		if (breaks(&t->verdicts[i]))
			policytest_send(env, c, &t->verdicts[i].test,
			    TEST_FAILS);
	memset(&m, 0, sizeof(m));
	m.gained = t->sum.gained;
	m.lost = t->sum.lost;
	m.amended = t->sum.amended;
	m.more = t->sum.more;
	msg_send_admin_trial(c, &m, -1);
}

/* The tests of an organisation were asked for, and nothing else. */
static void
tests_report(struct env *env, struct wait *w, const struct trial *t)
{
	size_t	 i, bad = 0;

	for (i = 0; i < t->nverdicts; i++) {
		policytest_send(env, w->client, &t->verdicts[i].test,
		    holds(&t->verdicts[i]) ? TEST_HOLDS : TEST_FAILS);
		bad += !holds(&t->verdicts[i]);
	}
	if (bad != 0)
		client_result(w->client, CODE_TESTS, "%zu of %zu tests fail",
		    bad, t->nverdicts);
	else
		client_result(w->client, CODE_OK, "%s", "");
	wait_free(w);
}

void
trial_done(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_trial_done	*m = data;
	struct env			*env = arg;
	struct trial			*t;
	struct wait			*w;

	(void)c;
	(void)fd;
	if ((t = trial_of(env, m->id, &w)) == NULL)
		return;
	t->sum = *m;
	if (w->kind == WAIT_TRIAL) {
		wait_free(w);
		if (!m->ok || t->failed)
			batch_untried(env, "policyproc could not try it: try "
			    "again");
		else
			batch_tried(env);
	} else if (!m->ok || t->failed) {
		client_result(w->client, CODE_FAILED, "policyproc could not "
		    "try it: try again");
		wait_free(w);
	} else
		tests_report(env, w, t);
}
