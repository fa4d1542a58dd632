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
 * enclave-discoveryctl relay: relays of the service.  The token of a relay is
 * seen once, in the answer to "relay add"; it is printed and wiped.
 */

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discoveryctl/ctl.h"

#define LOCATION_MAX	24

static const char	*location_text(char buf[LOCATION_MAX],
			    const struct msg_admin_relay *);

/* One of the two numbers, with its sign even at 0 degrees. */
static void
degrees_add(char *buf, uint32_t value)
{
	int	 v = (int)value - LOCATION_ZERO;
	size_t	 len = strlen(buf);

	snprintf(buf + len, LOCATION_MAX - len, "%s%d.%03d", v < 0 ? "-" : "",
	    abs(v) / 1000 % 1000, abs(v) % 1000);
}

/* "" when it is not known. */
static const char *
location_text(char buf[LOCATION_MAX], const struct msg_admin_relay *m)
{
	buf[0] = '\0';
	if (m->latitude == 0 && m->longitude == 0)
		return buf;
	degrees_add(buf, m->latitude);
	strlcat(buf, ",", LOCATION_MAX);
	degrees_add(buf, m->longitude);
	return buf;
}

static int
location_bad(const struct msg_admin_relay *m)
{
	return m->latitude > LOCATION_ZERO + 90 * 1000 ||
	    m->longitude > LOCATION_ZERO + 180 * 1000;
}

static json_t *
relay_json(const void *msg)
{
	const struct msg_admin_relay	*m = msg;
	json_t				*o;
	char				 location[LOCATION_MAX];

	if (location_bad(m))
		return NULL;
	o = out_object();
	out_set(o, "name", out_text(m->name));
	out_set(o, "enabled", out_bool(m->enabled));
	out_set(o, "online", out_bool(m->online));
	out_set(o, "location", out_text_or_null(location_text(location, m)));
	out_set(o, "pairs", out_number(m->pairs));
	out_set(o, "bytes", out_number(m->bytes));
	out_set(o, "refused", out_number(m->refused));
	out_set(o, "created", out_time(m->created));
	return o;
}

static int
relay_text(struct table *t, const void *msg)
{
	const struct msg_admin_relay	*m = msg;
	const char			*cells[8];
	char				 location[LOCATION_MAX], pairs[12];
	char				 bytes[24], refused[24];
	char				 created[TEXT_TIME_MAX];

	if (location_bad(m))
		return -1;
	snprintf(pairs, sizeof(pairs), "%" PRIu32, m->pairs);
	snprintf(bytes, sizeof(bytes), "%" PRIu64, m->bytes);
	snprintf(refused, sizeof(refused), "%" PRIu64, m->refused);
	cells[0] = m->name;
	cells[1] = m->enabled ? "enabled" : "disabled";
	cells[2] = m->online ? "yes" : "no";
	cells[3] = location_text(location, m);
	cells[4] = pairs;
	cells[5] = bytes;
	cells[6] = refused;
	cells[7] = text_time(created, m->created);
	if (table_add(t, cells) == -1)
		out_no_memory();
	return 0;
}

static const char *const relay_titles[] = {
	"NAME", "STATE", "ONLINE", "LOCATION", "PAIRS", "BYTES", "REFUSED",
	"CREATED"
};

static const struct listing relay_listing = {
	5, MSG_ADMIN_RELAY, "j", relay_titles, 8, relay_json, relay_text
};

int
cmd_relay_list(struct ctl *ctl, struct args *args)
{
	return ctl_list(ctl, args, &relay_listing);
}

int
cmd_relay_add(struct ctl *ctl, struct args *args)
{
	struct msg_admin_relay_add	 m;
	const char			*what, *reason;
	int				 c;

	memset(&m, 0, sizeof(m));
	while ((c = ctl_next(ctl, args, "jl:")) != ARGS_END) {
		if (c == 'l') {
			what = "location";
			reason = value_location(&m.latitude, &m.longitude,
			    args->value);
		} else if (c == ARGS_WORD && m.name[0] == '\0') {
			what = "relay";
			reason = value_org(m.name, args->value);
		} else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	if (m.name[0] == '\0')
		return ctl_usage(ctl);
	return ctl_ask_secret(ctl, MSG_ADMIN_RELAY_ADD, &m, "token");
}

int
cmd_relay_set(struct ctl *ctl, struct args *args)
{
	struct msg_admin_relay_set	 m;
	const char			*reason;
	int				 c;

	memset(&m, 0, sizeof(m));
	m.action = (uint8_t)ctl->action;
	while ((c = ctl_next(ctl, args, "j")) != ARGS_END) {
		if (c != ARGS_WORD || m.name[0] != '\0')
			return ctl_usage(ctl);
		if ((reason = value_org(m.name, args->value)) != NULL)
			return ctl_bad("relay", args->value, reason);
	}
	if (m.name[0] == '\0')
		return ctl_usage(ctl);
	return ctl_change(ctl, MSG_ADMIN_RELAY_SET, &m);
}
