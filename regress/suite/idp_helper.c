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
 * An identity provider for tests, with files as its switches:
 *
 *	idp_helper address port directory
 *
 * It writes its certificate to ca.pem and then serves one connection after
 * the other: the document, two keys, the device flow (RFC 8628) and refresh
 * tokens.  The user's answer is the first word of the file "answer":
 * approve, deny, expired, slow; without it the user has not answered.  Other
 * files: "life" has the seconds of a token, "refuse" ends refresh tokens,
 * "refresh" gives some, "mode" is one of wrong-claims, wrong-audience,
 * wrong-key, expired, oversized.  "log" gets a line for each request.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tls.h>
#include <unistd.h>

#include "regress/jwt/mint.h"
#include "tlsio/tlscert.h"
#include "tlsio/tlsio.h"

#define REQUEST_MAX	32768
#define OVERSIZED	(2 * 1024 * 1024)

struct idp {
	const char	*dir;
	char		 issuer[128];
	struct tls	*server;
	struct mint	 rsa, ec, stranger;
	unsigned int	 codes;
};

static void
path_of(const struct idp *p, const char *name, char out[512])
{
	if (snprintf(out, 512, "%s/%s", p->dir, name) >= 512)
		errx(1, "directory is too long");
}

/* The first word of a switch; "" when it is not there. */
static void
read_switch(const struct idp *p, const char *name, char out[32])
{
	char	 path[512];
	FILE	*f;

	path_of(p, name, path);
	out[0] = '\0';
	if ((f = fopen(path, "re")) == NULL)
		return;
	if (fscanf(f, "%31s", out) != 1)
		out[0] = '\0';
	fclose(f);
}

static int
is_on(const struct idp *p, const char *name)
{
	char	 path[512];

	path_of(p, name, path);
	return access(path, F_OK) == 0;
}

static int
mode_is(const struct idp *p, const char *mode)
{
	char	 now[32];

	read_switch(p, "mode", now);
	return strcmp(now, mode) == 0;
}

static void
log_request(const struct idp *p, const char *request)
{
	char	 path[512];
	FILE	*f;

	path_of(p, "log", path);
	if ((f = fopen(path, "ae")) == NULL)
		return;
	fprintf(f, "%.*s\n", (int)strcspn(request, "\r\n"), request);
	fclose(f);
}

/* --- Answers ------------------------------------------------------- */

static void
send_all(struct tls *tls, const char *data, size_t len)
{
	ssize_t	 n;

	for (; len > 0; data += n, len -= (size_t)n)
		if ((n = tls_write(tls, data, len)) <= 0)
			return;
}

static void
answer(struct tls *tls, int status, const char *body)
{
	char	 head[256];

	snprintf(head, sizeof(head), "HTTP/1.1 %d Answer\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n", status, strlen(body));
	send_all(tls, head, strlen(head));
	send_all(tls, body, strlen(body));
}

static void
answer_document(struct idp *p, struct tls *tls)
{
	char	 text[1024], *big;

	if (mode_is(p, "oversized")) {
		if ((big = malloc(OVERSIZED + 1)) == NULL)
			err(1, NULL);
		memset(big, ' ', OVERSIZED);
		big[OVERSIZED] = '\0';
		answer(tls, 200, big);
		free(big);
		return;
	}
	snprintf(text, sizeof(text), "{\"issuer\":\"%s\","
	    "\"device_authorization_endpoint\":\"%s/device\","
	    "\"token_endpoint\":\"%s/token\",\"jwks_uri\":\"%s/keys\","
	    "\"scopes_supported\":[\"openid\",\"groups\","
	    "\"offline_access\"]}", p->issuer, p->issuer, p->issuer,
	    p->issuer);
	answer(tls, 200, text);
}

static void
answer_keys(struct idp *p, struct tls *tls)
{
	char	 rsa[MINT_TEXT], ec[MINT_TEXT], text[3 * MINT_TEXT];

	mint_jwk(&p->rsa, rsa);
	mint_jwk(&p->ec, ec);
	snprintf(text, sizeof(text), "{\"keys\":[%s,%s]}", rsa, ec);
	answer(tls, 200, text);
}

static void
answer_device(struct idp *p, struct tls *tls)
{
	char	 text[1024];

	p->codes++;
	snprintf(text, sizeof(text), "{\"device_code\":\"device-%u\","
	    "\"user_code\":\"CODE-%u\",\"verification_uri\":\"%s/go\","
	    "\"verification_uri_complete\":\"%s/go?c=CODE-%u\","
	    "\"expires_in\":300,\"interval\":1}", p->codes, p->codes,
	    p->issuer, p->issuer, p->codes);
	answer(tls, 200, text);
}

static void
answer_token(struct idp *p, struct tls *tls)
{
	static unsigned int	 tokens;
	char			 claims[1024], token[MINT_TEXT], life[32];
	char			 text[MINT_TEXT + 512];
	long long		 now = (long long)time(NULL), exp;

	read_switch(p, "life", life);
	exp = now + (life[0] != '\0' ? strtoll(life, NULL, 10) : 3600);
	if (mode_is(p, "expired"))
		exp = now - 600;
	snprintf(claims, sizeof(claims), "{\"iss\":\"%s\",\"sub\":"
	    "\"ada@example\",\"aud\":\"%s\",\"iat\":%lld,\"exp\":%lld,"
	    "\"groups\":[\"%s\"]}", p->issuer,
	    mode_is(p, "wrong-audience") ? "other" : "enclave", now, exp,
	    mode_is(p, "wrong-claims") ? "guests" : "admins");
	/* Both keys have their turn. */
	mint_token(mode_is(p, "wrong-key") ? &p->stranger :
	    tokens++ % 2 ? &p->rsa : &p->ec, claims, token);
	snprintf(text, sizeof(text), "{\"access_token\":\"x\",\"token_type\":"
	    "\"Bearer\",\"id_token\":\"%s\"%s}", token,
	    is_on(p, "refresh") ? ",\"refresh_token\":\"again\"" : "");
	answer(tls, 200, text);
}

static void
answer_grant(struct idp *p, struct tls *tls, const char *form)
{
	char	 word[32];

	if (strstr(form, "client_id=enclave") == NULL)
		answer(tls, 401, "{\"error\":\"invalid_client\"}");
	else if (strstr(form, "grant_type=refresh_token") != NULL) {
		if (is_on(p, "refuse") ||
		    strstr(form, "refresh_token=again") == NULL)
			answer(tls, 400, "{\"error\":\"invalid_grant\"}");
		else
			answer_token(p, tls);
	} else {
		read_switch(p, "answer", word);
		if (strcmp(word, "approve") == 0)
			answer_token(p, tls);
		else if (strcmp(word, "deny") == 0)
			answer(tls, 400, "{\"error\":\"access_denied\"}");
		else if (strcmp(word, "expired") == 0)
			answer(tls, 400, "{\"error\":\"expired_token\"}");
		else if (strcmp(word, "slow") == 0)
			answer(tls, 400, "{\"error\":\"slow_down\"}");
		else
			answer(tls, 400,
			    "{\"error\":\"authorization_pending\"}");
	}
}

/* --- One connection ------------------------------------------------ */

static int
read_request(struct tls *tls, char out[REQUEST_MAX])
{
	const char	*body, *p;
	size_t		 len = 0, want;
	ssize_t		 n;

	for (;;) {
		n = tls_read(tls, out + len, REQUEST_MAX - 1 - len);
		if (n <= 0)
			return -1;
		len += (size_t)n;
		out[len] = '\0';
		if ((body = strstr(out, "\r\n\r\n")) == NULL)
			continue;
		p = strstr(out, "Content-Length: ");
		want = p == NULL ? 0 : strtoul(p + 16, NULL, 10);
		if (strlen(body + 4) >= want)
			return 0;
	}
}

static void
serve(struct idp *p, int fd)
{
	static char	 request[REQUEST_MAX];
	struct timeval	 tv = { 10, 0 };
	struct tls	*tls;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	if (tls_accept_socket(p->server, &tls, fd) == -1) {
		close(fd);
		return;
	}
	if (tls_handshake(tls) == 0 && read_request(tls, request) == 0) {
		log_request(p, request);
		if (strncmp(request, "GET /.well-known/", 17) == 0)
			answer_document(p, tls);
		else if (strncmp(request, "GET /keys ", 10) == 0)
			answer_keys(p, tls);
		else if (strncmp(request, "POST /device ", 13) == 0)
			answer_device(p, tls);
		else if (strncmp(request, "POST /token ", 12) == 0)
			answer_grant(p, tls, strstr(request, "\r\n\r\n"));
		else
			answer(tls, 404, "{}");
		tls_close(tls);
	}
	tls_free(tls);
	close(fd);
}

static int
listen_at(const char *address, const char *port)
{
	struct sockaddr_in	 sin;
	int			 fd, on = 1;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		errx(1, "%s: not an address", address);
	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ==
	    -1 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 64) == -1)
		err(1, "%s", address);
	return fd;
}

static void
make_identity(struct idp *p, const char *address)
{
	uint8_t		 cert[TLSCERT_PEM_MAX], key[TLSCERT_PEM_MAX];
	size_t		 cert_len, key_len;
	const char	*errstr = "";
	char		 path[512];
	FILE		*f;

	if (tlscert_make(address, 1, cert, &cert_len, key, &key_len) == -1)
		errx(1, "no certificate");
	p->server = tlsio_server(cert, cert_len, key, key_len, &errstr);
	if (p->server == NULL)
		errx(1, "%s", errstr);
	mint_make(&p->rsa, MINT_RSA, "rsa");
	mint_make(&p->ec, MINT_P256, "ec");
	mint_make(&p->stranger, MINT_P256, "ec");
	path_of(p, "ca.pem", path);
	if ((f = fopen(path, "we")) == NULL ||
	    fwrite(cert, 1, cert_len, f) != cert_len || fclose(f) != 0)
		err(1, "%s", path);
}

int
main(int argc, char *argv[])
{
	static struct idp	 idp;
	int			 fd, s;

	if (argc != 4)
		errx(2, "usage: idp_helper address port directory");
	signal(SIGPIPE, SIG_IGN);
	idp.dir = argv[3];
	snprintf(idp.issuer, sizeof(idp.issuer), "https://%s:%s", argv[1],
	    argv[2]);
	s = listen_at(argv[1], argv[2]);
	make_identity(&idp, argv[1]);
	for (;;)
		if ((fd = accept(s, NULL, NULL)) != -1)
			serve(&idp, fd);
}
