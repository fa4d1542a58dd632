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
 * Tests of the grammar of enclave-relayd.conf: what it fills in, that the
 * printed form parses to the same, and the exact text of each report.
 */

#include <syslog.h>

#include "regress/conf/support.h"
#include "relayd/conf.h"

#define HEX	"0123456789abcdef0123456789abcdef"
#define PIN	"SHA256:" HEX HEX
#define LEAST	"discovery ds\ndiscovery pin \"" PIN "\"\nname r1\n" \
		"token file /t\n"
#define ENOUGH	LEAST "advertise 192.0.2.1\n"

static struct relayd_conf *
parse(const char *text, struct reports *r)
{
	r->text[0] = '\0';
	return relayd_conf_parse_buffer("x", text, strlen(text), reports_add,
	    r);
}

/* Prints into buf and frees. */
static void
print(struct relayd_conf *conf, char *buf, size_t size)
{
	FILE	*fp;

	memset(buf, 0, size);
	ATF_REQUIRE((fp = fmemopen(buf, size, "w")) != NULL);
	ATF_CHECK_EQ(relayd_conf_print(conf, fp), 0);
	fclose(fp);
	relayd_conf_free(conf);
}

static void
check_round_trip(const char *text, const char *canonical)
{
	struct relayd_conf	*conf;
	struct reports		 r;
	char			 again[8192], first[8192];

	conf = parse(text, &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	print(conf, first, sizeof(first));
	conf = parse(first, &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	print(conf, again, sizeof(again));
	ATF_CHECK_STREQ(first, again);
	if (canonical != NULL)
		ATF_CHECK_STREQ(first, canonical);
}

static void
check_report(const char *text, const char *want)
{
	struct relayd_conf	*conf;
	struct reports		 r;

	conf = parse(text, &r);
	ATF_CHECK_MSG(conf == NULL, "accepted: %s", text);
	relayd_conf_free(conf);
	ATF_CHECK_STREQ(r.text, want);
}

ATF_TC_WITHOUT_HEAD(the_least_configuration_has_the_defaults);
ATF_TC_BODY(the_least_configuration_has_the_defaults, tc)
{
	check_round_trip(ENOUGH, "discovery \"ds\" port 443\n"
	    "discovery pin \"" PIN "\"\nname \"r1\"\n"
	    "token file \"/t\"\n"
	    "listen on 0.0.0.0 port 443\nlisten on :: port 443\n"
	    "advertise \"192.0.2.1\"\nprocesses 1\npairs 10000\n"
	    "idle timeout 120\n"
	    "state directory \"/var/lib/enclave-relay\"\n"
	    "log level info\n");
}

ATF_TC_WITHOUT_HEAD(every_statement_fills_its_field);
ATF_TC_BODY(every_statement_fills_its_field, tc)
{
	struct relayd_conf	*conf;
	struct reports		 r;

	conf = parse("discovery ds port 444\ndiscovery other\n"
	    "discovery ca \"/ca\"\nname \"eu-1.example\"\n"
	    "token file \"/t\"\nlisten on 10.0.0.1 port 9000\n"
	    "listen on 2001:db8::5 port 9100\n"
	    "advertise 192.0.2.1 port 443\nadvertise 2001:db8::1\n"
	    "processes 8\npairs 7\nrate limit 5000000\n"
	    "idle timeout 9\nno splice\nstate directory \"/s\"\n"
	    "log level error\n", &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	ATF_CHECK_EQ(conf->ndiscovery, 2);
	ATF_CHECK_STREQ(conf->discovery[0].host, "ds");
	ATF_CHECK_EQ(conf->discovery[0].port, 444);
	ATF_CHECK_EQ(conf->discovery[1].port, 443);
	ATF_CHECK_STREQ(conf->ca, "/ca");
	ATF_CHECK_STREQ(conf->name, "eu-1.example");
	ATF_CHECK_STREQ(conf->token, "/t");
	ATF_CHECK_EQ(conf->nlisten, 2);
	ATF_CHECK_EQ(conf->listen[0].port, 9000);
	ATF_CHECK_EQ(conf->nadvertise, 2);
	ATF_CHECK_EQ(conf->processes, 8);
	ATF_CHECK_EQ(conf->pairs, 7);
	ATF_CHECK_EQ(conf->rate, 5000000);
	ATF_CHECK_EQ(conf->idle, 9);
	ATF_CHECK_EQ(conf->copy, 1);
	ATF_CHECK_STREQ(conf->state, "/s");
	ATF_CHECK_EQ(conf->log_level, LOG_ERR);
	relayd_conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(printed_form_parses_to_the_same);
ATF_TC_BODY(printed_form_parses_to_the_same, tc)
{
	check_round_trip("log level debug\nno splice\nrate limit 1000\n"
	    ENOUGH "advertise 2001:db8::1 port 9\nlisten on 192.0.2.1\n",
	    "discovery \"ds\" port 443\n"
	    "discovery pin \"" PIN "\"\nname \"r1\"\n"
	    "token file \"/t\"\nlisten on 192.0.2.1 port 443\n"
	    "advertise \"192.0.2.1\"\nadvertise 2001:db8::1 port 9\n"
	    "processes 1\npairs 10000\nrate limit 1000\n"
	    "idle timeout 120\nno splice\n"
	    "state directory \"/var/lib/enclave-relay\"\n"
	    "log level debug\n");
}

ATF_TC_WITHOUT_HEAD(example_parses);
ATF_TC_BODY(example_parses, tc)
{
	char	*text;

	text = read_from_tree(tc, "etc/examples/enclave-relayd.conf");
	check_round_trip(text, NULL);
	free(text);
}

static void
check_endpoints(const char *text, const char *want)
{
	struct relayd_conf	*conf;
	struct endpoint		 eps[RELAYD_LISTEN_MAX];
	struct reports		 r;
	char			 all[512] = "", one[ENDPOINT_STRLEN];
	unsigned int		 i, n;

	conf = parse(text, &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	n = relayd_conf_endpoints(conf, eps);
	for (i = 0; i < n; i++) {
		strlcat(all, endpoint_print(&eps[i], one, sizeof(one)),
		    sizeof(all));
		strlcat(all, " ", sizeof(all));
	}
	ATF_CHECK_STREQ(all, want);
	relayd_conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(peers_are_told_what_is_advertised_or_listened_on);
ATF_TC_BODY(peers_are_told_what_is_advertised_or_listened_on, tc)
{
	check_endpoints(LEAST "listen on 192.0.2.1 port 5\n"
	    "listen on 2001:db8::1\nlisten on 0.0.0.0 port 6\n",
	    "192.0.2.1:5 [2001:db8::1]:443 ");
	check_endpoints(LEAST "listen on 10.0.0.1 port 5\n"
	    "advertise 192.0.2.1\nadvertise 2001:db8::1 port 7\n",
	    "192.0.2.1:5 [2001:db8::1]:7 ");
	check_endpoints(ENOUGH, "192.0.2.1:443 ");
}

ATF_TC_WITHOUT_HEAD(what_is_missing_is_told);
ATF_TC_BODY(what_is_missing_is_told, tc)
{
	check_report("", "x: no discovery server is given\n");
	check_report("discovery ds\n",
	    "x:1: discovery needs a pin or a ca\n");
	check_report("discovery ds\ndiscovery ca /c\ntoken file /t\n",
	    "x:1: name is missing\n");
	check_report("discovery ds\ndiscovery ca /c\nname r\n",
	    "x:1: token file is missing\n");
	check_report(LEAST, "x:1: advertise is missing: no listen address "
	    "is one that peers could use\n");
}

ATF_TC_WITHOUT_HEAD(values_out_of_range_are_refused_with_the_range);
ATF_TC_BODY(values_out_of_range_are_refused_with_the_range, tc)
{
	check_report(ENOUGH "processes 0\n",
	    "x:6: processes must be from 1 to 8\n");
	check_report(ENOUGH "processes 9\n",
	    "x:6: processes must be from 1 to 8\n");
	check_report(ENOUGH "pairs 0\n",
	    "x:6: pairs must be from 1 to 100000\n");
	check_report(ENOUGH "pairs 100001\n",
	    "x:6: pairs must be from 1 to 100000\n");
	check_report(ENOUGH "rate limit 999\n", "x:6: rate limit must be "
	    "from 1000 to 1000000000000 bytes a second\n");
	check_report(ENOUGH "idle timeout 0\n",
	    "x:6: idle timeout must be from 1 to 86400 seconds\n");
	check_report(ENOUGH "name Upper\n", "x:6: name is given twice\n");
	check_report("name Upper\n", "x:1: name must be 1 to 63 characters "
	    "a-z, 0-9, . and -\n");
	check_report(ENOUGH "advertise 0.0.0.0\n",
	    "x:6: advertise needs the address that peers will use\n");
	check_report(ENOUGH "advertise 192.0.2.7 port 0\n",
	    "x:6: port must be from 1 to 65535\n");
}

ATF_TC_WITHOUT_HEAD(addresses_and_ports_must_not_collide);
ATF_TC_BODY(addresses_and_ports_must_not_collide, tc)
{
	check_report(ENOUGH "listen on 192.0.2.1\nlisten on 192.0.2.1\n",
	    "x:7: listen address is given twice\n");
	check_report(ENOUGH "listen on 192.0.2.1 port 5\n"
	    "listen on 192.0.2.1 port 6\nprocesses 2\n",
	    "x:1: listen addresses overlap\n");
	check_report(ENOUGH "listen on 0.0.0.0 port 6\n"
	    "listen on 192.0.2.1 port 5\nprocesses 2\n",
	    "x:1: listen addresses overlap\n");
	check_round_trip(ENOUGH "listen on 192.0.2.1 port 5\n"
	    "listen on 192.0.2.1 port 7\nprocesses 2\n", NULL);
	check_report(ENOUGH "listen on 192.0.2.1 port 65535\n"
	    "processes 2\n",
	    "x:1: there are fewer ports than processes\n");
	check_report(LEAST "advertise 192.0.2.1 port 65535\nprocesses 2\n",
	    "x:1: there are fewer ports than processes\n");
}

ATF_TC_WITHOUT_HEAD(every_single_statement_is_refused_when_repeated);
ATF_TC_BODY(every_single_statement_is_refused_when_repeated, tc)
{
	static const struct {
		const char	*line, *word;
	} t[] = {
		{ "token file /t", "token file is given twice" },
		{ "processes 2", "processes is given twice" },
		{ "pairs 2", "pairs is given twice" },
		{ "rate limit 1000", "rate limit is given twice" },
		{ "idle timeout 2", "idle timeout is given twice" },
		{ "no splice", "no splice is given twice" },
		{ "state directory /s", "state directory is given twice" },
		{ "log level info", "log level is given twice" },
		{ "discovery ca /c", "discovery ca is given twice" },
		{ "advertise 192.0.2.9", "advertised address is given twice" },
		{ "discovery a", "discovery server is given twice" },
	};
	char	 text[256], want[256];
	size_t	 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text), "%s\n%s\n", t[i].line,
		    t[i].line);
		snprintf(want, sizeof(want), "x:2: %s\n", t[i].word);
		check_report(text, want);
	}
	check_report(ENOUGH "discovery ca /c\n",
	    "x:6: discovery pin and discovery ca exclude each other\n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_least_configuration_has_the_defaults);
	ATF_TP_ADD_TC(tp, every_statement_fills_its_field);
	ATF_TP_ADD_TC(tp, printed_form_parses_to_the_same);
	ATF_TP_ADD_TC(tp, example_parses);
	ATF_TP_ADD_TC(tp, peers_are_told_what_is_advertised_or_listened_on);
	ATF_TP_ADD_TC(tp, what_is_missing_is_told);
	ATF_TP_ADD_TC(tp, values_out_of_range_are_refused_with_the_range);
	ATF_TP_ADD_TC(tp, addresses_and_ports_must_not_collide);
	ATF_TP_ADD_TC(tp, every_single_statement_is_refused_when_repeated);
	return atf_no_error();
}
