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
 * Configurations of both sides, TLS 1.3 only but for the web, from memory;
 * and the warm-up
 * that makes the library do before the sandbox what it does only once.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tlsio/tlscert.h"
#include "tlsio/tlsio.h"

#define WARM_NAME	"warm-up"
#define WARM_ROUNDS	32	/* a handshake takes three */

static char	error[TLSIO_REASON_MAX];

static struct tls_config *
config_new(const char *protocols, const char **errstr)
{
	struct tls_config	*config;

	*errstr = "TLS library";
	if (tls_init() == -1 || (config = tls_config_new()) == NULL)
		return NULL;
	if (tls_config_set_protocols(config, TLS_PROTOCOL_TLSv1_3) == -1 ||
	    tls_config_set_alpn(config, protocols) == -1) {
		tls_config_free(config);
		return NULL;
	}
	return config;
}

static void
keep_error(const char *text, const char **errstr)
{
	strlcpy(error, text != NULL ? text : "out of memory", sizeof(error));
	*errstr = error;
}

struct tls_config *
tlsio_client_config(const uint8_t *ca, size_t ca_len, const char **errstr)
{
	struct tls_config	*config = config_new(TLSIO_ALPN_LINK, errstr);

	if (config == NULL)
		return NULL;
	if (ca == NULL) {
		tls_config_insecure_noverifycert(config);
		tls_config_insecure_noverifyname(config);
	} else if (tls_config_set_ca_mem(config, ca, ca_len) == -1) {
		keep_error(tls_config_error(config), errstr);
		tls_config_free(config);
		return NULL;
	}
	return config;
}

struct tls_config *
tlsio_web_config(const uint8_t *ca, size_t ca_len, const char **errstr)
{
	struct tls_config	*config = tlsio_client_config(ca, ca_len,
				    errstr);

	if (config != NULL && tls_config_set_protocols(config,
	    TLS_PROTOCOL_TLSv1_2 | TLS_PROTOCOL_TLSv1_3) == -1) {
		keep_error(tls_config_error(config), errstr);
		tls_config_free(config);
		return NULL;
	}
	return config;
}

struct tls *
tlsio_server(const uint8_t *cert, size_t cert_len, const uint8_t *key,
    size_t key_len, const char **errstr)
{
	struct tls_config	*config = config_new(TLSIO_ALPN_LINK ","
				    TLSIO_ALPN_HTTP, errstr);
	struct tls		*server = NULL;

	if (config == NULL)
		return NULL;
	if (tls_config_set_keypair_mem(config, cert, cert_len, key, key_len) ==
	    -1) {
		keep_error(tls_config_error(config), errstr);
	} else if ((server = tls_server()) == NULL ||
	    tls_configure(server, config) == -1) {
		keep_error(server == NULL ? NULL : tls_error(server), errstr);
		tls_free(server);
		server = NULL;
	}
	/* The library's own context has the key now; this copy is wiped. */
	tls_config_clear_keys(config);
	tls_config_free(config);
	return server;
}

/* One step of one side: 1 done, 0 not yet, -1. */
static int
warm_step(int n)
{
	if (n == 0)
		return 1;
	return n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT ? 0 : -1;
}

static int
warm_shake(struct tls *client, struct tls *server, const char **errstr)
{
	int	 i, c = 0, s = 0;

	for (i = 0; i < WARM_ROUNDS && !(c && s); i++) {
		if (!c && (c = warm_step(tls_handshake(client))) == -1) {
			keep_error(tls_error(client), errstr);
			return -1;
		}
		if (!s && (s = warm_step(tls_handshake(server))) == -1) {
			keep_error(tls_error(server), errstr);
			return -1;
		}
	}
	*errstr = "handshake does not end";
	return c && s ? 0 : -1;
}

/* What comes first may be a session ticket, which is no bytes for us. */
static int
warm_read(struct tls *tls, size_t len)
{
	char	 buf[8];
	ssize_t	 n = TLS_WANT_POLLIN;
	int	 i;

	for (i = 0; i < WARM_ROUNDS && n == TLS_WANT_POLLIN; i++)
		n = tls_read(tls, buf, sizeof(buf));
	return n == (ssize_t)len ? 0 : -1;
}

static int
warm_talk(struct tls *client, struct tls *server, const char **errstr)
{
	*errstr = "no bytes pass";
	if (tls_write(server, "warm", 4) != 4 || warm_read(client, 4) == -1 ||
	    tls_write(client, "up", 2) != 2 || warm_read(server, 2) == -1 ||
	    tls_peer_cert_hash(client) == NULL)
		return -1;
	tls_close(client);
	tls_close(server);
	return 0;
}

static int
warm_connect(struct tls_config *config, struct tls *server,
    const char **errstr)
{
	struct tls	*client = NULL, *conn = NULL;
	int		 pair[2], ret = -1;

	*errstr = "socketpair";
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		return -1;
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	fcntl(pair[1], F_SETFL, O_NONBLOCK);
	*errstr = "TLS library";
	if ((client = tls_client()) != NULL &&
	    tls_configure(client, config) == 0 &&
	    tls_connect_socket(client, pair[0], WARM_NAME) == 0 &&
	    tls_accept_socket(server, &conn, pair[1]) == 0 &&
	    warm_shake(client, conn, errstr) == 0 &&
	    warm_talk(client, conn, errstr) == 0)
		ret = 0;
	tls_free(client);
	tls_free(conn);
	close(pair[0]);
	close(pair[1]);
	return ret;
}

int
tlsio_warm_up(const char **errstr)
{
	uint8_t			 cert[TLSCERT_PEM_MAX], key[TLSCERT_PEM_MAX];
	size_t			 cert_len, key_len;
	struct tls_config	*config = NULL;
	struct tls		*server = NULL;
	int			 ret = -1;

	*errstr = "cannot make a certificate";
	if (tlscert_make(WARM_NAME, 1, cert, &cert_len, key, &key_len) == -1)
		return -1;
	if ((server = tlsio_server(cert, cert_len, key, key_len, errstr)) !=
	    NULL &&
	    (config = tlsio_client_config(cert, cert_len, errstr)) != NULL)
		ret = warm_connect(config, server, errstr);
	explicit_bzero(key, sizeof(key));
	tls_config_free(config);
	tls_free(server);
	return ret;
}
