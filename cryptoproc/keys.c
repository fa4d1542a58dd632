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
 * The keys of this system: made here at first start, handed over by the
 * parent at every other; and the authority, pinned once.
 */

#include <sys/types.h>

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cryptoproc/crypto.h"

void
keys_set(struct env *env)
{
	crypto_sign_seed_keypair(env->identity_public, env->secrets->identity,
	    env->secrets->identity_seed);
	if (crypto_scalarmult_base(env->tunnel_public, env->secrets->tunnel) !=
	    0 || wg_device_set_key(env->device, env->secrets->tunnel) == -1)
		fatalx("the tunnel key is not usable");
	env->have_keys = 1;
}

void
keys_make(struct env *env)
{
	struct msg_keys_store	 m;

	randombytes_buf(env->secrets->identity_seed, 32);
	randombytes_buf(env->secrets->tunnel, 32);
	keys_set(env);
	memset(&m, 0, sizeof(m));
	memcpy(m.identity_seed, env->secrets->identity_seed, 32);
	memcpy(m.tunnel_key, env->secrets->tunnel, 32);
	msg_send_keys_store(env->proc.parent, &m, -1);
	sodium_memzero(&m, sizeof(m));
}

int
keys_pin(struct env *env, const struct msg_authority_pin *m,
    const char **reason)
{
	struct msg_authority_store	 store;
	struct cert			 cert;

	if (env->pinned && !pins_have(env, m->authority)) {
		*reason = "another organisation's authority is pinned already";
		return -1;
	}
	if (cert_decode(&cert, m->certificate, m->certificate_len, reason) ==
	    -1)
		return -1;
	if (cert_verify(m->certificate, m->authority) == -1) {
		*reason = "the certificate is not signed by the authority";
		return -1;
	}
	if (sodium_memcmp(cert.identity, env->identity_public, 32) != 0 ||
	    sodium_memcmp(cert.tunnel, env->tunnel_public, 32) != 0) {
		*reason = "the certificate is for other keys than ours";
		return -1;
	}
	if (cert_check_time(&cert, clock_wall_sec(), reason) == -1)
		return -1;
	suite_own(env, cert.flags);
	if (env->pinned)
		return 0;
	memcpy(env->authority, m->authority, 32);
	env->pinned = 1;
	memset(&store, 0, sizeof(store));
	memcpy(store.authority, m->authority, 32);
	msg_send_authority_store(env->proc.parent, &store, -1);
	return 0;
}
