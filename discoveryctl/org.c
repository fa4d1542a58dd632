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
 * enclave-discoveryctl org and tag: organisations and the tags in them.
 */

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "discoveryctl/ctl.h"

#define HEX_LEN		65	/* 32 bytes with NUL */
#define PREFIX_LEN	(ENDPOINT_STRLEN + 4)

static const char	*prefix_text(char[PREFIX_LEN], uint8_t,
			    const uint8_t *, uint8_t);
static const char	*hex_text(char[HEX_LEN], const uint8_t *);

static const char *
prefix_text(char buf[PREFIX_LEN], uint8_t family, const uint8_t *addr,
    uint8_t plen)
{
	struct endpoint	 ep;
	char		 text[ENDPOINT_STRLEN];

	memset(&ep, 0, sizeof(ep));
	ep.family = family;
	memcpy(ep.addr, addr, family == 4 ? 4 : 16);
	endpoint_print_addr(&ep, text, sizeof(text));
	snprintf(buf, PREFIX_LEN, "%s/%u", text, plen);
	return buf;
}

static const char *
hex_text(char buf[HEX_LEN], const uint8_t *p)
{
	size_t	 i;

	for (i = 0; i < (HEX_LEN - 1) / 2; i++)
		snprintf(buf + 2 * i, 3, "%02x", p[i]);
	return buf;
}

static int
any_bit(const uint8_t p[32])
{
	static const uint8_t	 none[32];

	return memcmp(p, none, sizeof(none)) != 0;
}

/* NULL when the value is none of the enum. */
static const char *
clone_name(const struct msg_admin_org *m)
{
	switch (m->clone) {
	case CLONE_REJECT:
		return "reject";
	case CLONE_REPLACE:
		return "replace";
	case CLONE_QUARANTINE:
		return "quarantine";
	default:
		return NULL;
	}
}

static json_t *
org_json(const void *msg)
{
	const struct msg_admin_org	*m = msg;
	json_t				*o;
	char				 hex[HEX_LEN], prefix[PREFIX_LEN];

	if (clone_name(m) == NULL)
		return NULL;
	o = out_object();
	out_set(o, "id", out_number(m->id));
	out_set(o, "name", out_text(m->name));
	out_set(o, "ipv4", out_text(prefix_text(prefix, 4, m->ipv4,
	    m->plen4)));
	out_set(o, "ipv6", out_text(prefix_text(prefix, 6, m->ipv6,
	    m->plen6)));
	out_set(o, "authority", out_text(hex_text(hex, m->authority)));
	out_set(o, "authority_previous", any_bit(m->previous) ?
	    out_text(hex_text(hex, m->previous)) : out_null());
	out_set(o, "authority_rolling", out_bool(m->rolling));
	out_set(o, "systems", out_number(m->systems));
	out_set(o, "systems_renewed", out_number(m->renewed));
	out_set(o, "systems_pinned", out_number(m->pinned));
	out_set(o, "certificate_life_s", out_number(m->life_s));
	out_set(o, "certificate_grace_s", out_number(m->grace_s));
	out_set(o, "created", out_time(m->created));
	out_set(o, "clones", out_text(clone_name(m)));
	out_set(o, "unique_names", out_bool(m->unique));
	return o;
}

static int
org_text(struct table *t, const void *msg)
{
	const struct msg_admin_org	*m = msg;
	const char			*cells[6];
	char				 four[PREFIX_LEN], six[PREFIX_LEN];
	char				 created[TEXT_TIME_MAX], hex[HEX_LEN];

	if ((cells[5] = clone_name(m)) == NULL)
		return -1;
	cells[0] = m->name;
	cells[1] = prefix_text(four, 4, m->ipv4, m->plen4);
	cells[2] = prefix_text(six, 6, m->ipv6, m->plen6);
	cells[3] = text_time(created, m->created);
	cells[4] = hex_text(hex, m->authority);
	if (table_add(t, cells) == -1)
		out_no_memory();
	return 0;
}

static const char *const org_titles[] = {
	"NAME", "IPV4", "IPV6", "CREATED", "AUTHORITY", "CLONES"
};

static const struct listing org_listing = {
	0, MSG_ADMIN_ORG, "j", org_titles, 6, org_json, org_text
};

int
cmd_org_list(struct ctl *ctl, struct args *args)
{
	return ctl_list(ctl, args, &org_listing);
}

int
cmd_org_add(struct ctl *ctl, struct args *args)
{
	struct msg_admin_org_add	 m;
	const char			*what, *reason;
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "j4:6:")) != ARGS_END) {
		reason = NULL;
		what = "prefix";
		switch (c) {
		case '4':
			reason = value_prefix(m.ipv4, &m.plen4, 4,
			    args->value);
			break;
		case '6':
			reason = value_prefix(m.ipv6, &m.plen6, 6,
			    args->value);
			break;
		case ARGS_WORD:
			if (m.name[0] != '\0')
				return ctl_usage(ctl);
			what = "organisation";
			reason = value_org(m.name, args->value);
			break;
		default:
			return ctl_usage(ctl);
		}
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.name[0] == '\0')
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_ORG_ADD, &m);
}

static const char *
set_option(struct msg_admin_org_set *m, int c, const char *value,
    const char **what)
{
	if (c == 'c') {
		*what = "clones";
		m->fields |= ORG_CLONE;
		m->clone = strcmp(value, "reject") == 0 ? CLONE_REJECT :
		    strcmp(value, "replace") == 0 ? CLONE_REPLACE :
		    strcmp(value, "quarantine") == 0 ? CLONE_QUARANTINE : 0;
		return m->clone != 0 ? NULL :
		    "it is reject, replace or quarantine";
	}
	*what = "unique names";
	m->fields |= ORG_UNIQUE;
	m->unique = strcmp(value, "yes") == 0;
	return m->unique || strcmp(value, "no") == 0 ? NULL :
	    "it is yes or no";
}

int
cmd_org_set(struct ctl *ctl, struct args *args)
{
	struct msg_admin_org_set	 m;
	const char			*what, *reason;
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "jc:g:l:u:")) != ARGS_END) {
		what = "time";
		if (c == ARGS_BAD || c == ARGS_MISSING ||
		    (c == ARGS_WORD && m.org[0] != '\0'))
			return ctl_usage(ctl);
		if (c == ARGS_WORD) {
			what = "organisation";
			reason = value_org(m.org, args->value);
		} else if (c == 'l' || c == 'g') {
			m.fields |= c == 'l' ? ORG_LIFE : ORG_GRACE;
			reason = value_span(c == 'l' ? &m.life_s :
			    &m.grace_s, args->value);
		} else
			reason = set_option(&m, c, args->value, &what);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.fields == 0)
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_ORG_SET, &m);
}

static const char *
span_text(char buf[TEXT_SHORT_MAX], uint64_t sec)
{
	snprintf(buf, TEXT_SHORT_MAX, "%" PRIu64 "%s", sec % 86400 == 0 ?
	    sec / 86400 : sec % 3600 == 0 ? sec / 3600 : sec % 60 == 0 ?
	    sec / 60 : sec, sec % 86400 == 0 ? "d" : sec % 3600 == 0 ? "h" :
	    sec % 60 == 0 ? "m" : "s");
	return buf;
}

/* As a table of two columns. */
static int
show_text(struct table *t, const void *msg)
{
	const struct msg_admin_org	*m = msg;
	char				 four[PREFIX_LEN], six[PREFIX_LEN];
	char				 hex[HEX_LEN], old[HEX_LEN];
	char				 life[TEXT_SHORT_MAX];
	char				 grace[TEXT_SHORT_MAX];
	char				 systems[12], renewed[12], pinned[12];
	const char			*rows[][2] = {
		{ "name", m->name },
		{ "ipv4", prefix_text(four, 4, m->ipv4, m->plen4) },
		{ "ipv6", prefix_text(six, 6, m->ipv6, m->plen6) },
		{ "certificate-life", span_text(life, m->life_s) },
		{ "certificate-grace", span_text(grace, m->grace_s) },
		{ "authority", hex_text(hex, m->authority) },
		{ m->rolling ? "replaces" : "authority-before",
		    any_bit(m->previous) ? hex_text(old, m->previous) : "-" },
		{ "systems", systems },
		{ "of-this-authority", renewed },
		{ "have-pinned-it", pinned },
	};
	size_t				 i;

	snprintf(systems, sizeof(systems), "%" PRIu32, m->systems);
	snprintf(renewed, sizeof(renewed), "%" PRIu32, m->renewed);
	snprintf(pinned, sizeof(pinned), "%" PRIu32, m->pinned);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (table_add(t, rows[i]) == -1)
			out_no_memory();
	return 0;
}

static const char *const show_titles[] = { "WHAT", "VALUE" };

static const struct listing show_listing = {
	0, MSG_ADMIN_ORG, "jo:", show_titles, 2, org_json, show_text
};

int
cmd_org_show(struct ctl *ctl, struct args *args)
{
	return ctl_list(ctl, args, &show_listing);
}

int
cmd_org_rollover(struct ctl *ctl, struct args *args)
{
	struct msg_admin_org_rollover	 m;
	const char			*reason;
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "jfF")) != ARGS_END) {
		switch (c) {
		case 'f':
			m.action = 1;
			break;
		case 'F':
			m.force = 1;
			break;
		case ARGS_WORD:
			if (m.org[0] != '\0')
				return ctl_usage(ctl);
			reason = value_org(m.org, args->value);
			if (reason != NULL)
				return ctl_bad("organisation", args->value,
				    reason);
			break;
		default:
			return ctl_usage(ctl);
		}
	}
	if (m.force && m.action == 0)
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_ORG_ROLLOVER, &m);
}

int
cmd_org_delete(struct ctl *ctl, struct args *args)
{
	struct msg_admin_org_delete	 m;
	const char			*reason;
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "j")) != ARGS_END) {
		if (c != ARGS_WORD || m.org[0] != '\0')
			return ctl_usage(ctl);
		if ((reason = value_org(m.org, args->value)) != NULL)
			return ctl_bad("organisation", args->value, reason);
	}
	if (m.org[0] == '\0')
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_ORG_DELETE, &m);
}
