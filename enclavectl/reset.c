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
 * enclavectl reset-identity: asks before it does what cannot be undone.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "enclavectl/ctl.h"

#define ANSWER_MAX	16

/* Nonzero when the user has said yes in so many words. */
static int
confirmed(const char *system)
{
	char	 answer[ANSWER_MAX];

	fprintf(stderr, "This system%s%s will lose its identity, its tunnels "
	    "and its membership.  Type \"yes\" to go on: ",
	    system[0] != '\0' ? ", " : "", system);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return 0;
	answer[strcspn(answer, "\r\n")] = '\0';
	return strcmp(answer, "yes") == 0;
}

/* What has been decided on is sent: to the system that the user was shown. */
static int
reset(struct ctl *ctl, const char *system, char *text, size_t size)
{
	struct msg_client_reset	 m;
	struct client		 client;
	int			 code;

	memset(&m, 0, sizeof(m));
	strlcpy(m.system, system, sizeof(m.system));
	client_init(&client, ROLE_ENCLAVECTL, ctl->path);
	code = client_ask(&client, MSG_CLIENT_RESET, &m);
	text_clean(text, size, client.text);
	return code;
}

int
cmd_reset(struct ctl *ctl, struct args *args)
{
	struct status	 st;
	char		 text[TEXT_MAX];
	int		 c, code, force = 0;

	while ((c = ctl_next(ctl, args, "jf")) != ARGS_END) {
		if (c != 'f')
			return ctl_usage(ctl);
		force = 1;
	}
	code = ctl_status(ctl, &st, text, sizeof(text));
	free(st.peers);
	if (code != CLIENT_DONE && code != CLIENT_NOT_ENROLLED) {
		if (ctl->json)
			out_result(0, text);
		return ctl_complain(code, text);
	}
	if (!force && !confirmed(st.head.system)) {
		warnx("nothing was changed");
		if (ctl->json)
			out_result(0, "nothing was changed");
		return CLIENT_FAILED;
	}
	code = reset(ctl, st.head.system, text, sizeof(text));
	if (ctl->json)
		out_result(code == CLIENT_DONE, text);
	else if (code == CLIENT_DONE)
		printf("%s\n", text);
	if (code != CLIENT_DONE)
		warnx("%s", text);
	return code;
}
