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
 * Any bytes as a token and as a set of keys: nothing that was not signed is
 * good, and a refusal has words.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "jwt/jwt.h"

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char	 keys[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":"
    "\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},"
    "{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";

static void
fuzz_token(const char *text, size_t len)
{
	static const struct jwt_claim	 claims[] = { { "groups", "a" } };
	static struct jwks		*set;
	struct jwt_rules		 r;
	struct jwt_result		 out;
	struct jws			 j;
	const char			*errstr = NULL;

	if (set == NULL)
		set = jwks_parse((const uint8_t *)keys, sizeof(keys) - 1,
		    &errstr);
	if (jws_parse(&j, text, len, &errstr) == -1) {
		if (errstr == NULL || *errstr == '\0')
			abort();
		return;
	}
	(void)jws_verify(&j, set);
	memset(&r, 0, sizeof(r));
	r.issuer = "joe";
	r.client = "c";
	r.claims = claims;
	r.nclaims = 1;
	r.now = 1300819000;
	if (jwt_check(&j, &r, &out, &errstr) == -1 &&
	    (errstr == NULL || *errstr == '\0'))
		abort();
	jws_free(&j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char	*errstr = NULL;
	struct jwks	*set;

	fuzz_token((const char *)data, len);
	set = jwks_parse(data, len, &errstr);
	if (set == NULL && (errstr == NULL || *errstr == '\0'))
		abort();
	if (set != NULL && jwks_count(set) > JWT_KEYS_MAX)
		abort();
	jwks_free(set);
	return 0;
}
