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
 * Statements of an authority about its successor: what is signed by which of
 * the two, and that nothing else passes.
 */

#include <atf-c.h>
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "cert/cross.h"

static uint8_t	 old_pk[32], old_sk[64], new_pk[32], new_sk[64];
static uint8_t	 buf[CROSS_LEN];

static void
setup(uint8_t kind)
{
	static const uint8_t	 one[32] = { 1 }, two[32] = { 2 };
	struct cross		 x;

	ATF_REQUIRE(sodium_init() != -1);
	crypto_sign_seed_keypair(old_pk, old_sk, one);
	crypto_sign_seed_keypair(new_pk, new_sk, two);
	memset(&x, 0, sizeof(x));
	x.kind = kind;
	strlcpy(x.org, "acme", sizeof(x.org));
	memcpy(x.old, old_pk, sizeof(x.old));
	memcpy(x.new, new_pk, sizeof(x.new));
	x.made = 0x0102030405ULL;
	ATF_REQUIRE_EQ(cross_encode(&x, buf), 0);
}

ATF_TC_WITHOUT_HEAD(the_old_authority_names_its_successor);
ATF_TC_BODY(the_old_authority_names_its_successor, tc)
{
	struct cross	 x;
	const char	*why;

	setup(CROSS_SUCCESSOR);
	ATF_CHECK_ERRNO(EINVAL, cross_sign(buf, new_sk) == -1);
	ATF_REQUIRE_EQ(cross_sign(buf, old_sk), 0);
	ATF_REQUIRE_EQ(cross_verify(buf), 0);
	ATF_REQUIRE_EQ(cross_decode(&x, buf, sizeof(buf), &why), 0);
	ATF_CHECK(why == NULL);
	ATF_CHECK_EQ(x.kind, CROSS_SUCCESSOR);
	ATF_CHECK_STREQ(x.org, "acme");
	ATF_CHECK_EQ(memcmp(x.old, old_pk, 32), 0);
	ATF_CHECK_EQ(memcmp(x.new, new_pk, 32), 0);
	ATF_CHECK_EQ(x.made, 0x0102030405ULL);
}

ATF_TC_WITHOUT_HEAD(the_new_authority_retires_the_old_one);
ATF_TC_BODY(the_new_authority_retires_the_old_one, tc)
{
	setup(CROSS_RETIRED);
	ATF_CHECK_ERRNO(EINVAL, cross_sign(buf, old_sk) == -1);
	ATF_REQUIRE_EQ(cross_sign(buf, new_sk), 0);
	ATF_CHECK_EQ(cross_verify(buf), 0);
}

ATF_TC_WITHOUT_HEAD(each_byte_of_a_statement_counts);
ATF_TC_BODY(each_byte_of_a_statement_counts, tc)
{
	size_t	 i;

	setup(CROSS_SUCCESSOR);
	ATF_REQUIRE_EQ(cross_sign(buf, old_sk), 0);
	for (i = 0; i < sizeof(buf); i++) {
		buf[i] ^= 0x01;
		ATF_CHECK_MSG(cross_verify(buf) == -1, "byte %zu", i);
		buf[i] ^= 0x01;
	}
	ATF_CHECK_EQ(cross_verify(buf), 0);
}

/* What was signed as one kind is not the other, whoever signed it. */
ATF_TC_WITHOUT_HEAD(one_kind_is_never_taken_for_the_other);
ATF_TC_BODY(one_kind_is_never_taken_for_the_other, tc)
{
	uint8_t	 swap[32];

	setup(CROSS_SUCCESSOR);
	ATF_REQUIRE_EQ(cross_sign(buf, old_sk), 0);
	buf[5] = CROSS_RETIRED;
	ATF_CHECK_ERRNO(EACCES, cross_verify(buf) == -1);
	/* With the two keys in each other's places its signer is the same. */
	memcpy(swap, buf + 70, 32);
	memcpy(buf + 70, buf + 102, 32);
	memcpy(buf + 102, swap, 32);
	ATF_CHECK_ERRNO(EACCES, cross_verify(buf) == -1);
}

ATF_TC_WITHOUT_HEAD(a_statement_out_of_form_is_refused_with_the_reason);
ATF_TC_BODY(a_statement_out_of_form_is_refused_with_the_reason, tc)
{
	static const struct {
		size_t		 at;
		uint8_t		 value;
		const char	*why;
	} bad[] = {
		{ 0, 'e', "not a statement of an authority" },
		{ 4, 2, "unknown version" },
		{ 5, 0, "unknown kind" },
		{ 5, 3, "unknown kind" },
		{ 6, 'A', "organisation name has a bad character" },
		{ 69, 'a', "organisation name is not padded with zeros" },
		{ 134, 0x80, "time out of range" },
	};
	struct cross		 x;
	const char		*why;
	uint8_t			 keep;
	size_t			 i;

	setup(CROSS_SUCCESSOR);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		keep = buf[bad[i].at];
		buf[bad[i].at] = bad[i].value;
		ATF_CHECK_ERRNO(EINVAL, cross_decode(&x, buf, sizeof(buf),
		    &why) == -1);
		ATF_CHECK_STREQ(why, bad[i].why);
		ATF_CHECK_EQ(x.made, 0);
		buf[bad[i].at] = keep;
	}
	ATF_CHECK(cross_decode(&x, buf, sizeof(buf) - 1, &why) == -1);
	ATF_CHECK_STREQ(why, "wrong length");
	memset(buf + 70, 0, 32);
	ATF_CHECK(cross_decode(&x, buf, sizeof(buf), &why) == -1);
	ATF_CHECK_STREQ(why, "authority is zero");
	memcpy(buf + 70, buf + 102, 32);
	ATF_CHECK(cross_decode(&x, buf, sizeof(buf), &why) == -1);
	ATF_CHECK_STREQ(why, "the new authority is the old one");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_old_authority_names_its_successor);
	ATF_TP_ADD_TC(tp, the_new_authority_retires_the_old_one);
	ATF_TP_ADD_TC(tp, each_byte_of_a_statement_counts);
	ATF_TP_ADD_TC(tp, one_kind_is_never_taken_for_the_other);
	ATF_TP_ADD_TC(tp,
	    a_statement_out_of_form_is_refused_with_the_reason);
	return atf_no_error();
}
