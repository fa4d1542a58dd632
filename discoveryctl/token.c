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
 * enclave-discoveryctl token: tokens of the API.  The text of a token is seen
 * once, in the answer to "token add"; it is printed and wiped.
 */

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "discoveryctl/ctl.h"
#include "object/object.h"
#include "object/scope.h"

static json_t *
token_json(const void *msg)
{
	json_t	*o = object_from_msg(MSG_ADMIN_TOKEN, msg);

	if (o == NULL)
		out_no_memory();
	return o;
}

static int
token_text(struct table *t, const void *msg)
{
	const struct msg_admin_token	*m = msg;
	const char			*cells[7];
	char				 id[12], scopes[SCOPE_TEXT_MAX];
	char				 created[TEXT_TIME_MAX];
	char				 used[TEXT_TIME_MAX];
	char				 expiry[TEXT_TIME_MAX];

	snprintf(id, sizeof(id), "%" PRIu32, m->id);
	cells[0] = id;
	cells[1] = m->org;
	cells[2] = m->name;
	cells[3] = text_time(created, m->created);
	cells[4] = text_time(used, m->last_used);
	cells[5] = text_time(expiry, m->not_after);
	cells[6] = scope_print(m->scopes, scopes);
	if (table_add(t, cells) == -1)
		out_no_memory();
	return 0;
}

static const char *const token_titles[] = {
	"ID", "ORGANISATION", "NAME", "CREATED", "LAST-USED", "EXPIRY",
	"SCOPES"
};

static const struct listing token_listing = {
	7, MSG_ADMIN_TOKEN, "jo:", token_titles, 7, token_json, token_text
};

int
cmd_token_list(struct ctl *ctl, struct args *args)
{
	return ctl_list(ctl, args, &token_listing);
}

/* Names with commas between. */
static const char *
scopes_option(uint32_t *scopes, const char *value)
{
	char		 name[64];
	uint32_t	 one;
	size_t		 n;

	for (;; value += n + 1) {
		n = strcspn(value, ",");
		if (n >= sizeof(name))
			return "there is no such scope";
		memcpy(name, value, n);
		name[n] = '\0';
		if ((one = scope_parse(name)) == 0)
			return "there is no such scope or role";
		*scopes |= one;
		if (value[n] == '\0')
			return NULL;
	}
}

static const char *
token_option(struct msg_admin_token_add *m, int c, const char *value,
    const char **what)
{
	switch (c) {
	case 'o':
		*what = "organisation";
		return value_org(m->org, value);
	case 'n':
		*what = "name";
		return value_text(m->name, sizeof(m->name), value);
	case 'e':
		*what = "expiry";
		return value_expiry(&m->not_after, value, clock_wall_sec());
	default:
		*what = c == 'r' ? "role" : "scope";
		return scopes_option(&m->scopes, value);
	}
}

int
cmd_token_add(struct ctl *ctl, struct args *args)
{
	struct msg_admin_token_add	 m;
	const char			*what, *reason;
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "je:n:o:r:s:")) != ARGS_END) {
		if (c == ARGS_WORD || c == ARGS_BAD || c == ARGS_MISSING)
			return ctl_usage(ctl);
		if ((reason = token_option(&m, c, args->value, &what)) !=
		    NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.org[0] == '\0' || m.name[0] == '\0' || m.scopes == 0 ||
	    m.not_after == 0)
		return ctl_usage(ctl);
	return ctl_ask_secret(ctl, MSG_ADMIN_TOKEN_ADD, &m, "token");
}

int
cmd_token_delete(struct ctl *ctl, struct args *args)
{
	struct msg_admin_token_set	 m;
	const char			*reason = NULL, *what = "";
	int				 c;

	memset(&m, 0, sizeof(m));
	m.action = (uint8_t)ctl->action;
	while ((c = ctl_next(ctl, args, "jo:")) != ARGS_END) {
		if (c == 'o') {
			what = "organisation";
			reason = value_org(m.org, args->value);
		} else if (c == ARGS_WORD && m.id == 0) {
			what = "token";
			reason = value_number(&m.id, args->value, UINT32_MAX);
		} else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.org[0] == '\0' || m.id == 0)
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_TOKEN_SET, &m);
}
