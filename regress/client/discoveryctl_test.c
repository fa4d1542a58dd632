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
 * enclave-discoveryctl against a daemon that says what the tests want: what
 * each command sends, and the exact text of what comes back.
 */

#include "discoveryctl/ctl.h"
#include "regress/client/server.h"

#define KEY		"22222-33333-44444-55555-66666"
#define SINCE		1795378500	/* 2026-11-22T20:15:00Z */
#define RUN(code, ...)	\
	TOOL(discoveryctl_run, code, NULL, __VA_ARGS__)

static void
done(struct imsgbuf *ib, const char *text)
{
	server_result(ib, MSG_ADMIN_RESULT, 0, text);
}

static void
serve_org_add(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	const struct msg_admin_org_add	*m = &any->admin_org_add;

	EXPECT(type == MSG_ADMIN_ORG_ADD);
	EXPECT(strcmp(m->name, "example") == 0);
	EXPECT(m->plen4 == (n == 0 ? 0 : 16));
	EXPECT(m->plen6 == (n == 0 ? 0 : 64));
	EXPECT(m->ipv4[0] == (n == 0 ? 0 : 10));
	EXPECT(m->ipv6[0] == (n == 0 ? 0 : 0xfd));
	if (n == 2)
		server_result(ib, MSG_ADMIN_RESULT, 1, "it exists\a");
	else
		done(ib, n == 0 ? "" : "added");
}

TC(an_organisation_is_added_with_its_prefixes)
{
	pid_t	 pid = server_start(serve_org_add, 3);

	RUN(0, "org", "add", "example");
	expect_file("out", "");
	RUN(0, "-j", "org", "add", "example", "-4", "10.1.0.0/16", "-6",
	    "fd00:1::/64");
	expect_file("out", "{\n  \"ok\": true,\n  \"text\": \"added\"\n}\n");
	RUN(1, "org", "add", "-4", "10.1.0.0/16", "-6", "fd00:1::/64",
	    "example");
	expect_file("out", "");
	expect_words("err", "it exists\\?");
	server_end(pid);
}

static void
serve_orgs(struct imsgbuf *ib, uint32_t type, const union msg_any *any, int n)
{
	struct msg_admin_org	 m;

	EXPECT(type == MSG_ADMIN_LIST);
	EXPECT(any->admin_list.what == 0 && any->admin_list.org[0] == '\0');
	memset(&m, 0, sizeof(m));
	m.id = 1;
	strlcpy(m.name, "example", sizeof(m.name));
	memcpy(m.ipv4, "\x64\x40\x00\x00", 4);
	m.plen4 = 10;
	m.ipv6[0] = 0xfd;
	m.plen6 = 64;
	memset(m.authority, 0xab, sizeof(m.authority));
	m.life_s = 31536000;
	m.rolling = 1;
	m.systems = 3;
	m.renewed = 2;
	m.pinned = 1;
	m.grace_s = 86400;
	m.created = SINCE;
	m.clone = n < 3 ? CLONE_QUARANTINE : 4;
	m.unique = 1;
	server_send(ib, MSG_ADMIN_ORG, &m);
	done(ib, "");
}

#define AUTHORITY	\
	"abababababababababababababababababababababababababababababababab"

TC(organisations_are_listed)
{
	pid_t	 pid = server_start(serve_orgs, 4);

	RUN(0, "-j", "org", "list");
	expect_file("out", "[\n  {\n    \"id\": 1,\n"
	    "    \"name\": \"example\",\n"
	    "    \"ipv4\": \"100.64.0.0/10\",\n"
	    "    \"ipv6\": \"fd00::/64\",\n"
	    "    \"authority\": \"" AUTHORITY "\",\n"
	    "    \"authority_previous\": null,\n"
	    "    \"authority_rolling\": true,\n"
	    "    \"systems\": 3,\n"
	    "    \"systems_renewed\": 2,\n"
	    "    \"systems_pinned\": 1,\n"
	    "    \"certificate_life_s\": 31536000,\n"
	    "    \"certificate_grace_s\": 86400,\n"
	    "    \"created\": \"2026-11-22T20:15:00Z\",\n"
	    "    \"clones\": \"quarantine\",\n"
	    "    \"unique_names\": true\n  }\n]\n");
	RUN(0, "org", "list");
	expect_words("out", "^NAME +IPV4 +IPV6 +CREATED +AUTHORITY +CLONES$");
	expect_words("out", "^example +100.64.0.0/10 +fd00::/64 "
	    "+2026-11-22T20:15:00Z +" AUTHORITY " +quarantine$");
	RUN(0, "org", "show");
	expect_words("out", "certificate-life +365d");
	expect_words("out", "certificate-grace +1d");
	expect_words("out", "replaces +-");
	expect_words("out", "of-this-authority +2");
	/* A policy for clones that there is not. */
	RUN(1, "-j", "org", "list");
	expect_words("err", "makes no sense");
	server_end(pid);
}

static void
serve_key_add(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	const struct msg_admin_key_add	*m = &any->admin_key_add;

	EXPECT(type == MSG_ADMIN_KEY_ADD);
	EXPECT(strcmp(m->org, "example") == 0);
	if (n == 0) {
		EXPECT(m->uses == UINT32_MAX && m->not_after == 0);
		EXPECT(m->approval == KEY_APPROVAL_OF_TYPE && m->tags.n == 0);
		EXPECT(m->type == KEY_GENERAL && m->action == KEY_DISABLE);
		EXPECT(m->sources.n == 0 && m->notes[0] == '\0');
	} else {
		EXPECT(m->uses == 1 && m->not_after == 1924992000);
		EXPECT(m->approval == KEY_APPROVAL_AUTOMATIC && m->tags.n == 2);
		EXPECT(strcmp(m->tags.e[0], "a") == 0);
		EXPECT(strcmp(m->tags.e[1], "b") == 0);
		EXPECT(strcmp(m->description, "for bob") == 0);
	}
	if (n == 2)
		server_result(ib, MSG_ADMIN_RESULT, 5, "not allowed");
	else
		done(ib, n == 3 ? "" : KEY);
}

TC(a_new_key_stands_alone_on_a_line)
{
	pid_t	 pid = server_start(serve_key_add, 4);
	int	 i;

	RUN(0, "key", "add", "-o", "example");
	expect_file("out", KEY "\n");
	for (i = 0; i < 3; i++) {
		RUN(i == 0 ? 0 : i == 1 ? 5 : 1, "-j", "key", "add", "-t",
		    "a", "-t", "b", "-u", "1", "-D", "for bob", "-a", "-o",
		    "example", "-e", "2031-01-01T00:00:00Z");
		if (i == 0)
			expect_file("out", "{\n  \"key\": \"" KEY "\"\n}\n");
		if (i == 1)
			expect_words("out", "\"text\": \"not allowed\"");
		if (i == 2)
			expect_words("err", "sent no key");
	}
	server_end(pid);
}

static void
serve_keys(struct imsgbuf *ib, uint32_t type, const union msg_any *any, int n)
{
	struct msg_admin_key	 m;

	EXPECT(type == MSG_ADMIN_LIST);
	EXPECT(any->admin_list.what == 1);
	EXPECT(strcmp(any->admin_list.org, "example") == 0);
	memset(&m, 0, sizeof(m));
	m.id = 3;
	strlcpy(m.org, "example", sizeof(m.org));
	strlcpy(m.hint, "22222", sizeof(m.hint));
	m.enabled = 1;
	m.uses = UINT32_MAX;
	m.enrolled = 2;
	m.unapproved = 1;
	m.type = n < 2 ? KEY_GENERAL : 3;
	m.approval = KEY_APPROVAL_AUTOMATIC;
	m.action = KEY_DISABLE;
	m.sources.n = 1;
	EXPECT(range_parse(&m.sources.e[0].range, "192.0.2.0/24") == NULL);
	strlcpy(m.sources.e[0].text, "office", sizeof(m.sources.e[0].text));
	m.created = SINCE;
	m.tags.n = 2;
	strlcpy(m.tags.e[0], "a", sizeof(m.tags.e[0]));
	strlcpy(m.tags.e[1], "b", sizeof(m.tags.e[1]));
	server_send(ib, MSG_ADMIN_KEY, &m);
	done(ib, "");
}

TC(keys_are_listed)
{
	pid_t	 pid = server_start(serve_keys, 3);

	RUN(0, "-j", "key", "list", "-o", "example");
	expect_file("out", "[\n  {\n    \"id\": 3,\n"
	    "    \"organisation\": \"example\",\n"
	    "    \"hint\": \"22222\",\n"
	    "    \"description\": \"\",\n"
	    "    \"type\": \"general\",\n"
	    "    \"enabled\": true,\n"
	    "    \"state\": \"enabled\",\n"
	    "    \"approval\": \"automatic\",\n"
	    "    \"uses_remaining\": null,\n"
	    "    \"enrolled\": 2,\n"
	    "    \"unapproved\": 1,\n"
	    "    \"created\": \"2026-11-22T20:15:00Z\",\n"
	    "    \"last_used\": null,\n"
	    "    \"not_after\": null,\n"
	    "    \"expiry_action\": \"disable\",\n"
	    "    \"retention_minutes\": null,\n"
	    "    \"sources\": [\n      {\n"
	    "        \"range\": \"192.0.2.0/24\",\n"
	    "        \"description\": \"office\"\n      }\n    ],\n"
	    "    \"tags\": [\n      \"a\",\n      \"b\"\n    ],\n"
	    "    \"notes\": \"\"\n  }\n]\n");
	RUN(0, "key", "list", "-o", "example");
	expect_file("out",
	    "ID  ORGANISATION  HINT   TYPE     STATE    USES       ENROLLED  "
	    "WAITING  CREATED               LAST-USED  EXPIRY  TAGS  "
	    "DESCRIPTION\n"
	    "3   example       22222  general  enabled  unlimited  2         "
	    "1        2026-11-22T20:15:00Z  -          -       a,b   -\n");
	/* A type that there is not. */
	RUN(1, "-j", "key", "list", "-o", "example");
	expect_words("err", "makes no sense");
	server_end(pid);
}

static void
serve_sets(struct imsgbuf *ib, uint32_t type, const union msg_any *any, int n)
{
	static const uint8_t	 actions[] = { 1, 0, 2, 1, 0, 2, 1, 0, 2, 3,
	    4, 5 };

	if (n < 3) {
		EXPECT(type == MSG_ADMIN_KEY_SET);
		EXPECT(any->admin_key_set.id == 7);
		EXPECT(strcmp(any->admin_key_set.org, "example") == 0);
		EXPECT(any->admin_key_set.action == actions[n]);
	} else if (n < 6) {
		EXPECT(type == MSG_ADMIN_POLICY_SET);
		EXPECT(strcmp(any->admin_policy_set.name, "Web 1") == 0);
		EXPECT(strcmp(any->admin_policy_set.org, "example") == 0);
		EXPECT(any->admin_policy_set.action == actions[n]);
	} else {
		EXPECT(type == MSG_ADMIN_SYSTEM_SET);
		EXPECT(strcmp(any->admin_system_set.system, "V88RY") == 0);
		EXPECT(any->admin_system_set.action == actions[n]);
	}
	done(ib, "");
}

TC(states_are_set_by_verbs)
{
	pid_t	 pid = server_start(serve_sets, 12);

	RUN(0, "key", "enable", "-o", "example", "7");
	RUN(0, "key", "disable", "7", "-o", "example");
	RUN(0, "key", "delete", "-oexample", "7");
	RUN(0, "policy", "enable", "-o", "example", "Web 1");
	RUN(0, "policy", "disable", "Web 1", "-o", "example");
	RUN(0, "policy", "delete", "Web 1", "-o", "example");
	RUN(0, "system", "enable", "v88ry");
	RUN(0, "system", "disable", "V88RY");
	RUN(0, "system", "delete", "V88RY");
	RUN(0, "system", "revoke", "V88RY");
	RUN(0, "system", "approve", "V88RY");
	RUN(0, "system", "decline", "V88RY");
	server_end(pid);
}

static void
serve_systems(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_admin_system	 m;

	EXPECT(type == MSG_ADMIN_LIST && any->admin_list.what == 2);
	memset(&m, 0, sizeof(m));
	strlcpy(m.name, "V88RY", sizeof(m.name));
	strlcpy(m.org, "example", sizeof(m.org));
	strlcpy(m.description, "b\xc3\xbcro\n", sizeof(m.description));
	m.state = n < 2 ? SYSTEM_QUARANTINED : 5;
	m.online = 1;
	m.key = 7;
	m.ephemeral = 1;
	strlcpy(m.hostname, "bob", sizeof(m.hostname));
	m.connected = SINCE;
	m.until = SINCE;
	m.until_action = 3;
	m.clone_seen = SINCE;
	EXPECT(endpoint_parse(&m.source, "192.0.2.1", 4711) == 0);
	EXPECT(endpoint_parse(&m.clone_source, "192.0.2.2", 0) == 0);
	memcpy(m.ipv4, "\x64\x40\x00\x01", 4);
	m.enrolled = SINCE;
	server_send(ib, MSG_ADMIN_SYSTEM, &m);
	done(ib, "");
}

TC(systems_are_listed)
{
	pid_t	 pid = server_start(serve_systems, 4);

	RUN(0, "-j", "system", "list");
	expect_file("out", "[\n  {\n    \"system\": \"V88RY\",\n"
	    "    \"organisation\": \"example\",\n"
	    "    \"description\": \"b\xc3\xbcro?\",\n"
	    "    \"state\": \"quarantined\",\n"
	    "    \"online\": true,\n"
	    "    \"addresses\": [\n      \"100.64.0.1\"\n    ],\n"
	    "    \"enrolled\": \"2026-11-22T20:15:00Z\",\n"
	    "    \"last_seen\": null,\n"
	    "    \"certificate_not_after\": null,\n"
	    "    \"renewal_ordered\": false,\n"
	    "    \"tags\": [],\n    \"notes\": \"\",\n"
	    "    \"type\": \"ephemeral\",\n    \"key\": 7,\n"
	    "    \"hostname\": \"bob\",\n    \"os\": null,\n"
	    "    \"os_version\": null,\n    \"agent\": null,\n"
	    "    \"connected_since\": \"2026-11-22T20:15:00Z\",\n"
	    "    \"connected_from\": \"192.0.2.1:4711\",\n"
	    "    \"enabled_until\": \"2026-11-22T20:15:00Z\",\n"
	    "    \"until_action\": \"revoke\",\n"
	    "    \"clone_seen\": \"2026-11-22T20:15:00Z\",\n"
	    "    \"clone_from\": \"192.0.2.2\"\n  }\n]\n");
	RUN(0, "system", "list");
	expect_words("out", "^SYSTEM +ORGANISATION +STATE +ONLINE +ADDRESSES "
	    "+ENROLLED +LAST-SEEN +SINCE +FROM +COPY-SEEN +KEY +HOSTNAME +OS "
	    "+TAGS +DESCRIPTION$");
	expect_words("out", "^V88RY +example +quarantined +yes +100.64.0.1 "
	    "+2026-11-22T20:15:00Z +- +2026-11-22T20:15:00Z +192.0.2.1 "
	    "+2026-11-22T20:15:00Z +7 +bob +- +- +b\xc3\xbcro\\?$");
	/* A state that there is not. */
	RUN(1, "-j", "system", "list");
	expect_file("out", "");
	expect_words("err", "makes no sense");
	RUN(1, "system", "list");
	expect_file("out", "");
	server_end(pid);
}

static void
serve_tags(struct imsgbuf *ib, uint32_t type, const union msg_any *any, int n)
{
	const struct msg_admin_system_tag	*m = &any->admin_system_tag;

	EXPECT(type == MSG_ADMIN_SYSTEM_TAG);
	EXPECT(strcmp(m->system, "V88RY") == 0);
	EXPECT(strcmp(m->tag, n % 2 == 0 ? "a" : "b") == 0);
	EXPECT(m->add == (n < 2));
	if (n == 3)
		server_result(ib, MSG_ADMIN_RESULT, 1, "no such tag");
	else
		done(ib, "");
}

TC(each_tag_is_one_request_and_the_first_failure_ends)
{
	pid_t	 pid = server_start(serve_tags, 4);

	RUN(0, "system", "tag", "V88RY", "a", "b");
	RUN(1, "system", "untag", "V88RY", "a", "b", "c");
	expect_words("err", "1 of 3 tags were done before \"b\"");
	expect_words("err", "no such tag");
	server_end(pid);
}

static void
serve_policy_add(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	const struct msg_admin_policy_add	*m = &any->admin_policy_add;

	EXPECT(type == MSG_ADMIN_POLICY_ADD);
	EXPECT(strcmp(m->org, "example") == 0);
	EXPECT(strcmp(m->name, "web") == 0);
	EXPECT(m->replace == (n == 1));
	EXPECT((m->not_after != 0) == (n == 1) && m->end_action == (n == 1));
	EXPECT(m->days == (n == 1 ? 0x1f : 0));
	EXPECT(m->start == (n == 1 ? 480 : 0));
	EXPECT(m->end == (n == 1 ? 1080 : 0));
	EXPECT(strcmp(m->zone, n == 1 ? "Europe/Berlin" : "") == 0);
	EXPECT(strcmp(m->notes, n == 1 ? "a note" : "") == 0);
	EXPECT(m->senders.n == 1 && strcmp(m->senders.e[0], "clients") == 0);
	EXPECT(m->receivers.n == 2);
	EXPECT(strcmp(m->receivers.e[1], "mirrors") == 0);
	EXPECT(m->acls.n == 2);
	EXPECT(m->acls.e[0].protocol == ACL_TCP);
	EXPECT(m->acls.e[0].port_low == 8080);
	EXPECT(m->acls.e[0].port_high == 8090);
	EXPECT(m->acls.e[1].protocol == ACL_ICMP);
	done(ib, "");
}

TC(a_policy_is_sent_as_it_was_typed_in_any_order)
{
	pid_t	 pid = server_start(serve_policy_add, 2);

	RUN(0, "policy", "add", "-o", "example", "-s", "clients", "-r",
	    "servers", "-r", "mirrors", "-a", "tcp/8080-8090", "-a", "icmp",
	    "web");
	RUN(0, "policy", "add", "web", "-R", "-a", "tcp/8080-8090", "-a",
	    "icmp", "-s", "clients", "-r", "servers", "-r", "mirrors", "-o",
	    "example", "-h", "mon-fri 08:00-18:00 Europe/Berlin", "-x",
	    "delete", "-e", "+1d", "-N", "a note");
	RUN(2, "policy", "add", "web", "-h", "mon 8-18");
	expect_words("err", "hh:mm");
	RUN(2, "policy", "add", "web", "-x", "keep");
	expect_words("err", "disable or delete");
	server_end(pid);
}

static void
serve_policies(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_admin_policy	 m;

	(void)n;
	EXPECT(type == MSG_ADMIN_LIST && any->admin_list.what == 3);
	memset(&m, 0, sizeof(m));
	strlcpy(m.org, "example", sizeof(m.org));
	strlcpy(m.name, "web", sizeof(m.name));
	m.not_after = SINCE;
	m.enabled = 1;
	m.state = POLICY_OUTSIDE_HOURS;
	m.next = SINCE;
	m.end_action = 1;
	m.days = 0x1f;
	m.start = 480;
	m.end = 1080;
	strlcpy(m.zone, "UTC", sizeof(m.zone));
	strlcpy(m.notes, "why", sizeof(m.notes));
	m.senders.n = m.receivers.n = 1;
	strlcpy(m.senders.e[0], "a", sizeof(m.senders.e[0]));
	strlcpy(m.receivers.e[0], "b", sizeof(m.receivers.e[0]));
	m.acls.n = 2;
	m.acls.e[0].protocol = ACL_TCP;
	m.acls.e[0].port_low = m.acls.e[0].port_high = 8080;
	m.acls.e[1].protocol = ACL_ICMP;
	m.acls.e[1].port_high = 65535;
	m.requirements.n = 1;
	strlcpy(m.requirements.e[0], "vpn", sizeof(m.requirements.e[0]));
	server_send(ib, MSG_ADMIN_POLICY, &m);
	done(ib, "");
}

TC(policies_are_listed)
{
	pid_t	 pid = server_start(serve_policies, 2);

	RUN(0, "-j", "policy", "list");
	expect_file("out", "[\n  {\n    \"name\": \"web\",\n"
	    "    \"organisation\": \"example\",\n"
	    "    \"enabled\": true,\n"
	    "    \"state\": \"outside-hours\",\n"
	    "    \"next_change\": \"2026-11-22T20:15:00Z\",\n"
	    "    \"not_after\": \"2026-11-22T20:15:00Z\",\n"
	    "    \"expiry_action\": \"delete\",\n"
	    "    \"active_hours\": \"mon-fri 08:00-18:00 UTC\",\n"
	    "    \"notes\": \"why\",\n"
	    "    \"senders\": [\n      \"a\"\n    ],\n"
	    "    \"receivers\": [\n      \"b\"\n    ],\n"
	    "    \"acls\": [\n      \"tcp/8080\",\n      \"icmp\"\n    ],\n"
	    "    \"requirements\": [\n      \"vpn\"\n    ]\n"
	    "  }\n]\n");
	RUN(0, "policy", "list");
	expect_file("out",
	    "NAME  ORGANISATION  STATE          EXPIRY                "
	    "HOURS                    SENDERS  RECEIVERS  ACLS           "
	    "REQUIREMENTS\n"
	    "web   example       outside-hours  2026-11-22T20:15:00Z  "
	    "mon-fri 08:00-18:00 UTC  a        b          tcp/8080,icmp  "
	    "vpn\n");
	server_end(pid);
}

static void
serve_tag_list(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_admin_tag	 m;
	struct msg_admin_key	 key;

	EXPECT(type == MSG_ADMIN_LIST && any->admin_list.what == 4);
	memset(&m, 0, sizeof(m));
	strlcpy(m.org, "example", sizeof(m.org));
	strlcpy(m.name, "a", sizeof(m.name));
	m.systems = 1;
	m.keys = 2;
	m.policies = 3;
	m.id = 17;
	m.permanent = 1;
	strlcpy(m.notes, "why", sizeof(m.notes));
	strlcpy(m.colour, "#00ff00", sizeof(m.colour));
	m.requirements.n = 1;
	strlcpy(m.requirements.e[0], "vpn", sizeof(m.requirements.e[0]));
	server_send(ib, MSG_ADMIN_TAG, &m);
	memset(&key, 0, sizeof(key));
	if (n == 2)
		server_send(ib, MSG_ADMIN_KEY, &key);
	done(ib, "");
}

static void
serve_relay_add(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	const struct msg_admin_relay_add	*m = &any->admin_relay_add;

	EXPECT(type == MSG_ADMIN_RELAY_ADD);
	EXPECT(strcmp(m->name, "r1") == 0);
	EXPECT(m->latitude == (n == 0 ? 0 : 360000 - 33920));
	EXPECT(m->longitude == (n == 0 ? 0 : 360000 + 18424));
	if (n == 2)
		server_result(ib, MSG_ADMIN_RESULT, 1, "it exists");
	else
		done(ib, n == 3 ? "" : KEY);
}

TC(the_token_of_a_new_relay_stands_alone_on_a_line)
{
	pid_t	 pid = server_start(serve_relay_add, 4);

	RUN(0, "relay", "add", "r1");
	expect_file("out", KEY "\n");
	RUN(0, "-j", "relay", "add", "-l", "-33.92,18.4249", "r1");
	expect_file("out", "{\n  \"token\": \"" KEY "\"\n}\n");
	RUN(1, "relay", "add", "r1", "-l", "-33.92,18.424");
	expect_words("err", "it exists");
	RUN(1, "relay", "add", "r1", "-l", "-33.92,18.424");
	expect_words("err", "sent no token");
	server_end(pid);
}

static void
serve_relays(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_admin_relay	 m;

	(void)n;
	EXPECT(type == MSG_ADMIN_LIST && any->admin_list.what == 5);
	memset(&m, 0, sizeof(m));
	strlcpy(m.name, "cape", sizeof(m.name));
	m.enabled = m.online = 1;
	m.latitude = 360000 - 33920;
	m.longitude = 360000 + 420;
	m.pairs = 2;
	m.bytes = 7000;
	m.refused = 3;
	m.created = SINCE;
	server_send(ib, MSG_ADMIN_RELAY, &m);
	memset(&m, 0, sizeof(m));
	strlcpy(m.name, "old", sizeof(m.name));
	m.created = SINCE;
	if (n == 2)
		m.latitude = 450001;
	server_send(ib, MSG_ADMIN_RELAY, &m);
	done(ib, "");
}

TC(relays_are_listed)
{
	pid_t	 pid = server_start(serve_relays, 3);

	RUN(0, "-j", "relay", "list");
	expect_file("out", "[\n  {\n    \"name\": \"cape\",\n"
	    "    \"enabled\": true,\n    \"online\": true,\n"
	    "    \"location\": \"-33.920,0.420\",\n    \"pairs\": 2,\n"
	    "    \"bytes\": 7000,\n    \"refused\": 3,\n"
	    "    \"created\": \"2026-11-22T20:15:00Z\"\n  },\n"
	    "  {\n    \"name\": \"old\",\n"
	    "    \"enabled\": false,\n    \"online\": false,\n"
	    "    \"location\": null,\n    \"pairs\": 0,\n"
	    "    \"bytes\": 0,\n    \"refused\": 0,\n"
	    "    \"created\": \"2026-11-22T20:15:00Z\"\n  }\n]\n");
	RUN(0, "relay", "list");
	expect_words("out", "cape +enabled +yes +-33.920,0.420 +2 +7000 +3 ");
	expect_words("out", "old +disabled +no +");
	RUN(1, "relay", "list");
	expect_words("err", "makes no sense \\(ADMIN_RELAY\\)");
	server_end(pid);
}

static void
serve_relay_set(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	const struct msg_admin_relay_set	*m = &any->admin_relay_set;

	EXPECT(type == MSG_ADMIN_RELAY_SET && strcmp(m->name, "r1") == 0);
	EXPECT(m->action == (n == 0 ? ACTION_ENABLE : n == 1 ?
	    ACTION_DISABLE : ACTION_DELETE));
	done(ib, "done");
}

TC(relays_are_set_by_verbs)
{
	pid_t	 pid = server_start(serve_relay_set, 3);

	RUN(0, "relay", "enable", "r1");
	RUN(0, "relay", "disable", "r1");
	RUN(0, "relay", "delete", "r1");
	expect_file("out", "done\n");
	server_end(pid);
}

TC(tags_are_listed_and_nothing_else)
{
	pid_t	 pid = server_start(serve_tag_list, 3);

	RUN(0, "-j", "tag", "list");
	expect_file("out", "[\n  {\n    \"name\": \"a\",\n"
	    "    \"organisation\": \"example\",\n"
	    "    \"ref\": \"T17\",\n    \"permanent\": true,\n"
	    "    \"notes\": \"why\",\n    \"colour\": \"#00ff00\",\n"
	    "    \"requirements\": [\n      \"vpn\"\n    ],\n"
	    "    \"systems\": 1,\n"
	    "    \"keys\": 2,\n    \"policies\": 3\n  }\n]\n");
	RUN(0, "tag", "list");
	expect_file("out", "NAME  ORGANISATION  SYSTEMS  KEYS  POLICIES  "
	    "REQUIREMENTS  COLOUR   NOTES\n"
	    "a     example       1        2     3         "
	    "vpn           #00ff00  why\n");
	RUN(1, "-j", "tag", "list");
	expect_file("out", "");
	expect_words("err", "makes no sense \\(ADMIN_KEY\\)");
	server_end(pid);
}

static void
serve_status(struct imsgbuf *ib, uint32_t type, const union msg_any *any,
    int n)
{
	struct msg_admin_counters	 m;

	(void)any;
	EXPECT(type == (n < 3 ? MSG_ADMIN_STATUS : MSG_ADMIN_PIN));
	memset(&m, 0, sizeof(m));
	strlcpy(m.pin, "SHA256:ab", sizeof(m.pin));
	m.revision = 1;
	m.connected = 2;
	m.introductions = 3;
	m.policy_sent = 4;
	m.policy_acked = 5;
	m.tls_rx_bytes = 6;
	m.tls_tx_bytes = 7;
	m.tls_refused = 8;
	m.tls_bad_frames = 9;
	m.stun_requests = 10;
	m.stun_answers = 11;
	m.stun_dropped = 12;
	if (n < 2 || n == 4)
		server_send(ib, MSG_ADMIN_COUNTERS, &m);
	done(ib, n == 3 ? "SHA256:cd" : "");
}

TC(status_shows_the_counters_and_the_pin)
{
	pid_t	 pid = server_start(serve_status, 6);

	RUN(0, "-j", "status");
	expect_file("out", "{\n  \"pin\": \"SHA256:ab\",\n"
	    "  \"revision\": 1,\n  \"connected\": 2,\n"
	    "  \"introductions\": 3,\n  \"policy_sent\": 4,\n"
	    "  \"policy_acked\": 5,\n  \"tls_rx_bytes\": 6,\n"
	    "  \"tls_tx_bytes\": 7,\n  \"tls_refused\": 8,\n"
	    "  \"tls_bad_frames\": 9,\n  \"stun_requests\": 10,\n"
	    "  \"stun_answers\": 11,\n  \"stun_dropped\": 12,\n"
	    "  \"policy_latency\": []\n}\n");
	RUN(0, "status");
	expect_file("out",
	    "pin             SHA256:ab\n"
	    "revision        1\n"
	    "systems         2 connected, 3 introductions\n"
	    "policy          4 sent, 5 acknowledged\n"
	    "tls             6 B in, 7 B out, 8 refused, 9 bad frames\n"
	    "stun            10 requests, 11 answers, 12 dropped\n");
	RUN(1, "status");
	expect_words("err", "makes no sense \\(nothing\\)");
	/* The pin comes as the text of the result or with the counters. */
	RUN(0, "pin");
	expect_file("out", "SHA256:cd\n");
	RUN(0, "-j", "pin");
	expect_file("out", "{\n  \"pin\": \"SHA256:ab\"\n}\n");
	RUN(1, "pin");
	expect_words("err", "no TLS certificate yet");
	server_end(pid);
}

TC(without_a_daemon_the_code_is_3)
{
	RUN(3, "status");
	expect_words("err", "enclave-discoveryd is not running \\(no answer "
	    "on sock\\)");
	RUN(3, "pin");
	RUN(3, "org", "list");
	RUN(3, "key", "add", "-o", "example");
	RUN(3, "system", "tag", "V88RY", "a");
	RUN(3, "-j", "org", "add", "example");
	expect_words("out", "\"ok\": false");
	RUN(0, "version");
	expect_file("out", "enclave-discoveryctl 0.1\n");
	RUN(0, "-j", "version");
	expect_file("out", "{\n  \"enclave-discoveryctl\": \"0.1\"\n}\n");
}

TC(wrong_use_is_explained_with_code_2)
{
	RUN(2, NULL);
	RUN(2, "dance");
	expect_words("err", "command \"dance\": there is none");
	RUN(2, "key");
	expect_words("err", "usage: .* key add");
	RUN(2, "key", "dance");
	expect_words("err", "command \"dance\": there is none");
	RUN(2, "status", "now");
	RUN(2, "org", "add");
	RUN(2, "org", "add", "a", "b");
	RUN(2, "org", "list", "-o", "a");
	expect_words("err", "there is no option -o here");
	RUN(2, "key", "add");
	RUN(2, "key", "add", "-o", "a", "-u", "0");
	expect_words("err", "uses \"0\": not a number in range");
	RUN(2, "key", "add", "-o", "a", "-e", "yesterday");
	RUN(2, "key", "add", "-o", "a", "word");
	RUN(2, "key", "enable", "7");
	RUN(2, "key", "enable", "-o", "a", "x");
	RUN(2, "system", "enable");
	RUN(2, "system", "enable", "nobody");
	expect_words("err", "five symbols");
	RUN(2, "system", "tag", "V88RY");
	RUN(2, "system", "tag", "V88RY", "B");
	RUN(2, "policy", "add", "web", "-o", "a", "-s", "a", "-r", "b");
	expect_words("err", "needs an ACL entry");
	RUN(2, "policy", "add", "web", "web", "-o", "a");
	expect_words("err", "a policy has one name");
	RUN(2, "policy", "add", "web", "-a", "tcp/0");
	RUN(2, "policy", "add", "w\033b");
	expect_words("err", "policy \"w\\?b\"");
	RUN(2, "policy", "delete", "web");
	RUN(2, "relay", "add");
	RUN(2, "relay", "add", "R");
	expect_words("err", "relay \"R\"");
	RUN(2, "relay", "add", "r", "-l", "91,0");
	expect_words("err", "location \"91,0\"");
	RUN(2, "relay", "delete");
	RUN(2, "relay", "list", "-o", "a");
	RUN(2, "policy", "list", "-o");
	expect_words("err", "option -o needs a value");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_organisation_is_added_with_its_prefixes);
	ATF_TP_ADD_TC(tp, organisations_are_listed);
	ATF_TP_ADD_TC(tp, a_new_key_stands_alone_on_a_line);
	ATF_TP_ADD_TC(tp, keys_are_listed);
	ATF_TP_ADD_TC(tp, states_are_set_by_verbs);
	ATF_TP_ADD_TC(tp, systems_are_listed);
	ATF_TP_ADD_TC(tp, each_tag_is_one_request_and_the_first_failure_ends);
	ATF_TP_ADD_TC(tp, a_policy_is_sent_as_it_was_typed_in_any_order);
	ATF_TP_ADD_TC(tp, policies_are_listed);
	ATF_TP_ADD_TC(tp, tags_are_listed_and_nothing_else);
	ATF_TP_ADD_TC(tp, the_token_of_a_new_relay_stands_alone_on_a_line);
	ATF_TP_ADD_TC(tp, relays_are_listed);
	ATF_TP_ADD_TC(tp, relays_are_set_by_verbs);
	ATF_TP_ADD_TC(tp, status_shows_the_counters_and_the_pin);
	ATF_TP_ADD_TC(tp, without_a_daemon_the_code_is_3);
	ATF_TP_ADD_TC(tp, wrong_use_is_explained_with_code_2);
	return atf_no_error();
}
