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
 * The authority keys: taken over from the parent, made for new
 * organisations, used to sign.  A key counts only after the parent has
 * stored it durably.
 */

#include <sys/types.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "authproc/authproc.h"
#include "base/clock.h"
#include "base/log.h"
#include "cert/cross.h"

/* Its NUL is hashed too. */
static const char	 key_domain[] = "enclave enrolment key, form 1";
static const char	 token_prefix[] = "enclave_";

static int
authority_set(struct authority *a, const uint8_t seed[32])
{
	memcpy(a->seed, seed, sizeof(a->seed));
	return crypto_sign_seed_keypair(a->public, a->secret, a->seed);
}

const struct authority *
authority_find(const struct env *env, const uint8_t public[CERT_KEY_LEN])
{
	size_t	 i;

	for (i = 0; i < env->norgs; i++)
		if (memcmp(env->secrets->orgs[i].public, public,
		    CERT_KEY_LEN) == 0)
			return &env->secrets->orgs[i];
	return NULL;
}

const struct authority *
authority_of(const struct env *env, const uint8_t cert[CERT_LEN])
{
	size_t	 i;

	for (i = 0; i < env->norgs; i++)
		if (cert_verify(cert, env->secrets->orgs[i].public) == 0)
			return &env->secrets->orgs[i];
	return NULL;
}

void
authority_load(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_authority	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	if (env->norgs == AUTH_ORGS_MAX)
		fatalx("more than %d authority keys", AUTH_ORGS_MAX);
	if (authority_set(&env->secrets->orgs[env->norgs], m->seed) == -1)
		fatalx("an authority key is damaged");
	env->norgs++;
}

static void
org_key_reply(struct env *env, uint32_t id, const struct authority *a)
{
	struct msg_org_key	 reply;

	memset(&reply, 0, sizeof(reply));
	reply.id = id;
	if (a != NULL) {
		reply.ok = 1;
		memcpy(reply.authority, a->public, sizeof(reply.authority));
	}
	msg_send_org_key(proc_peer(&env->proc, ROLE_STORE), &reply, -1);
}

void
authority_make(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_org_key_make	*m = data;
	struct env			*env = arg;
	struct msg_authority_add	 add;
	struct authority		*a;
	size_t				 i, under_way = 0, slot = 0;

	(void)fd;
	if (m->id == 0) {
		proc_violation(&env->proc, c, MSG_ORG_KEY_MAKE, "number 0");
		return;
	}
	for (i = 0; i < AUTH_MAKING_MAX; i++) {
		if (env->making[i] == 0)
			slot = i;
		else
			under_way++;
	}
	if (under_way == AUTH_MAKING_MAX ||
	    env->norgs + under_way >= AUTH_ORGS_MAX) {
		org_key_reply(env, m->id, NULL);
		return;
	}
	a = &env->secrets->making[slot];
	arc4random_buf(a->seed, sizeof(a->seed));
	crypto_sign_seed_keypair(a->public, a->secret, a->seed);
	env->making[slot] = m->id;
	memset(&add, 0, sizeof(add));
	add.id = (uint32_t)slot;
	memcpy(add.seed, a->seed, sizeof(add.seed));
	msg_send_authority_add(env->proc.parent, &add, -1);
	sodium_memzero(&add, sizeof(add));
}

void
authority_stored(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_authority_added	*m = data;
	struct env				*env = arg;
	struct authority			*a = NULL;
	uint32_t				 id;

	(void)c;
	(void)fd;
	if (m->id >= AUTH_MAKING_MAX || env->making[m->id] == 0)
		return;
	id = env->making[m->id];
	env->making[m->id] = 0;
	if (m->ok) {
		a = &env->secrets->orgs[env->norgs++];
		memcpy(a, &env->secrets->making[m->id], sizeof(*a));
	}
	sodium_memzero(&env->secrets->making[m->id], sizeof(*a));
	org_key_reply(env, id, a);
}

void
authority_key_hash(const char *key, uint8_t out[32])
{
	crypto_generichash_state	 st;

	crypto_generichash_init(&st, NULL, 0, 32);
	crypto_generichash_update(&st, (const uint8_t *)key_domain,
	    sizeof(key_domain));
	crypto_generichash_update(&st, (const uint8_t *)key, strlen(key));
	crypto_generichash_final(&st, out, 32);
	sodium_memzero(&st, sizeof(st));
}

/* A new enrolment key: storeproc, which asks, keeps the hash alone. */
void
authority_enrol_key(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_key_make	*m = data;
	struct msg_key_made		 reply;
	uint8_t				 rnd[ENROLKEY_RANDOM_LEN];

	(void)arg;
	(void)fd;
	memset(&reply, 0, sizeof(reply));
	reply.id = m->id;
	do
		arc4random_buf(rnd, sizeof(rnd));
	while (enrolkey_from_random(rnd, sizeof(rnd), reply.key) == -1);
	authority_key_hash(reply.key, reply.key_hash);
	msg_send_key_made(c, &reply, -1);
	sodium_memzero(rnd, sizeof(rnd));
	sodium_memzero(&reply, sizeof(reply));
}

/*
 * A new token of the API: a prefix by which it is recognised where it should
 * not be, and 256 random bits as base64url (RFC 4648 section 5).
 */
void
authority_token(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_token_make	*m = data;
	struct msg_token_made		 reply;
	uint8_t				 rnd[32];
	size_t				 len = sizeof(token_prefix) - 1;

	(void)arg;
	(void)fd;
	memset(&reply, 0, sizeof(reply));
	reply.id = m->id;
	randombytes_buf(rnd, sizeof(rnd));
	memcpy(reply.token, token_prefix, len);
	sodium_bin2base64(reply.token + len, sizeof(reply.token) - len, rnd,
	    sizeof(rnd), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	crypto_hash_sha256(reply.token_hash, (const uint8_t *)reply.token,
	    strlen(reply.token));
	msg_send_token_made(c, &reply, -1);
	sodium_memzero(rnd, sizeof(rnd));
	sodium_memzero(&reply, sizeof(reply));
}

void
authority_sign(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_enrol_sign	*m = data;
	const struct authority		*a;
	struct msg_enrol_signed		 reply;

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	reply.conn = m->conn;
	reply.system = m->system;
	memcpy(reply.authority, m->authority, sizeof(reply.authority));
	if ((a = authority_find(arg, m->authority)) == NULL) {
		log_warnx("no authority key for the organisation of "
		    "system %u", m->system);
	} else if (m->certificate_len == CERT_LEN) {
		memcpy(reply.certificate, m->certificate, CERT_LEN);
		reply.certificate_len = CERT_LEN;
		reply.ok = cert_sign(reply.certificate, a->secret) == 0;
	}
	if (!reply.ok)
		reply.certificate_len = 0;
	msg_send_enrol_signed(c, &reply, -1);
}

/* Of our own authorities only, and never bytes that another process chose. */
void
authority_cross(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_cross_sign	*m = data;
	const struct authority		*old, *new;
	struct msg_cross_signed		 reply;
	struct cross			 x;

	(void)fd;
	memset(&reply, 0, sizeof(reply));
	memset(&x, 0, sizeof(x));
	reply.id = m->id;
	old = authority_find(arg, m->old);
	new = authority_find(arg, m->new);
	x.kind = m->kind;
	strlcpy(x.org, m->org, sizeof(x.org));
	memcpy(x.old, m->old, sizeof(x.old));
	memcpy(x.new, m->new, sizeof(x.new));
	x.made = clock_wall_sec();
	if (old != NULL && new != NULL &&
	    cross_encode(&x, reply.statement) == 0 &&
	    cross_sign(reply.statement, m->kind == CROSS_SUCCESSOR ?
	    old->secret : new->secret) == 0) {
		reply.ok = 1;
		reply.statement_len = CROSS_LEN;
	}
	msg_send_cross_signed(c, &reply, -1);
}
