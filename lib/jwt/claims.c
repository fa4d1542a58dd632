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
 * The claims of a token, in the order in which OpenID Connect Core section
 * 3.1.3.7 lists what must hold.
 */

#include <stdio.h>
#include <string.h>

#include "jwt/jwt_local.h"

static char	text[320];

static int
is_string(const json_t *v, const char *want)
{
	return json_is_string(v) && strcmp(json_string_value(v), want) == 0;
}

/* A string, or an array that has it. */
static int
has_string(const json_t *v, const char *want)
{
	const json_t	*e;
	size_t		 i;

	if (is_string(v, want))
		return 1;
	/* Not an array: none of it. */
	json_array_foreach(v, i, e)
		if (is_string(e, want))
			return 1;
	return 0;
}

static int
claim_met(const json_t *v, const char *want)
{
	if (json_is_boolean(v))
		return strcmp(want, json_is_true(v) ? "true" : "false") == 0;
	return has_string(v, want);
}

static const char *
check_whose(const json_t *c, const struct jwt_rules *r,
    struct jwt_result *out)
{
	const json_t	*aud = json_object_get(c, "aud");
	const json_t	*azp = json_object_get(c, "azp");
	const char	*sub;

	if (!is_string(json_object_get(c, "iss"), r->issuer))
		return "it is of another issuer";
	if (!has_string(aud, r->audience != NULL ? r->audience : r->client))
		return "it is for another audience";
	if (azp != NULL && !is_string(azp, r->client))
		return "it was made for another client";
	if (azp == NULL && !has_string(aud, r->client))
		return "it does not name the client";
	if ((sub = jwt_json_string(c, "sub", JWT_SUBJECT_MAX)) == NULL)
		return "it has no subject, or a long one";
	strlcpy(out->subject, sub, sizeof(out->subject));
	return NULL;
}

static const char *
check_when(const json_t *c, const struct jwt_rules *r, struct jwt_result *out)
{
	uint64_t	 not_before;
	int		 has_nbf, has_iat;

	if (jwt_json_seconds(c, "exp", &out->expires) != 1)
		return "it does not say when it expires";
	has_nbf = jwt_json_seconds(c, "nbf", &not_before);
	has_iat = jwt_json_seconds(c, "iat", &out->issued);
	if (has_nbf == -1 || has_iat == -1)
		return "a time in it is not a number";
	if (r->now >= out->expires + r->skew)
		return "it is expired";
	if (has_nbf == 1 && not_before > r->now + r->skew)
		return "it is not valid yet";
	if (has_iat == 1 && out->issued > r->now + r->skew)
		return "it is of the future: is the clock right?";
	return NULL;
}

static const char *
check_claims(const json_t *c, const struct jwt_rules *r)
{
	size_t	 i;

	for (i = 0; i < r->nclaims; i++) {
		if (claim_met(json_object_get(c, r->claims[i].name),
		    r->claims[i].value))
			continue;
		(void)snprintf(text, sizeof(text),
		    "the claim %s is not what is required",
		    r->claims[i].name);
		return text;
	}
	return NULL;
}

int
jwt_check(const struct jws *j, const struct jwt_rules *r,
    struct jwt_result *out, const char **errstr)
{
	json_t	*c;

	memset(out, 0, sizeof(*out));
	if ((c = jwt_json_object(j->payload, j->payload_len, errstr)) == NULL)
		return -1;
	if ((*errstr = check_whose(c, r, out)) == NULL &&
	    (*errstr = check_when(c, r, out)) == NULL)
		*errstr = check_claims(c, r);
	json_decref(c);
	if (*errstr == NULL)
		return 0;
	memset(out, 0, sizeof(*out));
	return -1;
}
