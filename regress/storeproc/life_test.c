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
 * What storeproc does by itself, in the real process: keys that expire,
 * ephemeral systems that do not come back.  Its minutes are short.
 */

#include "regress/storeproc/world.h"

static void
key_add_as(struct world *w, const struct msg_admin_key_add *m)
{
	key_add_message(w, m, 0x77);
}

static void
seen(struct world *w, uint32_t system, int online)
{
	struct msg_system_seen	 m;

	memset(&m, 0, sizeof(m));
	m.system = system;
	m.online = (uint8_t)online;
	end_send(&w->policy, MSG_SYSTEM_SEEN, &m, -1);
}

/* The first key, as it is listed; 0 when there is none. */
static int
key_get(struct world *w, struct msg_admin_key *out)
{
	struct msg_admin_list	 m;
	union msg_any		 any;
	int			 found = 0;

	memset(&m, 0, sizeof(m));
	m.what = 1;
	end_send(&w->admin, MSG_ADMIN_LIST, &m, -1);
	while (end_next(&w->admin, &any) == MSG_ADMIN_KEY) {
		if (!found)
			*out = any.admin_key;
		found = 1;
	}
	return found;
}

static void
key_init(struct msg_admin_key_add *m)
{
	memset(m, 0, sizeof(*m));
	m->type = KEY_GENERAL;
	m->action = KEY_DISABLE;
}

TEST(a_key_approves_as_its_type_does_unless_told)
{
	static const struct {
		uint8_t	 type, told, is;
	} cases[] = {
		{ KEY_GENERAL, KEY_APPROVAL_OF_TYPE, KEY_APPROVAL_MANUAL },
		{ KEY_GENERAL, KEY_APPROVAL_MANUAL, KEY_APPROVAL_MANUAL },
		{ KEY_GENERAL, KEY_APPROVAL_AUTOMATIC,
		    KEY_APPROVAL_AUTOMATIC },
		{ KEY_EPHEMERAL, KEY_APPROVAL_OF_TYPE,
		    KEY_APPROVAL_AUTOMATIC },
		{ KEY_EPHEMERAL, KEY_APPROVAL_AUTOMATIC,
		    KEY_APPROVAL_AUTOMATIC },
	};
	struct msg_admin_key_add	 m;
	struct msg_admin_key_set	 set;
	struct msg_admin_key		 key;
	struct world			 w;
	size_t				 i;

	world_start(&w);
	org_add(&w, "acme");
	memset(&set, 0, sizeof(set));
	set.action = 2;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		key_init(&m);
		m.type = cases[i].type;
		m.approval = cases[i].told;
		key_add_as(&w, &m);
		ATF_REQUIRE(key_get(&w, &key));
		ATF_CHECK_EQ_MSG(key.approval, cases[i].is, "case %zu", i);
		set.id = key.id;
		end_send(&w.admin, MSG_ADMIN_KEY_SET, &set, -1);
		expect_result(&w.admin, 0, "deleted");
	}
	world_end(&w);
}

TEST(a_key_that_approves_as_none_can_is_refused)
{
	struct msg_admin_key_add	 m;
	struct msg_key_made		 made;
	struct msg_admin_key		 key;
	union msg_any			 any;
	struct world			 w;
	int				 i;

	world_start(&w);
	org_add(&w, "acme");
	for (i = 0; i < 2; i++) {
		key_init(&m);
		m.type = i == 0 ? KEY_EPHEMERAL : KEY_GENERAL;
		m.approval = i == 0 ? KEY_APPROVAL_MANUAL :
		    KEY_APPROVAL_MANUAL + 1;
		end_send(&w.admin, MSG_ADMIN_KEY_ADD, &m, -1);
		end_expect(&w.auth, MSG_KEY_MAKE, &any);
		memset(&made, 0, sizeof(made));
		made.id = any.key_make.id;
		snprintf(made.key, sizeof(made.key), KEY);
		end_send(&w.auth, MSG_KEY_MADE, &made, -1);
		expect_result(&w.admin, 2, i == 0 ? "ephemeral" : "approval");
	}
	ATF_CHECK(!key_get(&w, &key));
	world_end(&w);
}

TEST(a_key_expires_at_its_second_and_does_what_it_was_told)
{
	struct msg_admin_key_change	 change;
	struct msg_admin_key_add	 m;
	struct msg_admin_key_set	 set;
	struct msg_admin_key		 key;
	struct world			 w;
	uint64_t			 late;

	world_start(&w);
	org_add(&w, "acme");
	key_init(&m);
	m.not_after = clock_wall_sec() + 2;
	key_add_as(&w, &m);
	ATF_REQUIRE(key_get(&w, &key));
	ATF_CHECK_EQ(key.enabled, 1);
	while (key_get(&w, &key) && key.enabled)
		continue;
	late = clock_wall_ns() / 1000000 - m.not_after * 1000;
	ATF_CHECK_MSG(late < 900, "%llu ms late", (unsigned long long)late);
	ATF_CHECK(clock_wall_sec() >= m.not_after);
	/* It is of no use to enable it now. */
	memset(&set, 0, sizeof(set));
	set.id = key.id;
	set.action = 1;
	end_send(&w.admin, MSG_ADMIN_KEY_SET, &set, -1);
	expect_result(&w.admin, 5, "has expired");
	/* With another expiry it is, and then it goes altogether. */
	memset(&change, 0, sizeof(change));
	change.id = key.id;
	change.fields = KEY_NOT_AFTER | KEY_ACTION;
	change.action = KEY_DELETE;
	change.not_after = clock_wall_sec() + 2;
	end_send(&w.admin, MSG_ADMIN_KEY_CHANGE, &change, -1);
	expect_result(&w.admin, 0, "changed");
	end_send(&w.admin, MSG_ADMIN_KEY_SET, &set, -1);
	expect_result(&w.admin, 0, "enabled");
	while (key_get(&w, &key))
		continue;
	ATF_CHECK(clock_wall_sec() >= change.not_after);
	world_end(&w);
}

TEST(a_key_that_expired_while_we_were_down_ends_at_the_start)
{
	struct msg_admin_key_add	 m;
	struct msg_admin_key		 key;
	struct world			 w;

	world_start(&w);
	org_add(&w, "acme");
	key_init(&m);
	m.not_after = clock_wall_sec() + 1;
	m.action = KEY_DELETE;
	key_add_as(&w, &m);
	player_end(&w.p);
	while (clock_wall_sec() < m.not_after)
		usleep(10000);
	player_restart(&w.p, ROLE_STORE);
	world_hand_over(&w);
	while (key_get(&w, &key))
		continue;
	world_end(&w);
}

/* An ephemeral key, a system of it, and the model told. */
static void
ephemeral(struct world *w, uint32_t minutes, char name[NAME_STRLEN])
{
	struct msg_admin_key_add	 m;
	union msg_any			 any;

	player_program = "regress/storeproc/quick_storeproc_helper";
	world_start(w);
	org_add(w, "acme");
	key_init(&m);
	m.type = KEY_EPHEMERAL;
	m.retention = minutes;
	key_add_as(w, &m);
	model_get(w);
	end_expect(&w->policy, MSG_MODEL_ORG, &any);
	end_expect(&w->policy, MSG_MODEL_READY, &any);
	enrol(w, 1, name);
	end_expect(&w->policy, MSG_MODEL_SYSTEM, &any);
}

TEST(an_ephemeral_system_is_deleted_after_its_retention)
{
	union msg_any	 any;
	struct world	 w;
	char		 name[NAME_STRLEN];
	uint64_t	 since;

	/* Connected for longer than its retention, which is 0.5 s. */
	ephemeral(&w, 5, name);
	seen(&w, 1, 1);
	since = clock_mono_ms();
	while (clock_mono_ms() - since < 1500) {
		ATF_REQUIRE_EQ(list_systems(&w, NULL), 1);
		usleep(10000);
	}
	end_expect_nothing(&w.policy);
	seen(&w, 1, 0);
	since = clock_mono_ms();
	end_expect(&w.policy, MSG_MODEL_SYSTEM_GONE, &any);
	ATF_CHECK_EQ(any.model_system_gone.system, 1);
	ATF_CHECK(clock_mono_ms() - since >= 450);
	ATF_CHECK_EQ(list_systems(&w, NULL), 0);
	world_end(&w);
}

TEST(a_system_that_comes_back_in_time_stays)
{
	union msg_any	 any;
	struct world	 w;
	char		 name[NAME_STRLEN];
	uint64_t	 since;
	int		 i;

	ephemeral(&w, 10, name);
	/* Ten times away for a third of its retention. */
	for (i = 0; i < 10; i++) {
		seen(&w, 1, 0);
		since = clock_mono_ms();
		while (clock_mono_ms() - since < 330)
			usleep(10000);
		seen(&w, 1, 1);
	}
	ATF_CHECK_EQ(list_systems(&w, NULL), 1);
	end_expect_nothing(&w.policy);
	seen(&w, 1, 0);
	end_expect(&w.policy, MSG_MODEL_SYSTEM_GONE, &any);
	world_end(&w);
}

TEST(a_restart_of_the_service_gives_the_whole_retention_again)
{
	union msg_any	 any;
	struct world	 w;
	char		 name[NAME_STRLEN];
	uint64_t	 since;

	ephemeral(&w, 20, name);
	seen(&w, 1, 1);
	player_end(&w.p);
	/* Away for longer than its retention of two seconds. */
	since = clock_mono_ms();
	while (clock_mono_ms() - since < 2500)
		usleep(10000);
	player_restart(&w.p, ROLE_STORE);
	world_hand_over(&w);
	since = clock_mono_ms();
	model_get(&w);
	end_expect(&w.policy, MSG_MODEL_ORG, &any);
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	end_expect(&w.policy, MSG_MODEL_READY, &any);
	ATF_CHECK_EQ(list_systems(&w, NULL), 1);
	end_expect(&w.policy, MSG_MODEL_SYSTEM_GONE, &any);
	ATF_CHECK(clock_mono_ms() - since >= 1900);
	world_end(&w);
}

TEST(a_revoked_ephemeral_system_stays_so_that_it_cannot_enrol_again)
{
	union msg_any	 any;
	struct world	 w;
	char		 name[NAME_STRLEN];
	uint64_t	 since;

	ephemeral(&w, 1, name);
	seen(&w, 1, 1);
	system_set(&w, name, 3);
	expect_result(&w.admin, 0, "revoked");
	end_expect(&w.policy, MSG_MODEL_SYSTEM, &any);
	seen(&w, 1, 0);
	since = clock_mono_ms();
	while (clock_mono_ms() - since < 500)
		usleep(10000);
	ATF_CHECK_EQ(list_systems(&w, NULL), 1);
	end_expect_nothing(&w.policy);
	send_enrol(&w, 1);
	expect_enrol_refused(&w, "revoked");
	world_end(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_key_approves_as_its_type_does_unless_told);
	ATF_TP_ADD_TC(tp, a_key_that_approves_as_none_can_is_refused);
	ATF_TP_ADD_TC(tp,
	    a_key_expires_at_its_second_and_does_what_it_was_told);
	ATF_TP_ADD_TC(tp,
	    a_key_that_expired_while_we_were_down_ends_at_the_start);
	ATF_TP_ADD_TC(tp, an_ephemeral_system_is_deleted_after_its_retention);
	ATF_TP_ADD_TC(tp, a_system_that_comes_back_in_time_stays);
	ATF_TP_ADD_TC(tp,
	    a_restart_of_the_service_gives_the_whole_retention_again);
	ATF_TP_ADD_TC(tp,
	    a_revoked_ephemeral_system_stays_so_that_it_cannot_enrol_again);
	return atf_no_error();
}
