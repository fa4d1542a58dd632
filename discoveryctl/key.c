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
 * enclave-discoveryctl key: enrolment keys.  The text of a key is seen once,
 * in the answer to "key add"; it is printed and wiped.
 */

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "discoveryctl/ctl.h"

#define USES_UNLIMITED	UINT32_MAX
#define USES_MAX	1000000
#define RETENTION_MAX	525600	/* minutes: a year */

static const char	*key_option(struct msg_admin_key_add *, int,
			    const char *, const char **);
static const char	*change_option(struct msg_admin_key_change *, int,
			    const char *, const char **);

/* NULL when the value is none of the enum. */
static const char *
type_name(const struct msg_admin_key *m)
{
	return m->type == KEY_GENERAL ? "general" : m->type == KEY_EPHEMERAL ?
	    "ephemeral" : NULL;
}

static const char *
approval_name(const struct msg_admin_key *m)
{
	return m->approval == KEY_APPROVAL_AUTOMATIC ? "automatic" :
	    m->approval == KEY_APPROVAL_MANUAL ? "manual" : NULL;
}

static const char *
action_name(const struct msg_admin_key *m)
{
	return m->action == KEY_DISABLE ? "disable" :
	    m->action == KEY_DELETE ? "delete" : NULL;
}

static const char *
state_name(const struct msg_admin_key *m)
{
	return !m->enabled ? "disabled" : m->uses == 0 ? "no_uses_remaining" :
	    "enabled";
}

static json_t *
sources_json(const struct msg_ranges *r)
{
	json_t		*a = out_array(), *o;
	char		 buf[RANGE_STRLEN];
	uint16_t	 i;

	for (i = 0; i < r->n; i++) {
		o = out_object();
		out_set(o, "range", out_text(range_print(&r->e[i].range,
		    buf)));
		out_set(o, "description", out_text(r->e[i].text));
		out_append(a, o);
	}
	return a;
}

static json_t *
key_json(const void *msg)
{
	const struct msg_admin_key	*m = msg;
	json_t				*o;

	if (type_name(m) == NULL || action_name(m) == NULL ||
	    approval_name(m) == NULL)
		return NULL;
	o = out_object();
	out_set(o, "id", out_number(m->id));
	out_set(o, "organisation", out_text(m->org));
	out_set(o, "hint", out_text(m->hint));
	out_set(o, "description", out_text(m->description));
	out_set(o, "type", out_text(type_name(m)));
	out_set(o, "enabled", out_bool(m->enabled));
	out_set(o, "state", out_text(state_name(m)));
	out_set(o, "approval", out_text(approval_name(m)));
	out_set(o, "uses_remaining", m->uses == USES_UNLIMITED ? out_null() :
	    out_number(m->uses));
	out_set(o, "enrolled", out_number(m->enrolled));
	out_set(o, "unapproved", out_number(m->unapproved));
	out_set(o, "created", out_time(m->created));
	out_set(o, "last_used", out_time(m->last_used));
	out_set(o, "not_after", out_time(m->not_after));
	out_set(o, "expiry_action", out_text(action_name(m)));
	out_set(o, "retention_minutes", m->type == KEY_EPHEMERAL ?
	    out_number(m->retention) : out_null());
	out_set(o, "sources", sources_json(&m->sources));
	out_set(o, "tags", out_tags(&m->tags));
	out_set(o, "notes", out_text(m->notes));
	return o;
}

static int
key_text(struct table *t, const void *msg)
{
	const struct msg_admin_key	*m = msg;
	const char			*cells[13];
	char				 id[12], uses[12], enrolled[12];
	char				 waiting[12];
	char				 created[TEXT_TIME_MAX];
	char				 used[TEXT_TIME_MAX];
	char				 expiry[TEXT_TIME_MAX];
	char				 tags[TAGS_TEXT_MAX];

	if (action_name(m) == NULL || approval_name(m) == NULL ||
	    (cells[3] = type_name(m)) == NULL)
		return -1;
	snprintf(id, sizeof(id), "%" PRIu32, m->id);
	snprintf(uses, sizeof(uses), "%" PRIu32, m->uses);
	snprintf(enrolled, sizeof(enrolled), "%" PRIu32, m->enrolled);
	snprintf(waiting, sizeof(waiting), "%" PRIu32, m->unapproved);
	cells[0] = id;
	cells[1] = m->org;
	cells[2] = m->hint;
	cells[4] = !m->enabled ? "disabled" :
	    m->approval == KEY_APPROVAL_MANUAL ? "manual" : "enabled";
	cells[5] = m->uses == USES_UNLIMITED ? "unlimited" : uses;
	cells[6] = enrolled;
	cells[7] = waiting;
	cells[8] = text_time(created, m->created);
	cells[9] = text_time(used, m->last_used);
	cells[10] = text_time(expiry, m->not_after);
	cells[11] = tags_text(tags, &m->tags);
	cells[12] = m->description;
	if (table_add(t, cells) == -1)
		out_no_memory();
	return 0;
}

static const char *const key_titles[] = {
	"ID", "ORGANISATION", "HINT", "TYPE", "STATE", "USES", "ENROLLED",
	"WAITING", "CREATED", "LAST-USED", "EXPIRY", "TAGS", "DESCRIPTION"
};

static const struct listing key_listing = {
	1, MSG_ADMIN_KEY, "jo:", key_titles, 13, key_json, key_text
};

int
cmd_key_list(struct ctl *ctl, struct args *args)
{
	return ctl_list(ctl, args, &key_listing);
}

/* One option into the message: NULL or the reason, with its subject. */
static const char *
key_option(struct msg_admin_key_add *m, int c, const char *value,
    const char **what)
{
	switch (c) {
	case 'o':
		*what = "organisation";
		return value_org(m->org, value);
	case 't':
		*what = "tag";
		return value_tag(&m->tags, value);
	case 'u':
		*what = "uses";
		return value_number(&m->uses, value, USES_UNLIMITED - 1);
	case 'D':
		*what = "description";
		return value_text(m->description, sizeof(m->description),
		    value);
	case 'N':
		*what = "notes";
		return value_text(m->notes, sizeof(m->notes), value);
	case 'c':
		*what = "source";
		return value_source(&m->sources, value);
	case 'r':
		*what = "retention";
		return value_number(&m->retention, value, RETENTION_MAX);
	case 'x':
		*what = "action";
		return value_key_action(&m->action, value);
	default:
		*what = "expiry";
		return value_expiry(&m->not_after, value, clock_wall_sec());
	}
}

int
cmd_key_add(struct ctl *ctl, struct args *args)
{
	struct msg_admin_key_add	 m;
	const char			*what, *reason;
	int				 c;

	memset(&m, 0, sizeof(m));
	m.uses = USES_UNLIMITED;
	m.type = KEY_GENERAL;
	m.action = KEY_DISABLE;
	while ((c = ctl_next(ctl, args, "jaEc:D:e:N:o:r:t:u:x:")) !=
	    ARGS_END) {
		if (c == 'a') {
			m.approval = KEY_APPROVAL_AUTOMATIC;
			continue;
		}
		if (c == 'E') {
			m.type = KEY_EPHEMERAL;
			continue;
		}
		if (c == ARGS_WORD || c == ARGS_BAD || c == ARGS_MISSING)
			return ctl_usage(ctl);
		if ((reason = key_option(&m, c, args->value, &what)) != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.org[0] == '\0')
		return ctl_usage(ctl);
	return ctl_ask_secret(ctl, MSG_ADMIN_KEY_ADD, &m, "key");
}

int
cmd_key_set(struct ctl *ctl, struct args *args)
{
	struct msg_admin_key_set	 m;
	const char			*reason = NULL, *what = "";
	int				 c;

	memset(&m, 0, sizeof(m));
	m.action = (uint8_t)ctl->action;
	while ((c = ctl_next(ctl, args, "jo:")) != ARGS_END) {
		if (c == 'o') {
			what = "organisation";
			reason = value_org(m.org, args->value);
		} else if (c == ARGS_WORD && m.id == 0) {
			what = "key";
			reason = value_number(&m.id, args->value, UINT32_MAX);
		} else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.org[0] == '\0' || m.id == 0)
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_KEY_SET, &m);
}

/* An empty tag, source or expiry takes away what there was. */
static const char *
change_option(struct msg_admin_key_change *m, int c, const char *value,
    const char **what)
{
	switch (c) {
	case 'o':
		*what = "organisation";
		return value_org(m->org, value);
	case 't':
		*what = "tag";
		m->fields |= KEY_TAGS;
		return *value == '\0' ? NULL : value_tag(&m->tags, value);
	case 'D':
		*what = "description";
		m->fields |= KEY_DESCRIPTION;
		return value_text(m->description, sizeof(m->description),
		    value);
	case 'N':
		*what = "notes";
		m->fields |= KEY_NOTES;
		return value_text(m->notes, sizeof(m->notes), value);
	case 'c':
		*what = "source";
		m->fields |= KEY_SOURCES;
		return *value == '\0' ? NULL :
		    value_source(&m->sources, value);
	case 'x':
		*what = "action";
		m->fields |= KEY_ACTION;
		return value_key_action(&m->action, value);
	default:
		*what = "expiry";
		m->fields |= KEY_NOT_AFTER;
		m->not_after = 0;
		return *value == '\0' ? NULL :
		    value_expiry(&m->not_after, value, clock_wall_sec());
	}
}

int
cmd_key_change(struct ctl *ctl, struct args *args)
{
	struct msg_admin_key_change	 m;
	const char			*what, *reason;
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "jc:D:e:N:o:t:x:")) != ARGS_END) {
		if (c == ARGS_BAD || c == ARGS_MISSING ||
		    (c == ARGS_WORD && m.id != 0))
			return ctl_usage(ctl);
		if (c == ARGS_WORD) {
			what = "key";
			reason = value_number(&m.id, args->value, UINT32_MAX);
		} else
			reason = change_option(&m, c, args->value, &what);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.org[0] == '\0' || m.id == 0 || m.fields == 0)
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_KEY_CHANGE, &m);
}

int
cmd_key_topup(struct ctl *ctl, struct args *args)
{
	struct msg_admin_key_topup	 m;
	const char			*reason = NULL, *what = "";
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "jo:")) != ARGS_END) {
		if (c == 'o') {
			what = "organisation";
			reason = value_org(m.org, args->value);
		} else if (c == ARGS_WORD && m.id == 0) {
			what = "key";
			reason = value_number(&m.id, args->value, UINT32_MAX);
		} else if (c == ARGS_WORD && m.uses == 0) {
			what = "uses";
			reason = value_number(&m.uses, args->value, USES_MAX);
		} else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.org[0] == '\0' || m.uses == 0)
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_KEY_TOPUP, &m);
}
