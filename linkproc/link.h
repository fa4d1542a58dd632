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
 * linkproc: the one TLS connection to discovery.  It parses what the server
 * says and gives ctlproc typed messages, or the processes of a relay; it has
 * no key, no file, no plaintext of the tunnel, and decides nothing.
 */

#ifndef LINKPROC_LINK_H
#define LINKPROC_LINK_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "frame/frame.h"
#include "resolve/resolve.h"
#include "proc/proc.h"
#include "sandbox/sandbox.h"
#include "tlsio/tlscert.h"
#include "tlsio/tlsio.h"

#define LINK_SERVERS_MAX	4
#define LINK_RELAYS_MAX		FRAME_RELAYS_MAX /* instances */
#define LINK_CA_MAX		(1024 * 1024)	/* bytes of PEM */
#define LINK_QUEUE_MAX		(1024 * 1024)
#define LINK_BACKLOG_MAX	(4 * 1024 * 1024) /* bytes to ctlproc */
#define LINK_CONNECT_MS		5000	/* one address */
#define LINK_TLS_MS		10000
#define LINK_CHALLENGE_MS	20000	/* until the server sends one */
#define LINK_STRANGER_MS	75000	/* the server's limit is 60 s */
#define LINK_ANSWER_MS		30000	/* to LINK_AUTH and LINK_ENROL */
#define LINK_PING_MS		20000
#define LINK_DEAD_MS		60000
#define LINK_PROBE_MS		1000	/* for an answer, when in doubt; */
#define LINK_PROBE_MIN_MS	250	/* at least, and 3 round trips */
#define LINK_HURRY_MS		50	/* random pause, when we have moved */
#define LINK_IDLE_AFTER_MS	2000	/* ctlproc has nothing to say */
#define LINK_PATIENT_MS		10000	/* who refuses so late lets us wait */
#define LINK_STEADY_MS		30000	/* not a failure if up this long */
#define LINK_DELAY_MIN_MS	500
#define LINK_DELAY_MAX_MS	30000

enum link_phase {
	PHASE_OFF,		/* no ctlproc */
	PHASE_WAIT,		/* back-off */
	PHASE_RESOLVE,
	PHASE_TCP,
	PHASE_TLS,
	PHASE_HELLO,		/* the server's challenge is awaited */
	PHASE_CHALLENGED,	/* ctlproc's answer is awaited */
	PHASE_AUTH,		/* welcome or refused is awaited */
	PHASE_ENROL,		/* enrolled or refused is awaited */
	PHASE_UP
};

struct link_server {
	char		host[256];
	uint16_t	port;
};

struct env;

/* What an agent does otherwise than a relay. */
struct session_ops {
	/* TLS is up and the server is the right one. */
	void	(*start)(struct env *);
	/* 0, or -1 and why the connection must end. */
	int	(*frame)(struct env *, const struct frame *,
		    const char **errstr);
	/* The connection has ended; the words may be replaced. */
	void	(*ended)(struct env *, char *text, size_t);
	/* What link_set_state was told, when it is new. */
	void	(*state)(struct env *, uint8_t state, const char *reason);
	/* Nonzero while nobody could take in what a frame says. */
	int	(*full)(struct env *);
	/* The timer of session_tick_in, before the connection is up. */
	void	(*tick)(struct env *);
};

struct env {
	struct proc		 proc;
	/* Configuration. */
	struct link_server	 servers[LINK_SERVERS_MAX];
	size_t			 nservers;
	struct endpoint		 nameservers[RESOLVE_SERVERS_MAX];
	size_t			 nnameservers;
	int			 have_pin;
	uint8_t			 pin[32];
	uint8_t			*ca;
	size_t			 ca_len;
	struct tls_config	*config;
	const struct session_ops *session;
	struct frame_relay_hello hello;		/* of a relay */
	struct msg_relay_load	 loads[LINK_RELAYS_MAX];
	/* The attempt or the connection. */
	enum link_phase		 phase;
	size_t			 server;
	struct endpoint		 addrs[RESOLVE_MAX];
	size_t			 naddrs;
	size_t			 addr;
	struct resolver		*resolver;
	int			 fd;		/* while TCP connects */
	struct event		 tcp_event;
	struct tlsio		*io;
	struct frame_reader	 reader;
	uint8_t			 server_hash[32];
	uint64_t		 challenged;	/* when, monotonic ms */
	uint64_t		 last_tx;
	uint64_t		 dialled;	/* when, monotonic ms */
	uint32_t		 rtt_ms;	/* of the dialling */
	struct endpoint		 local;		/* of the connection */
	int			 probing;	/* must hear something soon */
	struct event		 tick;		/* ping, idle */
	struct event		 retry;
	uint32_t		 delay_ms;
	/* What ctlproc knows. */
	uint8_t			 state;
	char			 reason[256];
	char			 failure[256];	/* last one */
	char			 refusal[256];	/* on this connection */
	uint8_t			 resume[SESSION_LEN]; /* of the last welcome */
};

extern const struct sandbox_policy	linkproc_sandbox;

/* connect.c: from a list of servers to a verified connection. */
void	 link_init(struct env *);
void	 link_start(struct env *);
void	 link_stop(struct env *);

/* Do not wait any longer, if that is what we do. */
void	 link_hurry(struct env *, uint32_t most_ms);
int	 link_has_moved(struct env *);

/* The attempt or connection has failed: next address, server, or wait. */
void	 link_failed(struct env *, const char *reason);
void	 link_set_state(struct env *, uint8_t state, const char *reason);

/* "host:port" of the server at hand, with its address. */
const char	*link_where(struct env *, char *buf, size_t);

/* session.c: frames on a verified connection. */
void	 session_start(struct env *);
void	 session_data(struct env *, const uint8_t *, size_t);
void	 session_ended(struct env *, const char *reason);
void	 session_tick(struct env *);
void	 session_tick_in(struct env *, uint64_t ms);

/* Ask for a sign of life, and connect anew if there is none soon. */
void	 session_probe(struct env *);

/* The server has welcomed us. */
void	 session_up(struct env *);

/* Takes the frame; dropped unless the connection is up. */
void	 session_send(struct env *, uint8_t *frame, size_t len);

/* agent.c: what ctlproc has to say. */
extern const struct session_ops		agent_session;
void	 agent_auth(struct env *, const struct msg_link_auth *);
void	 agent_enrol(struct env *, const struct msg_link_enrol *);

/* relay.c: who we are, and what our instances have to do. */
extern const struct session_ops		relay_session;
void	 relay_configure(struct env *, const struct msg_link_relay *);
void	 relay_load(struct env *, uint32_t instance,
	    const struct msg_relay_load *);

#endif /* LINKPROC_LINK_H */
