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
 * enclavectl auth: a user signs in at an identity provider with a browser,
 * here or elsewhere, and a code that is shown here.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "client/out.h"
#include "client/text.h"
#include "enclavectl/ctl.h"

#define WAIT_MS		(3700 * 1000)	/* no code lives longer */
#define CODE_MS		60000

struct auth {
	struct ctl	*ctl;
	int		 rows;
};

const char *
output_user_state(const struct msg_status_user *m)
{
	switch (m->state) {
	case USER_NEEDED:
		return "needed";
	case USER_PENDING:
		return "pending";
	case USER_SIGNED_IN:
		return "signed-in";
	default:
		return NULL;
	}
}

json_t *
output_user_json(const struct msg_status_user *m)
{
	json_t	*o = out_object();

	out_set(o, "requirement", out_text(m->requirement));
	out_set(o, "state", out_text(output_user_state(m)));
	out_set(o, "subject", m->state == USER_SIGNED_IN ?
	    out_text(m->text) : out_null());
	out_set(o, "reason", m->state == USER_NEEDED ?
	    out_text(m->text) : out_text(""));
	out_set(o, "until", out_time(m->until));
	out_set(o, "user_code", out_text_or_null(m->code));
	out_set(o, "verification_uri", out_text_or_null(m->uri));
	out_set(o, "verification_uri_complete",
	    out_text_or_null(m->uri_complete));
	return o;
}

static void
print_user(const struct msg_status_user *m)
{
	char	 a[TEXT_MAX], b[TEXT_MAX], time[TEXT_TIME_MAX];

	text_clean(b, sizeof(b), m->requirement);
	if (m->state == USER_SIGNED_IN) {
		printf("%s: signed in as %s until %s\n", b,
		    text_clean(a, sizeof(a), m->text),
		    text_time(time, m->until));
		return;
	}
	printf("%s: open %s\n", b, text_clean(a, sizeof(a), m->uri));
	printf("and enter the code %s before %s\n",
	    text_clean(a, sizeof(a), m->code), text_time(time, m->until));
	if (m->uri_complete[0] != '\0')
		printf("or open %s\n",
		    text_clean(a, sizeof(a), m->uri_complete));
}

/* Shown at once: the user has something to do. */
static int
on_row(void *arg, uint32_t type, const void *msg)
{
	const struct msg_status_user	*m = msg;
	struct auth			*auth = arg;

	if (type != MSG_STATUS_USER || output_user_state(m) == NULL ||
	    m->state == USER_NEEDED || auth->rows++ > 2)
		return -1;
	if (auth->ctl->json)
		out_print(output_user_json(m));
	else
		print_user(m);
	return fflush(stdout) == 0 ? 0 : -1;
}

/* 0 or an exit code. */
static int
auth_options(struct ctl *ctl, struct args *args, struct msg_client_auth *m)
{
	int	 c;

	while ((c = ctl_next(ctl, args, "jw")) != ARGS_END) {
		switch (c) {
		case 'w':
			m->wait = 1;
			break;
		case ARGS_WORD:
			if (m->requirement[0] != '\0' ||
			    args->value[0] == '\0')
				return ctl_usage(ctl);
			if (!text_is_clean(args->value,
			    sizeof(m->requirement) - 1)) {
				warnx("the name of a requirement has at most "
				    "%zu bytes, all of them printable",
				    sizeof(m->requirement) - 1);
				return CLIENT_USAGE;
			}
			strlcpy(m->requirement, args->value,
			    sizeof(m->requirement));
			break;
		default:
			return ctl_usage(ctl);
		}
	}
	return 0;
}

int
cmd_auth(struct ctl *ctl, struct args *args)
{
	struct msg_client_auth	 m;
	struct client		 client;
	struct auth		 auth = { ctl, 0 };
	char			 text[TEXT_MAX];
	int			 code;

	memset(&m, 0, sizeof(m));
	if ((code = auth_options(ctl, args, &m)) != 0)
		return code;
	client_init(&client, ROLE_ENCLAVECTL, ctl->path);
	client.row = on_row;
	client.arg = &auth;
	client.timeout_ms = m.wait ? WAIT_MS : CODE_MS;
	code = client_ask(&client, MSG_CLIENT_AUTH, &m);
	text_clean(text, sizeof(text), client.text);
	if (code != CLIENT_DONE) {
		if (ctl->json)
			out_result(0, text);
		return ctl_complain(code, text);
	}
	if (auth.rows == 0 && ctl->json)
		out_result(1, text);
	else if (text[0] != '\0')
		printf("%s\n", text);
	return code;
}
