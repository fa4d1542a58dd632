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
 * enclave-discoveryctl: the configuration of the service, read with the lists
 * that every administrator can ask for.  Each list is an answer of its own;
 * that nothing has changed between the first and the last of them is seen at
 * the audit log, in which every change leaves a row.
 */

#include <sys/types.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "conftext/conftext.h"
#include "discoveryctl/ctl.h"

#define TRIES		5	/* to find the service between changes */
#define TOKENS_MAX	65536

/* What is asked for, and how it comes: "what" of ADMIN_LIST. */
static const struct list {
	uint8_t			 what;
	int			 everywhere;	/* not of an organisation */
	uint32_t		 type;
	enum conftext_kind	 kind;
} lists[] = {
	{ 0, 0, MSG_ADMIN_ORG, CONFTEXT_ORG },
	{ 1, 0, MSG_ADMIN_KEY, CONFTEXT_KEY },
	{ 2, 0, MSG_ADMIN_SYSTEM, CONFTEXT_SYSTEM },
	{ 3, 0, MSG_ADMIN_POLICY, CONFTEXT_POLICY },
	{ 4, 0, MSG_ADMIN_TAG, CONFTEXT_TAG },
	{ 5, 1, MSG_ADMIN_RELAY, CONFTEXT_RELAY },
	{ 6, 0, MSG_ADMIN_REQUIREMENT, CONFTEXT_REQUIREMENT },
	{ 7, 0, MSG_ADMIN_TOKEN, CONFTEXT_KINDS },
	{ 8, 0, MSG_ADMIN_TEST, CONFTEXT_TEST },
};

struct collecting {
	struct collection	*c;
	const struct list	*list;
	const char		*why;
};

static int
token_keep(struct collection *c, const struct msg_admin_token *m)
{
	struct msg_admin_token	*tokens;

	if (c->ntokens == TOKENS_MAX)
		return -1;
	tokens = reallocarray(c->tokens, c->ntokens + 1, sizeof(*tokens));
	if (tokens == NULL)
		out_no_memory();
	c->tokens = tokens;
	c->tokens[c->ntokens++] = *m;
	return 0;
}

/* Is it configuration at all? */
static int
is_wanted(struct collection *c, uint32_t type, const void *msg)
{
	const struct msg_admin_system	*system = msg;
	const struct msg_admin_tag	*tag = msg;

	/* Other tags are there for as long as something has them. */
	if (type == MSG_ADMIN_TAG)
		return tag->permanent;
	if (type != MSG_ADMIN_SYSTEM)
		return 1;
	if (system->state == SYSTEM_REVOKED)
		c->revoked++;
	else if (system->ephemeral)
		c->ephemeral++;
	return system->state != SYSTEM_REVOKED && !system->ephemeral;
}

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	struct collecting	*collecting = arg;

	if (type != collecting->list->type)
		return -1;
	if (type == MSG_ADMIN_TOKEN)
		return token_keep(collecting->c, msg);
	if (!is_wanted(collecting->c, type, msg))
		return 0;
	return conftext_add(collecting->c->ct, collecting->list->kind, msg,
	    &collecting->why) == NULL ? -1 : 0;
}

int
collect_on_mark(void *arg, uint32_t type, const void *msg)
{
	const struct msg_admin_audit	*m = msg;
	uint64_t			*mark = arg;

	if (type != MSG_ADMIN_AUDIT)
		return -1;
	*mark = m->id;
	return 0;
}

void
collect_ask_mark(struct msg_admin_audit_list *m)
{
	memset(m, 0, sizeof(*m));
	m->tail = 1;
	m->count = 1;
}

static int
mark_get(struct ctl *ctl, uint64_t *mark)
{
	struct msg_admin_audit_list	 m;
	struct client			 client;
	int				 code;

	collect_ask_mark(&m);
	*mark = 0;
	client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
	client.row = collect_on_mark;
	client.arg = mark;
	code = client_ask(&client, MSG_ADMIN_AUDIT_LIST, &m);
	return code == CLIENT_DONE ? code : ctl_complain(&client, code);
}

static int
list_get(struct ctl *ctl, const struct list *list, const char *org,
    struct collection *c)
{
	struct collecting	 collecting = { c, list, NULL };
	struct msg_admin_list	 m;
	struct client		 client;
	int			 code;

	if (list->everywhere && *org != '\0')
		return CLIENT_DONE;
	memset(&m, 0, sizeof(m));
	m.what = list->what;
	strlcpy(m.org, org, sizeof(m.org));
	client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
	client.row = on_row;
	client.arg = &collecting;
	code = client_ask(&client, MSG_ADMIN_LIST, &m);
	if (code == CLIENT_DONE)
		return code;
	if (collecting.why != NULL)
		warnx("%s", collecting.why);
	return ctl_complain(&client, code);
}

void
collect_free(struct collection *c)
{
	conftext_free(c->ct);
	free(c->tokens);
	memset(c, 0, sizeof(*c));
}

int
collect(struct ctl *ctl, const char *org, struct collection *c)
{
	uint64_t	 mark;
	size_t		 i;
	int		 code, tries;

	for (tries = 0; tries < TRIES; tries++) {
		memset(c, 0, sizeof(*c));
		if ((c->ct = conftext_new()) == NULL)
			out_no_memory();
		code = mark_get(ctl, &c->mark);
		for (i = 0; code == CLIENT_DONE &&
		    i < sizeof(lists) / sizeof(lists[0]); i++)
			code = list_get(ctl, &lists[i], org, c);
		if (code == CLIENT_DONE)
			code = mark_get(ctl, &mark);
		if (code == CLIENT_DONE && mark == c->mark) {
			conftext_sort(c->ct);
			return CLIENT_DONE;
		}
		collect_free(c);
		if (code != CLIENT_DONE)
			return code;
	}
	warnx("the configuration changes all the time: try again");
	return CLIENT_FAILED;
}
