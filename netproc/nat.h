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
 * What the router in front of us does to our ports, and what that means for
 * the way to a peer: ports to guess, sockets to open.  What a peer claims of
 * its router is hostile; it makes us waste a bounded number of packets, sent
 * to an address that it has named as its own.
 */

#ifndef NETPROC_NAT_H
#define NETPROC_NAT_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "nat/nat.h"
#include "stun/stun.h"

#define NET_GUESS_MS		1000	/* between rounds of prediction */
#define NET_GUESS_ROUNDS	10
#define NET_GUESS_AHEAD		512	/* farther on is not believed */
#define NET_GUESS_STREAMS	8	/* ports dialled of one that counts */
#define NET_SCOUT_MS		500	/* for its answer */
#define NET_SOCKETS_MS		1300	/* from the introduction to these ... */
#define NET_PROBES_MS		1500	/* ... and to these, unless direct */
#define NET_PROBES_GAP_MS	20
#define NET_SOCKETS_OPEN_MS	4000	/* not farther than our router */
#define NET_SOCKETS_LIFE_MS	10000
#define NET_MANY_MAX		2	/* peers with many sockets at a time */
#define NET_BIRTHDAY_PROBES	1024	/* once for each introduction */
#define NET_BIRTHDAY_SOCKETS	NAT_BIRTHDAY_SOCKETS_MAX

struct env;
struct msg_introduce;
struct msg_local_candidates;
struct msg_net_row;
struct chan;
struct net_peer;

/* What is told to peers. */
enum net_nat_kind {
	NET_NAT_UNKNOWN,
	NET_NAT_STABLE,		/* the same port for all destinations */
	NET_NAT_SEQUENCE,	/* the next one for each */
	NET_NAT_RANDOM,
	NET_NAT_BLOCKED
};

/* Of IPv4, as last told to ctlproc. */
struct net_nat {
	struct nat_behaviour	 udp, tcp;
};

/* A socket beside that of the tunnel, for one endpoint. */
struct net_socket {
	int			 fd;
	struct endpoint		 remote;
	struct event		 event;
};

/* All of them send the checks to one endpoint. */
struct net_many {
	uint32_t		 peer;
	size_t			 n;
	uint64_t		 open_until;	/* mono ms */
	struct net_socket	 sockets[NET_BIRTHDAY_SOCKETS];
};

/*
 * Asks a server from a fresh socket, and so learns which port our router gives
 * next.  One for all peers whose routers count as ours does.
 */
struct net_scout {
	int			 asked;
	int			 fd;
	uint64_t		 due;		/* given up then */
	uint8_t			 id[STUN_ID_LEN];
	struct event		 event;
};

/* Of an introduction. */
struct net_guess {
	enum nat_strategy	 strategy;
	struct endpoint		 public;	/* of the peer, latest port */
	int16_t			 step;
	uint16_t		 port;		/* to be probed, or 0 */
	int			 scouting;	/* for what is due */
	unsigned int		 done;		/* rounds, or probes */
	uint64_t		 due;		/* 0: nothing to do */
	struct nat_ports	 ports;
};

/* --- nat.c --------------------------------------------------------- */

/*
 * Find out from what the servers have answered, and put it into the message;
 * 1 when it is not what was told the last time.
 */
int		 behaviour_tell(struct env *, struct msg_local_candidates *);
/* Rows of kind 0; the id is in the row. */
void		 behaviour_show(struct env *, struct chan *,
		    struct msg_net_row *);
/* Of what a peer claims; -1 when it makes no sense. */
int		 behaviour_claimed(struct nat_behaviour *, uint8_t kind,
		    uint16_t step, uint16_t last);

/* --- guess.c ------------------------------------------------------- */

/* A new introduction: what is to be guessed, if anything. */
void		 guess_begin(struct env *, struct net_peer *,
		    const struct msg_introduce *, uint64_t now);
/* Before its check list starts: streams to ports that come next. */
void		 guess_streams(struct env *, struct net_peer *,
		    const struct msg_introduce *);
void		 guess_remove(struct env *, struct net_peer *);
uint64_t	 guess_tick(struct env *, uint64_t now);
/* The socket that data to this endpoint leaves from; p may be NULL. */
int		 guess_fd(const struct env *, const struct net_peer *,
		    const struct endpoint *to);
/*
 * A packet of the check list: 1 when it has left from where it must, 0 when it
 * is to leave from the tunnel's socket (too).
 */
int		 guess_send(struct env *, struct net_peer *,
		    const struct endpoint *, const uint8_t *, size_t,
		    unsigned int ttl);
/* Around the check list's look at a packet from an endpoint. */
void		 guess_before(struct env *, const struct net_peer *,
		    const struct endpoint *from);
void		 guess_after(struct env *, struct net_peer *,
		    const struct endpoint *from, int authentic);

/*
 * Our router has opened this many mappings since the servers saw us: peers
 * that wait for it are looked for as many ports on.
 */
void		 guess_scouted(struct env *, int32_t, uint64_t now);

/* --- scout.c ------------------------------------------------------- */

/* Ask, unless that is under way; guess_scouted tells what came of it. */
void		 scout_ask(struct env *, uint64_t now);
uint64_t	 scout_tick(struct env *, uint64_t now);

#endif /* NETPROC_NAT_H */
