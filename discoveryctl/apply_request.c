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
 * enclave-discoveryctl apply: the requests that make one difference.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "discoveryctl/apply.h"

static int
ask(struct apply *a, uint32_t type, const void *msg)
{
	return client_next(&a->client, type, msg);
}

/* The answer holds what was made: kept until all is done. */
static int
ask_secret(struct apply *a, const struct conftext_object *o, uint32_t type,
    const void *msg)
{
	struct apply_secret	*s;
	int			 code;

	if ((code = ask(a, type, msg)) != CLIENT_DONE || a->dry)
		return code;
	s = recallocarray(a->secrets, a->nsecrets, a->nsecrets + 1,
	    sizeof(*s));
	if (s == NULL)
		out_no_memory();
	a->secrets = s;
	s = &a->secrets[a->nsecrets++];
	s->object = o;
	text_clean(s->text, sizeof(s->text), a->client.text);
	client_clear(&a->client);
	return code;
}

static int
org_add(struct apply *a, const struct msg_admin_org *org)
{
	struct msg_admin_org_add	 m;

	memset(&m, 0, sizeof(m));
	memcpy(m.name, org->name, sizeof(m.name));
	memcpy(m.ipv4, org->ipv4, sizeof(m.ipv4));
	m.plen4 = org->plen4;
	memcpy(m.ipv6, org->ipv6, sizeof(m.ipv6));
	m.plen6 = org->plen6;
	return ask(a, MSG_ADMIN_ORG_ADD, &m);
}

static int
org_change(struct apply *a, const struct msg_admin_org *have,
    const struct msg_admin_org *want)
{
	struct msg_admin_org_set	 set;

	memset(&set, 0, sizeof(set));
	memcpy(set.org, want->name, sizeof(set.org));
	set.clone = want->clone;
	set.unique = want->unique;
	set.life_s = want->life_s;
	set.grace_s = want->grace_s;
	if (want->clone != have->clone)
		set.fields |= ORG_CLONE;
	if ((want->unique != 0) != (have->unique != 0))
		set.fields |= ORG_UNIQUE;
	if (want->life_s != have->life_s)
		set.fields |= ORG_LIFE;
	if (want->grace_s != have->grace_s)
		set.fields |= ORG_GRACE;
	return set.fields == 0 ? CLIENT_DONE :
	    ask(a, MSG_ADMIN_ORG_SET, &set);
}

static int
org_request(struct apply *a, const struct conftext_change *c)
{
	struct msg_admin_org	 made;
	int			 code;

	if (c->op == CONFTEXT_CHANGED)
		return org_change(a, c->have->row, c->want->row);
	memset(&made, 0, sizeof(made));
	made.life_s = CONFTEXT_LIFE_SEC;
	made.grace_s = CONFTEXT_GRACE_SEC;
	made.clone = CLONE_REJECT;
	code = org_add(a, c->want->row);
	return code != CLIENT_DONE ? code : org_change(a, &made,
	    c->want->row);
}

static int
requirement_request(struct apply *a, const struct conftext_change *c)
{
	const struct msg_admin_requirement	*want;
	struct msg_admin_requirement_delete	 gone;
	struct msg_admin_requirement_add	 m;

	if (c->op == CONFTEXT_DELETED) {
		memset(&gone, 0, sizeof(gone));
		memcpy(gone.org, c->have->org, sizeof(gone.org));
		strlcpy(gone.name, c->have->name, sizeof(gone.name));
		return ask(a, MSG_ADMIN_REQUIREMENT_DELETE, &gone);
	}
	want = c->want->row;
	memset(&m, 0, sizeof(m));
	memcpy(m.org, c->want->org, sizeof(m.org));
	strlcpy(m.name, c->want->name, sizeof(m.name));
	m.type = want->type;
	m.replace = c->op == CONFTEXT_CHANGED;
	m.fields = REQUIREMENT_FIELD_NOTES | REQUIREMENT_FIELD_CONDITIONS;
	memcpy(m.notes, want->notes, sizeof(m.notes));
	memcpy(m.conditions, want->conditions, sizeof(m.conditions));
	return ask(a, MSG_ADMIN_REQUIREMENT_ADD, &m);
}

static int
tag_request(struct apply *a, const struct conftext_change *c)
{
	const struct msg_admin_tag	*want;
	struct msg_admin_tag_delete	 gone;
	struct msg_admin_tag_add	 m;

	if (c->op == CONFTEXT_DELETED) {
		memset(&gone, 0, sizeof(gone));
		memcpy(gone.org, c->have->org, sizeof(gone.org));
		strlcpy(gone.name, c->have->name, sizeof(gone.name));
		return ask(a, MSG_ADMIN_TAG_DELETE, &gone);
	}
	want = c->want->row;
	memset(&m, 0, sizeof(m));
	memcpy(m.org, c->want->org, sizeof(m.org));
	strlcpy(m.name, c->want->name, sizeof(m.name));
	m.replace = c->op == CONFTEXT_CHANGED;
	m.fields = TAG_FIELD_NOTES | TAG_FIELD_COLOUR |
	    TAG_FIELD_REQUIREMENTS;
	memcpy(m.notes, want->notes, sizeof(m.notes));
	memcpy(m.colour, want->colour, sizeof(m.colour));
	m.requirements = want->requirements;
	return ask(a, MSG_ADMIN_TAG_ADD, &m);
}

static int
policy_set(struct apply *a, const struct conftext_object *o, int action)
{
	struct msg_admin_policy_set	 m;

	memset(&m, 0, sizeof(m));
	memcpy(m.org, o->org, sizeof(m.org));
	memcpy(m.name, o->name, sizeof(m.name));
	m.action = (uint8_t)action;
	return ask(a, MSG_ADMIN_POLICY_SET, &m);
}

static int
policy_request(struct apply *a, const struct conftext_change *c)
{
	const struct msg_admin_policy	*have, *want;
	struct msg_admin_policy_add	 m;
	int				 code, enabled;

	if (c->op == CONFTEXT_DELETED)
		return policy_set(a, c->have, ACTION_DELETE);
	have = c->have == NULL ? NULL : c->have->row;
	want = c->want->row;
	memset(&m, 0, sizeof(m));
	memcpy(m.org, c->want->org, sizeof(m.org));
	memcpy(m.name, c->want->name, sizeof(m.name));
	m.replace = c->op == CONFTEXT_CHANGED;
	m.not_after = want->not_after;
	m.end_action = want->end_action;
	m.days = want->days;
	m.start = want->start;
	m.end = want->end;
	memcpy(m.zone, want->zone, sizeof(m.zone));
	memcpy(m.notes, want->notes, sizeof(m.notes));
	m.senders = want->senders;
	m.receivers = want->receivers;
	m.acls = want->acls;
	m.requirements = want->requirements;
	if ((code = ask(a, MSG_ADMIN_POLICY_ADD, &m)) != CLIENT_DONE)
		return code;
	enabled = have == NULL || have->enabled;
	return enabled == want->enabled ? code : policy_set(a, c->want,
	    want->enabled ? ACTION_ENABLE : ACTION_DISABLE);
}

static int
key_set(struct apply *a, const struct conftext_object *o, uint32_t id,
    int action)
{
	struct msg_admin_key_set	 m;

	memset(&m, 0, sizeof(m));
	memcpy(m.org, o->org, sizeof(m.org));
	m.id = id;
	m.action = (uint8_t)action;
	return ask(a, MSG_ADMIN_KEY_SET, &m);
}

static int
ranges_differ(const struct msg_ranges *a, const struct msg_ranges *b)
{
	size_t	 i;

	if (a->n != b->n)
		return 1;
	for (i = 0; i < a->n; i++)
		if (memcmp(&a->e[i].range, &b->e[i].range,
		    sizeof(a->e[i].range)) != 0 ||
		    strcmp(a->e[i].text, b->e[i].text) != 0)
			return 1;
	return 0;
}

static int
tags_differ(const struct msg_tags *a, const struct msg_tags *b)
{
	size_t	 i;

	if (a->n != b->n)
		return 1;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->e[i], b->e[i]) != 0)
			return 1;
	return 0;
}

/* What is as it was is not named: the service may have it at greater length. */
static uint32_t
key_fields(const struct msg_admin_key *have, const struct msg_admin_key *want)
{
	uint32_t	 fields = 0;

	if (strcmp(have->description, want->description) != 0)
		fields |= KEY_DESCRIPTION;
	if (strcmp(have->notes, want->notes) != 0)
		fields |= KEY_NOTES;
	if (tags_differ(&have->tags, &want->tags))
		fields |= KEY_TAGS;
	if (have->not_after != want->not_after)
		fields |= KEY_NOT_AFTER;
	if (have->action != want->action)
		fields |= KEY_ACTION;
	if (ranges_differ(&have->sources, &want->sources))
		fields |= KEY_SOURCES;
	return fields;
}

static int
key_change(struct apply *a, const struct conftext_change *c)
{
	const struct msg_admin_key	*have = c->have->row;
	const struct msg_admin_key	*want = c->want->row;
	struct msg_admin_key_change	 m;
	struct msg_admin_key_topup	 topup;
	int				 code = CLIENT_DONE;

	memset(&m, 0, sizeof(m));
	memcpy(m.org, c->want->org, sizeof(m.org));
	m.id = c->have->id;
	m.fields = key_fields(have, want);
	memcpy(m.description, want->description, sizeof(m.description));
	memcpy(m.notes, want->notes, sizeof(m.notes));
	m.tags = want->tags;
	m.not_after = want->not_after;
	m.action = want->action;
	m.sources = want->sources;
	if (m.fields != 0)
		code = ask(a, MSG_ADMIN_KEY_CHANGE, &m);
	if (code == CLIENT_DONE && want->uses != have->uses) {
		memset(&topup, 0, sizeof(topup));
		memcpy(topup.org, c->want->org, sizeof(topup.org));
		topup.id = c->have->id;
		topup.uses = want->uses - have->uses;
		code = ask(a, MSG_ADMIN_KEY_TOPUP, &topup);
	}
	if (code == CLIENT_DONE && want->enabled != have->enabled)
		code = key_set(a, c->want, c->have->id, want->enabled ?
		    ACTION_ENABLE : ACTION_DISABLE);
	return code;
}

static int
key_add(struct apply *a, const struct conftext_object *o)
{
	const struct msg_admin_key	*want = o->row;
	struct msg_admin_key_add	 m;

	memset(&m, 0, sizeof(m));
	memcpy(m.org, o->org, sizeof(m.org));
	memcpy(m.description, want->description, sizeof(m.description));
	m.uses = want->uses;
	m.not_after = want->not_after;
	m.approval = want->approval;
	m.tags = want->tags;
	m.type = want->type;
	m.action = want->action;
	m.retention = want->retention;
	memcpy(m.notes, want->notes, sizeof(m.notes));
	m.sources = want->sources;
	return ask_secret(a, o, MSG_ADMIN_KEY_ADD, &m);
}

static int
key_request(struct apply *a, const struct conftext_change *c)
{
	if (c->op == CONFTEXT_DELETED)
		return key_set(a, c->have, c->have->id, ACTION_DELETE);
	return c->op == CONFTEXT_CHANGED ? key_change(a, c) :
	    key_add(a, c->want);
}

static int
system_state(struct apply *a, const struct msg_admin_system *have,
    const struct msg_admin_system *want)
{
	struct msg_admin_system_until	 until;
	struct msg_admin_system_set	 set;

	if (want->state == have->state && want->until == have->until &&
	    want->until_action == have->until_action)
		return CLIENT_DONE;
	if (want->until != 0) {
		memset(&until, 0, sizeof(until));
		memcpy(until.system, want->name, sizeof(until.system));
		until.until = want->until;
		until.action = want->until_action;
		return ask(a, MSG_ADMIN_SYSTEM_UNTIL, &until);
	}
	memset(&set, 0, sizeof(set));
	memcpy(set.system, want->name, sizeof(set.system));
	set.action = want->state == SYSTEM_DISABLED ? ACTION_DISABLE :
	    ACTION_ENABLE;
	return ask(a, MSG_ADMIN_SYSTEM_SET, &set);
}

static int
system_request(struct apply *a, const struct conftext_change *c)
{
	const struct msg_admin_system	*have = c->have->row;
	const struct msg_admin_system	*want = c->want->row;
	struct msg_admin_system_change	 m;
	int				 code = CLIENT_DONE;

	memset(&m, 0, sizeof(m));
	memcpy(m.system, want->name, sizeof(m.system));
	memcpy(m.description, want->description, sizeof(m.description));
	memcpy(m.notes, want->notes, sizeof(m.notes));
	m.tags = want->tags;
	if (strcmp(have->description, want->description) != 0)
		m.fields |= SYSTEM_DESCRIPTION;
	if (strcmp(have->notes, want->notes) != 0)
		m.fields |= SYSTEM_NOTES;
	if (tags_differ(&have->tags, &want->tags))
		m.fields |= SYSTEM_TAGS;
	if (m.fields != 0)
		code = ask(a, MSG_ADMIN_SYSTEM_CHANGE, &m);
	return code != CLIENT_DONE ? code : system_state(a, have, want);
}

static int
relay_request(struct apply *a, const struct conftext_change *c)
{
	const struct msg_admin_relay	*want = c->want->row;
	struct msg_admin_relay_add	 m;
	struct msg_admin_relay_set	 set;
	int				 code = CLIENT_DONE;

	if (c->op != CONFTEXT_CHANGED) {
		memset(&m, 0, sizeof(m));
		memcpy(m.name, want->name, sizeof(m.name));
		m.latitude = want->latitude;
		m.longitude = want->longitude;
		code = ask_secret(a, c->want, MSG_ADMIN_RELAY_ADD, &m);
		if (code != CLIENT_DONE || want->enabled)
			return code;
	}
	memset(&set, 0, sizeof(set));
	memcpy(set.name, want->name, sizeof(set.name));
	set.action = want->enabled ? ACTION_ENABLE : ACTION_DISABLE;
	return ask(a, MSG_ADMIN_RELAY_SET, &set);
}

static int
test_request(struct apply *a, const struct conftext_change *c)
{
	const struct msg_admin_test	*want;
	struct msg_admin_test_delete	 gone;
	struct msg_admin_test_add	 m;

	if (c->op == CONFTEXT_DELETED) {
		memset(&gone, 0, sizeof(gone));
		memcpy(gone.org, c->have->org, sizeof(gone.org));
		memcpy(gone.name, c->have->name, sizeof(gone.name));
		return ask(a, MSG_ADMIN_TEST_DELETE, &gone);
	}
	want = c->want->row;
	memset(&m, 0, sizeof(m));
	memcpy(m.org, c->want->org, sizeof(m.org));
	memcpy(m.name, c->want->name, sizeof(m.name));
	m.replace = c->op == CONFTEXT_CHANGED;
	memcpy(m.sender, want->sender, sizeof(m.sender));
	memcpy(m.receiver, want->receiver, sizeof(m.receiver));
	m.protocol = want->protocol;
	m.port = want->port;
	m.allow = want->allow;
	return ask(a, MSG_ADMIN_TEST_ADD, &m);
}

int
apply_request(struct apply *a, const struct conftext_change *c)
{
	switch (c->want != NULL ? c->want->kind : c->have->kind) {
	case CONFTEXT_RELAY:
		return relay_request(a, c);
	case CONFTEXT_ORG:
		return org_request(a, c);
	case CONFTEXT_REQUIREMENT:
		return requirement_request(a, c);
	case CONFTEXT_TAG:
		return tag_request(a, c);
	case CONFTEXT_POLICY:
		return policy_request(a, c);
	case CONFTEXT_KEY:
		return key_request(a, c);
	case CONFTEXT_SYSTEM:
		return system_request(a, c);
	case CONFTEXT_TEST:
		return test_request(a, c);
	case CONFTEXT_KINDS:
		break;
	}
	return CLIENT_FAILED;
}
