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
 * Which requirements concern a system, and how it stands with them: for the
 * administrator.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

static int
has_tag(const struct system *s, const struct msg_u32s *tags)
{
	uint16_t	 i, k;

	for (i = 0; i < s->tags.n; i++)
		for (k = 0; k < tags->n; k++)
			if (s->tags.e[i] == tags->e[k])
				return 1;
	return 0;
}

static int
names(const struct msg_u32s *list, uint32_t id)
{
	uint16_t	 i;

	for (i = 0; i < list->n; i++)
		if (list->e[i] == id)
			return 1;
	return 0;
}

int
verdict_concerns(const struct system *s, uint32_t requirement)
{
	const struct tagrule	*rule;
	struct policy		*p;
	struct tagrule		 key;
	uint16_t		 i;

	for (i = 0; i < s->tags.n; i++) {
		key.tag = s->tags.e[i];
		rule = RB_FIND(tagrule_tree, &s->org->tagrules, &key);
		if (rule != NULL && names(&rule->requirements, requirement))
			return 1;
	}
	RB_FOREACH(p, policy_tree, &s->org->policies)
		if (names(&p->requirements, requirement) &&
		    has_tag(s, &p->senders))
			return 1;
	return 0;
}

void
verdict_tell(struct env *env, struct link *l)
{
	struct msg_conn_trust	 m;
	struct trust_result	 result;
	struct requirement	*r;

	l->trust_due = 0;
	memset(&m, 0, sizeof(m));
	m.conn = l->conn;
	RB_FOREACH(r, requirement_tree, &l->system->org->requirements) {
		if (m.unmet.n == MSG_TAGS_MAX)
			break;
		if (!verdict_concerns(l->system, r->id))
			continue;
		trust_judge(l->system, r, clock_wall_sec(), &result);
		if (result.verdict != TRUST_MET)
			memcpy(m.unmet.e[m.unmet.n++], r->name,
			    sizeof(m.unmet.e[0]));
	}
	if (l->unmet == NULL && m.unmet.n == 0)
		return;
	if (l->unmet != NULL &&
	    memcmp(l->unmet, &m.unmet, sizeof(m.unmet)) == 0)
		return;
	free(l->unmet);
	l->unmet = NULL;
	if (m.unmet.n != 0) {
		if ((l->unmet = malloc(sizeof(*l->unmet))) == NULL)
			fatal("requirements");
		*l->unmet = m.unmet;
	}
	msg_send_conn_trust(link_tls(env, l->conn), &m, -1);
}

void
verdict_get(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_trust_get	*m = data;
	struct env			*env = arg;
	struct system			*s = model_find(env, m->system);
	struct requirement		*r;
	struct trust_result		 result;
	struct msg_trust_row		 row;
	struct msg_trust_end		 end;

	(void)fd;
	if (s != NULL) {
		RB_FOREACH(r, requirement_tree, &s->org->requirements) {
			if (!verdict_concerns(s, r->id))
				continue;
			trust_judge(s, r, clock_wall_sec(), &result);
			memset(&row, 0, sizeof(row));
			row.id = m->id;
			row.requirement = r->id;
			row.verdict = (uint8_t)result.verdict;
			row.next = result.next;
			strlcpy(row.reason, result.reason,
			    sizeof(row.reason));
			msg_send_trust_row(c, &row, -1);
		}
	}
	memset(&end, 0, sizeof(end));
	end.id = m->id;
	msg_send_trust_end(c, &end, -1);
}
