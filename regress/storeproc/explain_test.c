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
 * enclave-discoveryctl explain, with the real storeproc and a played
 * policyproc: numbers become names, and the verdict an exit code.
 */

#include "tool.h"

static char	out[TOOL_OUT_MAX];

/* Two systems and a policy straight in the database, as storeproc finds it. */
static void
prepare(struct store *w)
{
	char	 path[256], *err = NULL;
	sqlite3	*db;

	store_start(w);
	store_org_add(w, "acme");
	store_policy_send(w, "web", 80);
	store_expect(&w->admin, 0, "added");
	snprintf(path, sizeof(path), "%s/discovery.db", w->p.root);
	ATF_REQUIRE_EQ(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	ATF_REQUIRE_MSG(sqlite3_exec(db, "INSERT INTO names_used (name)"
	    " VALUES ('V88RY'), ('968K2');"
	    "INSERT INTO systems (id, org, name, description, hostname,"
	    " identity_key, tunnel_key, ipv4, ipv6, state, serial,"
	    " ephemeral, retention_minutes, flags, enrolled, last_seen)"
	    " VALUES (1, 1, 'V88RY', '', '', randomblob(32), randomblob(32),"
	    " 1681915905, randomblob(16), 2, randomblob(16), 0, 0, 0, 1, 1),"
	    " (2, 1, '968K2', '', '', randomblob(32), randomblob(32),"
	    " 1681915906, randomblob(16), 2, randomblob(16), 0, 0, 0, 1, 1)",
	    NULL, NULL, &err) == SQLITE_OK, "%s", err);
	sqlite3_close(db);
}

/* A child answers as policyproc would, while the tool waits. */
static pid_t
answer(struct store *w, int rows, uint8_t why, int allowed)
{
	struct msg_explain_row	 row;
	struct msg_explain_end	 end;
	struct msg_model_get	 get;
	union msg_any		 any;
	pid_t			 pid;

	memset(&get, 0, sizeof(get));
	end_send(&w->policy, MSG_MODEL_GET, &get, -1);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid != 0)
		return pid;
	while (end_next(&w->policy, &any) != MSG_EXPLAIN_GET)
		continue;
	if (any.explain_get.a != 1 || any.explain_get.b != 2 ||
	    any.explain_get.protocol != ACL_TCP || any.explain_get.port != 22)
		_exit(1);
	memset(&row, 0, sizeof(row));
	row.id = any.explain_get.id;
	row.policy = 1;
	row.why = why;
	row.sender = 1;
	row.receiver = 2;
	if (rows)
		end_send(&w->policy, MSG_EXPLAIN_ROW, &row, -1);
	/* One that is not there any more. */
	row.policy = 99;
	if (rows)
		end_send(&w->policy, MSG_EXPLAIN_ROW, &row, -1);
	memset(&end, 0, sizeof(end));
	end.id = any.explain_get.id;
	end.allowed = (uint8_t)allowed;
	end_send(&w->policy, MSG_EXPLAIN_END, &end, -1);
	_exit(0);
}

TEST(explanation_has_names_and_the_verdict_is_the_exit_code)
{
	struct store	 w;
	pid_t		 pid;
	int		 code, status;

	prepare(&w);
	pid = answer(&w, 1, EXPLAIN_ALLOWS, 1);
	code = tool(&w, out, "explain", "v88ry", "968K2", "tcp/22", NULL);
	expect_tool(code, 0, out, "allowed");
	expect_tool(code, 0, out, "web");
	expect_tool(code, 0, out, "people");
	expect_tool(code, 0, out, "servers");
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_REQUIRE_EQ(status, 0);

	pid = answer(&w, 1, EXPLAIN_RULE, 0);
	code = tool(&w, out, "explain", "V88RY", "968K2", "tcp/22", NULL);
	expect_tool(code, 10, out, "denied");
	expect_tool(code, 10, out, "no rule for this protocol and port");
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);

	pid = answer(&w, 0, 0, 0);
	code = tool(&w, out, "explain", "-j", "V88RY", "968K2", "tcp/22",
	    NULL);
	expect_tool(code, 10, out, "\"allowed\": false");
	expect_tool(code, 10, out, "\"policies\": []");
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	store_end(&w);
}

TEST(questions_that_make_no_sense_are_refused)
{
	struct store	 w;
	int		 code;

	prepare(&w);
	code = tool(&w, out, "explain", "V88RY", "QQQQQ", "tcp/22", NULL);
	expect_tool(code, 1, out, "there is no system \"QQQQQ\"");
	code = tool(&w, out, "explain", "V88RY", "968K2", "tcp/1-9", NULL);
	expect_tool(code, 2, out, "ask for one port");
	code = tool(&w, out, "explain", "V88RY", "968K2", "any", NULL);
	expect_tool(code, 2, out, "ask for one port");
	code = tool(&w, out, "explain", "V88RY", "968K2", NULL);
	expect_tool(code, 2, out, "explain sender receiver what");
	/* Nobody has asked for the model yet. */
	code = tool(&w, out, "explain", "V88RY", "968K2", "icmp", NULL);
	expect_tool(code, 1, out, "policyproc does not answer");
	store_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    explanation_has_names_and_the_verdict_is_the_exit_code);
	ATF_TP_ADD_TC(tp, questions_that_make_no_sense_are_refused);
	return atf_no_error();
}
