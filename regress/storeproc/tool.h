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
 * What tests of the real storeproc with the real enclave-discoveryctl share:
 * the test plays the parent, authproc and policyproc, and runs the tool.
 */

#ifndef REGRESS_STOREPROC_TOOL_H
#define REGRESS_STOREPROC_TOOL_H

#include <sys/un.h>

#include <sqlite3.h>
#include <stdarg.h>

#include "cert/cert.h"
#include "regress/service/player.h"
#include "regress/storeproc/run.h"

#define TOOL_OUT_MAX	RUN_OUT_MAX

struct store {
	struct player	 p;
	struct end	 auth, policy, admin;
	char		 socket[160];
	int		 listen;
};

static inline void
store_connect(struct store *w, struct end *e)
{
	struct sockaddr_un	 sun;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, w->socket, sizeof(sun.sun_path));
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) !=
	    -1);
	ATF_REQUIRE(connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	end_open(e, fd);
}

/* After player_start or player_restart. */
static inline void
store_hand_over(struct store *w)
{
	struct msg_store_listen	 m;
	struct msg_tls_pin	 pin;

	memset(&m, 0, sizeof(m));
	end_send(&w->p.parent, MSG_STORE_LISTEN, &m, dup(w->listen));
	memset(&pin, 0, sizeof(pin));
	snprintf(pin.pin, sizeof(pin.pin), "SHA256:pin");
	end_send(&w->p.parent, MSG_TLS_PIN, &pin, -1);
	player_join(&w->p, ROLE_AUTH, 0, &w->auth);
	player_join(&w->p, ROLE_POLICY, 0, &w->policy);
	player_ready(&w->p);
	store_connect(w, &w->admin);
}

static inline void
store_start(struct store *w)
{
	struct sockaddr_un	 sun;

	player_start(&w->p, ROLE_STORE);
	snprintf(w->socket, sizeof(w->socket), "%s/admin", w->p.root);
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, w->socket, sizeof(sun.sun_path));
	w->listen = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	ATF_REQUIRE(bind(w->listen, (struct sockaddr *)&sun,
	    sizeof(sun)) == 0);
	ATF_REQUIRE(listen(w->listen, 64) == 0);
	store_hand_over(w);
}

static inline void
store_end(struct store *w)
{
	player_end(&w->p);
	player_remove_root(&w->p);
}

static inline void
store_expect(struct end *e, int code, const char *text)
{
	union msg_any	 any;

	end_expect(e, MSG_ADMIN_RESULT, &any);
	ATF_REQUIRE_EQ_MSG((int)any.admin_result.code, code, "%d: %s",
	    any.admin_result.code, any.admin_result.text);
	ATF_REQUIRE_MSG(strstr(any.admin_result.text, text) != NULL, "%s",
	    any.admin_result.text);
}

static inline void
store_org_add(struct store *w, const char *name)
{
	struct msg_admin_org_add	 m;
	struct msg_org_key		 key;
	union msg_any			 any;

	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "%s", name);
	end_send(&w->admin, MSG_ADMIN_ORG_ADD, &m, -1);
	end_expect(&w->auth, MSG_ORG_KEY_MAKE, &any);
	memset(&key, 0, sizeof(key));
	key.id = any.org_key_make.id;
	key.ok = 1;
	memset(key.authority, 0xaa, sizeof(key.authority));
	end_send(&w->auth, MSG_ORG_KEY, &key, -1);
	store_expect(&w->admin, 0, "added");
}

/* Adds or replaces the policy of this name. */
static inline void
store_policy_send(struct store *w, const char *name, uint16_t port)
{
	struct msg_admin_policy_add	 m;

	memset(&m, 0, sizeof(m));
	snprintf(m.name, sizeof(m.name), "%s", name);
	m.replace = 1;
	m.senders.n = m.receivers.n = 1;
	snprintf(m.senders.e[0], sizeof(m.senders.e[0]), "people");
	snprintf(m.receivers.e[0], sizeof(m.receivers.e[0]), "servers");
	m.acls.n = 1;
	m.acls.e[0].protocol = ACL_TCP;
	m.acls.e[0].port_low = m.acls.e[0].port_high = port;
	end_send(&w->admin, MSG_ADMIN_POLICY_ADD, &m, -1);
}

/* enclave-discoveryctl with these words (to NULL); its code, output in out. */
static inline int
tool(struct store *w, char *out, const char *word, ...)
{
	const char	*words[RUN_ARGS_MAX + 1];
	struct run	 r;
	va_list		 ap;
	size_t		 n = 0;

	va_start(ap, word);
	for (; word != NULL && n < RUN_ARGS_MAX; word = va_arg(ap,
	    const char *))
		words[n++] = word;
	va_end(ap);
	words[n] = NULL;
	run_begin(&r, w->socket, words);
	return run_end(&r, out);
}

static inline void
expect_tool(int code, int want, const char *out, const char *text)
{
	ATF_REQUIRE_EQ_MSG(code, want, "%d: %s", code, out);
	ATF_REQUIRE_MSG(strstr(out, text) != NULL, "no \"%s\" in: %s", text,
	    out);
}

/* One number out of a database file. */
static inline int64_t
file_number(const char *path, const char *sql)
{
	sqlite3_stmt	*st;
	sqlite3		*db;
	int64_t		 n;

	ATF_REQUIRE_EQ(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE,
	    NULL), SQLITE_OK);
	ATF_REQUIRE_EQ_MSG(sqlite3_prepare_v2(db, sql, -1, &st, NULL),
	    SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
	ATF_REQUIRE_EQ(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	ATF_REQUIRE_EQ(sqlite3_close(db), SQLITE_OK);
	return n;
}

#define TEST(name)						\
ATF_TC(name);							\
ATF_TC_HEAD(name, tc)						\
{								\
	atf_tc_set_md_var(tc, "require.user", "root");		\
	atf_tc_set_md_var(tc, "timeout", "600");		\
}								\
ATF_TC_BODY(name, tc)

#endif /* REGRESS_STOREPROC_TOOL_H */
