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
 * From OIDC_BEGIN to the fact that policyproc keeps, its renewals and its
 * end.  Every failure has words, for the user who waits at a terminal.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "oidcproc/oidc.h"

RB_GENERATE(signin_tree, signin, entry, signin_cmp)

static struct chan *
policy(struct env *env)
{
	return proc_peer(&env->proc, ROLE_POLICY);
}

int
signin_cmp(const struct signin *a, const struct signin *b)
{
	if (a->system != b->system)
		return a->system < b->system ? -1 : 1;
	return (a->requirement > b->requirement) -
	    (a->requirement < b->requirement);
}

static struct signin *
signin_find(struct env *env, uint32_t system, uint32_t requirement)
{
	struct signin	 key;

	key.system = system;
	key.requirement = requirement;
	return RB_FIND(signin_tree, &env->signins, &key);
}

static void
wipe_string(char **s)
{
	if (*s != NULL)
		freezero(*s, strlen(*s));
	*s = NULL;
}

void
signin_free(struct signin *s)
{
	struct env	*env = s->env;

	request_cancel(s->request);
	evtimer_del(&s->timer);
	RB_REMOVE(signin_tree, &env->signins, s);
	env->nsignins--;
	if (!s->signed_in)
		env->npending--;
	wipe_string(&s->device_code);
	wipe_string(&s->refresh);
	wipe_string(&s->id_token);
	free(s->claim_text);
	provider_release(s->provider);
	freezero(s, sizeof(*s));
}

void
signin_timer(struct signin *s, uint64_t ms)
{
	struct timeval	 tv;

	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	evtimer_add(&s->timer, &tv);
}

static void
send_failed(struct env *env, uint32_t system, uint32_t requirement,
    uint64_t digest, int withdrawn, const char *reason)
{
	struct msg_oidc_failed	 m;

	memset(&m, 0, sizeof(m));
	m.system = system;
	m.requirement = requirement;
	m.digest = digest;
	m.withdrawn = (uint8_t)withdrawn;
	log_safe(m.reason, sizeof(m.reason), reason);
	msg_send_oidc_failed(policy(env), &m, -1);
}

void
signin_fail(struct signin *s, const char *reason)
{
	char	 text[256];

	log_safe(text, sizeof(text), reason);
	log_info("sign-in of system %u for requirement %u: %s", s->system,
	    s->requirement, text);
	send_failed(s->env, s->system, s->requirement, s->digest,
	    s->signed_in, text);
	signin_free(s);
}

void
signin_trouble(struct signin *s, const char *reason)
{
	if (s->state == SIGNIN_POLL) {
		/* RFC 8628 section 3.5: less often when there is no answer. */
		if (s->interval_s < OIDC_INTERVAL_MAX_S / 2)
			s->interval_s *= 2;
		signin_timer(s, s->interval_s * 1000ULL);
		return;
	}
	if (!s->signed_in) {
		signin_fail(s, reason);
		return;
	}
	log_info("renewal of system %u for requirement %u: %s", s->system,
	    s->requirement, reason);
	s->state = SIGNIN_SIGNED;
	s->renewing = 0;
	wipe_string(&s->id_token);
	s->again_ms = s->again_ms == 0 ? OIDC_AGAIN_MS : s->again_ms * 2;
	if (s->again_ms > OIDC_AGAIN_MAX_MS)
		s->again_ms = OIDC_AGAIN_MAX_MS;
	signin_timer(s, s->again_ms);
}

static void
send_signed_in(struct signin *s)
{
	struct msg_oidc_signed_in	 m;

	memset(&m, 0, sizeof(m));
	m.system = s->system;
	m.requirement = s->requirement;
	m.digest = s->digest;
	m.until = s->until;
	strlcpy(m.subject, s->subject, sizeof(m.subject));
	msg_send_oidc_signed_in(policy(s->env), &m, -1);
}

void
signin_done(struct signin *s, const struct jwt_result *r)
{
	uint64_t	 now = clock_wall_sec(), span;

	span = s->life != 0 && s->life < OIDC_LIFE_MAX_S ? s->life :
	    OIDC_LIFE_MAX_S;
	if (r->expires - now < span)
		span = r->expires - now;
	s->until = now + span;
	log_safe(s->subject, sizeof(s->subject), r->subject);
	if (!s->signed_in)
		s->env->npending--;
	s->signed_in = 1;
	s->state = SIGNIN_SIGNED;
	s->renewing = 0;
	s->again_ms = 0;
	wipe_string(&s->device_code);
	wipe_string(&s->id_token);
	send_signed_in(s);
	if (s->refresh == NULL) {
		/* policyproc knows when it ends; there is nothing to do. */
		signin_free(s);
		return;
	}
	/* Its last second may be over at once. */
	signin_timer(s, (span - 1) * 1000 * 2 / 3 + 1);
}

static void
on_timer(int fd, short event, void *arg)
{
	struct signin	*s = arg;

	(void)fd;
	(void)event;
	if (s->state == SIGNIN_POLL)
		device_poll(s);
	else if (s->state == SIGNIN_SIGNED) {
		if (clock_wall_sec() >= s->until)
			signin_fail(s, "it has run out and could not be "
			    "renewed");
		else
			token_renew(s);
	}
}

/* --- The provider -------------------------------------------------- */

static void
go_on(struct signin *s, int keys)
{
	if (s->state == SIGNIN_KEYS && keys)
		token_try(s);
	else if (s->state == SIGNIN_DOCUMENT) {
		if (!provider_document_fresh(s->provider))
			provider_want_document(s->provider);
		else if (s->signed_in)
			token_renew(s);
		else
			device_start(s);
	}
}

void
signin_provider_ready(struct provider *p, int keys)
{
	struct signin	*s, *next;
	struct env	*env = p->env;

	/* None of the signins goes but the one at hand. */
	p->users++;
	RB_FOREACH_SAFE(s, signin_tree, &env->signins, next)
		if (s->provider == p)
			go_on(s, keys);
	provider_release(p);
}

void
signin_provider_failed(struct provider *p, int keys, const char *reason)
{
	struct signin	*s, *next;
	struct env	*env = p->env;

	log_info("%s", reason);
	p->users++;
	RB_FOREACH_SAFE(s, signin_tree, &env->signins, next)
		if (s->provider == p && s->state == (keys ? SIGNIN_KEYS :
		    SIGNIN_DOCUMENT))
			signin_trouble(s, reason);
	provider_release(p);
}

/* --- What policyproc says ------------------------------------------ */

/* name NUL value NUL, again and again.  0, or -1 when it is something else. */
static int
take_claims(struct signin *s, const uint8_t *data, size_t len)
{
	char	*p, *end;

	if (len == 0)
		return 0;
	if (data[len - 1] != '\0' || (s->claim_text = malloc(len)) == NULL)
		return -1;
	memcpy(s->claim_text, data, len);
	end = s->claim_text + len;
	for (p = s->claim_text; p < end; s->nclaims++) {
		if (s->nclaims == OIDC_CLAIMS_MAX)
			return -1;
		s->claims[s->nclaims].name = p;
		p += strlen(p) + 1;
		if (p >= end)
			return -1;
		s->claims[s->nclaims].value = p;
		p += strlen(p) + 1;
	}
	return 0;
}

/* One sign-in of a system at once: what was begun before gives way. */
static void
drop_pending(struct env *env, const struct msg_oidc_begin *m)
{
	struct signin	 key, *s, *next;

	key.system = m->system;
	key.requirement = 0;
	for (s = RB_NFIND(signin_tree, &env->signins, &key);
	    s != NULL && s->system == m->system; s = next) {
		next = RB_NEXT(signin_tree, &env->signins, s);
		if (s->requirement == m->requirement)
			signin_free(s);
		else if (!s->signed_in)
			signin_fail(s, "another sign-in was begun");
	}
}

static struct signin *
signin_new(struct env *env, const struct msg_oidc_begin *m,
    const char **errstr)
{
	struct provider	*p;
	struct signin	*s;

	*errstr = "too many users are signing in: try again later";
	if (env->npending >= OIDC_PENDING_MAX ||
	    env->nsignins >= OIDC_SIGNINS_MAX)
		return NULL;
	if ((p = provider_use(env, m->issuer, errstr)) == NULL)
		return NULL;
	*errstr = "out of memory";
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		provider_release(p);
		return NULL;
	}
	s->env = env;
	s->provider = p;
	s->system = m->system;
	s->requirement = m->requirement;
	s->digest = m->digest;
	s->life = m->life;
	strlcpy(s->client, m->client, sizeof(s->client));
	strlcpy(s->audience, m->audience, sizeof(s->audience));
	strlcpy(s->scope, m->scope, sizeof(s->scope));
	evtimer_set(&s->timer, on_timer, s);
	RB_INSERT(signin_tree, &env->signins, s);
	env->nsignins++;
	env->npending++;
	return s;
}

void
signin_begin(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_oidc_begin	*m = data;
	const char			*errstr;
	struct env			*env = arg;
	struct signin			*s;

	(void)fd;
	drop_pending(env, m);
	if ((s = signin_new(env, m, &errstr)) == NULL) {
		send_failed(env, m->system, m->requirement, m->digest, 0,
		    errstr);
		return;
	}
	if (take_claims(s, m->claims, m->claims_len) == -1) {
		signin_free(s);
		proc_violation(&env->proc, c, MSG_OIDC_BEGIN,
		    "claims that are none");
		return;
	}
	if (provider_document_fresh(s->provider))
		device_start(s);
	else
		provider_want_document(s->provider);
}

void
signin_cancel(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_oidc_cancel	*m = data;
	struct signin			*s;

	(void)c;
	(void)fd;
	if ((s = signin_find(arg, m->system, m->requirement)) != NULL)
		signin_free(s);
}

void
signin_sync(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	struct signin	*s;

	(void)c;
	(void)data;
	(void)fd;
	RB_FOREACH(s, signin_tree, &env->signins)
		if (s->signed_in)
			send_signed_in(s);
}
