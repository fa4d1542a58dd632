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
 * enclave-discoveryctl against a daemon that says what the tests want: keys,
 * systems and organisations over their life.
 */

#include "discoveryctl/ctl.h"
#include "regress/client/server.h"

#define KEY		"22222-33333-44444-55555-66666"
#define RUN(code, ...)	\
	TOOL(discoveryctl_run, code, NULL, __VA_ARGS__)

static void
done(struct imsgbuf *ib, const char *text)
{
	server_result(ib, MSG_ADMIN_RESULT, 0, text);
}

static void
serve_org_set(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	const struct msg_admin_org_set	*m = &any->admin_org_set;

	if (n == 2) {
		EXPECT(type == MSG_ADMIN_ORG_DELETE);
		EXPECT(strcmp(any->admin_org_delete.org, "example") == 0);
	} else {
		EXPECT(type == MSG_ADMIN_ORG_SET);
		EXPECT(strcmp(m->org, "example") == 0);
		EXPECT(m->fields == (n == 0 ? ORG_CLONE :
		    ORG_CLONE | ORG_UNIQUE));
		EXPECT(m->clone == (n == 0 ? CLONE_REPLACE : CLONE_REJECT));
		EXPECT(m->unique == (n == 1));
	}
	done(ib, "");
}

TC(settings_of_an_organisation_are_changed_one_by_one)
{
	pid_t	 pid = server_start(serve_org_set, 3);

	RUN(0, "org", "set", "-c", "replace", "example");
	RUN(0, "org", "set", "example", "-c", "reject", "-u", "yes");
	RUN(0, "org", "delete", "example");
	server_end(pid);
}

static void
serve_system_change(struct imsgbuf *ib, uint32_t type,
    const union msg_any *any, int n)
{
	const struct msg_admin_system_change	*m = &any->admin_system_change;

	if (n >= 2) {
		EXPECT(type == MSG_ADMIN_SYSTEM_UNTIL);
		EXPECT(strcmp(any->admin_system_until.system, "V88RY") == 0);
		EXPECT(any->admin_system_until.until == 1924992000);
		EXPECT(any->admin_system_until.action == (n == 2 ? 0 : 3));
	} else {
		EXPECT(type == MSG_ADMIN_SYSTEM_CHANGE);
		EXPECT(strcmp(m->system, "V88RY") == 0);
		EXPECT(m->fields == (n == 0 ? SYSTEM_DESCRIPTION |
		    SYSTEM_TAGS : SYSTEM_NOTES | SYSTEM_TAGS));
		EXPECT(m->tags.n == (n == 0 ? 2 : 0));
	}
	done(ib, "");
}

TC(a_system_is_changed_in_one_request_and_enabled_for_a_time)
{
	pid_t	 pid = server_start(serve_system_change, 4);

	RUN(0, "system", "set", "-D", "x", "-t", "a", "-t", "b", "v88ry");
	RUN(0, "system", "set", "V88RY", "-N", "n", "-t", "");
	RUN(0, "system", "enable-until", "V88RY", "2031-01-01T00:00:00Z");
	RUN(0, "system", "enable-until", "-x", "revoke", "V88RY",
	    "2031-01-01T00:00:00Z");
	server_end(pid);
}

static void
serve_key_ephemeral(struct imsgbuf *ib, uint32_t type,
    const union msg_any *any, int n)
{
	const struct msg_admin_key_add	*m = &any->admin_key_add;
	char				 buf[RANGE_STRLEN];

	(void)n;
	EXPECT(type == MSG_ADMIN_KEY_ADD);
	EXPECT(m->type == KEY_EPHEMERAL && m->action == KEY_DELETE);
	EXPECT(m->retention == 5 && strcmp(m->notes, "for ci") == 0);
	EXPECT(m->sources.n == 2);
	EXPECT(strcmp(range_print(&m->sources.e[0].range, buf),
	    "192.0.2.0/24") == 0);
	EXPECT(strcmp(m->sources.e[0].text, "the office") == 0);
	EXPECT(strcmp(range_print(&m->sources.e[1].range, buf),
	    "2001:db8::1-2001:db8::7") == 0);
	EXPECT(m->sources.e[1].text[0] == '\0');
	done(ib, KEY);
}

TC(an_ephemeral_key_has_retention_and_sources)
{
	pid_t	 pid = server_start(serve_key_ephemeral, 1);

	RUN(0, "key", "add", "-E", "-r", "5", "-N", "for ci", "-x", "delete",
	    "-c", "192.0.2.0/24 the office", "-c",
	    "2001:db8::1-2001:db8::7", "-o", "example");
	expect_file("out", KEY "\n");
	server_end(pid);
}

static void
serve_key_change(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	const struct msg_admin_key_change	*m = &any->admin_key_change;

	if (n == 2) {
		EXPECT(type == MSG_ADMIN_KEY_TOPUP);
		EXPECT(strcmp(any->admin_key_topup.org, "example") == 0);
		EXPECT(any->admin_key_topup.id == 7);
		EXPECT(any->admin_key_topup.uses == 10);
		done(ib, "");
		return;
	}
	EXPECT(type == MSG_ADMIN_KEY_CHANGE);
	EXPECT(strcmp(m->org, "example") == 0 && m->id == 7);
	if (n == 0) {
		EXPECT(m->fields == (KEY_DESCRIPTION | KEY_TAGS));
		EXPECT(strcmp(m->description, "x") == 0);
		EXPECT(m->tags.n == 2);
	} else {
		EXPECT(m->fields == (KEY_NOTES | KEY_TAGS | KEY_NOT_AFTER |
		    KEY_ACTION | KEY_SOURCES));
		EXPECT(m->tags.n == 0 && m->sources.n == 0);
		EXPECT(m->not_after == 0 && m->action == KEY_DELETE);
	}
	done(ib, "");
}

TC(what_is_named_of_a_key_is_changed_and_nothing_else)
{
	pid_t	 pid = server_start(serve_key_change, 3);

	RUN(0, "key", "set", "-o", "example", "7", "-D", "x", "-t", "a", "-t",
	    "b");
	RUN(0, "key", "set", "-o", "example", "-N", "", "-t", "", "-e", "",
	    "-x", "delete", "-c", "", "7");
	RUN(0, "key", "topup", "-o", "example", "7", "10");
	server_end(pid);
}

TC(wrong_changes_are_explained_with_code_2)
{
	RUN(2, "key", "add", "-o", "a", "-c", "192.0.2.1/24 office");
	expect_words("err", "bits beyond the prefix");
	RUN(2, "key", "add", "-o", "a", "-x", "explode");
	expect_words("err", "disable or delete");
	RUN(2, "key", "set", "-o", "a", "7");
	RUN(2, "key", "set", "-D", "x", "7");
	RUN(2, "key", "topup", "-o", "a", "7");
	RUN(2, "key", "topup", "-o", "a", "7", "0");
	RUN(2, "system", "set", "V88RY");
	RUN(2, "system", "enable-until", "V88RY");
	RUN(2, "system", "enable-until", "V88RY", "-x", "sing", "+1d");
	expect_words("err", "disable or revoke");
	RUN(2, "org", "set", "a");
	RUN(2, "org", "set", "a", "-c", "clone");
	expect_words("err", "reject, replace or quarantine");
	RUN(2, "org", "delete");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, settings_of_an_organisation_are_changed_one_by_one);
	ATF_TP_ADD_TC(tp,
	    a_system_is_changed_in_one_request_and_enabled_for_a_time);
	ATF_TP_ADD_TC(tp, an_ephemeral_key_has_retention_and_sources);
	ATF_TP_ADD_TC(tp, what_is_named_of_a_key_is_changed_and_nothing_else);
	ATF_TP_ADD_TC(tp, wrong_changes_are_explained_with_code_2);
	return atf_no_error();
}
