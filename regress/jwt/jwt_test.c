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
 * lib/jwt: vectors of the documents, tokens of our own, and those that an
 * identity provider should not have sent.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdlib.h>

#include "jwt/jwt.h"
#include "regress/jwt/mint.h"

#define NOW	1900000000ULL

/* RFC 7515 appendices A.2 and A.3, RFC 8037 appendix A.4. */
#define CLAIMS								\
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt" \
	"cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
#define RSA_N								\
	"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp" \
	"-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOW" \
	"vG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs" \
	"LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9k" \
	"G4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2" \
	"PAcDTW9gb54h4FRWyuXpoQ"
#define RSA_SIG								\
	"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7" \
	"AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4" \
	"BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K" \
	"0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv" \
	"hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB" \
	"p0igcN_IoypGlUPQGe77Rw"
#define EC_X	"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define EC_Y	"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC_SIG								\
	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA" \
	"pmWQxfKTUJqPP3-Kg6NU1Q"
#define ED_X	"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define ED_SIG								\
	"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5B" \
	"hVsPt9g7sVvpAr_MuM0KAg"

#define RSA_KEY	"{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\"}"
#define EC_KEY	"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X	\
	"\",\"y\":\"" EC_Y "\"}"
#define ED_KEY	"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "\"}"
#define RSA_TOKEN	"eyJhbGciOiJSUzI1NiJ9." CLAIMS "." RSA_SIG
#define EC_TOKEN	"eyJhbGciOiJFUzI1NiJ9." CLAIMS "." EC_SIG
#define ED_TOKEN							\
	"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc." ED_SIG

static struct jwks *
set_of(const char *keys)
{
	const char	*errstr = "";
	struct jwks	*set;
	char		*text;

	ATF_REQUIRE(asprintf(&text, "{\"keys\":[%s]}", keys) != -1);
	set = jwks_parse((const uint8_t *)text, strlen(text), &errstr);
	ATF_REQUIRE_MSG(set != NULL, "%s", errstr);
	free(text);
	return set;
}

static enum jwt_verdict
verdict(const char *token, const char *keys)
{
	enum jwt_verdict	 v;
	const char		*errstr = "";
	struct jwks		*set = set_of(keys);
	struct jws		 j;

	ATF_REQUIRE_MSG(jws_parse(&j, token, strlen(token), &errstr) == 0,
	    "%s", errstr);
	v = jws_verify(&j, set);
	jws_free(&j);
	jwks_free(set);
	return v;
}

static void
refuse(const char *token, const char *why)
{
	const char	*errstr = "";
	struct jws	 j;

	ATF_REQUIRE(jws_parse(&j, token, strlen(token), &errstr) == -1);
	ATF_REQUIRE_MSG(strstr(errstr, why) != NULL, "%s", errstr);
}

/* "", or why the claims do not do. */
static const char *
check(const char *claims, const struct jwt_rules *r, struct jwt_result *out)
{
	static char	 text[MINT_TEXT];
	const char	*errstr = "";
	struct jws	 j;
	size_t		 n;

	strlcpy(text, "eyJhbGciOiJFUzI1NiJ9.", sizeof(text));
	n = strlen(text);
	n += mint_base64url((const uint8_t *)claims, strlen(claims),
	    text + n);
	strlcpy(text + n, "." EC_SIG, sizeof(text) - n);
	ATF_REQUIRE_MSG(jws_parse(&j, text, strlen(text), &errstr) == 0,
	    "%s", errstr);
	if (jwt_check(&j, r, out, &errstr) == 0)
		errstr = "";
	jws_free(&j);
	return errstr;
}

static struct jwt_rules
rules(void)
{
	struct jwt_rules	 r;

	memset(&r, 0, sizeof(r));
	r.issuer = "https://id.example";
	r.client = "enclave";
	r.now = NOW;
	r.skew = 60;
	return r;
}

#define GOOD_CLAIMS "\"iss\":\"https://id.example\",\"sub\":\"ada\"," \
	"\"aud\":\"enclave\",\"exp\":1900000600"

static void
expect(const char *claims, const char *why)
{
	struct jwt_rules	 r = rules();
	struct jwt_result	 out;
	const char		*got = check(claims, &r, &out);

	ATF_REQUIRE_MSG(*why == '\0' ? *got == '\0' :
	    strstr(got, why) != NULL, "%s: \"%s\"", claims, got);
}

ATF_TC_WITHOUT_HEAD(the_tokens_of_the_documents_are_verified);
ATF_TC_BODY(the_tokens_of_the_documents_are_verified, tc)
{
	ATF_REQUIRE_EQ(jwt_init(7), 0);
	ATF_REQUIRE_EQ(verdict(RSA_TOKEN, RSA_KEY), JWT_GOOD);
	ATF_REQUIRE_EQ(verdict(EC_TOKEN, EC_KEY), JWT_GOOD);
	ATF_REQUIRE_EQ(verdict(ED_TOKEN, ED_KEY), JWT_GOOD);
	ATF_REQUIRE_EQ(verdict(ED_TOKEN, RSA_KEY "," EC_KEY "," ED_KEY),
	    JWT_GOOD);
}

ATF_TC_WITHOUT_HEAD(one_changed_bit_of_any_part_spoils_the_signature);
ATF_TC_BODY(one_changed_bit_of_any_part_spoils_the_signature, tc)
{
	static const char *const	 tokens[] = { RSA_TOKEN, EC_TOKEN,
	    ED_TOKEN };
	const char			*errstr, *dot;
	struct jwks			*set;
	struct jws			 j;
	char				*t, *p;
	size_t				 i;

	set = set_of(RSA_KEY "," EC_KEY "," ED_KEY);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE((t = strdup(tokens[i])) != NULL);
		dot = strchr(t, '.');
		for (p = strchr(t, '.') + 1; *p != '\0'; p++) {
			if (*p == '.')
				continue;
			*p = *p == 'A' ? 'B' : 'A';
			/* Some are no base64url any more: refused too. */
			if (jws_parse(&j, t, strlen(t), &errstr) == 0) {
				ATF_REQUIRE_EQ(jws_verify(&j, set), JWT_BAD);
				jws_free(&j);
			}
			*p = tokens[i][p - t];
		}
		ATF_REQUIRE(dot != NULL);
		free(t);
	}
	jwks_free(set);
}

ATF_TC_WITHOUT_HEAD(every_algorithm_verifies_what_another_program_signed);
ATF_TC_BODY(every_algorithm_verifies_what_another_program_signed, tc)
{
	struct mint	 m;
	char		 key[MINT_TEXT], token[MINT_TEXT];
	int		 kind, round;

	for (kind = MINT_RSA; kind <= MINT_ED25519; kind++) {
		mint_make(&m, (enum mint_kind)kind, "k1");
		mint_jwk(&m, key);
		/* Numbers with leading zeros come by chance. */
		for (round = 0; round < (kind == MINT_P256 ? 600 : 2);
		    round++) {
			mint_token(&m, "{}", token);
			ATF_REQUIRE_EQ(verdict(token, key), JWT_GOOD);
		}
		if (kind == MINT_RSA) {
			mint_token_header(&m, "{\"alg\":\"PS256\"}", "{}", 1,
			    token);
			ATF_REQUIRE_EQ(verdict(token, key), JWT_GOOD);
			mint_token_header(&m, "{\"alg\":\"PS256\"}", "{}", 0,
			    token);
			ATF_REQUIRE_EQ(verdict(token, key), JWT_BAD);
			mint_token_header(&m, "{\"alg\":\"RS256\"}", "{}", 1,
			    token);
			ATF_REQUIRE_EQ(verdict(token, key), JWT_BAD);
		}
		mint_free(&m);
	}
}

ATF_TC_WITHOUT_HEAD(neither_none_nor_hmac_is_an_algorithm);
ATF_TC_BODY(neither_none_nor_hmac_is_an_algorithm, tc)
{
	static const char *const	 headers[] = {
		"{\"alg\":\"none\"}", "{\"alg\":\"None\"}",
		"{\"alg\":\"HS256\"}", "{\"alg\":\"HS512\"}",
		"{\"alg\":\"ES512\"}", "{\"alg\":\"\"}", "{\"alg\":1}",
		"{\"alg\":[\"RS256\"]}", "{}"
	};
	char				 t[1024];
	size_t				 i, n;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		n = mint_base64url((const uint8_t *)headers[i],
		    strlen(headers[i]), t);
		strlcpy(t + n, ".e30." EC_SIG, sizeof(t) - n);
		refuse(t, "algorithm");
	}
	refuse("eyJhbGciOiJSUzI1NiJ9.e30.", "signature");
}

ATF_TC_WITHOUT_HEAD(an_algorithm_must_fit_the_kind_of_its_key);
ATF_TC_BODY(an_algorithm_must_fit_the_kind_of_its_key, tc)
{
	ATF_REQUIRE_EQ(verdict(RSA_TOKEN, EC_KEY "," ED_KEY), JWT_NO_KEY);
	ATF_REQUIRE_EQ(verdict(EC_TOKEN, RSA_KEY "," ED_KEY), JWT_NO_KEY);
	ATF_REQUIRE_EQ(verdict(ED_TOKEN, RSA_KEY "," EC_KEY), JWT_NO_KEY);
	/* The key says what it is for. */
	ATF_REQUIRE_EQ(verdict(RSA_TOKEN, "{\"alg\":\"PS256\",\"kty\":\"RSA\","
	    "\"n\":\"" RSA_N "\",\"e\":\"AQAB\"}"), JWT_NO_KEY);
	ATF_REQUIRE_EQ(verdict(RSA_TOKEN, "{\"alg\":\"HS256\",\"kty\":\"RSA\","
	    "\"n\":\"" RSA_N "\",\"e\":\"AQAB\"}"), JWT_NO_KEY);
	ATF_REQUIRE_EQ(verdict(RSA_TOKEN, "{\"use\":\"enc\",\"kty\":\"RSA\","
	    "\"n\":\"" RSA_N "\",\"e\":\"AQAB\"}"), JWT_NO_KEY);
	ATF_REQUIRE_EQ(verdict(RSA_TOKEN, "{\"key_ops\":[\"sign\"],\"kty\":"
	    "\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\"}"), JWT_NO_KEY);
	ATF_REQUIRE_EQ(verdict(RSA_TOKEN, "{\"key_ops\":[\"verify\"],\"kty\":"
	    "\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\"}"), JWT_GOOD);
}

ATF_TC_WITHOUT_HEAD(a_token_that_names_its_key_is_of_no_other);
ATF_TC_BODY(a_token_that_names_its_key_is_of_no_other, tc)
{
	struct mint	 a, b;
	char		 ka[MINT_TEXT], kb[MINT_TEXT], t[MINT_TEXT];
	char		 both[2 * MINT_TEXT];

	mint_make(&a, MINT_P256, "a");
	mint_make(&b, MINT_P256, "b");
	mint_jwk(&a, ka);
	mint_jwk(&b, kb);
	snprintf(both, sizeof(both), "%s,%s", ka, kb);
	mint_token(&b, "{}", t);
	ATF_REQUIRE_EQ(verdict(t, ka), JWT_NO_KEY);
	ATF_REQUIRE_EQ(verdict(t, both), JWT_GOOD);
	/* The name of one and the signature of the other. */
	strlcpy(a.kid, "b", sizeof(a.kid));
	mint_token(&a, "{}", t);
	ATF_REQUIRE_EQ(verdict(t, both), JWT_BAD);
	/* Nameless: any of them. */
	a.kid[0] = '\0';
	mint_token(&a, "{}", t);
	ATF_REQUIRE_EQ(verdict(t, both), JWT_GOOD);
	mint_free(&a);
	mint_free(&b);
}

ATF_TC_WITHOUT_HEAD(weak_and_broken_keys_are_passed_over);
ATF_TC_BODY(weak_and_broken_keys_are_passed_over, tc)
{
	static const char *const	 keys[] = {
		/* a point that is not on the curve, and coordinates */
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_Y
		    "\",\"y\":\"" EC_X "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" EC_X
		    "\",\"y\":\"" EC_Y "\"}",
		/* exponents 1 and 2, none, and a modulus that is even */
		"{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQ\"}",
		"{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"Ag\"}",
		"{\"kty\":\"RSA\",\"n\":\"" RSA_N "\"}",
		"{\"kty\":\"RSA\",\"n\":\"AQAC\",\"e\":\"AQAB\"}",
		"{\"kty\":\"oct\",\"k\":\"AAAA\"}",
		"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" ED_X "\"}",
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "A\"}",
		"7", "[]", "null", "{}"
	};
	struct jwks			*set;
	struct mint			 weak;
	char				 k[MINT_TEXT];
	size_t				 i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		set = set_of(keys[i]);
		ATF_REQUIRE_MSG(jwks_count(set) == 0, "%s", keys[i]);
		jwks_free(set);
	}
	mint_make_bits(&weak, MINT_RSA, "w", 1024);
	mint_jwk(&weak, k);
	set = set_of(k);
	ATF_REQUIRE_EQ(jwks_count(set), 0);
	jwks_free(set);
	mint_free(&weak);
}

ATF_TC_WITHOUT_HEAD(a_set_holds_so_many_keys_and_no_more);
ATF_TC_BODY(a_set_holds_so_many_keys_and_no_more, tc)
{
	static char	 text[200 * sizeof(ED_KEY)];
	struct jwks	*set;
	int		 i;

	strlcpy(text, ED_KEY, sizeof(text));
	for (i = 0; i < 150; i++)
		strlcat(text, "," ED_KEY, sizeof(text));
	set = set_of(text);
	ATF_REQUIRE_EQ(jwks_count(set), JWT_KEYS_MAX);
	jwks_free(set);
}

ATF_TC_WITHOUT_HEAD(what_is_no_token_is_refused_with_the_reason);
ATF_TC_BODY(what_is_no_token_is_refused_with_the_reason, tc)
{
	static char	 t[JWT_MAX + 64];
	size_t		 n;

	refuse("", "three parts");
	refuse("a.b", "three parts");
	refuse("..", "header");
	refuse(".e30." EC_SIG, "header");
	refuse("eyJhbGciOiJFUzI1NiJ9.e30." EC_SIG ".x", "signature");
	refuse("eyJhbGciOiJFUzI1NiJ9.e30." EC_SIG "=", "signature");
	refuse("eyJhbGciOiJFUzI1NiJ9.e3 0." EC_SIG, "payload");
	refuse("eyJhbGciOiJFUzI1NiJ9==.e30." EC_SIG, "header");
	/* Bits behind the last byte. */
	refuse("eyJhbGciOiJFUzI1NiJ9.e31." EC_SIG, "payload");
	strlcpy(t, "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}",
	    512);
	n = mint_base64url((const uint8_t *)t, strlen(t), t + 512);
	strlcpy(t + 512 + n, ".e30." EC_SIG, 512);
	refuse(t + 512, "critical");
	memset(t, 'A', sizeof(t) - 1);
	refuse(t, "too long");
}

ATF_TC_WITHOUT_HEAD(a_token_is_for_this_issuer_client_and_audience);
ATF_TC_BODY(a_token_is_for_this_issuer_client_and_audience, tc)
{
	struct jwt_rules	 r = rules();
	struct jwt_result	 out;

	ATF_REQUIRE_STREQ(check("{" GOOD_CLAIMS "}", &r, &out), "");
	ATF_REQUIRE_STREQ(out.subject, "ada");
	ATF_REQUIRE_EQ(out.expires, NOW + 600);
	expect("{\"iss\":\"https://id.example/\",\"sub\":\"a\",\"aud\":"
	    "\"enclave\",\"exp\":1900000600}", "another issuer");
	expect("{\"sub\":\"a\",\"aud\":\"enclave\",\"exp\":1900000600}",
	    "another issuer");
	expect("{\"iss\":\"https://id.example\",\"sub\":\"a\",\"aud\":"
	    "\"enclavE\",\"exp\":1900000600}", "another audience");
	expect("{\"iss\":\"https://id.example\",\"sub\":\"a\",\"aud\":"
	    "[\"x\",\"enclave\"],\"exp\":1900000600}", "");
	expect("{\"iss\":\"https://id.example\",\"sub\":\"a\",\"aud\":"
	    "{\"enclave\":1},\"exp\":1900000600}", "another audience");
	expect("{" GOOD_CLAIMS ",\"azp\":\"enclave\"}", "");
	expect("{" GOOD_CLAIMS ",\"azp\":\"other\"}", "another client");
	expect("{" GOOD_CLAIMS ",\"azp\":[\"enclave\"]}", "another client");
	expect("{\"iss\":\"https://id.example\",\"aud\":\"enclave\","
	    "\"exp\":1900000600}", "subject");
	r.audience = "api";
	ATF_REQUIRE(strstr(check("{" GOOD_CLAIMS "}", &r, &out),
	    "another audience") != NULL);
	ATF_REQUIRE(strstr(check("{\"iss\":\"https://id.example\",\"sub\":"
	    "\"a\",\"aud\":\"api\",\"exp\":1900000600}", &r, &out),
	    "does not name the client") != NULL);
	ATF_REQUIRE_STREQ(check("{\"iss\":\"https://id.example\",\"sub\":"
	    "\"a\",\"aud\":\"api\",\"azp\":\"enclave\",\"exp\":1900000600}",
	    &r, &out), "");
}

ATF_TC_WITHOUT_HEAD(a_token_is_of_its_time_and_clocks_may_differ_a_little);
ATF_TC_BODY(a_token_is_of_its_time_and_clocks_may_differ_a_little, tc)
{
#define WHOSE "\"iss\":\"https://id.example\",\"sub\":\"ada\",\"aud\":"	\
	"\"enclave\""
	expect("{" WHOSE "}", "when it expires");
	expect("{" WHOSE ",\"exp\":\"1900000600\"}", "when it expires");
	expect("{" WHOSE ",\"exp\":-1}", "when it expires");
	expect("{" WHOSE ",\"exp\":1e300}", "when it expires");
	expect("{" WHOSE ",\"exp\":1900000000}", "");
	expect("{" WHOSE ",\"exp\":1899999941}", "");
	expect("{" WHOSE ",\"exp\":1899999940}", "expired");
	expect("{" WHOSE ",\"exp\":1900000600.5}", "");
	expect("{" GOOD_CLAIMS ",\"nbf\":1900000060}", "");
	expect("{" GOOD_CLAIMS ",\"nbf\":1900000061}", "not valid yet");
	expect("{" GOOD_CLAIMS ",\"nbf\":\"x\"}", "not a number");
	expect("{" GOOD_CLAIMS ",\"iat\":1900000060}", "");
	expect("{" GOOD_CLAIMS ",\"iat\":1900000061}", "future");
	expect("{" GOOD_CLAIMS ",\"iat\":null}", "not a number");
}

ATF_TC_WITHOUT_HEAD(required_claims_are_strings_members_or_truths);
ATF_TC_BODY(required_claims_are_strings_members_or_truths, tc)
{
	static const struct jwt_claim	 claims[] = {
		{ "groups", "admins" }, { "email_verified", "true" }
	};
	struct jwt_rules		 r = rules();
	struct jwt_result		 out;

	r.claims = claims;
	r.nclaims = 2;
	ATF_REQUIRE_STREQ(check("{" GOOD_CLAIMS ",\"groups\":\"admins\","
	    "\"email_verified\":true}", &r, &out), "");
	ATF_REQUIRE_STREQ(check("{" GOOD_CLAIMS ",\"groups\":[\"a\",7,"
	    "\"admins\"],\"email_verified\":\"true\"}", &r, &out), "");
	ATF_REQUIRE(strstr(check("{" GOOD_CLAIMS ",\"groups\":[\"admin\"],"
	    "\"email_verified\":true}", &r, &out), "claim groups") != NULL);
	ATF_REQUIRE(strstr(check("{" GOOD_CLAIMS ",\"groups\":[[\"admins\"]],"
	    "\"email_verified\":true}", &r, &out), "claim groups") != NULL);
	ATF_REQUIRE(strstr(check("{" GOOD_CLAIMS ",\"groups\":{\"admins\":"
	    "true},\"email_verified\":true}", &r, &out), "claim groups") !=
	    NULL);
	ATF_REQUIRE(strstr(check("{" GOOD_CLAIMS ",\"groups\":\"admins\","
	    "\"email_verified\":false}", &r, &out), "email_verified") !=
	    NULL);
	ATF_REQUIRE_EQ(out.subject[0], '\0');
	ATF_REQUIRE(strstr(check("{" GOOD_CLAIMS "}", &r, &out),
	    "claim groups") != NULL);
}

ATF_TC_WITHOUT_HEAD(json_is_bounded_in_depth_number_and_form);
ATF_TC_BODY(json_is_bounded_in_depth_number_and_form, tc)
{
	static char	 text[4 * 40000];
	const char	*errstr;
	size_t		 i;

	expect("[]", "not an object");
	expect("{" GOOD_CLAIMS ",\"x\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}",
	    "too deeply");
	expect("{" GOOD_CLAIMS ",\"x\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}", "");
	expect("{" GOOD_CLAIMS ",\"sub\":\"eve\"}", "not JSON");
	expect("{" GOOD_CLAIMS "} x", "not JSON");
	expect("{" GOOD_CLAIMS ",\"x\":\"\\u0000\"}", "not JSON");
	strlcpy(text, "{\"keys\":[0", sizeof(text));
	for (i = strlen(text); i < sizeof(text) - 4; i += 2)
		memcpy(text + i, ",0", 2);
	memcpy(text + i, "]}", 3);
	ATF_REQUIRE(jwks_parse((const uint8_t *)text, strlen(text),
	    &errstr) == NULL);
	ATF_REQUIRE_STREQ(errstr, "too many values");
	ATF_REQUIRE(jwks_parse((const uint8_t *)"{\"keys\":{}}", 11,
	    &errstr) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_tokens_of_the_documents_are_verified);
	ATF_TP_ADD_TC(tp, one_changed_bit_of_any_part_spoils_the_signature);
	ATF_TP_ADD_TC(tp, every_algorithm_verifies_what_another_program_signed);
	ATF_TP_ADD_TC(tp, neither_none_nor_hmac_is_an_algorithm);
	ATF_TP_ADD_TC(tp, an_algorithm_must_fit_the_kind_of_its_key);
	ATF_TP_ADD_TC(tp, a_token_that_names_its_key_is_of_no_other);
	ATF_TP_ADD_TC(tp, weak_and_broken_keys_are_passed_over);
	ATF_TP_ADD_TC(tp, a_set_holds_so_many_keys_and_no_more);
	ATF_TP_ADD_TC(tp, what_is_no_token_is_refused_with_the_reason);
	ATF_TP_ADD_TC(tp, a_token_is_for_this_issuer_client_and_audience);
	ATF_TP_ADD_TC(tp,
	    a_token_is_of_its_time_and_clocks_may_differ_a_little);
	ATF_TP_ADD_TC(tp, required_claims_are_strings_members_or_truths);
	ATF_TP_ADD_TC(tp, json_is_bounded_in_depth_number_and_form);
	return atf_no_error();
}
