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
 * tlsproc: ends the TLS of agents and alone holds the TLS key.  It cuts
 * frames, checks their form and passes them on as messages; who an agent is
 * and what it may know is decided by authproc and policyproc.  What is not an
 * agent but speaks HTTP is passed on to apiproc byte by byte, unread.  It
 * opens no file and no connection.
 */

#ifndef TLSPROC_TLSPROC_H
#define TLSPROC_TLSPROC_H

#include <sys/types.h>
#include <sys/tree.h>

#include <event.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "frame/frame.h"
#include "proc/proc.h"
#include "sandbox/sandbox.h"
#include "tlsio/tlsio.h"

#define TLSPROC_LISTEN_MAX	8
#define TLSPROC_CONNS_MAX	20000
#define TLSPROC_SOURCE_MAX	256	/* unauthenticated, of one source */
#define TLSPROC_ACCEPT_BURST	64
#define TLSPROC_ACCEPT_PAUSE	1	/* seconds, when out of descriptors */
#define TLSPROC_QUEUE_MAX	(4 * 1024 * 1024)
#define TLSPROC_ENROLS_MAX	5
#define TLSPROC_AUTH_MS		60000	/* to authenticate */
#define TLSPROC_IDLE_MS		60000	/* agents ping every 20 s */
#define TLSPROC_FRAMES_BURST	4096	/* of one agent at once */
#define TLSPROC_FRAMES_SEC	50	/* of one agent in the long run */
#define TLSPROC_FACTS_MS	500	/* for one frame of facts */
#define TLSPROC_FACTS_BURST	8
#define TLSPROC_FIRST_MS	300	/* who names no protocol may speak */
#define TLSPROC_HTTP_MAX	512	/* connections of HTTP clients */
#define TLSPROC_HTTP_SOURCE_MAX	64	/* of one source */
#define TLSPROC_HTTP_BUFFER	65536	/* bytes to apiproc that wait */
#define TLSPROC_HTTP_QUEUE	262144	/* bytes to the client, the same */
#define TLSPROC_HTTP_IDLE_MS	120000	/* nothing in either direction */
#define TLSPROC_BACKLOG_MAX	(2 * 1024 * 1024) /* bytes to a sibling */

enum conn_state {
	CONN_HANDSHAKE,
	CONN_UNDECIDED,		/* an agent, or a client of the API? */
	CONN_HTTP,		/* the latter */
	CONN_STRANGER,		/* waits for a challenge from authproc */
	CONN_CHALLENGED,	/* may authenticate or enrol */
	CONN_ENROLLING,
	CONN_AUTHENTICATING,
	CONN_AUTHENTICATED,
	CONN_CLOSING
};

/* How many from one IPv4 address or IPv6 /64 are not authenticated. */
struct source {
	RB_ENTRY(source)	 entry;
	struct endpoint		 addr;
	uint32_t		 count;
	uint32_t		 http;
};

struct env;
struct http;

struct conn {
	RB_ENTRY(conn)		 entry;
	struct env		*env;
	uint32_t		 id;
	enum conn_state		 state;
	struct tlsio		*io;
	struct source		*source;	/* NULL: authenticated */
	struct endpoint		 from;
	struct frame_reader	 reader;
	struct http		*http;		/* CONN_HTTP */
	struct frame_policy	*policy;	/* not yet committed */
	uint32_t		 entries;
	uint32_t		 enrols;
	uint64_t		 budget;	/* frames it may send now */
	uint64_t		 budget_ms;	/* when that was counted */
	uint64_t		 facts_ms;	/* up to then facts are paid */
	int			 relay;		/* it has said that it is one */
	int			 probed;	/* policyproc awaits a pong */
	int			 auth_knows;	/* to be told when it ends */
	int			 policy_knows;
};

RB_HEAD(conn_tree, conn);
RB_HEAD(source_tree, source);

struct env {
	struct proc		 proc;
	struct tls		*server;
	uint8_t			 cert[8000];
	size_t			 cert_len;
	uint8_t			 key[8000];
	size_t			 key_len;
	int			 make;		/* TLS_NONE */
	uint8_t			 hash[32];	/* of the certificate */
	int			 listeners[TLSPROC_LISTEN_MAX];
	struct event		 listen_events[TLSPROC_LISTEN_MAX];
	size_t			 nlisteners;
	struct event		 resume;
	struct conn_tree	 conns;
	struct source_tree	 sources;
	uint32_t		 nconns;
	uint32_t		 nhttp;
	uint32_t		 next;		/* counter of numbers */
	/* Of connections that have ended. */
	uint64_t		 rx, tx;
	uint64_t		 refused;
	uint64_t		 bad_frames;
};

extern const struct sandbox_policy	tlsproc_sandbox;

/* keys.c: certificate, key and pin; before the sandbox. */
void		 keys_prepare(struct env *);

/* accept.c: listening, limits per source. */
void		 accept_start(struct env *);
struct source	*source_take(struct env *, const struct endpoint *);
void		 source_drop(struct env *, struct source *);

/* conn.c: the life of a connection. */
int		 conn_new(struct env *, int fd, const struct endpoint *);
struct conn	*conn_find(struct env *, uint32_t id);
void		 conn_challenge(struct conn *);
void		 conn_authenticated(struct conn *);

/* Takes the frame; NULL (out of memory) ends the connection. 0 or -1. */
int		 conn_send(struct conn *, uint8_t *frame, size_t len);

/* A last frame with the reason, then close. */
void		 conn_refuse(struct conn *, const char *reason);
void		 conn_close(struct conn *, const char *reason);
void		 conn_close_all(struct env *, int authenticated,
		    const char *reason);
uint64_t	 conn_sum(struct env *, uint64_t (*)(const struct tlsio *));

/* http.c: clients of the API. */
/* Which of the two it is, by ALPN or by who speaks first. */
void		 http_decide(struct conn *);
/* Bytes of one that is undecided or speaks HTTP; 1 when they were taken. */
int		 http_data(struct conn *, const uint8_t *, size_t);
void		 http_drained(struct conn *);
void		 http_free(struct conn *);

/* frames.c: what agents say.  0, or -1 with the reason. */
int		 frames_input(struct conn *, const uint8_t *json, size_t len,
		    const char **errstr);

/* relay.c: relays, and what agents are told of them. */
int		 relay_in_hello(struct conn *, const struct frame *,
		    const char **errstr);
int		 relay_in_load(struct conn *, const struct frame *,
		    const char **errstr);
int		 relay_in_rtt(struct conn *, const struct frame *,
		    const char **errstr);
void		 relay_welcome(void *, struct chan *, const void *, int);
void		 relay_code(void *, struct chan *, const void *, int);
void		 relay_list(void *, struct chan *, const void *, int);

/* renew.c: certificates of agents that are connected. */
int		 renew_in_renew(struct conn *, const struct frame *,
		    const char **errstr);
int		 renew_in_holds(struct conn *, const struct frame *,
		    const char **errstr);
void		 renew_result(void *, struct chan *, const void *, int);
void		 renew_order(void *, struct chan *, const void *, int);
void		 renew_authority(void *, struct chan *, const void *, int);

/* main.c: policyproc is told that what it speaks of has ended. */
void		 conn_unknown(struct chan *, uint32_t id);

#endif /* TLSPROC_TLSPROC_H */
