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
 * Asking the router for an open port: a client of PCP (RFC 6887, version 2,
 * opcode MAP) and of NAT-PMP (RFC 6886) for one gateway, as a pure state
 * machine: events and time go in, packets and the next wake-up come out.
 * Nothing is allocated, no clock is read; the caller gives the memory.
 *
 * Both protocols are asked at once; the first that answers well is used until
 * the gateway is lost.  The PCP question may make a mapping, the NAT-PMP one
 * asks for the outside address alone, so a gateway that speaks both is left
 * with one mapping.  Packets are trusted from the gateway's address only, in
 * PCP with the nonce of the question too; NAT-PMP has nothing of the kind, so
 * there an answer needs a question under way.
 *
 * The outside address is told as it is: behind two translators it is private,
 * and a candidate like any other.  Over IPv6 (PCP alone) the same exchange
 * opens a firewall.  Time is monotonic milliseconds.
 */

#ifndef PORTMAP_PORTMAP_H
#define PORTMAP_PORTMAP_H

#include <sys/types.h>

#include <stdint.h>

#include "base/endpoint.h"

#define PORTMAP_MAX		2	/* mappings: UDP and TCP */
#define PORTMAP_UDP		17	/* numbers of IP protocols */
#define PORTMAP_TCP		6
#define PORTMAP_PORT		5351	/* of the gateway */
#define PORTMAP_SEED_LEN	32
#define PORTMAP_NONCE_LEN	12
#define PORTMAP_REQUEST_MAX	60	/* longest packet we send */
#define PORTMAP_PACKET_MAX	1100	/* longest we accept, RFC 6887 7 */
#define PORTMAP_NEVER		UINT64_MAX

#define PORTMAP_LIFETIME	7200	/* seconds asked for */
#define PORTMAP_LIFETIME_MIN	10	/* less is as good as refused */
#define PORTMAP_LIFETIME_MAX	86400	/* more is not believed */
#define PORTMAP_PCP_RTO_MS	3000	/* RFC 6887 8.1.1, doubled ... */
#define PORTMAP_PCP_TRIES	5	/* ... this often: 93 s in all */
#define PORTMAP_PMP_RTO_MS	250	/* RFC 6886 3.1, doubled ... */
#define PORTMAP_PMP_TRIES	9	/* ... this often: 128 s in all */
#define PORTMAP_RENEW_TRIES	3	/* then at half of what remains */
#define PORTMAP_APART_MS	4000	/* renewals, RFC 6887 11.2.1 */
#define PORTMAP_GRACE_MS	250	/* for PCP when NAT-PMP was faster */
#define PORTMAP_REFUSED_MS	30000	/* after a refusal, doubled ... */
#define PORTMAP_QUIET_MS	60000	/* when nobody answers, doubled ... */
#define PORTMAP_BACKOFF_MAX_MS	3600000	/* ... up to this */
#define PORTMAP_DELETE_RTO_MS	250
#define PORTMAP_DELETE_TRIES	3

enum portmap_protocol {
	PORTMAP_UNDECIDED = 0,
	PORTMAP_PCP,
	PORTMAP_NATPMP
};

enum portmap_state {
	PORTMAP_IDLE = 0,	/* nothing is wanted */
	PORTMAP_ASKING,		/* both protocols are asked */
	PORTMAP_SPEAKING,	/* one has answered */
	PORTMAP_QUIET,		/* none has: waiting to ask again */
	PORTMAP_RELEASED	/* after portmap_release */
};

/* Why there is no mapping. */
enum portmap_reason {
	PORTMAP_EXPIRED = 1,	/* could not be renewed */
	PORTMAP_REFUSED,	/* see portmap_info.result */
	PORTMAP_SILENT,		/* the gateway speaks neither protocol */
	PORTMAP_GIVEN_UP	/* portmap_unwant, portmap_release */
};

/* Results of PCP, RFC 6887 7.4. */
enum portmap_pcp_result {
	PCP_SUCCESS = 0,
	PCP_UNSUPP_VERSION,
	PCP_NOT_AUTHORIZED,
	PCP_MALFORMED_REQUEST,
	PCP_UNSUPP_OPCODE,
	PCP_UNSUPP_OPTION,
	PCP_MALFORMED_OPTION,
	PCP_NETWORK_FAILURE,
	PCP_NO_RESOURCES,
	PCP_UNSUPP_PROTOCOL,
	PCP_USER_EX_QUOTA,
	PCP_CANNOT_PROVIDE_EXTERNAL,
	PCP_ADDRESS_MISMATCH,
	PCP_EXCESSIVE_REMOTE_PEERS
};

/* Results of NAT-PMP, RFC 6886 3.5. */
enum portmap_pmp_result {
	PMP_SUCCESS = 0,
	PMP_UNSUPP_VERSION,
	PMP_NOT_AUTHORIZED,
	PMP_NETWORK_FAILURE,
	PMP_NO_RESOURCES,
	PMP_UNSUPP_OPCODE
};

/* Called from inside of the functions below; they must not call back in. */
struct portmap_ops {
	void	(*send)(void *arg, const struct endpoint *to,
		    const uint8_t *pkt, size_t len);
	/*
	 * There is a mapping of proto at the outside endpoint, good for the
	 * seconds given and renewed in time.  Called for each renewal too.
	 */
	void	(*mapped)(void *arg, uint8_t proto,
		    const struct endpoint *external, uint32_t lifetime);
	/* It is gone, or there is none to be had for now; once each time. */
	void	(*unmapped)(void *arg, uint8_t proto, enum portmap_reason);
};

/* What happened, by reason; packets unless said otherwise. */
struct portmap_stats {
	uint64_t	sent;
	uint64_t	accepted;	/* answers, refusals included */
	uint64_t	refusals;
	uint64_t	versions;	/* refusals of a version */
	uint64_t	epoch_resets;	/* the gateway lost its mappings */
	uint64_t	bad_source;	/* dropped from here on */
	uint64_t	bad_length;
	uint64_t	bad_version;
	uint64_t	bad_opcode;
	uint64_t	not_answer;	/* a request, not an answer */
	uint64_t	bad_nonce;
	uint64_t	not_ours;	/* no such protocol and inside port */
	uint64_t	unasked;	/* no such question is under way */
	uint64_t	bad_answer;	/* useless address, port or lifetime */
};

/* A question under way, and its repetitions. */
struct portmap_request {
	uint64_t	due;		/* next repetition, or PORTMAP_NEVER */
	uint32_t	rto;
	uint8_t		tries;
	uint8_t		limit;
	uint8_t		asked;
};

struct portmap_mapping {
	struct portmap_request	req;
	struct endpoint		suggested;	/* family 0, port 0: any */
	struct endpoint		external;	/* when held */
	uint64_t		start;		/* next request, or NEVER */
	uint64_t		expires;
	uint32_t		backoff;
	uint16_t		internal;	/* port */
	uint16_t		result;		/* of the last refusal */
	uint8_t			proto;
	uint8_t			wanted;
	uint8_t			held;
	uint8_t			stale;		/* held before a reset */
	uint8_t			refused;	/* in this round of asking */
	uint8_t			deleting;
	uint8_t			told;		/* 1 mapped, 2 unmapped */
	uint8_t			nonce[PORTMAP_NONCE_LEN];
};

struct portmap_epoch {
	uint32_t	server;		/* seconds, as the gateway counts */
	uint64_t	client;		/* our time when it was heard */
	uint8_t		known;
};

struct portmap {
	const struct portmap_ops	*ops;
	void				*arg;
	struct endpoint			 gateway;
	struct endpoint			 own;
	struct endpoint			 outside;	/* NAT-PMP; port 0 */
	struct portmap_request		 address;	/* its question */
	struct portmap_epoch		 epoch[2];	/* PCP, NAT-PMP */
	struct portmap_stats		 stats;
	uint64_t			 random;
	uint64_t			 grace;		/* end, or NEVER */
	uint64_t			 retry;		/* end of quiet */
	uint64_t			 remapped;	/* last reset, or 0 */
	uint32_t			 quiet_ms;
	uint32_t			 error_ms;	/* told by a refusal */
	uint8_t				 state;		/* portmap_state */
	uint8_t				 protocol;	/* portmap_protocol */
	struct portmap_mapping		 maps[PORTMAP_MAX];
};

/* For display. */
struct portmap_info {
	enum portmap_state	state;
	enum portmap_protocol	protocol;
	int			held;
	uint16_t		internal;
	uint16_t		result;		/* of the last refusal, or 0 */
	uint64_t		expires;	/* when held */
	struct endpoint		external;	/* family 0 unless held */
};

/*
 * Begin, or begin anew on the same memory, as when the gateway or the own
 * address has changed.  The gateway's port 0 means PORTMAP_PORT; of the own
 * address, as the gateway sees it, the port is not used.  The seed is random
 * bytes that nobody can guess: nonces come of it, so the same seed at the same
 * gateway finds its own mappings again.  0, or -1 (EINVAL) when the two
 * addresses are not of one family.
 */
int		 portmap_init(struct portmap *, const struct portmap_ops *,
		    void *arg, const struct endpoint *gateway,
		    const struct endpoint *own,
		    const uint8_t seed[PORTMAP_SEED_LEN]);

/* Forget everything, nonces included, without a word to the gateway. */
void		 portmap_wipe(struct portmap *);

/*
 * Ask for the inside port, preferably at the outside endpoint suggested (NULL:
 * the same port at any address); the gateway may give another.  One port of
 * each protocol: another one replaces it.  Call portmap_tick afterwards.
 * 0, or -1 (EINVAL) for another protocol or port 0.
 */
int		 portmap_want(struct portmap *, uint8_t proto,
		    uint16_t internal, const struct endpoint *suggested,
		    uint64_t now);

/* Give the mapping of proto back. */
void		 portmap_unwant(struct portmap *, uint8_t proto,
		    uint64_t now);

/*
 * A datagram that came to the socket from an address.  0 when it was an
 * answer for us, -1 when it was dropped: see the counters.  Call portmap_tick
 * afterwards for the next wake-up.
 */
int		 portmap_input(struct portmap *, const struct endpoint *from,
		    const uint8_t *pkt, size_t len, uint64_t now);

/* Do what is due; returns when to be called again, or PORTMAP_NEVER. */
uint64_t	 portmap_tick(struct portmap *, uint64_t now);

/*
 * Something may have changed (the public address seen elsewhere has): ask
 * again at once, or four seconds after the last time.  portmap_tick afterwards.
 */
void		 portmap_recheck(struct portmap *, uint64_t now);

/* The gateway's port is closed, as an ICMP error says (RFC 6886 3.1). */
void		 portmap_unreachable(struct portmap *, uint64_t now);

/*
 * Give every mapping back.  The first packets leave at once; portmap_tick
 * repeats them a few times, until portmap_is_released.
 */
void		 portmap_release(struct portmap *, uint64_t now);
int		 portmap_is_released(const struct portmap *);

/* 0, or -1 when nothing is wanted of that protocol. */
int		 portmap_get(const struct portmap *, uint8_t proto,
		    struct portmap_info *);

const char	*portmap_protocol_name(int);
const char	*portmap_state_name(int);
const char	*portmap_reason_name(int);
/* Of an enum portmap_pcp_result or portmap_pmp_result. */
const char	*portmap_result_name(enum portmap_protocol, unsigned);

#endif /* PORTMAP_PORTMAP_H */
