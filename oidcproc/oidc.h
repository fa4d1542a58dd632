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
 * oidcproc: asks identity providers who a user is (OpenID Connect Core, the
 * device flow of RFC 8628) and tells policyproc what is proved: that this
 * system's user has signed in, as whom, until when.  It has no key of ours,
 * no file, no database; what a provider sends is hostile until its signature
 * and its claims are checked, and reaches policyproc only in typed messages.
 */

#ifndef OIDCPROC_OIDC_H
#define OIDCPROC_OIDC_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <event.h>
#include <stdint.h>
#include <tls.h>

#include "base/endpoint.h"
#include "fetch/reply.h"
#include "fetch/url.h"
#include "jwt/jwt.h"
#include "proc/proc.h"
#include "resolve/resolve.h"
#include "sandbox/sandbox.h"
#include "tlsio/tlsio.h"

#define OIDC_CA_MAX		(1024 * 1024)	/* bytes of PEM */
#define OIDC_PROVIDERS_MAX	64
#define OIDC_PENDING_MAX	1000	/* sign-ins that wait for a user */
#define OIDC_SIGNINS_MAX	20000	/* with those that are renewed */
#define OIDC_CLAIMS_MAX		32
#define OIDC_REQUESTS_MAX	64	/* connections at once */
#define OIDC_CONNECT_MS		5000	/* one address */
#define OIDC_REQUEST_MS		15000	/* from TLS to the last byte */
#define OIDC_QUEUE_MAX		65536
#define OIDC_BODY_MAX		262144	/* bytes of an answer */
#define OIDC_FORM_MAX		16384
#define OIDC_CODE_MAX		2048	/* device code */
#define OIDC_REFRESH_MAX	8192	/* refresh token */
#define OIDC_DOCUMENT_MS	3600000	/* then it is fetched anew */
#define OIDC_KEYS_MS		3600000
#define OIDC_KEYS_AGAIN_MS	5000	/* for a key that is not known */
#define OIDC_INTERVAL_S		5	/* RFC 8628 section 3.2 */
#define OIDC_INTERVAL_MAX_S	60
#define OIDC_SLOWER_S		5	/* RFC 8628 section 3.5 */
#define OIDC_EXPIRES_MAX_S	3600	/* for a user to sign in */
#define OIDC_LIFE_MAX_S		(30 * 24 * 3600) /* of any sign-in */
#define OIDC_AGAIN_MS		10000	/* after a failure, doubled */
#define OIDC_AGAIN_MAX_MS	60000
#define OIDC_SKEW_S		60	/* of the provider's clock */
#define OIDC_BACKLOG_MAX	(2 * 1024 * 1024) /* bytes to policyproc */

struct env;
struct request;
struct signin;

/* status 0: there is no answer, and why.  The body is wiped afterwards. */
typedef void (*request_cb)(void *arg, int status, const uint8_t *body,
    size_t len, const char *reason);

TAILQ_HEAD(request_queue, request);

/* An issuer: its document and keys, shared by all that use it. */
struct provider {
	TAILQ_ENTRY(provider)	 entry;
	struct env		*env;
	char			 issuer[FETCH_URL_MAX + 1];
	int			 have_document;
	uint64_t		 document_ms;	/* when it was fetched */
	struct url		 document, device, token, jwks;
	char			 scope[128];
	struct jwks		*keys;
	uint64_t		 keys_ms;
	struct request		*request;	/* document or keys */
	struct event		 timer;		/* keys, but not yet */
	int			 timer_armed;
	unsigned int		 users;
};
TAILQ_HEAD(provider_list, provider);

enum signin_state {
	SIGNIN_DOCUMENT,	/* waits for the provider's document */
	SIGNIN_DEVICE,		/* asks for a code */
	SIGNIN_POLL,		/* waits for the user */
	SIGNIN_KEYS,		/* has a token, waits for the keys */
	SIGNIN_SIGNED		/* is renewed now and then */
};

/* One user on one system for one requirement. */
struct signin {
	RB_ENTRY(signin)	 entry;
	struct env		*env;
	struct provider		*provider;
	struct request		*request;
	struct event		 timer;
	uint32_t		 system;
	uint32_t		 requirement;
	uint64_t		 digest;	/* of the conditions */
	uint64_t		 life;		/* seconds, 0: no limit */
	enum signin_state	 state;
	int			 signed_in;	/* policyproc knows of it */
	int			 renewing;
	int			 keys_tried;
	uint32_t		 interval_s;
	uint64_t		 expires_ms;	/* of the code, monotonic */
	uint64_t		 until;		/* wall clock, seconds */
	uint64_t		 again_ms;	/* back-off */
	char			 subject[256];
	char			 client[256];
	char			 audience[256];
	char			 scope[256];
	char			*device_code;
	char			*refresh;
	char			*id_token;
	size_t			 nclaims;
	struct jwt_claim	 claims[OIDC_CLAIMS_MAX];
	char			*claim_text;	/* what they point into */
};
RB_HEAD(signin_tree, signin);

struct env {
	struct proc		 proc;
	struct endpoint		 nameservers[RESOLVE_SERVERS_MAX];
	size_t			 nnameservers;
	uint8_t			*ca;
	size_t			 ca_len;
	struct tls_config	*config;
	struct request_queue	 waiting;	/* for a free connection */
	struct request_queue	 running;
	size_t			 nrunning;
	struct event		 dispatch;
	struct provider_list	 providers;
	size_t			 nproviders;
	struct signin_tree	 signins;
	size_t			 nsignins;
	size_t			 npending;
};

extern const struct sandbox_policy	oidcproc_sandbox;

/*
 * request.c: one request on a connection of its own.  form NULL is a GET.
 * The callback is called once, never from inside, and the request is gone
 * then; NULL when memory is short.  cancel: it is not called; NULL is
 * nothing.
 */
void		 request_init(struct env *);
struct request	*request_start(struct env *, const struct url *,
		    const char *form, request_cb, void *arg);
void		 request_cancel(struct request *);

/* provider.c: documents and keys. */
struct provider	*provider_use(struct env *, const char *issuer,
		    const char **errstr);
void		 provider_release(struct provider *);
/* Document or keys are fetched, soon if not now; signin_* is told. */
void		 provider_want_document(struct provider *);
void		 provider_want_keys(struct provider *);
int		 provider_document_fresh(const struct provider *);
int		 provider_keys_fresh(const struct provider *);

/* signin.c: the life of a sign-in. */
void		 signin_begin(void *, struct chan *, const void *, int);
void		 signin_cancel(void *, struct chan *, const void *, int);
void		 signin_sync(void *, struct chan *, const void *, int);
void		 signin_free(struct signin *);
void		 signin_timer(struct signin *, uint64_t ms);
/* It comes to nothing, or is over: policyproc is told, and it is gone. */
void		 signin_fail(struct signin *, const char *reason);
/* The provider cannot be asked now: an end, unless it can be tried again. */
void		 signin_trouble(struct signin *, const char *reason);
/* The token is good: tell policyproc and wait for the next time. */
void		 signin_done(struct signin *, const struct jwt_result *);
void		 signin_provider_ready(struct provider *, int keys);
void		 signin_provider_failed(struct provider *, int keys,
		    const char *reason);

/* device.c: from a code to a token (RFC 8628). */
void		 device_start(struct signin *);
void		 device_poll(struct signin *);
/* The words of an error answer (RFC 6749 section 5.2), made printable. */
void		 device_error_text(const uint8_t *body, size_t len, int status,
		    char *out, size_t size);
/* "" when there is none. */
void		 device_error_code(const uint8_t *body, size_t len, char *out,
		    size_t size);

/* token.c: what the token endpoint gives, and the renewal of it. */
void		 token_answer(struct signin *, const uint8_t *body,
		    size_t len);
void		 token_try(struct signin *);
void		 token_renew(struct signin *);

int		 signin_cmp(const struct signin *, const struct signin *);
RB_PROTOTYPE(signin_tree, signin, entry, signin_cmp)

#endif /* OIDCPROC_OIDC_H */
