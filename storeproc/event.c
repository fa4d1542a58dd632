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
 * What clients of the API hear of, after it is on disk: apiproc is told of
 * each object that has changed, and of systems that come and go.  Only what
 * it may show in lists anyway is said, never a value.
 */

#include <sys/types.h>

#include <string.h>

#include "storeproc/storeproc.h"

enum event_kind {
	EVENT_CREATED, EVENT_CHANGED, EVENT_DELETED, EVENT_CONNECTED,
	EVENT_DISCONNECTED
};

void
event_changed(void *arg, const struct db_change_note *note)
{
	struct env		*env = arg;
	struct msg_api_event	 m;

	if (proc_peer(&env->proc, ROLE_API) == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.kind = note->is_gone ? EVENT_DELETED : note->is_new ?
	    EVENT_CREATED : EVENT_CHANGED;
	strlcpy(m.type, note->type, sizeof(m.type));
	strlcpy(m.org, note->org, sizeof(m.org));
	convert_text(m.name, sizeof(m.name), note->name);
	m.id = (uint64_t)note->id;
	m.version = note->version;
	msg_send_api_event(proc_peer(&env->proc, ROLE_API), &m, -1);
}

void
event_online(struct env *env, int64_t system, int online)
{
	struct msg_api_event	 m;
	struct db_system	 s;
	struct db_org		 o;

	if (proc_peer(&env->proc, ROLE_API) == NULL ||
	    db_system_get(env->db, system, &s) != DB_OK ||
	    db_org_get(env->db, s.org, &o) != DB_OK)
		return;
	memset(&m, 0, sizeof(m));
	m.kind = online ? EVENT_CONNECTED : EVENT_DISCONNECTED;
	strlcpy(m.type, "system", sizeof(m.type));
	strlcpy(m.org, o.name, sizeof(m.org));
	strlcpy(m.name, s.name, sizeof(m.name));
	m.id = (uint64_t)s.id;
	m.version = db_version(env->db, DB_OBJECT_SYSTEM, s.id);
	msg_send_api_event(proc_peer(&env->proc, ROLE_API), &m, -1);
}
