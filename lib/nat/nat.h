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
 * What the translator in front of us does, from what servers saw of us; and
 * what follows for two sides: which ports to try, how many, and whether.  The
 * terms are those of RFC 4787.  Pure: no packet, no clock, no allocation; the
 * caller asks the servers and tells here what came back.
 *
 * Only mapping is found out.  Filtering need not be known, only tried, so a
 * strategy never replaces the ordinary checks: it is what to do beside them.
 * Behaviour that a peer tells of itself is hostile; nat_behaviour_check first.
 */

#ifndef NAT_NAT_H
#define NAT_NAT_H

#include <sys/types.h>

#include <stdint.h>

#include "base/endpoint.h"

#define NAT_OWN_MAX		32	/* own addresses */
#define NAT_SEEN_MAX		16	/* observations of a round */
#define NAT_ANSWER_MS		750	/* no answer until then: none */
#define NAT_FRESH_MS		25000	/* good for prediction that long */
#define NAT_STEP_MAX		32	/* farther apart is no sequence */
#define NAT_PREDICT_MAX		25
#define NAT_PORT_MIN		1024	/* lowest port that is guessed */
#define NAT_PORTS		(65536 - NAT_PORT_MIN)

#define NAT_BIRTHDAY_SOCKETS_MAX	128
#define NAT_BIRTHDAY_PROBES_MAX		1024
#define NAT_BIRTHDAY_RATE		500	/* probes a second */

enum nat_transport {
	NAT_UDP = 1,
	NAT_TCP
};

/* RFC 4787 4.1 */
enum nat_mapping {
	NAT_MAPPING_UNKNOWN = 0,
	NAT_MAPPING_NONE,		/* no translator: as we are */
	NAT_MAPPING_ENDPOINT,		/* the same for all destinations */
	NAT_MAPPING_ADDRESS,		/* another for each address */
	NAT_MAPPING_ADDRESS_PORT	/* another for each address and port */
};

/* RFC 4787 4.2, and how the next port follows from those before. */
enum nat_allocation {
	NAT_ALLOCATION_UNKNOWN = 0,
	NAT_ALLOCATION_STABLE,
	NAT_ALLOCATION_SEQUENCE,
	NAT_ALLOCATION_RANDOM
};

enum nat_answer {
	NAT_UNKNOWN = 0,
	NAT_NO,
	NAT_YES
};

struct nat_behaviour {
	uint8_t		transport;	/* enum nat_transport */
	uint8_t		mapping;	/* enum nat_mapping */
	uint8_t		allocation;	/* enum nat_allocation */
	uint8_t		preserved;	/* enum nat_answer: of the port */
	uint8_t		hairpin;	/* enum nat_answer: never asked */
	uint8_t		blocked;	/* asked, and no server answered */
	int16_t		step;		/* of a sequence, or 0 */
	uint16_t	last;		/* latest mapped port, or 0 */
	uint64_t	when;		/* of that; ms, or 0 */
	struct endpoint	mapped;		/* the whole of that */
};

/* One server asked from one local port. */
struct nat_seen {
	uint8_t		transport;
	uint16_t	local_port;
	struct endpoint	server;
	struct endpoint	mapped;		/* family 0: no answer so far */
	uint64_t	asked;		/* ms, the first time */
	uint64_t	when;		/* of the answer */
};

/*
 * A round of asking: at least two servers at different addresses, and one of
 * them at two ports, from the very port that is to be used, all together.
 */
struct nat_probe {
	uint32_t	nown;
	uint32_t	nseen;
	struct endpoint	own[NAT_OWN_MAX];
	struct nat_seen	seen[NAT_SEEN_MAX];	/* in order of asking */
};

enum nat_strategy {
	NAT_PLAIN = 1,		/* the ordinary checks will do */
	NAT_PREDICT_PEER,	/* probe the ports that nat_predict tells of
				   the peer */
	NAT_PREDICT_BOTH,	/* the same from a new mapping for each, and
				   no other flow meanwhile */
	NAT_BIRTHDAY_SOCKETS,	/* we open many sockets, the peer probes */
	NAT_BIRTHDAY_PROBES,	/* the peer opens them, we probe */
	NAT_HOPELESS
};

struct nat_birthday {
	uint32_t	sockets;	/* of the side that is random */
	uint32_t	probes;		/* of the other */
	uint32_t	rate;		/* probes a second */
	uint32_t	duration_ms;
	uint32_t	success;	/* in 10000, of meeting */
};

/* Ports NAT_PORT_MIN to 65535 in an order of its own, each once. */
struct nat_ports {
	uint64_t	key;
	uint32_t	next;		/* up to 65536 */
};

/* Nothing known, no own addresses. */
void		 nat_probe_init(struct nat_probe *);

/* An own address; the port is not used.  0, or -1 (ENOSPC). */
int		 nat_probe_add_own(struct nat_probe *,
		    const struct endpoint *);

/* A new round: forget what was seen, but not the own addresses. */
void		 nat_probe_begin(struct nat_probe *);

/*
 * A server is asked, in the order the packets leave; asking it again changes
 * nothing.  0, or -1: EINVAL, or ENOSPC when the round is full.
 */
int		 nat_probe_asked(struct nat_probe *, enum nat_transport,
		    uint16_t local_port, const struct endpoint *server,
		    uint64_t now);

/* It has answered where it saw us.  0, or -1 (ENOENT) if never asked. */
int		 nat_probe_seen(struct nat_probe *, enum nat_transport,
		    uint16_t local_port, const struct endpoint *server,
		    const struct endpoint *mapped, uint64_t now);

/*
 * What the round tells of a transport in an address family (4 or 6); of what
 * it does not tell, unknown.  blocked needs NAT_ANSWER_MS without an answer,
 * and says the same when all servers are down.
 */
void		 nat_probe_behaviour(const struct nat_probe *,
		    enum nat_transport, int family, uint64_t now,
		    struct nat_behaviour *);

/* Of a peer's claim: 0, or -1 (EINVAL) when it makes no sense. */
int		 nat_behaviour_check(const struct nat_behaviour *);

/*
 * The ports a new mapping may get, likeliest first, into ports; returns how
 * many: n or NAT_PREDICT_MAX for a sequence, 1 for a stable mapping, else 0.
 * Never below NAT_PORT_MIN but for a stable one.
 */
size_t		 nat_predict(const struct nat_behaviour *, uint16_t *ports,
		    size_t n);

/* What we do about a peer over a transport. */
enum nat_strategy nat_strategy(const struct nat_behaviour *own,
		    const struct nat_behaviour *peer, enum nat_transport);

/*
 * How much of the birthday trick a budget allows: the probes we may send,
 * each an entry in session tables.
 */
void		 nat_birthday_plan(struct nat_birthday *, uint32_t budget);

/*
 * The chance, in 10000, that one of so many different probes meets one of so
 * many sockets whose ports are anywhere from NAT_PORT_MIN.
 */
uint32_t	 nat_birthday_success(uint32_t sockets, uint32_t probes);

/* The order follows from the seed; unpredictable if it is. */
void		 nat_ports_init(struct nat_ports *, uint64_t seed);
/* The next port, or 0 after the last. */
uint16_t	 nat_ports_next(struct nat_ports *);

const char	*nat_mapping_name(int);		/* as RFC 4787 has it */
const char	*nat_allocation_name(int);
const char	*nat_answer_name(int);
const char	*nat_strategy_name(int);

#endif /* NAT_NAT_H */
