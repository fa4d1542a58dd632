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
 * The shared lexer of the configuration files; see lex.h.  Runs in parents and
 * in command line tools, as the user that started them.  It opens the file
 * named by the caller and those named in include statements, nothing else,
 * and never writes.
 */

#include <sys/types.h>
#include <sys/queue.h>

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/chars.h"
#include "conf/lex.h"
#include "conf/source.h"

#define MESSAGE_MAX	(LEX_PATH_MAX + LEX_WORD_MAX + 256)

struct macro {
	TAILQ_ENTRY(macro)	 entry;
	char			 name[LEX_NAME_MAX];
	char			*value;
	int			 quoted;
};

struct lex {
	const struct lex_grammar	*grammar;
	lex_report_fn			*report;
	void				*arg;
	TAILQ_HEAD(, macro)		 macros;
	struct source			 sources[LEX_DEPTH_MAX];
	char				*names[LEX_FILES_MAX];
	char				 text[LEX_TEXT_MAX];
	const char			*near;	/* last token, NULL: newline */
	size_t				 total;
	size_t				 textlen;
	struct lex_pos			 token;
	struct lex_pos			 statement;
	int				 depth;
	int				 nnames;
	int				 nmacros;
	int				 errors;
	int				 at_start;	/* of a statement */
	int				 invalid;	/* last token was */
	int				 exposed;	/* a file of these */
};

/* Reports. */

void
lex_report_stderr(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

static void
report_send(lex_report_fn *report, void *arg, char *text)
{
	unsigned char	*p;

	/* Terminals obey control characters; a file must not reach them. */
	for (p = (unsigned char *)text; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	report(arg, text);
}

static void __attribute__((__format__(printf, 3, 0)))
report_at(struct lex *lx, struct lex_pos pos, const char *fmt, va_list ap)
{
	char	 message[MESSAGE_MAX], text[MESSAGE_MAX + LEX_PATH_MAX + 16];
	char	 place[16] = "";

	if (lx->errors >= LEX_ERRORS_MAX)
		return;
	vsnprintf(message, sizeof(message), fmt, ap);
	if (pos.line > 0)
		snprintf(place, sizeof(place), ":%d", pos.line);
	snprintf(text, sizeof(text), "%s%s: %s", lx->names[pos.file], place,
	    message);
	report_send(lx->report, lx->arg, text);
	if (++lx->errors == LEX_ERRORS_MAX) {
		snprintf(text, sizeof(text), "%s%s: too many errors",
		    lx->names[pos.file], place);
		report_send(lx->report, lx->arg, text);
	}
}

void
lex_error_at(struct lex *lx, struct lex_pos pos, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	report_at(lx, pos, fmt, ap);
	va_end(ap);
}

void
lex_error(struct lex *lx, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	report_at(lx, lx->statement, fmt, ap);
	va_end(ap);
}

void
lex_error_syntax(struct lex *lx)
{
	if (lx->invalid)
		return;
	if (lx->near == NULL)
		lex_error_at(lx, lx->token, "syntax error at end of line");
	else
		lex_error_at(lx, lx->token, "syntax error near \"%.40s\"",
		    lx->near);
}

int
lex_errors(const struct lex *lx)
{
	return lx->errors;
}

int
lex_exposed(const struct lex *lx)
{
	return lx->exposed;
}

struct lex_pos
lex_statement(const struct lex *lx)
{
	return lx->statement;
}

const char *
lex_file(const struct lex *lx, struct lex_pos pos)
{
	return lx->names[pos.file];
}

/* Sources: files, memory, and the stack that includes make. */

static size_t
file_max(const struct lex_grammar *grammar)
{
	return grammar->file_max == 0 ? LEX_FILE_MAX : grammar->file_max;
}

/* Takes over the data of src when it succeeds. */
static const char *
source_push(struct lex *lx, struct source *src, const char *name)
{
	int	 i;

	for (i = 0; i < lx->depth; i++)
		if (source_same_file(&lx->sources[i], src))
			return "includes itself";
	if (lx->depth == LEX_DEPTH_MAX)
		return "includes are too deep";
	if (lx->nnames == LEX_FILES_MAX)
		return "too many includes";
	if (src->size > LEX_TOTAL_FILES * file_max(lx->grammar) - lx->total)
		return "all files together are too large";
	if ((lx->names[lx->nnames] = strdup(name)) == NULL)
		return strerror(errno);
	src->file = lx->nnames++;
	lx->total += src->size;
	lx->exposed |= src->exposed;
	lx->sources[lx->depth++] = *src;
	return NULL;
}

static void
source_pop(struct lex *lx)
{
	source_free(&lx->sources[--lx->depth]);
}

/* Characters. */

static struct source *
top(struct lex *lx)
{
	return &lx->sources[lx->depth - 1];
}

static int
peek(struct lex *lx)
{
	return source_peek(top(lx), 0);
}

static void
advance(struct lex *lx)
{
	source_advance(top(lx));
}

static int
is_continuation(struct lex *lx)
{
	return peek(lx) == '\\' && source_peek(top(lx), 1) == '\n';
}

/* Blanks, continuations and comments; a comment ends with its line. */
static void
skip_blanks(struct lex *lx)
{
	while (peek(lx) == ' ' || peek(lx) == '\t' || is_continuation(lx)) {
		if (peek(lx) == '\\')
			advance(lx);
		advance(lx);
	}
	if (peek(lx) == '#')
		while (peek(lx) != '\n' && peek(lx) != SOURCE_END)
			advance(lx);
}

static void
skip_line(struct lex *lx)
{
	while (peek(lx) != '\n' && peek(lx) != SOURCE_END) {
		if (is_continuation(lx))
			advance(lx);
		advance(lx);
	}
}

static struct lex_pos
here(struct lex *lx)
{
	struct lex_pos	 pos;

	pos.file = top(lx)->file;
	pos.line = top(lx)->line;
	return pos;
}

/*
 * Words are kept until the next statement in one buffer, so that a parser in
 * the middle of an error has nothing to free.
 */
static int
text_add(struct lex *lx, size_t start, int c)
{
	if (lx->textlen - start >= LEX_WORD_MAX - 1) {
		lex_error_at(lx, here(lx), "word is longer than %d bytes",
		    LEX_WORD_MAX - 1);
		return -1;
	}
	/* One byte always stays free for the NUL. */
	if (lx->textlen >= sizeof(lx->text) - 1) {
		lex_error_at(lx, here(lx), "statement is too long");
		return -1;
	}
	lx->text[lx->textlen++] = (char)c;
	return 0;
}

static const char *
text_end(struct lex *lx, size_t start)
{
	/* The next word needs a byte of its own for text and for its NUL. */
	lx->text[lx->textlen] = '\0';
	if (lx->textlen < sizeof(lx->text) - 1)
		lx->textlen++;
	return lx->text + start;
}

/* Reads an unquoted word; NULL after a report. */
static const char *
read_word(struct lex *lx)
{
	size_t	 start = lx->textlen;

	while (is_word(peek(lx))) {
		if (text_add(lx, start, peek(lx)) == -1)
			return NULL;
		advance(lx);
	}
	return text_end(lx, start);
}

/* Reads a string, its opening quote included; NULL after a report. */
static const char *
read_string(struct lex *lx)
{
	size_t	 start = lx->textlen;
	int	 c;

	for (advance(lx); (c = peek(lx)) != '"'; advance(lx)) {
		if (c == SOURCE_END || c == '\n') {
			lex_error_at(lx, here(lx), "string is not closed");
			return NULL;
		}
		if (c < 0x20 || c == 0x7f) {
			lex_error_at(lx, here(lx),
			    "invalid character 0x%02x in string", c);
			return NULL;
		}
		if (c == '\\') {
			c = source_peek(top(lx), 1);
			if (c != '"' && c != '\\') {
				lex_error_at(lx, here(lx),
				    "invalid escape in string");
				return NULL;
			}
			advance(lx);
		}
		if (text_add(lx, start, c) == -1)
			return NULL;
	}
	advance(lx);
	return text_end(lx, start);
}

/* Tokens. */

static int
keyword_cmp(const void *key, const void *entry)
{
	const struct lex_keyword	*kw = entry;

	return strcmp(key, kw->name);
}

/* The keyword's token or 0. */
static int
keyword_find(const struct lex *lx, const char *word)
{
	const struct lex_keyword	*kw;

	kw = bsearch(word, lx->grammar->keywords, lx->grammar->nkeywords,
	    sizeof(*kw), keyword_cmp);
	return kw == NULL ? 0 : kw->token;
}

static int
invalid_token(struct lex *lx)
{
	skip_line(lx);
	lx->invalid = 1;
	return lx->grammar->invalid;
}

/* An unquoted word is a number, a keyword or a string, in this order. */
static int
word_token(struct lex *lx, const char *word, struct lex_value *value)
{
	const char	*reason;
	int		 token;

	lx->near = value->string = word;
	if (is_number(word)) {
		value->number = strtonum(word, LLONG_MIN, LLONG_MAX, &reason);
		if (reason == NULL)
			return lx->grammar->number;
		lex_error_at(lx, lx->token, "number is %s", reason);
		return invalid_token(lx);
	}
	if ((token = keyword_find(lx, word)) != 0)
		return token;
	return lx->grammar->string;
}

static int
string_token(struct lex *lx, const char *string, struct lex_value *value)
{
	lx->near = value->string = string;
	return lx->grammar->string;
}

/* Macros. */

static struct macro *
macro_find(struct lex *lx, const char *name)
{
	struct macro	*m;

	TAILQ_FOREACH(m, &lx->macros, entry)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

static const char *
macro_check_name(struct lex *lx, const char *name)
{
	const char	*p;

	for (p = name; is_name((unsigned char)*p); p++)
		;
	if (*name == '\0' || *p != '\0' || (*name >= '0' && *name <= '9'))
		return "is not a name for a macro";
	if (p - name >= LEX_NAME_MAX)
		return "is too long for a macro";
	if (keyword_find(lx, name) != 0 || strcmp(name, "include") == 0)
		return "is a keyword, not a macro";
	return NULL;
}

static const char *
macro_add(struct lex *lx, const char *name, const char *value, int quoted)
{
	struct macro	*m;

	if (macro_find(lx, name) != NULL)
		return "is defined twice";
	if (lx->nmacros == LEX_MACROS_MAX)
		return "is one macro too many";
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return strerror(errno);
	if ((m->value = strdup(value)) == NULL) {
		free(m);
		return strerror(errno);
	}
	strlcpy(m->name, name, sizeof(m->name));
	m->quoted = quoted;
	TAILQ_INSERT_TAIL(&lx->macros, m, entry);
	lx->nmacros++;
	return NULL;
}

/* Reads $name; NULL after a report. */
static struct macro *
macro_read(struct lex *lx)
{
	const char	*name, *reason;
	struct macro	*m;

	advance(lx);
	if ((name = read_word(lx)) == NULL)
		return NULL;
	if ((reason = macro_check_name(lx, name)) != NULL) {
		lex_error_at(lx, here(lx), "\"%.40s\" %s", name, reason);
		return NULL;
	}
	if ((m = macro_find(lx, name)) == NULL)
		lex_error_at(lx, here(lx), "macro \"%s\" is not defined",
		    name);
	return m;
}

/* Copies the value, since a macro must not be changed by its reader. */
static int
macro_token(struct lex *lx, struct lex_value *value)
{
	struct macro	*m;
	const char	*p;
	size_t		 start;

	if ((m = macro_read(lx)) == NULL)
		return invalid_token(lx);
	start = lx->textlen;
	for (p = m->value; *p != '\0'; p++)
		if (text_add(lx, start, (unsigned char)*p) == -1)
			return invalid_token(lx);
	if (m->quoted)
		return string_token(lx, text_end(lx, start), value);
	return word_token(lx, text_end(lx, start), value);
}

static int
expect_line_end(struct lex *lx, const char *what)
{
	skip_blanks(lx);
	if (peek(lx) == '\n' || peek(lx) == SOURCE_END)
		return 0;
	lex_error_at(lx, here(lx), "%s is followed by more text", what);
	return -1;
}

/* The value of a definition; NULL after a report. */
static const char *
macro_read_value(struct lex *lx, int *quoted)
{
	struct macro	*m;

	skip_blanks(lx);
	*quoted = 0;
	if (is_word(peek(lx)))
		return read_word(lx);
	if (peek(lx) == '"') {
		*quoted = 1;
		return read_string(lx);
	}
	if (peek(lx) == '$') {
		if ((m = macro_read(lx)) == NULL)
			return NULL;
		*quoted = m->quoted;
		return m->value;
	}
	lex_error_at(lx, here(lx), "macro has no value");
	return NULL;
}

/* From the "=" to the end of the line. */
static void
macro_define(struct lex *lx, const char *name)
{
	const char	*reason, *value;
	int		 quoted;

	advance(lx);
	if ((reason = macro_check_name(lx, name)) != NULL) {
		lex_error_at(lx, here(lx), "\"%.40s\" %s", name, reason);
		return;
	}
	if ((value = macro_read_value(lx, &quoted)) == NULL ||
	    expect_line_end(lx, "macro") == -1)
		return;
	if ((reason = macro_add(lx, name, value, quoted)) != NULL)
		lex_error_at(lx, here(lx), "macro \"%s\" %s", name, reason);
}

/* Includes. */

/* A relative path starts at the folder of the file that names it. */
static int
include_path(struct lex *lx, const char *path, char *buf, size_t size)
{
	const char	*base = lx->names[top(lx)->file];
	const char	*slash = strrchr(base, '/');
	int		 n;

	if (*path == '/' || slash == NULL)
		n = snprintf(buf, size, "%s", path);
	else
		n = snprintf(buf, size, "%.*s/%s", (int)(slash - base), base,
		    path);
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

static void
include_open(struct lex *lx, struct lex_pos pos, const char *name)
{
	struct source	 src;
	const char	*reason;
	char		 path[LEX_PATH_MAX];

	if (!top(lx)->on_disk) {
		lex_error_at(lx, pos, "include is not possible here");
		return;
	}
	if (include_path(lx, name, path, sizeof(path)) == -1) {
		lex_error_at(lx, pos, "path of include is too long");
		return;
	}
	if ((reason = source_load(&src, path,
	    file_max(lx->grammar))) == NULL &&
	    (reason = source_push(lx, &src, path)) != NULL)
		source_free(&src);
	if (reason != NULL)
		lex_error_at(lx, pos, "%s: %s", path, reason);
}

/* From after the word "include" to the end of the line. */
static void
include_read(struct lex *lx)
{
	struct lex_pos	 pos = here(lx);
	const char	*name;

	skip_blanks(lx);
	if (peek(lx) != '"') {
		lex_error_at(lx, pos, "include needs a quoted path");
		return;
	}
	if ((name = read_string(lx)) == NULL ||
	    expect_line_end(lx, "include") == -1)
		return;
	include_open(lx, pos, name);
}

/*
 * A word that begins a statement may be the lexer's own business.  Returns
 * the word when it is not, NULL when nothing is left of it.
 */
static const char *
first_word(struct lex *lx)
{
	const char	*word;
	int		 depth = lx->depth;

	if ((word = read_word(lx)) == NULL) {
		skip_line(lx);
		return NULL;
	}
	skip_blanks(lx);
	if (peek(lx) == '=')
		macro_define(lx, word);
	else if (strcmp(word, "include") == 0)
		include_read(lx);
	else
		return word;
	if (lx->depth == depth)
		skip_line(lx);
	return NULL;
}

static int
other_token(struct lex *lx, struct lex_value *value)
{
	size_t		 start = lx->textlen;
	const char	*string;
	int		 c = peek(lx);

	if (c == '"') {
		if ((string = read_string(lx)) == NULL)
			return invalid_token(lx);
		return string_token(lx, string, value);
	}
	if (c == '$')
		return macro_token(lx, value);
	if (c <= 0x20 || c > 0x7e) {
		lex_error_at(lx, here(lx), "invalid character 0x%02x", c);
		return invalid_token(lx);
	}
	if (text_add(lx, start, c) == -1)
		return invalid_token(lx);
	lx->near = text_end(lx, start);
	advance(lx);
	return c;
}

static int
line_end(struct lex *lx)
{
	lx->at_start = 1;
	lx->near = NULL;
	lx->invalid = 0;
	return '\n';
}

/* Skips what is no token; 0 at the end of everything. */
static int
next_source(struct lex *lx)
{
	for (;;) {
		skip_blanks(lx);
		if (peek(lx) == SOURCE_END && lx->at_start && lx->depth > 1)
			source_pop(lx);
		else if (peek(lx) == '\n' && lx->at_start)
			advance(lx);
		else
			break;
	}
	return peek(lx) != SOURCE_END;
}

int
lex_token(struct lex *lx, struct lex_value *value)
{
	const char	*word = NULL;

	memset(value, 0, sizeof(*value));
	lx->invalid = 0;
	while (word == NULL) {
		if (lx->at_start)
			lx->textlen = 0;
		if (lx->errors >= LEX_ERRORS_MAX)
			return lx->at_start ? 0 : line_end(lx);
		if (!next_source(lx) && lx->at_start)
			return 0;
		lx->token = here(lx);
		if (peek(lx) == SOURCE_END)
			return line_end(lx);
		if (peek(lx) == '\n') {
			advance(lx);
			return line_end(lx);
		}
		if (!is_word(peek(lx)))
			break;
		if (!lx->at_start)
			word = read_word(lx);
		else
			word = first_word(lx);
		if (word == NULL && !lx->at_start)
			return invalid_token(lx);
	}
	if (lx->at_start)
		lx->statement = lx->token;
	lx->at_start = 0;
	if (word != NULL)
		return word_token(lx, word, value);
	return other_token(lx, value);
}

/* Life. */

static int
is_sorted(const struct lex_grammar *grammar)
{
	size_t	 i;

	for (i = 1; i < grammar->nkeywords; i++)
		if (strcmp(grammar->keywords[i - 1].name,
		    grammar->keywords[i].name) >= 0)
			return 0;
	return 1;
}

/* Takes over the data of src; NULL after a report. */
static struct lex *
lex_new(struct source *src, const char *name, const char *reason,
    const struct lex_grammar *grammar, lex_report_fn *report, void *arg)
{
	struct lex	*lx;
	char		 text[MESSAGE_MAX];

	if (report == NULL)
		report = lex_report_stderr;
	if (reason == NULL && !is_sorted(grammar))
		reason = "keywords of the grammar are not sorted";
	if ((lx = calloc(1, sizeof(*lx))) == NULL)
		reason = strerror(errno);
	else {
		TAILQ_INIT(&lx->macros);
		lx->grammar = grammar;
		lx->report = report;
		lx->arg = arg;
		lx->at_start = 1;
		if (reason == NULL)
			reason = source_push(lx, src, name);
	}
	if (reason == NULL)
		return lx;
	source_free(src);
	snprintf(text, sizeof(text), "%.*s: %s", LEX_PATH_MAX, name, reason);
	report_send(report, arg, text);
	lex_close(lx);
	return NULL;
}

struct lex *
lex_open(const char *path, const struct lex_grammar *grammar,
    lex_report_fn *report, void *arg)
{
	struct source	 src;
	const char	*reason;

	reason = source_load(&src, path, file_max(grammar));
	return lex_new(&src, path, reason, grammar, report, arg);
}

struct lex *
lex_open_buffer(const char *name, const void *data, size_t size,
    const struct lex_grammar *grammar, lex_report_fn *report, void *arg)
{
	struct source	 src;
	const char	*reason;

	reason = source_copy(&src, data, size, file_max(grammar));
	return lex_new(&src, name, reason, grammar, report, arg);
}

void
lex_close(struct lex *lx)
{
	struct macro	*m;

	if (lx == NULL)
		return;
	while (lx->depth > 0)
		source_pop(lx);
	while ((m = TAILQ_FIRST(&lx->macros)) != NULL) {
		TAILQ_REMOVE(&lx->macros, m, entry);
		freezero(m->value, strlen(m->value));
		free(m);
	}
	while (lx->nnames > 0)
		free(lx->names[--lx->nnames]);
	freezero(lx, sizeof(*lx));
}
