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
 * The watch over our certificate: when a third of its life is left, by the
 * clock of the wall, discovery is asked for another.  What comes is checked
 * by cryptoproc and stored before it is used, and only then discovery is told
 * that we hold it; until then it takes the old one, so no answer that is lost
 * locks us out.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cert/cert.h"
#include "ctlproc/ctl.h"

/* Not all systems that were enrolled together ask together. */
void
renew_schedule(struct env *env)
{
	struct renewal	*r = &env->renewal;
	uint64_t	 life, spread;

	r->due = 0;
	if (!env->self.enrolled || env->self.not_after == 0)
		return;
	life = env->self.not_after - env->self.not_before;
	spread = life / 24 > UINT32_MAX ? UINT32_MAX : life / 24;
	r->due = env->self.not_after - life / 3;
	r->due -= arc4random_uniform((uint32_t)spread + 1);
}

static int
renew_is_due(const struct env *env)
{
	const struct renewal	*r = &env->renewal;

	return env->self.enrolled && (r->ordered ||
	    (r->due != 0 && clock_wall_sec() >= r->due));
}

const char *
renew_reason(const struct env *env)
{
	if (!renew_is_due(env))
		return "";
	if (env->renewal.reason[0] == '\0' && env->link.state != LINK_UP)
		return "there is no connection to discovery";
	return env->renewal.reason;
}

/* Again later: each time after twice as long, short lives more often. */
static void
renew_later(struct env *env)
{
	struct renewal	*r = &env->renewal;
	uint64_t	 most = CTL_RENEW_MAX_MS, life;

	life = env->self.not_after - env->self.not_before;
	if (env->self.not_after != 0 && life < CTL_RENEW_MAX_MS / 20)
		most = life * 20;
	if (most < CTL_RENEW_MIN_MS)
		most = CTL_RENEW_MIN_MS;
	r->again_ms = r->again_ms == 0 ? CTL_RENEW_MIN_MS : r->again_ms * 2;
	if (r->again_ms > most)
		r->again_ms = most;
	r->waiting = r->checking = 0;
	r->again_at = clock_mono_ms() + r->again_ms;
}

static void
renew_failed(struct env *env, const char *reason)
{
	struct renewal	*r = &env->renewal;

	log_safe(r->reason, sizeof(r->reason), reason);
	log_warnx("the certificate is not renewed: %s", r->reason);
	renew_later(env);
}

static void
renew_ask(struct env *env, uint64_t now)
{
	struct renewal		*r = &env->renewal;
	struct msg_link_renew	 m;

	memset(&m, 0, sizeof(m));
	memcpy(m.serial, env->self.serial, sizeof(m.serial));
	r->waiting = 1;
	r->deadline = now + CTL_RENEW_WAIT_MS;
	msg_send_link_renew(proc_peer(&env->proc, ROLE_LINK), &m, -1);
}

void
renew_tick(struct env *env, uint64_t now)
{
	struct renewal	*r = &env->renewal;

	if ((r->waiting || r->checking) && now >= r->deadline)
		renew_failed(env, r->checking ? "cryptoproc does not answer" :
		    "discovery does not answer");
	if (r->waiting || r->checking || env->link.state != LINK_UP ||
	    !env->have_keys || now < r->again_at || !renew_is_due(env))
		return;
	renew_ask(env, now);
}

static void
tell_holds(struct env *env)
{
	struct msg_link_holds	 m;

	if (!env->self.enrolled || !env->have_keys || !env->keys.pinned)
		return;
	memset(&m, 0, sizeof(m));
	memcpy(m.serial, env->self.serial, sizeof(m.serial));
	memcpy(m.authority, env->keys.authority, sizeof(m.authority));
	msg_send_link_holds(proc_peer(&env->proc, ROLE_LINK), &m, -1);
}

void
renew_link_up(struct env *env)
{
	env->renewal.waiting = 0;
	env->renewal.again_at = 0;
	env->renewal.again_ms = 0;
	tell_holds(env);
	renew_tick(env, clock_mono_ms());
}

void
renew_link_down(struct env *env)
{
	env->renewal.waiting = 0;
}

void
on_link_order(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)data;
	(void)fd;
	env->renewal.ordered = 1;
	renew_tick(env, clock_mono_ms());
}

void
on_link_renewed(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_renewed	*m = data;
	struct env			*env = arg;
	struct renewal			*r = &env->renewal;
	struct msg_authority_pin	 pin;

	(void)c;
	(void)fd;
	if (!r->waiting)
		return;
	r->waiting = 0;
	if (!m->ok) {
		renew_failed(env, m->reason);
		return;
	}
	if (m->certificate_len == env->self.certificate_len &&
	    memcmp(m->certificate, env->self.certificate,
	    m->certificate_len) == 0) {
		/* By discovery's clock none is due. */
		r->ordered = 0;
		r->reason[0] = '\0';
		renew_later(env);
		return;
	}
	r->result = *m;
	r->checking = 1;
	r->deadline = clock_mono_ms() + CTL_RENEW_WAIT_MS;
	r->id = r->id < PIN_RENEW ? PIN_RENEW : r->id + 1;
	memset(&pin, 0, sizeof(pin));
	pin.id = r->id;
	memcpy(pin.authority, m->authority, sizeof(pin.authority));
	pin.certificate_len = m->certificate_len;
	memcpy(pin.certificate, m->certificate, m->certificate_len);
	msg_send_authority_pin(proc_peer(&env->proc, ROLE_CRYPTO), &pin, -1);
}

/* NULL when it is a certificate of this system that says nothing else new. */
static const char *
renew_check(const struct env *env, const struct msg_link_renewed *m)
{
	const struct identity	*self = &env->self;
	const char		*reason;
	struct cert		 cert;

	if (cert_decode(&cert, m->certificate, m->certificate_len, &reason) ==
	    -1)
		return reason;
	if (strcmp(cert.name, self->system) != 0 ||
	    strcmp(cert.org, self->organisation) != 0)
		return "the new certificate is of another system";
	if (memcmp(cert.addr4, self->ipv4, sizeof(cert.addr4)) != 0 ||
	    memcmp(cert.addr6, self->ipv6, sizeof(cert.addr6)) != 0)
		return "the new certificate has other addresses";
	return NULL;
}

void
renew_checked(struct env *env, const struct msg_authority_result *m)
{
	struct renewal	*r = &env->renewal;
	struct identity	 old = env->self;
	const char	*reason = NULL;

	if (!r->checking || m->id != r->id)
		return;
	r->checking = 0;
	if (!m->ok)
		reason = m->reason;
	else if ((reason = renew_check(env, &r->result)) == NULL &&
	    identity_set(env, r->result.certificate,
	    r->result.certificate_len, r->result.authority, &reason) == 0 &&
	    db_save_identity(env) == -1) {
		reason = "it could not be stored";
		env->self = old;
		renew_schedule(env);
	}
	if (reason != NULL) {
		renew_failed(env, reason);
		return;
	}
	r->ordered = 0;
	r->again_ms = 0;
	r->again_at = 0;
	r->reason[0] = '\0';
	log_info("the certificate was renewed");
	tell_holds(env);
}

void
renew_authority(struct env *env)
{
	struct msg_authority_cross	 m;

	if (env->authority.statement_len == 0)
		return;
	memset(&m, 0, sizeof(m));
	m.statement_len = env->authority.statement_len;
	memcpy(m.statement, env->authority.statement, m.statement_len);
	msg_send_authority_cross(proc_peer(&env->proc, ROLE_CRYPTO), &m, -1);
}

void
on_link_authority(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)fd;
	env->authority = *(const struct msg_link_authority *)data;
	renew_authority(env);
}

void
on_authority_pins(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_authority_pins	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	if (!m->ok) {
		log_warnx("what discovery says of the authority is refused: "
		    "%s", m->reason);
		return;
	}
	if (env->keys.pinned != m->pinned || memcmp(env->keys.authority,
	    m->authority, sizeof(m->authority)) != 0)
		log_info("the authority of the organisation %s",
		    m->pinned == 2 ? "is being replaced, both are trusted" :
		    "has been replaced");
	env->keys.pinned = m->pinned;
	memcpy(env->keys.authority, m->authority,
	    sizeof(env->keys.authority));
	memcpy(env->keys.previous, m->previous, sizeof(env->keys.previous));
	/* What was refused before may be good now. */
	env->renewal.again_at = 0;
	tell_holds(env);
}
