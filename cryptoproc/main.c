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
 * cryptoproc's start and its conversation with ctlproc.  Every field comes
 * from a neighbour that may be compromised; a peer counts only with a
 * certificate that the pinned authority has signed.
 */

#include <sys/types.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cert/sign.h"
#include "cryptoproc/arena.h"
#include "cryptoproc/crypto.h"

static void
on_keys(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_keys	*m = data;
	struct env		*env = arg;

	(void)c;
	(void)fd;
	memcpy(env->secrets->identity_seed, m->identity_seed, 32);
	memcpy(env->secrets->tunnel, m->tunnel_key, 32);
	memcpy(env->authority, m->authority, 32);
	memcpy(env->previous, m->previous, 32);
	env->pinned = m->pinned > 2 ? 0 : m->pinned;
	keys_set(env);
}

static void
on_crypto_options(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_crypto_options	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	env->no_aes = m->no_aes != 0;
	env->mtu = m->mtu;
}

static void
on_keys_none(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)data;
	(void)fd;
	keys_make(env);
}

static void
send_public_keys(struct env *env)
{
	struct msg_public_keys	 m;

	memset(&m, 0, sizeof(m));
	memcpy(m.identity, env->identity_public, 32);
	memcpy(m.tunnel, env->tunnel_public, 32);
	memcpy(m.authority, env->authority, 32);
	memcpy(m.previous, env->previous, 32);
	m.aes = (uint8_t)env->aes;
	m.pinned = (uint8_t)env->pinned;
	msg_send_public_keys(proc_peer(&env->proc, ROLE_CTL), &m, -1);
}

static void
on_sign_link(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_sign_link	*m = data;
	struct env			*env = arg;
	struct msg_signature		 reply;

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	reply.id = m->id;
	if (sign_link_auth(reply.signature, env->secrets->identity, m->nonce,
	    m->server_hash, m->system) == -1) {
		proc_violation(&env->proc, c, MSG_SIGN_LINK, "not a name");
		return;
	}
	msg_send_signature(c, &reply, -1);
}

static void
on_sign_facts(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_sign_facts	*m = data;
	struct env			*env = arg;
	struct msg_signature		 reply;

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	reply.id = m->id;
	if (sign_facts(reply.signature, env->secrets->identity, m->nonce,
	    m->server_hash, m->system, m->number, m->text,
	    strlen(m->text)) == -1) {
		proc_violation(&env->proc, c, MSG_SIGN_FACTS, "not a name");
		return;
	}
	msg_send_signature(c, &reply, -1);
}

static void
on_sign_enrol(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_sign_enrol	*m = data;
	struct env			*env = arg;
	struct msg_signature		 reply;

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	reply.id = m->id;
	if (sign_enrol(reply.signature, env->secrets->identity,
	    env->identity_public, env->tunnel_public, m->nonce,
	    m->server_hash) == -1)
		fatalx("cannot sign an enrolment");
	msg_send_signature(c, &reply, -1);
}

static void
on_authority_pin(void *arg, struct chan *c, const void *data, int fd)
{
	struct env			*env = arg;
	struct msg_authority_result	 reply;
	const char			*reason = "";

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	reply.id = ((const struct msg_authority_pin *)data)->id;
	reply.ok = keys_pin(env, data, &reason) == 0;
	strlcpy(reply.reason, reply.ok ? "" : reason, sizeof(reply.reason));
	msg_send_authority_result(c, &reply, -1);
}

struct crypto_peer *
crypto_peer_find(struct env *env, uint32_t id)
{
	size_t	 i, start = id % CRYPTO_PEERS_MAX;

	/* Ids are given out in sequence, so the first look mostly hits. */
	for (i = 0; id != 0 && i < CRYPTO_PEERS_MAX; i++)
		if (env->peers[(start + i) % CRYPTO_PEERS_MAX].id == id)
			return &env->peers[(start + i) % CRYPTO_PEERS_MAX];
	return NULL;
}

struct crypto_peer *
crypto_peer_slot(struct env *env, uint32_t id)
{
	size_t	 i, start = id % CRYPTO_PEERS_MAX;

	for (i = 0; i < CRYPTO_PEERS_MAX; i++)
		if (env->peers[(start + i) % CRYPTO_PEERS_MAX].id == 0)
			return &env->peers[(start + i) % CRYPTO_PEERS_MAX];
	return NULL;
}

void
crypto_peer_drop(struct env *env, struct crypto_peer *p)
{
	wg_peer_remove(env->device, p->id);
	memset(p, 0, sizeof(*p));
}

static int
peer_check(struct env *env, const struct msg_peer_add *m, struct cert *cert,
    const char **reason)
{
	if (!env->pinned) {
		*reason = "no authority is pinned";
		return -1;
	}
	/* The peers of the configuration are not ctlproc's. */
	if (m->peer == 0 || m->peer >= PEER_STATIC) {
		*reason = "peer number out of range";
		return -1;
	}
	if (cert_decode(cert, m->certificate, m->certificate_len, reason) ==
	    -1)
		return -1;
	if (pins_signer(env, m->certificate) == NULL) {
		*reason = "the certificate is not signed by our authority";
		return -1;
	}
	if (cert_check_time(cert, clock_wall_sec(), reason) == -1)
		return -1;
	if (sodium_memcmp(cert->tunnel, env->tunnel_public, 32) == 0) {
		*reason = "the certificate is our own";
		return -1;
	}
	return 0;
}

static int
peer_add(struct env *env, const struct msg_peer_add *m, const char **reason)
{
	struct crypto_peer	*p = crypto_peer_find(env, m->peer);
	struct cert		 cert;

	if (peer_check(env, m, &cert, reason) == -1)
		return -1;
	/* Another key under the same number is another peer. */
	if (p != NULL && memcmp(p->tunnel, cert.tunnel, 32) != 0) {
		crypto_peer_drop(env, p);
		p = NULL;
	}
	if (p == NULL && (p = crypto_peer_slot(env, m->peer)) == NULL) {
		*reason = "too many peers";
		return -1;
	}
	if (wg_peer_add(env->device, m->peer, cert.tunnel, NULL,
	    suite_of(env, cert.flags)) == -1) {
		*reason = "the tunnel key is in use by another peer";
		return -1;
	}
	p->id = m->peer;
	p->seen = 1;
	p->not_after = cert.not_after;
	p->flags = cert.flags;
	memcpy(p->authority, pins_signer(env, m->certificate),
	    sizeof(p->authority));
	memcpy(p->tunnel, cert.tunnel, 32);
	return 0;
}

static void
on_peer_add(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_peer_add	*m = data;
	struct env			*env = arg;
	struct crypto_peer		*p;
	struct msg_peer_result		 reply;
	struct msg_peer_session		 session;
	const char			*reason = "";

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	reply.peer = m->peer;
	reply.ok = peer_add(env, m, &reason) == 0;
	strlcpy(reply.reason, reply.ok ? "" : reason, sizeof(reply.reason));
	msg_send_peer_result(c, &reply, -1);
	p = crypto_peer_find(env, m->peer);
	if (reply.ok && p->established) {
		memset(&session, 0, sizeof(session));
		session.peer = m->peer;
		session.established = 1;
		msg_send_peer_session(c, &session, -1);
	}
}

static void
on_peer_remove(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_peer_remove	*m = data;
	struct env			*env = arg;
	struct crypto_peer		*p = crypto_peer_find(env, m->peer);

	(void)c;
	(void)fd;
	if (p != NULL && m->peer < PEER_STATIC)
		crypto_peer_drop(env, p);
}

static void
on_peer_sync(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;
	size_t		 i;

	(void)c;
	(void)data;
	(void)fd;
	for (i = 0; i < CRYPTO_PEERS_MAX; i++)
		if (env->peers[i].id != 0 && !env->peers[i].seen &&
		    env->peers[i].id < PEER_STATIC)
			crypto_peer_drop(env, &env->peers[i]);
}

static void
on_peer_path(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_peer_path	*m = data;
	struct env			*env = arg;
	struct crypto_peer		*p = crypto_peer_find(env, m->peer);

	(void)c;
	(void)fd;
	if (p == NULL || m->peer >= PEER_STATIC)
		return;
	p->path = m->up != 0;
	if (p->path && m->initiate)
		wg_peer_initiate(env->device, p->id, crypto_now());
	data_schedule(env);
}

static void
on_stats_get(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_stats_get	*m = data;
	struct env			*env = arg;
	struct msg_peer_stats		 row;
	struct msg_stats_end		 end;
	struct wg_peer_stats		 st;
	struct wg_time			 now = crypto_now();
	size_t				 i;

	(void)fd;
	for (i = 0; i < CRYPTO_PEERS_MAX; i++) {
		if (env->peers[i].id == 0 || wg_peer_stats(env->device,
		    env->peers[i].id, &st, now) == -1)
			continue;
		memset(&row, 0, sizeof(row));
		row.peer = env->peers[i].id;
		row.established = st.established != 0;
		row.suite = st.suite;
		row.rx_bytes = st.rx_bytes;
		row.tx_bytes = st.tx_bytes;
		row.handshake_age_s = st.last_handshake_ms == 0 ? UINT64_MAX :
		    (now.mono_ms - st.last_handshake_ms) / 1000;
		msg_send_peer_stats(c, &row, -1);
	}
	memset(&end, 0, sizeof(end));
	end.id = m->id;
	msg_send_stats_end(c, &end, -1);
}

static void
on_barrier(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_barrier	*m = data;
	struct msg_barrier_done		 done;

	(void)arg;
	(void)fd;
	memset(&done, 0, sizeof(done));
	done.sequence = m->sequence;
	msg_send_barrier_done(c, &done, -1);
}

const struct handler cryptoproc_handlers[] = {
	{ MSG_CRYPTO_OPTIONS, on_crypto_options },
	{ MSG_KEYS, on_keys },
	{ MSG_KEYS_NONE, on_keys_none },
	{ MSG_STATIC_KEY, on_static_key },
	{ MSG_SIGN_LINK, on_sign_link },
	{ MSG_SIGN_FACTS, on_sign_facts },
	{ MSG_SIGN_ENROL, on_sign_enrol },
	{ MSG_AUTHORITY_PIN, on_authority_pin },
	{ MSG_AUTHORITY_CROSS, on_authority_cross },
	{ MSG_PINS_STORED, on_pins_stored },
	{ MSG_PEER_ADD, on_peer_add },
	{ MSG_PEER_REMOVE, on_peer_remove },
	{ MSG_PEER_SYNC, on_peer_sync },
	{ MSG_PEER_PATH, on_peer_path },
	{ MSG_STATS_GET, on_stats_get },
	{ MSG_BARRIER, on_barrier },
};
const size_t cryptoproc_nhandlers =
    sizeof(cryptoproc_handlers) / sizeof(cryptoproc_handlers[0]);

static void
prepare(void *arg)
{
	struct env	*env = arg;

	if (!env->have_keys)
		fatalx("the parent sent no keys");
	suite_prepare(env);
	data_start(env);
}

/* ctlproc is new: tell it who we are, and have it name its peers anew. */
static void
peer_up(void *arg, uint32_t role, uint32_t instance)
{
	struct env	*env = arg;
	size_t		 i;

	(void)instance;
	if (role != ROLE_CTL)
		return;
	/* An unused place stays untouched, and so not resident. */
	for (i = 0; i < CRYPTO_PEERS_MAX; i++)
		if (env->peers[i].id != 0)
			env->peers[i].seen = 0;
	send_public_keys(env);
	static_tell_ctl(env);
}

static void
end(void *arg)
{
	struct env	*env = arg;

	wg_device_wipe(env->device);
	suite_end(env);
	sodium_memzero(env->secrets, sizeof(*env->secrets));
}

static const struct proc_ops ops = {
	.prepare = prepare,
	.run = static_run,
	.peer_up = peer_up,
	.ring = data_ring,
	.end = end,
};

/* One guarded, locked block for every secret of this process. */
static void
make_arena(struct env *env)
{
	size_t	 head = (sizeof(struct secrets) + 63) & ~(size_t)63;
	uint8_t	*arena;

	env->device_size = wg_device_size(CRYPTO_PEERS_MAX);
	env->device_size = (env->device_size + 63) & ~(size_t)63;
	arena = arena_create(head + env->device_size + CRYPTO_REGION);
	if (arena == NULL)
		fatalx("cannot allocate the locked memory for keys: "
		    "is the memory-lock limit too low?");
	env->secrets = (struct secrets *)(void *)arena;
	env->region = arena + head + env->device_size;
	env->device = wg_device_init(arena + head, env->device_size,
	    CRYPTO_PEERS_MAX, &cryptoproc_wg_ops, env);
	if (env->device == NULL)
		fatalx("cannot lay out the tunnel device");
}

int
main(void)
{
	static struct env	 env;

	if (sodium_init() == -1)
		return 1;
	env.proc.role = ROLE_CRYPTO;
	env.proc.env = &env;
	env.proc.handlers = cryptoproc_handlers;
	env.proc.nhandlers = cryptoproc_nhandlers;
	env.proc.ops = &ops;
	env.proc.sandbox = &cryptoproc_sandbox;
	make_arena(&env);
	schedule_batch();
	place_init(&env.place);
	return child_main(&env.proc);
}
