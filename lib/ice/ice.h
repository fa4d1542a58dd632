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
 * learnt from where packets arrive.  Time is monotonic milliseconds.
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
#define ICE_GIVE_UP_MS		10000	/* a pair's first round of checks */
#define ICE_RECHECK_MS		30000	/* between rounds of a failed pair */
#define ICE_RECHECK_ROUND_MS	2500	/* length of such a round */
#define ICE_HOLD_MS		50	/* from start: wait for a better pair */
#define ICE_IDLE_MS		15000	/* consent on the selected pair, idle */
#define ICE_ACTIVE_MS		2500	/* the same when in use */
#define ICE_ALTERNATE_MS	25000	/* consent on the other valid pairs */
#define ICE_PROBE_MS		500	/* between unanswered consent checks */
#define ICE_PROBE_TRIES		3	/* that many and the pair is lost */
#define ICE_NOMINATE_TRIES	5	/* the same for a nomination */
#define ICE_ANSWER_LIFE_MS	5000	/* a later answer proves nothing */
#define ICE_ANSWERS_PER_SEC	64

enum ice_type {
	ICE_LOCAL = 1,		/* an address of the peer's own network */
	ICE_ADAPTER,		/* another adapter, such as an existing VPN */
	ICE_PUBLIC,		/* as seen from the internet */
	ICE_RELAY,
	ICE_PEER_REFLEXIVE	/* where an authentic check came from */
};

enum ice_transport {
	ICE_UDP = 1,
	ICE_TCP			/* signalled, not yet checked */
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

/* Called from inside of the functions below; they must not call back in. */
struct ice_ops {
	void	(*send)(void *arg, const struct endpoint *to,
		    const uint8_t *pkt, size_t len);
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
	uint64_t	paths_lost;
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
	uint64_t		 last_ok;	/* last good answer */
	uint32_t		 round_ms;
	uint32_t		 rto;
	uint32_t		 rtt_us;	/* smoothed; 0 not known */
	uint8_t			 state;		/* enum ice_state */
	uint8_t			 tries;		/* unanswered when succeeded */
	uint8_t			 tries_max;
	uint8_t			 triggered;	/* one per retransmission */
	uint8_t			 nominated;	/* by the peer, not yet valid */
	uint8_t			 own;		/* our own address: not used */
	uint8_t			 tx_next;
	struct ice_tx		 tx[ICE_TX_MAX];
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
	uint64_t		 window;	/* start of the rate window */
	uint32_t		 window_count;
	uint32_t		 nomination;	/* latest, ours or theirs */
	uint32_t		 burst;		/* first checks not paced */
	int			 selected;	/* index of pair, or -1 */
	uint8_t			 role;
	uint8_t			 started;
	uint8_t			 active;
	uint32_t		 npairs;
	uint32_t		 nremote;	/* signalled ones of these */
	uint32_t		 nown;
	struct ice_path		 path;
	struct ice_stats	 stats;
	struct endpoint		 own[ICE_OWN_MAX];
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
};

/*
 * Begin, or begin anew on the same memory (a restart).  The seed must be fresh
 * random bytes; it makes the transaction ids.  0, or -1 (EINVAL) when the
 * credentials are too short or not terminated.
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
 * A candidate of the peer, at any time.  0 when it is checked from now on or
 * known already; 1 when it is passed over (own or unusable address, TCP); -1
 * when it is malformed (EINVAL) or one too many (ENOSPC).  Call ice_tick
 * afterwards if checks have started.
 */
int		 ice_add_remote(struct ice *, const struct ice_candidate *);

/* Send the first burst.  An authentic check of the peer starts too. */
void		 ice_start(struct ice *, uint64_t now);

/*
 * A parsed datagram that came from an address to one of ours (NULL or family
 * 0 when not known).  0 when it was for this introduction and is done with, -1
 * when not: see the counters.  Call ice_tick afterwards for the next wake-up.
 */
int		 ice_input(struct ice *, const struct stun_msg *,
		    const uint8_t *pkt, size_t len,
		    const struct endpoint *from, const struct endpoint *local,
		    uint64_t now);

/* Do what is due; returns when to be called again, or ICE_NEVER. */
uint64_t	 ice_tick(struct ice *, uint64_t now);

/* The path is (not) in use: consent is asked more (less) often. */
void		 ice_set_active(struct ice *, int);

/*
 * Optional, before ice_start, ice_input and ice_tick: the same time in
 * microseconds, for round-trip times finer than a millisecond.
 */
void		 ice_set_clock_us(struct ice *, uint64_t);

/* The own network has changed: check every pair again, now. */
void		 ice_recheck(struct ice *, uint64_t now);

/* The path in use, or NULL; good until the next call. */
const struct ice_path	*ice_path(const struct ice *);

/* Cheap look if a request's USERNAME, or an answer's origin, is ours. */
int		 ice_owns(const struct ice *, const struct stun_msg *,
		    const struct endpoint *from);

/* Pairs 0 to ice_pair_count - 1, in no order; -1 when out of range. */
size_t		 ice_pair_count(const struct ice *);
int		 ice_pair_get(const struct ice *, size_t,
		    struct ice_pair_info *);

/* RFC 8445 5.1.2.1, with our order of types; UDP before TCP, IPv6 first. */
uint32_t	 ice_candidate_priority(enum ice_type, enum ice_transport,
		    int family);

const char	*ice_type_name(int);
const char	*ice_transport_name(int);
const char	*ice_state_name(int);

#endif /* ICE_ICE_H */
