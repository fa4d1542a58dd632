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
 * storeproc is killed while an administrator makes changes, again and again:
 * what was acknowledged is there afterwards, with its rows in the audit log.
 * The variable "kills" of atf says how often (kyua -v test_suites.enclave.
 * kills=1000).
 */

#include <time.h>

#include "tool.h"

#define KILLS		30
#define POLICIES	8

struct state {
	uint16_t	 acked[POLICIES];	/* port last acknowledged */
	uint16_t	 asked[POLICIES];	/* and last sent */
	int64_t		 changes;		/* acknowledged */
	int		 open;			/* one is not yet */
	uint16_t	 next;
};

static char	out[TOOL_OUT_MAX];

static void
ask(struct store *w, struct state *s, uint32_t which)
{
	char	 name[16];

	snprintf(name, sizeof(name), "p%u", which);
	s->asked[which] = ++s->next;
	s->open = 1;
	store_policy_send(w, name, s->next);
}

static void
acknowledged(struct store *w, struct state *s)
{
	store_expect(&w->admin, 0, "");
	memcpy(s->acked, s->asked, sizeof(s->acked));
	s->changes++;
	s->open = 0;
}

static void
kill_within(struct store *w, uint32_t usec)
{
	struct timespec	 ts = { 0, (long)usec * 1000 };
	int		 status;

	nanosleep(&ts, NULL);
	ATF_REQUIRE(kill(w->p.pid, SIGKILL) == 0);
	ATF_REQUIRE_EQ(waitpid(w->p.pid, &status, 0), w->p.pid);
	ATF_REQUIRE(WIFSIGNALED(status));
}

/* What had been answered before it was killed counts too. */
static void
drain(struct store *w, struct state *s)
{
	union msg_any	 any;

	if (s->open && end_next(&w->admin, &any) == MSG_ADMIN_RESULT) {
		ATF_REQUIRE_EQ(any.admin_result.code, 0);
		memcpy(s->acked, s->asked, sizeof(s->acked));
		s->changes++;
		s->open = 0;
	}
	end_close(&w->admin);
	end_close(&w->auth);
	end_close(&w->policy);
	end_close(&w->p.parent);
}

static void
check(struct store *w, struct state *s, const char *path)
{
	char	 sql[256];
	int64_t	 rows, port;
	int	 i, late = 0;

	ATF_REQUIRE_EQ(file_number(path,
	    "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
	for (i = 0; i < POLICIES; i++) {
		snprintf(sql, sizeof(sql), "SELECT coalesce((SELECT port_low"
		    " FROM policy_acls JOIN policies ON policies.id = policy"
		    " WHERE name = 'p%d'), 0)", i);
		port = file_number(path, sql);
		/* The last one may be done though nobody heard of it. */
		ATF_REQUIRE_MSG(port == s->acked[i] || (s->open &&
		    port == s->asked[i]), "p%d: %lld, acknowledged %u", i,
		    (long long)port, s->acked[i]);
		late += port != s->acked[i];
		s->acked[i] = s->asked[i] = (uint16_t)port;
	}
	s->changes += late;
	s->open = 0;
	rows = file_number(path, "SELECT count(*) FROM audit");
	ATF_REQUIRE_EQ_MSG(rows, 1 + s->changes, "%lld rows of %lld changes",
	    (long long)rows, (long long)s->changes);
	ATF_REQUIRE_EQ(file_number(path, "SELECT value FROM revision"),
	    rows);
	ATF_REQUIRE_EQ_MSG(tool(w, out, "audit", "verify", NULL), 0, "%s",
	    out);
}

TEST(killed_storeproc_loses_nothing_that_was_acknowledged)
{
	struct store	 w;
	struct state	 s;
	char		 path[256];
	long		 round, kills;
	uint32_t	 n;

	memset(&s, 0, sizeof(s));
	kills = atf_tc_get_config_var_as_long_wd(tc, "kills", KILLS);
	store_start(&w);
	store_org_add(&w, "acme");
	snprintf(path, sizeof(path), "%s/discovery.db", w.p.root);
	for (round = 0; round < kills; round++) {
		for (n = arc4random_uniform(5); n > 0; n--) {
			ask(&w, &s, arc4random_uniform(POLICIES));
			acknowledged(&w, &s);
		}
		ask(&w, &s, arc4random_uniform(POLICIES));
		kill_within(&w, arc4random_uniform(12000));
		drain(&w, &s);
		player_restart(&w.p, ROLE_STORE);
		store_hand_over(&w);
		check(&w, &s, path);
	}
	ATF_CHECK(s.changes > 0);
	store_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    killed_storeproc_loses_nothing_that_was_acknowledged);
	return atf_no_error();
}
