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
 * Pins: the authority that certificates are checked against, and while one
 * takes the place of another the one before as well.  Only a statement that
 * the newest pinned authority has signed changes them, so neither a
 * compromised neighbour nor a discovery service without its key can.
 */

#include <sys/types.h>

#include <sodium.h>
#include <string.h>

#include "base/log.h"
#include "cert/cross.h"
#include "cryptoproc/crypto.h"

int
pins_have(const struct env *env, const uint8_t authority[32])
{
	/* Public values only. */
	return (env->pinned > 0 &&
	    memcmp(env->authority, authority, 32) == 0) ||
	    (env->pinned > 1 && memcmp(env->previous, authority, 32) == 0);
}

const uint8_t *
pins_signer(const struct env *env, const uint8_t cert[CERT_LEN])
{
	if (env->pinned > 0 && cert_verify(cert, env->authority) == 0)
		return env->authority;
	if (env->pinned > 1 && cert_verify(cert, env->previous) == 0)
		return env->previous;
	return NULL;
}

static void
tell_pins(struct env *env, const char *reason)
{
	struct msg_authority_pins	 m;

	memset(&m, 0, sizeof(m));
	m.ok = reason == NULL;
	strlcpy(m.reason, reason == NULL ? "" : reason, sizeof(m.reason));
	m.pinned = (uint8_t)env->pinned;
	memcpy(m.authority, env->authority, sizeof(m.authority));
	memcpy(m.previous, env->previous, sizeof(m.previous));
	msg_send_authority_pins(proc_peer(&env->proc, ROLE_CTL), &m, -1);
}

/* Trusted from here on; told to others when the parent has stored it. */
static void
store_pins(struct env *env)
{
	struct msg_pins_store	 m;

	memset(&m, 0, sizeof(m));
	m.pinned = (uint8_t)env->pinned;
	memcpy(m.authority, env->authority, sizeof(m.authority));
	memcpy(m.previous, env->previous, sizeof(m.previous));
	env->pinning = 1;
	msg_send_pins_store(env->proc.parent, &m, -1);
}

/* Peers whose certificate is of an authority that is no more. */
static void
drop_peers(struct env *env)
{
	struct msg_peer_result	 m;
	size_t			 i;

	for (i = 0; i < CRYPTO_PEERS_MAX; i++) {
		struct crypto_peer	*p = &env->peers[i];

		if (p->id == 0 || p->id >= PEER_STATIC ||
		    pins_have(env, p->authority))
			continue;
		memset(&m, 0, sizeof(m));
		m.peer = p->id;
		strlcpy(m.reason, "the authority of its certificate is not "
		    "trusted any more", sizeof(m.reason));
		crypto_peer_drop(env, p);
		msg_send_peer_result(proc_peer(&env->proc, ROLE_CTL), &m, -1);
	}
}

/* 1 when the pins have changed, 0 when they are so already, -1 and why. */
static int
successor(struct env *env, const struct cross *x, const char **reason)
{
	if (pins_have(env, x->new))
		return 0;
	/* What is retired has nothing to say any more. */
	if (memcmp(x->old, env->authority, 32) != 0) {
		*reason = "the authority that names a successor is not the "
		    "one that is pinned";
		return -1;
	}
	memcpy(env->previous, env->authority, 32);
	memcpy(env->authority, x->new, 32);
	env->pinned = 2;
	return 1;
}

static int
retired(struct env *env, const struct cross *x, const char **reason)
{
	if (memcmp(x->new, env->authority, 32) != 0) {
		*reason = "the authority that retires another is not the one "
		    "that is pinned";
		return -1;
	}
	if (env->pinned < 2 || memcmp(x->old, env->previous, 32) != 0)
		return 0;
	memset(env->previous, 0, sizeof(env->previous));
	env->pinned = 1;
	return 1;
}

static int
cross(struct env *env, const struct msg_authority_cross *m,
    const char **reason)
{
	struct cross	 x;

	if (!env->pinned) {
		*reason = "no authority is pinned";
		return -1;
	}
	if (cross_decode(&x, m->statement, m->statement_len, reason) == -1)
		return -1;
	if (cross_verify(m->statement) == -1) {
		*reason = "the authority has not signed it";
		return -1;
	}
	return x.kind == CROSS_SUCCESSOR ? successor(env, &x, reason) :
	    retired(env, &x, reason);
}

void
on_authority_cross(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	const char	*reason = NULL;
	int		 changed;

	(void)c;
	(void)fd;
	changed = cross(env, data, &reason);
	if (changed == 1) {
		drop_peers(env);
		store_pins(env);
	} else if (!env->pinning || changed == -1) {
		tell_pins(env, reason);
	}
}

void
on_pins_stored(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_pins_stored	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	env->pinning = 0;
	if (!m->ok)
		log_error("the pinned authorities could not be stored");
	tell_pins(env, m->ok ? NULL : "the pins could not be stored");
}
