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
 * enclave-discoveryctl system show: one system, and how it stands with each
 * requirement that concerns it.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discoveryctl/ctl.h"
#include "policy/trust.h"

struct show {
	int				 have;
	struct msg_admin_system		 system;
	struct table			*table;
	json_t				*rows;
};

static const char *const trust_titles[] = {
	"REQUIREMENT", "TYPE", "MET", "UNTIL", "REASON"
};

static const char *
verdict_name(uint8_t verdict)
{
	static const char *const	 verdicts[] = {
		[TRUST_UNKNOWN] = "unknown",
		[TRUST_UNMET] = "unmet",
		[TRUST_MET] = "met",
	};

	return verdict < sizeof(verdicts) / sizeof(verdicts[0]) ?
	    verdicts[verdict] : NULL;
}

static int
on_trust(struct show *show, const struct msg_admin_trust *m)
{
	const char	*cells[5];
	char		 until[TEXT_TIME_MAX];
	json_t		*o;

	if ((cells[1] = requirement_type_name(m->type)) == NULL ||
	    (cells[2] = verdict_name(m->verdict)) == NULL)
		return -1;
	if (show->rows != NULL) {
		o = out_object();
		out_set(o, "requirement", out_text(m->requirement));
		out_set(o, "type", out_text(cells[1]));
		out_set(o, "verdict", out_text(cells[2]));
		out_set(o, "met", out_bool(m->verdict == TRUST_MET));
		out_set(o, "until", out_time(m->next));
		out_set(o, "reason", out_text(m->reason));
		out_append(show->rows, o);
		return 0;
	}
	cells[0] = m->requirement;
	cells[3] = text_time(until, m->next);
	cells[4] = m->reason;
	if (table_add(show->table, cells) == -1)
		out_no_memory();
	return 0;
}

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	struct show	*show = arg;

	if (type == MSG_ADMIN_TRUST)
		return on_trust(show, msg);
	if (type != MSG_ADMIN_SYSTEM || show->have)
		return -1;
	memcpy(&show->system, msg, sizeof(show->system));
	show->have = 1;
	return 0;
}

static int
show_print(struct show *show)
{
	json_t	*o;

	if (!show->have)
		return -1;
	if (show->rows == NULL) {
		if (system_print(&show->system) == -1)
			return -1;
		table_print(show->table, stdout);
		return 0;
	}
	if ((o = system_object(&show->system)) == NULL)
		return -1;
	out_set(o, "requirements", show->rows);
	show->rows = NULL;
	out_print(o);
	return 0;
}

int
cmd_system_show(struct ctl *ctl, struct args *args)
{
	struct msg_admin_system_show	 m;
	struct client			 client;
	struct show			 show;
	const char			*reason;
	int				 c, code;

	memset(&m, 0, sizeof(m));
	memset(&show, 0, sizeof(show));
	while ((c = ctl_next(ctl, args, "j")) != ARGS_END) {
		if (c != ARGS_WORD || m.system[0] != '\0')
			return ctl_usage(ctl);
		if ((reason = value_system(m.system, args->value)) != NULL)
			return ctl_bad("system", args->value, reason);
	}
	if (m.system[0] == '\0')
		return ctl_usage(ctl);
	if (ctl->json)
		show.rows = out_array();
	else if ((show.table = table_new(trust_titles, 5)) == NULL)
		out_no_memory();
	client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
	client.row = on_row;
	client.arg = &show;
	code = client_ask(&client, MSG_ADMIN_SYSTEM_SHOW, &m);
	if (code == CLIENT_DONE && show_print(&show) == -1) {
		strlcpy(client.text, "enclave-discoveryd sent an answer that "
		    "makes no sense", sizeof(client.text));
		code = CLIENT_FAILED;
	}
	if (code != CLIENT_DONE)
		ctl_complain(&client, code);
	table_free(show.table);
	json_decref(show.rows);
	return code;
}
