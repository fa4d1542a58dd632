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
 * Tokens: taken from the provider's answer, checked, renewed.  At every
 * renewal the claims are checked anew; a refusal ends the sign-in at once.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "jwt/json.h"
#include "oidcproc/oidc.h"

/* Replaces what is there; a longer one than can be kept is none. */
static void
keep(char **out, const char *s)
{
	char	*copy;

	if (s == NULL || (copy = strdup(s)) == NULL)
		return;
	if (*out != NULL)
		freezero(*out, strlen(*out));
	*out = copy;
}

void
token_answer(struct signin *s, const uint8_t *body, size_t len)
{
	const char	*errstr, *token;
	json_t		*o = jwt_json_object(body, len, &errstr);
	char		 text[160];

	if (o == NULL) {
		snprintf(text, sizeof(text), "the provider's answer is %s",
		    errstr);
		signin_fail(s, text);
		return;
	}
	token = jwt_json_string(o, "id_token", JWT_MAX);
	keep(&s->id_token, token);
	/* A refresh token may be another one now (RFC 6749 section 6). */
	keep(&s->refresh, jwt_json_string(o, "refresh_token",
	    OIDC_REFRESH_MAX));
	json_decref(o);
	if (token == NULL || s->id_token == NULL) {
		signin_fail(s, "the provider gives no identity token, or one "
		    "that is too long");
		return;
	}
	s->keys_tried = 0;
	token_try(s);
}

/* NULL, or why the claims do not do. */
static const char *
check(struct signin *s, const struct jws *j, struct jwt_result *out)
{
	struct jwt_rules	 r;
	const char		*errstr;

	memset(&r, 0, sizeof(r));
	r.issuer = s->provider->issuer;
	r.client = s->client;
	r.audience = s->audience[0] != '\0' ? s->audience : NULL;
	r.claims = s->claims;
	r.nclaims = s->nclaims;
	r.now = clock_wall_sec();
	r.skew = OIDC_SKEW_S;
	if (jwt_check(j, &r, out, &errstr) == -1)
		return errstr;
	/* The skew lets clocks differ; it makes no token last longer. */
	if (out->expires <= r.now)
		return "it is expired";
	/* One user does not become another by a renewal. */
	if (s->signed_in && strcmp(s->subject, out->subject) != 0)
		return "it is of another user";
	return NULL;
}

static void
refuse(struct signin *s, const char *reason)
{
	char	 text[400];

	snprintf(text, sizeof(text), "the identity token is refused: %s",
	    reason);
	signin_fail(s, text);
}

static void
want_keys(struct signin *s)
{
	s->state = SIGNIN_KEYS;
	provider_want_keys(s->provider);
}

void
token_try(struct signin *s)
{
	struct jwt_result	 r;
	enum jwt_verdict	 verdict;
	const char		*errstr;
	struct jws		 j;

	if (!provider_keys_fresh(s->provider)) {
		want_keys(s);
		return;
	}
	if (jws_parse(&j, s->id_token, strlen(s->id_token), &errstr) == -1) {
		refuse(s, errstr);
		return;
	}
	verdict = jws_verify(&j, s->provider->keys);
	if (verdict == JWT_NO_KEY && !s->keys_tried) {
		jws_free(&j);
		s->keys_tried = 1;
		want_keys(s);
		return;
	}
	errstr = "the provider has no such key";
	if (verdict == JWT_BAD)
		errstr = "its signature is wrong";
	else if (verdict == JWT_GOOD)
		errstr = check(s, &j, &r);
	jws_free(&j);
	if (errstr != NULL)
		refuse(s, errstr);
	else
		signin_done(s, &r);
}

static void
on_renewed(void *arg, int status, const uint8_t *body, size_t len,
    const char *reason)
{
	struct signin	*s = arg;
	char		 why[256], text[320];

	s->request = NULL;
	if (reason != NULL) {
		signin_trouble(s, reason);
		return;
	}
	if (status == 200) {
		token_answer(s, body, len);
		return;
	}
	device_error_text(body, len, status, why, sizeof(why));
	/* 429 and faults of the provider pass (RFC 6585 section 4). */
	if (status == 429 || status >= 500) {
		signin_trouble(s, why);
		return;
	}
	snprintf(text, sizeof(text), "the provider does not renew it: %s",
	    why);
	signin_fail(s, text);
}

void
token_renew(struct signin *s)
{
	char	 form[4 * OIDC_REFRESH_MAX] = "";
	int	 bad;

	s->renewing = 1;
	if (!provider_document_fresh(s->provider)) {
		s->state = SIGNIN_DOCUMENT;
		provider_want_document(s->provider);
		return;
	}
	s->state = SIGNIN_SIGNED;
	bad = form_add(form, sizeof(form), "grant_type", "refresh_token") ==
	    -1 || form_add(form, sizeof(form), "refresh_token",
	    s->refresh) == -1 ||
	    form_add(form, sizeof(form), "client_id", s->client) == -1;
	if (!bad)
		s->request = request_start(s->env, &s->provider->token, form,
		    on_renewed, s);
	explicit_bzero(form, sizeof(form));
	if (s->request == NULL)
		signin_trouble(s, "out of memory");
}
