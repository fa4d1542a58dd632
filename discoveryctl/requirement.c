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
 * enclave-discoveryctl requirement: what a system must be or have, and the
 * administrator's yes or no.  Conditions are checked here first, so that the
 * answer names the line.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "discoveryctl/ctl.h"
#include "policy/condition.h"

static json_t *
requirement_json(const void *msg)
{
	const struct msg_admin_requirement	*m = msg;
	const char				*type, *s;
	char					 line[CONDITION_TEXT_MAX + 1];
	size_t					 len;
	json_t					*o, *lines;

	if ((type = requirement_type_name(m->type)) == NULL)
		return NULL;
	o = out_object();
	out_set(o, "name", out_text(m->name));
	out_set(o, "organisation", out_text(m->org));
	out_set(o, "type", out_text(type));
	out_set(o, "notes", out_text(m->notes));
	lines = out_array();
	for (s = m->conditions; *s != '\0'; s += len + (s[len] == '\n')) {
		len = strcspn(s, "\n");
		memcpy(line, s, len);
		line[len] = '\0';
		out_append(lines, out_text(line));
	}
	out_set(o, "conditions", lines);
	out_set(o, "created", out_time(m->created));
	out_set(o, "policies", json_integer(m->policies));
	out_set(o, "tags", json_integer(m->tags));
	return o;
}

static int
requirement_text(struct table *t, const void *msg)
{
	const struct msg_admin_requirement	*m = msg;
	const char				*cells[7];
	char					 lines[CONDITION_TEXT_MAX + 1];
	char					 policies[16], tags[16];
	size_t					 i;

	if ((cells[2] = requirement_type_name(m->type)) == NULL)
		return -1;
	strlcpy(lines, m->conditions, sizeof(lines));
	for (i = 0; lines[i] != '\0'; i++)
		if (lines[i] == '\n')
			lines[i] = lines[i + 1] == '\0' ? '\0' : ';';
	snprintf(policies, sizeof(policies), "%u", m->policies);
	snprintf(tags, sizeof(tags), "%u", m->tags);
	cells[0] = m->name;
	cells[1] = m->org;
	cells[3] = policies;
	cells[4] = tags;
	cells[5] = lines;
	cells[6] = m->notes;
	if (table_add(t, cells) == -1)
		out_no_memory();
	return 0;
}

static const char *const requirement_titles[] = {
	"NAME", "ORGANISATION", "TYPE", "POLICIES", "TAGS", "CONDITIONS",
	"NOTES"
};

static const struct listing requirement_listing = {
	6, MSG_ADMIN_REQUIREMENT, "jo:", requirement_titles, 7,
	requirement_json, requirement_text
};

int
cmd_requirement_list(struct ctl *ctl, struct args *args)
{
	return ctl_list(ctl, args, &requirement_listing);
}

/* A name follows the rule of tags. */
static const char *
take_name(char out[65], const char *value)
{
	struct msg_tags	 one;
	const char	*reason;

	one.n = 0;
	if (out[0] != '\0')
		return "there is one name";
	if ((reason = value_tag(&one, value)) == NULL)
		memcpy(out, one.e[0], sizeof(one.e[0]));
	return reason;
}

static const char *
take_condition(struct msg_admin_requirement_add *m, const char *value)
{
	m->fields |= REQUIREMENT_FIELD_CONDITIONS;
	if (*value == '\0')
		return NULL;
	if ((m->conditions[0] != '\0' && strlcat(m->conditions, "\n",
	    sizeof(m->conditions)) >= sizeof(m->conditions)) ||
	    strlcat(m->conditions, value, sizeof(m->conditions)) >=
	    sizeof(m->conditions))
		return "there are too many conditions";
	return NULL;
}

static const char *
requirement_option(struct msg_admin_requirement_add *m, int c,
    const char *value, const char **what)
{
	switch (c) {
	case 'c':
		*what = "condition";
		return take_condition(m, value);
	case 'n':
		*what = "notes";
		m->fields |= REQUIREMENT_FIELD_NOTES;
		return value_text(m->notes, sizeof(m->notes), value);
	case 'o':
		*what = "organisation";
		return value_org(m->org, value);
	case 't':
		*what = "type";
		m->type = (uint8_t)requirement_type_parse(value);
		return m->type != 0 ? NULL : "a type is address, system, "
		    "posture, signin or manual";
	default:
		*what = "requirement";
		return take_name(m->name, value);
	}
}

/* The server knows the type of one that exists, and checks again. */
static int
requirement_check(const struct msg_admin_requirement_add *m)
{
	struct condition	 conditions[CONDITION_MAX];
	char			 why[256];

	if (m->name[0] == '\0')
		warnx("the requirement needs a name");
	else if (m->org[0] == '\0')
		warnx("the requirement needs an organisation (-o)");
	else if (m->type == 0 && m->replace != 2)
		warnx("the requirement needs a type (-t)");
	else if (m->replace == 2 && m->fields == 0)
		warnx("say what is to change");
	else if (m->replace != 2 && conditions_parse(
	    (enum requirement_type)m->type, m->conditions, conditions, why,
	    sizeof(why)) == -1)
		warnx("%s", why);
	else
		return 1;
	return 0;
}

int
cmd_requirement_add(struct ctl *ctl, struct args *args)
{
	struct msg_admin_requirement_add	 m;
	const char				*reason, *what;
	int					 c;

	memset(&m, 0, sizeof(m));
	m.replace = (uint8_t)ctl->action;
	while ((c = ctl_next(ctl, args, ctl->action == 2 ? "jc:n:o:" :
	    "jRc:n:o:t:")) != ARGS_END) {
		if (c == 'R') {
			m.replace = 1;
			continue;
		}
		if (c == ARGS_BAD || c == ARGS_MISSING)
			return ctl_usage(ctl);
		reason = requirement_option(&m, c, args->value, &what);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (!requirement_check(&m))
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_REQUIREMENT_ADD, &m);
}

int
cmd_requirement_delete(struct ctl *ctl, struct args *args)
{
	struct msg_admin_requirement_delete	 m;
	const char				*reason, *what;
	int					 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "jo:")) != ARGS_END) {
		if (c == 'o') {
			what = "organisation";
			reason = value_org(m.org, args->value);
		} else if (c == ARGS_WORD) {
			what = "requirement";
			reason = take_name(m.name, args->value);
		} else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.org[0] == '\0' || m.name[0] == '\0')
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_REQUIREMENT_DELETE, &m);
}

int
cmd_requirement_grant(struct ctl *ctl, struct args *args)
{
	struct msg_admin_requirement_grant	 m;
	const char				*reason, *what;
	int					 c;

	memset(&m, 0, sizeof(m));
	m.answer = (uint8_t)ctl->action;
	while ((c = ctl_next(ctl, args, "jo:")) != ARGS_END) {
		if (c == 'o') {
			what = "organisation";
			reason = value_org(m.org, args->value);
		} else if (c == ARGS_WORD && m.name[0] == '\0') {
			what = "requirement";
			reason = take_name(m.name, args->value);
		} else if (c == ARGS_WORD && m.system[0] == '\0') {
			what = "system";
			reason = value_system(m.system, args->value);
		} else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.org[0] == '\0' || m.system[0] == '\0')
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_REQUIREMENT_GRANT, &m);
}
