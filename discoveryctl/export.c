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
 * enclave-discoveryctl export: the configuration of the service as
 * enclave-configuration(5) has it.
 */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conftext/conftext.h"
#include "discoveryctl/ctl.h"
#include "object/scope.h"

/* Settings as an array of lines. */
json_t *
settings_json(const struct conftext_object *o)
{
	json_t	*lines = out_array();
	char	*line, *next, *text;

	if ((text = conftext_settings(o)) == NULL)
		out_no_memory();
	next = text;
	while ((line = strsep(&next, "\n")) != NULL)
		if (*line != '\0')
			out_append(lines, out_text(line));
	free(text);
	return lines;
}

static void
export_json(const struct collection *c)
{
	const struct conftext_object	*o;
	json_t				*object, *rows = out_array();
	size_t				 i;

	for (i = 0; i < c->ct->n; i++) {
		o = c->ct->e[i];
		object = out_object();
		out_set(object, "type", out_text(conftext_kind_name(
		    o->kind)));
		out_set(object, "organisation", out_text_or_null(o->org));
		out_set(object, "name", out_text(o->name));
		out_set(object, "settings", settings_json(o));
		out_append(rows, object);
	}
	out_print(rows);
}

/* What is no configuration, for people to know. */
static void
export_comments(const struct collection *c)
{
	const struct msg_admin_token	*m;
	char				 clean[TEXT_MAX];
	char				 scopes[SCOPE_TEXT_MAX];
	char				 expiry[TEXT_TIME_MAX];
	size_t				 i;

	for (i = 0; i < c->ntokens; i++) {
		m = &c->tokens[i];
		printf("%s# token \"%s\" of ", i == 0 ? "\n" : "",
		    text_clean(clean, sizeof(clean), m->name));
		printf("%s, up to %s: %s\n", text_clean(clean, sizeof(clean),
		    m->org), text_time(expiry, m->not_after),
		    scope_print(m->scopes, scopes));
	}
	if (c->ephemeral > 0)
		printf("\n# %zu ephemeral systems come and go by "
		    "themselves.\n", c->ephemeral);
	if (c->revoked > 0)
		printf("\n# %zu systems are revoked.\n", c->revoked);
}

int
cmd_export(struct ctl *ctl, struct args *args)
{
	struct collection	 collection;
	const char		*reason;
	char			 org[64] = "";
	int			 c, code;

	while ((c = ctl_next(ctl, args, "jo:")) != ARGS_END) {
		if (c != 'o')
			return ctl_usage(ctl);
		if ((reason = value_org(org, args->value)) != NULL)
			return ctl_bad("organisation", args->value, reason);
	}
	if ((code = collect(ctl, org, &collection)) != CLIENT_DONE)
		return code;
	if (ctl->json)
		export_json(&collection);
	else {
		printf("# Configuration of a discovery service; "
		    "enclave-configuration(5) tells of it.\n\n");
		if (conftext_print(collection.ct, stdout) == -1)
			out_no_memory();
		export_comments(&collection);
	}
	collect_free(&collection);
	return CLIENT_DONE;
}
