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
 * A flow table under test and packets sent through it, named by our port
 * and the peer's whichever way they go.  Time is virtual.
 */

#ifndef REGRESS_PACKET_WORLD_H
#define REGRESS_PACKET_WORLD_H

#include <atf-c.h>
#include <stdlib.h>

#include "packet/flow.h"
#include "regress/packet/build.h"

#define PEER	7
#define SECOND	1000ULL

struct world {
	struct flow_table	*table;
	void			*mem;
	struct acl_entry	 acl[4];
	size_t			 nacl;
	uint64_t		 now;
	uint32_t		 peer;
	int			 version;
};

static inline void
world_init(struct world *w, uint32_t nflows, const char *rule)
{
	static const uint8_t	 seed[SIPHASH_KEY_LENGTH] = { 1, 2, 3 };
	const char		*errstr;

	memset(w, 0, sizeof(*w));
	w->mem = calloc(1, flow_table_size(nflows));
	ATF_REQUIRE(w->mem != NULL);
	w->table = flow_table_init(w->mem, flow_table_size(nflows), nflows,
	    seed);
	ATF_REQUIRE(w->table != NULL);
	w->peer = PEER;
	w->version = 4;
	w->now = 1000;
	if (rule != NULL) {
		ATF_REQUIRE_EQ(acl_parse(rule, &w->acl[0], &errstr), 0);
		w->nacl = 1;
	}
}

static inline void
world_free(struct world *w)
{
	free(w->mem);
}

static inline enum flow_verdict
send_raw(struct world *w, int out, const uint8_t *buf, size_t n)
{
	struct packet	 pkt;

	ATF_REQUIRE_EQ(packet_parse(&pkt, buf, n), PACKET_OK);
	if (out)
		return (flow_outbound(w->table, w->peer, &pkt, w->now));
	return (flow_inbound(w->table, w->peer, w->acl, w->nacl, &pkt,
	    w->now));
}

static inline enum flow_verdict
send_tcp(struct world *w, int out, unsigned int ours, unsigned int theirs,
    uint8_t flags)
{
	uint8_t	 buf[BUILD_MAX];
	size_t	 n;

	n = build_tcp(buf, w->version, out, out ? ours : theirs,
	    out ? theirs : ours, flags, 0);
	return (send_raw(w, out, buf, n));
}

static inline enum flow_verdict
send_udp(struct world *w, int out, unsigned int ours, unsigned int theirs)
{
	uint8_t	 buf[BUILD_MAX];
	size_t	 n;

	n = build_udp(buf, w->version, out, out ? ours : theirs,
	    out ? theirs : ours, 0);
	return (send_raw(w, out, buf, n));
}

/* Echo request or reply. */
static inline enum flow_verdict
send_echo(struct world *w, int out, int request, unsigned int id)
{
	uint8_t		 buf[BUILD_MAX];
	unsigned int	 type;
	size_t		 n;

	type = w->version == 4 ? (request ? 8 : 0) : (request ? 128 : 129);
	n = build_icmp(buf, w->version, out, type, 0, id);
	return (send_raw(w, out, buf, n));
}

/* Three-way handshake opened by us (out) or by the peer. */
static inline void
establish(struct world *w, int out, unsigned int ours, unsigned int theirs)
{
	ATF_REQUIRE_EQ(send_tcp(w, out, ours, theirs, SYN), FLOW_PASS_NEW);
	ATF_REQUIRE_EQ(send_tcp(w, !out, ours, theirs, SYN | ACK),
	    FLOW_PASS_ESTABLISHED);
	ATF_REQUIRE_EQ(send_tcp(w, out, ours, theirs, ACK),
	    FLOW_PASS_ESTABLISHED);
}

#endif /* REGRESS_PACKET_WORLD_H */
