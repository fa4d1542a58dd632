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
 * Tests of the grammar of enclaved.conf: what it fills in, that the printed
 * form parses to the same, and the exact text of each report.
 */

#include <syslog.h>

#include "enclaved/conf.h"
#include "regress/conf/support.h"

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define GOOD	"discovery \"d.example\"\ndiscovery pin \"SHA256:" HEX64 "\"\n"

static struct enclaved_conf *
parse(const char *text, struct reports *r)
{
	r->text[0] = '\0';
	return enclaved_conf_parse_buffer("x", text, strlen(text), reports_add,
	    r);
}

/* Prints into buf and frees. */
static void
print(struct enclaved_conf *conf, char *buf, size_t size)
{
	FILE	*fp;

	memset(buf, 0, size);
	ATF_REQUIRE((fp = fmemopen(buf, size, "w")) != NULL);
	ATF_CHECK_EQ(enclaved_conf_print(conf, fp), 0);
	fclose(fp);
	enclaved_conf_free(conf);
}

static void
check_round_trip(const char *text, const char *canonical)
{
	struct enclaved_conf	*conf;
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

ATF_TC_WITHOUT_HEAD(defaults_are_those_of_the_manual);
ATF_TC_BODY(defaults_are_those_of_the_manual, tc)
{
	struct enclaved_conf	*conf;
	struct reports		 r;

	ATF_REQUIRE((conf = parse(GOOD, &r)) != NULL);
	ATF_CHECK_EQ(conf->ndiscovery, 1);
	ATF_CHECK_STREQ(conf->discovery[0].host, "d.example");
	ATF_CHECK_EQ(conf->discovery[0].port, 443);
	ATF_CHECK_EQ(conf->pin[1], 0x11);
	ATF_CHECK_EQ(conf->pin[31], 0xff);
	ATF_CHECK_STREQ(conf->interface, "enclave0");
	ATF_CHECK_EQ(conf->port, 0);
	ATF_CHECK_EQ(conf->mtu, 1420);
	ATF_CHECK_EQ(conf->nexclude, 0);
	ATF_CHECK_STREQ(conf->state, "/var/lib/enclave");
	ATF_CHECK_STREQ(conf->socket, "/run/enclave/enclaved.sock");
	ATF_CHECK_STREQ(conf->group, "");
	ATF_CHECK_EQ(conf->log_level, LOG_INFO);
	ATF_CHECK_EQ(conf->plain, 0);
	ATF_CHECK_EQ(conf->no_aes, 0);
	ATF_CHECK_EQ(conf->without[ENCLAVED_WAY_TCP], 0);
	ATF_CHECK_EQ(conf->without[ENCLAVED_WAY_RELAY], 0);
	ATF_CHECK_EQ(conf->without[ENCLAVED_WAY_PORTMAP], 0);
	ATF_CHECK_EQ(conf->without[ENCLAVED_WAY_GUESS], 0);
	ATF_CHECK_EQ(conf->tcp_port, 0);
	ATF_CHECK_EQ(conf->nadvertise, 0);
	enclaved_conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(every_statement_fills_its_field);
ATF_TC_BODY(every_statement_fills_its_field, tc)
{
	struct enclaved_conf	*conf;
	struct reports		 r;

	conf = parse("mydir = \"/srv\"\ndiscovery \"2001:db8::1\" port 8443\n"
	    "discovery d2.example\ndiscovery ca \"/ca.pem\"\n"
	    "interface \"tun7\"\nport 51820\nmtu 1280\n"
	    "exclude interface \"docker*\"\nexclude interface \"br-[0-9]\"\n"
	    "state directory $mydir\nsocket \"/run/e\" group \"wheel\"\n"
	    "log level debug\nno offload\nno aes\n"
	    "no tcp\nno relay\nno port mapping\nno guessing\n"
	    "tcp port 4443\nadvertise 192.0.2.7\n"
	    "advertise \"2001:db8::7\" port 443 tcp\n"
	    "facts directory /facts\n", &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	ATF_CHECK_EQ(conf->ndiscovery, 2);
	ATF_CHECK_STREQ(conf->discovery[0].host, "2001:db8::1");
	ATF_CHECK_EQ(conf->discovery[0].port, 8443);
	ATF_CHECK_STREQ(conf->discovery[1].host, "d2.example");
	ATF_CHECK_STREQ(conf->ca, "/ca.pem");
	ATF_CHECK_STREQ(conf->interface, "tun7");
	ATF_CHECK_EQ(conf->port, 51820);
	ATF_CHECK_EQ(conf->mtu, 1280);
	ATF_CHECK_EQ(conf->nexclude, 2);
	ATF_CHECK_STREQ(conf->exclude[0], "docker*");
	ATF_CHECK_STREQ(conf->exclude[1], "br-[0-9]");
	ATF_CHECK_STREQ(conf->state, "/srv");
	ATF_CHECK_STREQ(conf->facts, "/facts");
	ATF_CHECK_STREQ(conf->socket, "/run/e");
	ATF_CHECK_STREQ(conf->group, "wheel");
	ATF_CHECK_EQ(conf->log_level, LOG_DEBUG);
	ATF_CHECK_EQ(conf->plain, 1);
	ATF_CHECK_EQ(conf->no_aes, 1);
	ATF_CHECK_EQ(conf->without[ENCLAVED_WAY_TCP], 1);
	ATF_CHECK_EQ(conf->without[ENCLAVED_WAY_RELAY], 1);
	ATF_CHECK_EQ(conf->without[ENCLAVED_WAY_PORTMAP], 1);
	ATF_CHECK_EQ(conf->without[ENCLAVED_WAY_GUESS], 1);
	ATF_CHECK_EQ(conf->tcp_port, 4443);
	ATF_CHECK_EQ(conf->nadvertise, 2);
	ATF_CHECK_EQ(conf->advertise[0].address.family, 4);
	ATF_CHECK_EQ(conf->advertise[0].address.port, 0);
	ATF_CHECK_EQ(conf->advertise[0].tcp, 0);
	ATF_CHECK_EQ(conf->advertise[1].address.family, 6);
	ATF_CHECK_EQ(conf->advertise[1].address.port, 443);
	ATF_CHECK_EQ(conf->advertise[1].tcp, 1);
	enclaved_conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(printed_form_parses_to_the_same);
ATF_TC_BODY(printed_form_parses_to_the_same, tc)
{
	check_round_trip(GOOD "socket \"/a\\\"b\\\\c\" group adm\n",
	    "discovery \"d.example\" port 443\n"
	    "discovery pin \"SHA256:00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff\"\n"
	    "interface \"enclave0\"\nport 0\nmtu 1420\ntcp port 0\n"
	    "state directory \"/var/lib/enclave\"\n"
	    "facts directory \"/etc/enclave/facts.d\"\n"
	    "socket \"/a\\\"b\\\\c\" group \"adm\"\nlog level info\n");
	check_round_trip("discovery \"192.0.2.1\" port 1\n"
	    "discovery ca \"/c\"\nexclude interface \"?\\\\\"\n"
	    "log level warning\nport 65535\nmtu 9000\nno offload\n"
	    "no aes\nno guessing\nno relay\nno tcp\nno port mapping\n"
	    "tcp port 1\nadvertise \"192.0.2.7\" tcp\n"
	    "advertise \"192.0.2.7\" port 1\n", NULL);
}

ATF_TC_WITHOUT_HEAD(example_parses_and_round_trips);
ATF_TC_BODY(example_parses_and_round_trips, tc)
{
	char	*text = read_from_tree(tc, "etc/examples/enclaved.conf");

	check_round_trip(text, NULL);
	free(text);
}

/* What the example shows as defaults are the defaults. */
ATF_TC_WITHOUT_HEAD(commented_defaults_of_the_example_parse);
ATF_TC_BODY(commented_defaults_of_the_example_parse, tc)
{
	static const char *const lines[] = {
		"#interface \"enclave0\"\n", "#mtu 1420\n", "#port 0\n",
		"#tcp port 0\n",
		"#facts directory \"/etc/enclave/facts.d\"\n",
		"#state directory \"/var/lib/enclave\"\n",
		"#socket \"/run/enclave/enclaved.sock\"\n",
		"#log level info\n"
	};
	struct enclaved_conf	*conf;
	struct reports		 r;
	char			*p, *text, first[8192], second[8192];
	size_t			 i;

	text = read_from_tree(tc, "etc/examples/enclaved.conf");
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
	{ "", "x: no discovery server is given\n" },
	{ "discovery \"a\"\n", "x:1: discovery needs a pin or a ca\n" },
	{ "\n\ndiscovery \"a\"\ndiscovery \"b\"\n",
	    "x:3: discovery needs a pin or a ca\n" },
	{ GOOD "discovery ca \"/x\"\n",
	    "x:3: discovery pin and discovery ca exclude each other\n" },
	{ "discovery ca \"/x\"\n" GOOD,
	    "x:3: discovery pin and discovery ca exclude each other\n" },
	{ GOOD "discovery pin \"SHA256:" HEX64 "\"\n",
	    "x:3: discovery pin is given twice\n" },
	{ "discovery ca \"/x\"\ndiscovery ca \"/x\"\n",
	    "x:2: discovery ca is given twice\n" },
	{ "discovery ca \"x\"\n", "x:1: path is not absolute\n" },
	{ "discovery pin \"" HEX64 "\"\n",
	    "x:1: pin does not begin with SHA256:\n" },
	{ "discovery pin \"SHA256:00\"\n",
	    "x:1: pin does not have 64 hexadecimal digits\n" },
	{ "discovery pin \"SHA256:" HEX64 "0\"\n",
	    "x:1: pin does not have 64 hexadecimal digits\n" },
	{ "discovery pin \"SHA256:g0112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff\"\n",
	    "x:1: pin does not have 64 hexadecimal digits\n" },
	{ GOOD "discovery \"D.Example\" port 443\n",
	    "x:3: discovery server is given twice\n" },
	{ GOOD "discovery b\ndiscovery c\ndiscovery d\ndiscovery e\n",
	    "x:6: more than 4 discovery servers\n" },
	{ "discovery \"\"\n", "x:1: not a host name or an address\n" },
	{ "discovery \"-a\"\n", "x:1: not a host name or an address\n" },
	{ "discovery \"a..b\"\n", "x:1: not a host name or an address\n" },
	{ "discovery \"a b\"\n", "x:1: not a host name or an address\n" },
	{ "discovery \"192.0.2.300\"\n",
	    "x:1: not a host name or an address\n" },
	{ "discovery \"a\" port 0\n", "x:1: port must be from 1 to 65535\n" },
	{ "discovery \"a\" port 65536\n",
	    "x:1: port must be from 1 to 65535\n" },
	{ "discovery \"a\" port\n", "x:1: syntax error at end of line\n" },
	{ "discovery \"a\" port \"443\"\n",
	    "x:1: syntax error near \"443\"\n" },
	{ "discovery\n", "x:1: syntax error at end of line\n" },
	{ GOOD "interface \"\"\n",
	    "x:3: interface must be 1 to 15 characters a-z and 0-9\n" },
	{ GOOD "interface \"sixteencharacter\"\n",
	    "x:3: interface must be 1 to 15 characters a-z and 0-9\n" },
	{ GOOD "interface \"a/b\"\n",
	    "x:3: interface must be 1 to 15 characters a-z and 0-9\n" },
	{ GOOD "interface \"a\"\ninterface \"a\"\n",
	    "x:4: interface is given twice\n" },
	{ GOOD "port -1\n", "x:3: port must be from 0 to 65535\n" },
	{ GOOD "port 65536\n", "x:3: port must be from 0 to 65535\n" },
	{ GOOD "port 1\nport 1\n", "x:4: port is given twice\n" },
	{ GOOD "mtu 1279\n", "x:3: mtu must be from 1280 to 9000\n" },
	{ GOOD "mtu 9001\n", "x:3: mtu must be from 1280 to 9000\n" },
	{ GOOD "mtu 1420\nmtu 1420\n", "x:4: mtu is given twice\n" },
	{ GOOD "mtu 99999999999999999999\n", "x:3: number is too large\n" },
	{ GOOD "no offload\nno offload\n",
	    "x:4: no offload is given twice\n" },
	{ GOOD "no aes\nno aes\n", "x:4: no aes is given twice\n" },
	{ GOOD "no tcp\nno tcp\n", "x:4: no tcp is given twice\n" },
	{ GOOD "no relay\nno relay\n", "x:4: no relay is given twice\n" },
	{ GOOD "no port mapping\nno port mapping\n",
	    "x:4: no port mapping is given twice\n" },
	{ GOOD "no guessing\nno guessing\n",
	    "x:4: no guessing is given twice\n" },
	{ GOOD "no port\n", "x:3: syntax error at end of line\n" },
	{ GOOD "tcp port 1\ntcp port 1\n",
	    "x:4: tcp port is given twice\n" },
	{ GOOD "tcp port 65536\n",
	    "x:3: tcp port must be from 0 to 65535\n" },
	{ GOOD "advertise host\n", "x:3: not an address to advertise\n" },
	{ GOOD "advertise 127.0.0.1\n",
	    "x:3: address to advertise is of no use to peers\n" },
	{ GOOD "advertise 192.0.2.1 port 65536\n",
	    "x:3: port must be from 0 to 65535\n" },
	{ GOOD "advertise 192.0.2.1\nadvertise 192.0.2.1 port 0\n",
	    "x:4: address is advertised twice\n" },
	{ GOOD "aes\n", "x:3: syntax error near \"aes\"\n" },
	{ GOOD "no mtu\n", "x:3: syntax error near \"mtu\"\n" },
	{ GOOD "mtu\n", "x:3: syntax error at end of line\n" },
	{ GOOD "mtu many\n", "x:3: syntax error near \"many\"\n" },
	{ GOOD "mtu 1400 1400\n", "x:3: syntax error near \"1400\"\n" },
	{ GOOD "exclude interface \"\"\n", "x:3: pattern is empty\n" },
	{ GOOD "exclude interface \"a/b\"\n",
	    "x:3: not a pattern for names of interfaces\n" },
	{ GOOD "exclude interface \"01234567890123456789012345678901\"\n",
	    "x:3: pattern is longer than 31 bytes\n" },
	{ GOOD "exclude interface \"a\"\nexclude interface \"a\"\n",
	    "x:4: pattern is given twice\n" },
	{ GOOD "state directory \"var\"\n", "x:3: path is not absolute\n" },
	{ GOOD "state directory \"/a\"\nstate directory \"/a\"\n",
	    "x:4: state directory is given twice\n" },
	{ GOOD "state \"/a\"\n", "x:3: syntax error near \"/a\"\n" },
	{ GOOD "socket \"run\"\n", "x:3: path is not absolute\n" },
	{ GOOD "socket \"/run/\"\n",
	    "x:3: path of a socket ends with a slash\n" },
	{ GOOD "socket \"/a\" group \"\"\n", "x:3: not a name of a group\n" },
	{ GOOD "socket \"/a\" group \"-x\"\n",
	    "x:3: not a name of a group\n" },
	{ GOOD "socket \"/a\"\nsocket \"/a\"\n",
	    "x:4: socket is given twice\n" },
	{ GOOD "log level loud\n", "x:3: syntax error near \"loud\"\n" },
	{ GOOD "log level info\nlog level info\n",
	    "x:4: log level is given twice\n" },
	{ GOOD "nonsense\n", "x:3: syntax error near \"nonsense\"\n" },
	{ GOOD "mtu 1\nfoo\nport 65536\n",
	    "x:3: mtu must be from 1280 to 9000\n"
	    "x:4: syntax error near \"foo\"\n"
	    "x:5: port must be from 0 to 65535\n" },
	{ GOOD "mtu \\\n\\\n 1\n", "x:3: mtu must be from 1280 to 9000\n" },
	{ GOOD "mtu $m\n", "x:3: macro \"m\" is not defined\n" },
	{ GOOD "mtu=1400\n", "x:3: \"mtu\" is a keyword, not a macro\n" },
	{ GOOD "{\n", "x:3: syntax error near \"{\"\n" },
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

ATF_TC_WITHOUT_HEAD(long_paths_are_refused);
ATF_TC_BODY(long_paths_are_refused, tc)
{
	struct reports	 r;
	char		 path[1024], text[2048];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[104] = '\0';
	snprintf(text, sizeof(text), GOOD "socket \"%s\"\n", path);
	ATF_CHECK(parse(text, &r) == NULL);
	ATF_CHECK_STREQ(r.text,
	    "x:3: path of a socket is longer than 103 bytes\n");
	path[103] = '\0';
	snprintf(text, sizeof(text), GOOD "socket \"%s\"\n", path);
	check_round_trip(text, NULL);
	path[103] = path[104] = 'a';
	path[1023] = '\0';
	snprintf(text, sizeof(text), GOOD "state directory \"%s\"\n", path);
	check_round_trip(text, NULL);
}

ATF_TC_WITHOUT_HEAD(patterns_are_at_most_32);
ATF_TC_BODY(patterns_are_at_most_32, tc)
{
	struct reports	 r;
	char		 line[64], text[4096] = GOOD;
	int		 i;

	for (i = 0; i < 32; i++) {
		snprintf(line, sizeof(line), "exclude interface \"%d\"\n", i);
		strlcat(text, line, sizeof(text));
	}
	check_round_trip(text, NULL);
	strlcat(text, "exclude interface \"32\"\n", sizeof(text));
	ATF_CHECK(parse(text, &r) == NULL);
	ATF_CHECK_STREQ(r.text, "x:35: more than 32 patterns\n");
}

ATF_TC_WITHOUT_HEAD(files_are_read_and_checked);
ATF_TC_BODY(files_are_read_and_checked, tc)
{
	struct enclaved_conf	*conf;
	struct reports		 r = { "" };

	write_text("good", "include \"more\"\n" GOOD);
	write_text("more", "mtu 1300\n");
	conf = enclaved_conf_parse("good", reports_add, &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	ATF_CHECK_EQ(conf->mtu, 1300);
	enclaved_conf_free(conf);
	write_text("more", "mtu 1300\ndiscovery \"z\" port 0\n");
	ATF_CHECK(enclaved_conf_parse("good", reports_add, &r) == NULL);
	ATF_CHECK_STREQ(r.text, "more:2: port must be from 1 to 65535\n");
	r.text[0] = '\0';
	ATF_REQUIRE(chmod("good", 0664) == 0);
	ATF_CHECK(enclaved_conf_parse("good", reports_add, &r) == NULL);
	ATF_CHECK_STREQ(r.text, "good: writable by group or others\n");
	r.text[0] = '\0';
	ATF_CHECK(enclaved_conf_parse("none", reports_add, &r) == NULL);
	ATF_CHECK_STREQ(r.text, "none: No such file or directory\n");
}

ATF_TC_WITHOUT_HEAD(a_failed_file_leaves_nothing_to_the_next);
ATF_TC_BODY(a_failed_file_leaves_nothing_to_the_next, tc)
{
	struct reports	 r;

	ATF_CHECK(parse(GOOD "m = 1\nmtu 1\nfoo \"bar", &r) == NULL);
	check_round_trip(GOOD "m = 1300\nmtu $m\n", NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, defaults_are_those_of_the_manual);
	ATF_TP_ADD_TC(tp, every_statement_fills_its_field);
	ATF_TP_ADD_TC(tp, printed_form_parses_to_the_same);
	ATF_TP_ADD_TC(tp, example_parses_and_round_trips);
	ATF_TP_ADD_TC(tp, commented_defaults_of_the_example_parse);
	ATF_TP_ADD_TC(tp, bad_statements_are_reported_with_their_line);
	ATF_TP_ADD_TC(tp, long_paths_are_refused);
	ATF_TP_ADD_TC(tp, patterns_are_at_most_32);
	ATF_TP_ADD_TC(tp, files_are_read_and_checked);
	ATF_TP_ADD_TC(tp, a_failed_file_leaves_nothing_to_the_next);
	return atf_no_error();
}
