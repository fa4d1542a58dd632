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
 * The codec of the discovery link: a frame is a 4-byte big-endian length
 * and one JSON object of that many bytes.  Everything received is hostile;
 * a decoded struct has every length, range and string checked.  Used on
 * both sides: linkproc decodes what tlsproc encodes and the other way round.
 * No socket, no clock, no file; allocates through jansson, for encoded
 * frames and for the reader's buffer.
 *
 * Every errstr names the member and the reason, holds no byte of the input,
 * and lies in static memory good until the next call into this module.
 * Members a decoder does not know are ignored.
 */

#ifndef FRAME_FRAME_H
#define FRAME_FRAME_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "msg/msg.h"

#define FRAME_HEADER		4
#define FRAME_MAX		1048576	/* bytes after the header */
#define FRAME_AGENT_MAX		16384	/* more than any agent has to say */
#define FRAME_DEPTH_MAX		16	/* the frame itself is depth 1 */
#define FRAME_CONTAINERS_MAX	65536	/* objects and arrays */
#define FRAME_VALUES_MAX	262144	/* values of every kind */
#define FRAME_ENTRIES_MAX	4096	/* of one policy frame */
#define FRAME_VERSION		1	/* of the link, in the challenge */
#define FRAME_RELAYS_MAX	8	/* instances of one relay */
#define FRAME_RELAY_LIFE_MAX	30	/* seconds */
#define FRAME_READER_SLACK	65536	/* bytes read ahead of a frame's end */

enum frame_type {
	FRAME_CHALLENGE, FRAME_AUTH, FRAME_ENROL, FRAME_ENROLLED,
	FRAME_REFUSED, FRAME_WELCOME, FRAME_CANDIDATES, FRAME_POLICY,
	FRAME_ACK, FRAME_INTRODUCTION, FRAME_INTRODUCE, FRAME_PING,
	FRAME_PONG, FRAME_RELAY_HELLO, FRAME_RELAY_WELCOME, FRAME_RELAY_CODE,
	FRAME_RELAY_LOAD, FRAME_RELAYS, FRAME_RELAY_RTT, FRAME_FACTS,
	FRAME_TRUST, FRAME_RENEW, FRAME_RENEWED, FRAME_RENEW_ORDER,
	FRAME_HOLDS, FRAME_AUTHORITY, FRAME_SIGNIN, FRAME_USER
};

/*
 * What a relay says first.  endpoints, at least one, are those of instance
 * 0; instance i is at the same addresses and the port plus i.
 */
struct frame_relay_hello {
	char		 name[64];
	char		 token[64];	/* secret */
	struct msg_eps	 endpoints;
	uint8_t		 instances;
};

/* A code, hashed, for one instance of a relay. */
struct frame_relay_code {
	uint32_t	 id;
	uint8_t		 instance;
	uint8_t		 hash[32];	/* SHA-256 */
	uint32_t	 life;		/* seconds */
};

/* What one instance of a relay has to do. */
struct frame_relay_load {
	uint8_t		 instance;
	uint32_t	 pairs;
	uint32_t	 waiting;
	uint64_t	 bytes;		/* forwarded since its start */
	uint64_t	 refused;	/* clients, since its start */
};

struct frame;
struct frame_policy;

/*
 * Call once, before the sandbox and before any other use of jansson: seeds
 * its hash tables (it would open a device otherwise) and gives it an
 * allocator that wipes.  The seed is random.
 */
void		 frame_init(size_t seed);

/*
 * Parse len bytes of JSON, without the header.  Returns NULL with *errstr
 * set, errno ENOMEM only when memory ran out; frame_free wipes and frees.
 */
struct frame	*frame_parse(const uint8_t *json, size_t len,
		    const char **errstr);
enum frame_type	 frame_type(const struct frame *);
const char	*frame_type_name(enum frame_type);
void		 frame_free(struct frame *);

/*
 * Decoders.  0, or -1 with *errstr set and the struct wiped; a frame of
 * another type is an error.  Numbers of connections and the server_hash of
 * a challenge are left 0 for the caller.  In descriptions and reasons,
 * control characters become '?'; a description is cut off at its limit.
 */

/* What the agent receives. */
int	 frame_get_challenge(const struct frame *, struct msg_link_challenge *,
	    const char **errstr);
int	 frame_get_enrolled(const struct frame *, struct msg_link_enrolled *,
	    const char **errstr);
int	 frame_get_refused(const struct frame *, struct msg_link_refused *,
	    const char **errstr);
int	 frame_get_welcome(const struct frame *, struct msg_link_welcome *,
	    const char **errstr);
int	 frame_get_introduction(const struct frame *,
	    struct msg_introduction *, const char **errstr);
int	 frame_get_relays(const struct frame *, struct msg_link_relays *,
	    const char **errstr);
int	 frame_get_trust(const struct frame *, struct msg_link_trust *,
	    const char **errstr);
int	 frame_get_user(const struct frame *, struct msg_link_user *,
	    const char **errstr);

int	 frame_get_authority(const struct frame *, struct msg_link_authority *,
	    const char **errstr);
int	 frame_get_renewed(const struct frame *, struct msg_link_renewed *,
	    const char **errstr);

/*
 * Call cb for each entry, in order, and fill in the commit; the whole frame
 * is checked before the first call.  Of a "down" entry only op and system
 * are read.
 */
int	 frame_policy_each(const struct frame *,
	    void (*cb)(void *arg, const struct msg_policy_entry *), void *arg,
	    struct msg_policy_commit *, const char **errstr);

/* What the server receives. */
int	 frame_get_auth(const struct frame *, struct msg_auth_request *,
	    const char **errstr);
int	 frame_get_enrol(const struct frame *, struct msg_enrol_request *,
	    const char **errstr);
int	 frame_get_candidates(const struct frame *,
	    struct msg_conn_candidates *, const char **errstr);
int	 frame_get_ack(const struct frame *, struct msg_conn_ack *,
	    const char **errstr);
int	 frame_get_introduce(const struct frame *, struct msg_conn_introduce *,
	    const char **errstr);
int	 frame_get_relay_rtt(const struct frame *, struct msg_conn_relay_rtt *,
	    const char **errstr);
int	 frame_get_facts(const struct frame *, struct msg_conn_facts *,
	    const char **errstr);
int	 frame_get_signin(const struct frame *, struct msg_conn_signin *,
	    const char **errstr);
int	 frame_get_renew(const struct frame *, struct msg_renew_request *,
	    const char **errstr);
int	 frame_get_holds(const struct frame *, struct msg_conn_holds *,
	    const char **errstr);

/*
 * Encoders.  Return the whole frame with its header, to be freed with
 * frame_free_buffer, and its length; NULL with errno EINVAL for a struct no
 * decoder would accept (integers above INT64_MAX among them), EMSGSIZE when
 * it is above FRAME_MAX, or ENOMEM.
 */

/* What the server sends. */
uint8_t	*frame_put_challenge(const struct msg_challenge *, size_t *len);
uint8_t	*frame_put_enrol_result(const struct msg_enrol_result *, size_t *len);
uint8_t	*frame_put_conn_refuse(const struct msg_conn_refuse *, size_t *len);
uint8_t	*frame_put_auth_refused(const struct msg_auth_refused *, size_t *len);
uint8_t	*frame_put_refused(int enrolment, const char *reason, size_t *len);
uint8_t	*frame_put_welcome(const struct msg_conn_welcome *, size_t *len);
uint8_t	*frame_put_introduction(const struct msg_conn_introduction *,
	    size_t *len);
uint8_t	*frame_put_relays(const struct msg_conn_relays *, size_t *len);
uint8_t	*frame_put_trust(const struct msg_conn_trust *, size_t *len);
uint8_t	*frame_put_user(const struct msg_conn_user *, size_t *len);
uint8_t	*frame_put_renewed(const struct msg_renew_result *, size_t *len);
uint8_t	*frame_put_renew_order(size_t *len);
uint8_t	*frame_put_authority(const struct msg_conn_authority *, size_t *len);

/* What the agent sends. */
uint8_t	*frame_put_auth(const struct msg_link_auth *, size_t *len);
uint8_t	*frame_put_enrol(const struct msg_link_enrol *, size_t *len);
uint8_t	*frame_put_candidates(const struct msg_link_candidates *,
	    size_t *len);
uint8_t	*frame_put_ack(const struct msg_policy_ack *, size_t *len);
uint8_t	*frame_put_introduce(const struct msg_introduce_again *, size_t *len);
uint8_t	*frame_put_relay_rtt(const struct msg_link_relay_rtt *, size_t *len);
uint8_t	*frame_put_facts(const struct msg_link_facts *, size_t *len);
uint8_t	*frame_put_signin(const struct msg_link_signin *, size_t *len);
uint8_t	*frame_put_renew(const struct msg_link_renew *, size_t *len);
uint8_t	*frame_put_holds(const struct msg_link_holds *, size_t *len);

/* What a relay and the server send, both directions of each. */
uint8_t	*frame_put_relay_hello(const struct frame_relay_hello *, size_t *len);
uint8_t	*frame_put_relay_welcome(size_t *len);
uint8_t	*frame_put_relay_code(const struct frame_relay_code *, size_t *len);
uint8_t	*frame_put_relay_load(const struct frame_relay_load *, size_t *len);
int	 frame_get_relay_hello(const struct frame *,
	    struct frame_relay_hello *, const char **errstr);
int	 frame_get_relay_code(const struct frame *, struct frame_relay_code *,
	    const char **errstr);
int	 frame_get_relay_load(const struct frame *, struct frame_relay_load *,
	    const char **errstr);

/* What either may send. */
uint8_t	*frame_put_ping(size_t *len);
uint8_t	*frame_put_pong(size_t *len);

/* Wipe and free an encoded frame; NULL is nothing. */
void	 frame_free_buffer(uint8_t *, size_t len);

/*
 * A policy frame, built entry by entry.  frame_policy_add returns 0, or -1
 * with nothing added: EINVAL, ENOMEM, or EMSGSIZE when the frame is full.
 * frame_policy_finish frees the builder, also when it fails.
 */
struct frame_policy	*frame_policy_new(void);
int			 frame_policy_add(struct frame_policy *,
			    const struct msg_conn_entry *);
uint8_t			*frame_policy_finish(struct frame_policy *,
			    const struct msg_conn_commit *, size_t *len);
void			 frame_policy_free(struct frame_policy *);

/*
 * Cuts a stream of bytes into frames.  All zero is an empty reader; max may
 * be set to less than FRAME_MAX before use (0 means FRAME_MAX).  Memory
 * grows with the bytes received, never with what a header promises.
 */
struct frame_reader {
	uint8_t	*buf;
	size_t	 len;		/* bytes in buf */
	size_t	 cap;
	size_t	 used;		/* of them handed out already */
	size_t	 max;
};

/*
 * Append what was received.  0, or -1: ENOMEM, or EMSGSIZE when more than
 * one frame and FRAME_READER_SLACK wait; call frame_reader_next until it
 * returns 0 before adding again.
 */
int	 frame_reader_add(struct frame_reader *, const void *data, size_t len);

/*
 * The next frame without its header, in the reader's memory until the next
 * call: 1, or 0 when it is not complete, or -1 when its header promises
 * more than max (the stream cannot be followed any more).
 */
int	 frame_reader_next(struct frame_reader *, const uint8_t **json,
	    size_t *len);

/* Wipe and free; max is kept. */
void	 frame_reader_free(struct frame_reader *);

#endif /* FRAME_FRAME_H */
