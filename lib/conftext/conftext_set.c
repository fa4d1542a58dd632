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
 * The settings of each kind of object: what a statement of a file puts into
 * its row.  Pure functions.
 */

#include <string.h>

#include "base/range.h"
#include "conftext/conftext_local.h"
#include "conftext/value.h"
#include "policy/condition.h"
#include "tz/tz.h"

#define USES_MAX	1000000
#define RETENTION_MAX	525600	/* minutes: a year */
#define LENGTH(x)	(sizeof(x) / sizeof((x)[0]))

const char	conftext_shape[] = "shape";

const char *
words_next(struct words *w)
{
	const struct token	*t;

	if (w->at >= w->n)
		return NULL;
	t = &w->e[w->at];
	if (t->type != TOKEN_WORD && t->type != TOKEN_NUMBER)
		return NULL;
	w->at++;
	return t->text;
}

const char *
words_names(struct words *w, struct msg_tags *tags, size_t max)
{
	const char	*reason, *word;

	do {
		if ((word = words_next(w)) == NULL)
			return conftext_shape;
		if (tags->n >= max)
			return "the list is too long";
		if ((reason = value_tag(tags, word)) != NULL)
			return reason;
	} while (w->at < w->n && w->e[w->at].type == ',' && ++w->at);
	return NULL;
}

const char *
words_text(struct words *w, char *out, size_t size)
{
	const char	*word;

	if ((word = words_next(w)) == NULL)
		return conftext_shape;
	if (!conftext_text_valid(word))
		return "this is no UTF-8, or has control characters";
	return strlcpy(out, word, size) < size ? NULL : "it is too long";
}

/* "never" or a time, and then perhaps this word; 0 stays 0. */
static const char *
words_expiry(struct words *w, uint64_t *out, const char *other, int *is_other)
{
	const char	*reason, *word;

	*is_other = 0;
	if ((word = words_next(w)) == NULL)
		return conftext_shape;
	if (strcmp(word, NEVER) != 0 &&
	    (reason = value_time(out, word)) != NULL)
		return reason;
	if (w->at == w->n)
		return NULL;
	if ((word = words_next(w)) == NULL || (strcmp(word, other) != 0 &&
	    strcmp(word, "disable") != 0))
		return conftext_shape;
	*is_other = strcmp(word, other) == 0;
	return NULL;
}

/* Which of n words comes next; -1 for none. */
static int
words_choice(struct words *w, const char *const *choice, size_t n)
{
	const char	*word = words_next(w);
	size_t		 i;

	for (i = 0; word != NULL && i < n; i++)
		if (strcmp(word, choice[i]) == 0)
			return (int)i;
	return -1;
}

/* Heads: the name of an object. */

static const char *
head_org(struct words *w, struct conftext_object *o)
{
	struct msg_admin_org	*m = o->row;
	const char		*reason, *word;

	if ((word = words_next(w)) == NULL)
		return conftext_shape;
	if ((reason = value_org(m->name, word)) != NULL)
		return reason;
	memcpy(o->org, m->name, sizeof(o->org));
	memcpy(o->name, m->name, sizeof(m->name));
	m->life_s = CONFTEXT_LIFE_SEC;
	m->grace_s = CONFTEXT_GRACE_SEC;
	m->clone = CLONE_REJECT;
	return NULL;
}

static const char *
head_relay(struct words *w, struct conftext_object *o)
{
	struct msg_admin_relay	*m = o->row;
	const char		*reason, *word;

	if ((word = words_next(w)) == NULL)
		return conftext_shape;
	if ((reason = value_org(m->name, word)) != NULL)
		return reason;
	memcpy(o->name, m->name, sizeof(m->name));
	m->enabled = 1;
	return NULL;
}

/* Tags and requirements have names of one form. */
static const char *
head_tag(struct words *w, struct conftext_object *o)
{
	struct msg_tags	 tags;
	const char	*reason, *word;

	tags.n = 0;
	if ((word = words_next(w)) == NULL)
		return conftext_shape;
	if ((reason = value_tag(&tags, word)) != NULL)
		return reason;
	memcpy(o->name, tags.e[0], sizeof(tags.e[0]));
	return NULL;
}

static const char *
head_policy(struct words *w, struct conftext_object *o)
{
	struct msg_admin_policy	*m = o->row;
	const char		*reason;

	m->enabled = 1;
	reason = words_text(w, o->name, CONFTEXT_POLICY_NAME + 1);
	return reason == NULL && o->name[0] == '\0' ? "the name is empty" :
	    reason;
}

static const char *
head_key(struct words *w, struct conftext_object *o)
{
	struct msg_admin_key	*m = o->row;
	const char		*reason, *word;

	m->enabled = 1;
	m->type = KEY_GENERAL;
	m->action = KEY_DISABLE;
	m->uses = UINT32_MAX;
	if ((reason = words_text(w, o->name, sizeof(m->description))) != NULL)
		return reason;
	memcpy(m->description, o->name, sizeof(m->description));
	if (w->at == w->n)
		return NULL;
	if ((word = words_next(w)) == NULL || strcmp(word, "id") != 0 ||
	    (word = words_next(w)) == NULL)
		return conftext_shape;
	return value_number(&o->id, word, UINT32_MAX);
}

static const char *
head_system(struct words *w, struct conftext_object *o)
{
	struct msg_admin_system	*m = o->row;
	const char		*reason, *word;

	m->state = SYSTEM_ENABLED;
	if ((word = words_next(w)) == NULL)
		return conftext_shape;
	if ((reason = value_system(m->name, word)) != NULL)
		return reason;
	memcpy(o->name, m->name, sizeof(m->name));
	return NULL;
}

/* Organisations. */

static const char *
org_ipv4(struct words *w, void *row)
{
	struct msg_admin_org	*m = row;
	const char		*word = words_next(w);

	return word == NULL ? conftext_shape :
	    value_prefix(m->ipv4, &m->plen4, 4, word);
}

static const char *
org_ipv6(struct words *w, void *row)
{
	struct msg_admin_org	*m = row;
	const char		*word = words_next(w);

	return word == NULL ? conftext_shape :
	    value_prefix(m->ipv6, &m->plen6, 6, word);
}

static const char *
org_life(struct words *w, void *row)
{
	struct msg_admin_org	*m = row;
	const char		*word = words_next(w);

	return word == NULL ? conftext_shape : value_span(&m->life_s, word);
}

static const char *
org_grace(struct words *w, void *row)
{
	struct msg_admin_org	*m = row;
	const char		*word = words_next(w);

	if (word != NULL && strcmp(word, "0") == 0) {
		m->grace_s = 0;
		return NULL;
	}
	return word == NULL ? conftext_shape : value_span(&m->grace_s, word);
}

static const char *
org_clones(struct words *w, void *row)
{
	static const char *const	 choice[] = {
		"reject", "replace", "quarantine"
	};
	struct msg_admin_org		*m = row;
	int				 n;

	if ((n = words_choice(w, choice, LENGTH(choice))) == -1)
		return conftext_shape;
	m->clone = (uint8_t)(CLONE_REJECT + n);
	return NULL;
}

static const char *
org_unique(struct words *w, void *row)
{
	struct msg_admin_org	*m = row;

	(void)w;
	m->unique = 1;
	return NULL;
}

static const struct setting	org_settings[] = {
	{ "ipv4", "ipv4 prefix", 0, org_ipv4 },
	{ "ipv6", "ipv6 prefix", 0, org_ipv6 },
	{ "certificate-life", "certificate-life 365d", 0, org_life },
	{ "certificate-grace", "certificate-grace 30d", 0, org_grace },
	{ "clones", "clones reject, replace or quarantine", 0, org_clones },
	{ "unique-descriptions", "unique-descriptions", 0, org_unique },
};

/* Relays. */

static const char *
relay_location(struct words *w, void *row)
{
	struct msg_admin_relay	*m = row;
	const char		*north, *east;
	char			 text[32];

	if ((north = words_next(w)) == NULL || w->at == w->n ||
	    w->e[w->at++].type != ',' || (east = words_next(w)) == NULL ||
	    strlcpy(text, north, sizeof(text)) >= sizeof(text) ||
	    strlcat(text, ",", sizeof(text)) >= sizeof(text) ||
	    strlcat(text, east, sizeof(text)) >= sizeof(text))
		return conftext_shape;
	return value_location(&m->latitude, &m->longitude, text);
}

static const char *
relay_disabled(struct words *w, void *row)
{
	struct msg_admin_relay	*m = row;

	(void)w;
	m->enabled = 0;
	return NULL;
}

static const struct setting	relay_settings[] = {
	{ "location", "location 52.52, 13.405", 0, relay_location },
	{ "disabled", "disabled", 0, relay_disabled },
};

/* Requirements. */

static const char *
requirement_type(struct words *w, void *row)
{
	struct msg_admin_requirement	*m = row;
	const char			*word = words_next(w);

	if (word == NULL)
		return conftext_shape;
	m->type = (uint8_t)requirement_type_parse(word);
	return m->type != 0 ? NULL : "it is address, system, posture, signin "
	    "or manual";
}

static const char *
requirement_condition(struct words *w, void *row)
{
	struct msg_admin_requirement	*m = row;
	struct condition		 c;
	const char			*why, *word = words_next(w);
	char				 line[CONDITION_LINE_MAX + 8];

	if (word == NULL)
		return conftext_shape;
	if (m->type == 0)
		return "the type is said before the conditions";
	if (condition_parse((enum requirement_type)m->type, word,
	    strlen(word), &c, &why) == -1)
		return why;
	condition_print(&c, line, sizeof(line));
	if (strlen(m->conditions) + strlen(line) + 2 >
	    sizeof(m->conditions))
		return "there are too many conditions";
	strlcat(m->conditions, line, sizeof(m->conditions));
	strlcat(m->conditions, "\n", sizeof(m->conditions));
	return NULL;
}

static const char *
requirement_notes(struct words *w, void *row)
{
	struct msg_admin_requirement	*m = row;

	return words_text(w, m->notes, sizeof(m->notes));
}

static const char *
requirement_last(void *row)
{
	static char				 why[256];
	static struct condition			 c[CONDITION_MAX];
	const struct msg_admin_requirement	*m = row;

	if (m->type == 0)
		return "it has no type";
	return conditions_parse((enum requirement_type)m->type,
	    m->conditions, c, why, sizeof(why)) == -1 ? why : NULL;
}

static const struct setting	requirement_settings[] = {
	{ "type", "type address, system, posture, signin or manual", 0,
	    requirement_type },
	{ "condition", "condition \"allow range 192.0.2.0/24\"", 1,
	    requirement_condition },
	{ "notes", "notes \"text\"", 0, requirement_notes },
};

/* Tags. */

static const char *
tag_colour(struct words *w, void *row)
{
	struct msg_admin_tag	*m = row;
	const char		*reason;

	reason = words_text(w, m->colour, sizeof(m->colour));
	if (reason == NULL && (m->colour[0] != '#' ||
	    strspn(m->colour + 1, "0123456789abcdef") != 6))
		reason = "a colour is \"#rrggbb\" in lower case";
	return reason;
}

static const char *
tag_notes(struct words *w, void *row)
{
	struct msg_admin_tag	*m = row;

	return words_text(w, m->notes, sizeof(m->notes));
}

static const char *
tag_requirements(struct words *w, void *row)
{
	struct msg_admin_tag	*m = row;

	return words_names(w, &m->requirements, CONFTEXT_REQUIREMENTS);
}

static const struct setting	tag_settings[] = {
	{ "colour", "colour \"#rrggbb\"", 0, tag_colour },
	{ "requirements", "requirements name, ...", 0, tag_requirements },
	{ "notes", "notes \"text\"", 0, tag_notes },
};

/* Policies. */

static const char *
policy_senders(struct words *w, void *row)
{
	struct msg_admin_policy	*m = row;

	return words_names(w, &m->senders, MSG_TAGS_MAX);
}

static const char *
policy_receivers(struct words *w, void *row)
{
	struct msg_admin_policy	*m = row;

	return words_names(w, &m->receivers, MSG_TAGS_MAX);
}

static const char *
policy_allow(struct words *w, void *row)
{
	struct msg_admin_policy	*m = row;
	const char		*word = words_next(w);

	return word == NULL ? conftext_shape : value_acl(&m->acls, word);
}

static const char *
policy_requirements(struct words *w, void *row)
{
	struct msg_admin_policy	*m = row;

	return words_names(w, &m->requirements, CONFTEXT_REQUIREMENTS);
}

static const char *
policy_hours(struct words *w, void *row)
{
	struct msg_admin_policy	*m = row;
	struct tz_hours		 h;
	const char		*reason, *word = words_next(w);

	if (word == NULL)
		return conftext_shape;
	if ((reason = tz_hours_parse(&h, word)) != NULL)
		return reason;
	m->days = h.days;
	m->start = h.start;
	m->end = h.end;
	memcpy(m->zone, h.zone, sizeof(m->zone));
	return NULL;
}

static const char *
policy_expiry(struct words *w, void *row)
{
	struct msg_admin_policy	*m = row;
	const char		*reason;
	int			 delete;

	reason = words_expiry(w, &m->not_after, "delete", &delete);
	m->end_action = (uint8_t)delete;
	return reason;
}

static const char *
policy_notes(struct words *w, void *row)
{
	struct msg_admin_policy	*m = row;

	return words_text(w, m->notes, sizeof(m->notes));
}

static const char *
policy_disabled(struct words *w, void *row)
{
	struct msg_admin_policy	*m = row;

	(void)w;
	m->enabled = 0;
	return NULL;
}

static const struct setting	policy_settings[] = {
	{ "senders", "senders tag, ...", 0, policy_senders },
	{ "receivers", "receivers tag, ...", 0, policy_receivers },
	{ "allow", "allow tcp/443", 1, policy_allow },
	{ "requirements", "requirements name, ...", 0, policy_requirements },
	{ "hours", "hours \"mon-fri 08:00-18:00 Europe/Berlin\"", 0,
	    policy_hours },
	{ "expiry", "expiry 2027-01-31T12:00:00Z [disable or delete]", 0,
	    policy_expiry },
	{ "notes", "notes \"text\"", 0, policy_notes },
	{ "disabled", "disabled", 0, policy_disabled },
};

/* Enrolment keys. */

static const char *
key_type(struct words *w, void *row)
{
	static const char *const	 choice[] = {
		"general", "ephemeral"
	};
	struct msg_admin_key		*m = row;
	int				 n;

	if ((n = words_choice(w, choice, LENGTH(choice))) == -1)
		return conftext_shape;
	m->type = (uint8_t)(KEY_GENERAL + n);
	return NULL;
}

static const char *
key_approval(struct words *w, void *row)
{
	static const char *const	 choice[] = {
		"automatic", "manual"
	};
	struct msg_admin_key		*m = row;
	int				 n;

	if ((n = words_choice(w, choice, LENGTH(choice))) == -1)
		return conftext_shape;
	m->approval = (uint8_t)(KEY_APPROVAL_AUTOMATIC + n);
	return NULL;
}

static const char *
key_uses(struct words *w, void *row)
{
	struct msg_admin_key	*m = row;
	const char		*word = words_next(w);

	if (word != NULL && strcmp(word, "unlimited") == 0)
		return NULL;
	return word == NULL ? conftext_shape :
	    value_number(&m->uses, word, USES_MAX);
}

static const char *
key_retention(struct words *w, void *row)
{
	struct msg_admin_key	*m = row;
	const char		*word = words_next(w);

	return word == NULL ? conftext_shape :
	    value_number(&m->retention, word, RETENTION_MAX);
}

static const char *
key_tags(struct words *w, void *row)
{
	struct msg_admin_key	*m = row;

	return words_names(w, &m->tags, MSG_TAGS_MAX);
}

static const char *
key_source(struct words *w, void *row)
{
	struct msg_admin_key	*m = row;
	struct msg_range	*e;
	const char		*reason, *word = words_next(w);

	if (word == NULL)
		return conftext_shape;
	if (m->sources.n == MSG_RANGES_MAX)
		return "there are more than 16 ranges";
	e = &m->sources.e[m->sources.n];
	if ((reason = range_parse(&e->range, word)) != NULL)
		return reason;
	m->sources.n++;
	return w->at == w->n ? NULL :
	    words_text(w, e->text, sizeof(e->text));
}

static const char *
key_expiry(struct words *w, void *row)
{
	struct msg_admin_key	*m = row;
	const char		*reason;
	int			 delete;

	reason = words_expiry(w, &m->not_after, "delete", &delete);
	m->action = delete ? KEY_DELETE : KEY_DISABLE;
	return reason;
}

static const char *
key_notes(struct words *w, void *row)
{
	struct msg_admin_key	*m = row;

	return words_text(w, m->notes, sizeof(m->notes));
}

static const char *
key_disabled(struct words *w, void *row)
{
	struct msg_admin_key	*m = row;

	(void)w;
	m->enabled = 0;
	return NULL;
}

static const char *
key_last(void *row)
{
	struct msg_admin_key	*m = row;

	if (m->type == KEY_EPHEMERAL && m->approval == KEY_APPROVAL_MANUAL)
		return "an ephemeral key approves by itself";
	if (m->type == KEY_EPHEMERAL && m->uses != UINT32_MAX)
		return "an ephemeral key has no limit of uses";
	if (m->type != KEY_EPHEMERAL && m->retention != 0)
		return "only an ephemeral key has a retention";
	if (m->approval == KEY_APPROVAL_OF_TYPE)
		m->approval = m->type == KEY_EPHEMERAL ?
		    KEY_APPROVAL_AUTOMATIC : KEY_APPROVAL_MANUAL;
	return NULL;
}

static const struct setting	key_settings[] = {
	{ "type", "type general or ephemeral", 0, key_type },
	{ "approval", "approval automatic or manual", 0, key_approval },
	{ "uses", "uses 10 or unlimited", 0, key_uses },
	{ "retention", "retention minutes", 0, key_retention },
	{ "tags", "tags tag, ...", 0, key_tags },
	{ "source", "source 192.0.2.0/24 [\"text\"]", 1, key_source },
	{ "expiry", "expiry 2027-01-31T12:00:00Z [disable or delete]", 0,
	    key_expiry },
	{ "notes", "notes \"text\"", 0, key_notes },
	{ "disabled", "disabled", 0, key_disabled },
};

/* Systems. */

static const char *
system_description(struct words *w, void *row)
{
	struct msg_admin_system	*m = row;

	return words_text(w, m->description, sizeof(m->description));
}

static const char *
system_tags(struct words *w, void *row)
{
	struct msg_admin_system	*m = row;

	return words_names(w, &m->tags, MSG_TAGS_MAX);
}

static const char *
system_expiry(struct words *w, void *row)
{
	struct msg_admin_system	*m = row;
	const char		*reason;
	int			 revoke;

	reason = words_expiry(w, &m->until, "revoke", &revoke);
	if (reason == NULL && m->until == 0)
		return conftext_shape;
	m->until_action = revoke ? 3 : 0;
	return reason;
}

static const char *
system_notes(struct words *w, void *row)
{
	struct msg_admin_system	*m = row;

	return words_text(w, m->notes, sizeof(m->notes));
}

static const char *
system_disabled(struct words *w, void *row)
{
	struct msg_admin_system	*m = row;

	(void)w;
	m->state = SYSTEM_DISABLED;
	return NULL;
}

static const char *
system_last(void *row)
{
	const struct msg_admin_system	*m = row;

	return m->state == SYSTEM_DISABLED && m->until != 0 ?
	    "a system that is disabled has no expiry" : NULL;
}

static const struct setting	system_settings[] = {
	{ "description", "description \"text\"", 0, system_description },
	{ "tags", "tags tag, ...", 0, system_tags },
	{ "expiry", "expiry 2027-01-31T12:00:00Z [disable or revoke]", 0,
	    system_expiry },
	{ "notes", "notes \"text\"", 0, system_notes },
	{ "disabled", "disabled", 0, system_disabled },
};

const struct kind	conftext_kinds[CONFTEXT_KINDS] = {
	[CONFTEXT_RELAY] = { "relay", sizeof(struct msg_admin_relay),
	    relay_settings, LENGTH(relay_settings), "relay \"name\"",
	    head_relay, NULL },
	[CONFTEXT_ORG] = { "organisation", sizeof(struct msg_admin_org),
	    org_settings, LENGTH(org_settings), "organisation \"name\" {",
	    head_org, NULL },
	[CONFTEXT_REQUIREMENT] = { "requirement",
	    sizeof(struct msg_admin_requirement), requirement_settings,
	    LENGTH(requirement_settings), "requirement name {", head_tag,
	    requirement_last },
	[CONFTEXT_TAG] = { "tag", sizeof(struct msg_admin_tag), tag_settings,
	    LENGTH(tag_settings), "tag name", head_tag, NULL },
	[CONFTEXT_POLICY] = { "policy", sizeof(struct msg_admin_policy),
	    policy_settings, LENGTH(policy_settings), "policy \"name\" {",
	    head_policy, NULL },
	[CONFTEXT_KEY] = { "key", sizeof(struct msg_admin_key), key_settings,
	    LENGTH(key_settings), "key \"description\" [id number]",
	    head_key, key_last },
	[CONFTEXT_SYSTEM] = { "system", sizeof(struct msg_admin_system),
	    system_settings, LENGTH(system_settings), "system name",
	    head_system, system_last },
	[CONFTEXT_TEST] = { "test", sizeof(struct msg_admin_test),
	    conftext_test_settings, CONFTEXT_TEST_SETTINGS, "test \"name\" {",
	    conftext_test_head, conftext_test_last },
};
