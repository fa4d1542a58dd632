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
 * it, the configuration does not forbid it and both certificates say so, else
 * WireGuard's; and which library does the work, found by measuring at start.
 */

#include <sys/types.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/log.h"
#include "cryptoproc/crypto.h"

static void
suite_log(const struct aead *a, enum aead_cipher c, enum aead_direction d)
{
	const char	*name, *way = d == AEAD_SEAL ? "seal" : "open";
	const char	*who[AEAD_SIZES];
	int		 i;

	name = c == AEAD_AES256GCM ? "AES-256-GCM" : "ChaCha20-Poly1305";
	for (i = 0; i < AEAD_SIZES; i++)
		who[i] = aead_provider_name(
		    (enum aead_provider)a->fast[c][d][i]);
	log_debug("%s %s: small %s, middle %s, large %s", name, way,
	    who[AEAD_SMALL], who[AEAD_MIDDLE], who[AEAD_LARGE]);
	for (i = 0; i < AEAD_PROVIDERS; i++)
		if (aead_usable(a, c, (enum aead_provider)i))
			log_debug("%s %s: %s takes %u, %u, %u ns", name, way,
			    aead_provider_name((enum aead_provider)i),
			    a->ns[c][i][d][AEAD_SMALL],
			    a->ns[c][i][d][AEAD_MIDDLE],
			    a->ns[c][i][d][AEAD_LARGE]);
}

/* Before the sandbox: libraries look for their parts only once, here. */
void
suite_prepare(struct env *env)
{
	int	 c, d;

	env->aes = crypto_aead_aes256gcm_is_available() && !env->no_aes;
	env->own_aes = env->aes;
	aead_init(&env->aead);
	if (aead_start(&env->aead, env->region, CRYPTO_REGION) == -1)
		log_info("no library but libsodium seals and opens packets");
	aead_choose(&env->aead, clock_mono_ns);
	for (c = 0; c < AEAD_CIPHERS; c++)
		for (d = 0; d < AEAD_DIRECTIONS; d++)
			suite_log(&env->aead, (enum aead_cipher)c,
			    (enum aead_direction)d);
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
	if (env->own_aes && !env->aes)
		log_warnx("our certificate promises AES-256-GCM, which this "
		    "system does not do: peers that have it cannot reach us "
		    "before it is enrolled as a new one");
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
	aead_end(&env->aead);
}
