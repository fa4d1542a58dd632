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
 * enclave-discoveryctl apply: the configuration of the service is made what a
 * file says, or nothing is changed.
 */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "discoveryctl/apply.h"

#define TRIES	5	/* when others change something meanwhile */

/* "-": the file is standard input. */
static struct conftext *
parse_input(void)
{
	struct conftext	*ct = NULL;
	size_t		 len = 0;
	ssize_t		 n = 1;
	char		*buf;

	if ((buf = malloc(CONFTEXT_FILE_MAX + 1)) == NULL)
		out_no_memory();
	while (n != 0 && len <= CONFTEXT_FILE_MAX) {
		n = read(STDIN_FILENO, buf + len, CONFTEXT_FILE_MAX + 1 - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			warn("standard input");
			free(buf);
			return NULL;
		}
		len += (size_t)n;
	}
	ct = conftext_parse_buffer("stdin", buf, len, NULL, NULL);
	free(buf);
	return ct;
}

/* How many requests there are for the service to do. */
static size_t
count_changes(const struct apply *a)
{
	size_t	 i, n = a->diff.changes;

	for (i = 0; i < a->diff.n; i++)
		n += (size_t)apply_makes(a, &a->diff.e[i]);
	return n;
}

static void
forget(struct apply *a)
{
	conftext_diff_free(&a->diff);
	collect_free(&a->have);
	freezero(a->secrets, a->nsecrets * sizeof(a->secrets[0]));
	a->secrets = NULL;
	a->nsecrets = 0;
}

/* Reads the service, compares, sends: until nobody came between. */
static int
carry_out(struct apply *a)
{
	int	 bad, code, stale, tries;

	for (tries = 0; tries < TRIES; tries++) {
		forget(a);
		if ((code = collect(a->ctl, "", &a->have)) != CLIENT_DONE)
			return code;
		bad = conftext_diff(a->have.ct, a->want, &a->diff,
		    lex_report_stderr, NULL);
		if (bad == -1)
			out_no_memory();
		if (bad > 0)
			return CLIENT_REFUSED;
		if (count_changes(a) == 0)
			return CLIENT_DONE;
		code = apply_send(a, &stale);
		if (code != CLIENT_DONE || !stale)
			return code;
	}
	warnx("others change the configuration all the time: try again");
	return CLIENT_CONFLICT;
}

static void
print_secrets(const struct apply *a)
{
	const struct apply_secret	*s;
	char				 clean[TEXT_MAX];
	size_t				 i;

	for (i = 0; i < a->nsecrets; i++) {
		s = &a->secrets[i];
		printf("%s %s%s\"%s\": %s\n", conftext_kind_name(
		    s->object->kind), s->object->org,
		    s->object->org[0] == '\0' ? "" : " ", text_clean(clean,
		    sizeof(clean), s->object->name), s->text);
	}
}

static void
print(const struct apply *a, int code)
{
	size_t	 n = count_changes(a);
	char	 text[128];

	if (a->unknown)
		snprintf(text, sizeof(text), "whether this was changed is "
		    "not known");
	else if (code != CLIENT_DONE)
		snprintf(text, sizeof(text), "nothing was changed");
	else if (n == 0)
		snprintf(text, sizeof(text), "nothing to change");
	else if (a->dry)
		snprintf(text, sizeof(text), "%zu to change, nothing was "
		    "changed", n);
	else
		snprintf(text, sizeof(text), "%zu changed", n);
	if (a->ctl->json) {
		apply_print_json(a, code, text);
		return;
	}
	apply_print(a);
	if (a->dry)
		dry_print(a->report);
	printf("%s\n", text);
	/* What was made and undone is of no use. */
	if (code == CLIENT_DONE)
		print_secrets(a);
}

int
cmd_apply(struct ctl *ctl, struct args *args)
{
	struct apply	 a;
	const char	*path = NULL;
	int		 c, code;

	memset(&a, 0, sizeof(a));
	a.ctl = ctl;
	while ((c = ctl_next(ctl, args, "jkn")) != ARGS_END) {
		if (c == 'k')
			a.make = 1;
		else if (c == 'n')
			a.dry = 1;
		else if (c == ARGS_WORD && path == NULL)
			path = args->value;
		else
			return ctl_usage(ctl);
	}
	if (path == NULL)
		return ctl_usage(ctl);
	a.want = strcmp(path, "-") == 0 ? parse_input() :
	    conftext_parse(path, NULL, NULL);
	if (a.want == NULL)
		return CLIENT_FAILED;
	if (a.dry)
		a.report = dry_new(ctl->json);
	code = carry_out(&a);
	print(&a, code);
	forget(&a);
	dry_free(a.report);
	conftext_free(a.want);
	return code;
}
