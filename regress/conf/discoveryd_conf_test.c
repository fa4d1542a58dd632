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
 * Tests of the grammar of enclave-discoveryd.conf: what it fills in, that the
 * printed form parses to the same, and the exact text of each report.
 */

#include <syslog.h>

#include "discoveryd/conf.h"
#include "enclaved/conf.h"
#include "regress/conf/support.h"

static struct discoveryd_conf *
parse(const char *text, struct reports *r)
{
	r->text[0] = '\0';
	return discoveryd_conf_parse_buffer("x", text, strlen(text),
	    reports_add, r);
}

/* Prints into buf and frees. */
static void
print(struct discoveryd_conf *conf, char *buf, size_t size)
{
	FILE	*fp;

	memset(buf, 0, size);
	ATF_REQUIRE((fp = fmemopen(buf, size, "w")) != NULL);
	ATF_CHECK_EQ(discoveryd_conf_print(conf, fp), 0);
	fclose(fp);
	discoveryd_conf_free(conf);
}

static void
check_round_trip(const char *text, const char *canonical)
{
	struct discoveryd_conf	*conf;
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

ATF_TC_WITHOUT_HEAD(an_empty_file_means_the_defaults);
ATF_TC_BODY(an_empty_file_means_the_defaults, tc)
{
	check_round_trip("", "listen on 0.0.0.0 port 443\n"
	    "listen on :: port 443\ntls processes 1\napi on\n"
	    "state directory \"/var/lib/enclave-discovery\"\n"
	    "socket \"/run/enclave/discoveryd.sock\"\nlog level info\n");
}

ATF_TC_WITHOUT_HEAD(every_statement_fills_its_field);
ATF_TC_BODY(every_statement_fills_its_field, tc)
{
	struct discoveryd_conf	*conf;
	struct reports		 r;
	char			 buf[ENDPOINT_STRLEN];

	conf = parse("listen on 192.0.2.1\nstun on 192.0.2.1\n"
	    "stun on \"2001:db8::1\" port 99\n"
	    "tls certificate \"/c\" key \"/k\"\ntls processes 8\n"
	    "state directory \"/s\"\nsocket \"/x\" group \"g\"\n"
	    "identity ca \"/i\"\ngeo database \"/g.mmdb\"\n"
	    "log level error\n", &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	ATF_CHECK_EQ(conf->nlisten, 1);
	ATF_CHECK_STREQ(endpoint_print(&conf->listen[0], buf, sizeof(buf)),
	    "192.0.2.1:443");
	ATF_CHECK_EQ(conf->nstun, 2);
	ATF_CHECK_STREQ(endpoint_print(&conf->stun[0], buf, sizeof(buf)),
	    "192.0.2.1:3478");
	ATF_CHECK_STREQ(endpoint_print(&conf->stun[1], buf, sizeof(buf)),
	    "[2001:db8::1]:99");
	ATF_CHECK_STREQ(conf->certificate, "/c");
	ATF_CHECK_STREQ(conf->key, "/k");
	ATF_CHECK_STREQ(conf->identity_ca, "/i");
	ATF_CHECK_STREQ(conf->geo, "/g.mmdb");
	ATF_CHECK_EQ(conf->processes, 8);
	ATF_CHECK_STREQ(conf->state, "/s");
	ATF_CHECK_STREQ(conf->socket, "/x");
	ATF_CHECK_STREQ(conf->group, "g");
	ATF_CHECK_EQ(conf->log_level, LOG_ERR);
	discoveryd_conf_free(conf);
}

/* "address:port" of all that is listened on, in order. */
static void
check_stun(const char *text, const char *expected)
{
	struct discoveryd_conf	*conf;
	struct endpoint		 all[DISCOVERYD_STUN_ALL];
	struct reports		 r;
	char			 buf[ENDPOINT_STRLEN], list[1024] = "";
	unsigned int		 i, n;

	conf = parse(text, &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	n = discoveryd_conf_stun(conf, all);
	for (i = 0; i < n; i++) {
		strlcat(list, endpoint_print(&all[i], buf, sizeof(buf)),
		    sizeof(list));
		strlcat(list, " ", sizeof(list));
	}
	ATF_CHECK_STREQ(list, expected);
	discoveryd_conf_free(conf);
	check_round_trip(text, NULL);
}

ATF_TC_WITHOUT_HEAD(each_stun_address_has_an_alternate_port);
ATF_TC_BODY(each_stun_address_has_an_alternate_port, tc)
{
	check_stun("stun on ::1\nstun on 192.0.2.1 port 9\n",
	    "[::1]:3478 192.0.2.1:9 [::1]:3479 192.0.2.1:10 ");
	check_stun("stun on ::1 port 5 alternate 70\n", "[::1]:5 [::1]:70 ");
	check_stun("stun on ::1 port 65535 alternate 1\n",
	    "[::1]:65535 [::1]:1 ");
	check_stun("stun on ::1 alternate none\n"
	    "stun on ::2 alternate none\n", "[::1]:3478 [::2]:3478 ");
}

ATF_TC_WITHOUT_HEAD(an_alternate_port_gives_way_to_a_given_one);
ATF_TC_BODY(an_alternate_port_gives_way_to_a_given_one, tc)
{
	check_stun("stun on ::1\nstun on ::1 port 3479\n",
	    "[::1]:3478 [::1]:3479 [::1]:3480 ");
	check_stun("stun on ::1\nstun on ::1 port 5 alternate 3479\n",
	    "[::1]:3478 [::1]:5 [::1]:3479 ");
	/* Not to one of another address. */
	check_stun("stun on ::1\nstun on ::2 port 3479 alternate none\n",
	    "[::1]:3478 [::2]:3479 [::1]:3479 ");
}

ATF_TC_WITHOUT_HEAD(printed_form_parses_to_the_same);
ATF_TC_BODY(printed_form_parses_to_the_same, tc)
{
	check_round_trip("listen on :: port 1\nstun on 192.0.2.1\n"
	    "tls certificate /c key /k\napi off\nsocket /x group g\n"
	    "log level debug\n",
	    "listen on :: port 1\n"
	    "stun on 192.0.2.1 port 3478 alternate 3479\n"
	    "tls certificate \"/c\" key \"/k\"\ntls processes 1\napi off\n"
	    "state directory \"/var/lib/enclave-discovery\"\n"
	    "socket \"/x\" group \"g\"\nlog level debug\n");
}

ATF_TC_WITHOUT_HEAD(example_parses_and_shows_the_defaults);
ATF_TC_BODY(example_parses_and_shows_the_defaults, tc)
{
	static const char *const lines[] = {
		"#listen on 0.0.0.0 port 443\n", "#listen on :: port 443\n",
		"#tls processes 1\n", "#api on\n",
		"#state directory \"/var/lib/enclave-discovery\"\n",
		"#socket \"/run/enclave/discoveryd.sock\"\n",
		"#log level info\n"
	};
	struct discoveryd_conf	*conf;
	struct reports		 r;
	char			*p, *text, first[8192], second[8192];
	size_t			 i;

	text = read_from_tree(tc, "etc/examples/enclave-discoveryd.conf");
	check_round_trip(text, NULL);
	ATF_REQUIRE((conf = parse(text, &r)) != NULL);
	print(conf, first, sizeof(first));
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ATF_REQUIRE_MSG((p = strstr(text, lines[i])) != NULL, "%s",
		    lines[i]);
		*p = ' ';
	}
	conf = parse(text, &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	print(conf, second, sizeof(second));
	ATF_CHECK_STREQ(first, second);
	free(text);
}

static const struct {
	const char	*text;
	const char	*reports;
} bad[] = {
	{ "listen on example.org\n", "x:1: not a numeric address\n" },
	{ "listen on 192.0.2.1 port 0\n",
	    "x:1: port must be from 1 to 65535\n" },
	{ "listen on 192.0.2.1 port -1\n",
	    "x:1: port must be from 1 to 65535\n" },
	{ "listen on 224.0.0.1\n", "x:1: not an address to listen on\n" },
	{ "listen on ff02::1\n", "x:1: not an address to listen on\n" },
	{ "listen on ::1\nlisten on ::1 port 443\n",
	    "x:2: listen address is given twice\n" },
	{ "listen on 0.0.0.0\nlisten on 192.0.2.1\n",
	    "x:2: listen addresses overlap\n" },
	{ "listen on ::1\nlisten on ::2\nlisten on ::3\nlisten on ::4\n"
	    "listen on ::5\nlisten on ::6\nlisten on ::7\nlisten on ::8\n"
	    "listen on ::9\n", "x:9: more than 8 listen addresses\n" },
	{ "listen ::1\n", "x:1: syntax error near \"::1\"\n" },
	{ "stun on 0.0.0.0\n",
	    "x:1: stun needs the address that agents will use\n" },
	{ "stun on ::\n",
	    "x:1: stun needs the address that agents will use\n" },
	{ "stun on ::1\nstun on ::1\n",
	    "x:2: stun address is given twice\n" },
	{ "stun on ::1\nstun on ::2\nstun on ::3\nstun on ::4\n"
	    "stun on ::5\nstun on ::6\nstun on ::7\nstun on ::8\n"
	    "stun on ::9\n", "x:9: more than 8 stun addresses\n" },
	{ "stun on ::1 alternate 0\n",
	    "x:1: port must be from 1 to 65535\n" },
	{ "stun on ::1 alternate 65536\n",
	    "x:1: port must be from 1 to 65535\n" },
	{ "stun on ::1 alternate 3478\n",
	    "x:1: stun address is given twice\n" },
	{ "stun on ::1 alternate 5000\nstun on ::1 port 5000\n",
	    "x:2: stun address is given twice\n" },
	{ "stun on ::1 port 5000\nstun on ::1 alternate 5000\n",
	    "x:2: stun address is given twice\n" },
	{ "stun on ::1 port 65535\n",
	    "x:1: there is no port after this one: name an alternate\n" },
	{ "stun on ::1 alternate\n", "x:1: syntax error at end of line\n" },
	{ "tls certificate \"c\" key \"/k\"\n",
	    "x:1: path is not absolute\n" },
	{ "tls certificate \"/c\" key \"k\"\n",
	    "x:1: path is not absolute\n" },
	{ "tls certificate \"/c\"\n", "x:1: syntax error at end of line\n" },
	{ "tls certificate /c key /k\ntls certificate /c key /k\n",
	    "x:2: tls certificate is given twice\n" },
	{ "tls processes 0\n", "x:1: tls processes must be from 1 to 8\n" },
	{ "tls processes 9\n", "x:1: tls processes must be from 1 to 8\n" },
	{ "api on\napi off\n", "x:2: api is given twice\n" },
	{ "tls processes 1\ntls processes 1\n",
	    "x:2: tls processes is given twice\n" },
	{ "state directory \"s\"\n", "x:1: path is not absolute\n" },
	{ "state directory /s\nstate directory /s\n",
	    "x:2: state directory is given twice\n" },
	{ "socket s\n", "x:1: path is not absolute\n" },
	{ "socket /s group \"a b\"\n", "x:1: not a name of a group\n" },
	{ "socket /s\nsocket /s\n", "x:2: socket is given twice\n" },
	{ "log level loud\n", "x:1: syntax error near \"loud\"\n" },
	{ "log level info\nlog level info\n",
	    "x:2: log level is given twice\n" },
	{ "mtu 1400\n", "x:1: syntax error near \"mtu\"\n" },
};

ATF_TC_WITHOUT_HEAD(bad_statements_are_reported_with_their_line);
ATF_TC_BODY(bad_statements_are_reported_with_their_line, tc)
{
	struct reports	 r;
	size_t		 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_CHECK_MSG(parse(bad[i].text, &r) == NULL, "accepted: %s",
		    bad[i].text);
		ATF_CHECK_STREQ(r.text, bad[i].reports);
	}
}

ATF_TC_WITHOUT_HEAD(files_others_may_write_are_refused);
ATF_TC_BODY(files_others_may_write_are_refused, tc)
{
	struct reports	 r = { "" };

	write_bytes("group", 0660, "", 0);
	ATF_CHECK(discoveryd_conf_parse("group", reports_add, &r) == NULL);
	ATF_CHECK_STREQ(r.text, "group: writable by group or others\n");
}

ATF_TC_WITHOUT_HEAD(both_grammars_live_in_one_program);
ATF_TC_BODY(both_grammars_live_in_one_program, tc)
{
	static const char	 text[] = "discovery \"a\"\n"
	    "discovery ca \"/c\"\n";
	struct enclaved_conf	*other;
	struct reports		 r = { "" };

	check_round_trip("stun on ::1\n", NULL);
	other = enclaved_conf_parse_buffer("x", text, sizeof(text) - 1,
	    reports_add, &r);
	ATF_CHECK_MSG(other != NULL, "%s", r.text);
	enclaved_conf_free(other);
	check_round_trip("stun on ::2\n", NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_empty_file_means_the_defaults);
	ATF_TP_ADD_TC(tp, every_statement_fills_its_field);
	ATF_TP_ADD_TC(tp, each_stun_address_has_an_alternate_port);
	ATF_TP_ADD_TC(tp, an_alternate_port_gives_way_to_a_given_one);
	ATF_TP_ADD_TC(tp, printed_form_parses_to_the_same);
	ATF_TP_ADD_TC(tp, example_parses_and_shows_the_defaults);
	ATF_TP_ADD_TC(tp, bad_statements_are_reported_with_their_line);
	ATF_TP_ADD_TC(tp, files_others_may_write_are_refused);
	ATF_TP_ADD_TC(tp, both_grammars_live_in_one_program);
	return atf_no_error();
}
