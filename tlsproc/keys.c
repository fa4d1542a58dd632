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
 * The TLS key: taken from the parent or made here, given to the library and
 * wiped; and the pin by which agents know this server.  Runs before the
 * sandbox.
 */

#include <sys/types.h>

#include <string.h>

#include "base/log.h"
#include "tlsio/tlscert.h"
#include "tlsproc/tlsproc.h"

#define SERVER_NAME	"enclave-discovery"
#define SERVER_YEARS	20

static void
make(struct env *env)
{
	struct msg_tls_store	 m;

	memset(&m, 0, sizeof(m));
	if (tlscert_make(SERVER_NAME, SERVER_YEARS, env->cert, &env->cert_len,
	    env->key, &env->key_len) == -1)
		fatalx("cannot make a TLS key");
	m.certificate_len = (uint16_t)env->cert_len;
	memcpy(m.certificate, env->cert, env->cert_len);
	m.key_len = (uint16_t)env->key_len;
	memcpy(m.key, env->key, env->key_len);
	if (msg_send_tls_store(env->proc.parent, &m, -1) == -1)
		fatalx("cannot hand the TLS key to the parent");
	explicit_bzero(&m, sizeof(m));
}

void
keys_prepare(struct env *env)
{
	struct msg_tls_pin	 m;
	const char		*errstr;

	if (tlsio_warm_up(&errstr) == -1)
		fatalx("TLS does not work here: %s", errstr);
	if (env->make)
		make(env);
	if (env->cert_len == 0)
		fatalx("the parent sent no TLS key");
	if (tlscert_hash(env->cert, env->cert_len, env->hash) == -1)
		fatalx("the TLS certificate is not one in PEM form: restore "
		    "the file, or remove it and its key to have new ones "
		    "made");
	env->server = tlsio_server(env->cert, env->cert_len, env->key,
	    env->key_len, &errstr);
	explicit_bzero(env->key, sizeof(env->key));
	env->key_len = 0;
	if (env->server == NULL)
		fatalx("TLS certificate and key: %s; restore the files, or "
		    "remove both to have new ones made", errstr);
	memset(&m, 0, sizeof(m));
	tlscert_pin(env->hash, m.pin);
	msg_send_tls_pin(env->proc.parent, &m, -1);
}
