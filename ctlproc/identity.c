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
 * Who this system is: enrolment by key, the certificate that results, and
 * the answers to discovery's challenges.  Signatures are cryptoproc's; it
 * also decides whether an authority is pinned.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cert/cert.h"
#include "ctlproc/ctl.h"

int
identity_set(struct env *env, const uint8_t *data, size_t len,
    const uint8_t authority[32], const char **reason)
{
	struct identity	*self = &env->self;
	struct cert	 cert;

	if (len > sizeof(self->certificate) ||
	    cert_decode(&cert, data, len, reason) == -1)
		return -1;
	memset(self, 0, sizeof(*self));
	memcpy(self->certificate, data, len);
	self->certificate_len = (uint16_t)len;
	memcpy(self->authority, authority, sizeof(self->authority));
	strlcpy(self->system, cert.name, sizeof(self->system));
	strlcpy(self->organisation, cert.org, sizeof(self->organisation));
	memcpy(self->ipv4, cert.addr4, sizeof(self->ipv4));
	memcpy(self->ipv6, cert.addr6, sizeof(self->ipv6));
	self->plen4 = cert.prefix4;
	self->plen6 = cert.prefix6;
	memcpy(self->serial, cert.serial, sizeof(self->serial));
	self->not_before = cert.not_before;
	self->not_after = cert.not_after;
	self->enrolled = 1;
	renew_schedule(env);
	return 0;
}

/* Our addresses: for the parent to set, for tunproc to check against. */
void
identity_configure(struct env *env)
{
	struct msg_tun_configure	 conf;
	struct msg_tun_self		 tun;

	if (!env->self.enrolled)
		return;
	memset(&conf, 0, sizeof(conf));
	memcpy(conf.ipv4, env->self.ipv4, sizeof(conf.ipv4));
	memcpy(conf.ipv6, env->self.ipv6, sizeof(conf.ipv6));
	conf.plen4 = env->self.plen4;
	conf.plen6 = env->self.plen6;
	msg_send_tun_configure(env->proc.parent, &conf, -1);
	memset(&tun, 0, sizeof(tun));
	memcpy(tun.ipv4, env->self.ipv4, sizeof(tun.ipv4));
	memcpy(tun.ipv6, env->self.ipv6, sizeof(tun.ipv6));
	msg_send_tun_self(proc_peer(&env->proc, ROLE_TUN), &tun, -1);
}

int
identity_pinned(const struct env *env, const uint8_t authority[32])
{
	const struct msg_public_keys	*k = &env->keys;

	return (k->pinned > 0 && memcmp(k->authority, authority, 32) == 0) ||
	    (k->pinned > 1 && memcmp(k->previous, authority, 32) == 0);
}

void
identity_present(struct env *env)
{
	struct msg_authority_pin	 pin;

	if (!env->self.enrolled)
		return;
	memset(&pin, 0, sizeof(pin));
	pin.id = PIN_PRESENT;
	memcpy(pin.authority, env->self.authority, sizeof(pin.authority));
	pin.certificate_len = env->self.certificate_len;
	memcpy(pin.certificate, env->self.certificate, pin.certificate_len);
	msg_send_authority_pin(proc_peer(&env->proc, ROLE_CRYPTO), &pin, -1);
}

/* A challenge is at hand: have cryptoproc sign what we want to say. */
void
identity_answer(struct env *env)
{
	struct chan		*crypto = proc_peer(&env->proc, ROLE_CRYPTO);
	struct msg_sign_enrol	 enrol;
	struct msg_sign_link	 auth;

	if (!env->have_challenge || crypto == NULL || !env->have_keys)
		return;
	if (env->self.enrolled) {
		memset(&auth, 0, sizeof(auth));
		auth.id = ++env->sign_id;
		memcpy(auth.nonce, env->challenge.nonce, sizeof(auth.nonce));
		memcpy(auth.server_hash, env->challenge.server_hash,
		    sizeof(auth.server_hash));
		strlcpy(auth.system, env->self.system, sizeof(auth.system));
		msg_send_sign_link(crypto, &auth, -1);
	} else if (env->enrolment.active && !env->enrolment.sent) {
		memset(&enrol, 0, sizeof(enrol));
		enrol.id = ++env->sign_id;
		memcpy(enrol.nonce, env->challenge.nonce,
		    sizeof(enrol.nonce));
		memcpy(enrol.server_hash, env->challenge.server_hash,
		    sizeof(enrol.server_hash));
		msg_send_sign_enrol(crypto, &enrol, -1);
	}
}

static void
send_enrolment(struct env *env, const struct msg_signature *sig)
{
	struct msg_link_enrol	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.key, env->enrolment.request.key, sizeof(m.key));
	memcpy(m.identity, env->keys.identity, sizeof(m.identity));
	memcpy(m.tunnel, env->keys.tunnel, sizeof(m.tunnel));
	m.aes = env->keys.aes;
	strlcpy(m.description, env->enrolment.request.description[0] != '\0' ?
	    env->enrolment.request.description : env->options.hostname,
	    sizeof(m.description));
	memcpy(m.signature, sig->signature, sizeof(m.signature));
	env->enrolment.sent = 1;
	msg_send_link_enrol(proc_peer(&env->proc, ROLE_LINK), &m, -1);
	explicit_bzero(&m, sizeof(m));
}

void
on_signature(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_signature	*m = data;
	struct env			*env = arg;
	struct msg_link_auth		 auth;

	(void)c;
	(void)fd;
	if (facts_signed(env, m))
		return;
	/* An answer to a challenge that is gone. */
	if (m->id != env->sign_id || !env->have_challenge)
		return;
	env->have_challenge = 0;
	if (!env->self.enrolled) {
		if (env->enrolment.active && !env->enrolment.sent)
			send_enrolment(env, m);
		return;
	}
	memset(&auth, 0, sizeof(auth));
	auth.certificate_len = env->self.certificate_len;
	memcpy(auth.certificate, env->self.certificate,
	    env->self.certificate_len);
	memcpy(auth.signature, m->signature, sizeof(auth.signature));
	auth.sequence = env->sequence;
	msg_send_link_auth(proc_peer(&env->proc, ROLE_LINK), &auth, -1);
}

void
on_link_challenge(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)fd;
	env->challenge = *(const struct msg_link_challenge *)data;
	env->have_challenge = 1;
	facts_forget(env);
	identity_answer(env);
}

/* --- Enrolment ----------------------------------------------------- */

static void
enrolment_end(struct env *env, int code, const char *text)
{
	struct enrolment	*e = &env->enrolment;

	if (e->client != NULL)
		client_result(e->client, code, text);
	explicit_bzero(e, sizeof(*e));
}

void
identity_enrol_failed(struct env *env, int code, const char *reason)
{
	if (env->enrolment.active)
		enrolment_end(env, code, reason);
}

void
identity_client_gone(struct env *env, struct client *client)
{
	/* The enrolment goes on: the key may be used up already. */
	if (env->enrolment.client == client)
		env->enrolment.client = NULL;
	if (env->resetting == client)
		env->resetting = NULL;
}

void
identity_enrol(struct env *env, struct client *client,
    const struct msg_client_enrol *m)
{
	char	 text[256];

	if (env->self.enrolled) {
		snprintf(text, sizeof(text), "already enrolled as %s in %s",
		    env->self.system, env->self.organisation);
		client_result(client, 5, text);
		return;
	}
	if (strcmp(env->link.reason, LINK_NONE) == 0) {
		client_result(client, 1, LINK_NONE ": add one to "
		    "enclaved.conf, then restart enclaved");
		return;
	}
	if (env->enrolment.active) {
		client_result(client, 1, "another enrolment is under way");
		return;
	}
	env->enrolment.active = 1;
	env->enrolment.client = client;
	env->enrolment.request = *m;
	env->enrolment.deadline = clock_mono_ms() + CTL_ENROL_MS;
	identity_answer(env);
}

void
on_link_enrolled(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_enrolled	*m = data;
	struct env			*env = arg;
	struct msg_authority_pin	 pin;

	(void)c;
	(void)fd;
	if (!env->enrolment.active || !env->enrolment.sent)
		return;
	env->enrolment.result = *m;
	memset(&pin, 0, sizeof(pin));
	pin.id = PIN_ENROL;
	memcpy(pin.authority, m->authority, sizeof(pin.authority));
	pin.certificate_len = m->certificate_len;
	memcpy(pin.certificate, m->certificate, m->certificate_len);
	msg_send_authority_pin(proc_peer(&env->proc, ROLE_CRYPTO), &pin, -1);
}

void
on_authority_result(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_authority_result	*m = data;
	struct env				*env = arg;
	struct msg_link_enrolled		*r = &env->enrolment.result;
	const char				*reason;
	char					 text[256];

	(void)c;
	(void)fd;
	if (m->id >= PIN_RENEW) {
		renew_checked(env, m);
		return;
	}
	if (m->id == PIN_PRESENT || !env->enrolment.active) {
		if (!m->ok)
			log_warnx("cryptoproc refuses our certificate: %s",
			    m->reason);
		return;
	}
	if (!m->ok) {
		enrolment_end(env, 1, m->reason);
		return;
	}
	if (identity_set(env, r->certificate, r->certificate_len,
	    r->authority, &reason) == -1) {
		enrolment_end(env, 1, reason);
		return;
	}
	if (db_save_identity(env) == -1) {
		enrolment_end(env, 1, "enrolled, but the certificate could "
		    "not be stored: see the log, then enrol again");
		memset(&env->self, 0, sizeof(env->self));
		return;
	}
	/* It has pinned it, if it had not before. */
	if (!identity_pinned(env, r->authority))
		env->keys.pinned = 1;
	if (env->keys.pinned == 1)
		memcpy(env->keys.authority, r->authority,
		    sizeof(env->keys.authority));
	identity_configure(env);
	relays_avoid_overlay(env);
	snprintf(text, sizeof(text), "enrolled as %s in %s",
	    env->self.system, env->self.organisation);
	log_info("%s", text);
	enrolment_end(env, 0, text);
	identity_answer(env);
}

void
on_link_refused(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_refused	*m = data;
	struct env			*env = arg;
	char				 text[256];

	(void)c;
	(void)fd;
	log_safe(text, sizeof(text), m->reason);
	if (m->enrolment) {
		identity_enrol_failed(env, 5, text);
		return;
	}
	log_warnx("discovery refuses this system: %s", text);
	strlcpy(env->link.reason, text, sizeof(env->link.reason));
}
