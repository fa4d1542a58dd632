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
 * Relays in the database.
 */

#include "regress/store/db_fixture.h"

static void
relay_init(struct db_relay *r, const char *name, uint32_t seq)
{
	memset(r, 0, sizeof(*r));
	strlcpy(r->name, name, sizeof(r->name));
	fixture_hash(r->token_hash, seq);
	r->enabled = 1;
	r->latitude = DB_COORDINATE_ZERO - 33920;
	r->longitude = DB_COORDINATE_ZERO + 18424;
	r->created = NOW;
}

ATF_TC_WITHOUT_HEAD(a_relay_comes_back_as_it_was_added);
ATF_TC_BODY(a_relay_comes_back_as_it_was_added, tc)
{
	struct db	*db = fixture_open();
	struct db_relay	 r, got;
	int64_t		 revision = fixture_revision(db);

	relay_init(&r, "cape.1", 1);
	CHECK_OK(db, db_relay_add(db, &r));
	ATF_CHECK_EQ(fixture_revision(db), revision + 1);
	db_close(db);
	db = fixture_reopen();
	CHECK_OK(db, db_relay_get_name(db, "cape.1", &got));
	ATF_CHECK(memcmp(&r, &got, sizeof(r)) == 0);
	CHECK_OK(db, db_relay_set_enabled(db, r.id, 0));
	CHECK_OK(db, db_relay_get(db, r.id, &got));
	ATF_CHECK_EQ(got.enabled, 0);
	CHECK_OK(db, db_relay_delete(db, r.id));
	CHECK_RESULT(db, DB_NOTFOUND, db_relay_get(db, r.id, &got));
	CHECK_RESULT(db, DB_NOTFOUND, db_relay_get_name(db, "cape.1", &got));
	CHECK_RESULT(db, DB_NOTFOUND, db_relay_set_enabled(db, r.id, 1));
	CHECK_RESULT(db, DB_NOTFOUND, db_relay_delete(db, r.id));
	ATF_CHECK_EQ(fixture_revision(db), revision + 3);
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(names_and_tokens_of_relays_are_unique);
ATF_TC_BODY(names_and_tokens_of_relays_are_unique, tc)
{
	struct db	*db = fixture_open();
	struct db_relay	 r;

	relay_init(&r, "a", 1);
	CHECK_OK(db, db_relay_add(db, &r));
	relay_init(&r, "a", 2);
	CHECK_RESULT(db, DB_EXISTS, db_relay_add(db, &r));
	relay_init(&r, "b", 1);
	CHECK_RESULT(db, DB_EXISTS, db_relay_add(db, &r));
	db_close(db);
}

ATF_TC_WITHOUT_HEAD(wrong_values_of_a_relay_are_refused);
ATF_TC_BODY(wrong_values_of_a_relay_are_refused, tc)
{
	struct db	*db = fixture_open();
	struct db_relay	 r;

	relay_init(&r, "Upper", 1);
	CHECK_RESULT(db, DB_INVALID, db_relay_add(db, &r));
	relay_init(&r, "", 1);
	CHECK_RESULT(db, DB_INVALID, db_relay_add(db, &r));
	relay_init(&r, "a", 1);
	memset(r.name, 'a', sizeof(r.name));
	CHECK_RESULT(db, DB_INVALID, db_relay_add(db, &r));
	relay_init(&r, "a", 1);
	memset(r.token_hash, 0, sizeof(r.token_hash));
	CHECK_RESULT(db, DB_INVALID, db_relay_add(db, &r));
	relay_init(&r, "a", 1);
	r.latitude = DB_COORDINATE_ZERO + DB_LATITUDE_MAX + 1;
	CHECK_RESULT(db, DB_INVALID, db_relay_add(db, &r));
	relay_init(&r, "a", 1);
	r.longitude = 0;
	CHECK_RESULT(db, DB_INVALID, db_relay_add(db, &r));
	relay_init(&r, "a", 1);
	r.latitude = r.longitude = 0;
	CHECK_OK(db, db_relay_add(db, &r));
	db_close(db);
}

static int
collect(const struct db_relay *r, void *arg)
{
	char	*names = arg;

	strlcat(names, r->name, 64);
	return strcmp(r->name, "b") == 0;
}

ATF_TC_WITHOUT_HEAD(relays_are_listed_in_order_and_are_bounded);
ATF_TC_BODY(relays_are_listed_in_order_and_are_bounded, tc)
{
	struct db	*db = fixture_open();
	struct db_relay	 r;
	char		 name[16], names[64] = "";
	uint32_t	 i;

	for (i = 0; i < 3; i++) {
		name[0] = "cab"[i];
		name[1] = '\0';
		relay_init(&r, name, i);
		CHECK_OK(db, db_relay_add(db, &r));
	}
	CHECK_OK(db, db_relay_list(db, collect, names));
	ATF_CHECK_STREQ(names, "cab");
	for (; i < DB_RELAYS_MAX; i++) {
		snprintf(name, sizeof(name), "r%u", i);
		relay_init(&r, name, i);
		CHECK_OK(db, db_relay_add(db, &r));
	}
	relay_init(&r, "surplus", i);
	CHECK_RESULT(db, DB_LIMIT, db_relay_add(db, &r));
	db_close(db);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_relay_comes_back_as_it_was_added);
	ATF_TP_ADD_TC(tp, names_and_tokens_of_relays_are_unique);
	ATF_TP_ADD_TC(tp, wrong_values_of_a_relay_are_refused);
	ATF_TP_ADD_TC(tp, relays_are_listed_in_order_and_are_bounded);
	return atf_no_error();
}
