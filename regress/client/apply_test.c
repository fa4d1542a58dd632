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
 * enclave-discoveryctl export and apply with a service that is changed by
 * others all the time, answers late, or sends nonsense.
 */

#include "discoveryctl/ctl.h"
#include "server.h"

#define LISTS	9	/* of one look at the service */
#define TRIES	5

static uint64_t	 mark;		/* of the audit log */
static int	 cut;		/* no answer at the end of a batch */

static void
answer(struct imsgbuf *ib, uint32_t type, const union msg_any *m)
{
	union msg_any	 any;

	memset(&any, 0, sizeof(any));
	if (type == MSG_ADMIN_AUDIT_LIST) {
		any.admin_audit.id = mark;
		server_send(ib, MSG_ADMIN_AUDIT, &any);
	} else if (type == MSG_ADMIN_LIST && m->admin_list.what == 4) {
		strlcpy(any.admin_tag.org, "acme", sizeof(any.admin_tag.org));
		strlcpy(any.admin_tag.name, "web",
		    sizeof(any.admin_tag.name));
		any.admin_tag.permanent = 1;
		server_send(ib, MSG_ADMIN_TAG, &any);
	}
	server_result(ib, MSG_ADMIN_RESULT, 0, "");
}

/* The rest of the requests of a connection, of which one has come. */
static void
answer_more(struct imsgbuf *ib)
{
	struct imsg		 imsg;
	struct ibuf		 body;
	union msg_any		 any;
	const struct msg_desc	*d;
	int			 n;

	while ((n = imsgbuf_get(ib, &imsg)) == 1 || imsgbuf_read(ib) == 1) {
		if (n != 1)
			continue;
		EXPECT((d = msg_lookup(imsg_get_type(&imsg))) != NULL);
		memset(&any, 0, sizeof(any));
		if (imsg_get_len(&imsg) != 0) {
			EXPECT(imsg_get_ibuf(&imsg, &body) == 0);
			EXPECT(msg_decode(d, ibuf_data(&body),
			    ibuf_size(&body), &any) == MSG_OK);
		}
		imsg_free(&imsg);
		if (cut && d->type == MSG_ADMIN_BATCH_END)
			return;
		answer(ib, d->type, &any);
	}
}

/* Somebody changes something between each look and the batch after it. */
static void
serve_restless(struct imsgbuf *ib, uint32_t type, const union msg_any *m,
    int n)
{
	(void)n;
	if (type == MSG_ADMIN_BATCH_BEGIN)
		mark++;
	answer(ib, type, m);
	if (type == MSG_ADMIN_BATCH_BEGIN)
		answer_more(ib);
}

TC(a_service_that_others_change_all_the_time_is_a_conflict)
{
	pid_t	 pid = server_start(serve_restless, TRIES * (LISTS + 3));

	TOOL(discoveryctl_run, 6, "organisation acme {\n tag new\n}\n",
	    "apply", "-");
	expect_words("err", "others change the configuration all the time");
	expect_words("out", "nothing was changed");
	server_end(pid);
}

/* Somebody changes something between any two lists. */
static void
serve_never_twice(struct imsgbuf *ib, uint32_t type, const union msg_any *m,
    int n)
{
	(void)n;
	if (type == MSG_ADMIN_LIST)
		mark++;
	answer(ib, type, m);
}

TC(an_export_is_of_one_moment_or_none)
{
	pid_t	 pid = server_start(serve_never_twice, TRIES * (LISTS + 2));

	TOOL(discoveryctl_run, 1, NULL, "export");
	expect_words("err", "the configuration changes all the time");
	expect_file("out", "");
	server_end(pid);
}

static void
serve_cut(struct imsgbuf *ib, uint32_t type, const union msg_any *m, int n)
{
	(void)n;
	answer(ib, type, m);
	if (type == MSG_ADMIN_BATCH_BEGIN)
		answer_more(ib);
}

TC(without_the_last_answer_it_is_not_known_what_was_done)
{
	pid_t	 pid;

	cut = 1;
	pid = server_start(serve_cut, LISTS + 3);
	TOOL(discoveryctl_run, 1, "organisation acme {\n tag new\n}\n",
	    "apply", "-");
	expect_words("err", "closed the connection before its answer");
	expect_words("out", "whether this was changed is not known");
	server_end(pid);
}

static void
serve_nonsense(struct imsgbuf *ib, uint32_t type, const union msg_any *m,
    int n)
{
	union msg_any	 any;

	(void)n;
	if (type == MSG_ADMIN_LIST && m->admin_list.what == 0) {
		memset(&any, 0, sizeof(any));
		strlcpy(any.admin_org.name, "a\n}", sizeof(
		    any.admin_org.name));
		any.admin_org.clone = CLONE_REJECT;
		server_send(ib, MSG_ADMIN_ORG, &any);
	}
	server_result(ib, MSG_ADMIN_RESULT, 0, "");
}

TC(rows_that_no_file_could_say_are_not_printed)
{
	pid_t	 pid = server_start(serve_nonsense, 2);

	TOOL(discoveryctl_run, 1, NULL, "export");
	expect_words("err", "a value is out of range");
	expect_file("out", "");
	server_end(pid);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    a_service_that_others_change_all_the_time_is_a_conflict);
	ATF_TP_ADD_TC(tp, an_export_is_of_one_moment_or_none);
	ATF_TP_ADD_TC(tp,
	    without_the_last_answer_it_is_not_known_what_was_done);
	ATF_TP_ADD_TC(tp, rows_that_no_file_could_say_are_not_printed);
	return atf_no_error();
}
