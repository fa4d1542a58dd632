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
 * tunproc: the tun descriptor, routes by inner address, access rules and
 * flow state.  It sees plaintext and has neither keys nor network sockets.
 */

#ifndef TUNPROC_TUN_H
#define TUNPROC_TUN_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "base/pace.h"
#include "packet/acl.h"
#include "packet/flow.h"
#include "packet/inner.h"
#include "packet/offload.h"
#include "packet/packet.h"
#include "packet/pmtu.h"
#include "proc/port.h"
#include "proc/proc.h"
#include "ring/ring.h"
#include "sandbox/sandbox.h"

#define TUN_PEERS_MAX	1024
#define TUN_INDEX_SIZE	4096		/* slots, a power of two */
#define TUN_FLOWS	32768
#define TUN_PACKET_MAX	65536
#define TUN_BURST	64		/* packets per wake-up */
#define TUN_WAKE	4		/* reads, then cryptoproc is woken */
#define TUN_RECORD_PACKETS 64		/* of one record */
#define TUN_RECORD_BYTES 65000		/* of one record when sealed */
#define TUN_REFUSALS	100		/* answers per second */
#define TUN_ANSWERS	200		/* to probes and echoes, per second */
#define TUN_PINGS	32		/* echoes without a reply */

struct tun_peer {
	uint32_t		 id;	/* 0: free */
	int			 seen;	/* named since ctlproc came up */
	int			 agent;	/* one of ours, by certificate */
	uint8_t			 ipv4[4];
	uint8_t			 ipv6[16];
	struct pmtu		 pmtu;
	uint16_t		 told;	/* ctlproc: what the path carries */
	struct acl_entry	 acls[ACL_MAX];
	size_t			 nacls;
};

/* A prefix behind a peer of the configuration. */
struct tun_route {
	uint8_t		 version;	/* 4 or 6 */
	uint8_t		 plen;
	uint8_t		 addr[16];
	uint32_t	 peer;
};

struct tun_stats {
	uint64_t	 passed_in, passed_out;
	uint64_t	 drop_acl, drop_spoofed, drop_malformed;
	uint64_t	 drop_no_peer, drop_ring_full, drop_tun;
	uint64_t	 drop_congested, too_big;
};

/* An echo that was sent. */
struct tun_ping {
	uint32_t	 peer;		/* 0: free */
	uint32_t	 id;
	uint64_t	 sent_ns;
};

/* Packets of one size to one peer, put together into one record. */
struct tun_burst {
	uint8_t			*room;		/* NULL: none is open */
	size_t			 cap;
	struct ring_record	 rec;
};

struct env {
	struct proc		 proc;
	int			 tun;
	uint16_t		 mtu;
	int			 offloads;	/* TUN_OFFLOAD_... */
	char			 name[16];
	struct event		 tun_event;
	struct pace		 pace;		/* of tun */
	struct ring_pair	 crypto;
	struct place		 place;
	struct port		 port;		/* of crypto */
	uint64_t		 now;		/* of this turn, mono ms */
	struct flow_table	*flows;
	int			 state;		/* memory for the flows */
	size_t			 state_size;
	struct tun_stats	 stats;
	uint64_t		 refusal_second;
	uint32_t		 refusals;
	int			 have_self;
	uint8_t			 ipv4[4];
	uint8_t			 ipv6[16];
	/* Of the configuration: ours, and theirs, longest prefix first. */
	struct tun_route	 selves[SELF_MAX];
	size_t			 nselves;
	struct tun_route	 routes[PEER_STATIC_MAX * PEER_ROUTES_MAX];
	size_t			 nroutes;
	struct tun_peer		 peers[TUN_PEERS_MAX];
	uint16_t		 index4[TUN_INDEX_SIZE];	/* slot + 1 */
	uint16_t		 index6[TUN_INDEX_SIZE];
	struct tun_burst	 out;
	uint8_t			 in_ecn;	/* of the record at work */
	struct event		 mtu_event;
	uint16_t		 ident;		/* of packets in pieces */
	uint64_t		 answer_second;
	uint32_t		 answers;
	struct tun_ping		 pings[TUN_PINGS];
	struct inner_pool	 pieces;
	struct coalescer	 merge;
	uint8_t			 buf[TUN_PACKET_MAX];
	uint8_t			 in[RING_RECORD_MAX];
};

extern const struct sandbox_policy	tunproc_sandbox;

/* peers.c: who has which inner address and may send us what. */
struct tun_peer	*tun_peer_find(struct env *, uint32_t id);
struct tun_peer	*tun_peer_route(struct env *, const struct packet *);
/* Whether an inner address is this peer's to send from. */
int		 tun_peer_owns(struct env *, const struct tun_peer *,
		    int version, const uint8_t *addr);
struct tun_peer	*tun_peer_slot(struct env *, uint32_t id);
void		 tun_peer_set(struct env *, const struct msg_tun_peer *);
void		 tun_peer_remove(struct env *, uint32_t id);
void		 tun_peer_sweep(struct env *);

/* route.c: peers of the configuration have prefixes. */
void		 on_static_route(void *, struct chan *, const void *, int);
void		 on_static_self(void *, struct chan *, const void *, int);
const struct tun_route *route_find(const struct env *, int version,
		    const uint8_t *addr);
/* Is this address one of our own? */
int		 route_self(const struct env *, int version,
		    const uint8_t *addr);

/* mtu.c: what each path carries, and packets that are larger. */
void		 mtu_start(struct env *);
/* 1 when the packet, cut or not, was too large and has been seen to. */
int		 mtu_outbound(struct env *, struct tun_peer *,
		    const struct packet *, const uint8_t *data, size_t len,
		    struct segmenter *);
/* What is no IP packet: whole packet that it completes, or NULL. */
uint8_t		*mtu_inbound(struct env *, struct tun_peer *,
		    const uint8_t *data, size_t len, size_t *whole);
void		 on_tun_path(void *, struct chan *, const void *, int);

/* ping.c: echoes through the tunnel. */
void		 on_tun_ping(void *, struct chan *, const void *, int);
void		 ping_replied(struct env *, const struct tun_peer *,
		    uint32_t id);

/* data.c: between tun and the ring. */
/* One packet, at once; no record is open then. */
void		 data_to_crypto(struct env *, uint32_t peer, uint8_t ecn,
		    const uint8_t *data, size_t len);
void		 data_to_tun(struct env *, uint8_t *data, size_t len);
void		 data_close(struct env *);
int		 data_may_refuse(struct env *, uint64_t now);
void		 tun_ring(void *, uint32_t, uint32_t, int, size_t, int, int);
void		 tun_start(struct env *);

#endif /* TUNPROC_TUN_H */
