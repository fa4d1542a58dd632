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
 * Paths over TCP: connections to a peer, dialled from both sides at once, and
 * legs to a relay.  The check lists ask for them and judge them; what comes
 * out of one is hostile until an authentic check has come, and a frame with
 * an impossible length ends it at any time.
 */

#ifndef NETPROC_STREAM_H
#define NETPROC_STREAM_H

#include <sys/types.h>
#include <sys/queue.h>

#include <event.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "ice/ice.h"
#include "netproc/frames.h"
#include "relay/relay.h"

#define NET_STREAMS_MAX		1024	/* in all */
#define NET_STREAMS_PEER	16	/* of one peer */
#define NET_STREAM_READS	4	/* in one turn of a stream */
#define NET_STREAM_PROOF_MS	5000	/* until an authentic check */
#define NET_STREAM_LINGER_MS	ICE_LINGER_MS	/* of the last introduction */

/* Dialling a peer: fast while both are at it, then rarely. */
#define NET_DIAL_MS		2500	/* one attempt, with its SYN again */
#define NET_DIAL_FAST_MS	3000
#define NET_DIAL_JITTER_MIN	50	/* random pause, growing ... */
#define NET_DIAL_JITTER_MAX	250
#define NET_DIAL_BUSY_MS	100	/* our addresses are in use */
#define NET_DIAL_SLOW_MS	1000	/* and up to as much again */
#define NET_DIAL_FAR_MS		2000	/* no route, the same */

#define NET_RELAY_DIAL_MS	5000	/* to reach the relay */
#define NET_RELAY_AGAIN_MS	500
#define NET_RELAY_JOIN_MS	10000	/* until the peer is there, too */

struct env;
struct net_peer;

enum stream_state {
	STREAM_IDLE,		/* dialled when due */
	STREAM_DIALLING,
	STREAM_JOINING,		/* the relay waits for the peer */
	STREAM_OPEN
};

/* The code of an introduction; it is wiped when the relay was given it. */
struct stream_relay {
	struct endpoint	 ep;		/* family 0: none */
	uint8_t		 code[RELAY_CODE_LEN];
	uint8_t		 side;
	int		 used;
	int		 failed;	/* and ctlproc knows */
};

struct stream {
	LIST_ENTRY(stream)	 all;
	LIST_ENTRY(stream)	 siblings;	/* of the peer */
	struct env		*env;
	uint32_t		 peer;
	uint64_t		 number;	/* of the introduction */
	enum ice_via		 via;
	enum stream_state	 state;
	int			 told;		/* the check list knows */
	int			 proven;	/* by an authentic check */
	int			 broken;	/* seen while sending */
	int			 lingers;	/* until due, then closed */
	int			 accepted;	/* never dialled */
	int			 dead;		/* freed at the next tick */
	int			 writing;	/* its event is pending */
	int			 fd;		/* or -1 */
	struct endpoint		 remote, local;
	uint64_t		 began;		/* dialling, mono ms */
	uint64_t		 due;
	uint8_t			 status[RELAY_STATUS_LEN];
	size_t			 nstatus;
	struct event		 ev_read, ev_write;
	struct frame_in		 in;
	struct frame_queue	 out;
};

LIST_HEAD(stream_list, stream);

/* streams.c: what the check lists ask for. */

/* Begin or end what a check list wants, from inside of it. */
void		 streams_connect(struct env *, struct net_peer *,
		    enum ice_via, const struct endpoint *, int on);
/* The stream of this introduction, NULL when there is none. */
struct stream	*streams_find(const struct net_peer *, enum ice_via,
		    const struct endpoint *);
/*
 * A connection that a peer has made, and the authentic check that came out of
 * it first.  The descriptor is closed when it is of no use.
 */
void		 streams_accepted(struct env *, int fd,
		    const struct endpoint *remote, const struct endpoint *local,
		    const struct stun_msg *, const uint8_t *pkt, size_t len);
/* A new introduction: an open stream stays for it or for the old path. */
void		 streams_restart(struct env *, struct net_peer *);
/* Those of earlier introductions are closed, when they are empty. */
void		 streams_leave_old(struct env *, struct net_peer *);
void		 streams_remove(struct env *, struct net_peer *);
uint64_t	 streams_tick(struct env *, uint64_t now);
/* An attempt has ended well; it may still be the wrong host. */
void		 streams_opened(struct stream *);
/* The relay did not, or does not any more, join us with the peer. */
void		 streams_relay_failed(struct env *, struct net_peer *);

/* stream.c: one connection. */
void		 stream_dial(struct stream *, uint64_t now);
void		 stream_open(struct stream *, uint64_t now);
/* Close the socket, forget what was under way. */
void		 stream_shut(struct stream *);
/* Close and forget the stream; its memory is good until the next tick. */
void		 stream_end(struct stream *);
/* Packets of one size but the last; whole ones are lost when too many wait. */
void		 stream_send(struct stream *, const uint8_t *, size_t len,
		    size_t segment);
/* What failed is dealt with at the next tick, which is soon. */
void		 stream_break(struct stream *);

/* stream_read.c: what comes out of it. */
void		 stream_readable(int, short, void *);

#endif /* NETPROC_STREAM_H */
