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
 * Systems beyond on, off and tags: an end of their time, descriptions, and
 * what is known of copies.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "storeproc/storeproc.h"

#define FIELDS_ALL	(SYSTEM_DESCRIPTION | SYSTEM_NOTES | SYSTEM_TAGS)

void
admin_system_until(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_system_until	*m = data;
	struct env				*env = arg;
	struct db_system			 s;
	enum db_result				 result;

	(void)fd;
	if (m->action != 0 && m->action != 3) {
		client_result(c, CODE_USAGE, "unknown action");
		return;
	}
	if (m->until > INT64_MAX || m->until <= clock_wall_sec()) {
		client_result(c, CODE_USAGE, "the time is in the past, or out "
		    "of range");
		return;
	}
	if (admin_system(env, c, m->system, &s) == -1 ||
	    client_conflict(env, c, DB_OBJECT_SYSTEM, s.id, m->if_version))
		return;
	result = db_system_set_until(env->db, s.id, (int64_t)m->until,
	    m->action == 3 ? DB_SYSTEM_REVOKED : DB_SYSTEM_DISABLED);
	if (result == DB_OK)
		model_send_system(env, s.id);
	client_db_result(env, c, result, "enabled");
	life_changed(env);
}

void
admin_system_change(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_system_change	*m = data;
	struct env				*env = arg;
	struct db_system			 s;
	enum db_result				 result;

	(void)fd;
	if (m->fields == 0 || (m->fields & ~(uint32_t)FIELDS_ALL) != 0) {
		client_result(c, CODE_USAGE, "nothing to change, or an "
		    "unknown field");
		return;
	}
	if (admin_system(env, c, m->system, &s) == -1 ||
	    client_conflict(env, c, DB_OBJECT_SYSTEM, s.id, m->if_version))
		return;
	if (m->fields & SYSTEM_DESCRIPTION)
		strlcpy(s.description, m->description, sizeof(s.description));
	if (m->fields & SYSTEM_NOTES)
		strlcpy(s.notes, m->notes, sizeof(s.notes));
	if ((m->fields & SYSTEM_TAGS) &&
	    convert_tags_in(s.tags, &s.ntags, &m->tags) == -1) {
		client_result(c, CODE_USAGE, "a tag is made of a-z and 0-9, "
		    "with single hyphens and dots between");
		return;
	}
	if ((result = db_system_change(env->db, &s)) == DB_OK)
		model_send_system(env, s.id);
	client_db_result(env, c, result, "changed");
}

void
admin_system_clone(void *arg, struct chan *c, const void *data, int fd)
{
	static const char *const	 done[] = { "",
		"the newer one is refused", "the older one was replaced",
		"it is quarantined" };
	const struct msg_system_clone	*m = data;
	struct env			*env = arg;
	char				 older[ENDPOINT_STRLEN];
	char				 newer[ENDPOINT_STRLEN];
	struct db_system		 s;

	(void)fd;
	if (m->policy < CLONE_REJECT || m->policy > CLONE_QUARANTINE) {
		proc_violation(&env->proc, c, MSG_SYSTEM_CLONE,
		    "unknown policy");
		return;
	}
	/* It may have been deleted meanwhile. */
	if (db_system_get(env->db, m->system, &s) != DB_OK)
		return;
	endpoint_print(&m->older, older, sizeof(older));
	endpoint_print(&m->newer, newer, sizeof(newer));
	log_warnx("system %s exists twice, connected from %s and from %s: %s",
	    s.name, older, newer, done[m->policy]);
	endpoint_print_addr(&m->newer, newer, sizeof(newer));
	if (db_system_clone(env->db, s.id, m->policy == CLONE_QUARANTINE,
	    (int64_t)clock_wall_sec(), newer) != DB_OK)
		log_warnx("database: %s", db_errstr(env->db));
	model_send_system(env, s.id);
}
