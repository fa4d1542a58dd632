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
 * enclavectl paths: all pairs of addresses by which a peer may be reached,
 * and why one of them is in use.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "enclavectl/ctl.h"

#define PATHS_MAX	1024	/* more than any agent has of one peer */

struct paths {
	int			 have_peer;
	struct msg_status_peer	 peer;
	struct msg_status_path	*rows;
	size_t			 n;
};

static const char *
state_name(int state)
{
	static const char *const names[] = {
		[ICE_WAITING] = "waiting", [ICE_IN_PROGRESS] = "checking",
		[ICE_SUCCEEDED] = "passed", [ICE_FAILED] = "failed"
	};

	return state <= ICE_FAILED ? names[state] : NULL;
}

int
ctl_add_peer(struct msg_status_peer *dst, int *have,
    const struct msg_status_peer *m)
{
	if (*have || output_peer_state(m) == NULL)
		return -1;
	*dst = *m;
	*have = 1;
	return 0;
}

int
ctl_peer_name(const char *word, char *dst, size_t size)
{
	if (word[0] != '\0' && strlcpy(dst, word, size) < size)
		return 0;
	warnx("a peer has a name of 1 to %zu characters: \"enclavectl "
	    "peers\" shows them", size - 1);
	return CLIENT_FAILED;
}

static int
add_path(struct paths *paths, const struct msg_status_path *m)
{
	if (!paths->have_peer || paths->n == PATHS_MAX ||
	    output_type(m->type) == NULL ||
	    output_transport_name(m->transport) == NULL ||
	    state_name(m->state) == NULL)
		return -1;
	paths->rows[paths->n++] = *m;
	return 0;
}

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	struct paths	*paths = arg;

	switch (type) {
	case MSG_STATUS_PEER:
		return ctl_add_peer(&paths->peer, &paths->have_peer, msg);
	case MSG_STATUS_PATH:
		return add_path(paths, msg);
	default:
		return -1;
	}
}

static void
print_table(const struct paths *paths)
{
	static const char *const titles[] = {
		"PATH", "LOCAL", "REMOTE", "RTT", "STATE", "CHOSEN"
	};
	const char	*cells[6];
	struct table	*t;
	char		 path[TEXT_SHORT_MAX], rtt[TEXT_SHORT_MAX];
	char		 local[ENDPOINT_STRLEN], remote[ENDPOINT_STRLEN];
	size_t		 i;

	if ((t = table_new(titles, 6)) == NULL)
		out_no_memory();
	for (i = 0; i < paths->n; i++) {
		const struct msg_status_path *m = &paths->rows[i];

		snprintf(path, sizeof(path), "%s %s", output_type(m->type),
		    output_transport_name(m->transport));
		cells[0] = path;
		cells[1] = endpoint_print(&m->local, local, sizeof(local));
		cells[2] = endpoint_print(&m->remote, remote, sizeof(remote));
		cells[3] = output_rtt(m->rtt_us, rtt);
		cells[4] = state_name(m->state);
		cells[5] = m->selected ? "*" : "";
		if (table_add(t, cells) == -1)
			out_no_memory();
	}
	table_print(t, stdout);
	table_free(t);
}

static void
print_json(const struct paths *paths, const char *reason)
{
	json_t	*o = out_object(), *array = out_array(), *path;
	char	 label[TEXT_MAX];
	size_t	 i;

	out_set(o, "peer", out_text(output_label(&paths->peer, label)));
	out_set(o, "reason", out_text(reason));
	for (i = 0; i < paths->n; i++) {
		const struct msg_status_path *m = &paths->rows[i];

		path = out_object();
		out_set(path, "type", out_text(output_type(m->type)));
		out_set(path, "transport",
		    out_text(output_transport_name(m->transport)));
		out_set(path, "local", out_endpoint(&m->local));
		out_set(path, "remote", out_endpoint(&m->remote));
		out_set(path, "rtt_us", out_number(m->rtt_us));
		out_set(path, "state", out_text(state_name(m->state)));
		out_set(path, "selected", out_bool(m->selected));
		out_append(array, path);
	}
	out_set(o, "paths", array);
	out_print(o);
}

static int
ask(struct ctl *ctl, const struct msg_client_paths *m, struct paths *paths)
{
	struct client	 client;
	char		 text[TEXT_MAX];
	int		 code;

	client_init(&client, ROLE_ENCLAVECTL, ctl->path);
	client.row = on_row;
	client.arg = paths;
	code = client_ask(&client, MSG_CLIENT_PATHS, m);
	text_clean(text, sizeof(text), client.text);
	if (code == CLIENT_DONE && !paths->have_peer) {
		strlcpy(text, "enclaved sent an answer that makes no sense "
		    "(nothing)", sizeof(text));
		code = CLIENT_FAILED;
	}
	if (code != CLIENT_DONE)
		return ctl_complain(code, text);
	if (ctl->json) {
		print_json(paths, text);
		return code;
	}
	if (paths->n > 0)
		print_table(paths);
	printf("%s\n", text);
	return code;
}

int
cmd_paths(struct ctl *ctl, struct args *args)
{
	struct msg_client_paths	 m;
	struct paths		 paths;
	int			 code;

	memset(&m, 0, sizeof(m));
	memset(&paths, 0, sizeof(paths));
	if (ctl_next(ctl, args, "j") != ARGS_WORD)
		return ctl_usage(ctl);
	if ((code = ctl_peer_name(args->value, m.system,
	    sizeof(m.system))) != 0)
		return code;
	if (ctl_next(ctl, args, "j") != ARGS_END)
		return ctl_usage(ctl);
	if ((paths.rows = calloc(PATHS_MAX, sizeof(*paths.rows))) == NULL)
		out_no_memory();
	code = ask(ctl, &m, &paths);
	free(paths.rows);
	return code;
}
