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
 * The public address as discovery's STUN servers see the port that punches,
 * over TCP (RFC 8489 6.2.2).  One connection of each address family stays
 * open, so that the mapping lives and a change of it is noticed.
 */

#ifndef NETPROC_GATHER_TCP_H
#define NETPROC_GATHER_TCP_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "stun/stun.h"

#define NET_TCP_WAIT_MS		400	/* for a first answer, then told */
#define NET_TCP_QUERY_MS	3000	/* to connect and be answered */
#define NET_TCP_REFRESH_MS	25000	/* on the one that stays open */
#define NET_TCP_AGAIN_MS	300000	/* the other servers */
#define NET_TCP_BACKOFF_MS	500	/* doubled after each failure ... */
#define NET_TCP_BACKOFF_MAX_MS	60000	/* ... up to this */

struct env;
struct msg_cands;
struct msg_eps;

enum tcp_query_state {
	TCP_QUERY_NONE,		/* no connection */
	TCP_QUERY_DIALLING,
	TCP_QUERY_ASKED,
	TCP_QUERY_KEPT		/* open, nothing asked */
};

struct tcp_query {
	struct env		*env;
	struct endpoint		 server;	/* family 0: unused */
	struct endpoint		 local, mapped;	/* family 0: not known */
	enum tcp_query_state	 state;
	int			 fd;
	int			 keep;		/* the one of its family */
	unsigned int		 fails;		/* since the last answer */
	uint32_t		 rtt_us;	/* 0 not known */
	uint64_t		 began;		/* first question, mono ms */
	uint64_t		 due;
	uint64_t		 sent_us;
	size_t			 have;
	uint8_t			 id[STUN_ID_LEN];
	uint8_t			 buf[STUN_MESSAGE_MAX];
	struct event		 event;
};

/* What a server has told: for the behaviour of the NAT, and for display. */
struct tcp_mapping {
	struct endpoint		 server;
	struct endpoint		 mapped;	/* family 0: no answer */
	struct endpoint		 local;
	uint32_t		 rtt_us;
};

void		 gather_tcp_servers(struct env *, const struct msg_eps *);
/* An address has come or gone. */
void		 gather_tcp_changed(struct env *, uint64_t now);
/* What is not known is asked for not later than then. */
void		 gather_tcp_missed(struct env *, uint64_t at);
/* A first answer is still worth waiting for. */
int		 gather_tcp_waiting(const struct env *);
/* Into the set: the own addresses with the TCP port; the mapped ones. */
void		 gather_tcp_local(const struct env *, struct msg_cands *);
void		 gather_tcp_public(const struct env *, struct msg_cands *);
uint64_t	 gather_tcp_tick(struct env *, uint64_t now);
/* Servers are 0 to MSG_EPS_MAX - 1, with gaps; -1: there is none here. */
int		 gather_tcp_get(const struct env *, size_t,
		    struct tcp_mapping *);

#endif /* NETPROC_GATHER_TCP_H */
