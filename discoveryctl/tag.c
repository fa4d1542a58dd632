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
 * enclave-discoveryctl tag: tags that are in use or were made, and what a
 * system must meet for its tag to count.
 */

#include <sys/types.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "discoveryctl/ctl.h"

static json_t *
tag_json(const void *msg)
{
	const struct msg_admin_tag	*m = msg;
	json_t				*o = out_object();
	char				 ref[16];

	/* No tag has a capital letter. */
	snprintf(ref, sizeof(ref), "T%" PRIu32, m->id);
	out_set(o, "name", out_text(m->name));
	out_set(o, "organisation", out_text(m->org));
	out_set(o, "ref", out_text(ref));
	out_set(o, "permanent", out_bool(m->permanent));
	out_set(o, "notes", out_text(m->notes));
	out_set(o, "colour", out_text_or_null(m->colour));
	out_set(o, "requirements", out_tags(&m->requirements));
	out_set(o, "systems", out_number(m->systems));
	out_set(o, "keys", out_number(m->keys));
	out_set(o, "policies", out_number(m->policies));
	return o;
}

static int
tag_text(struct table *t, const void *msg)
{
	const struct msg_admin_tag	*m = msg;
	const char			*cells[8];
	char				 systems[12], keys[12], policies[12];
	char				 requirements[TAGS_TEXT_MAX];

	snprintf(systems, sizeof(systems), "%" PRIu32, m->systems);
	snprintf(keys, sizeof(keys), "%" PRIu32, m->keys);
	snprintf(policies, sizeof(policies), "%" PRIu32, m->policies);
	cells[0] = m->name;
	cells[1] = m->org;
	cells[2] = systems;
	cells[3] = keys;
	cells[4] = policies;
	cells[5] = tags_text(requirements, &m->requirements);
	cells[6] = m->colour;
	cells[7] = m->notes;
	if (table_add(t, cells) == -1)
		out_no_memory();
	return 0;
}

static const char *const tag_titles[] = {
	"NAME", "ORGANISATION", "SYSTEMS", "KEYS", "POLICIES",
	"REQUIREMENTS", "COLOUR", "NOTES"
};

static const struct listing tag_listing = {
	4, MSG_ADMIN_TAG, "jo:", tag_titles, 8, tag_json, tag_text
};

int
cmd_tag_list(struct ctl *ctl, struct args *args)
{
	return ctl_list(ctl, args, &tag_listing);
}

static const char *
take_tag(char out[65], const char *value)
{
	struct msg_tags	 one;
	const char	*reason;

	one.n = 0;
	if (out[0] != '\0')
		return "there is one tag";
	if ((reason = value_tag(&one, value)) == NULL)
		memcpy(out, one.e[0], sizeof(one.e[0]));
	return reason;
}

static const char *
take_colour(char out[8], const char *value)
{
	size_t	 i;

	if (*value == '\0')
		return NULL;
	if (*value != '#' || strlen(value) != 7)
		return "a colour is \"#\" and six of 0-9 and a-f";
	for (i = 1; i < 7; i++)
		if (strchr("0123456789abcdef", value[i]) == NULL)
			return "a colour is \"#\" and six of 0-9 and a-f";
	memcpy(out, value, 8);
	return NULL;
}

/* One option into the message: NULL or the reason, with its subject. */
static const char *
tag_option(struct msg_admin_tag_add *m, int c, const char *value,
    const char **what)
{
	switch (c) {
	case 'c':
		*what = "colour";
		m->fields |= TAG_FIELD_COLOUR;
		return take_colour(m->colour, value);
	case 'n':
		*what = "notes";
		m->fields |= TAG_FIELD_NOTES;
		return value_text(m->notes, sizeof(m->notes), value);
	case 'o':
		*what = "organisation";
		return value_org(m->org, value);
	case 'q':
		*what = "requirement";
		m->fields |= TAG_FIELD_REQUIREMENTS;
		return *value == '\0' ? NULL :
		    value_tag(&m->requirements, value);
	default:
		*what = "tag";
		return take_tag(m->name, value);
	}
}

int
cmd_tag_add(struct ctl *ctl, struct args *args)
{
	struct msg_admin_tag_add	 m;
	const char			*reason, *what;
	int				 c;

	memset(&m, 0, sizeof(m));
	m.replace = (uint8_t)ctl->action;
	while ((c = ctl_next(ctl, args, ctl->action == 2 ? "jc:n:o:q:" :
	    "jRc:n:o:q:")) != ARGS_END) {
		if (c == 'R') {
			m.replace = 1;
			continue;
		}
		if (c == ARGS_BAD || c == ARGS_MISSING)
			return ctl_usage(ctl);
		reason = tag_option(&m, c, args->value, &what);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.name[0] == '\0')
		warnx("the tag needs a name");
	else if (m.org[0] == '\0')
		warnx("the tag needs an organisation (-o)");
	else if (m.replace == 2 && m.fields == 0)
		warnx("say what is to change");
	else
		return ctl_change(ctl, MSG_ADMIN_TAG_ADD, &m);
	return ctl_usage(ctl);
}

int
cmd_tag_delete(struct ctl *ctl, struct args *args)
{
	struct msg_admin_tag_delete	 m;
	const char			*reason, *what;
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "jo:")) != ARGS_END) {
		if (c == 'o') {
			what = "organisation";
			reason = value_org(m.org, args->value);
		} else if (c == ARGS_WORD) {
			what = "tag";
			reason = take_tag(m.name, args->value);
		} else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.org[0] == '\0' || m.name[0] == '\0')
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_TAG_DELETE, &m);
}
