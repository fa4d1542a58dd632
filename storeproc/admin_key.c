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
 * Changes of enrolment keys beyond on, off and deletion.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "storeproc/storeproc.h"

#define FIELDS_ALL	(KEY_DESCRIPTION | KEY_NOTES | KEY_TAGS | \
			    KEY_NOT_AFTER | KEY_ACTION | KEY_SOURCES)

int
admin_key(struct env *env, struct chan *c, const char *org, uint32_t id,
    struct db_key *key)
{
	enum db_result	 result;
	struct db_org	 o;

	result = db_key_get(env->db, id, key);
	/* A key of another organisation is not there. */
	if (result == DB_OK && *org != '\0') {
		if (admin_org(env, c, org, &o) == -1)
			return -1;
		if (key->org != o.id)
			result = DB_NOTFOUND;
	}
	if (result == DB_OK)
		return 0;
	if (result == DB_NOTFOUND)
		client_result(c, CODE_FAILED, "there is no enrolment key %u",
		    id);
	else
		client_db_result(env, c, result, "");
	return -1;
}

/* NULL, or what is wrong; the database looks again. */
static const char *
change_take(struct db_key *key, const struct msg_admin_key_change *m)
{
	if (m->fields & KEY_DESCRIPTION)
		strlcpy(key->description, m->description,
		    sizeof(key->description));
	if (m->fields & KEY_NOTES)
		strlcpy(key->notes, m->notes, sizeof(key->notes));
	if (m->fields & KEY_NOT_AFTER) {
		if (m->not_after > INT64_MAX)
			return "the expiry is out of range";
		key->not_after = (int64_t)m->not_after;
	}
	if (m->fields & KEY_ACTION)
		key->action = (enum db_key_action)m->action;
	if (m->fields & KEY_SOURCES)
		convert_sources_in(key, &m->sources);
	if ((m->fields & KEY_TAGS) &&
	    convert_tags_in(key->tags, &key->ntags, &m->tags) == -1)
		return "a tag is made of a-z and 0-9, with single hyphens "
		    "and dots between";
	return NULL;
}

void
admin_key_change(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_key_change	*m = data;
	struct env				*env = arg;
	struct db_key				 key;
	const char				*why;

	(void)fd;
	if (m->fields == 0 || (m->fields & ~(uint32_t)FIELDS_ALL) != 0) {
		client_result(c, CODE_USAGE, "nothing to change, or an "
		    "unknown field");
		return;
	}
	if (admin_key(env, c, m->org, m->id, &key) == -1 ||
	    client_conflict(env, c, DB_OBJECT_KEY, key.id, m->if_version))
		return;
	if ((why = change_take(&key, m)) != NULL) {
		client_result(c, CODE_USAGE, "%s", why);
		return;
	}
	client_db_result(env, c, db_key_change(env->db, &key), "changed");
	life_changed(env);
}

void
admin_key_topup(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_key_topup	*m = data;
	struct env				*env = arg;
	struct db_key				 key;

	(void)fd;
	if (admin_key(env, c, m->org, m->id, &key) == -1 ||
	    client_conflict(env, c, DB_OBJECT_KEY, key.id, m->if_version))
		return;
	client_db_result(env, c, db_key_top_up(env->db, key.id, m->uses),
	    "topped up");
}
