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
 * Issuers: the document each publishes (OpenID Connect Discovery section 4,
 * RFC 8414) and its keys, both kept for a while.  For a key that is not
 * known the keys are fetched anew, but not more often than so.
 */

#include <sys/types.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "jwt/json.h"
#include "oidcproc/oidc.h"

#define WELL_KNOWN	"/.well-known/openid-configuration"

static void	 on_timer(int, short, void *);

int
provider_document_fresh(const struct provider *p)
{
	return p->have_document &&
	    clock_mono_ms() - p->document_ms < OIDC_DOCUMENT_MS;
}

int
provider_keys_fresh(const struct provider *p)
{
	return p->keys != NULL &&
	    clock_mono_ms() - p->keys_ms < OIDC_KEYS_MS;
}

/* Where the document is (OpenID Connect Discovery section 4.1). */
static const char *
document_url(const char *issuer, struct url *url)
{
	char	 text[FETCH_URL_MAX + sizeof(WELL_KNOWN) + 1];
	size_t	 len = strlen(issuer);

	if (len > 0 && issuer[len - 1] == '/')
		len--;
	snprintf(text, sizeof(text), "%.*s%s", (int)len, issuer, WELL_KNOWN);
	return url_parse(url, text);
}

struct provider *
provider_use(struct env *env, const char *issuer, const char **errstr)
{
	struct provider	*p;
	struct url	 url;

	TAILQ_FOREACH(p, &env->providers, entry) {
		if (strcmp(p->issuer, issuer) == 0) {
			p->users++;
			return p;
		}
	}
	if ((*errstr = document_url(issuer, &url)) != NULL)
		return NULL;
	*errstr = "too many identity providers";
	if (env->nproviders == OIDC_PROVIDERS_MAX)
		return NULL;
	*errstr = "out of memory";
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->env = env;
	p->document = url;
	p->users = 1;
	strlcpy(p->issuer, issuer, sizeof(p->issuer));
	evtimer_set(&p->timer, on_timer, p);
	TAILQ_INSERT_TAIL(&env->providers, p, entry);
	env->nproviders++;
	return p;
}

/* One that nobody uses makes room for others only when it is needed. */
void
provider_release(struct provider *p)
{
	struct env	*env = p->env;

	if (--p->users > 0 || env->nproviders < OIDC_PROVIDERS_MAX)
		return;
	request_cancel(p->request);
	evtimer_del(&p->timer);
	jwks_free(p->keys);
	TAILQ_REMOVE(&env->providers, p, entry);
	env->nproviders--;
	free(p);
}

/* --- Document ------------------------------------------------------ */

static const char *
take_endpoint(const json_t *doc, const char *name, struct url *out)
{
	static char	 text[160];
	const char	*s = jwt_json_string(doc, name, FETCH_URL_MAX);
	const char	*reason = "it is missing, or not a short string";

	if (s != NULL && (reason = url_parse(out, s)) == NULL)
		return NULL;
	snprintf(text, sizeof(text), "%s in its document: %s", name, reason);
	return text;
}

/* "openid", and what else is of use and the provider knows. */
static void
take_scope(struct provider *p, const json_t *doc)
{
	static const char *const	 useful[] = {
		"profile", "email", "groups", "offline_access"
	};
	const json_t			*list, *e;
	size_t				 i, k;

	strlcpy(p->scope, "openid", sizeof(p->scope));
	list = json_object_get(doc, "scopes_supported");
	for (k = 0; k < sizeof(useful) / sizeof(useful[0]); k++) {
		json_array_foreach(list, i, e) {
			if (!json_is_string(e) || strcmp(useful[k],
			    json_string_value(e)) != 0)
				continue;
			strlcat(p->scope, " ", sizeof(p->scope));
			strlcat(p->scope, useful[k], sizeof(p->scope));
			break;
		}
	}
}

/* NULL, or what is wrong with the document. */
static const char *
take_document(struct provider *p, const uint8_t *body, size_t len)
{
	const char	*reason, *issuer;
	json_t		*doc = jwt_json_object(body, len, &reason);

	if (doc == NULL)
		return reason;
	issuer = jwt_json_string(doc, "issuer", FETCH_URL_MAX);
	reason = "its document is of another issuer: check \"issuer\"";
	if (issuer != NULL && strcmp(issuer, p->issuer) == 0 &&
	    (reason = take_endpoint(doc, "device_authorization_endpoint",
	    &p->device)) == NULL &&
	    (reason = take_endpoint(doc, "token_endpoint",
	    &p->token)) == NULL &&
	    (reason = take_endpoint(doc, "jwks_uri", &p->jwks)) == NULL)
		take_scope(p, doc);
	json_decref(doc);
	return reason;
}

/* NULL for an answer that can be read, or why it cannot. */
static const char *
answer_reason(int status, const char *reason, char *text, size_t size)
{
	if (reason != NULL)
		return reason;
	if (status == 200)
		return NULL;
	if (status >= 300 && status < 400)
		snprintf(text, size, "a redirect (status %d), which is not "
		    "followed", status);
	else
		snprintf(text, size, "status %d", status);
	return text;
}

static void
on_document(void *arg, int status, const uint8_t *body, size_t len,
    const char *reason)
{
	struct provider	*p = arg;
	char		 text[96], full[768];

	p->request = NULL;
	reason = answer_reason(status, reason, text, sizeof(text));
	if (reason == NULL)
		reason = take_document(p, body, len);
	if (reason == NULL) {
		p->have_document = 1;
		p->document_ms = clock_mono_ms();
		signin_provider_ready(p, 0);
		return;
	}
	snprintf(full, sizeof(full), "%s%s: %s", p->issuer, WELL_KNOWN,
	    reason);
	signin_provider_failed(p, 0, full);
}

void
provider_want_document(struct provider *p)
{
	if (p->request != NULL)
		return;
	p->request = request_start(p->env, &p->document, NULL, on_document,
	    p);
	if (p->request == NULL)
		fatal("request");
}

/* --- Keys ---------------------------------------------------------- */

static void
on_keys(void *arg, int status, const uint8_t *body, size_t len,
    const char *reason)
{
	struct provider	*p = arg;
	struct jwks	*keys = NULL;
	char		 text[96], full[768];

	p->request = NULL;
	p->keys_ms = clock_mono_ms();
	reason = answer_reason(status, reason, text, sizeof(text));
	if (reason == NULL)
		keys = jwks_parse(body, len, &reason);
	if (keys != NULL && jwks_count(keys) == 0) {
		jwks_free(keys);
		keys = NULL;
		reason = "there is none that can be used";
	}
	if (keys == NULL) {
		snprintf(full, sizeof(full), "the keys of %s: %s", p->issuer,
		    reason);
		signin_provider_failed(p, 1, full);
		return;
	}
	jwks_free(p->keys);
	p->keys = keys;
	log_debug("%s has %zu keys", p->issuer, jwks_count(keys));
	signin_provider_ready(p, 1);
}

static void
keys_fetch(struct provider *p)
{
	p->request = request_start(p->env, &p->jwks, NULL, on_keys, p);
	if (p->request == NULL)
		fatal("request");
}

static void
on_timer(int fd, short event, void *arg)
{
	struct provider	*p = arg;

	(void)fd;
	(void)event;
	p->timer_armed = 0;
	provider_want_keys(p);
}

void
provider_want_keys(struct provider *p)
{
	uint64_t	 passed = clock_mono_ms() - p->keys_ms, wait;
	struct timeval	 tv;

	if (p->timer_armed)
		return;
	if (p->request == NULL &&
	    (p->keys_ms == 0 || passed >= OIDC_KEYS_AGAIN_MS)) {
		keys_fetch(p);
		return;
	}
	/* Soon after what is under way, or when it is allowed again. */
	wait = p->request != NULL || p->keys_ms == 0 ? 1000 :
	    OIDC_KEYS_AGAIN_MS - passed;
	tv.tv_sec = (time_t)(wait / 1000);
	tv.tv_usec = (suseconds_t)(wait % 1000 * 1000);
	p->timer_armed = 1;
	evtimer_add(&p->timer, &tv);
}
