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
 * netproc: UDP sockets, TCP streams, candidates, connectivity checks.  It
 * parses what comes from the internet and has no key but the check passwords
 * and relay codes of single introductions, no plaintext and no file.
 */

#ifndef NETPROC_NET_H
#define NETPROC_NET_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "base/pace.h"
#include "ice/ice.h"
#include "netproc/caller.h"
#include "netproc/frames.h"
#include "netproc/gather_tcp.h"
#include "netproc/nat.h"
#include "netproc/portmap.h"
#include "netproc/relays.h"
#include "netproc/stream.h"
#include "netproc/tcp.h"
#include "proc/port.h"
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
#define NET_QUIET_MS		10000	/* nothing sent: checks are rarer */
#define NET_SILENCE_MS		200	/* sent, and nothing comes back; */
					/* or two round trips */
#define NET_ADVERTISE_MAX	8
#define NET_GATHER_TRIES	5
#define NET_GATHER_RTO_MS	250
#define NET_GATHER_WAIT_TRIES	1	/* unanswered, then told without */
#define NET_GATHER_POOR_MS	5000	/* unanswered, and it is missed */
#define NET_GATHER_AGAIN_MS	25000	/* mappings die at 30 s (NAT.md 3.1) */
#define NET_GATHER_SPREAD_MS	5000	/* of it by chance */

/* STUN messages in a second; the others are not even looked at. */
#define NET_CHECKS_PEER		500	/* from where one peer is known to be */
#define NET_CHECKS_STRANGERS	2000	/* from everywhere else */

struct net_budget {
	uint64_t	 second;	/* its begin, mono ms */
	uint32_t	 count;		/* in it */
};

struct net_peer {
	uint32_t	 id;		/* 0: free */
	int		 seen;		/* named since ctlproc came up */
	int		 controlling;
	int		 up;		/* path below is in use */
	uint64_t	 number;	/* of the introduction */
	uint64_t	 due;		/* next tick of ice, mono ms */
	int		 doubt;		/* it does not answer */
	uint64_t	 old_until;	/* path is of the last introduction */
	int		 active;	/* so ice was told */
	int		 sent;		/* data, since the last tick of ice */
	uint64_t	 sent_at;	/* tick that last saw it, mono ms */
	uint64_t	 silent_at;	/* when it has been silent, or 0 */
	int		 heard;		/* data, since silent_at was set */
	int		 answers;	/* it did the last time */
	struct ice	*ice;		/* NULL for one of the configuration */
	struct ice_path	 path;
	struct stream	*stream;	/* that carries the path, or NULL */
	struct stream_list	 streams;
	struct stream_relay	 relay;	/* of the introduction */
	struct net_guess guess;
	struct net_budget checks;
	struct net_socket *own;		/* beside the tunnel's, or NULL */
};

/* A network that we have an address in. */
struct net_prefix {
	struct endpoint	 ep;
	unsigned int	 plen;
	uint8_t		 type;		/* ICE_LOCAL, ICE_ADAPTER */
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
	uint64_t	 drop_checks;	/* beyond NET_CHECKS_... */
	uint64_t	 drop_unknown, drop_stun, drop_ring_full, drop_no_path;
	uint64_t	 dials, dials_failed;
	uint64_t	 stream_rx, stream_tx;
	uint64_t	 stream_dropped;	/* too many waited */
	uint64_t	 streams_full;		/* not even dialled */
	uint64_t	 streams_unproven;	/* closed: no authentic check */
	uint64_t	 streams_malformed;	/* closed: impossible length */
	uint64_t	 callers, callers_proven, callers_refused;
};

struct env {
	struct proc		 proc;
	int			 udp4, udp6, route;
	uint16_t		 port4, port6;
	struct event		 ev4, ev6, ev_route, timer;
	uint64_t		 timer_due;
	int			 soon;		/* see net_soon */
	struct msg_net_options	 options;
	struct tcp_ports	 tcp;
	struct net_callers	 callers;
	struct stream_list	 streams;
	unsigned int		 nstreams;
	struct tcp_query	 tcp_queries[MSG_EPS_MAX];
	struct net_relay	 relays[MSG_EPS_MAX];
	struct ice_candidate	 advertise[NET_ADVERTISE_MAX];
	size_t			 nadvertise;
	struct ice_prefix	 avoid[ICE_AVOID_MAX];
	size_t			 navoid;
	uint64_t		 ifaddr_due;	/* list addresses again */
	struct ring_pair	 crypto;
	struct place		 place;
	uint64_t		 arrival_ns;	/* last asked for */
	struct port		 port;		/* of crypto */
	struct pace		 pace4, pace6;	/* of the sockets */
	char			 exclude[NET_EXCLUDE_MAX][32];
	size_t			 nexclude;
	struct msg_cands	 local;		/* of our interfaces */
	struct net_prefix	 nets[ICE_CAND_MAX];	/* they are in */
	size_t			 nnets;
	struct msg_cands	 told;		/* last told to ctlproc */
	uint32_t		 generation;
	int			 tell_due;
	int			 tell_waits;	/* for an answer */
	struct net_nat		 nat;
	struct net_portmap	 portmap[2];	/* IPv4, IPv6 */
	struct net_scout	 scout;
	struct net_many		*many[NET_MANY_MAX];
	int			 rx_fd;		/* that is being read */
	int			 reply_fd;	/* see guess_before, or -1 */
	struct endpoint		 reply_to;
	struct net_query	 queries[MSG_EPS_MAX];
	size_t			 nqueries;
	struct net_stats	 stats;
	struct net_budget	 strangers;
	int			 together;	/* bursts can be sent */
	int			 stun_seen;	/* something may be due */
	size_t			 nstatic;	/* of these: configured */
	struct net_peer		 peers[NET_PEERS_MAX];
	struct {
		struct endpoint	 ep;
		uint32_t	 peer;
	}			 map[NET_MAP_SIZE];
	uint8_t			 buf[NET_DATAGRAM_MAX];
	uint8_t			 scratch[FRAME_SCRATCH];
};

extern const struct sandbox_policy	netproc_sandbox;

/* udp.c: sockets and the ring. */
void		 udp_start(struct env *);
/* One more socket; whoever closes it deletes the event. */
void		 udp_listen(struct env *, struct event *, int fd);
/* ttl 0: as usual. */
int		 udp_send(struct env *, const struct endpoint *,
		    const uint8_t *, size_t, unsigned int ttl);
void		 udp_ring(void *, uint32_t, uint32_t, int, size_t, int, int);

/* paths.c: one ICE session for each introduced peer. */
struct net_peer	*path_find(struct env *, uint32_t id);
void		 path_introduce(struct env *, const struct msg_introduce *);
void		 path_remove(struct env *, struct net_peer *);
void		 path_stun(struct env *, const struct stun_msg *,
		    const uint8_t *, size_t, const struct endpoint *from,
		    const struct endpoint *local);
/* The peer whose authentic check this is, NULL when it is nobody's. */
struct net_peer	*path_prover(struct env *, const struct stun_msg *,
		    const struct endpoint *from);
uint32_t	 path_source(struct env *, const struct endpoint *);
void		 path_report(struct env *, struct net_peer *);
/* Data goes to this peer: its path is checked more often for a while. */
void		 path_used(struct env *, struct net_peer *);
/* Data has come from it. */
void		 path_heard(struct env *, uint32_t peer);
uint64_t	 path_tick(struct env *, uint64_t now);
void		 path_addresses_changed(struct env *, uint64_t now);
/* Data goes to a peer that has no direct path as good as this transport's. */
int		 path_is_poor(const struct env *, int transport);
/* No path through these addresses, now and in later introductions. */
void		 path_avoid(struct env *, const struct msg_net_avoid *);
/* What became of a stream, for the check list; -1: it is of no use. */
int		 path_connected(struct net_peer *, const struct stream *,
		    uint64_t now);
void		 path_disconnected(struct net_peer *, const struct stream *,
		    uint64_t now);
void		 path_stream_stun(struct env *, struct stream *,
		    const struct stun_msg *, const uint8_t *, size_t);
/* The stream of the path in use is no more. */
void		 path_stream_gone(struct env *, struct net_peer *);

/* 0: no more of it in this second. */
int		 path_may_check(struct env *, const struct endpoint *from,
		    uint64_t now);
struct net_peer	*path_slot(struct env *, uint32_t id);
/* Where a peer's endpoint has changed. */
void		 path_map(struct env *);

/* static.c: peers of the configuration, without introduction and checks. */
void		 on_static_endpoint(void *, struct chan *, const void *, int);
void		 static_move(struct env *, uint32_t, const struct endpoint *);
void		 static_report(struct env *);
/* Where a record that names an endpoint goes; NULL: where its peer is. */
const struct endpoint *static_target(const struct ring_record *);

/* show.c: what is shown to the administrator. */
void		 on_paths_get(void *, struct chan *, const void *, int);
void		 on_net_get(void *, struct chan *, const void *, int);

/* gather.c: our own candidates. */
int		 gather_add(struct msg_cands *, int type, int transport,
		    const struct endpoint *);
void		 on_net_advertise(void *, struct chan *, const void *, int);
void		 gather_servers(struct env *, const struct msg_eps *);
int		 gather_stun(struct env *, const struct stun_msg *,
		    const struct endpoint *from);
uint64_t	 gather_tick(struct env *, uint64_t now);
void		 gather_tell(struct env *, int always);
void		 gather_local(struct env *, const char *name, int tunnel,
		    const struct endpoint *, unsigned int plen);
/* A public address that is not known is missed: ask for it soon. */
void		 gather_missed(struct env *);
/* Ask all servers again, soon. */
void		 gather_again(struct env *);
/* What a peer's candidate is to us, whatever it was to the peer. */
uint8_t		 gather_kind(const struct env *,
		    const struct ice_candidate *);

/* ifaddr_linux.c, ifaddr_openbsd.c: addresses of the interfaces. */
void		 ifaddr_start(struct env *);
/* Fill env->local through gather_local. 0 or -1. */
int		 ifaddr_collect(struct env *);

/* main.c: run what is due, sleep until the next thing is. */
void		 net_schedule(struct env *);
/* The same, but not from here: the caller is in the middle of something. */
void		 net_soon(struct env *);
/* Not later than then, mono ms. */
void		 net_wake(struct env *, uint64_t at);
uint64_t	 net_clock_us(void);

#endif /* NETPROC_NET_H */
