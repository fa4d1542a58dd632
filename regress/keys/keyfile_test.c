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
 * The key file of the agent: both forms, and how pins may change.
 */

#include <atf-c.h>
#include <errno.h>
#include <string.h>

#include "enclaved/keyfile.h"

static struct keyfile	 k;
static uint8_t		 buf[KEYFILE_LEN];

static void
setup(uint8_t pinned)
{
	memset(&k, 0, sizeof(k));
	memset(k.identity_seed, 1, sizeof(k.identity_seed));
	memset(k.tunnel_key, 2, sizeof(k.tunnel_key));
	k.pinned = pinned;
	if (pinned > 0)
		memset(k.authority, 3, sizeof(k.authority));
	if (pinned > 1)
		memset(k.previous, 4, sizeof(k.previous));
	keyfile_encode(&k, buf);
}

ATF_TC_WITHOUT_HEAD(what_is_written_is_read);
ATF_TC_BODY(what_is_written_is_read, tc)
{
	struct keyfile	 got;
	uint8_t		 n;

	for (n = 0; n < 3; n++) {
		setup(n);
		ATF_REQUIRE_EQ(keyfile_decode(&got, buf, sizeof(buf)), 0);
		ATF_CHECK_EQ(memcmp(&got, &k, sizeof(k)), 0);
	}
}

/* 8 bytes of magic, two keys, a flag and one authority. */
ATF_TC_WITHOUT_HEAD(the_form_before_is_read);
ATF_TC_BODY(the_form_before_is_read, tc)
{
	struct keyfile	 got;
	uint8_t		 old[105];

	memcpy(old, "ENCKEY1", 8);
	memset(old + 8, 1, 32);
	memset(old + 40, 2, 32);
	old[72] = 1;
	memset(old + 73, 3, 32);
	setup(1);
	ATF_REQUIRE_EQ(keyfile_decode(&got, old, sizeof(old)), 0);
	ATF_CHECK_EQ(memcmp(&got, &k, sizeof(k)), 0);
	old[72] = 2;
	ATF_CHECK_ERRNO(EINVAL, keyfile_decode(&got, old, sizeof(old)) ==
	    -1);
}

ATF_TC_WITHOUT_HEAD(a_damaged_file_leaves_nothing_behind);
ATF_TC_BODY(a_damaged_file_leaves_nothing_behind, tc)
{
	static const struct keyfile	 zero;
	struct keyfile			 got;
	size_t				 n;

	setup(2);
	for (n = 0; n < sizeof(buf); n++) {
		memset(&got, 0xff, sizeof(got));
		ATF_CHECK_ERRNO(EINVAL, keyfile_decode(&got, buf, n) == -1);
		ATF_CHECK_EQ(memcmp(&got, &zero, sizeof(got)), 0);
	}
	for (n = 0; n < 8; n++) {
		buf[n] ^= 1;
		ATF_CHECK(keyfile_decode(&got, buf, sizeof(buf)) == -1);
		buf[n] ^= 1;
	}
	buf[137] ^= 1;
	ATF_CHECK(keyfile_decode(&got, buf, sizeof(buf)) == -1);
	buf[137] ^= 1;
	buf[72] = 3;
	ATF_CHECK(keyfile_decode(&got, buf, sizeof(buf)) == -1);
	ATF_CHECK_EQ(memcmp(&got, &zero, sizeof(got)), 0);
}

/* Pins as small numbers, the newest first. */
static int
follow(uint8_t n1, uint8_t a1, uint8_t p1, uint8_t n2, uint8_t a2, uint8_t p2)
{
	struct keyfile	 from, to;

	memset(&from, 0, sizeof(from));
	from.pinned = n1;
	memset(from.authority, a1, sizeof(from.authority));
	memset(from.previous, p1, sizeof(from.previous));
	memset(&to, 0, sizeof(to));
	to.pinned = n2;
	memset(to.authority, a2, sizeof(to.authority));
	memset(to.previous, p2, sizeof(to.previous));
	return keyfile_pins_follow(&from, &to);
}

ATF_TC_WITHOUT_HEAD(pins_are_added_in_front_or_the_last_is_dropped);
ATF_TC_BODY(pins_are_added_in_front_or_the_last_is_dropped, tc)
{
	ATF_CHECK(follow(1, 1, 0, 2, 2, 1));
	ATF_CHECK(follow(2, 2, 1, 1, 2, 0));
	/* The one before was retired while we were away. */
	ATF_CHECK(follow(2, 2, 1, 2, 3, 2));
}

ATF_TC_WITHOUT_HEAD(no_pin_is_replaced_by_another);
ATF_TC_BODY(no_pin_is_replaced_by_another, tc)
{
	ATF_CHECK(!follow(0, 0, 0, 1, 1, 0));
	ATF_CHECK(!follow(1, 1, 0, 1, 2, 0));
	ATF_CHECK(!follow(1, 1, 0, 2, 2, 3));
	ATF_CHECK(!follow(1, 1, 0, 2, 1, 1));
	ATF_CHECK(!follow(1, 1, 0, 0, 0, 0));
	ATF_CHECK(!follow(1, 1, 0, 3, 2, 1));
	ATF_CHECK(!follow(1, 1, 0, 1, 1, 0));
	ATF_CHECK(!follow(2, 2, 1, 1, 1, 0));
	ATF_CHECK(!follow(2, 2, 1, 2, 3, 1));
	ATF_CHECK(!follow(1, 1, 0, 2, 0, 1));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_is_written_is_read);
	ATF_TP_ADD_TC(tp, the_form_before_is_read);
	ATF_TP_ADD_TC(tp, a_damaged_file_leaves_nothing_behind);
	ATF_TP_ADD_TC(tp, pins_are_added_in_front_or_the_last_is_dropped);
	ATF_TP_ADD_TC(tp, no_pin_is_replaced_by_another);
	return atf_no_error();
}
