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
 * enclave-discoveryctl system: enrolled systems, their state and tags.
 */

#include <sys/types.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "discoveryctl/ctl.h"

static const char	*state_name(const struct msg_admin_system *);
static int		 tag_all(struct ctl *, const char *,
			    const struct msg_tags *);

/* NULL when the value is none of the enum. */
static const char *
state_name(const struct msg_admin_system *m)
{
	switch (m->state) {
	case SYSTEM_UNAPPROVED:
		return "unapproved";
	case SYSTEM_ENABLED:
		return "enabled";
	case SYSTEM_DISABLED:
		return "disabled";
	case SYSTEM_REVOKED:
		return "revoked";
	case SYSTEM_QUARANTINED:
		return "quarantined";
	default:
		return NULL;
	}
}

static json_t *
address_json(const struct endpoint *ep)
{
	char	 buf[ENDPOINT_STRLEN];

	return ep->family == 0 ? out_null() :
	    out_text(endpoint_print_addr(ep, buf, sizeof(buf)));
}

/* What its life is, and where it is. */
static void
system_json_more(json_t *o, const struct msg_admin_system *m)
{
	out_set(o, "notes", out_text(m->notes));
	out_set(o, "type", out_text(m->ephemeral ? "ephemeral" : "general"));
	out_set(o, "key", m->key == 0 ? out_null() : out_number(m->key));
	out_set(o, "hostname", out_text_or_null(m->hostname));
	out_set(o, "os", out_text_or_null(m->os));
	out_set(o, "os_version", out_text_or_null(m->os_version));
	out_set(o, "agent", out_text_or_null(m->agent));
	out_set(o, "connected_since", out_time(m->connected));
	out_set(o, "connected_from", out_endpoint(&m->source));
	out_set(o, "enabled_until", out_time(m->until));
	out_set(o, "until_action", m->until == 0 ? out_null() :
	    out_text(m->until_action == ACTION_REVOKE ? "revoke" :
	    "disable"));
	out_set(o, "clone_seen", out_time(m->clone_seen));
	out_set(o, "clone_from", address_json(&m->clone_source));
}

json_t *
system_object(const struct msg_admin_system *m)
{
	json_t	*o;

	if (state_name(m) == NULL)
		return NULL;
	o = out_object();
	out_set(o, "system", out_text(m->name));
	out_set(o, "organisation", out_text(m->org));
	out_set(o, "description", out_text(m->description));
	out_set(o, "state", out_text(state_name(m)));
	out_set(o, "online", out_bool(m->online));
	out_set(o, "addresses", out_addresses(m->ipv4, m->ipv6));
	out_set(o, "enrolled", out_time(m->enrolled));
	out_set(o, "last_seen", out_time(m->last_seen));
	out_set(o, "certificate_not_after", out_time(m->not_after));
	out_set(o, "renewal_ordered", out_bool(m->renewal));
	out_set(o, "tags", out_tags(&m->tags));
	system_json_more(o, m);
	return o;
}

static json_t *
system_json(const void *msg)
{
	return system_object(msg);
}

static int
system_text(struct table *t, const void *msg)
{
	const struct msg_admin_system	*m = msg;
	const char			*cells[15];
	char				 addresses[OUT_ADDRESSES_MAX];
	char				 from[ENDPOINT_STRLEN];
	char				 since[TEXT_TIME_MAX];
	char				 clone[TEXT_TIME_MAX];
	char				 key[12] = "";
	char				 enrolled[TEXT_TIME_MAX];
	char				 seen[TEXT_TIME_MAX];
	char				 tags[TAGS_TEXT_MAX];

	if ((cells[2] = state_name(m)) == NULL)
		return -1;
	cells[0] = m->name;
	cells[1] = m->org;
	cells[3] = m->online ? "yes" : "no";
	cells[4] = text_addresses(addresses, m->ipv4, m->ipv6);
	if (m->key != 0)
		snprintf(key, sizeof(key), "%" PRIu32, m->key);
	cells[5] = text_time(enrolled, m->enrolled);
	cells[6] = text_time(seen, m->last_seen);
	cells[7] = text_time(since, m->connected);
	cells[8] = m->source.family == 0 ? "" :
	    endpoint_print_addr(&m->source, from, sizeof(from));
	cells[9] = text_time(clone, m->clone_seen);
	cells[10] = key;
	cells[11] = m->hostname;
	cells[12] = m->os;
	cells[13] = tags_text(tags, &m->tags);
	cells[14] = m->description;
	if (table_add(t, cells) == -1)
		out_no_memory();
	return 0;
}

static const char *const system_titles[] = {
	"SYSTEM", "ORGANISATION", "STATE", "ONLINE", "ADDRESSES", "ENROLLED",
	"LAST-SEEN", "SINCE", "FROM", "COPY-SEEN", "KEY", "HOSTNAME", "OS",
	"TAGS", "DESCRIPTION"
};

static const struct listing system_listing = {
	2, MSG_ADMIN_SYSTEM, "jo:", system_titles, 15, system_json, system_text
};

int
system_print(const struct msg_admin_system *m)
{
	struct table	*t = table_new(system_titles, 15);

	if (t == NULL)
		out_no_memory();
	if (system_text(t, m) == -1) {
		table_free(t);
		return -1;
	}
	table_print(t, stdout);
	table_free(t);
	return 0;
}

int
cmd_system_list(struct ctl *ctl, struct args *args)
{
	return ctl_list(ctl, args, &system_listing);
}

int
cmd_system_set(struct ctl *ctl, struct args *args)
{
	struct msg_admin_system_set	 m;
	const char			*reason;
	int				 c;

	memset(&m, 0, sizeof(m));
	m.action = (uint8_t)ctl->action;
	while ((c = ctl_next(ctl, args, "j")) != ARGS_END) {
		if (c != ARGS_WORD || m.system[0] != '\0')
			return ctl_usage(ctl);
		if ((reason = value_system(m.system, args->value)) != NULL)
			return ctl_bad("system", args->value, reason);
	}
	if (m.system[0] == '\0')
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_SYSTEM_SET, &m);
}

int
cmd_system_renew(struct ctl *ctl, struct args *args)
{
	struct msg_admin_system_renew	 m;
	const char			*reason;
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "j")) != ARGS_END) {
		if (c != ARGS_WORD || m.system[0] != '\0')
			return ctl_usage(ctl);
		if ((reason = value_system(m.system, args->value)) != NULL)
			return ctl_bad("system", args->value, reason);
	}
	if (m.system[0] == '\0')
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_SYSTEM_RENEW, &m);
}

static int
tag_dry(struct ctl *ctl, const char *system, const struct msg_tags *tags)
{
	struct msg_admin_system_tag	 m[MSG_TAGS_MAX];
	const void			*all[MSG_TAGS_MAX];
	size_t				 i;

	memset(m, 0, sizeof(m));
	for (i = 0; i < tags->n; i++) {
		m[i].add = (uint8_t)ctl->action;
		strlcpy(m[i].system, system, sizeof(m[i].system));
		strlcpy(m[i].tag, tags->e[i], sizeof(m[i].tag));
		all[i] = &m[i];
	}
	return ctl_dry(ctl, MSG_ADMIN_SYSTEM_TAG, all, tags->n);
}

/* One request for each tag; the first failure ends it and is named. */
static int
tag_all(struct ctl *ctl, const char *system, const struct msg_tags *tags)
{
	struct msg_admin_system_tag	 m;
	struct client			 client;
	char				 clean[TEXT_MAX];
	size_t				 i;
	int				 code = CLIENT_DONE;

	memset(&m, 0, sizeof(m));
	m.add = (uint8_t)ctl->action;
	strlcpy(m.system, system, sizeof(m.system));
	client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
	for (i = 0; i < tags->n; i++) {
		strlcpy(m.tag, tags->e[i], sizeof(m.tag));
		code = client_ask(&client, MSG_ADMIN_SYSTEM_TAG, &m);
		if (code != CLIENT_DONE)
			break;
	}
	text_clean(clean, sizeof(clean), client.text);
	if (ctl->json)
		out_result(code == CLIENT_DONE, clean);
	else if (code == CLIENT_DONE && clean[0] != '\0')
		printf("%s\n", clean);
	if (code == CLIENT_DONE)
		return code;
	if (i > 0)
		warnx("%zu of %zu tags were done before \"%s\"", i,
		    (size_t)tags->n, m.tag);
	return ctl_complain(&client, code);
}

int
cmd_system_tag(struct ctl *ctl, struct args *args)
{
	struct msg_tags	 tags;
	const char	*reason, *what;
	char		 system[6] = "";
	int		 c;

	memset(&tags, 0, sizeof(tags));
	while ((c = ctl_next(ctl, args, "j")) != ARGS_END) {
		if (c != ARGS_WORD)
			return ctl_usage(ctl);
		if (system[0] == '\0') {
			what = "system";
			reason = value_system(system, args->value);
		} else {
			what = "tag";
			reason = value_tag(&tags, args->value);
		}
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (tags.n == 0)
		return ctl_usage(ctl);
	return ctl->dry ? tag_dry(ctl, system, &tags) :
	    tag_all(ctl, system, &tags);
}

int
cmd_system_until(struct ctl *ctl, struct args *args)
{
	struct msg_admin_system_until	 m;
	const char			*reason, *what;
	int				 c;

	memset(&m, 0, sizeof(m));
	m.action = ACTION_DISABLE;
	while ((c = ctl_next(ctl, args, "jx:")) != ARGS_END) {
		reason = NULL;
		if (c == 'x') {
			what = "action";
			if (strcmp(args->value, "revoke") == 0)
				m.action = ACTION_REVOKE;
			else if (strcmp(args->value, "disable") != 0)
				reason = "the action is disable or revoke";
		} else if (c == ARGS_WORD && m.system[0] == '\0') {
			what = "system";
			reason = value_system(m.system, args->value);
		} else if (c == ARGS_WORD && m.until == 0) {
			what = "time";
			reason = value_expiry(&m.until, args->value,
			    clock_wall_sec());
		} else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.until == 0)
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_SYSTEM_UNTIL, &m);
}

/* An empty tag takes away what there were. */
static const char *
change_option(struct msg_admin_system_change *m, int c, const char *value,
    const char **what)
{
	switch (c) {
	case 'D':
		*what = "description";
		m->fields |= SYSTEM_DESCRIPTION;
		return value_text(m->description, sizeof(m->description),
		    value);
	case 'N':
		*what = "notes";
		m->fields |= SYSTEM_NOTES;
		return value_text(m->notes, sizeof(m->notes), value);
	default:
		*what = "tag";
		m->fields |= SYSTEM_TAGS;
		return *value == '\0' ? NULL : value_tag(&m->tags, value);
	}
}

int
cmd_system_change(struct ctl *ctl, struct args *args)
{
	struct msg_admin_system_change	 m;
	const char			*reason, *what;
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "jD:N:t:")) != ARGS_END) {
		if (c == ARGS_BAD || c == ARGS_MISSING ||
		    (c == ARGS_WORD && m.system[0] != '\0'))
			return ctl_usage(ctl);
		if (c == ARGS_WORD) {
			what = "system";
			reason = value_system(m.system, args->value);
		} else
			reason = change_option(&m, c, args->value, &what);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.system[0] == '\0' || m.fields == 0)
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_SYSTEM_CHANGE, &m);
}
