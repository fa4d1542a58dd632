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
 * enclave-discoveryctl apply: the difference as one batch, with which the
 * service does all or nothing.
 */

#include <sys/types.h>

#include <err.h>
#include <string.h>

#include "discoveryctl/apply.h"

/*
 * What is named by others comes before them, and goes after: so all that is
 * added or changed by kind, then what is deleted, which the difference has in
 * the other order.
 */
static const enum conftext_kind	order[] = {
	CONFTEXT_RELAY, CONFTEXT_ORG, CONFTEXT_REQUIREMENT, CONFTEXT_TAG,
	CONFTEXT_POLICY, CONFTEXT_KEY, CONFTEXT_SYSTEM, CONFTEXT_TEST
};

/* The object of a change that failed, with its place. */
static void
complain(const struct apply *a, const struct conftext_change *c)
{
	const struct conftext_object	*o;
	char				 name[TEXT_MAX], text[TEXT_MAX];

	o = c->want != NULL ? c->want : c->have;
	text_clean(name, sizeof(name), o->name);
	text_clean(text, sizeof(text), a->client.text);
	if (o->file != NULL)
		warnx("%s:%d: %s \"%s\": %s", o->file, o->line,
		    conftext_kind_name(o->kind), name, text);
	else
		warnx("%s \"%s\" of %s: %s", conftext_kind_name(o->kind), name,
		    o->org, text);
}

static int
send_one(struct apply *a, const struct conftext_change *c)
{
	int	 code = apply_request(a, c);

	if (code != CLIENT_DONE)
		complain(a, c);
	return code;
}

static int
send_all(struct apply *a)
{
	const struct conftext_change	*c;
	size_t				 i, k;
	int				 code = CLIENT_DONE;

	for (k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (i = 0; i < a->diff.n && code == CLIENT_DONE; i++) {
			c = &a->diff.e[i];
			if (c->op == CONFTEXT_DELETED ||
			    c->want->kind != order[k] ||
			    (c->op == CONFTEXT_MISSING && !apply_makes(a, c)))
				continue;
			code = send_one(a, c);
		}
	for (i = 0; i < a->diff.n && code == CLIENT_DONE; i++)
		if (a->diff.e[i].op == CONFTEXT_DELETED)
			code = send_one(a, &a->diff.e[i]);
	return code;
}

/* Is the service as it was when it was read?  It is ours from here on. */
static int
check_mark(struct apply *a, int *stale)
{
	struct msg_admin_audit_list	 m;
	uint64_t			 mark = 0;
	int				 code;

	collect_ask_mark(&m);
	a->client.row = collect_on_mark;
	a->client.arg = &mark;
	code = client_next(&a->client, MSG_ADMIN_AUDIT_LIST, &m);
	a->client.row = NULL;
	*stale = code == CLIENT_DONE && mark != a->have.mark;
	return code;
}

int
apply_send(struct apply *a, int *stale)
{
	struct msg_admin_batch_begin	 begin;
	struct msg_admin_batch_end	 end;
	int				 code, failed = CLIENT_DONE;

	memset(&begin, 0, sizeof(begin));
	memset(&end, 0, sizeof(end));
	begin.dry = a->dry ? DRY_PAIRS : DRY_NO;
	*stale = 0;
	client_init(&a->client, ROLE_DISCOVERYCTL, a->ctl->path);
	if ((code = client_open(&a->client)) != CLIENT_DONE)
		return ctl_complain(&a->client, code);
	code = client_next(&a->client, MSG_ADMIN_BATCH_BEGIN, &begin);
	if (code == CLIENT_DONE)
		code = check_mark(a, stale);
	if (code != CLIENT_DONE)
		ctl_complain(&a->client, code);
	else if (!*stale && (failed = send_all(a)) == CLIENT_DONE) {
		if (a->dry) {
			a->client.row = dry_row;
			a->client.arg = a->report;
		}
		code = client_next(&a->client, MSG_ADMIN_BATCH_END, &end);
		a->client.row = NULL;
		a->unknown = !a->client.answered && !a->dry;
		if (code != CLIENT_DONE)
			ctl_complain(&a->client, code);
	}
	/* One that was not ended is undone. */
	client_close(&a->client);
	return failed != CLIENT_DONE ? failed : code;
}
