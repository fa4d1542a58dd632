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
 * enclavectl: status and peers for people.  Strings in the rows may have
 * been chosen by other systems: table_add and text_clean make them harmless.
 */

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/out.h"
#include "client/text.h"
#include "enclavectl/ctl.h"

#define LABEL		"%-13s"
#define PATH_TEXT_MAX	(TEXT_MAX + 64)

static const char	*path_text(const struct msg_status_peer *, char *,
			    size_t);
static void		 output_counters(const struct msg_status_head *);

/* NULL when the value is none of the enum. */
const char *
output_link_state(const struct msg_status_head *m)
{
	switch (m->link_state) {
	case LINK_UP:
		return "up";
	case LINK_CONNECTING:
		return "connecting";
	case LINK_DOWN:
	case LINK_IDLE:
		return "down";
	default:
		return NULL;
	}
}

const char *
output_peer_state(const struct msg_status_peer *m)
{
	switch (m->state) {
	case PEER_UP:
		return "up";
	case PEER_CONNECTING:
		return "connecting";
	case PEER_DOWN:
		return "down";
	default:
		return NULL;
	}
}

const char *
output_type(int type)
{
	switch (type) {
	case ICE_LOCAL:
		return "local";
	case ICE_ADAPTER:
		return "adapter";
	case ICE_PUBLIC:
	case ICE_PEER_REFLEXIVE:
		return "public";
	case ICE_RELAY:
		return "relay";
	default:
		return NULL;
	}
}

const char *
output_transport_name(int transport)
{
	switch (transport) {
	case ICE_UDP:
		return "udp";
	case ICE_TCP:
		return "tcp";
	default:
		return NULL;
	}
}

const char *
output_path_type(const struct msg_status_peer *m)
{
	return output_type(m->type);
}

const char *
output_transport(const struct msg_status_peer *m)
{
	return output_transport_name(m->transport);
}

/* A peer of the configuration has a name there alone. */
const char *
output_label(const struct msg_status_peer *m, char buf[TEXT_MAX])
{
	return text_clean(buf, TEXT_MAX, m->system[0] != '\0' ? m->system :
	    m->description);
}

const char *
output_rtt(uint32_t rtt_us, char buf[TEXT_SHORT_MAX])
{
	if (rtt_us == 0)
		return "";
	snprintf(buf, TEXT_SHORT_MAX, "%" PRIu32 ".%" PRIu32 " ms",
	    rtt_us / 1000, rtt_us % 1000 / 100);
	return buf;
}

const char *
output_suite(const struct msg_status_peer *m)
{
	static const char *const names[] = {
		"chacha20-poly1305", "aes-256-gcm"
	};

	return m->suite < sizeof(names) / sizeof(names[0]) ?
	    names[m->suite] : NULL;
}

/* The path, or why there is none. */
static const char *
path_text(const struct msg_status_peer *m, char *buf, size_t size)
{
	char	 ep[ENDPOINT_STRLEN], time[TEXT_TIME_MAX];

	if (m->closed && m->next != 0) {
		snprintf(buf, size, "%s until %s", m->reason,
		    text_time(time, m->next));
		return buf;
	}
	if (!m->has_path || m->closed) {
		strlcpy(buf, m->reason, size);
		return buf;
	}
	snprintf(buf, size, "%s %s %s", output_path_type(m),
	    output_transport(m), endpoint_print(&m->remote, ep, sizeof(ep)));
	return buf;
}

static const char *
or_dash(const char *text)
{
	return text[0] == '\0' ? "-" : text;
}

void
output_peers(const struct status *st)
{
	static const char *const titles[] = {
		"SYSTEM", "DESCRIPTION", "ADDRESSES", "STATE", "PATH", "RTT",
		"RX", "TX", "HANDSHAKE"
	};
	const char	*cells[9];
	struct table	*t;
	char		 addresses[OUT_ADDRESSES_MAX], path[PATH_TEXT_MAX];
	char		 rtt[TEXT_SHORT_MAX], rx[TEXT_SHORT_MAX];
	char		 tx[TEXT_SHORT_MAX], age[TEXT_SHORT_MAX];
	size_t		 i;

	if ((t = table_new(titles, 9)) == NULL)
		out_no_memory();
	for (i = 0; i < st->n; i++) {
		const struct msg_status_peer *m = &st->peers[i];

		cells[0] = or_dash(m->system);
		cells[1] = m->description;
		cells[2] = text_addresses(addresses, m->ipv4, m->ipv6);
		cells[3] = output_peer_state(m);
		cells[4] = path_text(m, path, sizeof(path));
		cells[5] = output_rtt(m->has_path ? m->rtt_us : 0, rtt);
		cells[6] = text_bytes(rx, m->rx_bytes);
		cells[7] = text_bytes(tx, m->tx_bytes);
		cells[8] = m->handshake_age_s == UINT64_MAX ? "never" :
		    text_age(age, m->handshake_age_s);
		if (table_add(t, cells) == -1)
			out_no_memory();
	}
	table_print(t, stdout);
	table_free(t);
}

static void
output_counters(const struct msg_status_head *m)
{
	printf(LABEL "%" PRIu64 " in, %" PRIu64 " out, %" PRIu64 " flows\n",
	    "packets", m->passed_in, m->passed_out, m->flows);
	printf(LABEL "%" PRIu64 " by policy, %" PRIu64 " false source, %"
	    PRIu64 " malformed, %" PRIu64 " no peer, %" PRIu64 " overload, %"
	    PRIu64 " congestion\n",
	    "dropped", m->drop_acl, m->drop_spoofed, m->drop_malformed,
	    m->drop_no_peer, m->drop_ring_full, m->drop_congested);
	if (m->too_big != 0)
		printf(LABEL "%" PRIu64 " packets for their path\n",
		    "too large", m->too_big);
}

void
output_discovery(const struct msg_status_head *m)
{
	char	 a[TEXT_MAX], time[TEXT_TIME_MAX];

	printf(LABEL "%s since %s", "discovery", output_link_state(m),
	    text_time(time, m->link_since));
	if (m->link_reason[0] != '\0')
		printf(" (%s)", text_clean(a, sizeof(a), m->link_reason));
	printf("\n");
}

static void
output_users(const struct status *st)
{
	char	 a[TEXT_MAX], b[TEXT_MAX], time[TEXT_TIME_MAX];
	size_t	 i;

	for (i = 0; i < st->nusers; i++) {
		const struct msg_status_user *m = &st->users[i];

		text_clean(a, sizeof(a), m->requirement);
		text_clean(b, sizeof(b), m->text);
		if (m->state == USER_SIGNED_IN)
			printf(LABEL "%s: %s until %s\n", "sign-in", a, b,
			    text_time(time, m->until));
		else if (m->state == USER_NEEDED && b[0] != '\0')
			printf(LABEL "sign in needed: enclavectl auth %s "
			    "(%s)\n", "sign-in", a, b);
		else
			printf(LABEL "sign in needed: enclavectl auth %s\n",
			    "sign-in", a);
	}
}

static void
output_certificate(const struct msg_status_head *m)
{
	char	 a[TEXT_MAX], time[TEXT_TIME_MAX];

	if (m->not_after == 0) {
		printf(LABEL "-\n", "certificate");
		return;
	}
	printf(LABEL "valid until %s", "certificate",
	    text_time(time, m->not_after));
	if (m->renewal[0] != '\0')
		printf(" (not renewed: %s)",
		    text_clean(a, sizeof(a), m->renewal));
	printf("\n");
}

void
output_status(const struct status *st)
{
	const struct msg_status_head	*m = &st->head;
	char				 a[TEXT_MAX], b[TEXT_MAX];
	char				 addresses[OUT_ADDRESSES_MAX];
	size_t				 i;

	/* With peers of the configuration alone nothing is enrolled. */
	if (m->system[0] == '\0')
		printf(LABEL "not enrolled\n", "system");
	else
		printf(LABEL "%s in %s\n", "system",
		    text_clean(a, sizeof(a), m->system),
		    text_clean(b, sizeof(b), m->organisation));
	text_addresses(addresses, m->ipv4, m->ipv6);
	printf(LABEL "%s\n", "addresses", or_dash(addresses));
	text_clean(a, sizeof(a), m->interface);
	printf(LABEL "%s\n", "interface", or_dash(a));
	if (st->key[0] != '\0')
		printf(LABEL "%s\n", "public key", st->key);
	output_discovery(m);
	printf(LABEL "number %" PRIu64 "\n", "policy", m->sequence);
	for (i = 0; i < m->unmet.n && i < MSG_TAGS_MAX; i++)
		printf(LABEL "%s\n", i == 0 ? "not met" : "",
		    text_clean(a, sizeof(a), m->unmet.e[i]));
	output_certificate(m);
	output_users(st);
	output_counters(m);
	printf("\n");
	output_peers(st);
}
