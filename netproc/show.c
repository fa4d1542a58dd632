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
 * What an administrator is shown: the pairs of a peer, and what is known of
 * our own network.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "netproc/net.h"

/* The others are of nat.c and portmap.c. */
enum { ROW_STUN = 1, ROW_RELAY = 2, ROW_OWN = 4, ROW_DROP = 5 };

static void
show_end(struct chan *c, uint32_t id)
{
	struct msg_stats_end	 end;

	memset(&end, 0, sizeof(end));
	end.id = id;
	msg_send_stats_end(c, &end, -1);
}

void
on_paths_get(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_paths_get	*m = data;
	struct env			*env = arg;
	struct net_peer			*p = path_find(env, m->peer);
	struct ice_pair_info		 info;
	struct msg_path_row		 row;
	size_t				 i;

	(void)fd;
	for (i = 0; p != NULL && p->ice != NULL &&
	    ice_pair_get(p->ice, i, &info) == 0; i++) {
		memset(&row, 0, sizeof(row));
		row.id = m->id;
		row.type = info.remote.type;
		row.transport = info.remote.transport;
		row.local = info.local;
		row.remote = info.remote.ep;
		row.rtt_us = info.rtt_us;
		row.state = (uint8_t)info.state;
		row.selected = info.selected != 0;
		msg_send_path_row(c, &row, -1);
	}
	show_end(c, m->id);
}

static void
show_udp(struct env *env, struct chan *c, struct msg_net_row *row)
{
	size_t	 i;

	row->kind = ROW_STUN;
	row->transport = ICE_UDP;
	for (i = 0; i < env->nqueries; i++) {
		row->address = env->queries[i].server;
		row->mapped = env->queries[i].mapped;
		row->rtt_us = env->queries[i].mapped.family == 0 ?
		    UINT32_MAX : 0;
		msg_send_net_row(c, row, -1);
	}
}

static void
show_tcp(struct env *env, struct chan *c, struct msg_net_row *row)
{
	struct tcp_mapping	 m;
	size_t			 i;

	row->kind = ROW_STUN;
	row->transport = ICE_TCP;
	for (i = 0; i < MSG_EPS_MAX; i++) {
		if (gather_tcp_get(env, i, &m) == -1)
			continue;
		row->address = m.server;
		row->mapped = m.mapped;
		row->rtt_us = m.mapped.family == 0 ? UINT32_MAX : m.rtt_us;
		msg_send_net_row(c, row, -1);
	}
}

static void
show_relays(struct env *env, struct chan *c, struct msg_net_row *row)
{
	size_t	 i;

	row->kind = ROW_RELAY;
	row->transport = ICE_TCP;
	memset(&row->mapped, 0, sizeof(row->mapped));
	for (i = 0; i < MSG_EPS_MAX; i++) {
		if (env->relays[i].ep.family == 0)
			continue;
		row->address = env->relays[i].ep;
		row->rtt_us = env->relays[i].known ?
		    env->relays[i].rtt_us : 0;
		msg_send_net_row(c, row, -1);
	}
}

static void
show_own(struct env *env, struct chan *c, struct msg_net_row *row)
{
	uint16_t	 i;

	row->kind = ROW_OWN;
	row->rtt_us = 0;
	memset(&row->mapped, 0, sizeof(row->mapped));
	for (i = 0; i < env->told.n; i++) {
		row->transport = env->told.e[i].transport;
		row->address = env->told.e[i].ep;
		strlcpy(row->text, ice_type_name(env->told.e[i].type),
		    sizeof(row->text));
		msg_send_net_row(c, row, -1);
	}
}

static void
show_drop(struct chan *c, struct msg_net_row *row, const char *text,
    uint64_t count)
{
	strlcpy(row->text, text, sizeof(row->text));
	row->count = count;
	msg_send_net_row(c, row, -1);
}

static void
show_drops(const struct env *env, struct chan *c, struct msg_net_row *row)
{
	const struct net_stats	*s = &env->stats;

	row->kind = ROW_DROP;
	row->transport = 0;
	memset(&row->address, 0, sizeof(row->address));
	show_drop(c, row, "packets from nobody who is known",
	    s->drop_unknown);
	show_drop(c, row, "packets that cryptoproc had no room for",
	    s->drop_ring_full);
	show_drop(c, row, "packets to peers without a path",
	    s->drop_no_path);
	show_drop(c, row, "packets that waited too long for TCP",
	    s->stream_dropped);
	show_drop(c, row, "checks that nobody known has sent",
	    s->drop_stun);
	show_drop(c, row, "checks beyond what is looked at",
	    s->drop_checks);
	show_drop(c, row, "connections shown out", s->callers_refused +
	    s->streams_unproven + s->streams_malformed);
}

void
on_net_get(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_net_get	*m = data;
	struct env			*env = arg;
	struct msg_net_row		 row;

	(void)fd;
	memset(&row, 0, sizeof(row));
	row.id = m->id;
	behaviour_show(env, c, &row);
	show_udp(env, c, &row);
	show_tcp(env, c, &row);
	show_relays(env, c, &row);
	mapping_show(env, c, &row);
	show_own(env, c, &row);
	show_drops(env, c, &row);
	show_end(c, m->id);
}
