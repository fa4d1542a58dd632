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
 * The parser of enclave-configuration(5): statements of one line, and blocks
 * of them.  The lexer guards against the file, the tables of conftext_set.c
 * judge the values; only the shape is decided here.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conftext/conftext_local.h"

struct parser {
	struct lex		*lex;
	struct conftext		*ct;
	struct token		 tokens[TOKENS_MAX];
	size_t			 n;
	struct conftext_object	*org;		/* whose block is open */
	struct conftext_object	*object;	/* in it, or a relay */
	uint32_t		 said[2];	/* settings of org, object */
	int			 skip;		/* open blocks passed over */
	size_t			 norgs;
};

static const struct lex_grammar	 grammar = {
	.string = TOKEN_WORD,
	.number = TOKEN_NUMBER,
	.invalid = TOKEN_INVALID,
	.file_max = CONFTEXT_FILE_MAX,
};

/* One statement: 1, 0 at the end, -1 when it has been reported. */
static int
statement_read(struct parser *p)
{
	struct lex_value	 value;
	int			 bad = 0, token;

	p->n = 0;
	while ((token = lex_token(p->lex, &value)) != '\n') {
		if (token == 0)
			return 0;
		if (token == TOKEN_INVALID)
			bad = 1;
		else if (p->n < TOKENS_MAX) {
			p->tokens[p->n].type = token;
			p->tokens[p->n++].text = value.string;
		} else if (!bad) {
			lex_error(p->lex, "there are more than %d words in "
			    "a line", TOKENS_MAX);
			bad = 1;
		}
	}
	return bad ? -1 : 1;
}

static const char *
token_text(const struct token *t, char buf[4])
{
	if (t->text != NULL)
		return t->text;
	buf[0] = (char)t->type;
	buf[1] = '\0';
	return buf;
}

/* "policy "web": " and the message. */
static void __attribute__((__format__(printf, 2, 3)))
fail(struct parser *p, const char *fmt, ...)
{
	const struct conftext_object	*o;
	va_list				 ap;
	char				 text[1024];

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	o = p->object != NULL ? p->object : p->org;
	if (o != NULL && o->name[0] != '\0')
		lex_error(p->lex, "%s \"%s\": %s", conftext_kind_name(o->kind),
		    o->name, text);
	else
		lex_error(p->lex, "%s", text);
}

/* What may stand here. */
static void
expected(struct parser *p, char *buf, size_t size)
{
	const struct conftext_object	*o;
	const struct kind		*kind;
	size_t				 i;

	buf[0] = '\0';
	o = p->object != NULL ? p->object : p->org;
	if (o == NULL) {
		strlcpy(buf, "organisation or relay", size);
		return;
	}
	kind = &conftext_kinds[o->kind];
	for (i = 0; i < kind->nsettings; i++) {
		strlcat(buf, kind->settings[i].word, size);
		strlcat(buf, ", ", size);
	}
	if (o->kind == CONFTEXT_ORG)
		for (i = CONFTEXT_ORG + 1; i < CONFTEXT_KINDS; i++) {
			strlcat(buf, conftext_kinds[i].name, size);
			strlcat(buf, ", ", size);
		}
	strlcat(buf, "or }", size);
}

static void
fail_unknown(struct parser *p)
{
	char	 buf[4], list[512];

	expected(p, list, sizeof(list));
	fail(p, "\"%.40s\" is not known here, expected %s",
	    token_text(&p->tokens[0], buf), list);
}

/* The reason of a setting or a head; NULL when all words were taken. */
static int
judge(struct parser *p, const struct words *w, const char *reason,
    const char *usage)
{
	char	 buf[4];

	if (reason == NULL && w->at < w->n)
		fail(p, "\"%.40s\" is too much, expected \"%s\"",
		    token_text(&w->e[w->at], buf), usage);
	else if (reason == conftext_shape)
		fail(p, "expected \"%s\"", usage);
	else if (reason != NULL)
		fail(p, "%.40s: %s", p->tokens[0].text, reason);
	else
		return 0;
	return -1;
}

static void
setting_take(struct parser *p, struct words *w)
{
	const struct conftext_object	*o;
	const struct setting		*s;
	uint32_t			*said;
	size_t				 i;

	o = p->object != NULL ? p->object : p->org;
	said = &p->said[p->object != NULL];
	for (i = 0; i < conftext_kinds[o->kind].nsettings; i++) {
		s = &conftext_kinds[o->kind].settings[i];
		if (strcmp(s->word, p->tokens[0].text) != 0)
			continue;
		if ((*said & 1U << i) != 0 && !s->many) {
			fail(p, "%s is said twice", s->word);
			return;
		}
		*said |= 1U << i;
		judge(p, w, s->set(w, o->row), s->usage);
		return;
	}
	fail_unknown(p);
}

/* Which object may begin here with this word; CONFTEXT_KINDS for none. */
static enum conftext_kind
kind_find(const struct parser *p)
{
	size_t	 i, first, last;

	if (p->object != NULL)
		return CONFTEXT_KINDS;
	first = p->org == NULL ? 0 : CONFTEXT_ORG + 1;
	last = p->org == NULL ? CONFTEXT_ORG + 1 : CONFTEXT_KINDS;
	for (i = first; i < last; i++)
		if (strcmp(conftext_kinds[i].name, p->tokens[0].text) == 0)
			return (enum conftext_kind)i;
	return CONFTEXT_KINDS;
}

/* The name of the file, kept once. */
static const char *
file_name(struct parser *p, struct lex_pos pos)
{
	char	**name = &p->ct->files[pos.file];

	if (*name == NULL)
		*name = strdup(lex_file(p->lex, pos));
	return *name;
}

static void
object_end(struct parser *p, struct conftext_object *o)
{
	const struct kind	*kind = &conftext_kinds[o->kind];
	struct lex_pos		 pos;
	const char		*reason;
	size_t			 i;

	if (kind->last != NULL && (reason = kind->last(o->row)) != NULL) {
		pos = lex_statement(p->lex);
		for (i = 0; i < LEX_FILES_MAX; i++)
			if (p->ct->files[i] == o->file)
				pos.file = (int)i;
		pos.line = o->line;
		lex_error_at(p->lex, pos, "%s \"%s\": %s", kind->name,
		    o->name, reason);
	}
	conftext_canonical(o->kind, o->row);
}

/* 0 or -1: then a block of it is passed over. */
static int
object_begin(struct parser *p, enum conftext_kind kind, struct words *w,
    int block)
{
	struct conftext_object	*o;
	struct lex_pos		 pos = lex_statement(p->lex);

	if (kind == CONFTEXT_ORG && ++p->norgs > CONFTEXT_ORGS_MAX) {
		fail(p, "there are more than %d organisations",
		    CONFTEXT_ORGS_MAX);
		return -1;
	}
	if ((o = conftext_object_new(p->ct, kind)) == NULL) {
		fail(p, "there are more than %d objects, or no memory",
		    CONFTEXT_OBJECTS_MAX);
		return -1;
	}
	o->line = pos.line;
	o->file = file_name(p, pos);
	if (p->org != NULL)
		memcpy(o->org, p->org->org, sizeof(o->org));
	if (judge(p, w, conftext_kinds[kind].head(w, o),
	    conftext_kinds[kind].usage) == -1)
		return -1;
	p->said[kind != CONFTEXT_ORG] = 0;
	if (!block)
		object_end(p, o);
	else if (kind == CONFTEXT_ORG)
		p->org = o;
	else
		p->object = o;
	return 0;
}

static void
block_end(struct parser *p)
{
	if (p->n > 1)
		fail(p, "expected the end of the line after \"}\"");
	if (p->object != NULL) {
		object_end(p, p->object);
		p->object = NULL;
	} else if (p->org != NULL) {
		object_end(p, p->org);
		p->org = NULL;
	} else
		fail(p, "\"}\" closes nothing");
}

static void
statement_take(struct parser *p)
{
	struct words		 w;
	enum conftext_kind	 kind;
	int			 block;

	block = p->tokens[p->n - 1].type == '{';
	if (p->skip > 0) {
		p->skip += block - (p->tokens[0].type == '}');
		return;
	}
	if (p->tokens[0].type == '}') {
		block_end(p);
		return;
	}
	if (p->tokens[0].text == NULL) {
		fail_unknown(p);
		p->skip = block;
		return;
	}
	w.e = p->tokens + 1;
	w.n = p->n - 1 - (size_t)(block && p->n > 1);
	w.at = 0;
	kind = kind_find(p);
	if (kind != CONFTEXT_KINDS)
		p->skip = object_begin(p, kind, &w, block) == -1 && block;
	else if (block || (p->object == NULL && p->org == NULL)) {
		fail_unknown(p);
		p->skip = block;
	} else
		setting_take(p, &w);
}

/* A block that was never closed. */
static void
check_closed(struct parser *p)
{
	const struct conftext_object	*o;

	o = p->object != NULL ? p->object : p->org;
	if (o != NULL)
		fail(p, "it begins in line %d and is not closed, expected "
		    "\"}\"", o->line);
	else if (p->skip > 0)
		fail(p, "a block is not closed, expected \"}\"");
}

/* Closes lx, which may be NULL. */
static struct conftext *
parse(struct lex *lx, lex_report_fn *report, void *arg)
{
	struct parser	 p;
	int		 got;

	if (lx == NULL)
		return NULL;
	memset(&p, 0, sizeof(p));
	p.lex = lx;
	if ((p.ct = conftext_new()) == NULL) {
		lex_error(lx, "out of memory");
		lex_close(lx);
		return NULL;
	}
	while ((got = statement_read(&p)) != 0)
		if (got == 1 && p.n > 0)
			statement_take(&p);
	check_closed(&p);
	conftext_sort(p.ct);
	if (lex_errors(lx) > 0 || conftext_check(p.ct, report == NULL ?
	    lex_report_stderr : report, arg) > 0) {
		conftext_free(p.ct);
		p.ct = NULL;
	}
	lex_close(lx);
	return p.ct;
}

struct conftext *
conftext_parse(const char *path, lex_report_fn *report, void *arg)
{
	return parse(lex_open(path, &grammar, report, arg), report, arg);
}

struct conftext *
conftext_parse_buffer(const char *name, const void *data, size_t size,
    lex_report_fn *report, void *arg)
{
	return parse(lex_open_buffer(name, data, size, &grammar, report, arg),
	    report, arg);
}
