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
#include <string.h>

#include "enclavectl/ctl.h"

#define ANSWER_MAX	16

/* Nonzero when the user has said yes in so many words. */
static int
confirmed(void)
{
	char	 answer[ANSWER_MAX];

	fprintf(stderr, "This system will lose its identity, its tunnels and "
	    "its membership.  Type \"yes\" to go on: ");
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return 0;
	answer[strcspn(answer, "\r\n")] = '\0';
	return strcmp(answer, "yes") == 0;
}

int
cmd_reset(struct ctl *ctl, struct args *args)
{
	struct msg_client_reset	 m;
	struct client		 client;
	char			 clean[TEXT_MAX];
	int			 c, code, force = 0;

	while ((c = ctl_next(ctl, args, "jf")) != ARGS_END) {
		if (c != 'f')
			return ctl_usage(ctl);
		force = 1;
	}
	if (!force && !confirmed()) {
		warnx("nothing was changed");
		if (ctl->json)
			out_result(0, "nothing was changed");
		return CLIENT_FAILED;
	}
	memset(&m, 0, sizeof(m));
	client_init(&client, ROLE_ENCLAVECTL, ctl->path);
	code = client_ask(&client, MSG_CLIENT_RESET, &m);
	text_clean(clean, sizeof(clean), client.text);
	if (ctl->json)
		out_result(code == CLIENT_DONE, clean);
	else if (code == CLIENT_DONE)
		printf("%s\n", clean);
	if (code != CLIENT_DONE)
		warnx("%s", clean);
	return code;
}
