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
 * Options of a command line, which may stand before, between or after the
 * words.  getopt(3) permutes on some systems and stops on others.  Pure.
 */

#ifndef CLIENT_ARGS_H
#define CLIENT_ARGS_H

#define ARGS_END	(-1)
#define ARGS_WORD	0	/* value is the word */
#define ARGS_BAD	'?'	/* no such option */
#define ARGS_MISSING	':'	/* the option's value is missing */

struct args {
	int		  argc;
	char		**argv;
	int		  at;		/* next argument */
	const char	 *cluster;	/* rest of "-abc", or NULL */
	int		  literal;	/* "--" was seen */
	char		  option;	/* the last one, for error texts */
	const char	 *value;
};

/* Begins after argv[0]. */
void	 args_init(struct args *, int argc, char **argv);

/*
 * The next option (letters, each followed by ':' if it takes a value, as in
 * getopt) or word.  A single "-" is a word; all after "--" are words.
 */
int	 args_next(struct args *, const char *options);

#endif /* CLIENT_ARGS_H */
