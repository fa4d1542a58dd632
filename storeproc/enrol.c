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
 * Enrolment: the database judges the hash of the enrolment key and gives
 * name and addresses; authproc signs; the certificate is on disk before the
 * agent gets it.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cert/cert.h"
#include "storeproc/storeproc.h"

static void
enrol_refuse(struct chan *auth, uint32_t conn, const char *reason)
{
	struct msg_enrol_done	 m;

	memset(&m, 0, sizeof(m));
	m.conn = conn;
	strlcpy(m.reason, reason, sizeof(m.reason));
	msg_send_enrol_done(auth, &m, -1);
}

static const char *
enrol_store(struct env *env, const struct msg_enrol *m, struct db_system *s)
{
	struct db_enrolment	 in;
	const char		*why;

	memset(&in, 0, sizeof(in));
	memcpy(in.identity, m->identity, sizeof(in.identity));
	memcpy(in.tunnel, m->tunnel, sizeof(in.tunnel));
	strlcpy(in.description, m->description, sizeof(in.description));
	in.flags = m->aes ? CERT_FLAG_AES : 0;
	in.source = m->source;
	in.now = (int64_t)clock_wall_sec();
	in.random = arc4random_buf;
	if (db_enrol(env->db, m->key_hash, &in, s, &why) == DB_OK)
		return NULL;
	if (why != NULL)
		return why;
	log_warnx("enrolment: %s", db_errstr(env->db));
	return "the service cannot write its database";
}

void
enrol_request(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_enrol	*m = data;
	struct env		*env = arg;
	struct msg_enrol_sign	 out;
	struct db_system	 s;
	struct db_org		 o;
	const char		*why;

	(void)fd;
	if ((why = enrol_store(env, m, &s)) != NULL) {
		enrol_refuse(c, m->conn, why);
		return;
	}
	memset(&out, 0, sizeof(out));
	if (db_org_get(env->db, s.org, &o) != DB_OK ||
	    authority_enrolling(env, &o, out.authority) == -1 ||
	    cert_unsigned(&o, &s, s.serial, out.certificate) == -1) {
		log_warnx("no certificate can be made for system %s", s.name);
		enrol_refuse(c, m->conn, "no certificate can be made");
		return;
	}
	out.certificate_len = CERT_LEN;
	out.conn = m->conn;
	out.system = (uint32_t)s.id;
	msg_send_enrol_sign(c, &out, -1);
}

/* NULL when the certificate is that of this system and was stored. */
static const char *
enrol_keep(struct env *env, const struct msg_enrol_signed *m,
    struct db_org *o)
{
	struct db_system	 s;
	struct cert		 cert;
	char			 actor[DB_ACTOR_MAX + 1];

	if (!m->ok)
		return "the organisation's key is missing: tell its "
		    "administrator";
	if (db_system_get(env->db, m->system, &s) != DB_OK ||
	    db_org_get(env->db, s.org, o) != DB_OK)
		return "this system was deleted meanwhile";
	if (cert_decode(&cert, m->certificate, m->certificate_len, NULL) ==
	    -1 || strcmp(cert.name, s.name) != 0 ||
	    memcmp(cert.identity, s.identity, sizeof(s.identity)) != 0)
		return "the certificate could not be signed";
	snprintf(actor, sizeof(actor), "system:%s", s.name);
	db_actor(env->db, actor);
	if (db_cert_issue(env->db, s.id, m->certificate, m->certificate_len,
	    m->authority) != DB_OK) {
		log_warnx("enrolment: %s", db_errstr(env->db));
		return "the service cannot write its database";
	}
	log_info("system %s enrolled in %s%s", s.name, o->name,
	    s.state == DB_SYSTEM_UNAPPROVED ? ", to be approved" : "");
	return NULL;
}

void
enrol_signed(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_enrol_signed	*m = data;
	struct env			*env = arg;
	struct msg_enrol_done		 out;
	struct db_org			 o;
	const char			*why;

	(void)fd;
	if ((why = enrol_keep(env, m, &o)) != NULL) {
		enrol_refuse(c, m->conn, why);
		return;
	}
	/* policyproc first: the agent will be there in a moment. */
	model_send_system(env, m->system);
	if (!model_is_online(env, m->system))
		life_gone(env, m->system);
	memset(&out, 0, sizeof(out));
	out.conn = m->conn;
	out.ok = 1;
	memcpy(out.authority, m->authority, sizeof(out.authority));
	out.certificate_len = m->certificate_len;
	memcpy(out.certificate, m->certificate, m->certificate_len);
	msg_send_enrol_done(c, &out, -1);
}
