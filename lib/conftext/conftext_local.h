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
 * What the files of lib/conftext share.
 */

#ifndef CONFTEXT_CONFTEXT_LOCAL_H
#define CONFTEXT_CONFTEXT_LOCAL_H

#include "conftext/conftext.h"

#define TOKENS_MAX	160	/* of one statement */
#define NEVER		"never"

enum { TOKEN_WORD = 256, TOKEN_NUMBER, TOKEN_INVALID };

struct token {
	int		 type;		/* TOKEN_*, or a character */
	const char	*text;		/* of words and numbers */
};

/* The words of one statement after the first, without a "{". */
struct words {
	const struct token	*e;
	size_t			 n;
	size_t			 at;	/* how many were taken */
};

/* What set and head return when words are missing or wrong in shape. */
extern const char	conftext_shape[];

/* The next word, NULL when there is none. */
const char	*words_next(struct words *);
/* The only word, into room for size bytes; NULL or the reason. */
const char	*words_text(struct words *, char *out, size_t size);
/* "a, b, c"; NULL or the reason. */
const char	*words_names(struct words *, struct msg_tags *, size_t max);

/*
 * One statement of a block.  set puts it into the row and returns NULL or
 * the reason; it takes all the words that it knows.
 */
struct setting {
	const char	*word;
	const char	*usage;
	int		 many;		/* may be said more than once */
	const char	*(*set)(struct words *, void *row);
};

struct kind {
	const char		*name;
	size_t			 size;	/* of the row */
	const struct setting	*settings;
	size_t			 nsettings;
	/* The words after the name of the kind. */
	const char		*usage;
	const char		*(*head)(struct words *,
				    struct conftext_object *);
	/* All has been said: sets what was not, NULL or what is missing. */
	const char		*(*last)(void *row);
};

extern const struct kind	conftext_kinds[CONFTEXT_KINDS];

/* conftext_test.c: policy tests. */
#define CONFTEXT_TEST_SETTINGS	4
extern const struct setting	 conftext_test_settings[CONFTEXT_TEST_SETTINGS];
const char	*conftext_test_head(struct words *, struct conftext_object *);
const char	*conftext_test_last(void *row);
int		 conftext_test_valid(struct conftext_object *,
		    const struct msg_admin_test *);
void		 conftext_test_print(FILE *, const struct msg_admin_test *);

/* Bytes that are valid UTF-8 without control characters. */
int		 conftext_text_valid(const char *);
/* Lists in their one order, texts in their one form. */
void		 conftext_canonical(enum conftext_kind, void *row);

/* With a row of zeros; NULL without memory or when there are too many. */
struct conftext_object
		*conftext_object_new(struct conftext *, enum conftext_kind);
/* After conftext_sort: reports, how many. */
int		 conftext_check(const struct conftext *, lex_report_fn *,
		    void *arg);
/* "file:line: " and a message, to report. */
void		 conftext_report(const struct conftext_object *,
		    lex_report_fn *, void *arg, const char *, ...)
		    __attribute__((__format__(printf, 4, 5)));

#endif /* CONFTEXT_CONFTEXT_LOCAL_H */
