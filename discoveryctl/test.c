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
 * enclave-discoveryctl test: what policies are to permit, or not to.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "conftext/conftext.h"
#include "discoveryctl/ctl.h"

json_t *
test_object(const void *msg)
{
	const struct msg_admin_test	*m = msg;
	char				 buf[ACL_STRLEN];
	const char			*access = conftext_access(m, buf);
	json_t				*o;

	if (access == NULL || m->state > TEST_FAILS)
		return NULL;
	o = out_object();
	out_set(o, "name", out_text(m->name));
	out_set(o, "organisation", out_text(m->org));
	out_set(o, "sender", out_text(m->sender));
	out_set(o, "receiver", out_text(m->receiver));
	out_set(o, "access", out_text(access));
	out_set(o, "expect", out_text(m->allow ? "allow" : "deny"));
	out_set(o, "created", out_time(m->created));
	out_set(o, "holds", m->state == TEST_UNKNOWN ? out_null() :
	    out_bool(m->state == TEST_HOLDS));
	return o;
}

static int
test_text(struct table *t, const void *msg)
{
	static const char *const	 states[] = { "", "holds", "FAILS" };
	const struct msg_admin_test	*m = msg;
	const char			*cells[7];
	char				 buf[ACL_STRLEN];

	if ((cells[4] = conftext_access(m, buf)) == NULL ||
	    m->state > TEST_FAILS)
		return -1;
	cells[0] = m->name;
	cells[1] = m->org;
	cells[2] = m->sender;
	cells[3] = m->receiver;
	cells[5] = m->allow ? "allow" : "deny";
	cells[6] = states[m->state];
	if (table_add(t, cells) == -1)
		out_no_memory();
	return 0;
}

static const char *const test_titles[] = {
	"NAME", "ORGANISATION", "SENDER", "RECEIVER", "ACCESS", "EXPECT",
	"STATE"
};

static const struct listing test_listing = {
	8, MSG_ADMIN_TEST, "jo:", test_titles, 7, test_object, test_text
};

int
cmd_test_list(struct ctl *ctl, struct args *args)
{
	return ctl_list(ctl, args, &test_listing);
}

static const char *
take_expect(struct msg_admin_test_add *m, const char *value)
{
	m->allow = strcmp(value, "allow") == 0;
	return m->allow || strcmp(value, "deny") == 0 ? NULL :
	    "a test expects allow or deny";
}

/* Name, what is expected, and what is opened, in this order. */
static const char *
take_word(struct msg_admin_test_add *m, int n, const char *value,
    const char **what)
{
	switch (n) {
	case 0:
		*what = "test";
		return value_text(m->name, sizeof(m->name), value);
	case 1:
		*what = "verdict";
		return take_expect(m, value);
	default:
		*what = "access";
		return value_access(&m->protocol, &m->port, value);
	}
}

int
cmd_test_add(struct ctl *ctl, struct args *args)
{
	struct msg_admin_test_add	 m;
	const char			*reason, *what;
	int				 c, n = 0;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "jRo:r:s:")) != ARGS_END) {
		if (c == 'R') {
			m.replace = 1;
			continue;
		}
		if (c == 'o') {
			what = "organisation";
			reason = value_org(m.org, args->value);
		} else if (c == 's' || c == 'r') {
			what = c == 's' ? "sender" : "receiver";
			reason = value_end(c == 's' ? m.sender : m.receiver,
			    args->value);
		} else if (c == ARGS_WORD && n < 3)
			reason = take_word(&m, n++, args->value, &what);
		else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (n != 3 || m.org[0] == '\0' || m.sender[0] == '\0' ||
	    m.receiver[0] == '\0' || m.name[0] == '\0')
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_TEST_ADD, &m);
}

int
cmd_test_delete(struct ctl *ctl, struct args *args)
{
	struct msg_admin_test_delete	 m;
	const char			*reason, *what;
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "jo:")) != ARGS_END) {
		if (c == 'o') {
			what = "organisation";
			reason = value_org(m.org, args->value);
		} else if (c == ARGS_WORD && m.name[0] == '\0') {
			what = "test";
			reason = value_text(m.name, sizeof(m.name),
			    args->value);
		} else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.org[0] == '\0' || m.name[0] == '\0')
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_TEST_DELETE, &m);
}

struct run {
	struct table	*table;		/* one of the two */
	json_t		*array;
};

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	struct run	*run = arg;
	json_t		*o;

	if (type != MSG_ADMIN_TEST)
		return -1;
	if (run->table != NULL)
		return test_text(run->table, msg);
	if ((o = test_object(msg)) == NULL)
		return -1;
	out_append(run->array, o);
	return 0;
}

int
cmd_test_run(struct ctl *ctl, struct args *args)
{
	struct msg_admin_test_run	 m;
	struct client			 client;
	struct run			 run = { NULL, NULL };
	const char			*reason;
	int				 c, code;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "jo:")) != ARGS_END) {
		if (c != 'o')
			return ctl_usage(ctl);
		if ((reason = value_org(m.org, args->value)) != NULL)
			return ctl_bad("organisation", args->value, reason);
	}
	if (ctl->json)
		run.array = out_array();
	else if ((run.table = table_new(test_titles, 7)) == NULL)
		out_no_memory();
	client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
	client.row = on_row;
	client.arg = &run;
	code = client_ask(&client, MSG_ADMIN_TEST_RUN, &m);
	if (code == CLIENT_DONE || code == CLIENT_TESTS) {
		if (run.table != NULL)
			table_print(run.table, stdout);
		else
			out_print(run.array);
		run.array = NULL;
	}
	if (code != CLIENT_DONE)
		ctl_complain(&client, code);
	table_free(run.table);
	json_decref(run.array);
	return code;
}
