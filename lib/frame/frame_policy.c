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
 * Policy frames, both ways: a list of entries, each a system that may be
 * reached or no longer may.  The decoder runs twice over the entries, so
 * that nothing of a bad frame is acted upon.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/frame_local.h"

/* What a policy frame has besides its entries is well below this. */
#define ENVELOPE_MAX	128

struct frame_policy {
	json_t	*entries;
	size_t	 bytes;		/* of the entries, encoded, with commas */
};

/* --- Reading ------------------------------------------------------- */

static void
get_acl(struct frame_in *in, struct acl_entry *acl)
{
	static const char *const	 words[4] = {
		"any", "tcp", "udp", "icmp"
	};
	char				 text[32];
	const char			*ports, *why;
	unsigned int			 word;

	word = frame_in_word(in, "protocol", words, 4);
	if (in->bad)
		return;
	(void)strlcpy(text, words[word], sizeof(text));
	if (json_object_get(in->object, "ports") != NULL) {
		ports = frame_in_string(in, "ports", ACL_STRLEN - 5);
		if (ports == NULL)
			return;
		(void)snprintf(text, sizeof(text), "%s/%s", words[word],
		    ports);
	}
	if (acl_parse(text, acl, &why) == -1 || !acl_valid(acl))
		frame_in_fail(in, "ports",
		    why != NULL ? why : "not a port or range");
}

/* What is missing is open: from ever, or for ever. */
static void
get_window(struct frame_in *in, struct acl_window *w)
{
	if (json_object_get(in->object, "from") != NULL)
		w->from = frame_in_int(in, "from", 0, INT64_MAX);
	if (json_object_get(in->object, "until") != NULL)
		w->until = frame_in_int(in, "until", 1, INT64_MAX);
	if (!in->bad && !acl_window_valid(w))
		frame_in_fail(in, "until", "not after from");
}

static void
get_acls(struct frame_in *in, struct msg_timed *acls)
{
	struct frame_in	 e;
	uint16_t	 i, n;

	n = frame_in_array(in, "acls", ACL_MAX);
	for (i = 0; i < n && !in->bad; i++) {
		frame_in_enter(&e, in, "acls", i);
		get_acl(&e, &acls->e[i].entry);
		get_window(&e, &acls->e[i].when);
		frame_in_leave(&e, in);
	}
	acls->n = n;
}

static void
get_open(struct frame_in *in, struct msg_windows *open)
{
	struct frame_in	 e;
	uint16_t	 i, n;

	if (json_object_get(in->object, "open") == NULL)
		return;
	n = frame_in_array(in, "open", ACL_WINDOWS_MAX);
	for (i = 0; i < n && !in->bad; i++) {
		frame_in_enter(&e, in, "open", i);
		get_window(&e, &open->e[i]);
		frame_in_leave(&e, in);
	}
	open->n = n;
}

static void
get_entry(struct frame_in *in, uint16_t i, uint64_t sequence,
    struct msg_policy_entry *m)
{
	struct frame_in	 e;

	memset(m, 0, sizeof(*m));
	m->sequence = sequence;
	frame_in_enter(&e, in, "entries", i);
	m->op = (uint8_t)frame_in_word(&e, "op", frame_ops, 3);
	frame_in_system(&e, "system", m->system);
	if (m->op != OP_DOWN) {
		frame_in_description(&e, "description", m->description,
		    sizeof(m->description));
		m->certificate_len = frame_in_blob(&e, "certificate",
		    m->certificate, sizeof(m->certificate));
		m->not_after = frame_in_int(&e, "not_after", 0, INT64_MAX);
		get_acls(&e, &m->acls);
		get_open(&e, &m->open);
	}
	frame_in_leave(&e, in);
}

int
frame_policy_each(const struct frame *f,
    void (*cb)(void *, const struct msg_policy_entry *), void *arg,
    struct msg_policy_commit *m, const char **errstr)
{
	struct msg_policy_entry	 entry;
	struct frame_in		 in;
	uint16_t		 i, n;

	memset(m, 0, sizeof(*m));
	frame_in_begin(&in, f, FRAME_POLICY);
	m->sequence = frame_in_int(&in, "sequence", 0, INT64_MAX);
	m->full = frame_in_bool(&in, "full");
	n = frame_in_array(&in, "entries", FRAME_ENTRIES_MAX);
	for (i = 0; i < n && !in.bad; i++)
		get_entry(&in, i, m->sequence, &entry);
	if (in.bad)
		return frame_in_end(&in, m, sizeof(*m), errstr);
	for (i = 0; i < n; i++) {
		get_entry(&in, i, m->sequence, &entry);
		cb(arg, &entry);
	}
	*errstr = NULL;
	return 0;
}

/* --- Writing ------------------------------------------------------- */

static void
put_window(struct frame_out *e, const struct acl_window *w)
{
	if (w->from > INT64_MAX || w->until > INT64_MAX ||
	    !acl_window_valid(w)) {
		frame_out_fail(e, EINVAL);
		return;
	}
	if (w->from != 0)
		frame_out_int(e, "from", w->from);
	if (w->until != 0)
		frame_out_int(e, "until", w->until);
}

static void
put_acl(struct frame_out *e, const struct acl_timed *acl)
{
	char	 text[ACL_STRLEN], *ports;

	frame_out_begin(e, NULL);
	if (!acl_valid(&acl->entry)) {
		frame_out_fail(e, EINVAL);
		return;
	}
	acl_print(&acl->entry, text, sizeof(text));
	ports = strchr(text, '/');
	if (ports != NULL)
		*ports++ = '\0';
	frame_out_string(e, "protocol", text);
	if (ports != NULL)
		frame_out_string(e, "ports", ports);
	put_window(e, &acl->when);
}

static void
put_acls(struct frame_out *out, const struct msg_timed *acls)
{
	struct frame_out	 e;
	json_t			*array = json_array();
	uint16_t		 i;

	if (acls->n > ACL_MAX)
		frame_out_fail(out, EINVAL);
	for (i = 0; i < acls->n && out->error == 0; i++) {
		put_acl(&e, &acls->e[i]);
		frame_out_append(out, array, &e);
	}
	frame_out_json(out, "acls", array);
}

/* Always is said by leaving it out. */
static void
put_open(struct frame_out *out, const struct msg_windows *open)
{
	struct frame_out	 e;
	json_t			*array;
	uint16_t		 i;

	if (open->n == 0)
		return;
	array = json_array();
	if (open->n > ACL_WINDOWS_MAX)
		frame_out_fail(out, EINVAL);
	for (i = 0; i < open->n && out->error == 0; i++) {
		frame_out_begin(&e, NULL);
		put_window(&e, &open->e[i]);
		frame_out_append(out, array, &e);
	}
	frame_out_json(out, "open", array);
}

static void
put_entry(struct frame_out *out, const struct msg_conn_entry *m)
{
	frame_out_begin(out, NULL);
	if (m->op > OP_DOWN) {
		frame_out_fail(out, EINVAL);
		return;
	}
	frame_out_string(out, "op", frame_ops[m->op]);
	frame_out_system(out, "system", m->system);
	if (m->op == OP_DOWN)
		return;
	frame_out_text(out, "description", m->description,
	    sizeof(m->description));
	frame_out_bytes(out, "certificate", m->certificate,
	    m->certificate_len, sizeof(m->certificate));
	frame_out_int(out, "not_after", m->not_after);
	put_acls(out, &m->acls);
	put_open(out, &m->open);
}

struct frame_policy *
frame_policy_new(void)
{
	struct frame_policy	*fp = calloc(1, sizeof(*fp));

	if (fp == NULL)
		return NULL;
	fp->entries = json_array();
	if (fp->entries == NULL) {
		free(fp);
		errno = ENOMEM;
		return NULL;
	}
	return fp;
}

int
frame_policy_add(struct frame_policy *fp, const struct msg_conn_entry *m)
{
	struct frame_out	 out, list = { NULL, 0 };
	size_t			 n = 0;

	put_entry(&out, m);
	if (out.error == 0) {
		n = json_dumpb(out.object, NULL, 0, JSON_COMPACT) + 1;
		if (n > FRAME_MAX - ENVELOPE_MAX - fp->bytes ||
		    json_array_size(fp->entries) >= FRAME_ENTRIES_MAX)
			frame_out_fail(&out, EMSGSIZE);
	}
	frame_out_append(&list, fp->entries, &out);
	if (list.error != 0) {
		errno = list.error;
		return -1;
	}
	fp->bytes += n;
	return 0;
}

uint8_t *
frame_policy_finish(struct frame_policy *fp, const struct msg_conn_commit *m,
    size_t *len)
{
	struct frame_out	 out;

	frame_out_begin(&out, "policy");
	frame_out_int(&out, "sequence", m->sequence);
	frame_out_bool(&out, "full", m->full);
	frame_out_json(&out, "entries", json_incref(fp->entries));
	frame_policy_free(fp);
	return frame_out_end(&out, len);
}

void
frame_policy_free(struct frame_policy *fp)
{
	if (fp == NULL)
		return;
	json_decref(fp->entries);
	free(fp);
}
