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
 * Tests of the part of enclaved.conf about peers without discovery: what it
 * fills in, what it refuses, and who may read a file with a preshared key.
 */

#include "enclaved/conf.h"
#include "regress/conf/support.h"

#define KEY1	"q0vOS4cEGqGNCUPuCOq2FgXp5BuYRYWVJSWn9gZt7nQ="
#define KEY2	"xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="
#define ZERO	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PEER1	"peer \"a\" {\n\tpublic key \"" KEY1 "\"\n"		\
		"\tallowed \"10.9.0.2/32\"\n}\n"

static struct enclaved_conf *
parse(const char *text, struct reports *r)
{
	r->text[0] = '\0';
	return enclaved_conf_parse_buffer("x", text, strlen(text), reports_add,
	    r);
}

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

ATF_TC_WITHOUT_HEAD(a_peer_needs_no_discovery_server);
ATF_TC_BODY(a_peer_needs_no_discovery_server, tc)
{
	struct enclaved_conf	*conf;
	struct reports		 r;

	conf = parse(PEER1, &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	ATF_CHECK_EQ(conf->ndiscovery, 0);
	ATF_CHECK_EQ(conf->npeers, 1);
	ATF_CHECK_EQ(conf->peers[0].endpoint.family, 0);
	ATF_CHECK_EQ(conf->peers[0].accept.n, 0);
	ATF_CHECK_EQ(conf->peers[0].has_psk, 0);
	enclaved_conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(every_property_fills_its_field);
ATF_TC_BODY(every_property_fills_its_field, tc)
{
	struct enclaved_conf	*conf;
	struct enclaved_peer	*p;
	struct reports		 r;

	conf = parse("address \"10.9.0.1/24\"\naddress fd09::1/64\n"
	    "peer \"my box\" {\n\n\tpublic key \"" KEY1 "\"\n"
	    "\tpreshared key \"" KEY2 "\"\t# secret\n"
	    "\tendpoint 2001:db8::1 port 51820\n"
	    "\tallowed \"10.9.0.2/32\", 10.77.0.0/16, \\\n\t    fd09::2\n"
	    "\tallowed 0.0.0.0/0\n\taccept tcp/80, icmp\n\taccept udp\n"
	    "\tkeepalive 25\n}\n", &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	ATF_CHECK_EQ(conf->naddress, 2);
	ATF_CHECK_EQ(conf->address[0].plen, 24);
	ATF_CHECK_EQ(conf->address[0].addr.addr[3], 1);
	ATF_CHECK_EQ(conf->address[1].addr.family, 6);
	ATF_CHECK_EQ(conf->npeers, 1);
	p = &conf->peers[0];
	ATF_CHECK_STREQ(p->name, "my box");
	ATF_CHECK_EQ(p->public[0], 0xab);
	ATF_CHECK_EQ(p->psk[0], 0xc5);
	ATF_CHECK_EQ(p->has_psk, 1);
	ATF_CHECK_EQ(p->endpoint.family, 6);
	ATF_CHECK_EQ(p->endpoint.port, 51820);
	ATF_REQUIRE_EQ(p->nallowed, 4);
	ATF_CHECK_EQ(p->allowed[1].plen, 16);
	ATF_CHECK_EQ(p->allowed[2].plen, 128);
	ATF_CHECK_EQ(p->allowed[3].plen, 0);
	ATF_REQUIRE_EQ(p->accept.n, 3);
	ATF_CHECK_EQ(p->accept.e[0].port_low, 80);
	ATF_CHECK_EQ(p->accept.e[1].protocol, ACL_ICMP);
	ATF_CHECK_EQ(p->keepalive, 25);
	enclaved_conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(printed_form_parses_to_the_same);
ATF_TC_BODY(printed_form_parses_to_the_same, tc)
{
	struct enclaved_conf	*conf;
	struct reports		 r;
	char			 first[8192], again[8192];

	conf = parse("address 10.9.0.1/24\npeer \"a \\\"b\\\"\" {\n"
	    "public key \"" KEY1 "\"\npreshared key \"" KEY2 "\"\n"
	    "endpoint 192.0.2.1 port 1\nallowed fd09::/64, 10.0.0.0/8\n"
	    "accept tcp/1-2, any\nkeepalive 0\n}\n"
	    "peer c {\npublic key \"" KEY2 "\"\nallowed 10.9.0.3\n}\n", &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	print(conf, first, sizeof(first));
	conf = parse(first, &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s\n%s", r.text, first);
	ATF_CHECK_EQ(conf->npeers, 2);
	print(conf, again, sizeof(again));
	ATF_CHECK_STREQ(first, again);
}

#define IN(line)	"peer \"a\" {\npublic key \"" KEY1 "\"\n"	\
			"allowed 10.9.0.2\n" line "\n}\n"

static const struct {
	const char	*text;
	const char	*reports;
} bad[] = {
	{ "address 10.9.0.1/24\n", "x: no discovery server is given\n" },
	{ "discovery pin \"SHA256:" "00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff\"\n" PEER1,
	    "x: no discovery server is given\n" },
	{ "address 10.9.0.1/33\n" PEER1,
	    "x:1: prefix length is out of range\n" },
	{ "address 10.9.0.1/0\n" PEER1,
	    "x:1: prefix length is out of range\n" },
	{ "address 10.9.0/24\n" PEER1,
	    "x:1: not an address with a prefix length\n" },
	{ "address 10.9.0.1/\n" PEER1,
	    "x:1: not an address with a prefix length\n" },
	{ "address 10.9.0.1/+4\n" PEER1,
	    "x:1: not an address with a prefix length\n" },
	{ "address 127.0.0.1/8\n" PEER1,
	    "x:1: not an address that a system can have\n" },
	{ "address 224.0.0.1/24\n" PEER1,
	    "x:1: not an address that a system can have\n" },
	{ "address 10.9.0.1/24\naddress 10.9.0.1/32\n" PEER1,
	    "x:2: address is given twice\n" },
	{ "address 10.0.0.1\naddress 10.0.0.2\naddress 10.0.0.3\n"
	    "address 10.0.0.4\naddress 10.0.0.5\n" PEER1,
	    "x:5: more than 4 addresses\n" },
	{ "peer \"a\" {\n}\n", "x:1: peer has no public key\n" },
	{ "peer \"a\" {\npublic key \"" KEY1 "\"\n}\n",
	    "x:1: peer has no allowed prefix\n" },
	{ "peer \"\" {\npublic key \"" KEY1 "\"\nallowed 10.0.0.1\n}\n",
	    "x:1: name of a peer must be 1 to 63 characters\n" },
	{ PEER1 PEER1, "x:5: peer is given twice\n"
	    "x:6: public key is another peer's\n"
	    "x:7: allowed prefix is given twice\n"
	    "x:5: peer has no public key\n" },
	{ IN("public key \"" KEY2 "\""), "x:4: public key is given twice\n" },
	{ IN("preshared key \"AAAA\""),
	    "x:4: key is not 32 bytes in base64\n" },
	{ IN("preshared key \"" KEY2 "\"\npreshared key \"" KEY2 "\""),
	    "x:5: preshared key is given twice\n" },
	{ "peer b {\npublic key \"" ZERO "\"\nallowed 10.0.0.1\n}\n",
	    "x:2: key is all zero\nx:1: peer has no public key\n" },
	{ IN("endpoint host.example port 1"),
	    "x:4: not a numeric address\n" },
	{ IN("endpoint 192.0.2.1"), "x:4: syntax error at end of line\n" },
	{ IN("endpoint 192.0.2.1 port 0"),
	    "x:4: port must be from 1 to 65535\n" },
	{ IN("endpoint 192.0.2.1 port 1\nendpoint 192.0.2.1 port 1"),
	    "x:5: endpoint is given twice\n" },
	{ IN("allowed 10.9.0.1/24"),
	    "x:4: bits behind the prefix length are not zero\n" },
	{ IN("allowed fd09::/129"), "x:4: prefix length is out of range\n" },
	{ IN("allowed 10.9.0.2/32"), "x:4: allowed prefix is given twice\n" },
	{ IN("keepalive -1"), "x:4: keepalive must be from 0 to 65535\n" },
	{ IN("keepalive 1\nkeepalive 1"), "x:5: keepalive is given twice\n" },
	{ IN("mtu 1400"), "x:4: syntax error near \"mtu\"\n" },
	{ "public key \"" KEY1 "\"\n" PEER1,
	    "x:1: syntax error near \"public\"\n" },
	{ "peer \"a\" {\n", "x:1: syntax error at end of line\n" },
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

ATF_TC_WITHOUT_HEAD(peers_are_at_most_128_and_prefixes_16);
ATF_TC_BODY(peers_are_at_most_128_and_prefixes_16, tc)
{
	struct enclaved_conf	*conf;
	struct reports		 r;
	char			 one[256], *text;
	int			 i;

	ATF_REQUIRE((text = calloc(1, 65536)) != NULL);
	for (i = 0; i < 128; i++) {
		snprintf(one, sizeof(one), "peer p%d {\npublic key \"%c%c%s\"\n"
		    "allowed 10.9.1.%d\n}\n", i, 'a' + i / 8, 'a' + i % 8,
		    KEY1 + 2, i);
		strlcat(text, one, 65536);
	}
	conf = parse(text, &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	ATF_CHECK_EQ(conf->npeers, 128);
	enclaved_conf_free(conf);
	strlcat(text, PEER1, 65536);
	ATF_CHECK(parse(text, &r) == NULL);
	ATF_CHECK_STREQ(r.text, "x:513: more than 128 peers\n");
	strlcpy(text, "peer a {\npublic key \"" KEY1 "\"\n", 65536);
	for (i = 0; i < 17; i++) {
		snprintf(one, sizeof(one), "allowed 10.9.1.%d\n", i);
		strlcat(text, one, 65536);
	}
	strlcat(text, "}\n", 65536);
	ATF_CHECK(parse(text, &r) == NULL);
	ATF_CHECK_STREQ(r.text, "x:19: more than 16 allowed prefixes\n");
	free(text);
}

ATF_TC_WITHOUT_HEAD(a_preshared_key_wants_private_files);
ATF_TC_BODY(a_preshared_key_wants_private_files, tc)
{
	static const char	 reason[] = "main:4: a preshared key needs a "
				    "configuration that group and others "
				    "cannot read\n";
	struct enclaved_conf	*conf;
	struct reports		 r = { "" };

	write_text("main", IN("preshared key \"" KEY2 "\"")
	    "include \"more\"\n");
	write_text("more", "mtu 1300\n");
	conf = enclaved_conf_parse("main", reports_add, &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	enclaved_conf_free(conf);
	ATF_REQUIRE(chmod("main", 0640) == 0);
	ATF_CHECK(enclaved_conf_parse("main", reports_add, &r) == NULL);
	ATF_CHECK_STREQ(r.text, reason);
	/* A macro of another file may hold the key. */
	r.text[0] = '\0';
	ATF_REQUIRE(chmod("main", 0600) == 0);
	ATF_REQUIRE(chmod("more", 0604) == 0);
	ATF_CHECK(enclaved_conf_parse("main", reports_add, &r) == NULL);
	ATF_CHECK_STREQ(r.text, reason);
	r.text[0] = '\0';
	write_text("main", PEER1);
	ATF_REQUIRE(chmod("main", 0644) == 0);
	conf = enclaved_conf_parse("main", reports_add, &r);
	ATF_REQUIRE_MSG(conf != NULL, "%s", r.text);
	enclaved_conf_free(conf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_peer_needs_no_discovery_server);
	ATF_TP_ADD_TC(tp, every_property_fills_its_field);
	ATF_TP_ADD_TC(tp, printed_form_parses_to_the_same);
	ATF_TP_ADD_TC(tp, bad_statements_are_reported_with_their_line);
	ATF_TP_ADD_TC(tp, peers_are_at_most_128_and_prefixes_16);
	ATF_TP_ADD_TC(tp, a_preshared_key_wants_private_files);
	return atf_no_error();
}
