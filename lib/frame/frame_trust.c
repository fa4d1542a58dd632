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
 * What an agent says of its system, signed, and what it is told of the
 * requirements that it does not meet.
 */

#include <errno.h>
#include <string.h>

#include "frame/frame_local.h"

/* Printable ASCII in lines, each with its end. */
static int
lines_valid(const char *s)
{
	size_t	 i;

	for (i = 0; s[i] != '\0'; i++)
		if (s[i] != '\n' && (s[i] < 0x20 || s[i] >= 0x7f))
			return 0;
	return i > 0 && s[i - 1] == '\n';
}

/* As a tag: a-z, 0-9, hyphen and dot. */
static int
name_is_plain(const char *s)
{
	size_t	 i;

	for (i = 0; s[i] != '\0'; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') &&
		    !(s[i] >= '0' && s[i] <= '9') && s[i] != '-' &&
		    s[i] != '.')
			return 0;
	return i > 0 && i <= MSG_TAG_LEN;
}

uint8_t *
frame_put_facts(const struct msg_link_facts *m, size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "facts");
	if (!lines_valid(m->text))
		frame_out_fail(&out, EINVAL);
	frame_out_int(&out, "number", m->number);
	frame_out_bytes(&out, "signature", m->signature,
	    sizeof(m->signature), sizeof(m->signature));
	if (out.error == 0)
		frame_out_string(&out, "text", m->text);
	return frame_out_end(&out, len);
}

int
frame_get_facts(const struct frame *f, struct msg_conn_facts *m,
    const char **errstr)
{
	struct frame_in	 in;
	const char	*s;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_FACTS);
	m->number = frame_in_int(&in, "number", 1, INT64_MAX);
	frame_in_bytes(&in, "signature", m->signature, sizeof(m->signature));
	s = frame_in_string(&in, "text", sizeof(m->text) - 1);
	if (s != NULL && lines_valid(s))
		strlcpy(m->text, s, sizeof(m->text));
	else
		frame_in_fail(&in, "text", "not lines of printable text");
	return frame_in_end(&in, m, sizeof(*m), errstr);
}

uint8_t *
frame_put_trust(const struct msg_conn_trust *m, size_t *len)
{
	struct frame_out	 out, e;
	json_t			*array = json_array();
	uint16_t		 i;

	frame_out_begin(&out, "trust");
	if (m->unmet.n > MSG_TAGS_MAX)
		frame_out_fail(&out, EINVAL);
	for (i = 0; out.error == 0 && i < m->unmet.n; i++) {
		if (!name_is_plain(m->unmet.e[i]))
			frame_out_fail(&out, EINVAL);
		frame_out_begin(&e, NULL);
		frame_out_string(&e, "requirement", m->unmet.e[i]);
		frame_out_append(&out, array, &e);
	}
	frame_out_json(&out, "unmet", array);
	return frame_out_end(&out, len);
}

int
frame_get_trust(const struct frame *f, struct msg_link_trust *m,
    const char **errstr)
{
	struct frame_in	 in, e;
	const char	*s;
	uint16_t	 i, n;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_TRUST);
	n = frame_in_array(&in, "unmet", MSG_TAGS_MAX);
	for (i = 0; i < n && !in.bad; i++) {
		frame_in_enter(&e, &in, "unmet", i);
		s = frame_in_string(&e, "requirement", MSG_TAG_LEN);
		if (s != NULL && name_is_plain(s))
			strlcpy(m->unmet.e[i], s, sizeof(m->unmet.e[i]));
		else
			frame_in_fail(&e, "requirement", "not a name");
		frame_in_leave(&e, &in);
	}
	m->unmet.n = n;
	return frame_in_end(&in, m, sizeof(*m), errstr);
}
