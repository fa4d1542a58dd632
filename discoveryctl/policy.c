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
 * enclave-discoveryctl policy: who may open what towards whom.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "discoveryctl/ctl.h"
#include "tz/tz.h"

#define ACLS_TEXT_MAX	(ACL_MAX * ACL_STRLEN + 1)

static const char	*acls_text(char[ACLS_TEXT_MAX],
			    const struct msg_acls *);
static const char	*policy_option(struct msg_admin_policy_add *, int,
			    const char *, const char **);
static int		 policy_complete(const struct msg_admin_policy_add *);

static const char *
acls_text(char buf[ACLS_TEXT_MAX], const struct msg_acls *acls)
{
	char	 text[ACL_STRLEN];
	size_t	 i;

	buf[0] = '\0';
	for (i = 0; i < acls->n; i++) {
		if (i > 0)
			strlcat(buf, ",", ACLS_TEXT_MAX);
		strlcat(buf, acl_print(&acls->e[i], text, sizeof(text)),
		    ACLS_TEXT_MAX);
	}
	return buf;
}

static const char *const state_words[] = {
	"active", "disabled", "no-acls", "outside-hours", "expired",
	"no-time-zone"
};

static const char *
state_word(uint8_t state)
{
	return state < sizeof(state_words) / sizeof(state_words[0]) ?
	    state_words[state] : "unknown";
}

static const char *
hours_text(char buf[TZ_HOURS_STRLEN], const struct msg_admin_policy *m)
{
	struct tz_hours	 h;

	memset(&h, 0, sizeof(h));
	h.days = m->days & TZ_DAYS_ALL;
	h.start = m->start % (TZ_MINUTES + 1);
	h.end = m->end % (TZ_MINUTES + 1);
	strlcpy(h.zone, m->zone, sizeof(h.zone));
	return tz_hours_print(&h, buf, TZ_HOURS_STRLEN);
}

static json_t *
policy_json(const void *msg)
{
	const struct msg_admin_policy	*m = msg;
	json_t				*o = out_object(), *acls;
	char				 text[ACL_STRLEN];
	char				 hours[TZ_HOURS_STRLEN];
	size_t				 i;

	out_set(o, "name", out_text(m->name));
	out_set(o, "organisation", out_text(m->org));
	out_set(o, "enabled", out_bool(m->enabled));
	out_set(o, "state", out_text(state_word(m->state)));
	out_set(o, "next_change", out_time(m->next));
	out_set(o, "not_after", out_time(m->not_after));
	out_set(o, "expiry_action", out_text(m->end_action == 1 ? "delete" :
	    "disable"));
	out_set(o, "active_hours", out_text(hours_text(hours, m)));
	out_set(o, "notes", out_text(m->notes));
	out_set(o, "senders", out_tags(&m->senders));
	out_set(o, "receivers", out_tags(&m->receivers));
	acls = out_array();
	for (i = 0; i < m->acls.n; i++)
		out_append(acls, out_text(acl_print(&m->acls.e[i], text,
		    sizeof(text))));
	out_set(o, "acls", acls);
	out_set(o, "requirements", out_tags(&m->requirements));
	return o;
}

static int
policy_text(struct table *t, const void *msg)
{
	const struct msg_admin_policy	*m = msg;
	const char			*cells[9];
	char				 hours[TZ_HOURS_STRLEN];
	char				 expiry[TEXT_TIME_MAX];
	char				 senders[TAGS_TEXT_MAX];
	char				 receivers[TAGS_TEXT_MAX];
	char				 acls[ACLS_TEXT_MAX];
	char				 requirements[TAGS_TEXT_MAX];

	cells[0] = m->name;
	cells[1] = m->org;
	cells[2] = state_word(m->state);
	cells[3] = text_time(expiry, m->not_after);
	cells[4] = m->days == 0 ? "-" : hours_text(hours, m);
	cells[5] = tags_text(senders, &m->senders);
	cells[6] = tags_text(receivers, &m->receivers);
	cells[7] = acls_text(acls, &m->acls);
	cells[8] = tags_text(requirements, &m->requirements);
	if (table_add(t, cells) == -1)
		out_no_memory();
	return 0;
}

static const char *const policy_titles[] = {
	"NAME", "ORGANISATION", "STATE", "EXPIRY", "HOURS", "SENDERS",
	"RECEIVERS", "ACLS", "REQUIREMENTS"
};

static const struct listing policy_listing = {
	3, MSG_ADMIN_POLICY, "jo:", policy_titles, 9, policy_json, policy_text
};

int
cmd_policy_list(struct ctl *ctl, struct args *args)
{
	return ctl_list(ctl, args, &policy_listing);
}

static const char *
value_hours(struct msg_admin_policy_add *m, const char *value)
{
	struct tz_hours	 h;
	const char	*why = tz_hours_parse(&h, value);

	if (why != NULL)
		return why;
	m->days = h.days;
	m->start = h.start;
	m->end = h.end;
	strlcpy(m->zone, h.zone, sizeof(m->zone));
	return NULL;
}

static const char *
value_end_action(uint8_t *action, const char *value)
{
	*action = strcmp(value, "delete") == 0;
	return *action || strcmp(value, "disable") == 0 ? NULL :
	    "it is disable or delete";
}

/* One option into the message: NULL or the reason, with its subject. */
static const char *
policy_option(struct msg_admin_policy_add *m, int c, const char *value,
    const char **what)
{
	switch (c) {
	case 'a':
		*what = "acl";
		m->fields |= POLICY_FIELD_ACLS;
		return value_acl(&m->acls, value);
	case 'e':
		*what = "expiry";
		m->fields |= POLICY_FIELD_EXPIRY;
		if (m->replace == 2 && strcmp(value, "never") == 0)
			return NULL;
		return value_expiry(&m->not_after, value, clock_wall_sec());
	case 'h':
		*what = "active hours";
		m->fields |= POLICY_FIELD_HOURS;
		return *value == '\0' ? NULL : value_hours(m, value);
	case 'N':
		*what = "notes";
		m->fields |= POLICY_FIELD_NOTES;
		return *value == '\0' ? NULL :
		    value_text(m->notes, sizeof(m->notes), value);
	case 'o':
		*what = "organisation";
		return value_org(m->org, value);
	case 'q':
		*what = "requirement";
		m->fields |= POLICY_FIELD_REQUIREMENTS;
		return *value == '\0' ? NULL :
		    value_tag(&m->requirements, value);
	case 'x':
		*what = "expiry action";
		m->fields |= POLICY_FIELD_END_ACTION;
		return value_end_action(&m->end_action, value);
	case 'r':
		*what = "tag";
		m->fields |= POLICY_FIELD_RECEIVERS;
		return value_tag(&m->receivers, value);
	case 's':
		*what = "tag";
		m->fields |= POLICY_FIELD_SENDERS;
		return value_tag(&m->senders, value);
	default:
		*what = "policy";
		return m->name[0] != '\0' ? "a policy has one name" :
		    value_text(m->name, sizeof(m->name), value);
	}
}

static int
policy_complete(const struct msg_admin_policy_add *m)
{
	if (m->name[0] == '\0')
		warnx("the policy needs a name");
	else if (m->org[0] == '\0')
		warnx("the policy needs an organisation (-o)");
	else if (m->replace == 2)
		return m->fields != 0;
	else if (m->senders.n == 0)
		warnx("the policy needs a sender tag (-s)");
	else if (m->receivers.n == 0)
		warnx("the policy needs a receiver tag (-r)");
	else if (m->acls.n == 0)
		warnx("the policy needs an ACL entry (-a)");
	else if (m->end_action == 1 && m->not_after == 0)
		warnx("an expiry action (-x) needs an expiry (-e)");
	else
		return 1;
	return 0;
}

int
cmd_policy_add(struct ctl *ctl, struct args *args)
{
	struct msg_admin_policy_add	 m;
	const char			*reason, *what;
	int				 c;

	memset(&m, 0, sizeof(m));
	m.replace = (uint8_t)ctl->action;
	while ((c = ctl_next(ctl, args, ctl->action == 2 ?
	    "ja:e:h:N:o:q:r:s:x:" : "jRa:e:h:N:o:q:r:s:x:")) != ARGS_END) {
		if (c == 'R') {
			m.replace = 1;
			continue;
		}
		if (c == ARGS_BAD || c == ARGS_MISSING)
			return ctl_usage(ctl);
		reason = policy_option(&m, c, args->value, &what);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (!policy_complete(&m))
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_POLICY_ADD, &m);
}

int
cmd_policy_set(struct ctl *ctl, struct args *args)
{
	struct msg_admin_policy_set	 m;
	const char			*reason, *what;
	int				 c;

	memset(&m, 0, sizeof(m));
	m.action = (uint8_t)ctl->action;
	while ((c = ctl_next(ctl, args, "jo:")) != ARGS_END) {
		if (c == 'o') {
			what = "organisation";
			reason = value_org(m.org, args->value);
		} else if (c == ARGS_WORD && m.name[0] == '\0') {
			what = "policy";
			reason = value_text(m.name, sizeof(m.name),
			    args->value);
		} else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.org[0] == '\0' || m.name[0] == '\0')
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_POLICY_SET, &m);
}
