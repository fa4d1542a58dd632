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
 * The real oidcproc between a played parent, policyproc and identity provider:
 * what its tests have in common.  Included once by a test program.
 */

#ifndef REGRESS_OIDCPROC_PROVIDER_H
#define REGRESS_OIDCPROC_PROVIDER_H

#include <sys/types.h>

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "regress/jwt/mint.h"
#include "regress/tlsio/child.h"
#include "regress/tlsio/peer.h"
#include "tlsio/tlscert.h"
#include "tlsio/tlsio.h"

#define HOST		"127.0.0.1"
#define WELL_KNOWN	"GET /.well-known/openid-configuration HTTP/1.1\r\n"
#define SYSTEM		7
#define REQUIREMENT	3
#define DIGEST		0x1122334455667788ULL

struct world {
	struct child	 oidc;
	struct side	 policy;
	struct tls	*server;
	int		 listener;
	uint16_t	 port;
	uint8_t		 cert[TLSCERT_PEM_MAX];
	size_t		 cert_len;
	struct mint	 key;
	char		 issuer[64];
	/* The request at hand. */
	struct peer	 peer;
	char		 request[32768];
};

/* --- The provider -------------------------------------------------- */

static void
make_provider(struct world *w, const char *name)
{
	const char	*errstr = "";
	uint8_t		 key[TLSCERT_PEM_MAX];
	size_t		 key_len;

	memset(w, 0, sizeof(*w));
	ATF_REQUIRE(tlscert_make(name, 1, w->cert, &w->cert_len, key,
	    &key_len) == 0);
	w->server = tlsio_server(w->cert, w->cert_len, key, key_len, &errstr);
	ATF_REQUIRE_MSG(w->server != NULL, "%s", errstr);
	w->listener = peer_listen(SOCK_STREAM, &w->port);
	snprintf(w->issuer, sizeof(w->issuer), "https://" HOST ":%u",
	    w->port);
	mint_make(&w->key, MINT_P256, "k1");
}

/* The next request: its head and, as far as it says, its body. */
static void
await(struct world *w, const char *line)
{
	const char	*p, *body;
	size_t		 len = 0, want = 0;
	ssize_t		 n;

	ATF_REQUIRE_MSG(peer_accept(&w->peer, w->listener, w->server) == 0,
	    "%s", tls_error(w->peer.tls));
	for (;;) {
		n = peer_read(&w->peer, w->request + len,
		    sizeof(w->request) - 1 - len);
		ATF_REQUIRE_MSG(n > 0, "the request ends");
		len += (size_t)n;
		w->request[len] = '\0';
		if ((body = strstr(w->request, "\r\n\r\n")) == NULL)
			continue;
		p = strstr(w->request, "Content-Length: ");
		want = p == NULL ? 0 : strtoul(p + 16, NULL, 10);
		if (strlen(body + 4) >= want)
			break;
	}
	ATF_REQUIRE_MSG(strncmp(w->request, line, strlen(line)) == 0,
	    "expected %s, got %s", line, w->request);
}

static void
expect_form(struct world *w, const char *part)
{
	ATF_REQUIRE_MSG(strstr(w->request, part) != NULL, "%s lacks %s",
	    w->request, part);
}

static void
answer_raw(struct world *w, const char *text)
{
	peer_write(&w->peer, text, strlen(text));
	tls_close(w->peer.tls);
	peer_end(&w->peer);
}

static void
answer(struct world *w, int status, const char *body)
{
	char	*text;

	ATF_REQUIRE(asprintf(&text, "HTTP/1.1 %d Whatever\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
	    "%s", status, strlen(body), body) != -1);
	answer_raw(w, text);
	free(text);
}

static void
answer_document(struct world *w)
{
	char	 text[1024];

	snprintf(text, sizeof(text), "{\"issuer\":\"%s\","
	    "\"device_authorization_endpoint\":\"%s/device\","
	    "\"token_endpoint\":\"%s/token?a=b\",\"jwks_uri\":\"%s/keys\","
	    "\"scopes_supported\":[\"openid\",\"offline_access\","
	    "\"email\",\"x\"]}", w->issuer, w->issuer, w->issuer, w->issuer);
	answer(w, 200, text);
}

static void
answer_code(struct world *w)
{
	answer(w, 200, "{\"device_code\":\"a b&c\",\"user_code\":"
	    "\"WDJB-MJHT\",\"verification_uri\":\"https://id.example/go\","
	    "\"verification_uri_complete\":"
	    "\"https://id.example/go?c=WDJB-MJHT\","
	    "\"expires_in\":600,\"interval\":1}");
}

static void
answer_keys(struct world *w)
{
	char	 jwk[MINT_TEXT], text[MINT_TEXT + 64];

	mint_jwk(&w->key, jwk);
	snprintf(text, sizeof(text), "{\"keys\":[%s]}", jwk);
	answer(w, 200, text);
}

/* A token that lives so long, with more claims behind. */
static void
answer_token(struct world *w, int life, const char *claims,
    const char *refresh)
{
	char	 text[MINT_TEXT + 512], token[MINT_TEXT], all[1024];

	snprintf(all, sizeof(all), "{\"iss\":\"%s\",\"sub\":\"ada\",\"aud\":"
	    "\"enclave\",\"iat\":%llu,\"exp\":%llu%s}", w->issuer,
	    (unsigned long long)clock_wall_sec(),
	    (unsigned long long)clock_wall_sec() + (unsigned int)life,
	    claims);
	mint_token(&w->key, all, token);
	snprintf(text, sizeof(text), "{\"id_token\":\"%s\",\"token_type\":"
	    "\"Bearer\",\"access_token\":\"x\"%s%s%s}", token,
	    refresh != NULL ? ",\"refresh_token\":\"" : "",
	    refresh != NULL ? refresh : "", refresh != NULL ? "\"" : "");
	answer(w, 200, text);
}

/* --- The process --------------------------------------------------- */

static void
start(struct world *w, int trusted)
{
	struct msg_setup_done	 done;
	struct msg_link_ca	 m;
	union msg_any		 any;

	child_start(&w->oidc, "oidcproc", ROLE_OIDC);
	memset(&m, 0, sizeof(m));
	memset(&done, 0, sizeof(done));
	m.pem_len = (uint16_t)w->cert_len;
	memcpy(m.pem, w->cert, w->cert_len);
	if (trusted)
		side_send(&w->oidc.parent, MSG_LINK_CA, &m, -1);
	child_join(&w->oidc, &w->policy, ROLE_POLICY);
	side_send(&w->oidc.parent, MSG_SETUP_DONE, &done, -1);
	side_expect(&w->oidc.parent, MSG_READY, &any);
}

static void
begin(struct world *w)
{
	make_provider(w, HOST);
	start(w, 1);
}

static void
end(struct world *w)
{
	child_end(&w->oidc);
	side_end(&w->policy);
	tls_free(w->server);
	close(w->listener);
	mint_free(&w->key);
}

static void
ask(struct world *w, uint32_t system, uint64_t life, const char *claims,
    size_t len)
{
	struct msg_oidc_begin	 m;

	memset(&m, 0, sizeof(m));
	m.system = system;
	m.requirement = REQUIREMENT;
	m.digest = DIGEST;
	m.life = life;
	strlcpy(m.issuer, w->issuer, sizeof(m.issuer));
	strlcpy(m.client, "enclave", sizeof(m.client));
	memcpy(m.claims, claims, len);
	m.claims_len = (uint16_t)len;
	side_send(&w->policy, MSG_OIDC_BEGIN, &m, -1);
}

static void
expect_code(struct world *w)
{
	union msg_any	 any;

	side_expect(&w->policy, MSG_OIDC_CODE, &any);
	ATF_REQUIRE_STREQ(any.oidc_code.user_code, "WDJB-MJHT");
	ATF_REQUIRE_STREQ(any.oidc_code.uri, "https://id.example/go");
}

/* Up to the user's code. */
static void
reach_code(struct world *w, uint64_t life, const char *claims, size_t len)
{
	ask(w, SYSTEM, life, claims, len);
	await(w, WELL_KNOWN);
	answer_document(w);
	await(w, "POST /device HTTP/1.1\r\n");
	answer_code(w);
	expect_code(w);
}

static void
expect_signed_in(struct world *w, int life)
{
	union msg_any	 any;
	uint64_t	 now;

	side_expect(&w->policy, MSG_OIDC_SIGNED_IN, &any);
	now = clock_wall_sec();
	ATF_REQUIRE_EQ(any.oidc_signed_in.system, SYSTEM);
	ATF_REQUIRE_EQ(any.oidc_signed_in.requirement, REQUIREMENT);
	ATF_REQUIRE_EQ(any.oidc_signed_in.digest, DIGEST);
	ATF_REQUIRE_STREQ(any.oidc_signed_in.subject, "ada");
	ATF_REQUIRE_MSG(any.oidc_signed_in.until <= now + (unsigned int)life,
	    "until %llu", (unsigned long long)any.oidc_signed_in.until);
	/* It was made a moment ago. */
	ATF_REQUIRE(any.oidc_signed_in.until + CHILD_MS / 1000 >= now +
	    (unsigned int)life);
}

static void
expect_failed(struct world *w, int withdrawn, const char *part)
{
	union msg_any	 any;

	side_expect(&w->policy, MSG_OIDC_FAILED, &any);
	ATF_REQUIRE_EQ(any.oidc_failed.withdrawn, withdrawn);
	ATF_REQUIRE_MSG(strstr(any.oidc_failed.reason, part) != NULL,
	    "reason: %s", any.oidc_failed.reason);
}

#endif /* REGRESS_OIDCPROC_PROVIDER_H */
