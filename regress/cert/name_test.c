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
 * System names and enrolment keys.
 */

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cert/name.h"

ATF_TC_WITHOUT_HEAD(every_name_has_its_number_and_back);
ATF_TC_BODY(every_name_has_its_number_and_back, tc)
{
	char		 name[NAME_STRLEN], before[NAME_STRLEN] = "";
	uint32_t	 i, n;

	for (i = 0; i < NAME_COUNT; i++) {
		if (name_from_index(i, name) != 0 ||
		    name_to_index(name, &n) != 0 || n != i ||
		    strcmp(before, name) >= 0)
			atf_tc_fail("number %u, name %s", i, name);
		memcpy(before, name, sizeof(before));
	}
	ATF_CHECK_STREQ(name, "ZZZZZ");
	ATF_REQUIRE_EQ(name_from_index(0, name), 0);
	ATF_CHECK_STREQ(name, "22222");
	ATF_REQUIRE_EQ(name_from_index(22, name), 0);
	ATF_CHECK_STREQ(name, "22233");
	ATF_CHECK_ERRNO(EINVAL, name_from_index(NAME_COUNT, name) == -1);
	ATF_CHECK_ERRNO(EINVAL, name_from_index(UINT32_MAX, name) == -1);
}

ATF_TC_WITHOUT_HEAD(a_name_is_five_symbols_of_the_alphabet);
ATF_TC_BODY(a_name_is_five_symbols_of_the_alphabet, tc)
{
	char		 name[NAME_STRLEN] = "V88RY";
	uint32_t	 n;
	int		 c, good = 0;

	ATF_CHECK(name_valid(name));
	ATF_CHECK(!name_valid(""));
	ATF_CHECK(!name_valid("V88R"));
	ATF_CHECK(!name_valid("V88RYY"));
	ATF_CHECK(!name_valid("v88ry"));
	ATF_CHECK(!name_valid("V88R "));
	ATF_CHECK_ERRNO(EINVAL, name_to_index("V88R1", &n) == -1);
	for (c = 0; c < 256; c++) {
		name[2] = (char)c;
		good += name_valid_bytes((const uint8_t *)name);
		ATF_CHECK_EQ(name_valid(name),
		    name_valid_bytes((const uint8_t *)name));
	}
	ATF_CHECK_EQ(good, 21);
}

ATF_TC_WITHOUT_HEAD(a_key_of_random_bytes_is_unbiased);
ATF_TC_BODY(a_key_of_random_bytes_is_unbiased, tc)
{
	uint8_t		 rnd[ENROLKEY_SYMBOLS];
	char		 key[ENROLKEY_STRLEN];
	unsigned int	 count[128] = { 0 };
	int		 v, used = 0;

	/* Each byte value in turn: 252 give a symbol, 12 for each. */
	memset(rnd, 0, sizeof(rnd));
	for (v = 0; v < 256; v++) {
		rnd[0] = (uint8_t)v;
		if (enrolkey_from_random(rnd, sizeof(rnd), key) == -1) {
			ATF_CHECK_EQ(errno, EAGAIN);
			ATF_CHECK_EQ(key[0], '\0');
			continue;
		}
		count[(int)key[0]]++;
		used++;
	}
	ATF_CHECK_EQ(used, 252);
	for (v = 0; v < 128; v++)
		ATF_CHECK(count[v] == 0 || count[v] == 12);
}

ATF_TC_WITHOUT_HEAD(a_key_has_five_groups_of_five);
ATF_TC_BODY(a_key_has_five_groups_of_five, tc)
{
	uint8_t		 rnd[ENROLKEY_RANDOM_LEN];
	char		 key[ENROLKEY_STRLEN], again[ENROLKEY_STRLEN];
	const char	*why;
	size_t		 i;

	for (i = 0; i < sizeof(rnd); i++)
		rnd[i] = i % 2 ? (uint8_t)i : 255;
	ATF_REQUIRE_EQ(enrolkey_from_random(rnd, sizeof(rnd), key), 0);
	ATF_CHECK_STREQ(key, "3579G-KPRWY-2468D-HLQVX-Z3579");
	ATF_REQUIRE_EQ(enrolkey_normalise(key, again, &why), 0);
	ATF_CHECK_STREQ(key, again);
	ATF_CHECK_ERRNO(EAGAIN, enrolkey_from_random(rnd, 49, key) == -1);
	ATF_CHECK_EQ(enrolkey_from_random(rnd, 50, key), 0);
	ATF_CHECK_ERRNO(EAGAIN, enrolkey_from_random(rnd, 0, key) == -1);
}

struct typed {
	const char	*in;
	const char	*why;		/* NULL: accepted */
};

#define KEY	"23456-789DG-HKLPQ-RVWXY-Z2345"

static const struct typed	 typed[] = {
	{ KEY, NULL },
	{ "23456789DGHKLPQRVWXYZ2345", NULL },
	{ "23456-789dg-hklpq-rvwxy-z2345", NULL },
	{ " \t23456-789DGHKLPQRVWXY-Z2345\r\n", NULL },
	{ "", "only 0 of 25 symbols" },
	{ "  ", "only 0 of 25 symbols" },
	{ "23456-789D", "only 9 of 25 symbols" },
	{ "23456-789DG-HKLPQ-RVWXY-Z234", "only 24 of 25 symbols" },
	{ KEY "2", "more than 25 symbols" },
	{ KEY "-", "misplaced hyphen at position 30" },
	{ "-" KEY, "misplaced hyphen at position 1" },
	{ "23-456-789DG-HKLPQ-RVWXY-Z2345",
	    "misplaced hyphen at position 3" },
	{ "23456--789DG-HKLPQ-RVWXY-Z2345",
	    "misplaced hyphen at position 7" },
	{ "2345O-789DG-HKLPQ-RVWXY-Z2345",
	    "bad character 'O' at position 5" },
	{ "  2345o-789DG-HKLPQ-RVWXY-Z2345",
	    "bad character 'o' at position 5" },
	{ "23456-189DG-HKLPQ-RVWXY-Z2345",
	    "bad character '1' at position 7" },
	{ "23456 789DG-HKLPQ-RVWXY-Z2345", "bad byte 0x20 at position 6" },
	{ "23456-789DG-HKLPQ-RVWXY-Z234\xc3", "bad byte 0xc3 at position 29" },
	{ KEY " 2", "bad byte 0x20 at position 30" },
};

ATF_TC_WITHOUT_HEAD(a_typed_key_is_normalised_or_the_error_named);
ATF_TC_BODY(a_typed_key_is_normalised_or_the_error_named, tc)
{
	char		 out[ENROLKEY_STRLEN], zero[ENROLKEY_STRLEN] = "";
	const char	*why;
	size_t		 i;
	int		 ret;

	for (i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		why = "unset";
		memset(out, 'x', sizeof(out));
		ret = enrolkey_normalise(typed[i].in, out, &why);
		if (typed[i].why == NULL) {
			ATF_CHECK_EQ_MSG(ret, 0, "row %zu", i);
			ATF_CHECK(why == NULL);
			ATF_CHECK_STREQ_MSG(out, KEY, "row %zu", i);
			continue;
		}
		ATF_CHECK_EQ_MSG(ret, -1, "row %zu", i);
		ATF_REQUIRE(why != NULL);
		ATF_CHECK_STREQ_MSG(why, typed[i].why, "row %zu", i);
		ATF_CHECK_EQ(memcmp(out, zero, sizeof(out)), 0);
	}
	ATF_CHECK_EQ(enrolkey_normalise("x", out, NULL), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_name_has_its_number_and_back);
	ATF_TP_ADD_TC(tp, a_name_is_five_symbols_of_the_alphabet);
	ATF_TP_ADD_TC(tp, a_key_of_random_bytes_is_unbiased);
	ATF_TP_ADD_TC(tp, a_key_has_five_groups_of_five);
	ATF_TP_ADD_TC(tp, a_typed_key_is_normalised_or_the_error_named);
	return atf_no_error();
}
