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
 * Users who sign in: the wish of an agent, and how it stands.
 */

#include <errno.h>
#include <string.h>

#include "frame/frame_local.h"

#define REQUIREMENT_MAX	64

static const char *const	 states[] = {
	[USER_GONE] = "gone", [USER_NEEDED] = "needed",
	[USER_PENDING] = "pending", [USER_SIGNED_IN] = "signed-in",
	[USER_FAILED] = "failed"
};

#define STATES	(sizeof(states) / sizeof(states[0]))

/* What a browser is sent to: https, visible ASCII. */
static int
link_ok(const char *s)
{
	return strncmp(s, "https://", 8) == 0 && frame_text_key(s, 511);
}

static void
in_name(struct frame_in *in, char out[REQUIREMENT_MAX + 1])
{
	frame_in_reason(in, "requirement", out, REQUIREMENT_MAX + 1);
	if (!in->bad && out[0] == '\0')
		frame_in_fail(in, "requirement", "empty");
}

int
frame_get_signin(const struct frame *f, struct msg_conn_signin *m,
    const char **errstr)
{
	struct frame_in	 in;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_SIGNIN);
	in_name(&in, m->requirement);
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

uint8_t *
frame_put_signin(const struct msg_link_signin *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "signin");
	if (m->requirement[0] == '\0')
		frame_out_fail(&out, EINVAL);
	frame_out_text(&out, "requirement", m->requirement,
	    sizeof(m->requirement));
	return frame_out_end(&out, len);
}

static void
in_link(struct frame_in *in, const char *name, char *out, size_t cap)
{
	const char	*s = frame_in_string(in, name, cap - 1);

	if (s == NULL)
		return;
	if (!link_ok(s))
		frame_in_fail(in, name, "not an address of the web");
	else
		strlcpy(out, s, cap);
}

int
frame_get_user(const struct frame *f, struct msg_link_user *m,
    const char **errstr)
{
	struct frame_in	 in;
	const char	*s;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_USER);
	in_name(&in, m->requirement);
	m->state = (uint8_t)frame_in_word(&in, "state", states, STATES);
	m->until = frame_in_int(&in, "until", 0, INT64_MAX);
	frame_in_reason(&in, "text", m->text, sizeof(m->text));
	if (m->state == USER_PENDING && !in.bad) {
		s = frame_in_string(&in, "code", sizeof(m->code) - 1);
		if (s != NULL)
			frame_text_copy(m->code, sizeof(m->code), s);
		in_link(&in, "uri", m->uri, sizeof(m->uri));
		if (frame_in_has(&in, "uriComplete"))
			in_link(&in, "uriComplete", m->uri_complete,
			    sizeof(m->uri_complete));
	}
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

static void
out_link(struct frame_out *out, const char *name, const char *s)
{
	if (!link_ok(s))
		frame_out_fail(out, EINVAL);
	else
		frame_out_string(out, name, s);
}

uint8_t *
frame_put_user(const struct msg_conn_user *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "user");
	if (m->state >= STATES || m->requirement[0] == '\0') {
		frame_out_fail(&out, EINVAL);
		return frame_out_end(&out, len);
	}
	frame_out_text(&out, "requirement", m->requirement,
	    sizeof(m->requirement));
	frame_out_string(&out, "state", states[m->state]);
	frame_out_int(&out, "until", m->until);
	frame_out_text(&out, "text", m->text, sizeof(m->text));
	if (m->state == USER_PENDING) {
		frame_out_text(&out, "code", m->code, sizeof(m->code));
		out_link(&out, "uri", m->uri);
		if (m->uri_complete[0] != '\0')
			out_link(&out, "uriComplete", m->uri_complete);
	}
	return frame_out_end(&out, len);
}
