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
 * authproc: alone holds the organisations' authority keys.  It proves who an
 * agent is, signs certificates that storeproc asks for, and makes keys.  All
 * secrets lie in one guarded, locked arena; it has no file and no socket.
 */

#ifndef AUTHPROC_AUTHPROC_H
#define AUTHPROC_AUTHPROC_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "cert/cert.h"
#include "proc/proc.h"
#include "sandbox/sandbox.h"

#define AUTH_ORGS_MAX		256
#define AUTH_MAKING_MAX		8	/* keys that the parent now stores */
#define AUTH_CONNS_MAX		65536
#define AUTH_CONN_FAILURES	5	/* enrolments, of one connection */
#define AUTH_FAILURES_SEC	20	/* of all connections */
#define AUTH_ENROLS_MAX		64	/* under way at once */
#define AUTH_CONN_TLS(conn)	((conn) >> 24)

struct authority {
	uint8_t		seed[32];
	uint8_t		secret[CERT_SECRET_LEN];
	uint8_t		public[CERT_KEY_LEN];
};

/* The whole arena. */
struct secrets {
	struct authority	 orgs[AUTH_ORGS_MAX];
	struct authority	 making[AUTH_MAKING_MAX];
};

/* A connection that was given a challenge. */
struct conn {
	RB_ENTRY(conn)		 entry;
	TAILQ_ENTRY(conn)	 age;
	uint32_t		 id;
	uint32_t		 failures;
	int			 used;		/* has authenticated */
	int			 enrolling;	/* storeproc was asked */
	int			 renewing;	/* storeproc was asked */
	uint8_t			 nonce[32];
	uint8_t			 server_hash[32];
	int			 proved;	/* the two below */
	uint8_t			 identity[CERT_KEY_LEN];
	char			 system[NAME_STRLEN];
	uint64_t		 facts;		/* last number taken */
};

RB_HEAD(conn_tree, conn);
TAILQ_HEAD(conn_list, conn);

struct env {
	struct proc		 proc;
	struct secrets		*secrets;
	size_t			 norgs;
	uint32_t		 making[AUTH_MAKING_MAX];	/* 0: free */
	struct conn_tree	 conns;
	struct conn_list	 ages;		/* oldest first */
	size_t			 nconns;
	size_t			 nenrols;
	uint64_t		 second;	/* the one that is counted */
	uint32_t		 failures;	/* in it */
};

extern const struct sandbox_policy	authproc_sandbox;

/* authority.c: keys of organisations. */
void	 authority_load(void *, struct chan *, const void *, int);
void	 authority_make(void *, struct chan *, const void *, int);
void	 authority_stored(void *, struct chan *, const void *, int);
void	 authority_enrol_key(void *, struct chan *, const void *, int);
void	 authority_token(void *, struct chan *, const void *, int);
void	 authority_sign(void *, struct chan *, const void *, int);
void	 authority_cross(void *, struct chan *, const void *, int);

/* The authority with this public key, NULL when it is none of ours. */
const struct authority	*authority_find(const struct env *,
		    const uint8_t public[CERT_KEY_LEN]);
/* The authority that signed these bytes, NULL when it is none of ours. */
const struct authority	*authority_of(const struct env *,
		    const uint8_t cert[CERT_LEN]);

/*
 * Under which an enrolment key is stored, of its canonical text.  The only
 * place where this is computed.
 */
void	 authority_key_hash(const char *key, uint8_t out[32]);

/* conn.c: challenges. */
struct conn	*conn_find(struct env *, uint32_t id);
void		 conn_drop(struct env *, struct conn *);
void		 conn_drop_instance(struct env *, uint32_t instance);
void		 conn_challenge(void *, struct chan *, const void *, int);
void		 conn_gone(void *, struct chan *, const void *, int);
/* The tlsproc of a connection, or NULL. */
struct chan	*conn_tls(struct env *, uint32_t id);
/* Nonzero, with the sender punished, when it names another's connection. */
int		 conn_foreign(struct env *, struct chan *, uint32_t type,
		    uint32_t id);

/* login.c and enrol.c */
void	 login_request(void *, struct chan *, const void *, int);
void	 login_facts(void *, struct chan *, const void *, int);
void	 enrol_request(void *, struct chan *, const void *, int);
void	 enrol_done(void *, struct chan *, const void *, int);
/* storeproc is gone: nobody waits for it any more. */
void	 enrol_abort(struct env *);

/* renew.c: certificates of systems that are connected. */
void	 renew_request(void *, struct chan *, const void *, int);
void	 renew_sign(void *, struct chan *, const void *, int);
void	 renew_done(void *, struct chan *, const void *, int);
/* storeproc is gone: nobody waits for it any more. */
void	 renew_abort(struct env *);

/* relay.c */
void	 relay_hello(void *, struct chan *, const void *, int);

RB_PROTOTYPE(conn_tree, conn, entry, conn_cmp)
int	 conn_cmp(const struct conn *, const struct conn *);

#endif /* AUTHPROC_AUTHPROC_H */
