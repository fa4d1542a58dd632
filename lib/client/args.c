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
 * See args.h.  Runs in the command-line tools, on what their user typed.
 */

#include <string.h>

#include "client/args.h"

static int	 args_option(struct args *, const char *);

void
args_init(struct args *a, int argc, char **argv)
{
	memset(a, 0, sizeof(*a));
	a->argc = argc;
	a->argv = argv;
	a->at = 1;
}

static int
args_option(struct args *a, const char *options)
{
	const char	*known;

	a->option = *a->cluster++;
	known = a->option == ':' ? NULL : strchr(options, a->option);
	if (known != NULL && known[1] == ':') {
		/* The value is the rest of this argument or the next one. */
		if (*a->cluster != '\0')
			a->value = a->cluster;
		else if (a->at < a->argc)
			a->value = a->argv[a->at++];
		else
			known = NULL;
		a->cluster = NULL;
		return known == NULL ? ARGS_MISSING : a->option;
	}
	if (*a->cluster == '\0')
		a->cluster = NULL;
	return known == NULL ? ARGS_BAD : a->option;
}

int
args_next(struct args *a, const char *options)
{
	const char	*s;

	a->value = NULL;
	if (a->cluster != NULL)
		return args_option(a, options);
	if (a->at >= a->argc)
		return ARGS_END;
	s = a->argv[a->at++];
	if (!a->literal && strcmp(s, "--") == 0) {
		a->literal = 1;
		return args_next(a, options);
	}
	if (!a->literal && s[0] == '-' && s[1] != '\0') {
		a->cluster = s + 1;
		return args_option(a, options);
	}
	a->value = s;
	return ARGS_WORD;
}
