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
 * enclavectl netcheck: what the agent knows of the network around it: the
 * discovery service, the behaviour of NAT, servers and relays with their
 * round-trip times, port mappings and own candidates.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "enclavectl/ctl.h"

#define ROWS_MAX	1024	/* more than any agent knows */

/* As messages.def has them. */
enum net_kind {
	NET_NAT, NET_STUN, NET_RELAY, NET_MAPPING, NET_CANDIDATE, NET_DROP,
	NET_KINDS
};

static const struct {
	const char	*word;		/* for people */
	const char	*member;	/* for programs */
} kinds[NET_KINDS] = {
	[NET_NAT] = { "nat", "nat" },
	[NET_STUN] = { "stun server", "stun" },
	[NET_RELAY] = { "relay", "relays" },
	[NET_MAPPING] = { "port mapping", "mappings" },
	[NET_CANDIDATE] = { "candidate", "candidates" },
	[NET_DROP] = { "dropped", "drops" }
};

struct netcheck {
	int			 have_head;
	struct msg_status_head	 head;
	struct msg_status_net	*rows;
	size_t			 n;
};

static int
add_row(struct netcheck *nc, const struct msg_status_net *m)
{
	if (!nc->have_head || nc->n == ROWS_MAX || m->kind >= NET_KINDS ||
	    (m->transport != 0 && output_transport_name(m->transport) == NULL))
		return -1;
	nc->rows[nc->n++] = *m;
	return 0;
}

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	const struct msg_status_head	*head = msg;
	struct netcheck			*nc = arg;

	if (type == MSG_STATUS_NET)
		return add_row(nc, msg);
	if (type != MSG_STATUS_HEAD || nc->have_head ||
	    output_link_state(head) == NULL)
		return -1;
	nc->head = *head;
	nc->have_head = 1;
	return 0;
}

static const char *
transport_or_none(const struct msg_status_net *m)
{
	return m->transport == 0 ? "" : output_transport_name(m->transport);
}

static void
add_cells(struct table *t, const struct msg_status_net *m)
{
	const char	*cells[6];
	char		 address[ENDPOINT_STRLEN], mapped[ENDPOINT_STRLEN];
	char		 rtt[TEXT_SHORT_MAX], note[160];

	/* Nothing is no news. */
	if (m->kind == NET_DROP && m->count == 0)
		return;
	snprintf(note, sizeof(note), "%s: %ju", m->text, (uintmax_t)m->count);
	cells[0] = kinds[m->kind].word;
	cells[1] = transport_or_none(m);
	cells[2] = endpoint_print(&m->address, address, sizeof(address));
	cells[3] = endpoint_print(&m->mapped, mapped, sizeof(mapped));
	cells[4] = m->rtt_us == UINT32_MAX ? "no answer" :
	    output_rtt(m->rtt_us, rtt);
	cells[5] = m->kind == NET_DROP ? note : m->text;
	if (table_add(t, cells) == -1)
		out_no_memory();
}

static void
print_text(const struct netcheck *nc)
{
	static const char *const titles[] = {
		"WHAT", "TRANSPORT", "ADDRESS", "MAPPED", "RTT", "NOTE"
	};
	struct table	*t;
	size_t		 i;
	int		 kind;

	output_discovery(&nc->head);
	if (nc->n == 0)
		return;
	printf("\n");
	if ((t = table_new(titles, 6)) == NULL)
		out_no_memory();
	for (kind = 0; kind < NET_KINDS; kind++)
		for (i = 0; i < nc->n; i++)
			if (nc->rows[i].kind == kind)
				add_cells(t, &nc->rows[i]);
	table_print(t, stdout);
	table_free(t);
}

static json_t *
json_row(const struct msg_status_net *m)
{
	json_t	*o = out_object();

	if (m->kind == NET_DROP) {
		out_set(o, "text", out_text(m->text));
		out_set(o, "count", out_number(m->count));
		return o;
	}
	out_set(o, "transport", out_text_or_null(transport_or_none(m)));
	if (m->kind != NET_NAT)
		out_set(o, "address", out_endpoint(&m->address));
	if (m->kind == NET_STUN || m->kind == NET_MAPPING)
		out_set(o, "mapped", out_endpoint(&m->mapped));
	if (m->kind == NET_STUN || m->kind == NET_RELAY)
		out_set(o, "rtt_us", m->rtt_us == UINT32_MAX ? out_null() :
		    out_number(m->rtt_us));
	out_set(o, "text", out_text(m->text));
	return o;
}

static void
print_json(const struct netcheck *nc)
{
	json_t	*o = out_object(), *array;
	size_t	 i;
	int	 kind;

	out_set(o, "discovery", output_discovery_json(&nc->head));
	for (kind = 0; kind < NET_KINDS; kind++) {
		array = out_array();
		for (i = 0; i < nc->n; i++)
			if (nc->rows[i].kind == kind)
				out_append(array, json_row(&nc->rows[i]));
		out_set(o, kinds[kind].member, array);
	}
	out_print(o);
}

static int
ask(struct ctl *ctl, struct netcheck *nc)
{
	struct msg_client_netcheck	 m;
	struct client			 client;
	char				 text[TEXT_MAX];
	int				 code;

	memset(&m, 0, sizeof(m));
	client_init(&client, ROLE_ENCLAVECTL, ctl->path);
	client.row = on_row;
	client.arg = nc;
	code = client_ask(&client, MSG_CLIENT_NETCHECK, &m);
	text_clean(text, sizeof(text), client.text);
	if (code == CLIENT_DONE && !nc->have_head) {
		strlcpy(text, "enclaved sent an answer that makes no sense "
		    "(nothing)", sizeof(text));
		code = CLIENT_FAILED;
	}
	if (code != CLIENT_DONE)
		return ctl_complain(code, text);
	if (ctl->json)
		print_json(nc);
	else
		print_text(nc);
	return code;
}

int
cmd_netcheck(struct ctl *ctl, struct args *args)
{
	struct netcheck	 nc;
	int		 code;

	memset(&nc, 0, sizeof(nc));
	if (ctl_next(ctl, args, "j") != ARGS_END)
		return ctl_usage(ctl);
	if ((nc.rows = calloc(ROWS_MAX, sizeof(*nc.rows))) == NULL)
		out_no_memory();
	code = ask(ctl, &nc);
	free(nc.rows);
	return code;
}
