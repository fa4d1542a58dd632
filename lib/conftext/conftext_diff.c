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
 * The difference between what a service has and what a file says.  Pure.
 */

#include <stdlib.h>
#include <string.h>

#include "conftext/conftext_local.h"

struct differ {
	struct conftext		*have;
	struct conftext		*want;
	struct conftext_diff	*diff;
	lex_report_fn		*report;
	void			*arg;
	size_t			 cap;
	int			 bad;
};

/* 0 or -1. */
static int
change_add(struct differ *d, enum conftext_op op,
    const struct conftext_object *have, const struct conftext_object *want)
{
	struct conftext_change	*e;
	size_t			 cap;

	if (d->diff->n == d->cap) {
		cap = d->cap == 0 ? 64 : d->cap * 2;
		if ((e = recallocarray(d->diff->e, d->cap, cap,
		    sizeof(*e))) == NULL)
			return -1;
		d->diff->e = e;
		d->cap = cap;
	}
	e = &d->diff->e[d->diff->n++];
	e->op = op;
	e->have = have;
	e->want = want;
	d->diff->changes += op != CONFTEXT_MISSING;
	return 0;
}

/* A key: by its number, or as the only one with its description. */
static struct conftext_object *
key_find(struct differ *d, const struct conftext_object *want)
{
	struct conftext_object	*found = NULL, *o;
	size_t			 i, n = 0;

	for (i = 0; i < d->have->n; i++) {
		o = d->have->e[i];
		if (o->kind != CONFTEXT_KEY || strcmp(o->org, want->org) != 0)
			continue;
		if (want->id != 0 ? o->id != want->id :
		    strcmp(o->name, want->name) != 0)
			continue;
		found = o;
		n++;
	}
	if (n > 1) {
		conftext_report(want, d->report, d->arg, "%zu keys have this "
		    "description: say \"id\" and the number of the one that "
		    "is meant", n);
		d->bad++;
		return NULL;
	}
	return found;
}

static int
match(struct differ *d)
{
	struct conftext_object	*have, *want;
	size_t			 i;

	for (i = 0; i < d->have->n; i++)
		d->have->e[i]->peer = NULL;
	for (i = 0; i < d->want->n; i++) {
		want = d->want->e[i];
		have = want->kind == CONFTEXT_KEY ? key_find(d, want) :
		    conftext_find(d->have, want->kind, want->org, want->name);
		if (have != NULL && have->peer != NULL) {
			conftext_report(want, d->report, d->arg, "it is the "
			    "key that is in line %d already",
			    have->peer->line);
			d->bad++;
			have = NULL;
		}
		want->peer = have;
		if (have != NULL)
			have->peer = want;
	}
	return d->bad;
}

/* What a file need not say stays as it is. */
static void
inherit(struct conftext_object *want, const struct conftext_object *have)
{
	struct msg_admin_relay		*relay = want->row;
	const struct msg_admin_relay	*old_relay = have->row;
	struct msg_admin_system		*system = want->row;
	const struct msg_admin_system	*old_system = have->row;
	struct msg_admin_org		*org = want->row;
	const struct msg_admin_org	*old_org = have->row;
	struct msg_admin_key		*key = want->row;
	const struct msg_admin_key	*old_key = have->row;

	switch (want->kind) {
	case CONFTEXT_RELAY:
		if (relay->latitude == 0 && relay->longitude == 0) {
			relay->latitude = old_relay->latitude;
			relay->longitude = old_relay->longitude;
		}
		break;
	case CONFTEXT_ORG:
		if (org->plen4 == 0) {
			memcpy(org->ipv4, old_org->ipv4, sizeof(org->ipv4));
			org->plen4 = old_org->plen4;
		}
		if (org->plen6 == 0) {
			memcpy(org->ipv6, old_org->ipv6, sizeof(org->ipv6));
			org->plen6 = old_org->plen6;
		}
		break;
	case CONFTEXT_KEY:
		if (key->retention == 0)
			key->retention = old_key->retention;
		break;
	case CONFTEXT_SYSTEM:
		/* No file approves, revokes or ends a quarantine. */
		if (old_system->state != SYSTEM_ENABLED &&
		    old_system->state != SYSTEM_DISABLED) {
			system->state = old_system->state;
			system->until = old_system->until;
			system->until_action = old_system->until_action;
		}
		break;
	default:
		break;
	}
}

/* NULL, or what of the change the service cannot do. */
static const char *
refuse(const struct conftext_object *want, const struct conftext_object *have)
{
	const struct msg_admin_relay		*relay = want->row;
	const struct msg_admin_relay		*old_relay = have->row;
	const struct msg_admin_org		*org = want->row;
	const struct msg_admin_org		*old_org = have->row;
	const struct msg_admin_requirement	*r = want->row;
	const struct msg_admin_requirement	*old_r = have->row;
	const struct msg_admin_key		*key = want->row;
	const struct msg_admin_key		*old_key = have->row;

	switch (want->kind) {
	case CONFTEXT_RELAY:
		if (relay->latitude != old_relay->latitude ||
		    relay->longitude != old_relay->longitude)
			return "the location of a relay cannot be changed";
		break;
	case CONFTEXT_ORG:
		if (org->plen4 != old_org->plen4 ||
		    org->plen6 != old_org->plen6 ||
		    memcmp(org->ipv4, old_org->ipv4, sizeof(org->ipv4)) != 0 ||
		    memcmp(org->ipv6, old_org->ipv6, sizeof(org->ipv6)) != 0)
			return "the addresses of an organisation cannot be "
			    "changed";
		break;
	case CONFTEXT_REQUIREMENT:
		if (r->type != old_r->type)
			return "the type of a requirement cannot be changed: "
			    "give the new one another name";
		break;
	case CONFTEXT_KEY:
		if (key->type != old_key->type ||
		    key->approval != old_key->approval ||
		    key->retention != old_key->retention)
			return "type, approval and retention of a key cannot "
			    "be changed: make another key";
		if (key->uses != old_key->uses && (key->uses == UINT32_MAX ||
		    key->uses < old_key->uses))
			return "the uses of a key can be raised only, and "
			    "only where there is a limit";
		break;
	default:
		break;
	}
	return NULL;
}

static int
compare(struct differ *d, struct conftext_object *want)
{
	const struct conftext_object	*have = want->peer;
	const char			*reason;
	char				*new, *old;
	int				 same;

	inherit(want, have);
	if ((reason = refuse(want, have)) != NULL) {
		conftext_report(want, d->report, d->arg, "%s", reason);
		d->bad++;
		return 0;
	}
	old = conftext_settings(have);
	new = conftext_settings(want);
	if (old == NULL || new == NULL) {
		free(old);
		free(new);
		return -1;
	}
	same = strcmp(old, new) == 0 && strcmp(have->name, want->name) == 0;
	free(old);
	free(new);
	return same ? 0 : change_add(d, CONFTEXT_CHANGED, have, want);
}

static int
can_be_made(enum conftext_kind kind)
{
	return kind != CONFTEXT_RELAY && kind != CONFTEXT_KEY &&
	    kind != CONFTEXT_SYSTEM;
}

static int
can_be_deleted(enum conftext_kind kind)
{
	return kind == CONFTEXT_REQUIREMENT || kind == CONFTEXT_TAG ||
	    kind == CONFTEXT_POLICY || kind == CONFTEXT_KEY ||
	    kind == CONFTEXT_TEST;
}

/* Of this organisation, which the file describes: from the last one on. */
static int
delete_rest(struct differ *d, const char *org)
{
	const struct conftext_object	*o;
	size_t				 i;

	for (i = d->have->n; i > 0; i--) {
		o = d->have->e[i - 1];
		if (strcmp(o->org, org) != 0 || o->peer != NULL ||
		    !can_be_deleted(o->kind))
			continue;
		if (change_add(d, CONFTEXT_DELETED, o, NULL) == -1)
			return -1;
	}
	return 0;
}

static int
object_diff(struct differ *d, size_t i)
{
	struct conftext_object	*want = d->want->e[i];

	if (want->peer != NULL) {
		if (compare(d, want) == -1)
			return -1;
	} else if (change_add(d, can_be_made(want->kind) ? CONFTEXT_ADDED :
	    CONFTEXT_MISSING, NULL, want) == -1)
		return -1;
	if (want->org[0] == '\0' || (i + 1 < d->want->n &&
	    strcmp(d->want->e[i + 1]->org, want->org) == 0))
		return 0;
	return delete_rest(d, want->org);
}

int
conftext_diff(struct conftext *have, struct conftext *want,
    struct conftext_diff *diff, lex_report_fn *report, void *arg)
{
	struct differ	 d = { have, want, diff, report, arg, 0, 0 };
	size_t		 i;

	memset(diff, 0, sizeof(*diff));
	if (match(&d) > 0)
		return d.bad;
	for (i = 0; i < want->n; i++)
		if (object_diff(&d, i) == -1) {
			conftext_diff_free(diff);
			return -1;
		}
	return d.bad;
}

void
conftext_diff_free(struct conftext_diff *diff)
{
	free(diff->e);
	memset(diff, 0, sizeof(*diff));
}

/* Is this line one of the text? */
static int
has_line(const char *text, const char *line, size_t len)
{
	size_t	 n;

	for (; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		if (n == len && memcmp(text, line, n) == 0)
			return 1;
	}
	return 0;
}

/* Lines of text that other does not have, or all; how many. */
static size_t
lines_without(const char *text, const char *other, char sign,
    void (*fn)(void *, char, const char *), void *arg)
{
	char	 line[4096];
	size_t	 count = 0, n;

	for (; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		if (other != NULL && has_line(other, text, n))
			continue;
		memcpy(line, text, n < sizeof(line) ? n : sizeof(line) - 1);
		line[n < sizeof(line) ? n : sizeof(line) - 1] = '\0';
		fn(arg, sign, line);
		count++;
	}
	return count;
}

void
conftext_diff_lines(const char *have, const char *want,
    void (*fn)(void *, char, const char *), void *arg)
{
	size_t	 n;

	n = lines_without(have, want, '-', fn, arg);
	n += lines_without(want, have, '+', fn, arg);
	/* The same lines in another order. */
	if (n == 0 && strcmp(have, want) != 0) {
		lines_without(have, NULL, '-', fn, arg);
		lines_without(want, NULL, '+', fn, arg);
	}
}
