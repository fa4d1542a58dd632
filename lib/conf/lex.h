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
 * The lexer that all configuration grammars share.  It reads whole files into
 * memory, checks that nobody but root or the caller could have written them,
 * handles macros and includes by itself and hands words, numbers, quoted
 * strings and ends of line to yacc.  It trusts nothing in the files: every
 * length, depth and count has a limit.  It keeps no global state.
 */

#ifndef CONF_LEX_H
#define CONF_LEX_H

#include <stddef.h>
#include <stdint.h>

#define LEX_FILE_MAX	(1024 * 1024)	/* bytes in one file, by default */
#define LEX_TOTAL_FILES	4		/* full ones, in all files */
#define LEX_DEPTH_MAX	8		/* files open at once */
#define LEX_FILES_MAX	64		/* files read, repeats counted */
#define LEX_PATH_MAX	1024		/* path of a file, with its NUL */
#define LEX_WORD_MAX	1024		/* word or string, with its NUL */
#define LEX_TEXT_MAX	8192		/* all words of one statement */
#define LEX_NAME_MAX	32		/* name of a macro, with its NUL */
#define LEX_MACROS_MAX	256
#define LEX_ERRORS_MAX	20		/* reports, then reading stops */

struct lex;

struct lex_keyword {
	const char	*name;
	int		 token;
};

/* Keywords are sorted by strcmp; the tokens are what yacc calls them. */
struct lex_grammar {
	const struct lex_keyword	*keywords;
	size_t				 nkeywords;
	int				 string;
	int				 number;
	int				 invalid;	/* in no rule */
	size_t				 file_max;	/* bytes; 0: default */
};

struct lex_value {
	const char	*string;	/* until the next statement is read */
	int64_t		 number;
};

struct lex_pos {
	int		 file;
	int		 line;		/* 0: the file as a whole */
};

/*
 * Takes one report without a newline: "file:line: message" or, when no line
 * is to blame, "file: message".  All bytes are printable ASCII.
 */
typedef void lex_report_fn(void *arg, const char *text);

/* The report function used when none is given: one line on stderr. */
void		 lex_report_stderr(void *, const char *);

/*
 * Opens a file; NULL after a report.  The grammar must outlive the lexer.
 * lex_open_buffer reads a copy of memory instead, and refuses includes.
 */
struct lex	*lex_open(const char *path, const struct lex_grammar *,
		    lex_report_fn *, void *arg);
struct lex	*lex_open_buffer(const char *name, const void *, size_t,
		    const struct lex_grammar *, lex_report_fn *, void *arg);
void		 lex_close(struct lex *);

/*
 * Next token: a keyword's, string, number or invalid of the grammar, '\n'
 * at the end of each statement (never of an empty line), another printable
 * character as itself, 0 at the end.  A '\n' always precedes the 0.
 */
int		 lex_token(struct lex *, struct lex_value *);

/* Where the statement being read begins. */
struct lex_pos	 lex_statement(const struct lex *);

/* The name of the file of a place, until the lexer is closed. */
const char	*lex_file(const struct lex *, struct lex_pos);

/* Report about the statement being read, or about a place. */
void		 lex_error(struct lex *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
void		 lex_error_at(struct lex *, struct lex_pos, const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));

/*
 * What yyerror calls: names the token that did not fit, unless that token
 * has been reported already.
 */
void		 lex_error_syntax(struct lex *);

/* True when one of the files read so far is not for its owner alone. */
int		 lex_exposed(const struct lex *);

/* Number of reports so far; a file with any must not be used. */
int		 lex_errors(const struct lex *);

#endif /* CONF_LEX_H */
