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
 * Why one system may open something towards another, or may not: the verdict
 * is that of the resultant set of policy, which is what agents were told; the
 * policies are looked at one by one for the reasons.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "policyproc/policyproc.h"

struct question {
	const struct system	*a, *b;
	uint8_t			 protocol;
	uint16_t		 port;
	uint64_t		 now;
};

static uint32_t
common_tag(const struct msg_u32s *a, const struct msg_u32s *b)
{
	uint16_t	 i, k;

	for (i = 0; i < a->n; i++)
		for (k = 0; k < b->n; k++)
			if (a->e[i] == b->e[k])
				return a->e[i];
	return 0;
}

/* By which it means the system: one that counts, if there is; or 0. */
static uint32_t
tag_of(const struct system *s, const struct msg_u32s *side)
{
	uint32_t	 tag = common_tag(&s->effective, side);

	return tag != 0 ? tag : common_tag(&s->tags, side);
}

static int
rule_matches(const struct acl_entry *e, const struct question *q)
{
	if (e->protocol == ACL_ANY)
		return 1;
	if (e->protocol != q->protocol)
		return 0;
	return e->protocol == ACL_ICMP ||
	    (q->port >= e->port_low && q->port <= e->port_high);
}

static int
rules_match(const struct msg_acls *acls, const struct question *q)
{
	uint16_t	 i;

	for (i = 0; i < acls->n; i++)
		if (rule_matches(&acls->e[i], q))
			return 1;
	return 0;
}

/* What the resultant set of policy says, at this moment. */
static int
allowed(const struct question *q)
{
	struct rsop_pair		 pair;
	const struct acl_timed		*acl;
	size_t				 i, n;

	if (q->a->org != q->b->org || q->a == q->b ||
	    rsop_pair(q->a->org->rsop, q->a->id, q->b->id, &pair) == -1)
		return 0;
	acl = pair.a == q->b->id ? pair.acl_in_a : pair.acl_in_b;
	n = pair.a == q->b->id ? pair.n_in_a : pair.n_in_b;
	for (i = 0; i < n; i++)
		if (rule_matches(&acl[i].entry, q) &&
		    acl_window_holds(&acl[i].when, q->now))
			return 1;
	return 0;
}

static int
is_over(uint64_t end, uint64_t now)
{
	return end != 0 && now >= end;
}

static enum explain_why
systems_why(const struct question *q)
{
	const struct system	*a = q->a, *b = q->b;

	if (a == b)
		return EXPLAIN_SAME;
	if (a->org != b->org)
		return EXPLAIN_ORG;
	if (!model_system_usable(a) || is_over(a->until, q->now))
		return EXPLAIN_SENDER_STATE;
	if (!model_system_usable(b) || is_over(b->until, q->now))
		return EXPLAIN_RECEIVER_STATE;
	if (is_over(a->not_after, q->now))
		return EXPLAIN_SENDER_EXPIRED;
	if (is_over(b->not_after, q->now))
		return EXPLAIN_RECEIVER_EXPIRED;
	return EXPLAIN_ALLOWS;
}

static enum explain_why
policy_why(const struct policy *p, const struct question *q,
    struct msg_explain_row *row)
{
	if (row->sender == 0)
		return EXPLAIN_SENDER_TAG;
	if (row->receiver == 0)
		return EXPLAIN_RECEIVER_TAG;
	row->requirement = trust_tag_unmet(q->a, row->sender);
	if (row->requirement != 0)
		return EXPLAIN_SENDER_UNMET;
	row->requirement = trust_tag_unmet(q->b, row->receiver);
	if (row->requirement != 0)
		return EXPLAIN_RECEIVER_UNMET;
	row->requirement = trust_unmet(q->a, &p->requirements);
	if (row->requirement != 0)
		return EXPLAIN_REQUIREMENT;
	if (!p->enabled)
		return EXPLAIN_DISABLED;
	if (is_over(p->not_after, q->now))
		return EXPLAIN_EXPIRED;
	if (p->acls.n == 0)
		return EXPLAIN_NO_RULES;
	if (p->hours.days != 0 && (p->nwindows == 0 ||
	    !acl_windows_hold(p->windows, p->nwindows, q->now)))
		return EXPLAIN_HOURS;
	if (!rules_match(&p->acls, q))
		return EXPLAIN_RULE;
	return EXPLAIN_ALLOWS;
}

/* Those that mean at least one of the two, as long as there is room. */
static uint32_t
explain_rows(const struct question *q, uint32_t id, struct chan *c)
{
	struct msg_explain_row	 row;
	struct policy		*p;
	uint32_t		 n = 0, left = 0;

	RB_FOREACH(p, policy_tree, &q->a->org->policies) {
		memset(&row, 0, sizeof(row));
		row.id = id;
		row.policy = p->id;
		row.sender = tag_of(q->a, &p->senders);
		row.receiver = tag_of(q->b, &p->receivers);
		if (row.sender == 0 && row.receiver == 0)
			continue;
		row.why = (uint8_t)policy_why(p, q, &row);
		if (n == POLICY_EXPLAIN_MAX) {
			left++;
			continue;
		}
		n++;
		msg_send_explain_row(c, &row, -1);
	}
	return left;
}

void
explain_get(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_explain_get	*m = data;
	struct msg_explain_end		 out;
	struct question			 q;
	struct env			*env = arg;

	(void)fd;
	q.a = model_find(env, m->a);
	q.b = model_find(env, m->b);
	q.protocol = m->protocol;
	q.port = m->port;
	q.now = clock_wall_sec();
	memset(&out, 0, sizeof(out));
	out.id = m->id;
	/* Not known here yet: as one that is not enabled. */
	if (q.a == NULL || q.b == NULL) {
		out.why = q.a == NULL ? EXPLAIN_SENDER_STATE :
		    EXPLAIN_RECEIVER_STATE;
	} else {
		out.allowed = allowed(&q) != 0;
		out.why = (uint8_t)systems_why(&q);
		if (q.a->org == q.b->org && q.a != q.b)
			out.left = explain_rows(&q, m->id, c);
	}
	msg_send_explain_end(c, &out, -1);
}
