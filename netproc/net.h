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
 * netproc: UDP sockets, candidates, connectivity checks.  It parses what
 * comes from the internet and has no key but the check passwords of single
 * introductions, no plaintext and no file.
 */

#ifndef NETPROC_NET_H
#define NETPROC_NET_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "ice/ice.h"
#include "proc/proc.h"
#include "ring/ring.h"
#include "sandbox/sandbox.h"
#include "stun/stun.h"

#define NET_PEERS_MAX		1024
#define NET_MAP_SIZE		8192	/* endpoints to peers, power of two */
#define NET_EXCLUDE_MAX		40
#define NET_DATAGRAM_MAX	65536
#define NET_BURST		64	/* datagrams per wake-up and socket */
#define NET_WAKE		4	/* bursts, then cryptoproc is woken */
#define NET_RESTART_MS		10000	/* old path kept meanwhile */
#define NET_GATHER_TRIES	4
#define NET_GATHER_RTO_MS	250
#define NET_GATHER_WAIT_TRIES	1	/* unanswered, then told without */
#define NET_GATHER_AGAIN_MS	25000	/* mappings die at 30 s (NAT.md 3.1) */

struct net_peer {
	uint32_t	 id;		/* 0: free */
	int		 seen;		/* named since ctlproc came up */
	int		 controlling;
	int		 up;		/* path below is in use */
	uint64_t	 number;	/* of the introduction */
	uint64_t	 due;		/* next tick of ice, mono ms */
	uint64_t	 old_until;	/* path is of the last introduction */
	struct ice	*ice;		/* NULL for one of the configuration */
	struct ice_path	 path;
};

/* One Binding transaction with one of discovery's servers. */
struct net_query {
	struct endpoint	 server;
	struct endpoint	 mapped;	/* family 0: not known */
	uint64_t	 due;
	int		 tries;
	int		 pending;
	uint8_t		 id[STUN_ID_LEN];
};

struct net_stats {
	uint64_t	 rx, tx, tx_failed;
	uint64_t	 rx_unknown;	/* passed on, see static.c */
	uint64_t	 drop_unknown, drop_stun, drop_ring_full, drop_no_path;
};

struct env {
	struct proc		 proc;
	int			 udp4, udp6, route;
	uint16_t		 port4, port6;
	struct event		 ev4, ev6, ev_route, ev_ring, timer;
	uint64_t		 timer_due;
	uint64_t		 ifaddr_due;	/* list addresses again */
	struct ring_pair	 crypto;
	char			 exclude[NET_EXCLUDE_MAX][32];
	size_t			 nexclude;
	struct msg_cands	 local;		/* of our interfaces */
	struct msg_cands	 told;		/* last told to ctlproc */
	uint32_t		 generation;
	int			 tell_due;
	struct net_query	 queries[MSG_EPS_MAX];
	size_t			 nqueries;
	struct net_stats	 stats;
	int			 together;	/* bursts can be sent */
	int			 stun_seen;	/* something may be due */
	uint64_t		 ring_bad;
	size_t			 nstatic;	/* of these: configured */
	struct net_peer		 peers[NET_PEERS_MAX];
	struct {
		struct endpoint	 ep;
		uint32_t	 peer;
	}			 map[NET_MAP_SIZE];
	uint8_t			 buf[NET_DATAGRAM_MAX];
};

extern const struct sandbox_policy	netproc_sandbox;

/* udp.c: sockets and the ring. */
void		 udp_start(struct env *);
int		 udp_send(struct env *, const struct endpoint *,
		    const uint8_t *, size_t);
void		 udp_ring(void *, uint32_t, uint32_t, int, size_t, int, int);

/* paths.c: one ICE session for each introduced peer. */
struct net_peer	*path_find(struct env *, uint32_t id);
void		 path_introduce(struct env *, const struct msg_introduce *);
void		 path_remove(struct env *, struct net_peer *);
void		 path_stun(struct env *, const struct stun_msg *,
		    const uint8_t *, size_t, const struct endpoint *from,
		    const struct endpoint *local);
uint32_t	 path_source(struct env *, const struct endpoint *);
void		 path_report(struct env *, struct net_peer *);
uint64_t	 path_tick(struct env *, uint64_t now);
void		 path_addresses_changed(struct env *, uint64_t now);

struct net_peer	*path_slot(struct env *, uint32_t id);
/* Where a peer's endpoint has changed. */
void		 path_map(struct env *);

/* static.c: peers of the configuration, without introduction and checks. */
void		 on_static_endpoint(void *, struct chan *, const void *, int);
void		 static_move(struct env *, uint32_t, const struct endpoint *);
void		 static_report(struct env *);
/* Where a record that names an endpoint goes; NULL: where its peer is. */
const struct endpoint *static_target(const struct ring_record *);

/* gather.c: our own candidates. */
void		 gather_servers(struct env *, const struct msg_eps *);
int		 gather_stun(struct env *, const struct stun_msg *,
		    const struct endpoint *from);
uint64_t	 gather_tick(struct env *, uint64_t now);
void		 gather_tell(struct env *, int always);
void		 gather_local(struct env *, const char *name, int tunnel,
		    const struct endpoint *);

/* ifaddr_linux.c, ifaddr_openbsd.c: addresses of the interfaces. */
void		 ifaddr_start(struct env *);
/* Fill env->local through gather_local. 0 or -1. */
int		 ifaddr_collect(struct env *);

/* main.c: run what is due, sleep until the next thing is. */
void		 net_schedule(struct env *);

#endif /* NETPROC_NET_H */
