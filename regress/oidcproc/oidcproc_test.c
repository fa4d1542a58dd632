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
 * The real oidcproc between a played parent, policyproc and identity
 * provider.  Each request of oidcproc is awaited and answered one by one.
 */

#include "regress/oidcproc/provider.h"

/* --- A user signs in ----------------------------------------------- */

ATF_TC_WITHOUT_HEAD(a_user_with_the_code_signs_in);
ATF_TC_BODY(a_user_with_the_code_signs_in, tc)
{
	struct world	 w;
	union msg_any	 any;

	begin(&w);
	ask(&w, SYSTEM, 0, "", 0);
	await(&w, WELL_KNOWN);
	expect_form(&w, "Host: 127.0.0.1:");
	answer_document(&w);
	await(&w, "POST /device HTTP/1.1\r\n");
	expect_form(&w, "\r\n\r\nclient_id=enclave&"
	    "scope=openid%20email%20offline_access");
	answer_code(&w);
	side_expect(&w.policy, MSG_OIDC_CODE, &any);
	ATF_REQUIRE_EQ(any.oidc_code.system, SYSTEM);
	ATF_REQUIRE_STREQ(any.oidc_code.uri_complete,
	    "https://id.example/go?c=WDJB-MJHT");
	ATF_REQUIRE(any.oidc_code.expires > clock_wall_sec() + 500);
	await(&w, "POST /token?a=b HTTP/1.1\r\n");
	expect_form(&w, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type"
	    "%3Adevice_code&device_code=a%20b%26c&client_id=enclave");
	answer(&w, 400, "{\"error\":\"authorization_pending\"}");
	await(&w, "POST /token?a=b HTTP/1.1\r\n");
	answer_token(&w, 3600, "", NULL);
	await(&w, "GET /keys HTTP/1.1\r\n");
	answer_keys(&w);
	expect_signed_in(&w, 3600);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(document_and_keys_are_asked_for_once);
ATF_TC_BODY(document_and_keys_are_asked_for_once, tc)
{
	struct world	 w;

	begin(&w);
	reach_code(&w, 0, "", 0);
	await(&w, "POST /token");
	answer_token(&w, 3600, "", NULL);
	await(&w, "GET /keys");
	answer_keys(&w);
	expect_signed_in(&w, 3600);
	ask(&w, SYSTEM, 0, "", 0);
	await(&w, "POST /device");
	answer_code(&w);
	expect_code(&w);
	await(&w, "POST /token");
	answer_token(&w, 1800, "", NULL);
	expect_signed_in(&w, 1800);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_sign_in_lasts_no_longer_than_its_requirement_says);
ATF_TC_BODY(a_sign_in_lasts_no_longer_than_its_requirement_says, tc)
{
	struct world	 w;

	begin(&w);
	reach_code(&w, 900, "", 0);
	await(&w, "POST /token");
	answer_token(&w, 3600, "", NULL);
	await(&w, "GET /keys");
	answer_keys(&w);
	expect_signed_in(&w, 900);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(chunks_and_an_answer_up_to_the_end_are_understood);
ATF_TC_BODY(chunks_and_an_answer_up_to_the_end_are_understood, tc)
{
	struct world	 w;

	begin(&w);
	ask(&w, SYSTEM, 0, "", 0);
	await(&w, WELL_KNOWN);
	answer_document(&w);
	await(&w, "POST /device");
	answer_raw(&w, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n"
	    "3e;ext=1\r\n{\"device_code\":\"x\",\"user_code\":\"WDJB-MJHT\","
	    "\"verification_uri\":\r\n"
	    "36\r\n\"https://id.example/go\",\"expires_in\":600,"
	    "\"interval\":1}\r\n"
	    "0\r\nTrailer: x\r\n\r\n");
	expect_code(&w);
	await(&w, "POST /token");
	answer_raw(&w, "HTTP/1.0 400 Bad\r\n\r\n{\"error\":"
	    "\"access_denied\"}");
	expect_failed(&w, 0, "the sign-in was denied");
	end(&w);
}

/* --- Answers while the user is awaited ----------------------------- */

ATF_TC_WITHOUT_HEAD(slow_down_makes_the_questions_rarer);
ATF_TC_BODY(slow_down_makes_the_questions_rarer, tc)
{
	struct world	 w;
	uint64_t	 since;

	begin(&w);
	reach_code(&w, 0, "", 0);
	await(&w, "POST /token");
	answer(&w, 400, "{\"error\":\"slow_down\"}");
	since = clock_mono_ms();
	await(&w, "POST /token");
	ATF_REQUIRE_MSG(clock_mono_ms() - since >= 5900, "%llu ms",
	    (unsigned long long)(clock_mono_ms() - since));
	answer(&w, 400, "{\"error\":\"expired_token\"}");
	expect_failed(&w, 0, "the code has expired");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_fault_of_the_provider_does_not_end_the_waiting);
ATF_TC_BODY(a_fault_of_the_provider_does_not_end_the_waiting, tc)
{
	struct world	 w;

	begin(&w);
	reach_code(&w, 0, "", 0);
	await(&w, "POST /token");
	answer(&w, 503, "<html>");
	await(&w, "POST /token");
	answer_raw(&w, "");
	await(&w, "POST /token");
	answer(&w, 400, "{\"error\":\"invalid_client\",\"error_description\":"
	    "\"who\\u0007 is it\"}");
	expect_failed(&w, 0, "invalid_client (who? is it)");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(another_sign_in_of_the_system_takes_the_place);
ATF_TC_BODY(another_sign_in_of_the_system_takes_the_place, tc)
{
	struct msg_oidc_begin	 m;
	struct world		 w;

	begin(&w);
	reach_code(&w, 0, "", 0);
	memset(&m, 0, sizeof(m));
	m.system = SYSTEM;
	m.requirement = REQUIREMENT + 1;
	strlcpy(m.issuer, w.issuer, sizeof(m.issuer));
	strlcpy(m.client, "enclave", sizeof(m.client));
	side_send(&w.policy, MSG_OIDC_BEGIN, &m, -1);
	expect_failed(&w, 0, "another sign-in was begun");
	await(&w, "POST /device");
	answer_code(&w);
	expect_code(&w);
	end(&w);
}

/* --- Tokens that do not do ----------------------------------------- */

ATF_TC_WITHOUT_HEAD(keys_are_asked_for_anew_when_one_is_not_known);
ATF_TC_BODY(keys_are_asked_for_anew_when_one_is_not_known, tc)
{
	struct world	 w;
	struct mint	 old;

	begin(&w);
	reach_code(&w, 0, "", 0);
	await(&w, "POST /token");
	answer_token(&w, 3600, "", NULL);
	await(&w, "GET /keys");
	answer_keys(&w);
	expect_signed_in(&w, 3600);
	/* The provider has another key now. */
	old = w.key;
	mint_make(&w.key, MINT_RSA, "k2");
	ask(&w, SYSTEM, 0, "", 0);
	await(&w, "POST /device");
	answer_code(&w);
	expect_code(&w);
	await(&w, "POST /token");
	answer_token(&w, 3600, "", NULL);
	await(&w, "GET /keys");
	answer_keys(&w);
	expect_signed_in(&w, 3600);
	/* One that it has never had: it is asked once more, not again. */
	strlcpy(old.kid, "k3", sizeof(old.kid));
	ask(&w, SYSTEM, 0, "", 0);
	await(&w, "POST /device");
	answer_code(&w);
	expect_code(&w);
	await(&w, "POST /token");
	snprintf(w.request, sizeof(w.request), "{\"id_token\":\"");
	mint_token(&old, "{}", w.request + strlen(w.request));
	strlcat(w.request, "\"}", sizeof(w.request));
	answer(&w, 200, w.request);
	await(&w, "GET /keys");
	answer_keys(&w);
	expect_failed(&w, 0, "no such key");
	mint_free(&old);
	end(&w);
}

/* A sign-in whose token is the text; the reason has this part. */
static void
refuse_token(const char *token, const char *part)
{
	struct world	 w;
	char		 text[MINT_TEXT];

	begin(&w);
	reach_code(&w, 0, "", 0);
	await(&w, "POST /token");
	snprintf(text, sizeof(text), "{\"id_token\":\"%s\"}", token);
	answer(&w, 200, text);
	await(&w, "GET /keys");
	answer_keys(&w);
	expect_failed(&w, 0, part);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(an_unsigned_token_is_refused);
ATF_TC_BODY(an_unsigned_token_is_refused, tc)
{
	refuse_token("eyJhbGciOiJub25lIn0.e30.", "algorithm");
}

ATF_TC_WITHOUT_HEAD(a_token_of_another_key_is_refused);
ATF_TC_BODY(a_token_of_another_key_is_refused, tc)
{
	struct mint	 other;
	char		 token[MINT_TEXT];

	mint_make(&other, MINT_P256, "k1");
	mint_token(&other, "{}", token);
	mint_free(&other);
	refuse_token(token, "its signature is wrong");
}

/* The claims of a good signature, and what is wrong with them. */
static void
refuse_claims(struct world *w, const char *claims, const char *part)
{
	char	 token[MINT_TEXT], text[MINT_TEXT + 64];

	ask(w, SYSTEM, 0, "groups\0admins\0", 14);
	await(w, "POST /device");
	answer_code(w);
	expect_code(w);
	await(w, "POST /token");
	mint_token(&w->key, claims, token);
	snprintf(text, sizeof(text), "{\"id_token\":\"%s\"}", token);
	answer(w, 200, text);
	expect_failed(w, 0, part);
}

ATF_TC_WITHOUT_HEAD(wrong_claims_are_refused_with_the_reason);
ATF_TC_BODY(wrong_claims_are_refused_with_the_reason, tc)
{
	struct world	 w;
	char		 t[512];

	begin(&w);
	reach_code(&w, 0, "groups\0admins\0", 14);
	await(&w, "POST /token");
	answer_token(&w, 60, ",\"groups\":[\"users\"]", NULL);
	await(&w, "GET /keys");
	answer_keys(&w);
	expect_failed(&w, 0, "the claim groups");
	refuse_claims(&w, "{\"iss\":\"https://evil.example\"}",
	    "another issuer");
	snprintf(t, sizeof(t), "{\"iss\":\"%s\",\"aud\":\"other\"}",
	    w.issuer);
	refuse_claims(&w, t, "another audience");
	snprintf(t, sizeof(t), "{\"iss\":\"%s\",\"aud\":\"enclave\",\"sub\":"
	    "\"a\",\"groups\":\"admins\",\"exp\":%llu}", w.issuer,
	    (unsigned long long)clock_wall_sec() - 1);
	refuse_claims(&w, t, "it is expired");
	snprintf(t, sizeof(t), "{\"iss\":\"%s\",\"aud\":\"enclave\",\"sub\":"
	    "\"a\",\"groups\":\"admins\",\"exp\":%llu,\"nbf\":%llu}",
	    w.issuer, (unsigned long long)clock_wall_sec() + 900,
	    (unsigned long long)clock_wall_sec() + 600);
	refuse_claims(&w, t, "not valid yet");
	end(&w);
}

/* --- Renewal ------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(a_sign_in_is_renewed_until_the_provider_refuses);
ATF_TC_BODY(a_sign_in_is_renewed_until_the_provider_refuses, tc)
{
	struct world	 w;

	begin(&w);
	reach_code(&w, 0, "", 0);
	await(&w, "POST /token");
	answer_token(&w, 3, "", "r1&");
	await(&w, "GET /keys");
	answer_keys(&w);
	expect_signed_in(&w, 3);
	await(&w, "POST /token");
	expect_form(&w, "grant_type=refresh_token&refresh_token=r1%26&"
	    "client_id=enclave");
	answer_token(&w, 3, "", "r2");
	expect_signed_in(&w, 3);
	await(&w, "POST /token");
	expect_form(&w, "refresh_token=r2&");
	answer(&w, 400, "{\"error\":\"invalid_grant\"}");
	expect_failed(&w, 1, "invalid_grant");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(claims_are_checked_anew_at_each_renewal);
ATF_TC_BODY(claims_are_checked_anew_at_each_renewal, tc)
{
	struct world	 w;

	begin(&w);
	reach_code(&w, 2, "groups\0admins\0", 14);
	await(&w, "POST /token");
	answer_token(&w, 3600, ",\"groups\":[\"admins\"]", "r1");
	await(&w, "GET /keys");
	answer_keys(&w);
	expect_signed_in(&w, 2);
	await(&w, "POST /token");
	answer_token(&w, 3600, ",\"groups\":[\"users\"]", NULL);
	expect_failed(&w, 1, "the claim groups");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(what_is_signed_in_is_told_again_when_asked);
ATF_TC_BODY(what_is_signed_in_is_told_again_when_asked, tc)
{
	struct msg_oidc_cancel	 cancel;
	struct msg_oidc_sync	 sync;
	struct world		 w;

	begin(&w);
	reach_code(&w, 0, "", 0);
	await(&w, "POST /token");
	answer_token(&w, 3600, "", "r1");
	await(&w, "GET /keys");
	answer_keys(&w);
	expect_signed_in(&w, 3600);
	memset(&sync, 0, sizeof(sync));
	side_send(&w.policy, MSG_OIDC_SYNC, &sync, -1);
	expect_signed_in(&w, 3600);
	/* Of one that is forgotten nothing is told. */
	memset(&cancel, 0, sizeof(cancel));
	cancel.system = SYSTEM;
	cancel.requirement = REQUIREMENT;
	side_send(&w.policy, MSG_OIDC_CANCEL, &cancel, -1);
	side_send(&w.policy, MSG_OIDC_SYNC, &sync, -1);
	ask(&w, SYSTEM + 1, 0, "", 0);
	await(&w, "POST /device");
	answer(&w, 400, "{\"error\":\"invalid_scope\"}");
	expect_failed(&w, 0, "invalid_scope");
	end(&w);
}

/* --- Providers that are hostile, or not there ---------------------- */

static void
refuse_document(struct world *w, const char *part)
{
	ask(w, SYSTEM, 0, "", 0);
	expect_failed(w, 0, part);
}

ATF_TC_WITHOUT_HEAD(a_provider_that_is_not_trusted_is_asked_nothing);
ATF_TC_BODY(a_provider_that_is_not_trusted_is_asked_nothing, tc)
{
	struct world	 w, other;
	char		 buf[16];

	make_provider(&other, HOST);
	make_provider(&w, HOST);
	memcpy(w.cert, other.cert, other.cert_len);
	w.cert_len = other.cert_len;
	start(&w, 1);
	ask(&w, SYSTEM, 0, "", 0);
	ATF_REQUIRE(peer_accept(&w.peer, w.listener, w.server) != 0 ||
	    peer_read(&w.peer, buf, sizeof(buf)) <= 0);
	peer_end(&w.peer);
	expect_failed(&w, 0, "certificate verification failed");
	end(&w);
	tls_free(other.server);
	close(other.listener);
	mint_free(&other.key);
}

ATF_TC_WITHOUT_HEAD(a_certificate_of_another_name_is_refused);
ATF_TC_BODY(a_certificate_of_another_name_is_refused, tc)
{
	struct world	 w;
	char		 buf[16];

	make_provider(&w, "127.0.0.2");
	start(&w, 1);
	ask(&w, SYSTEM, 0, "", 0);
	ATF_REQUIRE(peer_accept(&w.peer, w.listener, w.server) != 0 ||
	    peer_read(&w.peer, buf, sizeof(buf)) <= 0);
	peer_end(&w.peer);
	expect_failed(&w, 0, "not present in server certificate");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(without_trusted_certificates_nobody_is_asked);
ATF_TC_BODY(without_trusted_certificates_nobody_is_asked, tc)
{
	struct world	 w;

	make_provider(&w, HOST);
	start(&w, 0);
	refuse_document(&w, "identity ca");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(an_issuer_is_https_and_itself);
ATF_TC_BODY(an_issuer_is_https_and_itself, tc)
{
	struct world	 w;
	char		 good[64];

	begin(&w);
	strlcpy(good, w.issuer, sizeof(good));
	snprintf(w.issuer, sizeof(w.issuer), "http://127.0.0.1");
	refuse_document(&w, "https");
	strlcpy(w.issuer, good, sizeof(w.issuer));
	ask(&w, SYSTEM, 0, "", 0);
	await(&w, WELL_KNOWN);
	answer(&w, 200, "{\"issuer\":\"https://other.example\"}");
	expect_failed(&w, 0, "another issuer");
	ask(&w, SYSTEM, 0, "", 0);
	await(&w, WELL_KNOWN);
	answer_raw(&w, "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n"
	    "Content-Length: 0\r\n\r\n");
	expect_failed(&w, 0, "redirect");
	ask(&w, SYSTEM, 0, "", 0);
	await(&w, WELL_KNOWN);
	answer(&w, 404, "");
	expect_failed(&w, 0, "status 404");
	ask(&w, SYSTEM, 0, "", 0);
	await(&w, WELL_KNOWN);
	snprintf(w.request, sizeof(w.request), "{\"issuer\":\"%s\","
	    "\"device_authorization_endpoint\":\"http://127.0.0.1/\"}",
	    w.issuer);
	answer(&w, 200, w.request);
	expect_failed(&w, 0, "device_authorization_endpoint");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(what_no_server_should_answer_is_refused);
ATF_TC_BODY(what_no_server_should_answer_is_refused, tc)
{
	static const char *const	 bad[][2] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
		    "too long" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "ffffffff\r\n", "too long" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
		    "Content-Length: 3\r\n\r\n{}", "two lengths" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
		    "Transfer-Encoding: chunked\r\n\r\n{}", "beside" },
		{ "SSH-2.0-x\r\n", "no HTTP" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{}",
		    "closed" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
		    "not an object" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n}{",
		    "not JSON" },
	};
	static char			 deep[600];
	struct world			 w;
	size_t				 i;

	begin(&w);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ask(&w, SYSTEM, 0, "", 0);
		await(&w, WELL_KNOWN);
		answer_raw(&w, bad[i][0]);
		expect_failed(&w, 0, bad[i][1]);
	}
	memset(deep, '[', sizeof(deep) - 1);
	memcpy(deep, "{\"a\":", 5);
	ask(&w, SYSTEM, 0, "", 0);
	await(&w, WELL_KNOWN);
	answer(&w, 200, deep);
	expect_failed(&w, 0, "too deeply");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(an_endless_answer_ends_at_its_limit);
ATF_TC_BODY(an_endless_answer_ends_at_its_limit, tc)
{
	static char	 block[16384];
	struct world	 w;
	size_t		 sent = 0;

	begin(&w);
	ask(&w, SYSTEM, 0, "", 0);
	await(&w, WELL_KNOWN);
	peer_write(&w.peer, "HTTP/1.1 200 OK\r\n\r\n", 19);
	memset(block, ' ', sizeof(block));
	while (sent < 64 * 1024 * 1024 &&
	    tls_write(w.peer.tls, block, sizeof(block)) > 0)
		sent += sizeof(block);
	ATF_REQUIRE(sent < 64 * 1024 * 1024);
	peer_end(&w.peer);
	expect_failed(&w, 0, "too long");
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_provider_that_is_not_there_is_named);
ATF_TC_BODY(a_provider_that_is_not_there_is_named, tc)
{
	struct world	 w;

	begin(&w);
	close(w.listener);
	refuse_document(&w, "127.0.0.1: cannot be reached: ");
	w.listener = peer_listen(SOCK_STREAM, &w.port);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(codes_that_no_terminal_should_show_are_refused);
ATF_TC_BODY(codes_that_no_terminal_should_show_are_refused, tc)
{
	static const char *const	 bad[][2] = {
		{ "{\"user_code\":\"a\"}", "device code" },
		{ "{\"device_code\":\"a\",\"user_code\":\"\\u001b[2J\"}",
		    "user code" },
		{ "{\"device_code\":\"a\",\"user_code\":\"b\","
		    "\"verification_uri\":\"javascript:alert(1)\"}",
		    "address" },
		{ "{\"device_code\":\"a\",\"user_code\":\"b\","
		    "\"verification_uri\":\"https://x/\"}", "expires" },
		{ "{\"device_code\":\"a\",\"user_code\":\"b\",\"interval\":"
		    "1e9,\"verification_uri\":\"https://x/\","
		    "\"expires_in\":60}", "interval" },
	};
	struct world			 w;
	size_t				 i;

	begin(&w);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ask(&w, SYSTEM, 0, "", 0);
		if (i == 0) {
			await(&w, WELL_KNOWN);
			answer_document(&w);
		}
		await(&w, "POST /device");
		answer(&w, 200, bad[i][0]);
		expect_failed(&w, 0, bad[i][1]);
	}
	end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_user_with_the_code_signs_in);
	ATF_TP_ADD_TC(tp, document_and_keys_are_asked_for_once);
	ATF_TP_ADD_TC(tp,
	    a_sign_in_lasts_no_longer_than_its_requirement_says);
	ATF_TP_ADD_TC(tp,
	    chunks_and_an_answer_up_to_the_end_are_understood);
	ATF_TP_ADD_TC(tp, slow_down_makes_the_questions_rarer);
	ATF_TP_ADD_TC(tp,
	    a_fault_of_the_provider_does_not_end_the_waiting);
	ATF_TP_ADD_TC(tp, another_sign_in_of_the_system_takes_the_place);
	ATF_TP_ADD_TC(tp, keys_are_asked_for_anew_when_one_is_not_known);
	ATF_TP_ADD_TC(tp, an_unsigned_token_is_refused);
	ATF_TP_ADD_TC(tp, a_token_of_another_key_is_refused);
	ATF_TP_ADD_TC(tp, wrong_claims_are_refused_with_the_reason);
	ATF_TP_ADD_TC(tp, a_sign_in_is_renewed_until_the_provider_refuses);
	ATF_TP_ADD_TC(tp, claims_are_checked_anew_at_each_renewal);
	ATF_TP_ADD_TC(tp, what_is_signed_in_is_told_again_when_asked);
	ATF_TP_ADD_TC(tp, a_provider_that_is_not_trusted_is_asked_nothing);
	ATF_TP_ADD_TC(tp, a_certificate_of_another_name_is_refused);
	ATF_TP_ADD_TC(tp, without_trusted_certificates_nobody_is_asked);
	ATF_TP_ADD_TC(tp, an_issuer_is_https_and_itself);
	ATF_TP_ADD_TC(tp, what_no_server_should_answer_is_refused);
	ATF_TP_ADD_TC(tp, an_endless_answer_ends_at_its_limit);
	ATF_TP_ADD_TC(tp, a_provider_that_is_not_there_is_named);
	ATF_TP_ADD_TC(tp,
	    codes_that_no_terminal_should_show_are_refused);
	return atf_no_error();
}
