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
 * enclavectl explain: may this peer open that towards us, by what we were
 * told of it.  Whether we may open something there is the peer's to know.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "enclavectl/ctl.h"

struct explanation {
	struct msg_status_peer	 peer;
	int			 have;
	struct acl_entry	 what;
	uint64_t		 now;
};

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	struct explanation	*e = arg;

	return type == MSG_STATUS_PEER ?
	    ctl_add_peer(&e->peer, &e->have, msg) : -1;
}

static int
rule_covers(const struct acl_entry *rule, const struct acl_entry *what)
{
	return rule->protocol == ACL_ANY || (rule->protocol ==
	    what->protocol && rule->port_low <= what->port_low &&
	    rule->port_high >= what->port_high);
}

/* A rule in force, or else one of another time, or NULL. */
static const struct acl_timed *
rule_find(const struct explanation *e, int *in_force)
{
	const struct acl_timed	*t, *other = NULL;
	uint16_t		 i;

	*in_force = 0;
	for (i = 0; i < e->peer.acls.n; i++) {
		t = &e->peer.acls.e[i];
		if (!rule_covers(&t->entry, &e->what))
			continue;
		if (acl_window_holds(&t->when, e->now) && !e->peer.closed) {
			*in_force = 1;
			return t;
		}
		other = t;
	}
	return other;
}

static void
print_text(const struct explanation *e, const struct acl_timed *t,
    int allowed)
{
	char	 label[TEXT_MAX], what[ACL_STRLEN], rule[ACL_STRLEN];
	char	 when[TEXT_TIME_MAX];

	output_label(&e->peer, label);
	acl_print(&e->what, what, sizeof(what));
	if (t != NULL)
		acl_print(&t->entry, rule, sizeof(rule));
	if (allowed)
		printf("%s may open %s towards this system: rule %s\n", label,
		    what, rule);
	else if (t != NULL)
		printf("%s may not open %s towards this system now: rule %s "
		    "is outside its hours\n", label, what, rule);
	else
		printf("%s may not open %s towards this system: there is no "
		    "rule for it\n", label, what);
	if (e->peer.next != 0)
		printf("the rules in force change at %s\n",
		    text_time(when, e->peer.next));
	printf("what this system may open is decided by %s; the tunnel is "
	    "%s\n", label, output_peer_state(&e->peer));
}

static void
print_json(const struct explanation *e, const struct acl_timed *t,
    int allowed)
{
	json_t	*o = out_object();
	char	 label[TEXT_MAX], rule[ACL_STRLEN];

	out_set(o, "peer", out_text(output_label(&e->peer, label)));
	out_set(o, "allowed", out_bool(allowed));
	out_set(o, "reason", out_text(allowed ? "rule" : t != NULL ?
	    "hours" : "no_rule"));
	out_set(o, "rule", t == NULL ? out_null() :
	    out_text(acl_print(&t->entry, rule, sizeof(rule))));
	out_set(o, "next", out_time(e->peer.next));
	out_set(o, "state", out_text(output_peer_state(&e->peer)));
	out_print(o);
}

/* One protocol and, but for icmp, one port. */
static int
what_parse(const char *s, struct acl_entry *what)
{
	const char	*why = NULL;
	char		 clean[TEXT_MAX];

	if (acl_parse(s, what, &why) == 0 && (what->protocol == ACL_ANY ||
	    (what->protocol != ACL_ICMP &&
	    what->port_low != what->port_high)))
		why = "ask for one port, such as tcp/22, or icmp";
	if (why == NULL)
		return 0;
	warnx("\"%s\": %s", text_clean(clean, sizeof(clean), s), why);
	return -1;
}

int
cmd_explain(struct ctl *ctl, struct args *args)
{
	struct msg_client_explain	 m;
	const struct acl_timed		*t;
	struct explanation		 e;
	struct client			 client;
	char				 text[TEXT_MAX];
	int				 allowed, code;

	memset(&m, 0, sizeof(m));
	memset(&e, 0, sizeof(e));
	if (ctl_next(ctl, args, "j") != ARGS_WORD)
		return ctl_usage(ctl);
	if ((code = ctl_peer_name(args->value, m.system,
	    sizeof(m.system))) != 0)
		return code;
	if (ctl_next(ctl, args, "j") != ARGS_WORD)
		return ctl_usage(ctl);
	if (what_parse(args->value, &e.what) == -1)
		return CLIENT_USAGE;
	if (ctl_next(ctl, args, "j") != ARGS_END)
		return ctl_usage(ctl);
	client_init(&client, ROLE_ENCLAVECTL, ctl->path);
	client.row = on_row;
	client.arg = &e;
	code = client_ask(&client, MSG_CLIENT_EXPLAIN, &m);
	if (code != CLIENT_DONE || !e.have)
		return ctl_complain(code != CLIENT_DONE ? code :
		    CLIENT_FAILED, text_clean(text, sizeof(text),
		    client.text));
	e.now = clock_wall_sec();
	t = rule_find(&e, &allowed);
	if (ctl->json)
		print_json(&e, t, allowed);
	else
		print_text(&e, t, allowed);
	return allowed ? CLIENT_DONE : CTL_NO;
}
