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
 * enclave-discoveryctl: the way of every list, from the request to a table
 * or an array.  What a row looks like is in the file of its object.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "discoveryctl/ctl.h"

/* A list on its way. */
struct list {
	const struct listing	*listing;
	json_t			*array;		/* one of the two */
	struct table		*table;
};

static int	 on_row(void *, uint32_t, const void *);
static void	 list_print(struct list *);

const char *
tags_text(char buf[TAGS_TEXT_MAX], const struct msg_tags *tags)
{
	size_t	 i;

	buf[0] = '\0';
	for (i = 0; i < tags->n; i++) {
		if (i > 0)
			strlcat(buf, ",", TAGS_TEXT_MAX);
		strlcat(buf, tags->e[i], TAGS_TEXT_MAX);
	}
	return buf;
}

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	struct list	*list = arg;
	json_t		*row;

	if (type != list->listing->type)
		return -1;
	if (list->table != NULL)
		return list->listing->text(list->table, msg);
	if ((row = list->listing->json(msg)) == NULL)
		return -1;
	out_append(list->array, row);
	return 0;
}

static void
list_print(struct list *list)
{
	if (list->table != NULL) {
		table_print(list->table, stdout);
		return;
	}
	out_print(list->array);
	list->array = NULL;
}

int
ctl_list(struct ctl *ctl, struct args *args, const struct listing *listing)
{
	struct msg_admin_list	 m;
	struct client		 client;
	struct list		 list = { listing, NULL, NULL };
	const char		*reason;
	int			 c, code;

	memset(&m, 0, sizeof(m));
	m.what = listing->what;
	while ((c = ctl_next(ctl, args, listing->options)) != ARGS_END) {
		if (c != 'o')
			return ctl_usage(ctl);
		if ((reason = value_org(m.org, args->value)) != NULL)
			return ctl_bad("organisation", args->value, reason);
	}
	if (ctl->json)
		list.array = out_array();
	else if ((list.table = table_new(listing->titles, listing->cols)) ==
	    NULL)
		out_no_memory();
	client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
	client.row = on_row;
	client.arg = &list;
	/* Half a list is not printed: it would look like a whole one. */
	if ((code = client_ask(&client, MSG_ADMIN_LIST, &m)) == CLIENT_DONE)
		list_print(&list);
	else
		ctl_complain(&client, code);
	table_free(list.table);
	json_decref(list.array);
	return code;
}
