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
 * Time zones against what zdump(8) and date(1) say of them, against libc at
 * random moments, and active hours against their definition, minute by
 * minute.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tz/tz.h"

#define ZONEINFO	"/usr/share/zoneinfo/"

static uint8_t	 file[TZ_DATA_MAX + 1];

static size_t
load(const char *name)
{
	char	 path[128];
	ssize_t	 n;
	int	 fd;

	snprintf(path, sizeof(path), ZONEINFO "%s", name);
	if ((fd = open(path, O_RDONLY)) == -1)
		atf_tc_skip("%s is not there", path);
	n = read(fd, file, sizeof(file));
	ATF_REQUIRE(n > 0 && (size_t)n < sizeof(file));
	close(fd);
	return (size_t)n;
}

static void
zone(struct tz *tz, const char *name)
{
	const char	*why = NULL;
	size_t		 n = load(name);

	ATF_REQUIRE_EQ_MSG(tz_parse(tz, file, n, &why), 0, "%s: %s", name,
	    why);
}

struct change {
	const char	*zone;
	int64_t		 at;
	int32_t		 before, after;
};

/* zdump -v; 2050 is beyond every table. */
static const struct change changes[] = {
	{ "Europe/Berlin", 1711846800, 3600, 7200 },
	{ "Europe/Berlin", 1729990800, 7200, 3600 },
	{ "Europe/Berlin", 2531955600, 3600, 7200 },
	{ "America/New_York", 1710054000, -18000, -14400 },
	{ "America/New_York", 1730613600, -14400, -18000 },
	{ "Australia/Lord_Howe", 1712415600, 39600, 37800 },
	{ "Australia/Lord_Howe", 1728142200, 37800, 39600 },
	{ "Asia/Kathmandu", 504901800, 19800, 20700 },
};

ATF_TC_WITHOUT_HEAD(published_changes_of_the_clock_are_found_to_the_second);
ATF_TC_BODY(published_changes_of_the_clock_are_found_to_the_second, tc)
{
	const struct change	*c;
	struct tz		 tz;
	size_t			 i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		c = &changes[i];
		zone(&tz, c->zone);
		ATF_CHECK_EQ_MSG(tz_offset(&tz, c->at - 1), c->before,
		    "row %zu", i);
		ATF_CHECK_EQ_MSG(tz_offset(&tz, c->at), c->after,
		    "row %zu", i);
		ATF_CHECK_EQ_MSG(tz_next(&tz, c->at - 1), c->at,
		    "row %zu", i);
		ATF_CHECK(tz_next(&tz, c->at) > c->at);
	}
	tz_utc(&tz);
	ATF_CHECK_EQ(tz_offset(&tz, 1711846800), 0);
	ATF_CHECK_EQ(tz_next(&tz, 1711846800), TZ_NEVER);
	/* It has changed once, and never since. */
	zone(&tz, "Asia/Kathmandu");
	ATF_CHECK_EQ(tz_offset(&tz, 1735689600), 20700);
}

struct rule {
	const char	*text;
	int64_t		 at;
	int32_t		 offset;
};

/* date -d @SECONDS with TZ set to the text. */
static const struct rule rules[] = {
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1711846799, 3600 },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1711846800, 7200 },
	{ "EST5EDT,M3.2.0,M11.1.0", 1710054000, -14400 },
	{ "EST5EDT4:00:00,M3.2.0/2:00,M11.1.0/+2", 1730613600, -18000 },
	{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 1728142200, 39600 },
	{ "<+0545>-5:45", 0, 20700 },
	{ "UTC0", 1711846800, 0 },
	{ "IST-1GMT0,M10.5.0,M3.5.0/1", 1735689600, 0 },
	{ "IST-1GMT0,M10.5.0,M3.5.0/1", 1720000000, 3600 },
	/* Hours beyond a day: Greenland, Gaza. */
	{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1711846799, -7200 },
	{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1711846800, -3600 },
	{ "EET-2EEST,M3.4.4/50,M10.4.4/50", 1711756799, 7200 },
	{ "EET-2EEST,M3.4.4/50,M10.4.4/50", 1711756800, 10800 },
	/* All the year round, RFC 9636 section 3.3.1. */
	{ "XXX3EDT4,0/0,J365/23", 1735689600, -14400 },
	{ "XXX3EDT4,0/0,J365/23", 1720000000, -14400 },
	/* The first of March and the 61st day are one in a leap year. */
	{ "AAA0BBB,J60/0,J61/0", 1709251200, 3600 },
	{ "AAA0BBB,60/0,61/0", 1709251200, 3600 },
	{ "AAA0BBB,J60/0,J61/0", 1709251199, 0 },
};

static const char *const bad_rules[] = {
	"", "CE-1", "CET", "CET-1CEST", "CET-1CEST,M3.5.0",
	"CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,M13.5.0,M10.5.0",
	"CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
	"CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,J0,J1", "CET-1CEST,366,1",
	"CET-25", "CET-1:60", "<CET-1", "C1T-1", "CET-00001",
	"CET-1CEST,M3.5.0,M10.5.0/3\n", "CET-1CEST2"
};

ATF_TC_WITHOUT_HEAD(the_rule_of_a_footer_is_read_exactly_or_refused);
ATF_TC_BODY(the_rule_of_a_footer_is_read_exactly_or_refused, tc)
{
	struct tz_rule	 r;
	size_t		 i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		ATF_REQUIRE_EQ_MSG(tz_rule_parse(&r, rules[i].text,
		    strlen(rules[i].text)), 0, "%s", rules[i].text);
		ATF_CHECK_EQ_MSG(tz_rule_offset(&r, rules[i].at),
		    rules[i].offset, "%s", rules[i].text);
	}
	for (i = 0; i < sizeof(bad_rules) / sizeof(bad_rules[0]); i++)
		ATF_CHECK_EQ_MSG(tz_rule_parse(&r, bad_rules[i],
		    strlen(bad_rules[i])), -1, "%s", bad_rules[i]);
}

static uint64_t	 seed = 0x9e3779b97f4a7c15ULL;

static uint64_t
any64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static const char *const zones[] = {
	"Europe/Berlin", "Europe/Dublin", "Europe/London", "America/New_York",
	"America/Sao_Paulo", "America/Nuuk", "America/St_Johns",
	"Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham",
	"Asia/Kathmandu", "Asia/Gaza", "Asia/Tehran", "Africa/Casablanca",
	"Africa/Monrovia", "Antarctica/Troll", "Etc/GMT-14", "UTC"
};
#define NZONES	(sizeof(zones) / sizeof(zones[0]))

static void
local(int64_t t, struct tm *tm)
{
	time_t	 when = (time_t)t;

	ATF_REQUIRE(localtime_r(&when, tm) != NULL);
}

ATF_TC_WITHOUT_HEAD(at_random_moments_libc_says_the_same);
ATF_TC_BODY(at_random_moments_libc_says_the_same, tc)
{
	struct tz	 tz;
	struct tm	 tm;
	int64_t		 t, next;
	size_t		 z, i;

	for (z = 0; z < NZONES; z++) {
		zone(&tz, zones[z]);
		ATF_REQUIRE_EQ(setenv("TZ", zones[z], 1), 0);
		tzset();
		for (i = 0; i < 20000; i++) {
			/* From 1834 to 2242. */
			t = (int64_t)(any64() >> 31) - (INT64_C(1) << 32);
			local(t, &tm);
			if (tz_offset(&tz, t) != tm.tm_gmtoff)
				atf_tc_fail("%s at %lld: %d, libc %ld",
				    zones[z], (long long)t,
				    tz_offset(&tz, t), tm.tm_gmtoff);
			/* And there is no change before the next one. */
			next = tz_next(&tz, t);
			if (next == TZ_NEVER || next > INT64_C(8000000000))
				continue;
			ATF_REQUIRE(next > t);
			local(next - 1, &tm);
			ATF_CHECK_EQ(tz_offset(&tz, t), tm.tm_gmtoff);
		}
	}
}

ATF_TC_WITHOUT_HEAD(data_that_is_damaged_is_refused_with_a_reason);
ATF_TC_BODY(data_that_is_damaged_is_refused_with_a_reason, tc)
{
	struct tz	 tz;
	const char	*why;
	size_t		 n = load("Europe/Berlin"), i;

	for (i = 0; i < n; i++) {
		why = NULL;
		ATF_CHECK_EQ_MSG(tz_parse(&tz, file, i, &why), -1,
		    "%zu bytes", i);
		ATF_CHECK(why != NULL);
	}
	file[0] = 't';
	ATF_CHECK_EQ(tz_parse(&tz, file, n, &why), -1);
	file[0] = 'T';
	file[31] = 1;			/* a leap second in the first block */
	ATF_CHECK_EQ(tz_parse(&tz, file, n, &why), -1);
	n = load("right/Europe/Berlin");
	ATF_CHECK_EQ(tz_parse(&tz, file, n, &why), -1);
	ATF_CHECK_STREQ(why, "it counts leap seconds");
}

static const char *const texts[][2] = {
	{ "mon-fri 08:00-18:00 Europe/Berlin",
	    "mon-fri 08:00-18:00 Europe/Berlin" },
	{ "sat,sun  22:00-06:00", "sat-sun 22:00-06:00 UTC" },
	{ "sun-mon,wed 00:00-24:00 Etc/GMT+5",
	    "mon,wed,sun 00:00-24:00 Etc/GMT+5" },
	{ "all 09:30-09:29 UTC", "all 09:30-09:29 UTC" },
	{ "mon-sun 01:00-02:00", "all 01:00-02:00 UTC" },
};

static const char *const bad_texts[] = {
	"", "mon", "mon ", "monday 08:00-18:00", "mon- 08:00-18:00",
	"mon,, 08:00-18:00", "mon 8:00-18:00", "mon 08:00", "mon 08:00-",
	"mon 08:00-18:60", "mon 08:00-24:01", "mon 24:00-08:00",
	"mon 08:00-08:00", "mon 08:00-18:00x", "mon 08:00-18:00 ../etc/passwd",
	"mon 08:00-18:00 /UTC", "mon 08:00-18:00 Europe/Berlin now",
	"mon 08:00-18:00 right/UTC", "mon 08:00-18:00 a//b",
	"mon 08:00-18:00 "
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
};

ATF_TC_WITHOUT_HEAD(the_text_of_active_hours_is_read_and_printed);
ATF_TC_BODY(the_text_of_active_hours_is_read_and_printed, tc)
{
	struct tz_hours	 h;
	char		 buf[TZ_HOURS_STRLEN];
	const char	*why;
	size_t		 i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		why = tz_hours_parse(&h, texts[i][0]);
		ATF_CHECK_MSG(why == NULL, "%s: %s", texts[i][0], why);
		ATF_CHECK_STREQ(tz_hours_print(&h, buf, sizeof(buf)),
		    texts[i][1]);
		ATF_CHECK(tz_hours_valid(&h));
	}
	for (i = 0; i < sizeof(bad_texts) / sizeof(bad_texts[0]); i++)
		ATF_CHECK_MSG(tz_hours_parse(&h, bad_texts[i]) != NULL, "%s",
		    bad_texts[i]);
	ATF_CHECK_STREQ(tz_hours_print(&h, buf, sizeof(buf)), "");
	ATF_CHECK(tz_hours_valid(&h));
}

struct expected {
	const char		*zone;
	const char		*text;
	uint64_t		 now;
	size_t			 n;
	struct acl_window	 w[3];
};

/* date -u -d 'TZ="zone" when' +%s, each window of the first. */
static const struct expected expected[] = {
	/* Sunday 2024-03-31: 02:00 to 03:00 does not exist in Berlin. */
	{ "Europe/Berlin", "sun 01:30-03:30 Europe/Berlin", 1711843200, 2,
	    { { 1711845000, 1711848600 }, { 1712446200, 1712453400 } } },
	{ "Europe/Berlin", "sun 02:10-02:50 Europe/Berlin", 1711843200, 1,
	    { { 1712448600, 1712451000 } } },
	/* Sunday 2024-10-27: 02:00 to 03:00 happens twice. */
	{ "Europe/Berlin", "sun 02:10-02:50 Europe/Berlin", 1729980000, 3,
	    { { 1729987800, 1729990200 }, { 1729991400, 1729993800 },
	    { 1730596200, 1730598600 } } },
	{ "Europe/Berlin", "sun 01:30-03:30 Europe/Berlin", 1729980000, 2,
	    { { 1729985400, 1729996200 }, { 1730593800, 1730601000 } } },
	/* Over midnight, and the half hour of Lord Howe. */
	{ "Australia/Lord_Howe", "sat 22:00-04:00 Australia/Lord_Howe",
	    1712400000, 2,
	    { { 1712401200, 1712424600 }, { 1713007800, 1713029400 } } },
	{ "Asia/Kathmandu", "wed 00:00-24:00 Asia/Kathmandu", 1735689600, 2,
	    { { 1735668900, 1735755300 }, { 1736273700, 1736360100 } } },
	/* Now is its last second, and the one after. */
	{ "UTC", "mon 08:00-09:00", 1735549199, 2,
	    { { 1735545600, 1735549200 }, { 1736150400, 1736154000 } } },
	{ "UTC", "mon 08:00-09:00", 1735549200, 1,
	    { { 1736150400, 1736154000 } } },
	/* A week without a gap is one window. */
	{ "UTC", "mon-fri 00:00-24:00", 1735549199, 2,
	    { { 1735516800, 1735948800 }, { 1736121600, 1736553600 } } },
};

ATF_TC_WITHOUT_HEAD(windows_are_right_where_the_clock_is_changed);
ATF_TC_BODY(windows_are_right_where_the_clock_is_changed, tc)
{
	const struct expected	*e;
	struct acl_window	 w[ACL_WINDOWS_MAX];
	struct tz_hours		 h;
	struct tz		 tz;
	size_t			 i, k, n;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		e = &expected[i];
		zone(&tz, e->zone);
		ATF_REQUIRE(tz_hours_parse(&h, e->text) == NULL);
		n = tz_hours_windows(&h, &tz, e->now, w, ACL_WINDOWS_MAX);
		ATF_CHECK_EQ_MSG(n, e->n, "row %zu: %zu", i, n);
		for (k = 0; k < n && k < e->n; k++)
			ATF_CHECK_MSG(w[k].from == e->w[k].from &&
			    w[k].until == e->w[k].until,
			    "row %zu window %zu: %llu to %llu", i, k,
			    (unsigned long long)w[k].from,
			    (unsigned long long)w[k].until);
	}
}

static int
active_by_libc(const struct tz_hours *h, int64_t t)
{
	struct tm	 tm;
	int		 day, minute;

	local(t, &tm);
	day = (tm.tm_wday + 6) % 7;
	minute = tm.tm_hour * 60 + tm.tm_min;
	if (h->start == h->end)
		return 0;
	if (h->start < h->end)
		return (h->days & 1 << day) != 0 && minute >= h->start &&
		    minute < h->end;
	return ((h->days & 1 << day) != 0 && minute >= h->start) ||
	    ((h->days & 1 << (day + 6) % 7) != 0 && minute < h->end);
}

static void
compare_week(const struct tz_hours *h, const struct tz *tz, int64_t now,
    const char *name)
{
	struct acl_window	 w[64];
	char			 buf[TZ_HOURS_STRLEN];
	size_t			 n = tz_hours_windows(h, tz, (uint64_t)now, w,
				    64), i;
	int64_t			 t;
	int			 in;

	for (t = now; t < now + 7 * 86400; t += 60) {
		for (in = 0, i = 0; i < n; i++)
			in |= acl_window_holds(&w[i], (uint64_t)t);
		if (in != active_by_libc(h, t))
			atf_tc_fail("%s %s at %lld, now %lld: %d",
			    name, tz_hours_print(h, buf, sizeof(buf)),
			    (long long)t, (long long)now, in);
	}
	for (i = 1; i < n; i++)
		ATF_REQUIRE(w[i].from > w[i - 1].until);
	/* The windows of a later moment are the same ones. */
	if (n > 1)
		ATF_REQUIRE(tz_hours_windows(h, tz, w[0].until, w + 32, 1) ==
		    1 && w[32].from == w[1].from &&
		    w[32].until == w[1].until);
}

ATF_TC(at_every_minute_of_random_weeks_hours_are_as_defined);
ATF_TC_HEAD(at_every_minute_of_random_weeks_hours_are_as_defined, tc)
{
	atf_tc_set_md_var(tc, "timeout", "600");
}
ATF_TC_BODY(at_every_minute_of_random_weeks_hours_are_as_defined, tc)
{
	struct tz_hours	 h;
	struct tz	 tz;
	int64_t		 now, next;
	size_t		 z, i;

	for (z = 0; z < NZONES; z++) {
		zone(&tz, zones[z]);
		ATF_REQUIRE_EQ(setenv("TZ", zones[z], 1), 0);
		tzset();
		for (i = 0; i < 12; i++) {
			memset(&h, 0, sizeof(h));
			/* All but the whole week, which is cut. */
			h.days = (uint8_t)(1 + any64() % (TZ_DAYS_ALL - 1));
			h.start = (uint16_t)(any64() % 24 * 60);
			h.end = (uint16_t)(any64() % 25 * 60);
			strlcpy(h.zone, zones[z], sizeof(h.zone));
			now = (int64_t)(1600000000 + any64() % 1500000000);
			now -= now % 60;
			/* Mostly just before a change of the clock. */
			next = tz_next(&tz, now);
			if (i % 3 != 0 && next < INT64_C(4000000000))
				now = next - (int64_t)(any64() % 5000) * 60;
			compare_week(&h, &tz, now, zones[z]);
		}
	}
}

ATF_TC_WITHOUT_HEAD(zones_are_found_by_name_in_one_piece_of_memory);
ATF_TC_BODY(zones_are_found_by_name_in_one_piece_of_memory, tc)
{
	static uint8_t	 pack[TZ_DATA_MAX];
	struct tz	 tz;
	const char	*why;
	size_t		 n = 0, len, i;

	len = load("Europe/Berlin");
	n = tz_pack_add(pack, sizeof(pack), n, "Europe/Berlin", file, len);
	ATF_REQUIRE(n > len);
	n = tz_pack_add(pack, sizeof(pack), n, "Bad/Zone", pack, 100);
	len = load("Asia/Kathmandu");
	n = tz_pack_add(pack, sizeof(pack), n, "Asia/Kathmandu", file, len);
	ATF_REQUIRE(n > len);
	ATF_CHECK_EQ(tz_pack_add(pack, n, n, "X", file, 0), 0);
	ATF_REQUIRE_EQ(tz_pack_find(pack, n, "Asia/Kathmandu", &tz, &why), 0);
	ATF_CHECK_EQ(tz_offset(&tz, 1735689600), 20700);
	ATF_REQUIRE_EQ(tz_pack_find(pack, n, "Europe/Berlin", &tz, &why), 0);
	ATF_CHECK_EQ(tz_pack_find(pack, n, "Bad/Zone", &tz, &why), -1);
	ATF_CHECK_EQ(tz_pack_find(pack, n, "Europe/Berli", &tz, &why), -1);
	ATF_CHECK_STREQ(why, "there is no such time zone");
	ATF_CHECK_EQ(tz_pack_find(NULL, 0, "Europe/Berlin", &tz, &why), -1);
	ATF_CHECK_STREQ(why, "there is no time zone data");
	ATF_CHECK_EQ(tz_pack_find(NULL, 0, "UTC", &tz, &why), 0);
	for (i = 0; i < n; i++)
		ATF_CHECK_EQ(tz_pack_find(pack, i, "Asia/Kathmandu", &tz,
		    &why), -1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    published_changes_of_the_clock_are_found_to_the_second);
	ATF_TP_ADD_TC(tp, the_rule_of_a_footer_is_read_exactly_or_refused);
	ATF_TP_ADD_TC(tp, at_random_moments_libc_says_the_same);
	ATF_TP_ADD_TC(tp, data_that_is_damaged_is_refused_with_a_reason);
	ATF_TP_ADD_TC(tp, the_text_of_active_hours_is_read_and_printed);
	ATF_TP_ADD_TC(tp, windows_are_right_where_the_clock_is_changed);
	ATF_TP_ADD_TC(tp,
	    at_every_minute_of_random_weeks_hours_are_as_defined);
	ATF_TP_ADD_TC(tp, zones_are_found_by_name_in_one_piece_of_memory);
	return atf_no_error();
}
