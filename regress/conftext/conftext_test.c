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
 * The configuration as text: parser, printer and difference, in memory.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "conftext/conftext.h"
#include "policy/condition.h"

#define TC(name)							\
ATF_TC_WITHOUT_HEAD(name);						\
ATF_TC_BODY(name, tc)

static char	reports[65536];

static void
keep(void *arg, const char *text)
{
	(void)arg;
	strlcat(reports, text, sizeof(reports));
	strlcat(reports, "\n", sizeof(reports));
}

static struct conftext *
try(const char *text)
{
	reports[0] = '\0';
	return conftext_parse_buffer("f", text, strlen(text), keep, NULL);
}

static struct conftext *
must(const char *text)
{
	struct conftext	*ct = try(text);

	ATF_REQUIRE_MSG(ct != NULL, "%s", reports);
	ATF_REQUIRE_STREQ(reports, "");
	return ct;
}

static char *
print(const struct conftext *ct)
{
	FILE	*fp;
	char	*text = NULL;
	size_t	 size = 0;

	ATF_REQUIRE((fp = open_memstream(&text, &size)) != NULL);
	ATF_REQUIRE_EQ(conftext_print(ct, fp), 0);
	fclose(fp);
	return text;
}

/* The text is accepted and printed as this. */
static void
check_print(const char *text, const char *want)
{
	struct conftext	*ct = must(text);
	char		*got = print(ct);

	ATF_CHECK_STREQ(got, want);
	free(got);
	conftext_free(ct);
}

/* The text is refused, and the reports say this. */
static void
check_refused(const char *text, const char *want)
{
	struct conftext	*ct = try(text);

	ATF_CHECK_MSG(ct == NULL, "accepted: %s", text);
	ATF_CHECK_STREQ(reports, want);
	conftext_free(ct);
}

static const char	whole[] =
    "relay \"fra1\" {\n"
    "	location 50.110, -8.682\n"
    "	disabled\n"
    "}\n"
    "\n"
    "organisation \"acme\" {\n"
    "	ipv4 100.64.0.0/10\n"
    "	ipv6 fd12:3456:789a:bcde::/64\n"
    "	certificate-life 90d\n"
    "	certificate-grace 36h\n"
    "	clones quarantine\n"
    "	unique-descriptions\n"
    "\n"
    "	requirement office {\n"
    "		type address\n"
    "		condition \"allow range 192.0.2.0/24\"\n"
    "		condition \"block country RU\"\n"
    "		notes \"Where we are\"\n"
    "	}\n"
    "\n"
    "	tag laptops {\n"
    "		colour \"#00aaff\"\n"
    "		requirements office\n"
    "		notes \"With a \\\"lid\\\" and a \\\\\"\n"
    "	}\n"
    "\n"
    "	tag web\n"
    "\n"
    "	policy \"web\" {\n"
    "		senders laptops, people\n"
    "		receivers web\n"
    "		allow tcp/443\n"
    "		allow udp/5000-5010\n"
    "		allow icmp\n"
    "		requirements office\n"
    "		hours \"mon-fri 08:00-18:00 Europe/Berlin\"\n"
    "		expiry 2027-01-31T12:00:00Z delete\n"
    "		notes \"Gr\303\274\303\237e\"\n"
    "		disabled\n"
    "	}\n"
    "\n"
    "	key \"\" id 7 {\n"
    "		type ephemeral\n"
    "		approval automatic\n"
    "		retention 45\n"
    "		disabled\n"
    "	}\n"
    "\n"
    "	key \"Laptops\" {\n"
    "		type general\n"
    "		approval manual\n"
    "		uses 10\n"
    "		tags laptops\n"
    "		source 192.0.2.0/24 \"office\"\n"
    "		source 2001:db8::1-2001:db8::fffe\n"
    "		expiry never delete\n"
    "		notes \"for new ones\"\n"
    "	}\n"
    "\n"
    "	system 968G2 {\n"
    "		disabled\n"
    "	}\n"
    "\n"
    "	system V88RY {\n"
    "		description \"box 1\"\n"
    "		tags dmz, web\n"
    "		expiry 2027-01-31T12:00:00Z revoke\n"
    "		notes \"x\"\n"
    "	}\n"
    "\n"
    "	test \"closed\" {\n"
    "		sender V88RY\n"
    "		receiver laptops\n"
    "		deny any\n"
    "	}\n"
    "\n"
    "	test \"open\" {\n"
    "		sender laptops\n"
    "		receiver web\n"
    "		allow tcp/443\n"
    "	}\n"
    "}\n"
    "\n"
    "organisation \"beta\" {\n"
    "	certificate-life 365d\n"
    "	certificate-grace 30d\n"
    "	clones reject\n"
    "}\n";

TC(what_was_printed_is_read_and_printed_again_byte_by_byte)
{
	check_print(whole, whole);
	check_print("", "");
}

TC(a_test_says_both_ends_and_one_verdict)
{
	check_refused("organisation a {\n test t\n"
	    " test \"\" {\n }\n"
	    " test u {\n  sender a\n  receiver b\n }\n"
	    " test v {\n  sender a\n  receiver Bad\n  allow tcp\n"
	    "  deny tcp/1-2\n }\n"
	    " test w {\n  sender a\n  receiver b\n  allow tcp/1\n"
	    "  deny icmp\n }\n"
	    "}\n",
	    "f:2: test \"t\": sender and receiver have to be said\n"
	    "f:3: organisation \"a\": test: the name is empty\n"
	    "f:5: test \"u\": allow or deny has to be said\n"
	    "f:11: test \"v\": receiver: this is neither a tag nor the "
	    "name of a system in capitals\n"
	    "f:12: test \"v\": allow: test one port, such as tcp/22, "
	    "or icmp, or any\n"
	    "f:13: test \"v\": deny: a test has one line with allow or "
	    "deny\n"
	    "f:9: test \"v\": sender and receiver have to be said\n"
	    "f:19: test \"w\": deny: a test has one line with allow or "
	    "deny\n");
}

TC(order_and_form_of_what_was_written_do_not_matter)
{
	check_print("who = people # macros are there as well\n"
	    "organisation b {\n}\n"
	    "organisation a {\n"
	    "  system v88ry\n"
	    "  policy p { # comment\n"
	    "    allow udp\n"
	    "    senders z, $who, \\\n	a\n"
	    "    allow tcp/1-2\n"
	    "    hours \"sat,sun 22:00-06:00\"\n"
	    "    expiry 2027-01-31T13:00:00+01:00 disable\n"
	    "  }\n"
	    "  tag t {\n  }\n"
	    "  certificate-life 120m\n"
	    "}\n",
	    "organisation \"a\" {\n"
	    "	certificate-life 2h\n"
	    "	certificate-grace 30d\n"
	    "	clones reject\n"
	    "\n"
	    "	tag t\n"
	    "\n"
	    "	policy \"p\" {\n"
	    "		senders a, people, z\n"
	    "		allow tcp/1-2\n"
	    "		allow udp\n"
	    "		hours \"sat-sun 22:00-06:00 UTC\"\n"
	    "		expiry 2027-01-31T12:00:00Z\n"
	    "	}\n"
	    "\n"
	    "	system V88RY\n"
	    "}\n"
	    "\n"
	    "organisation \"b\" {\n"
	    "	certificate-life 365d\n"
	    "	certificate-grace 30d\n"
	    "	clones reject\n"
	    "}\n");
}

TC(a_mistake_is_named_with_file_line_and_what_was_expected)
{
	check_refused("organisation a {\n\n\tpolicy \"p\" {\n"
	    "\t\tsendrs x\n\t}\n}\n",
	    "f:4: policy \"p\": \"sendrs\" is not known here, expected "
	    "senders, receivers, allow, requirements, hours, expiry, notes, "
	    "disabled, or }\n");
	check_refused("organization a {\n tag x\n}\nrelay r\n",
	    "f:1: \"organization\" is not known here, expected "
	    "organisation or relay\n");
	check_refused("organisation a {\n policy {\n senders x\n}\n}\n",
	    "f:2: organisation \"a\": expected \"policy \"name\" {\"\n");
	check_refused("organisation a {\n policy p {\n allow tcp/0\n"
	    " allow\n allow tcp/1 udp/2\n senders a b\n senders\n}\n}\n",
	    "f:3: policy \"p\": allow: bad port\n"
	    "f:4: policy \"p\": expected \"allow tcp/443\"\n"
	    "f:5: policy \"p\": \"udp/2\" is too much, expected "
	    "\"allow tcp/443\"\n"
	    "f:6: policy \"p\": \"b\" is too much, expected "
	    "\"senders tag, ...\"\n"
	    "f:7: policy \"p\": senders is said twice\n");
	check_refused("organisation a {\n tag x {\n\n",
	    "f:2: tag \"x\": it begins in line 2 and is not closed, "
	    "expected \"}\"\n");
	check_refused("}\n", "f:1: \"}\" closes nothing\n");
	check_refused("organisation a {\n} x\n", "f:2: organisation \"a\": "
	    "expected the end of the line after \"}\"\n");
	check_refused("organisation a {\n requirement r {\n"
	    " condition \"os linux\"\n }\n}\n",
	    "f:3: requirement \"r\": condition: the type is said before "
	    "the conditions\n"
	    "f:2: requirement \"r\": it has no type\n");
	check_refused("organisation a {\n requirement r {\n type system\n"
	    " condition \"allow range 192.0.2.0/24\"\n }\n}\n",
	    "f:4: requirement \"r\": condition: requirements of this type "
	    "have no such condition\n"
	    "f:2: requirement \"r\": a requirement of this type needs a "
	    "condition\n");
	check_refused("organisation a {\n policy p {\n"
	    " hours \"mon-fry 8-9\"\n expiry soon\n }\n}\n",
	    "f:3: policy \"p\": hours: days are mon, tue, wed, thu, fri, "
	    "sat, sun, ranges such as mon-fri, joined by commas, or all\n"
	    "f:4: policy \"p\": expiry: a time is "
	    "\"2027-01-31T12:00:00Z\"\n");
}

TC(what_is_passed_over_after_a_mistake_gives_no_second_one)
{
	check_refused("organisation a {\n zone x {\n deep {\n y\n}\n}\n"
	    " policy q {\n nonsense\n }\n}\n",
	    "f:2: organisation \"a\": \"zone\" is not known here, "
	    "expected ipv4, ipv6, certificate-life, certificate-grace, "
	    "clones, unique-descriptions, requirement, tag, policy, key, "
	    "system, test, or }\n"
	    "f:8: policy \"q\": \"nonsense\" is not known here, "
	    "expected senders, receivers, allow, requirements, hours, "
	    "expiry, notes, disabled, or }\n");
}

TC(an_object_stands_in_a_file_once)
{
	check_refused("organisation a {\n tag x\n tag x\n}\n"
	    "organisation b {\n tag x\n}\norganisation a {\n}\n",
	    "f:8: organisation \"a\": it is there already, in line 1\n"
	    "f:3: tag \"x\": it is there already, in line 2\n");
}

TC(a_requirement_that_is_used_is_in_the_file)
{
	check_refused("organisation a {\n tag x {\n requirements r\n }\n"
	    " policy p {\n requirements q\n }\n}\n"
	    "organisation b {\n requirement r {\n type manual\n }\n}\n",
	    "f:2: tag \"x\": the requirement r is not in organisation "
	    "\"a\" of this file\n"
	    "f:5: policy \"p\": the requirement q is not in organisation "
	    "\"a\" of this file\n");
}

/* The line n times, with its number in place of "@". */
static char *
many(const char *head, const char *line, const char *tail, int n)
{
	FILE		*fp;
	const char	*p;
	char		*text = NULL;
	size_t		 size = 0;
	int		 i;

	ATF_REQUIRE((fp = open_memstream(&text, &size)) != NULL);
	fputs(head, fp);
	for (i = 0; i < n; i++)
		for (p = line; *p != '\0'; p++)
			if (*p == '@')
				fprintf(fp, "%d", i);
			else
				fputc(*p, fp);
	fputs(tail, fp);
	fclose(fp);
	return text;
}

static void
check_many(const char *head, const char *line, const char *tail, int n,
    const char *want)
{
	struct conftext	*ct;
	char		*text;

	text = many(head, line, tail, n);
	ct = try(text);
	ATF_CHECK_MSG(ct != NULL, "%d of %s: %s", n, line, reports);
	conftext_free(ct);
	free(text);
	text = many(head, line, tail, n + 1);
	ct = try(text);
	ATF_CHECK_MSG(ct == NULL, "%d of %s", n + 1, line);
	ATF_CHECK_MSG(strstr(reports, want) != NULL, "%s", reports);
	conftext_free(ct);
	free(text);
}

TC(every_list_has_its_limit)
{
	const char	*org = "organisation a {\n", *end = "}\n}\n";

	check_many("organisation a {\npolicy p {\n", "allow tcp/1@\n",
	    end, 128, "there are more than 128 entries");
	check_many("organisation a {\npolicy p {\nsenders x", ", t@",
	    "\n}\n}\n", 31, "the list is too long");
	check_many("organisation a {\nkey k {\n", "source 192.0.2.@\n",
	    end, 16, "there are more than 16 ranges");
	check_many("organisation a {\nrequirement r {\ntype system\n",
	    "condition \"os linux@\"\n", end, 64, "64");
	check_many("", "organisation a@ {\n}\n", "", CONFTEXT_ORGS_MAX,
	    "more than 1024 organisations");
	check_many(org, "tag t@\n", "}\n", CONFTEXT_OBJECTS_MAX - 1,
	    "more than 131072 objects");
	check_many("organisation a {\ntag t {\nnotes \"", "x",
	    "\"\n}\n}\n", 255, "it is too long");
}

/* What a service would send. */
static struct conftext *
service(void)
{
	struct msg_admin_requirement	 r;
	struct msg_admin_policy		 p;
	struct msg_admin_org		 o;
	struct msg_admin_key		 k;
	struct conftext			*ct = conftext_new();
	const char			*why;
	int				 i;

	memset(&o, 0, sizeof(o));
	memset(&r, 0, sizeof(r));
	memset(&p, 0, sizeof(p));
	memset(&k, 0, sizeof(k));
	strlcpy(o.name, "acme", sizeof(o.name));
	o.ipv4[0] = 10;
	o.plen4 = 8;
	o.ipv6[0] = 0xfd;
	o.plen6 = 64;
	o.life_s = 86400;
	o.clone = CLONE_REPLACE;
	o.systems = 5;
	ATF_REQUIRE(conftext_add(ct, CONFTEXT_ORG, &o, &why) != NULL);
	strlcpy(r.org, "acme", sizeof(r.org));
	strlcpy(r.name, "linux", sizeof(r.name));
	r.type = REQUIREMENT_SYSTEM;
	strlcpy(r.conditions, "os linux\nos-version >= 12",
	    sizeof(r.conditions));
	ATF_REQUIRE(conftext_add(ct, CONFTEXT_REQUIREMENT, &r, &why) != NULL);
	strlcpy(p.org, "acme", sizeof(p.org));
	strlcpy(p.name, "web", sizeof(p.name));
	p.enabled = 1;
	p.senders.n = 2;
	strlcpy(p.senders.e[0], "people", sizeof(p.senders.e[0]));
	strlcpy(p.senders.e[1], "guests", sizeof(p.senders.e[1]));
	p.acls.n = 1;
	p.acls.e[0].port_high = 65535;
	ATF_REQUIRE(conftext_add(ct, CONFTEXT_POLICY, &p, &why) != NULL);
	strlcpy(k.org, "acme", sizeof(k.org));
	k.type = KEY_GENERAL;
	k.approval = KEY_APPROVAL_MANUAL;
	k.action = KEY_DISABLE;
	k.enabled = 1;
	for (i = 1; i <= 3; i++) {
		k.id = (uint32_t)i;
		k.uses = i == 1 ? UINT32_MAX : 4;
		k.enrolled = 6;
		strlcpy(k.description, i < 3 ? "same" : "other",
		    sizeof(k.description));
		ATF_REQUIRE(conftext_add(ct, CONFTEXT_KEY, &k, &why) != NULL);
	}
	conftext_sort(ct);
	return ct;
}

static const char	service_text[] =
    "organisation \"acme\" {\n"
    "	ipv4 10.0.0.0/8\n"
    "	ipv6 fd00::/64\n"
    "	certificate-life 1d\n"
    "	certificate-grace 0\n"
    "	clones replace\n"
    "\n"
    "	requirement linux {\n"
    "		type system\n"
    "		condition \"os linux\"\n"
    "		condition \"os-version >= 12\"\n"
    "	}\n"
    "\n"
    "	policy \"web\" {\n"
    "		senders guests, people\n"
    "		allow any\n"
    "	}\n"
    "\n"
    "	key \"other\" {\n"
    "		type general\n"
    "		approval manual\n"
    "		uses 10\n"
    "	}\n"
    "\n"
    "	key \"same\" id 1 {\n"
    "		type general\n"
    "		approval manual\n"
    "	}\n"
    "\n"
    "	key \"same\" id 2 {\n"
    "		type general\n"
    "		approval manual\n"
    "		uses 10\n"
    "	}\n"
    "}\n";

TC(rows_of_the_service_print_as_a_file_that_does_not_differ_from_them)
{
	struct conftext_diff	 diff;
	struct conftext		*have = service(), *want;
	char			*text = print(have);

	ATF_CHECK_STREQ(text, service_text);
	want = must(text);
	ATF_CHECK_EQ(conftext_diff(have, want, &diff, keep, NULL), 0);
	ATF_CHECK_EQ(diff.n, 0);
	conftext_diff_free(&diff);
	free(text);
	conftext_free(want);
	conftext_free(have);
}

TC(rows_that_no_file_could_say_are_refused)
{
	struct msg_admin_tag	 t;
	struct conftext		*ct = conftext_new();
	const char		*why = NULL;

	memset(&t, 0, sizeof(t));
	strlcpy(t.org, "acme", sizeof(t.org));
	strlcpy(t.name, "web", sizeof(t.name));
	ATF_CHECK(conftext_add(ct, CONFTEXT_TAG, &t, &why) != NULL);
	strlcpy(t.notes, "a\nb", sizeof(t.notes));
	ATF_CHECK(conftext_add(ct, CONFTEXT_TAG, &t, &why) == NULL);
	strlcpy(t.notes, "a\303", sizeof(t.notes));
	ATF_CHECK(conftext_add(ct, CONFTEXT_TAG, &t, &why) == NULL);
	t.notes[0] = '\0';
	strlcpy(t.name, "web }", sizeof(t.name));
	ATF_CHECK(conftext_add(ct, CONFTEXT_TAG, &t, &why) == NULL);
	strlcpy(t.name, "web", sizeof(t.name));
	t.org[0] = '\0';
	ATF_CHECK(conftext_add(ct, CONFTEXT_TAG, &t, &why) == NULL);
	ATF_CHECK_STREQ(why, "a value is out of range");
	ATF_CHECK_EQ(ct->n, 1);
	conftext_free(ct);
}

static void
line_add(void *arg, char sign, const char *line)
{
	char	*buf = arg, text[256];

	snprintf(text, sizeof(text), "  %c %s\n", sign, line);
	strlcat(buf, text, 4096);
}

/* "~ policy web" and the lines that differ. */
static void
check_diff(struct conftext *have, const char *text, const char *want)
{
	static const char		 signs[] = "+~-!";
	const struct conftext_object	*o;
	struct conftext_diff		 diff;
	struct conftext			*ct = must(text);
	char				 buf[4096] = "", *new, *old;
	size_t				 i;

	ATF_CHECK_EQ_MSG(conftext_diff(have, ct, &diff, keep, NULL), 0, "%s",
	    reports);
	for (i = 0; i < diff.n; i++) {
		o = diff.e[i].want != NULL ? diff.e[i].want : diff.e[i].have;
		snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf),
		    "%c %s %s\n", signs[diff.e[i].op],
		    conftext_kind_name(o->kind), o->name);
		if (diff.e[i].op != CONFTEXT_CHANGED)
			continue;
		old = conftext_settings(diff.e[i].have);
		new = conftext_settings(diff.e[i].want);
		conftext_diff_lines(old, new, line_add, buf);
		free(old);
		free(new);
	}
	ATF_CHECK_STREQ(buf, want);
	conftext_diff_free(&diff);
	conftext_free(ct);
}

TC(difference_names_what_is_added_changed_deleted_and_missing)
{
	struct conftext	*have = service();

	check_diff(have, "organisation acme {\n"
	    " certificate-life 1d\n certificate-grace 0\n"
	    " tag new\n"
	    " policy web {\n  senders people\n  allow any\n"
	    "  allow icmp\n }\n"
	    " key other {\n uses 12\n }\n"
	    " key renamed id 2 {\n uses 10\n }\n"
	    " key none\n"
	    " system V88RY\n"
	    "}\n",
	    "~ organisation acme\n"
	    "  - clones replace\n"
	    "  + clones reject\n"
	    "+ tag new\n"
	    "~ policy web\n"
	    "  - senders guests, people\n"
	    "  + senders people\n"
	    "  + allow icmp\n"
	    "! key none\n"
	    "~ key other\n"
	    "  - uses 10\n"
	    "  + uses 12\n"
	    "~ key renamed\n"
	    "! system V88RY\n"
	    "- key same\n"
	    "- requirement linux\n");
	conftext_free(have);
}

TC(organisations_that_the_file_does_not_describe_stay_as_they_are)
{
	struct conftext	*have = service();

	check_diff(have, "organisation beta {\n}\nrelay r\n",
	    "! relay r\n+ organisation beta\n");
	check_diff(have, "", "");
	conftext_free(have);
}

static void
check_impossible(struct conftext *have, const char *text, const char *want)
{
	struct conftext_diff	 diff;
	struct conftext		*ct = must(text);

	ATF_CHECK_EQ(conftext_diff(have, ct, &diff, keep, NULL), 1);
	ATF_CHECK_STREQ(reports, want);
	conftext_diff_free(&diff);
	conftext_free(ct);
}

TC(what_cannot_be_changed_is_refused_with_its_line)
{
	struct conftext	*have = service();

	check_impossible(have, "organisation acme {\n ipv4 10.0.0.0/9\n}\n",
	    "f:1: organisation \"acme\": the addresses of an organisation "
	    "cannot be changed\n");
	check_impossible(have, "organisation acme {\n requirement linux {\n"
	    " type manual\n }\n}\n", "f:2: requirement \"linux\": the type "
	    "of a requirement cannot be changed: give the new one another "
	    "name\n");
	check_impossible(have, "organisation acme {\n key other {\n"
	    " approval automatic\n }\n}\n", "f:2: key \"other\": type, "
	    "approval and retention of a key cannot be changed: make another "
	    "key\n");
	check_impossible(have, "organisation acme {\n key other {\n"
	    " uses 9\n }\n}\n", "f:2: key \"other\": the uses of a key can "
	    "be raised only, and only where there is a limit\n");
	check_impossible(have, "organisation acme {\n key same\n}\n",
	    "f:2: key \"same\": 2 keys have this description: say \"id\" "
	    "and the number of the one that is meant\n");
	check_impossible(have, "organisation acme {\n key a id 3\n"
	    " key other\n}\n", "f:3: key \"other\": it is the key that is "
	    "in line 2 already\n");
	conftext_free(have);
}

TC(no_file_approves_a_system_or_ends_its_quarantine)
{
	struct msg_admin_system	 s;
	struct conftext		*have = conftext_new();
	const char		*why;

	memset(&s, 0, sizeof(s));
	strlcpy(s.org, "acme", sizeof(s.org));
	strlcpy(s.name, "V88RY", sizeof(s.name));
	s.state = SYSTEM_UNAPPROVED;
	ATF_REQUIRE(conftext_add(have, CONFTEXT_SYSTEM, &s, &why) != NULL);
	strlcpy(s.name, "V88RZ", sizeof(s.name));
	s.state = SYSTEM_QUARANTINED;
	ATF_REQUIRE(conftext_add(have, CONFTEXT_SYSTEM, &s, &why) != NULL);
	conftext_sort(have);
	check_diff(have, "organisation acme {\n system V88RY\n"
	    " system V88RZ {\n tags x\n }\n}\n",
	    "+ organisation acme\n~ system V88RZ\n  + tags x\n");
	conftext_free(have);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp,
	    what_was_printed_is_read_and_printed_again_byte_by_byte);
	ATF_TP_ADD_TC(tp, a_test_says_both_ends_and_one_verdict);
	ATF_TP_ADD_TC(tp, order_and_form_of_what_was_written_do_not_matter);
	ATF_TP_ADD_TC(tp,
	    a_mistake_is_named_with_file_line_and_what_was_expected);
	ATF_TP_ADD_TC(tp,
	    what_is_passed_over_after_a_mistake_gives_no_second_one);
	ATF_TP_ADD_TC(tp, an_object_stands_in_a_file_once);
	ATF_TP_ADD_TC(tp, a_requirement_that_is_used_is_in_the_file);
	ATF_TP_ADD_TC(tp, every_list_has_its_limit);
	ATF_TP_ADD_TC(tp,
	    rows_of_the_service_print_as_a_file_that_does_not_differ_from_them);
	ATF_TP_ADD_TC(tp, rows_that_no_file_could_say_are_refused);
	ATF_TP_ADD_TC(tp,
	    difference_names_what_is_added_changed_deleted_and_missing);
	ATF_TP_ADD_TC(tp,
	    organisations_that_the_file_does_not_describe_stay_as_they_are);
	ATF_TP_ADD_TC(tp, what_cannot_be_changed_is_refused_with_its_line);
	ATF_TP_ADD_TC(tp, no_file_approves_a_system_or_ends_its_quarantine);
	return atf_no_error();
}
