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
 * The ports of the tunnel opened by the router itself, where it can be asked:
 * PCP and NAT-PMP towards the gateway of the way to discovery, and PCP towards
 * that of IPv6, where a firewall is opened.  Only the gateway is listened to,
 * and what it answers is a candidate like any other.
 */

#ifndef NETPROC_PORTMAP_H
#define NETPROC_PORTMAP_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "portmap/portmap.h"

#define NET_GATEWAY_MS	60000	/* between looks for another gateway */
#define NET_PORTMAP_BURST 16	/* answers of one wake-up */

struct chan;
struct env;
struct msg_cands;
struct msg_net_row;

/* The way to a destination. */
struct net_gateway {
	struct endpoint	 hop;		/* next hop, port 0 */
	struct endpoint	 own;		/* our address on it, port 0 */
	uint32_t	 interface;	/* what a link-local hop is on */
};

/* The router of one address family. */
struct net_portmap {
	struct env	*env;
	int		 family;	/* 0: switched off */
	int		 fd;		/* connected to the router, or -1 */
	int		 running;
	struct portmap	 map;		/* when running */
	struct net_gateway gateway;
	struct endpoint	 from;		/* where answers come from */
	struct endpoint	 udp, tcp;	/* outside; family 0: none */
	uint64_t	 look;		/* for a gateway */
	uint64_t	 due;
	uint8_t		 seed[PORTMAP_SEED_LEN];
	struct event	 event;
};

/* Before the first tick. */
void		 mapping_start(struct env *);
/* Addresses, servers or the public address have changed. */
void		 mapping_changed(struct env *, uint64_t now);
uint64_t	 mapping_tick(struct env *, uint64_t now);
void		 mapping_add(const struct env *, struct msg_cands *,
		    int transport);
/* Rows of kind 3; the id is in the row. */
void		 mapping_show(const struct env *, struct chan *,
		    struct msg_net_row *);
/* At the end: what the router has opened is given back. */
void		 mapping_end(struct env *);

/*
 * gateway_linux.c, gateway_openbsd.c: the next hop to an address.  0, or -1
 * when there is none or it is not known.
 */
int		 gateway_find(struct env *, const struct endpoint *to,
		    struct net_gateway *);

#endif /* NETPROC_PORTMAP_H */
