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
 * enclavectl: status and peers for programs.  The names and the order of the
 * members are part of the interface that enclavectl(8) documents.
 */

#include <sys/types.h>

#include "base/clock.h"
#include "client/out.h"
#include "enclavectl/ctl.h"

static json_t	*json_path(const struct msg_status_peer *);
static json_t	*json_peer(const struct msg_status_peer *);
static json_t	*json_peers(const struct status *);
static json_t	*json_counters(const struct msg_status_head *);

static json_t *
json_path(const struct msg_status_peer *m)
{
	json_t	*o;

	if (!m->has_path)
		return out_null();
	o = out_object();
	out_set(o, "type", out_text(output_path_type(m)));
	out_set(o, "transport", out_text(output_transport(m)));
	out_set(o, "local", out_endpoint(&m->local));
	out_set(o, "remote", out_endpoint(&m->remote));
	out_set(o, "rtt_us", out_number(m->rtt_us));
	if (m->mtu == 0)
		out_set(o, "mtu", out_null());
	else
		out_set(o, "mtu", out_number(m->mtu));
	return o;
}

/* What the peer may open towards us, with the times that are named for it. */
static json_t *
json_rules(const struct msg_status_peer *m)
{
	const struct acl_timed	*t;
	json_t			*array = out_array(), *o;
	char			 text[ACL_STRLEN];
	uint64_t		 now = clock_wall_sec();
	uint16_t		 i;

	for (i = 0; i < m->acls.n; i++) {
		t = &m->acls.e[i];
		o = out_object();
		out_set(o, "acl", out_text(acl_print(&t->entry, text,
		    sizeof(text))));
		out_set(o, "in_force", out_bool(!m->closed &&
		    acl_window_holds(&t->when, now)));
		out_set(o, "from", out_time(t->when.from));
		out_set(o, "until", out_time(t->when.until));
		out_append(array, o);
	}
	return array;
}

static json_t *
json_peer(const struct msg_status_peer *m)
{
	json_t	*o = out_object();

	/* A peer of the configuration is no system of the organisation. */
	out_set(o, "system", out_text_or_null(m->system));
	out_set(o, "description", out_text(m->description));
	out_set(o, "addresses", out_addresses(m->ipv4, m->ipv6));
	out_set(o, "state", out_text(output_peer_state(m)));
	out_set(o, "reason", out_text(m->reason));
	out_set(o, "path", json_path(m));
	out_set(o, "suite", out_text(output_suite(m)));
	out_set(o, "rx_bytes", out_number(m->rx_bytes));
	out_set(o, "tx_bytes", out_number(m->tx_bytes));
	out_set(o, "handshake_age_s", m->handshake_age_s == UINT64_MAX ?
	    out_null() : out_number(m->handshake_age_s));
	out_set(o, "in_force", out_bool(!m->closed));
	out_set(o, "next_change", out_time(m->next));
	out_set(o, "rules", json_rules(m));
	return o;
}

static json_t *
json_peers(const struct status *st)
{
	json_t	*array = out_array();
	size_t	 i;

	for (i = 0; i < st->n; i++)
		out_append(array, json_peer(&st->peers[i]));
	return array;
}

json_t *
output_discovery_json(const struct msg_status_head *m)
{
	json_t	*o = out_object();

	out_set(o, "state", out_text(output_link_state(m)));
	out_set(o, "since", out_time(m->link_since));
	out_set(o, "reason", out_text(m->link_reason));
	return o;
}

static json_t *
json_counters(const struct msg_status_head *m)
{
	json_t	*o = out_object();

	out_set(o, "passed_in", out_number(m->passed_in));
	out_set(o, "passed_out", out_number(m->passed_out));
	out_set(o, "drop_acl", out_number(m->drop_acl));
	out_set(o, "drop_spoofed", out_number(m->drop_spoofed));
	out_set(o, "drop_malformed", out_number(m->drop_malformed));
	out_set(o, "drop_no_peer", out_number(m->drop_no_peer));
	out_set(o, "drop_ring_full", out_number(m->drop_ring_full));
	out_set(o, "drop_congested", out_number(m->drop_congested));
	out_set(o, "too_big", out_number(m->too_big));
	out_set(o, "flows", out_number(m->flows));
	return o;
}

/* The head is all zero when the daemon, not being enrolled, sent none. */
void
output_status_json(const struct status *st, int enrolled)
{
	const struct msg_status_head	*m = &st->head;
	json_t				*o = out_object();
	json_t				*certificate, *policy, *users;
	size_t				 i;

	out_set(o, "system", enrolled ? out_text(m->system) : out_null());
	out_set(o, "organisation", enrolled ? out_text(m->organisation) :
	    out_null());
	out_set(o, "addresses", out_addresses(m->ipv4, m->ipv6));
	if (st->key[0] != '\0')
		out_set(o, "public_key", out_text(st->key));
	out_set(o, "discovery", output_discovery_json(m));
	certificate = out_object();
	out_set(certificate, "expires", out_time(m->not_after));
	out_set(certificate, "renewal_due", out_time(m->renew_at));
	out_set(certificate, "problem", out_text_or_null(m->renewal));
	out_set(o, "certificate", certificate);
	policy = out_object();
	out_set(policy, "sequence", out_number(m->sequence));
	out_set(policy, "unmet", out_tags(&m->unmet));
	out_set(o, "policy", policy);
	users = out_array();
	for (i = 0; i < st->nusers; i++)
		out_append(users, output_user_json(&st->users[i]));
	out_set(o, "sign_ins", users);
	out_set(o, "peers", json_peers(st));
	out_set(o, "counters", json_counters(m));
	out_set(o, "interface", out_text_or_null(m->interface));
	out_print(o);
}

void
output_peers_json(const struct status *st)
{
	out_print(json_peers(st));
}
