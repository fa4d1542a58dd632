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
 * The check list of ICE (RFC 8445) for one introduction, as a pure state
 * machine: events and time go in, packets and the next wake-up come out.
 * Nothing is allocated, no clock is read; the caller gives the memory.  A
 * message that does not prove knowledge of the introduction's passwords
 * changes no state but the counters.
 *
 * One UDP socket for each family is shared by all introductions and bound to
 * the wildcard address, so a pair is a remote candidate; the local address is
 * learnt from where packets arrive.  TCP and the relay are streams: the caller
 * dials on request, as long as it is told to, and reports what comes of it.
 * Time is monotonic milliseconds.
 */

#ifndef ICE_ICE_H
#define ICE_ICE_H

#include <sys/types.h>

#include <stdint.h>

#include "base/endpoint.h"
#include "stun/stun.h"

#define ICE_CAND_MAX		32	/* signalled remote candidates */
#define ICE_REFLEXIVE_MAX	16	/* learnt from the peer's checks */
#define ICE_PAIR_MAX		(ICE_CAND_MAX + ICE_REFLEXIVE_MAX)
#define ICE_OWN_MAX		32	/* own addresses to avoid */
#define ICE_AVOID_MAX		4	/* prefixes to avoid */
#define ICE_TX_MAX		8	/* unanswered checks of a pair */
#define ICE_UFRAG_MIN		4	/* RFC 8445 5.3 */
#define ICE_UFRAG_MAX		16
#define ICE_PWD_MIN		22	/* RFC 8445 5.3 */
#define ICE_PWD_MAX		32
#define ICE_SEED_LEN		32
#define ICE_NEVER		UINT64_MAX

#define ICE_BURST		8	/* pairs checked at once at start */
#define ICE_TA_MS		20	/* between first checks after that */
#define ICE_RTO_MS		100	/* first retransmission, doubled ... */
#define ICE_RTO_MAX_MS		1000	/* ... up to this */
#define ICE_GIVE_UP_MS		10000	/* the first round of checks */
#define ICE_RECHECK_MS		30000	/* from a round to the next one */
#define ICE_RECHECK_ROUND_MS	2500	/* length of a later round */
#define ICE_HOLD_MS		50	/* from start: wait for a better pair */
#define ICE_IDLE_MS		15000	/* consent on the idle path, at first */
#define ICE_IDLE_MIN_MS		5000	/* where mappings die early */
#define ICE_IDLE_MAX_MS		25000	/* where they are known to last */
#define ICE_IDLE_STEP_MS	2500	/* longer after each good one */
#define ICE_IDLE_GRID_MS	5000	/* sessions wake together */
#define ICE_IDLE_LATE_MS	4000	/* the other side has until then */
#define ICE_IDLE_HEARD_MS	60000	/* that its checks do for ours */
#define ICE_IDLE_AGAIN_MS	3600000	/* until a longer one is tried */
#define ICE_ACTIVE_MS		1000	/* the same when in use */
#define ICE_ALTERNATE_MS	25000	/* consent on the other valid pairs */
#define ICE_PROBE_MS		300	/* between unanswered consent checks */
#define ICE_PROBE_TRIES		3	/* that many and the pair is lost */
#define ICE_SUSPECT_MS		150	/* the first of these, if silent */
#define ICE_SUSPECT_STREAM_MS	1000	/* the same on a stream */
#define ICE_NOMINATE_TRIES	5	/* the same for a nomination */
#define ICE_ANSWER_LIFE_MS	5000	/* a later answer proves nothing */
#define ICE_ANSWERS_PER_SEC	64

/* Opening (public UDP): packets that pass our router and no other. */
#define ICE_OPEN_COUNT		2	/* of these, ... */
#define ICE_OPEN_GAP_MS		20	/* ... so far apart */
#define ICE_OPEN_TTL		2
#define ICE_OPEN_MS		80	/* from start to the normal checks */
#define ICE_OPEN_MAX_MS		1000	/* in a later round, at most */

/* Streams. */
#define ICE_TCP_DELAY_MS	200	/* from start, unless UDP passes */
#define ICE_RELAY_DELAY_MS	1000	/* from start, unless direct */
#define ICE_STREAM_TIMEOUT_MS	2000	/* for the answer to a check */
#define ICE_STREAM_TRIES	2	/* consent checks, then it is lost */
#define ICE_STREAM_ROUND_MS	5000	/* dialling in a later round */
#define ICE_LINGER_MS		5000	/* kept for packets in flight */

/* Guessed candidates (port prediction). */
#define ICE_GUESS_MAX		32	/* alive at once */
#define ICE_GUESS_TRIES		2	/* checks to each, the last ... */
#define ICE_GUESS_RTO_MS	250	/* ... after that, if there is time */
#define ICE_GUESS_TA_MS		2	/* between checks */
#define ICE_GUESS_LIFE_MS	1000	/* after the last check */

enum ice_type {
	ICE_LOCAL = 1,		/* an address of the peer's own network */
	ICE_ADAPTER,		/* another adapter, such as an existing VPN */
	ICE_PUBLIC,		/* as seen from the internet */
	ICE_RELAY,
	ICE_PEER_REFLEXIVE	/* where an authentic check came from */
};

enum ice_transport {
	ICE_UDP = 1,
	ICE_TCP
};

/* How packets of a pair travel; the first two as in enum ice_transport. */
enum ice_via {
	ICE_VIA_UDP = ICE_UDP,
	ICE_VIA_TCP = ICE_TCP,	/* direct, the peer's endpoint */
	ICE_VIA_RELAY		/* a stream to the relay's endpoint */
};

enum ice_role {
	ICE_CONTROLLING = 1,
	ICE_CONTROLLED
};

enum ice_state {
	ICE_WAITING = 0,
	ICE_IN_PROGRESS,
	ICE_SUCCEEDED,
	ICE_FAILED
};

struct ice_candidate {
	uint8_t		type;		/* enum ice_type */
	uint8_t		transport;	/* enum ice_transport */
	uint32_t	priority;	/* 0: ice_candidate_priority */
	struct endpoint	ep;
};

struct ice_credentials {
	char	ufrag[ICE_UFRAG_MAX + 1];
	char	pwd[ICE_PWD_MAX + 1];
};

struct ice_path {
	uint8_t		type;		/* of the remote candidate */
	uint8_t		transport;
	uint32_t	rtt_us;		/* smoothed; 0 not known */
	struct endpoint	local;		/* family 0 when not known */
	struct endpoint	remote;
};

/*
 * Called from inside of the functions below; they must not call back in.
 * A ttl of 0 is the system's own; else it is the hop limit of this packet
 * (UDP only), and a complaint of a router about it is to be ignored.
 *
 * connect, on: dial, and dial again when refused, timed out or cut, until it
 * is taken back: quickly for some seconds, then rarely, since the controlled
 * side is not told to stop while there is no path at all.  Tell each success
 * and each loss (ice_connected and ice_disconnected, never from inside of the
 * call); also when the peer's own connection from there is at hand already.
 * It is asked for once.  off: stop dialling, close; report nothing more.  It
 * also comes for streams the peer has opened.  NULL: there are no streams here.
 */
struct ice_ops {
	void	(*send)(void *arg, enum ice_via, const struct endpoint *to,
		    const uint8_t *pkt, size_t len, unsigned int ttl);
	void	(*connect)(void *arg, enum ice_via, const struct endpoint *to,
		    int on);
	void	(*selected)(void *arg, const struct ice_path *);
	void	(*lost)(void *arg);	/* no valid pair is left */
};

/* What happened, by reason; packets unless said otherwise. */
struct ice_stats {
	uint64_t	checks_sent;
	uint64_t	requests_answered;
	uint64_t	answers_accepted;
	uint64_t	bad_class;	/* no Binding request or answer */
	uint64_t	bad_username;
	uint64_t	bad_integrity;
	uint64_t	bad_fingerprint;	/* missing */
	uint64_t	bad_request;	/* an attribute is missing or twofold */
	uint64_t	bad_answer;	/* authentic, but of no use */
	uint64_t	not_ours;	/* answer to no check of ours */
	uint64_t	limited;	/* over ICE_ANSWERS_PER_SEC */
	uint64_t	role_conflicts;
	uint64_t	old_nominations;	/* overtaken by a later one */
	uint64_t	reflexive_full;	/* no place for a learnt candidate */
	uint64_t	own_skipped;	/* candidates: our own address */
	uint64_t	unsupported;	/* candidates we cannot check */
	uint64_t	avoided;	/* candidates and checks: a prefix */
	uint64_t	paths_lost;
	uint64_t	opened;		/* packets with ICE_OPEN_TTL */
	uint64_t	rounds;		/* begun after the first */
	uint64_t	connects;	/* streams asked for */
	uint64_t	unanswered;	/* checks on streams */
	uint64_t	guesses_sent;
	uint64_t	guesses_right;
};

struct ice_tx {
	uint8_t		id[STUN_ID_LEN];
	uint8_t		used;
	uint8_t		role;		/* as it was told in the check */
	uint8_t		nominate;	/* carried USE-CANDIDATE */
	uint64_t	sent_us;
};

struct ice_pair {
	struct ice_candidate	 remote;
	struct endpoint		 local;		/* family 0 until learnt */
	struct endpoint		 mapped;	/* as the peer saw us */
	uint64_t		 rank;		/* greater is better */
	uint64_t		 due;		/* next action, or ICE_NEVER */
	uint64_t		 deadline;	/* end of this round */
	uint64_t		 linger_until;	/* then the stream goes; 0 */
	uint64_t		 last_ok;	/* last good answer */
	uint64_t		 heard;		/* last check from there */
	uint32_t		 round_ms;
	uint32_t		 rto;
	uint32_t		 rtt_us;	/* smoothed; 0 not known */
	uint8_t			 state;		/* enum ice_state */
	uint8_t			 tries;		/* unanswered when succeeded */
	uint8_t			 tries_max;
	uint8_t			 triggered;	/* one per retransmission */
	uint8_t			 nominated;	/* by the peer, not yet valid */
	uint8_t			 own;		/* ours or avoided: not used */
	uint8_t			 opening;	/* 1 + packets yet to go */
	uint8_t			 via;		/* enum ice_via */
	uint8_t			 wanted;	/* asked the caller to dial */
	uint8_t			 connected;
	uint8_t			 passive;	/* the peer has dialled */
	uint8_t			 tx_next;
	struct ice_tx		 tx[ICE_TX_MAX];
};

/* A candidate nobody has signalled; it becomes a pair when it is right. */
struct ice_guess {
	struct endpoint		 ep;
	uint8_t			 id[STUN_ID_LEN];
	uint8_t			 tries;
	uint64_t		 due;		/* next check, or the end */
};

struct ice_prefix {
	struct endpoint		 ep;
	unsigned int		 plen;
};

struct ice {
	const struct ice_ops	*ops;
	void			*arg;
	struct ice_credentials	 local;
	struct ice_credentials	 remote;
	char			 user_in[2 * ICE_UFRAG_MAX + 2];
	char			 user_out[2 * ICE_UFRAG_MAX + 2];
	uint8_t			 seed[ICE_SEED_LEN];
	uint64_t		 counter;	/* of transaction ids */
	uint64_t		 tie_breaker;
	uint64_t		 now;		/* of the call under way */
	uint64_t		 now_us;
	uint64_t		 clock_us;
	uint64_t		 pace_at;	/* next first check */
	uint64_t		 hold_until;
	uint64_t		 round_at;	/* start of this round */
	uint64_t		 round_end;
	uint64_t		 round_next;	/* start of the next one */
	uint64_t		 open_until;	/* opening in this round */
	uint64_t		 guess_at;	/* next check of a guess */
	uint64_t		 window;	/* start of the rate window */
	uint64_t		 idle_grow_at;	/* idle_ms stays until then */
	uint32_t		 idle_ms;	/* between checks when idle */
	uint32_t		 window_count;
	uint32_t		 nomination;	/* latest, ours or theirs */
	uint32_t		 round;		/* number of our rounds */
	uint32_t		 round_peer;	/* latest the peer told */
	uint32_t		 open_ms;
	uint32_t		 burst;		/* first checks not paced */
	int			 selected;	/* index of pair, or -1 */
	uint8_t			 role;
	uint8_t			 started;
	uint8_t			 active;
	uint8_t			 peer_open;	/* the peer has begun, too */
	uint32_t		 npairs;
	uint32_t		 nremote;	/* signalled ones of these */
	uint32_t		 nown;
	uint32_t		 navoid;
	uint32_t		 nguesses;
	struct ice_path		 path;
	struct ice_stats	 stats;
	struct endpoint		 own[ICE_OWN_MAX];
	struct ice_prefix	 avoid[ICE_AVOID_MAX];
	struct ice_guess	 guesses[ICE_GUESS_MAX];
	struct ice_pair		 pairs[ICE_PAIR_MAX];
};

/* One line of a display. */
struct ice_pair_info {
	struct ice_candidate	remote;
	struct endpoint		local;
	struct endpoint		mapped;
	uint32_t		rtt_us;
	enum ice_state		state;
	int			selected;
	int			connected;	/* streams */
};

/*
 * Begin, or begin anew on the same memory (a restart).  The seed must be fresh
 * random bytes; it makes the transaction ids.  Streams that had been asked for
 * are forgotten, not closed: the caller knows which are still of use.  0, or -1
 * (EINVAL) when the credentials are too short or not terminated.
 */
int		 ice_init(struct ice *, const struct ice_ops *, void *arg,
		    enum ice_role, uint64_t tie_breaker,
		    const struct ice_credentials *local,
		    const struct ice_credentials *remote,
		    const uint8_t seed[ICE_SEED_LEN]);

/* Forget everything, secrets included. */
void		 ice_wipe(struct ice *);

/* An own address: never to be checked.  0, or -1 (ENOSPC). */
int		 ice_add_local(struct ice *, const struct ice_candidate *);

/*
 * No path through these addresses: those inside the overlay itself.  Pairs that
 * are there already are given up unless valid.  0, or -1 (EINVAL, ENOSPC).
 */
int		 ice_add_avoid(struct ice *, const struct endpoint *prefix,
		    unsigned int plen);

/*
 * A candidate of the peer, at any time.  The same endpoint may come as UDP and
 * as TCP; a relay (ICE_RELAY with ICE_TCP) is where the two meet.  0 when it is
 * checked from now on or known already; 1 when it is passed over (own, avoided
 * or unusable address; a stream where there are none); -1 when it is malformed
 * (EINVAL) or one too many (ENOSPC).  Call ice_tick afterwards if checks have
 * started.
 */
int		 ice_add_remote(struct ice *, const struct ice_candidate *);

/*
 * An UDP endpoint where the peer may be: checked ICE_GUESS_TRIES times at most,
 * then dropped.  A check or an answer from there makes it a pair like any that
 * is learnt.  One that was tried gives its place to a newer one.  All are
 * dropped when the path is UDP.  0, also when there is nothing to do; 1 when
 * passed over as above; -1 (EINVAL, or EAGAIN: none has been tried yet, come
 * again after ice_tick).
 */
int		 ice_add_guess(struct ice *, const struct endpoint *);

/*
 * How long only the own router is opened before normal checks go to public
 * UDP candidates, ICE_OPEN_MS at first; 0: not at all.  Before ice_start.
 */
void		 ice_set_open_ms(struct ice *, unsigned int);

/* Send the first burst.  An authentic check of the peer starts too. */
void		 ice_start(struct ice *, uint64_t now);

/*
 * A parsed datagram, or packet of a stream, that came from an address (of a
 * stream: the one it was dialled to or accepted from; the relay's) to one of
 * ours (NULL or family 0 when not known).  0 when it was for this introduction
 * and is done with, -1 when not: see the counters.  An authentic check on a
 * direct stream that the caller had accepted makes a pair of it.  Call ice_tick
 * afterwards for the next wake-up.
 */
int		 ice_input(struct ice *, const struct stun_msg *,
		    const uint8_t *pkt, size_t len, enum ice_via,
		    const struct endpoint *from, const struct endpoint *local,
		    uint64_t now);

/*
 * A stream is there; local may be NULL.  Of the relay: as soon as packets can
 * be written to it, whether the peer has come or not.  0, or -1 when it is of
 * no use here: with an accepted one the caller waits for a check (ice_input
 * takes it then), any other it closes.  Call ice_tick afterwards.
 */
int		 ice_connected(struct ice *, enum ice_via,
		    const struct endpoint *remote,
		    const struct endpoint *local, uint64_t now);

/*
 * It is gone again.  One that was asked for is dialled anew by the caller,
 * until connect is called with 0.  Of an attempt that failed nothing need be
 * told.  Call ice_tick afterwards.
 */
void		 ice_disconnected(struct ice *, enum ice_via,
		    const struct endpoint *remote, uint64_t now);

/* Do what is due; returns when to be called again, or ICE_NEVER. */
uint64_t	 ice_tick(struct ice *, uint64_t now);

/* The path is (not) in use: consent is asked more (less) often. */
void		 ice_set_active(struct ice *, int);

/*
 * Milliseconds between two checks of a path that is not used, as learnt so
 * far (0 before ice_init), and to begin with what was learnt before, after
 * ice_init.
 */
uint32_t	 ice_idle_interval(const struct ice *);
void		 ice_set_idle_interval(struct ice *, uint32_t ms, uint64_t now);

/*
 * Optional, before ice_start, ice_input and ice_tick: the same time in
 * microseconds, for round-trip times finer than a millisecond.
 */
void		 ice_set_clock_us(struct ice *, uint64_t);

/* The own network has changed: check every pair again, now; the peer too. */
void		 ice_recheck(struct ice *, uint64_t now);

/*
 * The peer was heard on the path in use, and is not any more, though we send:
 * ask at once instead of when it is time, and wait less for the answer.  Call
 * ice_tick afterwards.
 */
void		 ice_suspect(struct ice *, uint64_t now);

/* Has the path in use failed to answer, so far? */
int		 ice_in_doubt(const struct ice *);

/* The path in use, or NULL; good until the next call. */
const struct ice_path	*ice_path(const struct ice *);

/*
 * Cheap look if a request's USERNAME, or an answer's origin, is ours.  (Of a
 * stream the caller knows whose it is, unless it was accepted: a request.)
 */
int		 ice_owns(const struct ice *, const struct stun_msg *,
		    const struct endpoint *from);

/* The same for a request of the peer that proves itself. */
int		 ice_is_authentic(const struct ice *, const struct stun_msg *);

/* Pairs 0 to ice_pair_count - 1, in no order; -1 when out of range. */
size_t		 ice_pair_count(const struct ice *);
int		 ice_pair_get(const struct ice *, size_t,
		    struct ice_pair_info *);

/* How to send on a path or to a candidate. */
enum ice_via	 ice_via_of(int type, int transport);

/* RFC 8445 5.1.2.1, with our order of types; UDP before TCP, IPv6 first. */
uint32_t	 ice_candidate_priority(enum ice_type, enum ice_transport,
		    int family);

const char	*ice_type_name(int);
const char	*ice_transport_name(int);
const char	*ice_state_name(int);

#endif /* ICE_ICE_H */
