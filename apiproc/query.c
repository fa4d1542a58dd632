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
 * What is asked for and is no list of objects: rows of the audit log, the
 * explanation of what may reach what, which trust requirements a system
 * meets, and which policy tests hold.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "apiproc/apiproc.h"
#include "packet/acl.h"

/* --- The log ---------------------------------------------------------- */

static int
piece_add(struct piece *p, const uint8_t *data, size_t len)
{
	char	*text;

	if (len == 0)
		return 0;
	if (len > API_PIECES_MAX - p->len || (text = realloc(p->text,
	    p->len + len)) == NULL)
		return -1;
	memcpy(text + p->len, data, len);
	p->text = text;
	p->len += len;
	return 0;
}

static void
piece_free(struct piece *p)
{
	free(p->text);
	memset(p, 0, sizeof(*p));
}

/* The object that was before or after; null when there was none. */
static json_t *
piece_object(const struct piece *p)
{
	json_t	*o = NULL;

	if (p->len != 0)
		o = json_loadb(p->text, p->len, 0, NULL);
	return json_is_object(o) ? o : json_null();
}

void
query_end(struct request *r)
{
	piece_free(&r->before);
	piece_free(&r->after);
}

int
query_row(struct request *r, const struct msg_admin_audit *m)
{
	json_t	*row;

	if (r->rows == NULL || json_array_size(r->rows) >= API_ROWS_MAX ||
	    piece_add(&r->before, m->before, m->before_len) == -1 ||
	    piece_add(&r->after, m->after, m->after_len) == -1)
		return -1;
	if (m->more)
		return 0;
	if ((row = object_from_msg(MSG_ADMIN_AUDIT, m)) == NULL)
		return -1;
	json_object_set_new(row, "before", piece_object(&r->before));
	json_object_set_new(row, "after", piece_object(&r->after));
	json_array_append_new(r->rows, row);
	query_end(r);
	return 0;
}

static void
logs_got(struct request *r)
{
	json_t	*total = json_object_get(json_array_get(r->rows, 0), "total");
	int	 page, per_page;
	size_t	 n;

	if (r->code != 0) {
		answer_code(r);
		return;
	}
	/* They were looked at before. */
	if (request_number(r, "page", 0, 0, 1000000, &page) == -1 ||
	    request_number(r, "per_page", API_PAGE, 1, API_PAGE_MAX,
	    &per_page) == -1)
		return;
	if (!json_is_integer(total)) {
		answer_problem(r, 503, "the service does not answer");
		return;
	}
	n = (size_t)json_integer_value(total);
	json_array_remove(r->rows, 0);
	list_page(r, json_incref(r->rows), n, page, per_page);
}

/* A text of the query that is not too long for its field. */
static int
query_text(struct request *r, const char *name, char *out, size_t size)
{
	const char	*s = request_query(r, name);

	if (s == NULL || strlcpy(out, s, size) < size)
		return 0;
	answer_problem(r, 422, "%s: is too long", name);
	return -1;
}

static int
query_time(struct request *r, const char *name, uint64_t *out)
{
	const char	*s = request_query(r, name);

	if (s == NULL || object_time_parse(s, out) == 0)
		return 0;
	answer_problem(r, 422, "%s: has to be a time as "
	    "2027-01-31T12:00:00Z", name);
	return -1;
}

void
query_logs(struct request *r)
{
	struct msg_admin_log	 m;
	int			 page, per_page;

	memset(&m, 0, sizeof(m));
	if (request_number(r, "page", 0, 0, 1000000, &page) == -1 ||
	    request_number(r, "per_page", API_PAGE, 1, API_PAGE_MAX,
	    &per_page) == -1 ||
	    query_text(r, "actor", m.actor, sizeof(m.actor)) == -1 ||
	    query_text(r, "action", m.action, sizeof(m.action)) == -1 ||
	    query_text(r, "type", m.type, sizeof(m.type)) == -1 ||
	    query_text(r, "object", m.object, sizeof(m.object)) == -1 ||
	    query_time(r, "from", &m.from) == -1 ||
	    query_time(r, "before", &m.before) == -1)
		return;
	strlcpy(m.org, r->who.org, sizeof(m.org));
	m.offset = (uint32_t)page * (uint32_t)per_page;
	m.count = (uint32_t)per_page;
	session_ask(r, MSG_ADMIN_LOG, &m, logs_got);
}

/* --- Explanations ------------------------------------------------------ */

static void
explain_got(struct request *r)
{
	size_t	 n = json_array_size(r->rows);
	json_t	*verdict = n == 0 ? NULL : json_array_get(r->rows, n - 1);

	if (r->code != 0) {
		answer_code(r);
		return;
	}
	if (json_object_get(verdict, "isAllowed") == NULL) {
		answer_problem(r, 503, "the service does not answer");
		return;
	}
	json_incref(verdict);
	json_array_remove(r->rows, n - 1);
	json_object_set(verdict, "policies", r->rows);
	answer_json(r, 200, verdict);
}

void
query_explain(struct request *r)
{
	const char		*access = request_query(r, "access"), *why;
	struct msg_admin_explain m;
	struct acl_entry	 e;

	memset(&m, 0, sizeof(m));
	if (query_text(r, "from", m.from, sizeof(m.from)) == -1 ||
	    query_text(r, "to", m.to, sizeof(m.to)) == -1)
		return;
	if (access == NULL || m.from[0] == '\0' || m.to[0] == '\0') {
		answer_problem(r, 422, "from, to and access are needed");
		return;
	}
	if (acl_parse(access, &e, &why) == -1) {
		answer_problem(r, 422, "access: %s", why);
		return;
	}
	if (e.protocol == ACL_ANY || (e.protocol != ACL_ICMP &&
	    e.port_low != e.port_high)) {
		answer_problem(r, 422, "access: ask for one port, such as "
		    "tcp/22, or icmp");
		return;
	}
	m.protocol = e.protocol;
	m.port = e.port_low;
	session_ask(r, MSG_ADMIN_EXPLAIN, &m, explain_got);
}

/* --- What a system meets ----------------------------------------------- */

static void
trust_got(struct request *r)
{
	if (r->code != 0) {
		answer_code(r);
		return;
	}
	/* The system itself comes first. */
	json_array_remove(r->rows, 0);
	answer_json(r, 200, json_pack("{s:O}", "items", r->rows));
}

static void
trust_read(struct request *r)
{
	const json_t			*row = object_found(r, object_id(r));
	struct msg_admin_system_show	 m;

	if (row == NULL)
		return;
	memset(&m, 0, sizeof(m));
	strlcpy(m.system, json_string_value(json_object_get(row,
	    "systemId")), sizeof(m.system));
	session_ask(r, MSG_ADMIN_SYSTEM_SHOW, &m, trust_got);
}

void
query_trust(struct request *r)
{
	object_ask(r, object_id(r), trust_read);
}

/* --- What policy tests say --------------------------------------------- */

static void
tests_got(struct request *r)
{
	if (r->code != 0 && r->code != API_CODE_TESTS)
		answer_code(r);
	else
		answer_json(r, 200, json_pack("{s:b, s:O}", "allHold",
		    r->code == 0, "items", r->rows));
}

void
query_tests(struct request *r)
{
	struct msg_admin_test_run	 m;

	memset(&m, 0, sizeof(m));
	strlcpy(m.org, r->who.org, sizeof(m.org));
	session_ask(r, MSG_ADMIN_TEST_RUN, &m, tests_got);
}
