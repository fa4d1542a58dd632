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
 * enclave-discoveryctl -n: a change is made in a batch that is undone, and
 * what it would have done to pairs of systems is told.
 */

#include <sys/types.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discoveryctl/ctl.h"

struct dry_report {
	struct table		*table;		/* of pairs, or: */
	json_t			*pairs;
	json_t			*tests;		/* both ways */
	struct msg_admin_trial	 sum;
	size_t			 npairs;
	int			 have;
};

static const char *const	kinds[TRIAL_KINDS] = {
	"gained", "lost", "amended"
};
static const char *const	marks[TRIAL_KINDS] = { "+", "-", "~" };

int
ctl_may_be_dry(const char *verb)
{
	static const char *const	verbs[] = {
		"add", "set", "topup", "enable", "disable", "delete",
		"approve", "decline", "enable-until", "revoke", "tag",
		"untag", "renew", "grant", "deny", "forget", "rollover"
	};
	size_t				 i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verb != NULL && strcmp(verb, verbs[i]) == 0)
			return 1;
	return 0;
}

static int
pair_add(struct dry_report *r, const struct msg_admin_trial_pair *m)
{
	const char	*cells[4];
	json_t		*o;

	if (m->kind >= TRIAL_KINDS)
		return -1;
	r->npairs++;
	if (r->table != NULL) {
		cells[0] = marks[m->kind];
		cells[1] = m->org;
		cells[2] = m->a;
		cells[3] = m->b;
		return table_add(r->table, cells);
	}
	o = out_object();
	out_set(o, "change", out_text(kinds[m->kind]));
	out_set(o, "organisation", out_text(m->org));
	out_set(o, "a", out_text(m->a));
	out_set(o, "b", out_text(m->b));
	out_append(r->pairs, o);
	return 0;
}

int
dry_row(void *arg, uint32_t type, const void *msg)
{
	struct dry_report	*r = arg;
	json_t			*o;

	switch (type) {
	case MSG_ADMIN_TRIAL_PAIR:
		return pair_add(r, msg);
	case MSG_ADMIN_TEST:
		if ((o = test_object(msg)) == NULL)
			return -1;
		out_append(r->tests, o);
		return 0;
	case MSG_ADMIN_TRIAL:
		memcpy(&r->sum, msg, sizeof(r->sum));
		r->have = 1;
		return 0;
	default:
		return -1;
	}
}

struct dry_report *
dry_new(int json)
{
	static const char *const	 titles[] = { "", "ORGANISATION",
					     "SYSTEM", "PEER" };
	struct dry_report		*r = calloc(1, sizeof(*r));

	if (r == NULL)
		out_no_memory();
	r->tests = out_array();
	if (json)
		r->pairs = out_array();
	else if ((r->table = table_new(titles, 4)) == NULL)
		out_no_memory();
	return r;
}

void
dry_free(struct dry_report *r)
{
	if (r == NULL)
		return;
	table_free(r->table);
	json_decref(r->pairs);
	json_decref(r->tests);
	free(r);
}

void
dry_fill(struct dry_report *r, json_t *o)
{
	if (!r->have)
		return;
	out_set(o, "gained", out_number(r->sum.gained));
	out_set(o, "lost", out_number(r->sum.lost));
	out_set(o, "amended", out_number(r->sum.amended));
	out_set(o, "more", out_bool(r->sum.more));
	out_set(o, "pairs", r->pairs);
	out_set(o, "failing_tests", r->tests);
	r->pairs = r->tests = NULL;
}

void
dry_print(const struct dry_report *r)
{
	uint64_t	 n = r->sum.gained + r->sum.lost + r->sum.amended;

	if (r->npairs != 0)
		table_print(r->table, stdout);
	if (n > r->npairs)
		printf("and %" PRIu64 " pairs more\n", n - r->npairs);
}

static void
report(struct ctl *ctl, struct dry_report *r, int code, const char *text)
{
	json_t	*o;

	if (ctl->json) {
		o = out_object();
		out_set(o, "ok", out_bool(code == CLIENT_DONE));
		out_set(o, "text", out_text(text));
		out_set(o, "dry_run", out_bool(1));
		dry_fill(r, o);
		out_print(o);
		return;
	}
	dry_print(r);
	if (code == CLIENT_DONE)
		printf("%s\n", text);
}

/* All of it in one batch; the code of the first failure. */
static int
ask_all(struct client *client, struct dry_report *r, uint32_t type,
    const void *const *msgs, size_t n)
{
	struct msg_admin_batch_begin	 begin;
	struct msg_admin_batch_end	 end;
	size_t				 i;
	int				 code;

	memset(&begin, 0, sizeof(begin));
	memset(&end, 0, sizeof(end));
	begin.dry = DRY_PAIRS;
	if ((code = client_open(client)) != CLIENT_DONE)
		return code;
	code = client_next(client, MSG_ADMIN_BATCH_BEGIN, &begin);
	for (i = 0; i < n && code == CLIENT_DONE; i++)
		code = client_next(client, type, msgs[i]);
	if (code == CLIENT_DONE) {
		client->row = dry_row;
		client->arg = r;
		code = client_next(client, MSG_ADMIN_BATCH_END, &end);
	}
	/* One that was not ended is undone. */
	client_close(client);
	return code;
}

int
ctl_dry(struct ctl *ctl, uint32_t type, const void *const *msgs, size_t n)
{
	struct dry_report	*r = dry_new(ctl->json);
	struct client		 client;
	char			 clean[TEXT_MAX];
	int			 code;

	client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
	code = ask_all(&client, r, type, msgs, n);
	text_clean(clean, sizeof(clean), client.text);
	report(ctl, r, code, clean);
	dry_free(r);
	if (code != CLIENT_DONE)
		ctl_complain(&client, code);
	/* It may hold a secret that was made for nothing. */
	client_clear(&client);
	return code;
}
