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
 * The audit log for an administrator: in answers of bounded size, and along
 * the chain in steps, so that neither keeps others waiting.
 */

#include <sys/types.h>

#include <string.h>

#include "audit/audit.h"
#include "base/log.h"
#include "storeproc/storeproc.h"

/* Bytes of the text from pos on, as many as fit; how many. */
static uint16_t
piece(uint8_t *out, size_t size, const char *text, size_t pos)
{
	size_t	 len = text == NULL ? 0 : strlen(text);

	len = pos < len ? len - pos : 0;
	if (len > size)
		len = size;
	if (len > 0)
		memcpy(out, text + pos, len);
	return (uint16_t)len;
}

static void
row_send(struct chan *c, const struct db_audit_row *r)
{
	struct msg_admin_audit	 m;
	size_t			 pos = 0;

	memset(&m, 0, sizeof(m));
	m.id = (uint64_t)r->id;
	m.time = (uint64_t)r->time;
	strlcpy(m.org, r->org, sizeof(m.org));
	strlcpy(m.actor, r->actor, sizeof(m.actor));
	strlcpy(m.action, r->action, sizeof(m.action));
	strlcpy(m.type, r->type, sizeof(m.type));
	m.object = (uint64_t)r->object;
	strlcpy(m.name, r->name, sizeof(m.name));
	m.has_before = r->before != NULL;
	m.has_after = r->after != NULL;
	memcpy(m.previous, r->previous, sizeof(m.previous));
	memcpy(m.hash, r->hash, sizeof(m.hash));
	do {
		m.before_len = piece(m.before, sizeof(m.before), r->before,
		    pos);
		m.after_len = piece(m.after, sizeof(m.after), r->after, pos);
		pos += sizeof(m.before);
		m.more = (r->before != NULL && strlen(r->before) > pos) ||
		    (r->after != NULL && strlen(r->after) > pos);
		msg_send_admin_audit(c, &m, -1);
	} while (m.more);
}

void
audit_list(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_audit_list	*m = data;
	struct env				*env = arg;
	struct db_audit_row			 r;
	enum db_result				 result = DB_OK;
	const char				*org;
	uint32_t				 n;
	int64_t					 after;

	(void)fd;
	org = *m->org == '\0' ? NULL : m->org;
	after = m->after > INT64_MAX ? INT64_MAX : (int64_t)m->after;
	if (m->tail)
		result = db_audit_tail(env->db, m->count, org, &after);
	for (n = 0; result == DB_OK && n < m->count && n < STORE_AUDIT_ROWS &&
	    imsgbuf_queuebytes(&c->ibuf) < STORE_FEED_BYTES; n++) {
		result = db_audit_next(env->db, after, org, &r);
		if (result != DB_OK)
			break;
		row_send(c, &r);
		after = r.id;
		db_audit_row_free(&r);
	}
	client_db_result(env, c, result == DB_NOTFOUND ? DB_OK : result, "");
}

static void
log_row(struct env *env, struct feed *f, int64_t id)
{
	struct db_audit_row	 r;

	if (db_audit_next(env->db, id - 1, NULL, &r) != DB_OK)
		return;
	row_send(f->to, &r);
	db_audit_row_free(&r);
}

static void
log_last(struct env *env, struct feed *f)
{
	(void)env;
	client_result(f->to, CODE_OK, "%s", "");
}

void
audit_log(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_log	*m = data;
	struct msg_admin_total		 out;
	struct env			*env = arg;
	struct db_audit_filter		 want;
	struct feed			*f;
	int64_t				 ids[DB_LOG_MAX], total;
	enum db_result			 result;
	size_t				 i, n;

	(void)fd;
	if (m->org[0] == '\0' || m->from > INT64_MAX ||
	    m->before > INT64_MAX) {
		client_result(c, CODE_USAGE, m->org[0] == '\0' ?
		    "which organisation?" : "a time is out of range");
		return;
	}
	memset(&want, 0, sizeof(want));
	want.org = m->org;
	want.from = (int64_t)m->from;
	want.before = (int64_t)m->before;
	want.actor = m->actor;
	want.action = m->action;
	want.type = m->type;
	want.object = m->object;
	result = db_audit_page(env->db, &want, m->offset, m->count, ids, &n,
	    &total);
	if (result != DB_OK) {
		client_db_result(env, c, result, "");
		return;
	}
	memset(&out, 0, sizeof(out));
	out.total = (uint64_t)total;
	msg_send_admin_total(c, &out, -1);
	feed_drop(env, c);
	f = feed_new(env, c);
	f->parts[0].row = log_row;
	f->last = log_last;
	for (i = 0; i < n; i++)
		feed_add(&f->parts[0], ids[i]);
	feed_start(env, f);
}

void
audit_verify(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_admin_audit_verify	*m = data;
	struct msg_admin_audit_state		 out;
	struct env				*env = arg;
	struct audit_walk			 w;
	enum db_result				 result;
	const char				*why;
	int					 done;

	(void)fd;
	memset(&w, 0, sizeof(w));
	w.last = m->last > INT64_MAX ? INT64_MAX : m->last;
	memcpy(w.hash, m->hash, sizeof(w.hash));
	result = db_audit_verify(env->db, &w, STORE_AUDIT_ROWS, &done, &why);
	if (result == DB_OK) {
		memset(&out, 0, sizeof(out));
		out.last = w.last;
		memcpy(out.hash, w.hash, sizeof(out.hash));
		out.done = done != 0;
		if (why != NULL)
			strlcpy(out.reason, why, sizeof(out.reason));
		msg_send_admin_audit_state(c, &out, -1);
	}
	client_db_result(env, c, result, "");
}
