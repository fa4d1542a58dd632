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
 * enclave-discoveryctl explain: may this system open that towards another,
 * and because of which policies.
 */

#include <sys/types.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "discoveryctl/ctl.h"

struct explanation {
	struct msg_admin_explain_verdict	 verdict;
	int					 have;
	struct table				*table;
	json_t					*policies;
};

/* For scripts, and for people. */
static const struct {
	const char	*name;
	const char	*text;
} reasons[EXPLAIN_WHY_MAX] = {
	[EXPLAIN_ALLOWS] = { "allows", "allows it" },
	[EXPLAIN_DISABLED] = { "disabled", "the policy is disabled" },
	[EXPLAIN_EXPIRED] = { "expired", "the policy has expired" },
	[EXPLAIN_NO_RULES] = { "no_rules", "the policy has no rule" },
	[EXPLAIN_SENDER_TAG] = { "sender_tag",
	    "the sender has none of its sender tags" },
	[EXPLAIN_RECEIVER_TAG] = { "receiver_tag",
	    "the receiver has none of its receiver tags" },
	[EXPLAIN_SENDER_UNMET] = { "sender_unmet", "the sender's tag does "
	    "not count, as it does not meet a trust requirement" },
	[EXPLAIN_RECEIVER_UNMET] = { "receiver_unmet", "the receiver's tag "
	    "does not count, as it does not meet a trust requirement" },
	[EXPLAIN_REQUIREMENT] = { "requirement",
	    "the sender does not meet a trust requirement" },
	[EXPLAIN_RULE] = { "rule", "no rule for this protocol and port" },
	[EXPLAIN_HOURS] = { "hours", "outside its active hours" },
	[EXPLAIN_SAME] = { "same", "this is one system" },
	[EXPLAIN_ORG] = { "organisation", "they are of two organisations" },
	[EXPLAIN_SENDER_STATE] = { "sender_state",
	    "the sender is not enabled" },
	[EXPLAIN_RECEIVER_STATE] = { "receiver_state",
	    "the receiver is not enabled" },
	[EXPLAIN_SENDER_EXPIRED] = { "sender_expired",
	    "the certificate of the sender has expired" },
	[EXPLAIN_RECEIVER_EXPIRED] = { "receiver_expired",
	    "the certificate of the receiver has expired" },
};

static void
policy_json(json_t *array, const struct msg_admin_explain_policy *m)
{
	json_t	*o = out_object();

	out_set(o, "policy", out_text(m->name));
	out_set(o, "allows", out_bool(m->why == EXPLAIN_ALLOWS));
	out_set(o, "reason", out_text(reasons[m->why].name));
	out_set(o, "sender_tag", out_text_or_null(m->sender));
	out_set(o, "receiver_tag", out_text_or_null(m->receiver));
	out_set(o, "requirement", out_text_or_null(m->requirement));
	out_append(array, o);
}

static int
policy_text(struct table *t, const struct msg_admin_explain_policy *m)
{
	const char	*cells[4];
	char		 why[256];

	snprintf(why, sizeof(why), "%s%s%s", reasons[m->why].text,
	    m->requirement[0] == '\0' ? "" : ": ", m->requirement);
	cells[0] = m->name;
	cells[1] = m->sender;
	cells[2] = m->receiver;
	cells[3] = why;
	return table_add(t, cells);
}

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	const struct msg_admin_explain_policy	*m = msg;
	struct explanation			*e = arg;

	if (type == MSG_ADMIN_EXPLAIN_VERDICT && !e->have) {
		memcpy(&e->verdict, msg, sizeof(e->verdict));
		e->have = 1;
		return e->verdict.why < EXPLAIN_WHY_MAX ? 0 : -1;
	}
	if (type != MSG_ADMIN_EXPLAIN_POLICY || e->have ||
	    m->why >= EXPLAIN_SAME)
		return -1;
	if (e->table != NULL)
		return policy_text(e->table, m);
	policy_json(e->policies, m);
	return 0;
}

static void
explain_print(struct ctl *ctl, struct explanation *e)
{
	const struct msg_admin_explain_verdict	*v = &e->verdict;
	json_t					*o;

	if (ctl->json) {
		o = out_object();
		out_set(o, "allowed", out_bool(v->allowed));
		out_set(o, "reason", v->why == EXPLAIN_ALLOWS ? out_null() :
		    out_text(reasons[v->why].name));
		out_set(o, "policies", e->policies);
		out_set(o, "left_out", out_number(v->left));
		out_print(o);
		e->policies = NULL;
		return;
	}
	printf("%s", v->allowed ? "allowed" : "denied");
	if (v->why != EXPLAIN_ALLOWS)
		printf(": %s", reasons[v->why].text);
	printf("\n");
	table_print(e->table, stdout);
	if (v->left > 0)
		printf("and %" PRIu32 " policies more\n", v->left);
}

/* "tcp/22", "udp/53", "icmp": one thing, no range. */
static const char *
what_parse(struct msg_admin_explain *m, const char *s)
{
	struct acl_entry	 e;
	const char		*reason;

	if (acl_parse(s, &e, &reason) == -1)
		return reason;
	if (e.protocol == ACL_ANY || (e.protocol != ACL_ICMP &&
	    e.port_low != e.port_high))
		return "ask for one port, such as tcp/22, or icmp";
	m->protocol = e.protocol;
	m->port = e.port_low;
	return NULL;
}

int
cmd_explain(struct ctl *ctl, struct args *args)
{
	static const char *const titles[] = { "POLICY", "SENDER", "RECEIVER",
	    "REASON" };
	struct msg_admin_explain	 m;
	struct explanation		 e;
	struct client			 client;
	const char			*reason;
	int				 c, code, n = 0;

	memset(&m, 0, sizeof(m));
	memset(&e, 0, sizeof(e));
	while ((c = ctl_next(ctl, args, "j")) != ARGS_END) {
		if (c != ARGS_WORD || n == 3)
			return ctl_usage(ctl);
		reason = n == 0 ? value_system(m.from, args->value) :
		    n == 1 ? value_system(m.to, args->value) :
		    what_parse(&m, args->value);
		if (reason != NULL)
			return ctl_bad(n < 2 ? "system" : "access",
			    args->value, reason);
		n++;
	}
	if (n != 3)
		return ctl_usage(ctl);
	if (ctl->json)
		e.policies = out_array();
	else if ((e.table = table_new(titles, 4)) == NULL)
		out_no_memory();
	client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
	client.row = on_row;
	client.arg = &e;
	code = client_ask(&client, MSG_ADMIN_EXPLAIN, &m);
	if (code == CLIENT_DONE && !e.have) {
		warnx("enclave-discoveryd gave no verdict");
		code = CLIENT_FAILED;
	} else if (code != CLIENT_DONE)
		ctl_complain(&client, code);
	else {
		explain_print(ctl, &e);
		code = e.verdict.allowed ? CLIENT_DONE : CTL_NO;
	}
	table_free(e.table);
	json_decref(e.policies);
	return code;
}
