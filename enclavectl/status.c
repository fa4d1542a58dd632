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
 * enclavectl status and peers: collects the rows of one answer, checks what
 * the message table cannot, and hands them to output.c or output_json.c.
 */

#include <sys/types.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "client/out.h"
#include "client/text.h"
#include "enclavectl/ctl.h"

static int	 add_head(struct status *, const struct msg_status_head *);
static int	 add_key(struct status *, const struct msg_status_key *);
static int	 add_peer(struct status *, const struct msg_status_peer *);
static int	 on_row(void *, uint32_t, const void *);
static int	 ask(struct ctl *, struct args *, struct status *, char *,
		    size_t);

static int
add_head(struct status *st, const struct msg_status_head *m)
{
	if (st->have_head || output_link_state(m) == NULL)
		return -1;
	st->head = *m;
	st->have_head = 1;
	return 0;
}

static int
add_peer(struct status *st, const struct msg_status_peer *m)
{
	struct msg_status_peer	*peers;
	size_t			 cap;

	if (!st->have_head || output_peer_state(m) == NULL ||
	    output_suite(m) == NULL)
		return -1;
	if (m->has_path && (output_path_type(m) == NULL ||
	    output_transport(m) == NULL))
		return -1;
	if (st->n == st->cap) {
		cap = st->cap == 0 ? 16 : st->cap * 2;
		peers = recallocarray(st->peers, st->cap, cap,
		    sizeof(*peers));
		if (peers == NULL)
			out_no_memory();
		st->peers = peers;
		st->cap = cap;
	}
	st->peers[st->n++] = *m;
	return 0;
}

static int
add_key(struct status *st, const struct msg_status_key *m)
{
	if (!st->have_head || st->key[0] != '\0')
		return -1;
	return base64_encode(m->tunnel, sizeof(m->tunnel), st->key,
	    sizeof(st->key)) == -1 ? -1 : 0;
}

static int
add_user(struct status *st, const struct msg_status_user *m)
{
	if (!st->have_head || st->nusers == CTL_USERS_MAX ||
	    output_user_state(m) == NULL)
		return -1;
	st->users[st->nusers++] = *m;
	return 0;
}

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	switch (type) {
	case MSG_STATUS_HEAD:
		return add_head(arg, msg);
	case MSG_STATUS_KEY:
		return add_key(arg, msg);
	case MSG_STATUS_USER:
		return add_user(arg, msg);
	case MSG_STATUS_PEER:
		return add_peer(arg, msg);
	default:
		return -1;
	}
}

int
ctl_status(struct ctl *ctl, struct status *st, char *text, size_t size)
{
	struct msg_client_status	 m;
	struct client			 client;
	int				 code;

	memset(st, 0, sizeof(*st));
	memset(&m, 0, sizeof(m));
	text[0] = '\0';
	client_init(&client, ROLE_ENCLAVECTL, ctl->path);
	client.row = on_row;
	client.arg = st;
	code = client_ask(&client, MSG_CLIENT_STATUS, &m);
	text_clean(text, size, client.text);
	if (code == CLIENT_DONE && !st->have_head) {
		strlcpy(text, "enclaved sent an answer that makes no sense "
		    "(nothing)", size);
		code = CLIENT_FAILED;
	}
	if (code == CLIENT_NOT_ENROLLED && text[0] == '\0')
		strlcpy(text, "this system is not enrolled: enclavectl enrol",
		    size);
	return code;
}

static int
ask(struct ctl *ctl, struct args *args, struct status *st, char *text,
    size_t size)
{
	memset(st, 0, sizeof(*st));
	text[0] = '\0';
	if (ctl_next(ctl, args, "j") != ARGS_END)
		return ctl_usage(ctl);
	return ctl_status(ctl, st, text, size);
}

/* What is left to do when the answer is not a full one. */
int
ctl_complain(int code, const char *text)
{
	if (text[0] != '\0')
		warnx("%s", text);
	else if (code != CLIENT_DONE && code != CLIENT_USAGE)
		warnx("enclaved could not answer and did not say why");
	return code;
}

int
cmd_status(struct ctl *ctl, struct args *args)
{
	struct status	 st;
	char		 text[TEXT_MAX];
	int		 code;

	code = ask(ctl, args, &st, text, sizeof(text));
	if (ctl->json && (code == CLIENT_DONE || code == CLIENT_NOT_ENROLLED))
		output_status_json(&st, st.head.system[0] != '\0');
	else if (code == CLIENT_DONE)
		output_status(&st);
	else if (code == CLIENT_NOT_ENROLLED)
		printf("%s\n", text);
	else
		ctl_complain(code, text);
	free(st.peers);
	return code;
}

int
cmd_peers(struct ctl *ctl, struct args *args)
{
	struct status	 st;
	char		 text[TEXT_MAX];
	int		 code;

	code = ask(ctl, args, &st, text, sizeof(text));
	if (ctl->json && (code == CLIENT_DONE || code == CLIENT_NOT_ENROLLED))
		output_peers_json(&st);
	else if (code == CLIENT_DONE)
		output_peers(&st);
	else if (code == CLIENT_NOT_ENROLLED)
		printf("%s\n", text);
	else
		ctl_complain(code, text);
	free(st.peers);
	return code;
}
