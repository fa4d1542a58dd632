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
 * How far away each relay is: the time a connection takes, the shortest of a
 * few.  A relay is told nothing on these.
 */

#ifndef NETPROC_RELAYS_H
#define NETPROC_RELAYS_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "base/endpoint.h"

#define NET_RTT_TRIES		3	/* connections of a measurement */
#define NET_RTT_GAP_MS		200	/* between, and as much at random */
#define NET_RTT_WAIT_MS		3000	/* for each */
#define NET_RTT_AGAIN_MS	60000	/* between measurements */
#define NET_RTT_NONE		UINT32_MAX

struct env;
struct msg_eps;

struct net_relay {
	struct env	*env;
	struct endpoint	 ep;		/* family 0: unused */
	int		 dialling;
	int		 fd;
	unsigned int	 tries;		/* of the measurement under way */
	int		 known;		/* rtt_us is of a measurement */
	uint32_t	 rtt_us;	/* NET_RTT_NONE: not reached */
	uint32_t	 best_us;	/* so far */
	uint64_t	 began_us;
	uint64_t	 due;
	struct event	 event;
};

void		 relays_set(struct env *, const struct msg_eps *);
/* ctlproc is new: it wants what is known. */
void		 relays_report(struct env *);
void		 relays_changed(struct env *, uint64_t now);
uint64_t	 relays_tick(struct env *, uint64_t now);

#endif /* NETPROC_RELAYS_H */
