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
 * enclave-discoveryctl apply: the difference, for people and for programs.
 */

#include <sys/types.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discoveryctl/apply.h"

static const char *const	words[] = {
	[CONFTEXT_ADDED] = "added",
	[CONFTEXT_CHANGED] = "changed",
	[CONFTEXT_DELETED] = "deleted",
	[CONFTEXT_MISSING] = "missing",
};

static const char		signs[] = "+~-!";

int
apply_makes(const struct apply *a, const struct conftext_change *c)
{
	return c->op == CONFTEXT_MISSING && a->make &&
	    (c->want->kind == CONFTEXT_KEY ||
	    c->want->kind == CONFTEXT_RELAY);
}

static enum conftext_op
op_of(const struct apply *a, const struct conftext_change *c)
{
	return apply_makes(a, c) ? CONFTEXT_ADDED : c->op;
}

/* Why it is not made. */
static const char *
missing_text(enum conftext_kind kind)
{
	switch (kind) {
	case CONFTEXT_KEY:
		return "its text would be a secret, see -k";
	case CONFTEXT_RELAY:
		return "its token would be a secret, see -k";
	default:
		return "a system has to enrol itself";
	}
}

static char *
settings(const struct conftext_object *o)
{
	char	*text = o == NULL ? strdup("") : conftext_settings(o);

	if (text == NULL)
		out_no_memory();
	return text;
}

static void
print_line(void *arg, char sign, const char *line)
{
	char	 clean[4096];

	(void)arg;
	printf("        %c %s\n", sign, text_clean(clean, sizeof(clean),
	    line));
}

static void
print_change(const struct apply *a, const struct conftext_change *c)
{
	const struct conftext_object	*o;
	enum conftext_op		 op = op_of(a, c);
	char				 clean[TEXT_MAX], *have, *want;

	o = c->want != NULL ? c->want : c->have;
	printf("%c %s", signs[op], conftext_kind_name(o->kind));
	if (o->kind != CONFTEXT_ORG && o->org[0] != '\0')
		printf(" %s", o->org);
	printf(" \"%s\"", text_clean(clean, sizeof(clean), o->name));
	if (o->kind == CONFTEXT_KEY && c->have != NULL)
		printf(" id %" PRIu32, c->have->id);
	if (op == CONFTEXT_MISSING) {
		printf(": not there; %s\n", missing_text(o->kind));
		return;
	}
	printf("\n");
	have = settings(c->have);
	want = settings(c->want);
	conftext_diff_lines(have, want, print_line, NULL);
	free(have);
	free(want);
}

void
apply_print(const struct apply *a)
{
	size_t	 i;

	for (i = 0; i < a->diff.n; i++)
		print_change(a, &a->diff.e[i]);
}

struct arrays {
	json_t	*removed;
	json_t	*added;
};

static void
array_line(void *arg, char sign, const char *line)
{
	struct arrays	*arrays = arg;

	out_append(sign == '-' ? arrays->removed : arrays->added,
	    out_text(line));
}

static json_t *
change_json(const struct apply *a, const struct conftext_change *c)
{
	const struct conftext_object	*o;
	struct arrays			 arrays = { out_array(), out_array() };
	json_t				*object = out_object();
	char				*have, *want;

	o = c->want != NULL ? c->want : c->have;
	out_set(object, "change", out_text(words[op_of(a, c)]));
	out_set(object, "type", out_text(conftext_kind_name(o->kind)));
	out_set(object, "organisation", out_text_or_null(o->org));
	out_set(object, "name", out_text(o->name));
	out_set(object, "id", c->have == NULL ? out_null() :
	    out_number(c->have->id));
	out_set(object, "line", c->want == NULL ? out_null() :
	    out_number((uint64_t)c->want->line));
	have = settings(c->have);
	want = settings(c->want);
	conftext_diff_lines(have, want, array_line, &arrays);
	out_set(object, "removed", arrays.removed);
	out_set(object, "added", arrays.added);
	free(have);
	free(want);
	return object;
}

static json_t *
secrets_json(const struct apply *a)
{
	const struct apply_secret	*s;
	json_t				*array = out_array(), *o;
	size_t				 i;

	for (i = 0; i < a->nsecrets; i++) {
		s = &a->secrets[i];
		o = out_object();
		out_set(o, "type", out_text(conftext_kind_name(
		    s->object->kind)));
		out_set(o, "organisation", out_text_or_null(s->object->org));
		out_set(o, "name", out_text(s->object->name));
		out_set(o, s->object->kind == CONFTEXT_KEY ? "key" : "token",
		    out_text(s->text));
		out_append(array, o);
	}
	return array;
}

void
apply_print_json(const struct apply *a, int code, const char *text)
{
	json_t	*changes = out_array(), *o = out_object();
	size_t	 i;

	for (i = 0; i < a->diff.n; i++)
		out_append(changes, change_json(a, &a->diff.e[i]));
	out_set(o, "ok", out_bool(code == CLIENT_DONE));
	out_set(o, "text", out_text(text));
	out_set(o, "dry_run", out_bool(a->dry));
	out_set(o, "changes", changes);
	if (a->dry)
		dry_fill(a->report, o);
	/* What was made and undone is of no use. */
	out_set(o, "made", code == CLIENT_DONE ? secrets_json(a) :
	    out_array());
	out_print(o);
}
