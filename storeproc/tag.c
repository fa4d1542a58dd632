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
 * Tags that an administrator makes: they stay, and may have requirements.
 */

#include <sys/types.h>

#include <string.h>

#include "storeproc/storeproc.h"

#define TAG_RULE	"a tag is made of a-z and 0-9, with single hyphens " \
	"and dots between"

void
tag_model_send(struct env *env, const struct db_tag_object *t)
{
	struct msg_model_tag	 m;

	memset(&m, 0, sizeof(m));
	m.org = (uint32_t)t->org;
	m.tag = (uint32_t)t->id;
	convert_tag_ids(&m.requirements, t->requirements, t->nrequirements);
	model_tell(env, MSG_MODEL_TAG, &m);
}

/* What the message names, over what is there: NULL, or what is wrong. */
static const char *
tag_take(struct db_tag_object *t, const struct msg_admin_tag_add *m)
{
	uint32_t	 fields = m->replace == 2 ? m->fields : UINT32_MAX;

	if (fields & TAG_FIELD_NOTES)
		strlcpy(t->notes, m->notes, sizeof(t->notes));
	if (fields & TAG_FIELD_COLOUR)
		strlcpy(t->colour, m->colour, sizeof(t->colour));
	if ((fields & TAG_FIELD_REQUIREMENTS) &&
	    convert_tags_in(t->requirements, &t->nrequirements,
	    &m->requirements) == -1)
		return "the name of a requirement is made of a-z and 0-9, "
		    "with single hyphens and dots between";
	return NULL;
}

void
tag_add(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_tag_add	*m = data;
	struct env			*env = arg;
	struct db_tag_object		 t;
	struct db_org			 o;
	enum db_result			 result;
	const char			*why;

	(void)fd;
	if (m->replace > 2 || !db_tag_name_valid(m->name)) {
		client_result(c, CODE_USAGE, m->replace > 2 ?
		    "unknown action" : TAG_RULE);
		return;
	}
	if (admin_org(env, c, m->org, &o) == -1)
		return;
	result = db_tag_get(env->db, o.id, m->name, &t);
	if (result == DB_NOTFOUND && m->replace == 2) {
		client_result(c, CODE_FAILED, "there is no tag \"%s\"",
		    m->name);
		return;
	}
	if (result != DB_OK && result != DB_NOTFOUND) {
		client_db_result(env, c, result, "");
		return;
	}
	if (result == DB_OK && t.permanent && m->replace == 0) {
		client_result(c, CODE_FAILED,
		    "the tag \"%s\" exists already", m->name);
		return;
	}
	if (result == DB_OK && client_conflict(env, c, DB_OBJECT_TAG, t.id,
	    m->if_version))
		return;
	t.org = o.id;
	strlcpy(t.name, m->name, sizeof(t.name));
	if ((why = tag_take(&t, m)) != NULL) {
		client_result(c, CODE_USAGE, "%s", why);
		return;
	}
	if ((result = db_tag_set(env->db, &t)) == DB_OK &&
	    db_tag_get(env->db, o.id, m->name, &t) == DB_OK)
		tag_model_send(env, &t);
	client_db_result(env, c, result, m->replace == 2 ? "changed" :
	    "added");
}

void
tag_delete(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_tag_delete	*m = data;
	struct env				*env = arg;
	struct db_tag_object			 t;
	struct db_org				 o;
	enum db_result				 result;

	(void)fd;
	if (admin_org(env, c, m->org, &o) == -1)
		return;
	result = db_tag_get(env->db, o.id, m->name, &t);
	if (result == DB_NOTFOUND) {
		client_result(c, CODE_FAILED, "there is no tag \"%s\"",
		    m->name);
		return;
	}
	if (result == DB_OK && client_conflict(env, c, DB_OBJECT_TAG, t.id,
	    m->if_version))
		return;
	if (result == DB_OK)
		result = db_tag_delete(env->db, o.id, m->name);
	/* Nobody has it, and its number never serves again. */
	if (result == DB_OK) {
		t.nrequirements = 0;
		tag_model_send(env, &t);
	}
	client_db_result(env, c, result, "deleted");
}
