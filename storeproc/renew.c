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
 * Renewal of certificates.  Whether one is due is decided here, by the clock
 * of the service: an agent that asks too often gets what it has.  The new
 * certificate is on disk before the agent gets it, and the one it holds stays
 * good until it has said that it holds the new one.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cert/cert.h"
#include "storeproc/storeproc.h"

int
cert_unsigned(const struct db_org *o, const struct db_system *s,
    const uint8_t serial[DB_SERIAL_LEN], uint8_t *out)
{
	struct cert	 cert;
	uint64_t	 now = clock_wall_sec(), life, skew;

	memset(&cert, 0, sizeof(cert));
	cert.flags = (uint8_t)s->flags & CERT_FLAGS;
	memcpy(cert.serial, serial, sizeof(cert.serial));
	strlcpy(cert.org, o->name, sizeof(cert.org));
	strlcpy(cert.name, s->name, sizeof(cert.name));
	memcpy(cert.identity, s->identity, sizeof(cert.identity));
	memcpy(cert.tunnel, s->tunnel, sizeof(cert.tunnel));
	convert_ipv4(cert.addr4, s->ipv4);
	cert.prefix4 = o->ipv4_plen;
	memcpy(cert.addr6, s->ipv6, sizeof(cert.addr6));
	cert.prefix6 = DB_IPV6_PLEN;
	life = o->cert_lifetime_sec > 0 ? (uint64_t)o->cert_lifetime_sec :
	    STORE_CERT_SEC;
	/* Clocks differ; of a short life that must not be most. */
	skew = life / 10 < STORE_CERT_SKEW_SEC ? life / 10 :
	    STORE_CERT_SKEW_SEC;
	cert.not_before = now - skew;
	cert.not_after = now + life;
	return cert_encode(&cert, out);
}

static void
renew_refuse(struct chan *auth, uint32_t conn, const char *reason)
{
	struct msg_renew_done	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	strlcpy(m.reason, reason, sizeof(m.reason));
	msg_send_renew_done(auth, &m, -1);
}

/* What is stored is what the agent gets. */
static void
renew_answer(struct env *env, struct chan *auth, uint32_t conn,
    int64_t system)
{
	struct msg_renew_done	 m;
	struct db_system	 s;
	struct db_cert		 c;

	memset(&m, 0, sizeof(m));
	if (db_system_get(env->db, system, &s) != DB_OK ||
	    db_cert_get(env->db, system, &c) != DB_OK ||
	    s.cert_len == 0 || s.cert_len > sizeof(m.certificate)) {
		renew_refuse(auth, conn, "this system has no certificate");
		return;
	}
	m.conn = conn;
	m.ok = 1;
	memcpy(m.authority, c.signer, sizeof(m.authority));
	m.certificate_len = (uint16_t)s.cert_len;
	memcpy(m.certificate, s.cert, s.cert_len);
	msg_send_renew_done(auth, &m, -1);
}

/* Half of its life is over, it is ordered, or it is of another authority. */
static int
renew_due(const struct db_org *o, const struct db_system *s,
    const struct db_cert *c)
{
	struct cert	 cert;
	uint64_t	 now = clock_wall_sec();

	if (c->ordered || memcmp(c->signer, o->authority, DB_KEY_LEN) != 0 ||
	    cert_decode(&cert, s->cert, s->cert_len, NULL) == -1)
		return 1;
	return cert.not_after != 0 && now >= cert.not_before +
	    (cert.not_after - cert.not_before) / 2;
}

/* NULL when this system is to be served. */
static const char *
renew_find(struct env *env, const struct msg_renew *m, struct db_system *s,
    struct db_cert *c, struct db_org *o)
{
	if (db_system_get_name(env->db, m->system, s) != DB_OK ||
	    memcmp(s->identity, m->identity, sizeof(s->identity)) != 0 ||
	    db_org_get(env->db, s->org, o) != DB_OK)
		return "this system is not known here: enrol again";
	if (s->state != DB_SYSTEM_ENABLED)
		return "this system is not enabled";
	if (db_cert_get(env->db, s->id, c) != DB_OK)
		return "this system has no certificate";
	return NULL;
}

void
renew_request(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_renew	*m = data;
	struct env		*env = arg;
	struct msg_renew_sign	 out;
	struct db_system	 s;
	struct db_cert		 dc;
	struct db_org		 o;
	uint8_t			 serial[CERT_SERIAL_LEN];
	const char		*why;

	(void)fd;
	if ((why = renew_find(env, m, &s, &dc, &o)) != NULL) {
		renew_refuse(c, m->conn, why);
		return;
	}
	if (!renew_due(&o, &s, &dc)) {
		renew_answer(env, c, m->conn, s.id);
		return;
	}
	memset(&out, 0, sizeof(out));
	arc4random_buf(serial, sizeof(serial));
	if (cert_unsigned(&o, &s, serial, out.certificate) == -1) {
		log_warnx("no certificate can be made for system %s", s.name);
		renew_refuse(c, m->conn, "no certificate can be made");
		return;
	}
	out.certificate_len = CERT_LEN;
	out.conn = m->conn;
	out.system = (uint32_t)s.id;
	memcpy(out.held, m->serial, sizeof(out.held));
	memcpy(out.stored, s.serial, sizeof(out.stored));
	memcpy(out.authority, o.authority, sizeof(out.authority));
	msg_send_renew_sign(c, &out, -1);
}

/* NULL when it was stored, or another one was already. */
static const char *
renew_keep(struct env *env, const struct msg_renew_signed *m,
    const struct db_system *s)
{
	struct db_renewal	 r;
	struct cert		 cert;
	enum db_result		 result;
	char			 actor[DB_ACTOR_MAX + 1];

	if (cert_decode(&cert, m->certificate, m->certificate_len, NULL) ==
	    -1 || strcmp(cert.name, s->name) != 0 ||
	    memcmp(cert.identity, s->identity, sizeof(s->identity)) != 0)
		return "the certificate could not be signed";
	if (memcmp(s->serial, m->stored, sizeof(s->serial)) != 0)
		return NULL;
	memset(&r, 0, sizeof(r));
	memcpy(r.held, m->held, sizeof(r.held));
	memcpy(r.stored, m->stored, sizeof(r.stored));
	memcpy(r.serial, cert.serial, sizeof(r.serial));
	memcpy(r.signer, m->authority, sizeof(r.signer));
	r.cert = m->certificate;
	r.len = m->certificate_len;
	snprintf(actor, sizeof(actor), "system:%s", s->name);
	db_actor(env->db, actor);
	result = db_cert_renew(env->db, s->id, &r);
	if (result == DB_OK) {
		log_info("system %s has a new certificate", s->name);
		/* Peers are told while the agent is. */
		model_send_system(env, s->id);
		return NULL;
	}
	if (result == DB_REFUSED)
		return db_errstr(env->db);
	log_warnx("renewal of system %s: %s", s->name, db_errstr(env->db));
	return "the service cannot write its database";
}

void
renew_signed(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_renew_signed	*m = data;
	struct env			*env = arg;
	struct db_system		 s;
	const char			*why;

	(void)fd;
	if (!m->ok)
		why = "the organisation's key is missing: tell its "
		    "administrator";
	else if (db_system_get(env->db, m->system, &s) != DB_OK)
		why = "this system was deleted meanwhile";
	else
		why = renew_keep(env, m, &s);
	if (why != NULL)
		renew_refuse(c, m->conn, why);
	else
		renew_answer(env, c, m->conn, s.id);
}

void
renew_holds(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_system_holds	*m = data;
	struct env			*env = arg;
	enum db_result			 result;
	int				 changed;

	(void)c;
	(void)fd;
	result = db_cert_held(env->db, m->system, m->serial, m->authority,
	    &changed);
	if (result == DB_ERROR)
		log_warnx("database: %s", db_errstr(env->db));
	if (changed)
		model_send_system(env, m->system);
}

void
renew_order(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_system_renew	*m = data;
	struct env				*env = arg;
	struct db_system			 s;
	enum db_result				 result;

	(void)fd;
	if (admin_system(env, c, m->system, &s) == -1 ||
	    client_conflict(env, c, DB_OBJECT_SYSTEM, s.id, m->if_version))
		return;
	if (s.state != DB_SYSTEM_ENABLED) {
		client_result(c, CODE_REFUSED, "system %s is not enabled",
		    s.name);
		return;
	}
	result = db_cert_order(env->db, s.id);
	if (result == DB_OK)
		model_send_system(env, s.id);
	client_db_result(env, c, result, "ordered");
}
