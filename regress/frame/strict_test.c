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
 * The codec of the discovery link: every member is checked and named when
 * it is wrong, and nothing hostile gets past the bounds.
 */

#include "regress/frame/fixture.h"

/* Walk over every member of every good frame, at any depth. */
static void
each_member(json_t *root, json_t *value, enum frame_type type)
{
	static const char *const	 wrong[] = {
		"null", "{}", "[]", "\"\\n\"", "-1", "1.5", "true", "7"
	};
	json_t				*member, *old, *new, *copy;
	const char			*key;
	char				*text;
	size_t				 i;

	if (json_is_array(value))
		json_array_foreach(value, i, member)
			each_member(root, member, type);
	if (!json_is_object(value))
		return;
	/* A member put back is the last: walk over a copy. */
	copy = json_copy(value);
	json_object_foreach(copy, key, member) {
		each_member(root, member, type);
		old = json_incref(member);
		json_object_del(value, key);
		text = json_dumps(root, JSON_COMPACT);
		if (strcmp(key, "ports") != 0)
			refused_text(text, type, key);
		free(text);
		for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			new = json_loads(wrong[i], JSON_DECODE_ANY, NULL);
			/* Right kind of value: ranges have their own test. */
			if (json_typeof(new) == json_typeof(old) ||
			    (json_is_boolean(new) && json_is_boolean(old))) {
				json_decref(new);
				continue;
			}
			json_object_set_new(value, key, new);
			text = json_dumps(root, JSON_COMPACT);
			refused_text(text, type, key);
			free(text);
		}
		json_object_set_new(value, key, old);
	}
	json_decref(copy);
}

ATF_TC_WITHOUT_HEAD(a_missing_or_mistyped_member_is_named);
ATF_TC_BODY(a_missing_or_mistyped_member_is_named, tc)
{
	struct frame	*f;
	const char	*why;
	json_t		*root;
	size_t		 i;

	for (i = 0; i < TYPES; i++) {
		f = parse_text(good[i], &why);
		ATF_REQUIRE_MSG(f != NULL, "%s: %s", good[i], why);
		ATF_REQUIRE_EQ(frame_type(f), (enum frame_type)i);
		ATF_REQUIRE_MSG(get_any(f, frame_type(f), &why) == 0,
		    "%s: %s", good[i], why);
		frame_free(f);
		root = json_loads(good[i], 0, NULL);
		each_member(root, root, (enum frame_type)i);
		json_decref(root);
	}
}

ATF_TC_WITHOUT_HEAD(a_member_out_of_range_is_named);
ATF_TC_BODY(a_member_out_of_range_is_named, tc)
{
	static const struct {
		enum frame_type	 type;
		const char	*from, *to, *word;
	} t[] = {
		{ FRAME_CHALLENGE, ":1,", ":2,", "version" },
		{ FRAME_CHALLENGE, B44, "AQ==", "nonce" },
		{ FRAME_CHALLENGE, B44, B44 "AAAA", "nonce" },
		{ FRAME_CHALLENGE, "AQE=", "AQF=", "nonce" },
		{ FRAME_CHALLENGE, "AQE=", "AQEB", "nonce" },
		{ FRAME_CHALLENGE, "AQE=", "AQ==", "nonce" },
		{ FRAME_CHALLENGE, "AQE=", "A-E=", "nonce" },
		{ FRAME_AUTH, "AQID", "", "certificate" },
		{ FRAME_AUTH, "AQID", "AQI", "certificate" },
		{ FRAME_AUTH, ":5", ":-5", "sequence" },
		{ FRAME_AUTH, ":5", ":9223372036854775808", "range" },
		{ FRAME_ENROL, "22222-33333", "", "key" },
		{ FRAME_ENROL, "22222-33333", "a b", "key" },
		{ FRAME_ENROL, "22222-33333", "a\\u00fc", "key" },
		{ FRAME_ENROL, "22222-33333",
		    "22222-33333-22222-33333-222222", "key" },
		{ FRAME_WELCOME, "2001:db8::1", "example.org", "address" },
		{ FRAME_WELCOME, "2001:db8::1", "::ffff:192.0.2.1",
		    "stun[0].address" },
		{ FRAME_WELCOME, "2001:db8::1", "fe80::1%lo", "address" },
		{ FRAME_WELCOME, "3478", "0", "stun[0].port" },
		{ FRAME_WELCOME, "3478", "65536", "stun[0].port" },
		{ FRAME_CANDIDATES, ":3", ":4294967296", "generation" },
		{ FRAME_RELAY_HELLO, "\"r1\"", "\"\"", "name" },
		{ FRAME_RELAY_HELLO, "\"r1\"", "\"r 1\"", "name" },
		{ FRAME_RELAY_HELLO, "33333-44444", "a\\u0007", "token" },
		{ FRAME_RELAY_HELLO, "65530", "65535", "instances" },
		{ FRAME_RELAY_HELLO, ":2}", ":0}", "instances" },
		{ FRAME_RELAY_HELLO, ":2}", ":9}", "instances" },
		{ FRAME_RELAY_HELLO, "192.0.2.9", "relay", "address" },
		{ FRAME_RELAY_CODE, ":1,", ":8,", "instance" },
		{ FRAME_RELAY_CODE, ":30", ":31", "life" },
		{ FRAME_RELAY_CODE, ":30", ":0", "life" },
		{ FRAME_RELAY_CODE, B44, "AQ==", "hash" },
		{ FRAME_RELAY_LOAD, ":0,", ":8,", "instance" },
		{ FRAME_RELAY_LOAD, ":1,", ":4294967296,", "pairs" },
		{ FRAME_RELAY_LOAD, ":4}", ":-1}", "refused" },
		{ FRAME_CANDIDATES, "\"local\"", "\"lan\"", "[0].type" },
		{ FRAME_CANDIDATES, "udp", "sctp", "transport" },
		{ FRAME_CANDIDATES, ":9}", ":4294967296}", "priority" },
		{ FRAME_CANDIDATES, "[{", "[1,{", "candidates" },
		{ FRAME_POLICY, "\"up\"", "\"UP\"", "entries[0].op" },
		{ FRAME_POLICY, "V88RY", "V88R", "entries[0].system" },
		{ FRAME_POLICY, "V88RY", "V88RYY", "entries[0].system" },
		{ FRAME_POLICY, "80-90", "90-80", "acls[0].ports" },
		{ FRAME_POLICY, "80-90", "0-80", "acls[0].ports" },
		{ FRAME_POLICY, "80-90", "", "acls[0].ports" },
		{ FRAME_POLICY, "80-90", "80/90", "acls[0].ports" },
		{ FRAME_POLICY, "80-90", "00080-00090-", "acls[0].ports" },
		{ FRAME_POLICY, "tcp", "icmp", "acls[0].ports" },
		{ FRAME_POLICY, "tcp", "tcp/80", "acls[0].protocol" },
		{ FRAME_POLICY, "\"not_after\":0", "\"not_after\":-1",
		    "not_after" },
		{ FRAME_INTRODUCTION, "controlled", "both", "role" },
		{ FRAME_INTRODUCTION, UFRAG, "abc", "local.ufrag" },
		{ FRAME_INTRODUCTION, UFRAG, "abcdefghijklmnopq", "ufrag" },
		{ FRAME_INTRODUCTION, PWD, "0123456789abcdef01234", "pwd" },
		{ FRAME_INTRODUCTION, PWD, PWD "01234567890", "local.pwd" },
		{ FRAME_INTRODUCTION, PWD, "0123456789 abcdefABCDEF", "pwd" },
		{ FRAME_INTRODUCTION, ":77", ":-77", "number" },
		{ FRAME_INTRODUCE, "V88RY", "v88ry", "system" },
		{ FRAME_PING, "ping", "PING", "type" },
		{ FRAME_PING, "\"ping\"", "1", "type" }
	};
	size_t	 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		refused_change(t[i].type, t[i].from, t[i].to, t[i].word);
}

/* prefix, n times element with commas, suffix */
static char *
repeat_text(const char *prefix, const char *element, size_t n,
    const char *suffix)
{
	size_t	 one = strlen(element), i, cap;
	char	*s, *p;

	cap = strlen(prefix) + n * (one + 1) + strlen(suffix) + 1;
	s = malloc(cap);
	ATF_REQUIRE(s != NULL);
	strlcpy(s, prefix, cap);
	p = s + strlen(s);
	for (i = 0; i < n; i++) {
		memcpy(p, element, one);
		p += one;
		*p++ = ',';
	}
	if (n > 0)
		p--;
	strlcpy(p, suffix, cap - (size_t)(p - s));
	return s;
}

static void
array_limit(const char *prefix, const char *element, size_t max,
    const char *suffix, enum frame_type type, const char *word)
{
	struct frame	*f;
	const char	*why = NULL;
	char		*s;

	s = repeat_text(prefix, element, max, suffix);
	f = parse_text(s, &why);
	ATF_REQUIRE_MSG(f != NULL && get_any(f, type, &why) == 0, "%s: %s",
	    word, why);
	frame_free(f);
	free(s);
	s = repeat_text(prefix, element, max + 1, suffix);
	refused_text(s, type, word);
	free(s);
}

ATF_TC_WITHOUT_HEAD(arrays_have_a_maximum);
ATF_TC_BODY(arrays_have_a_maximum, tc)
{
	array_limit("{\"type\":\"candidates\",\"generation\":1,"
	    "\"candidates\":[", CAND, ICE_CAND_MAX, "]}", FRAME_CANDIDATES,
	    "candidates");
	array_limit("{\"type\":\"welcome\",\"time\":1,\"session\":\"" B24
	    "\",\"stun\":[", "{\"address\":\"192.0.2.1\",\"port\":1}",
	    MSG_EPS_MAX, "]}",
	    FRAME_WELCOME, "stun");
	array_limit("{\"type\":\"policy\",\"sequence\":1,\"full\":false,"
	    "\"entries\":[", "{\"op\":\"down\",\"system\":\"V88RY\"}",
	    FRAME_ENTRIES_MAX, "]}", FRAME_POLICY, "entries");
	array_limit("{\"type\":\"policy\",\"sequence\":1,\"full\":false,"
	    "\"entries\":[{\"op\":\"up\",\"system\":\"V88RY\","
	    "\"description\":\"\",\"certificate\":\"AQID\",\"not_after\":1,"
	    "\"acls\":[", "{\"protocol\":\"any\"}", ACL_MAX, "]}]}",
	    FRAME_POLICY, "entries[0].acls");
}

ATF_TC_WITHOUT_HEAD(text_is_made_harmless);
ATF_TC_BODY(text_is_made_harmless, tc)
{
	struct msg_link_refused	 out;
	struct frame		*f;
	const char		*why;
	uint8_t			*buf;
	size_t			 len;

	f = parse_text("{\"type\":\"refused\",\"enrolment\":false,\"reason\":"
	    "\"a\\u001b[1m\\n\\u007f\\u0085\\u202e\xe2\x82\xac\"}", &why);
	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_EQ(frame_get_refused(f, &out, &why), 0);
	ATF_CHECK_STREQ(out.reason, "a?[1m????\xe2\x82\xac");
	frame_free(f);
	buf = frame_put_refused(1, "x\xff\xc3(\xc0\x80\n", &len);
	f = parse_buffer(buf, len, FRAME_REFUSED);
	ATF_REQUIRE_EQ(frame_get_refused(f, &out, &why), 0);
	ATF_CHECK_STREQ(out.reason, "x?" "?(?" "??");
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(long_description_is_cut_between_characters);
ATF_TC_BODY(long_description_is_cut_between_characters, tc)
{
	struct msg_enrol_request	 out;
	struct frame			*f;
	const char			*why;
	char				 text[2048], want[128] = "";
	int				 i;

	snprintf(text, sizeof(text), "{\"type\":\"enrol\",\"key\":\"2\","
	    "\"identity\":\"" B44 "\",\"tunnel\":\"" B44 "\",\"aes\":false,"
	    "\"signature\":\"" B88 "\",\"description\":\"");
	for (i = 0; i < 70; i++)
		strlcat(text, "\xc3\xbc", sizeof(text));
	strlcat(text, "\"}", sizeof(text));
	for (i = 0; i < 63; i++)
		strlcat(want, "\xc3\xbc", sizeof(want));
	f = parse_text(text, &why);
	ATF_REQUIRE_MSG(f != NULL, "%s", why);
	ATF_REQUIRE_EQ(frame_get_enrol(f, &out, &why), 0);
	ATF_CHECK_STREQ(out.description, want);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(long_reason_is_refused);
ATF_TC_BODY(long_reason_is_refused, tc)
{
	char	 to[259];

	memset(to, 'a', sizeof(to) - 1);
	to[0] = to[257] = '"';
	to[258] = '\0';
	refused_change(FRAME_REFUSED, "\"no\"", to, "reason: too long");
}

ATF_TC_WITHOUT_HEAD(unknown_members_are_ignored);
ATF_TC_BODY(unknown_members_are_ignored, tc)
{
	struct msg_conn_ack	 out;
	struct frame		*f;
	const char		*why;

	f = parse_text("{\"new\":[{\"x\":null}],\"sequence\":2,"
	    "\"type\":\"ack\"}", &why);
	ATF_REQUIRE(f != NULL);
	ATF_REQUIRE_EQ(frame_get_ack(f, &out, &why), 0);
	ATF_CHECK_EQ(out.sequence, 2);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(a_decoder_takes_its_own_type_only);
ATF_TC_BODY(a_decoder_takes_its_own_type_only, tc)
{
	struct frame	*f;
	const char	*why;
	size_t		 i, k;

	for (i = 0; i < TYPES; i++) {
		f = parse_text(good[i], &why);
		ATF_REQUIRE(f != NULL);
		for (k = 0; k < FRAME_PING; k++) {
			if (i == k)
				continue;
			ATF_CHECK_EQ(get_any(f, (enum frame_type)k, &why), -1);
			ATF_CHECK(strstr(why, "type") != NULL);
		}
		frame_free(f);
	}
}

ATF_TC_WITHOUT_HEAD(a_failed_decode_leaves_zeros);
ATF_TC_BODY(a_failed_decode_leaves_zeros, tc)
{
	static const struct msg_enrol_request	 zero;
	struct msg_enrol_request		 out;
	struct frame				*f;
	const char				*why;

	f = parse_text("{\"type\":\"enrol\",\"key\":\"22222\","
	    "\"identity\":\"" B44 "\"}", &why);
	ATF_REQUIRE(f != NULL);
	memset(&out, 0xff, sizeof(out));
	ATF_REQUIRE_EQ(frame_get_enrol(f, &out, &why), -1);
	ATF_CHECK_STREQ(why, "tunnel: missing");
	ATF_CHECK_EQ(memcmp(&out, &zero, sizeof(out)), 0);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(garbage_is_not_a_frame);
ATF_TC_BODY(garbage_is_not_a_frame, tc)
{
	static const char *const	 bad[] = {
		"", "{", "}", "[]", "null", "\"ping\"", "{}}", "{}",
		"{\"type\":\"ping\"} ", " {\"type\":\"ping\"}",
		"{\"type\":\"ping\"}{\"type\":\"ping\"}",
		"{\"type\":\"ping\",\"type\":\"ping\"}",
		"{\"type\":\"ping\",\"a\":{\"b\":1,\"b\":2}}",
		"{\"type\":\"ping\",\"a\":\"\\u0000\"}",
		"{\"type\":\"ping\\u0000\"}", "{\"type\":\"ping\",}",
		"{\"type\":\"\xff\"}", "{\"type\":\"ping\",\"a\":\"\n\"}",
		"{\"type\":\"ping\",\"a\":1e999}", "{'type':'ping'}",
		"{\"type\":\"ping\",\"\\u0000\":1}", "{\"type\":\"pingpong\"}",
		"{\"type\":\"ping\"\"}", "{\"type\":\"ping\\\"}"
	};
	static const uint8_t		 nul[] = "{\"type\":\"ping\"\0}";
	const char			*why;
	size_t				 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		why = NULL;
		ATF_CHECK_MSG(parse_text(bad[i], &why) == NULL, "accepted %s",
		    bad[i]);
		ATF_CHECK(why != NULL && why[0] != '\0');
	}
	ATF_CHECK(frame_parse(nul, sizeof(nul) - 1, &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: NUL byte");
	ATF_CHECK(parse_text(bad[11], &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: member twice");
}

ATF_TC_WITHOUT_HEAD(no_prefix_of_a_frame_is_a_frame);
ATF_TC_BODY(no_prefix_of_a_frame_is_a_frame, tc)
{
	const char	*why;
	uint8_t		*copy;
	size_t		 i, n;

	for (i = 0; i < TYPES; i++) {
		for (n = 0; n < strlen(good[i]); n++) {
			/* Exact memory, so that a read past it is seen. */
			copy = malloc(n == 0 ? 1 : n);
			ATF_REQUIRE(copy != NULL);
			memcpy(copy, good[i], n);
			ATF_CHECK(frame_parse(copy, n, &why) == NULL);
			free(copy);
		}
	}
}

static struct frame *
parse_nested(int depth)
{
	const char	*why;
	char		 s[256] = "{\"type\":\"ping\",\"a\":";
	int		 i;

	for (i = 0; i < depth - 1; i++)
		strlcat(s, "[", sizeof(s));
	strlcat(s, "\"[[[[[[\\\"{{{{{{{{{{{{{{\"", sizeof(s));
	for (i = 0; i < depth - 1; i++)
		strlcat(s, "]", sizeof(s));
	strlcat(s, "}", sizeof(s));
	return parse_text(s, &why);
}

ATF_TC_WITHOUT_HEAD(nesting_has_a_limit);
ATF_TC_BODY(nesting_has_a_limit, tc)
{
	struct frame	*f;
	const char	*why;
	char		*s;

	f = parse_nested(FRAME_DEPTH_MAX);
	ATF_CHECK(f != NULL);
	frame_free(f);
	ATF_CHECK(parse_nested(FRAME_DEPTH_MAX + 1) == NULL);
	s = malloc(FRAME_MAX + 1);
	ATF_REQUIRE(s != NULL);
	memset(s, '[', FRAME_MAX);
	memcpy(s, "{\"a\":", 5);
	memcpy(s + FRAME_MAX - 1, "}", 2);
	ATF_CHECK(parse_text(s, &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: nested too deeply");
	free(s);
}

ATF_TC_WITHOUT_HEAD(values_and_bytes_have_a_limit);
ATF_TC_BODY(values_and_bytes_have_a_limit, tc)
{
	struct frame	*f;
	const char	*why;
	char		*s;

	s = repeat_text("{\"type\":\"ping\",\"a\":[", "{}",
	    FRAME_CONTAINERS_MAX - 2, "]}");
	f = parse_text(s, &why);
	ATF_CHECK(f != NULL);
	frame_free(f);
	free(s);
	s = repeat_text("{\"type\":\"ping\",\"a\":[", "{}",
	    FRAME_CONTAINERS_MAX - 1, "]}");
	ATF_CHECK(parse_text(s, &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: too many values");
	free(s);
	s = repeat_text("{\"type\":\"ping\",\"a\":[", "0",
	    FRAME_VALUES_MAX, "]}");
	ATF_CHECK(parse_text(s, &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: too many values");
	free(s);

	s = malloc(FRAME_MAX + 2);
	ATF_REQUIRE(s != NULL);
	memset(s, ' ', FRAME_MAX + 1);
	memcpy(s, "{\"type\":\"ping\"", 14);
	s[FRAME_MAX - 1] = '}';
	f = frame_parse((uint8_t *)s, FRAME_MAX, &why);
	ATF_CHECK(f != NULL);
	frame_free(f);
	s[FRAME_MAX - 1] = ' ';
	s[FRAME_MAX] = '}';
	ATF_CHECK(frame_parse((uint8_t *)s, FRAME_MAX + 1, &why) == NULL);
	ATF_CHECK_STREQ(why, "frame: too long");
	free(s);
}
ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_missing_or_mistyped_member_is_named);
	ATF_TP_ADD_TC(tp, a_member_out_of_range_is_named);
	ATF_TP_ADD_TC(tp, arrays_have_a_maximum);
	ATF_TP_ADD_TC(tp, text_is_made_harmless);
	ATF_TP_ADD_TC(tp, long_description_is_cut_between_characters);
	ATF_TP_ADD_TC(tp, long_reason_is_refused);
	ATF_TP_ADD_TC(tp, unknown_members_are_ignored);
	ATF_TP_ADD_TC(tp, a_decoder_takes_its_own_type_only);
	ATF_TP_ADD_TC(tp, a_failed_decode_leaves_zeros);
	ATF_TP_ADD_TC(tp, garbage_is_not_a_frame);
	ATF_TP_ADD_TC(tp, no_prefix_of_a_frame_is_a_frame);
	ATF_TP_ADD_TC(tp, nesting_has_a_limit);
	ATF_TP_ADD_TC(tp, values_and_bytes_have_a_limit);
	return atf_no_error();
}
