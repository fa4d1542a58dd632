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
 * enclave-discoveryctl audit: the log of changes, asked for piece by piece,
 * and the check of its chain in the service or in an exported file.
 */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discoveryctl/audit_line.h"
#include "discoveryctl/ctl.h"

#define LIST_COUNT	50		/* unless it is said */
#define PAGE		1000
#define JSON_MAX	AUDIT_LINE_MAX	/* before or after, together */

/* A text that arrives in pieces. */
struct pieces {
	char	*text;
	size_t	 len;
};

/* Takes each complete row; the texts are borrowed. */
typedef void (*take_row)(void *, const struct audit_record *);

struct walk {
	struct ctl		*ctl;
	struct msg_admin_audit_list ask;
	struct msg_admin_audit	 row;	/* the first piece of it */
	struct pieces		 before, after;
	int			 open;	/* more pieces follow */
	uint32_t		 got;	/* rows of this answer */
	uint64_t		 last;
	take_row		 take;
	void			*arg;
};

static int
pieces_add(struct pieces *p, const uint8_t *data, size_t len)
{
	char	*text;

	if (len > JSON_MAX - p->len)
		return -1;
	if ((text = realloc(p->text, p->len + len + 1)) == NULL)
		out_no_memory();
	p->text = text;
	memcpy(text + p->len, data, len);
	p->len += len;
	text[p->len] = '\0';
	return memchr(data, '\0', len) == NULL ? 0 : -1;
}

static void
pieces_clear(struct pieces *p)
{
	free(p->text);
	p->text = NULL;
	p->len = 0;
}

static void
row_complete(struct walk *w)
{
	const struct msg_admin_audit	*m = &w->row;
	struct audit_record		 r;

	memset(&r, 0, sizeof(r));
	r.id = m->id;
	r.time = m->time;
	r.org = m->org;
	r.actor = m->actor;
	r.action = m->action;
	r.type = m->type;
	r.object = m->object;
	r.name = m->name;
	r.before = m->has_before ? w->before.text : NULL;
	r.after = m->has_after ? w->after.text : NULL;
	memcpy(r.previous, m->previous, sizeof(r.previous));
	memcpy(r.hash, m->hash, sizeof(r.hash));
	w->take(w->arg, &r);
	w->last = m->id;
	w->got++;
}

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	const struct msg_admin_audit	*m = msg;
	struct walk			*w = arg;

	if (type != MSG_ADMIN_AUDIT || (w->open && m->id != w->row.id) ||
	    (!w->open && m->id <= w->last))
		return -1;
	if (!w->open) {
		pieces_clear(&w->before);
		pieces_clear(&w->after);
		w->row = *m;
	}
	w->open = m->more;
	if (pieces_add(&w->before, m->before, m->before_len) == -1 ||
	    pieces_add(&w->after, m->after, m->after_len) == -1)
		return -1;
	if (!m->more)
		row_complete(w);
	return 0;
}

/* count rows, or (0) all that there are. */
static int
walk_run(struct walk *w, uint32_t count)
{
	struct client	 client;
	uint32_t	 left = count;
	int		 code;

	do {
		w->ask.count = count == 0 || left > PAGE ? PAGE : left;
		/* The tail is found from the whole count. */
		if (w->ask.tail)
			w->ask.count = count;
		w->got = 0;
		w->open = 0;
		client_init(&client, ROLE_DISCOVERYCTL, w->ctl->path);
		client.row = on_row;
		client.arg = w;
		code = client_ask(&client, MSG_ADMIN_AUDIT_LIST, &w->ask);
		if (code == CLIENT_DONE && w->open)
			code = CLIENT_FAILED;
		if (code != CLIENT_DONE) {
			ctl_complain(&client, code);
			break;
		}
		w->ask.tail = 0;
		w->ask.after = w->last;
		left -= w->got < left ? w->got : left;
	} while (w->got > 0 && (count == 0 || left > 0));
	pieces_clear(&w->before);
	pieces_clear(&w->after);
	return code;
}

/* --- list ---------------------------------------------------------- */

struct list {
	struct table	*table;
	json_t		*array;
};

static void
list_take(void *arg, const struct audit_record *r)
{
	struct list	*l = arg;
	const char	*cells[7];
	char		 id[24], object[24], when[TEXT_TIME_MAX];

	if (l->array != NULL) {
		out_append(l->array, audit_line_json(r));
		return;
	}
	snprintf(id, sizeof(id), "%" PRIu64, r->id);
	snprintf(object, sizeof(object), "%" PRIu64, r->object);
	text_time(when, r->time);
	cells[0] = id;
	cells[1] = when;
	cells[2] = r->org[0] == '\0' ? "-" : r->org;
	cells[3] = r->actor;
	cells[4] = r->action;
	cells[5] = r->type;
	cells[6] = r->name[0] == '\0' ? object : r->name;
	if (table_add(l->table, cells) == -1)
		out_no_memory();
}

int
cmd_audit_list(struct ctl *ctl, struct args *args)
{
	static const char *const titles[] = { "ID", "TIME", "ORG", "ACTOR",
	    "ACTION", "TYPE", "NAME" };
	struct list	 list = { NULL, NULL };
	struct walk	 w;
	const char	*reason = NULL, *what = "";
	uint32_t	 after = 0, count = LIST_COUNT;
	int		 c, code;

	memset(&w, 0, sizeof(w));
	w.ctl = ctl;
	w.take = list_take;
	w.arg = &list;
	w.ask.tail = 1;
	while ((c = ctl_next(ctl, args, "ja:n:o:")) != ARGS_END) {
		if (c == 'a') {
			what = "number";
			reason = value_number(&after, args->value,
			    UINT32_MAX);
			w.ask.tail = 0;
		} else if (c == 'n') {
			what = "count";
			reason = value_number(&count, args->value, UINT32_MAX);
		} else if (c == 'o') {
			what = "organisation";
			reason = value_org(w.ask.org, args->value);
		} else
			return ctl_usage(ctl);
		if (reason != NULL)
			return ctl_bad(what, args->value, reason);
	}
	w.ask.after = w.last = after;
	if (ctl->json)
		list.array = out_array();
	else if ((list.table = table_new(titles, 7)) == NULL)
		out_no_memory();
	if ((code = walk_run(&w, count)) == CLIENT_DONE) {
		if (ctl->json) {
			out_print(list.array);
			list.array = NULL;
		} else
			table_print(list.table, stdout);
	}
	table_free(list.table);
	json_decref(list.array);
	return code;
}

/* --- export -------------------------------------------------------- */

static void
export_take(void *arg, const struct audit_record *r)
{
	(void)arg;
	out_line(audit_line_json(r));
}

int
cmd_audit_export(struct ctl *ctl, struct args *args)
{
	struct walk	 w;
	const char	*reason;
	uint32_t	 after = 0;
	int		 c;

	memset(&w, 0, sizeof(w));
	w.ctl = ctl;
	w.take = export_take;
	while ((c = ctl_next(ctl, args, "ja:")) != ARGS_END) {
		if (c != 'a')
			return ctl_usage(ctl);
		reason = value_number(&after, args->value, UINT32_MAX);
		if (reason != NULL)
			return ctl_bad("number", args->value, reason);
	}
	w.ask.after = w.last = after;
	return walk_run(&w, 0);
}

/* --- verify -------------------------------------------------------- */

struct verify {
	struct msg_admin_audit_state	 state;
	int				 have;
};

static int
on_state(void *arg, uint32_t type, const void *msg)
{
	struct verify	*v = arg;

	if (type != MSG_ADMIN_AUDIT_STATE || v->have)
		return -1;
	memcpy(&v->state, msg, sizeof(v->state));
	v->have = 1;
	return 0;
}

/* What came out of it, and the exit code. */
static int
verify_tell(struct ctl *ctl, uint64_t last, const uint8_t *hash,
    const char *reason)
{
	char	 hex[AUDIT_HASH_LEN * 2 + 1];
	size_t	 i;
	json_t	*o;

	for (i = 0; i < AUDIT_HASH_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	if (ctl->json) {
		o = out_object();
		out_set(o, "ok", out_bool(reason[0] == '\0'));
		out_set(o, "last", out_number(last));
		out_set(o, "hash", out_text(hex));
		out_set(o, "bad", reason[0] == '\0' ? out_null() :
		    out_number(last + 1));
		out_set(o, "text", out_text_or_null(reason));
		out_print(o);
	} else if (reason[0] == '\0')
		printf("good up to row %" PRIu64 ", hash %s\n", last, hex);
	else
		printf("row %" PRIu64 " is bad: %s\n", last + 1, reason);
	return reason[0] == '\0' ? CLIENT_DONE : CLIENT_FAILED;
}

static int
verify_service(struct ctl *ctl)
{
	struct msg_admin_audit_verify	 ask;
	struct verify			 v;
	struct client			 client;
	char				 clean[TEXT_MAX];
	int				 code;

	memset(&ask, 0, sizeof(ask));
	do {
		memset(&v, 0, sizeof(v));
		client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
		client.row = on_state;
		client.arg = &v;
		code = client_ask(&client, MSG_ADMIN_AUDIT_VERIFY, &ask);
		if (code != CLIENT_DONE)
			return ctl_complain(&client, code);
		if (!v.have || (!v.state.done && v.state.last <= ask.last)) {
			warnx("enclave-discoveryd sent an answer that makes "
			    "no sense");
			return CLIENT_FAILED;
		}
		ask.last = v.state.last;
		memcpy(ask.hash, v.state.hash, sizeof(ask.hash));
	} while (!v.state.done);
	return verify_tell(ctl, ask.last, ask.hash,
	    text_clean(clean, sizeof(clean), v.state.reason));
}

/* One line; the first tells where an export begins that has no start. */
static const char *
verify_line(struct audit_walk *w, const char *line, size_t len, int first)
{
	struct audit_record	 r;
	const char		*why;
	json_t			*holder;

	if ((why = audit_line_parse(&r, &holder, line, len)) != NULL)
		return why;
	if (first && r.id > 1) {
		w->last = r.id - 1;
		memcpy(w->hash, r.previous, sizeof(w->hash));
	}
	why = audit_next(w, &r);
	json_decref(holder);
	return why;
}

static int
verify_file(struct ctl *ctl, const char *path)
{
	struct audit_walk	 w;
	const char		*why = NULL;
	char			*line = NULL;
	FILE			*f;
	size_t			 size = 0, number = 0;
	ssize_t			 len;
	int			 bad;

	memset(&w, 0, sizeof(w));
	if ((f = fopen(path, "r")) == NULL) {
		warn("%s", path);
		return CLIENT_FAILED;
	}
	while (why == NULL && (len = getline(&line, &size, f)) != -1) {
		number++;
		if (len > AUDIT_LINE_MAX)
			why = "longer than any row";
		else
			why = verify_line(&w, line, (size_t)len, number == 1);
	}
	bad = ferror(f);
	free(line);
	fclose(f);
	if (bad) {
		warnx("%s: cannot be read", path);
		return CLIENT_FAILED;
	}
	if (why != NULL)
		warnx("%s:%zu: %s", path, number, why);
	return verify_tell(ctl, w.last, w.hash, why == NULL ? "" : why);
}

int
cmd_audit_verify(struct ctl *ctl, struct args *args)
{
	const char	*path = NULL;
	int		 c;

	while ((c = ctl_next(ctl, args, "j")) != ARGS_END) {
		if (c != ARGS_WORD || path != NULL)
			return ctl_usage(ctl);
		path = args->value;
	}
	return path == NULL ? verify_service(ctl) : verify_file(ctl, path);
}
