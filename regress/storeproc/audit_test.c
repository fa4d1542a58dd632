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
 * The audit log and backups, from enclave-discoveryctl to the database.
 */

#include "tool.h"

static char	out[TOOL_OUT_MAX];

static void
policies(struct store *w, int n)
{
	char	 name[32];
	int	 i;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		store_policy_send(w, name, (uint16_t)(i + 1));
		store_expect(&w->admin, 0, "");
	}
}

static void
write_file(const char *path, const char *text, size_t len)
{
	int	 fd;

	ATF_REQUIRE((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)) !=
	    -1);
	ATF_REQUIRE_EQ(write(fd, text, len), (ssize_t)len);
	close(fd);
}

/* As cp and chown to the user of storeproc. */
static void
copy_file(const char *from, const char *to)
{
	ssize_t	 n;
	int	 in, fd;

	ATF_REQUIRE((in = open(from, O_RDONLY)) != -1);
	ATF_REQUIRE((fd = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600)) != -1);
	while ((n = read(in, out, sizeof(out))) > 0)
		ATF_REQUIRE_EQ(write(fd, out, (size_t)n), n);
	ATF_REQUIRE(fchown(fd, PLAYER_UID, PLAYER_UID) == 0);
	close(in);
	close(fd);
}

TEST(log_names_who_did_what)
{
	struct store	 w;
	int		 code;

	store_start(&w);
	store_org_add(&w, "acme");
	policies(&w, 2);
	code = tool(&w, out, "audit", "list", NULL);
	expect_tool(code, 0, out, "unix:0");
	expect_tool(code, 0, out, "organisation  acme");
	expect_tool(code, 0, out, "p1");
	code = tool(&w, out, "audit", "list", "-j", "-n", "1", NULL);
	expect_tool(code, 0, out, "\"name\": \"p1\"");
	ATF_CHECK(strstr(out, "\"p0\"") == NULL);
	expect_tool(code, 0, out, "\\\"senders\\\":[\\\"people\\\"]");
	code = tool(&w, out, "audit", "list", "-a", "1", "-n", "1", NULL);
	expect_tool(code, 0, out, "p0");
	ATF_CHECK(strstr(out, "p1") == NULL);
	code = tool(&w, out, "audit", "list", "-o", "other", NULL);
	ATF_CHECK_EQ(code, 0);
	ATF_CHECK(strstr(out, "acme") == NULL);
	store_end(&w);
}

/* More rows than one answer holds, and rows of several pieces. */
TEST(exported_log_is_whole_and_verifies_without_the_service)
{
	struct msg_admin_policy_add	 m;
	struct store			 w;
	char				*at;
	size_t				 i, lines = 0;
	int				 code;

	store_start(&w);
	store_org_add(&w, "acme");
	policies(&w, 300);
	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "big");
	m.senders.n = m.receivers.n = MSG_TAGS_MAX;
	for (i = 0; i < MSG_TAGS_MAX; i++) {
		snprintf(m.senders.e[i], MSG_TAG_LEN, "s%zu.%050d", i, 0);
		snprintf(m.receivers.e[i], MSG_TAG_LEN, "r%zu.%050d", i, 0);
	}
	m.acls.n = ACL_MAX;
	for (i = 0; i < ACL_MAX; i++) {
		m.acls.e[i].protocol = ACL_TCP;
		m.acls.e[i].port_low = m.acls.e[i].port_high =
		    (uint16_t)(i + 1);
	}
	end_send(&w.admin, MSG_ADMIN_POLICY_ADD, &m, -1);
	store_expect(&w.admin, 0, "added");
	code = tool(&w, out, "audit", "verify", NULL);
	expect_tool(code, 0, out, "good up to row 302, hash ");
	ATF_REQUIRE_EQ(tool(&w, out, "audit", "export", NULL), 0);
	for (at = out; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	ATF_CHECK_EQ(lines, 302);
	write_file("log", out, strlen(out));
	store_end(&w);
	code = tool(&w, out, "audit", "verify", "log", NULL);
	expect_tool(code, 0, out, "good up to row 302");
}

TEST(exported_log_that_was_changed_is_told_with_its_line)
{
	static char	 text[TOOL_OUT_MAX];
	struct store	 w;
	char		*at, *end;
	int		 code;

	store_start(&w);
	store_org_add(&w, "acme");
	policies(&w, 5);
	ATF_REQUIRE_EQ(tool(&w, text, "audit", "export", NULL), 0);
	/* From the middle on it is good as well. */
	ATF_REQUIRE_EQ(tool(&w, out, "audit", "export", "-a", "3", NULL), 0);
	write_file("log", out, strlen(out));
	code = tool(&w, out, "audit", "verify", "log", NULL);
	expect_tool(code, 0, out, "good up to row 6");

	ATF_REQUIRE((at = strstr(text, "\"p2\"")) != NULL);
	at[2] = '9';
	write_file("log", text, strlen(text));
	code = tool(&w, out, "audit", "verify", "log", NULL);
	expect_tool(code, 1, out, "log:4: it was changed");
	expect_tool(code, 1, out, "row 4 is bad");
	at[2] = '2';

	/* A line is gone. */
	ATF_REQUIRE((at = strchr(text, '\n')) != NULL);
	ATF_REQUIRE((end = strchr(at + 1, '\n')) != NULL);
	memmove(at, end, strlen(end) + 1);
	write_file("log", text, strlen(text));
	code = tool(&w, out, "audit", "verify", "log", NULL);
	expect_tool(code, 1, out, "log:2: a row is missing before it");
	write_file("log", "{\"id\":1}\n", 9);
	code = tool(&w, out, "audit", "verify", "log", NULL);
	expect_tool(code, 1, out, "not exactly the members");
	store_end(&w);
}

TEST(database_that_was_tampered_with_is_found)
{
	struct store	 w;
	sqlite3		*db;
	char		 path[256];
	int		 code;

	store_start(&w);
	store_org_add(&w, "acme");
	policies(&w, 20);
	player_end(&w.p);
	snprintf(path, sizeof(path), "%s/discovery.db", w.p.root);
	ATF_REQUIRE_EQ(sqlite3_open(path, &db), SQLITE_OK);
	ATF_REQUIRE_EQ(sqlite3_exec(db, "DROP TRIGGER audit_unchanged;"
	    "UPDATE audit SET actor = 'unix:1' WHERE id = 9", NULL, NULL,
	    NULL), SQLITE_OK);
	sqlite3_close(db);
	player_restart(&w.p, ROLE_STORE);
	store_hand_over(&w);
	code = tool(&w, out, "audit", "verify", NULL);
	expect_tool(code, 1, out, "row 9 is bad: it was changed");
	code = tool(&w, out, "audit", "verify", "-j", NULL);
	expect_tool(code, 1, out, "\"bad\": 9");
	store_end(&w);
}

/* Changes go on while the copy is made, and it is consistent all the same. */
TEST(backup_is_consistent_while_changes_go_on)
{
	struct msg_admin_backup	 m;
	struct store		 w;
	struct end		 other;
	union msg_any		 any;
	char			 path[256];
	int64_t			 n;
	int			 code, i;

	store_start(&w);
	store_org_add(&w, "acme");
	policies(&w, 400);
	store_connect(&w, &other);
	memset(&m, 0, sizeof(m));
	end_send(&other, MSG_ADMIN_BACKUP, &m, -1);
	for (i = 0; i < 20; i++) {
		store_policy_send(&w, "p1", (uint16_t)(1000 + i));
		store_expect(&w.admin, 0, "replaced");
	}
	end_expect(&other, MSG_ADMIN_BACKUP_FILE, &any);
	ATF_CHECK(any.admin_backup_file.size > 400 * 512);
	store_expect(&other, 0, "");
	end_close(&other);

	code = tool(&w, out, "backup", "copy", NULL);
	expect_tool(code, 0, out, "copy: ");
	ATF_CHECK_EQ(file_number("copy",
	    "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
	ATF_CHECK_EQ(file_number("copy", "SELECT count(*) FROM policies"),
	    400);
	n = file_number("copy", "SELECT max(id) FROM audit");
	ATF_CHECK_EQ(n, 421);
	ATF_CHECK_EQ(access("copy-wal", F_OK), -1);
	/* Nothing of it stays behind. */
	snprintf(path, sizeof(path), "%s/backup.tmp", w.p.root);
	ATF_CHECK_EQ(access(path, F_OK), -1);
	/* In the place of what is there, when it is whole. */
	code = tool(&w, out, "backup", "copy", NULL);
	expect_tool(code, 0, out, "revision 421");
	code = tool(&w, out, "backup", "absent/copy", NULL);
	expect_tool(code, 1, out, "absent/copy");
	store_end(&w);
}

/* As the manual says: put it where the database was. */
TEST(restored_backup_is_what_was_backed_up)
{
	struct store	 w;
	char		 path[256], log[256];
	int		 code;

	store_start(&w);
	store_org_add(&w, "acme");
	policies(&w, 3);
	ATF_REQUIRE_EQ(tool(&w, out, "backup", "copy", NULL), 0);
	policies(&w, 9);
	player_end(&w.p);
	snprintf(path, sizeof(path), "%s/discovery.db", w.p.root);
	snprintf(log, sizeof(log), "%s/discovery.db-wal", w.p.root);
	unlink(log);
	snprintf(log, sizeof(log), "%s/discovery.db-shm", w.p.root);
	unlink(log);
	ATF_REQUIRE(unlink(path) == 0);
	copy_file("copy", path);
	player_restart(&w.p, ROLE_STORE);
	store_hand_over(&w);
	code = tool(&w, out, "policy", "list", NULL);
	expect_tool(code, 0, out, "p2");
	ATF_CHECK(strstr(out, "p3") == NULL);
	code = tool(&w, out, "audit", "verify", NULL);
	expect_tool(code, 0, out, "good up to row 4");
	store_end(&w);
}

TEST(only_one_backup_is_made_at_a_time)
{
	struct msg_admin_backup	 m;
	struct store		 w;
	struct end		 a, b;
	union msg_any		 any;

	store_start(&w);
	store_org_add(&w, "acme");
	policies(&w, 400);
	memset(&m, 0, sizeof(m));
	store_connect(&w, &a);
	store_connect(&w, &b);
	end_send(&a, MSG_ADMIN_BACKUP, &m, -1);
	/* On its own connection: what comes second is judged second. */
	end_send(&a, MSG_ADMIN_BACKUP, &m, -1);
	store_expect(&a, 1, "another backup is being made");
	end_expect(&a, MSG_ADMIN_BACKUP_FILE, &any);
	store_expect(&a, 0, "");
	/* One that goes away makes room. */
	end_send(&a, MSG_ADMIN_BACKUP, &m, -1);
	end_close(&a);
	do {
		end_send(&b, MSG_ADMIN_BACKUP, &m, -1);
	} while (end_next(&b, &any) == MSG_ADMIN_RESULT);
	store_expect(&b, 0, "");
	store_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, log_names_who_did_what);
	ATF_TP_ADD_TC(tp,
	    exported_log_is_whole_and_verifies_without_the_service);
	ATF_TP_ADD_TC(tp, exported_log_that_was_changed_is_told_with_its_line);
	ATF_TP_ADD_TC(tp, database_that_was_tampered_with_is_found);
	ATF_TP_ADD_TC(tp, backup_is_consistent_while_changes_go_on);
	ATF_TP_ADD_TC(tp, restored_backup_is_what_was_backed_up);
	ATF_TP_ADD_TC(tp, only_one_backup_is_made_at_a_time);
	return atf_no_error();
}
