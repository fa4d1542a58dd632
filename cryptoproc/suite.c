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
 * Which cipher serves whom: AES-256-GCM with a peer when this processor has
 * it and both certificates say so, else WireGuard's; and which library does
 * the work, found by measuring at start.
 */

#include <sys/types.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/log.h"
#include "cryptoproc/crypto.h"

static const char *
provider_name(int provider)
{
	return provider == AEAD_CRYPTO ? "libcrypto" : "libsodium";
}

static void
suite_log(const struct aead *a, enum aead_cipher c, const char *name)
{
	int	 d;

	for (d = 0; d < AEAD_DIRECTIONS; d++)
		log_debug("%s %s: small %s, middle %s, large %s; "
		    "ns in libsodium %u %u %u, libcrypto %u %u %u", name,
		    d == AEAD_SEAL ? "seal" : "open",
		    provider_name(a->fast[c][d][AEAD_SMALL]),
		    provider_name(a->fast[c][d][AEAD_MIDDLE]),
		    provider_name(a->fast[c][d][AEAD_LARGE]),
		    a->ns[c][AEAD_SODIUM][d][AEAD_SMALL],
		    a->ns[c][AEAD_SODIUM][d][AEAD_MIDDLE],
		    a->ns[c][AEAD_SODIUM][d][AEAD_LARGE],
		    a->ns[c][AEAD_CRYPTO][d][AEAD_SMALL],
		    a->ns[c][AEAD_CRYPTO][d][AEAD_MIDDLE],
		    a->ns[c][AEAD_CRYPTO][d][AEAD_LARGE]);
}

/* Before the sandbox: libcrypto looks for its parts only once, here. */
void
suite_prepare(struct env *env)
{
	env->aes = crypto_aead_aes256gcm_is_available();
	env->own_aes = env->aes;
	aead_init(&env->aead);
	if (aead_crypto_start(&env->aead, env->libcrypto,
	    CRYPTO_LIBCRYPTO_MEMORY) == -1)
		log_info("libcrypto cannot be used: libsodium does it all");
	aead_choose(&env->aead, clock_mono_ns);
	suite_log(&env->aead, AEAD_AES256GCM, "AES-256-GCM");
	suite_log(&env->aead, AEAD_CHACHA20POLY1305, "ChaCha20-Poly1305");
	wg_device_set_aead(env->device, &env->aead);
}

uint8_t
suite_of(const struct env *env, uint8_t flags)
{
	return env->aes && env->own_aes && (flags & CERT_FLAG_AES) ?
	    WG_SUITE_AES : WG_SUITE_WIREGUARD;
}

/* What our own certificate tells the others decides what they will use. */
void
suite_own(struct env *env, uint8_t flags)
{
	struct crypto_peer	*p;
	size_t			 i;

	env->own_aes = (flags & CERT_FLAG_AES) != 0;
	for (i = 0; i < CRYPTO_PEERS_MAX; i++) {
		p = &env->peers[i];
		/* Peers of the configuration have no flags, and suite 0. */
		if (p->id != 0)
			wg_peer_set_suite(env->device, p->id,
			    suite_of(env, p->flags));
	}
}

void
suite_end(struct env *env)
{
	aead_crypto_end(&env->aead);
}
