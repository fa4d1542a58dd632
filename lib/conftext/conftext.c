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
 * See conftext.h: the objects of a configuration, where they come from the
 * service, and their one form and order.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conftext/conftext_local.h"
#include "conftext/value.h"
#include "policy/condition.h"
#include "tz/tz.h"

struct conftext *
conftext_new(void)
{
	return calloc(1, sizeof(struct conftext));
}

void
conftext_free(struct conftext *ct)
{
	size_t	 i;

	if (ct == NULL)
		return;
	for (i = 0; i < ct->n; i++) {
		free(ct->e[i]->row);
		free(ct->e[i]);
	}
	free(ct->e);
	for (i = 0; i < LEX_FILES_MAX; i++)
		free(ct->files[i]);
	free(ct);
}

const char *
conftext_kind_name(enum conftext_kind kind)
{
	return conftext_kinds[kind].name;
}

struct conftext_object *
conftext_object_new(struct conftext *ct, enum conftext_kind kind)
{
	struct conftext_object	*o, **e;
	size_t			 cap;

	if (ct->n >= CONFTEXT_OBJECTS_MAX)
		return NULL;
	if (ct->n == ct->cap) {
		cap = ct->cap == 0 ? 64 : ct->cap * 2;
		if ((e = recallocarray(ct->e, ct->cap, cap,
		    sizeof(ct->e[0]))) == NULL)
			return NULL;
		ct->e = e;
		ct->cap = cap;
	}
	if ((o = calloc(1, sizeof(*o))) == NULL ||
	    (o->row = calloc(1, conftext_kinds[kind].size)) == NULL) {
		free(o);
		return NULL;
	}
	o->kind = kind;
	ct->e[ct->n++] = o;
	return o;
}

/* RFC 3629 section 4, without the control characters of C0 and C1. */
int
conftext_text_valid(const char *text)
{
	const unsigned char	*p = (const unsigned char *)text;
	uint32_t		 c, low;
	size_t			 i, n;

	for (; *p != '\0'; p += n) {
		n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 :
		    p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
		if (n == 0)
			return 0;
		c = n == 1 ? p[0] : p[0] & (0x7fU >> n);
		for (i = 1; i < n; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (p[i] & 0x3f);
		}
		low = n == 3 ? 0x800 : n == 4 ? 0x10000 : 0;
		if (c < low || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ||
		    c < 0x20 || (c >= 0x7f && c < 0xa0))
			return 0;
	}
	return 1;
}

/* The one form. */

static int
name_cmp(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
names_sort(struct msg_tags *tags)
{
	qsort(tags->e, tags->n, sizeof(tags->e[0]), name_cmp);
}

static int
acl_cmp(const void *a, const void *b)
{
	const struct acl_entry	*x = a, *y = b;

	if (x->protocol != y->protocol)
		return x->protocol < y->protocol ? -1 : 1;
	if (x->port_low != y->port_low)
		return x->port_low < y->port_low ? -1 : 1;
	return (x->port_high > y->port_high) - (x->port_high < y->port_high);
}

static void
policy_canonical(struct msg_admin_policy *m)
{
	names_sort(&m->senders);
	names_sort(&m->receivers);
	names_sort(&m->requirements);
	qsort(m->acls.e, m->acls.n, sizeof(m->acls.e[0]), acl_cmp);
	if (m->days == 0) {
		m->start = m->end = 0;
		m->zone[0] = '\0';
	} else if (m->zone[0] == '\0')
		strlcpy(m->zone, TZ_UTC, sizeof(m->zone));
}

static void
requirement_canonical(struct msg_admin_requirement *m)
{
	static struct condition	 c[CONDITION_MAX];
	char			 line[CONDITION_LINE_MAX + 8], why[256];
	int			 i, n;

	n = conditions_parse((enum requirement_type)m->type, m->conditions, c,
	    why, sizeof(why));
	if (n == -1)
		return;
	m->conditions[0] = '\0';
	for (i = 0; i < n; i++) {
		strlcat(m->conditions, condition_print(&c[i], line,
		    sizeof(line)), sizeof(m->conditions));
		strlcat(m->conditions, "\n", sizeof(m->conditions));
	}
}

static void
system_canonical(struct msg_admin_system *m)
{
	names_sort(&m->tags);
	if (m->state == SYSTEM_DISABLED)
		m->until = 0;
	if (m->until == 0)
		m->until_action = 0;
}

void
conftext_canonical(enum conftext_kind kind, void *row)
{
	struct msg_admin_key	*key = row;
	struct msg_admin_tag	*tag = row;

	switch (kind) {
	case CONFTEXT_REQUIREMENT:
		requirement_canonical(row);
		break;
	case CONFTEXT_TAG:
		names_sort(&tag->requirements);
		break;
	case CONFTEXT_POLICY:
		policy_canonical(row);
		break;
	case CONFTEXT_KEY:
		names_sort(&key->tags);
		break;
	case CONFTEXT_SYSTEM:
		system_canonical(row);
		break;
	case CONFTEXT_RELAY:
	case CONFTEXT_ORG:
	case CONFTEXT_TEST:
	case CONFTEXT_KINDS:
		break;
	}
}

/* Rows of the service. */

static int
names_valid(const struct msg_tags *tags)
{
	struct msg_tags	 one;
	size_t		 i;

	for (i = 0; i < tags->n; i++) {
		one.n = 0;
		if (value_tag(&one, tags->e[i]) != NULL)
			return 0;
	}
	return 1;
}

static int
name_valid_tag(const char *name)
{
	struct msg_tags	 one;

	one.n = 0;
	return value_tag(&one, name) == NULL;
}

static int
org_valid(struct conftext_object *o, const struct msg_admin_org *m)
{
	memcpy(o->org, m->name, sizeof(o->org));
	memcpy(o->name, m->name, sizeof(m->name));
	return value_org(o->org, m->name) == NULL &&
	    m->clone >= CLONE_REJECT && m->clone <= CLONE_QUARANTINE;
}

static int
relay_valid(struct conftext_object *o, const struct msg_admin_relay *m)
{
	char	 name[64];

	memcpy(o->name, m->name, sizeof(m->name));
	return value_org(name, m->name) == NULL &&
	    m->latitude <= LOCATION_ZERO + 90 * 1000 &&
	    m->longitude <= LOCATION_ZERO + 180 * 1000;
}

static int
requirement_valid(struct conftext_object *o,
    const struct msg_admin_requirement *m)
{
	memcpy(o->org, m->org, sizeof(o->org));
	memcpy(o->name, m->name, sizeof(m->name));
	return name_valid_tag(m->name) &&
	    requirement_type_name(m->type) != NULL &&
	    conftext_text_valid(m->notes);
}

static int
tag_valid(struct conftext_object *o, const struct msg_admin_tag *m)
{
	memcpy(o->org, m->org, sizeof(o->org));
	memcpy(o->name, m->name, sizeof(m->name));
	return name_valid_tag(m->name) && conftext_text_valid(m->notes) &&
	    conftext_text_valid(m->colour) && names_valid(&m->requirements);
}

static int
hours_valid(const struct msg_admin_policy *m)
{
	struct tz_hours	 h;

	if (m->days == 0)
		return 1;
	memset(&h, 0, sizeof(h));
	h.days = m->days;
	h.start = m->start;
	h.end = m->end;
	memcpy(h.zone, m->zone, sizeof(h.zone));
	return tz_hours_valid(&h);
}

static int
policy_valid(struct conftext_object *o, const struct msg_admin_policy *m)
{
	memcpy(o->org, m->org, sizeof(o->org));
	memcpy(o->name, m->name, sizeof(o->name));
	o->id = m->id;
	return m->name[0] != '\0' && conftext_text_valid(m->name) &&
	    conftext_text_valid(m->notes) && hours_valid(m) &&
	    m->not_after < VALUE_TIME_END && names_valid(&m->senders) &&
	    names_valid(&m->receivers) && names_valid(&m->requirements);
}

static int
key_valid(struct conftext_object *o, const struct msg_admin_key *m)
{
	size_t	 i;

	memcpy(o->org, m->org, sizeof(o->org));
	memcpy(o->name, m->description, sizeof(o->name));
	o->id = m->id;
	for (i = 0; i < m->sources.n; i++)
		if (!range_valid(&m->sources.e[i].range) ||
		    !conftext_text_valid(m->sources.e[i].text))
			return 0;
	return conftext_text_valid(m->description) &&
	    conftext_text_valid(m->notes) && names_valid(&m->tags) &&
	    m->not_after < VALUE_TIME_END &&
	    (m->type == KEY_GENERAL || m->type == KEY_EPHEMERAL) &&
	    (m->approval == KEY_APPROVAL_AUTOMATIC ||
	    m->approval == KEY_APPROVAL_MANUAL) &&
	    (m->action == KEY_DISABLE || m->action == KEY_DELETE);
}

static int
system_valid(struct conftext_object *o, const struct msg_admin_system *m)
{
	char	 name[6];

	memcpy(o->org, m->org, sizeof(o->org));
	memcpy(o->name, m->name, sizeof(m->name));
	return value_system(name, m->name) == NULL &&
	    m->until < VALUE_TIME_END &&
	    strcmp(name, m->name) == 0 && conftext_text_valid(m->notes) &&
	    conftext_text_valid(m->description) && names_valid(&m->tags);
}

static int
row_valid(struct conftext_object *o)
{
	char	 org[64];
	int	 valid = 0;

	switch (o->kind) {
	case CONFTEXT_RELAY:
		return relay_valid(o, o->row);
	case CONFTEXT_ORG:
		return org_valid(o, o->row);
	case CONFTEXT_REQUIREMENT:
		valid = requirement_valid(o, o->row);
		break;
	case CONFTEXT_TAG:
		valid = tag_valid(o, o->row);
		break;
	case CONFTEXT_POLICY:
		valid = policy_valid(o, o->row);
		break;
	case CONFTEXT_KEY:
		valid = key_valid(o, o->row);
		break;
	case CONFTEXT_SYSTEM:
		valid = system_valid(o, o->row);
		break;
	case CONFTEXT_TEST:
		valid = conftext_test_valid(o, o->row);
		break;
	case CONFTEXT_KINDS:
		break;
	}
	return valid && value_org(org, o->org) == NULL;
}

struct conftext_object *
conftext_add(struct conftext *ct, enum conftext_kind kind, const void *row,
    const char **why)
{
	struct conftext_object	*o;
	struct msg_admin_key	*key;

	if ((o = conftext_object_new(ct, kind)) == NULL) {
		*why = "there are too many objects, or no memory";
		return NULL;
	}
	memcpy(o->row, row, conftext_kinds[kind].size);
	if (!row_valid(o)) {
		*why = "a value is out of range";
		free(o->row);
		free(o);
		ct->n--;
		return NULL;
	}
	/* A file says how often in all: that stays while systems enrol. */
	key = o->row;
	if (kind == CONFTEXT_KEY && key->uses != UINT32_MAX)
		key->uses = key->enrolled < UINT32_MAX - key->uses ?
		    key->uses + key->enrolled : UINT32_MAX - 1;
	if (kind == CONFTEXT_KEY && key->type != KEY_EPHEMERAL)
		key->retention = 0;
	conftext_canonical(kind, o->row);
	return o;
}

/* Order. */

static int
object_cmp(const struct conftext_object *a, const struct conftext_object *b)
{
	int	 n;

	if ((n = strcmp(a->org, b->org)) != 0)
		return n;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if ((n = strcmp(a->name, b->name)) != 0)
		return n;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

static int
element_cmp(const void *a, const void *b)
{
	const struct conftext_object *const	*x = a;
	const struct conftext_object *const	*y = b;

	return object_cmp(*x, *y);
}

void
conftext_sort(struct conftext *ct)
{
	if (ct->n > 1)
		qsort(ct->e, ct->n, sizeof(ct->e[0]), element_cmp);
}

struct conftext_object *
conftext_find(const struct conftext *ct, enum conftext_kind kind,
    const char *org, const char *name)
{
	struct conftext_object	 key;
	size_t			 lo = 0, hi = ct->n, mid;

	/* The least one that is not below this, of any id. */
	memset(&key, 0, sizeof(key));
	key.kind = kind;
	strlcpy(key.org, org, sizeof(key.org));
	strlcpy(key.name, name, sizeof(key.name));
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (object_cmp(ct->e[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == ct->n || ct->e[lo]->kind != kind ||
	    strcmp(ct->e[lo]->org, key.org) != 0 ||
	    strcmp(ct->e[lo]->name, key.name) != 0)
		return NULL;
	return ct->e[lo];
}

void
conftext_report(const struct conftext_object *o, lex_report_fn *report,
    void *arg, const char *fmt, ...)
{
	va_list	 ap;
	char	 message[1024], text[LEX_PATH_MAX + 1280], *p;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	snprintf(text, sizeof(text), "%s:%d: %s \"%s\": %s",
	    o->file == NULL ? "service" : o->file, o->line,
	    conftext_kind_name(o->kind), o->name, message);
	for (p = text; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	report(arg, text);
}

/* Checks of a whole file. */

/* Names of requirements that the organisation does not have. */
static int
names_check(const struct conftext *ct, const struct conftext_object *o,
    const struct msg_tags *names, lex_report_fn *report, void *arg)
{
	size_t	 i;
	int	 bad = 0;

	for (i = 0; i < names->n; i++) {
		if (conftext_find(ct, CONFTEXT_REQUIREMENT, o->org,
		    names->e[i]) != NULL)
			continue;
		conftext_report(o, report, arg, "the requirement %s is not "
		    "in organisation \"%s\" of this file", names->e[i],
		    o->org);
		bad++;
	}
	return bad;
}

int
conftext_check(const struct conftext *ct, lex_report_fn *report, void *arg)
{
	const struct msg_admin_policy	*policy;
	const struct msg_admin_tag	*tag;
	const struct conftext_object	*before, *o;
	size_t				 i;
	int				 bad = 0;

	for (i = 0; i < ct->n && bad < LEX_ERRORS_MAX; i++) {
		o = ct->e[i];
		before = i == 0 ? NULL : ct->e[i - 1];
		if (before != NULL && before->kind == o->kind &&
		    before->id == o->id && strcmp(before->org, o->org) == 0 &&
		    strcmp(before->name, o->name) == 0) {
			conftext_report(o, report, arg, "it is there already, "
			    "in line %d", before->line);
			bad++;
		}
		policy = o->row;
		tag = o->row;
		if (o->kind == CONFTEXT_POLICY)
			bad += names_check(ct, o, &policy->requirements,
			    report, arg);
		else if (o->kind == CONFTEXT_TAG)
			bad += names_check(ct, o, &tag->requirements, report,
			    arg);
	}
	return bad;
}
