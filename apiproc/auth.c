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
 * Who asks: the token of a request, how much it may ask, its scopes and its
 * organisation.  storeproc checks both again; here a client learns early and
 * in so many words what is missing.
 */

#include <sys/types.h>

#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiproc/apiproc.h"
#include "base/clock.h"

#define TOKEN_MIN	43
#define TOKEN_MAX	63

static int
rate_cmp(const struct rate *a, const struct rate *b)
{
	return memcmp(a->hash, b->hash, sizeof(a->hash));
}

RB_PROTOTYPE(rate_tree, rate, entry, rate_cmp)
RB_GENERATE(rate_tree, rate, entry, rate_cmp)

/* The one longest unused makes room. */
static struct rate *
rate_of(struct env *env, const uint8_t hash[32])
{
	struct rate	 key, *rate;

	memcpy(key.hash, hash, sizeof(key.hash));
	if ((rate = RB_FIND(rate_tree, &env->rates, &key)) != NULL) {
		TAILQ_REMOVE(&env->ages, rate, age);
		TAILQ_INSERT_TAIL(&env->ages, rate, age);
		return rate;
	}
	if (env->nrates >= API_RATES_MAX) {
		rate = TAILQ_FIRST(&env->ages);
		TAILQ_REMOVE(&env->ages, rate, age);
		RB_REMOVE(rate_tree, &env->rates, rate);
		env->nrates--;
	} else if ((rate = malloc(sizeof(*rate))) == NULL)
		return NULL;
	memcpy(rate->hash, hash, sizeof(rate->hash));
	rate->tokens = API_RATE_REQUESTS * 1000ULL;
	rate->when = clock_mono_ms();
	RB_INSERT(rate_tree, &env->rates, rate);
	TAILQ_INSERT_TAIL(&env->ages, rate, age);
	env->nrates++;
	return rate;
}

/* 0, or seconds until the next request. */
static unsigned int
rate_take(struct rate *rate)
{
	uint64_t	 now = clock_mono_ms(), passed = now - rate->when;
	uint64_t	 full = API_RATE_REQUESTS * 1000ULL;

	rate->when = now;
	if (passed >= API_RATE_SEC * 1000ULL)
		rate->tokens = full;
	else
		rate->tokens += passed * API_RATE_REQUESTS / API_RATE_SEC;
	if (rate->tokens > full)
		rate->tokens = full;
	if (rate->tokens < 1000)
		return 1 + (unsigned int)((1000 - rate->tokens) *
		    API_RATE_SEC / API_RATE_REQUESTS / 1000);
	rate->tokens -= 1000;
	return 0;
}

/* Scopes and organisation of the one who has logged in. */
static void
auth_known(struct request *r)
{
	const struct route	*route = r->route;
	const char		*org = r->segments[1], *why;
	uint32_t		 scope;

	if (!r->who.ok) {
		answer_problem(r, 401, "the token is not known, or has "
		    "expired");
		return;
	}
	/* That of another organisation is not there. */
	if (strcmp(r->segments[0], "org") == 0 &&
	    strcmp(org, r->who.org) != 0 &&
	    strtonum(org, 1, UINT32_MAX, &why) != r->who.org_id) {
		answer_problem(r, 404, "there is no such organisation");
		return;
	}
	if (route->resource != NULL) {
		scope = route->write ? SCOPE_WRITE(route->resource->area) :
		    SCOPE_READ(route->resource->area);
		if ((r->who.scopes & scope) == 0) {
			answer_problem(r, 403, "the token does not have the "
			    "scope for this");
			return;
		}
	}
	/* Nobody's body is looked at before it is known who that is. */
	if (request_parse(r) == -1)
		return;
	if (r->dry)
		dry_run(r);
	else
		route->run(r);
}

void
auth_check(struct request *r)
{
	const char	*v = request_header(r, MHD_HTTP_HEADER_AUTHORIZATION);
	uint8_t		 hash[32];
	struct rate	*rate;
	SHA2_CTX	 ctx;
	char		 text[16];
	size_t		 len;
	unsigned int	 wait;

	if (v == NULL || strncasecmp(v, "Bearer ", 7) != 0) {
		answer_problem(r, 401, "a bearer token is missing");
		return;
	}
	v += 7;
	len = strlen(v);
	if (len < TOKEN_MIN || len > TOKEN_MAX) {
		answer_problem(r, 401, "this is no token");
		return;
	}
	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)v, len);
	SHA256Final(hash, &ctx);
	if ((rate = rate_of(r->env, hash)) == NULL) {
		answer_problem(r, 503, "out of memory");
		return;
	}
	if ((wait = rate_take(rate)) != 0) {
		r->env->limited++;
		answer_problem(r, 429, "more than %d requests in %d seconds",
		    API_RATE_REQUESTS, API_RATE_SEC);
		snprintf(text, sizeof(text), "%u", wait);
		answer_header(r, MHD_HTTP_HEADER_RETRY_AFTER, text);
		return;
	}
	if (session_begin(r, hash, auth_known) == -1)
		answer_problem(r, 503, "the service is busy or starting: "
		    "try again");
}
