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
 * Tests of the shared lexer with a small grammar of their own: tokens are
 * written out as text and compared, reports likewise.
 */

#include "conf/lex.h"
#include "regress/conf/support.h"

#define STRING	300
#define NUMBER	301
#define INVALID	302

static const struct lex_keyword	 keywords[] = {
	{ "alpha",	303 },
	{ "beta",	304 },
};

static const struct lex_grammar	 grammar = {
	keywords, 2, STRING, NUMBER, INVALID, 0
};

/* One letter for each token, then its value; closes the lexer. */
static void
drain(struct lex *lx, char *out, size_t size)
{
	struct lex_value	 value;
	char			 token[1100];
	int			 t;

	*out = '\0';
	while ((t = lex_token(lx, &value)) != 0) {
		if (t == STRING)
			snprintf(token, sizeof(token), "s(%s)", value.string);
		else if (t == NUMBER)
			snprintf(token, sizeof(token), "n(%lld)",
			    (long long)value.number);
		else if (t == INVALID)
			strlcpy(token, "!", sizeof(token));
		else if (t > 302)
			snprintf(token, sizeof(token), "k%d", t - 302);
		else if (t == '\n')
			strlcpy(token, ";", sizeof(token));
		else
			snprintf(token, sizeof(token), "%c", t);
		strlcat(out, token, size);
	}
	lex_close(lx);
}

static void
check_tokens(const char *text, const char *tokens, const char *reports)
{
	struct reports	 r = { "" };
	struct lex	*lx;
	char		 out[8192];

	lx = lex_open_buffer("x", text, strlen(text), &grammar, reports_add,
	    &r);
	ATF_REQUIRE(lx != NULL);
	drain(lx, out, sizeof(out));
	ATF_CHECK_STREQ(out, tokens);
	ATF_CHECK_STREQ(r.text, reports);
}

static void
check_file(const char *path, const char *tokens, const char *reports)
{
	struct reports	 r = { "" };
	struct lex	*lx;
	char		 out[8192] = "";

	lx = lex_open(path, &grammar, reports_add, &r);
	if (lx != NULL)
		drain(lx, out, sizeof(out));
	ATF_CHECK_STREQ(out, tokens);
	ATF_CHECK_STREQ(r.text, reports);
}

ATF_TC_WITHOUT_HEAD(words_are_keywords_numbers_or_strings);
ATF_TC_BODY(words_are_keywords_numbers_or_strings, tc)
{
	check_tokens("alpha gamma 12 -7 2001:db8::1\n",
	    "k1s(gamma)n(12)n(-7)s(2001:db8::1);", "");
	check_tokens("\"alpha\" \"12\"\n", "s(alpha)s(12);", "");
	check_tokens("alpha { }\n", "k1{};", "");
	check_tokens("alpha", "k1;", "");
	check_tokens("", "", "");
}

ATF_TC_WITHOUT_HEAD(empty_lines_and_comments_are_no_statements);
ATF_TC_BODY(empty_lines_and_comments_are_no_statements, tc)
{
	check_tokens("\n\n # one\nalpha # two \\\nbeta\n\n#", "k1;k2;", "");
}

ATF_TC_WITHOUT_HEAD(backslash_joins_lines_and_lines_are_still_counted);
ATF_TC_BODY(backslash_joins_lines_and_lines_are_still_counted, tc)
{
	check_tokens("alpha \\\n beta\\\nbeta\n\001\n", "k1k2k2;!;",
	    "x:4: invalid character 0x01\n");
}

ATF_TC_WITHOUT_HEAD(strings_know_two_escapes);
ATF_TC_BODY(strings_know_two_escapes, tc)
{
	check_tokens("\"a\\\"b\\\\c\"\n", "s(a\"b\\c);", "");
	check_tokens("\"a\\n\"\nbeta\n", "!;k2;",
	    "x:1: invalid escape in string\n");
	check_tokens("beta \"open\nbeta\n", "k2!;k2;",
	    "x:1: string is not closed\n");
	check_tokens("\"open", "!;", "x:1: string is not closed\n");
	check_tokens("\"a\tb\"\n", "!;",
	    "x:1: invalid character 0x09 in string\n");
}

ATF_TC_WITHOUT_HEAD(macros_stand_for_their_value);
ATF_TC_BODY(macros_stand_for_their_value, tc)
{
	check_tokens("a = 12\nb=\"12\"\nc = alpha\nd = $b\n"
	    "$a $b $c $d \"$a\"\n",
	    "n(12)s(12)k1s(12)s($a);", "");
}

ATF_TC_WITHOUT_HEAD(bad_macros_are_reported);
ATF_TC_BODY(bad_macros_are_reported, tc)
{
	check_tokens("$x\n", "!;", "x:1: macro \"x\" is not defined\n");
	check_tokens("a=1\na=2\n", "", "x:2: macro \"a\" is defined twice\n");
	check_tokens("alpha=1\n", "",
	    "x:1: \"alpha\" is a keyword, not a macro\n");
	check_tokens("include=1\n", "",
	    "x:1: \"include\" is a keyword, not a macro\n");
	check_tokens("9a=1\n", "", "x:1: \"9a\" is not a name for a macro\n");
	check_tokens("a.b=1\n", "", "x:1: \"a.b\" is not a name for a macro\n");
	check_tokens("a=\nbeta\n", "k2;", "x:1: macro has no value\n");
	check_tokens("a=1 2\nbeta\n", "k2;",
	    "x:1: macro is followed by more text\n");
	check_tokens("abcdefghijklmnopqrstuvwxyzabcdef=1\n", "",
	    "x:1: \"abcdefghijklmnopqrstuvwxyzabcdef\" is too long for a "
	    "macro\n");
	check_tokens("beta $\n", "k2!;",
	    "x:1: \"\" is not a name for a macro\n");
	check_tokens("a = $b\n", "", "x:1: macro \"b\" is not defined\n");
}

ATF_TC_WITHOUT_HEAD(macros_are_at_most_256);
ATF_TC_BODY(macros_are_at_most_256, tc)
{
	char	 line[32], text[8192] = "";
	int	 i;

	for (i = 0; i < LEX_MACROS_MAX + 1; i++) {
		snprintf(line, sizeof(line), "m%d=1\n", i);
		strlcat(text, line, sizeof(text));
	}
	check_tokens(text, "",
	    "x:257: macro \"m256\" is one macro too many\n");
}

ATF_TC_WITHOUT_HEAD(numbers_are_bounded);
ATF_TC_BODY(numbers_are_bounded, tc)
{
	check_tokens("9223372036854775807\n", "n(9223372036854775807);", "");
	check_tokens("alpha 9223372036854775808 beta\n", "k1!;",
	    "x:1: number is too large\n");
	check_tokens("-9223372036854775809\n", "!;",
	    "x:1: number is too small\n");
}

ATF_TC_WITHOUT_HEAD(words_are_at_most_1023_bytes);
ATF_TC_BODY(words_are_at_most_1023_bytes, tc)
{
	char	 text[1200], tokens[1200];

	memset(text, 'a', 1023);
	strlcpy(text + 1023, "\n", 2);
	snprintf(tokens, sizeof(tokens), "s(%.1023s);", text);
	check_tokens(text, tokens, "");
	memset(text, 'a', 1024);
	strlcpy(text + 1024, "\nbeta\n", 7);
	check_tokens(text, "k2;", "x:1: word is longer than 1023 bytes\n");
	memcpy(text, "alpha \"", 7);
	strlcpy(text + 7 + 1024, "\"\nbeta\n", 8);
	memset(text + 7, 'a', 1024);
	check_tokens(text, "k1!;k2;", "x:1: word is longer than 1023 bytes\n");
}

ATF_TC_WITHOUT_HEAD(statements_are_at_most_8_kib);
ATF_TC_BODY(statements_are_at_most_8_kib, tc)
{
	struct reports	 r = { "" };
	struct lex	*lx;
	char		 text[10001];
	static char	 out[40000];
	size_t		 i;

	for (i = 0; i < 10000; i += 2)
		memcpy(text + i, "a ", 2);
	memcpy(text + 9999, "\n", 2);
	lx = lex_open_buffer("x", text, 10000, &grammar, reports_add, &r);
	ATF_REQUIRE(lx != NULL);
	drain(lx, out, sizeof(out));
	ATF_CHECK_STREQ(r.text, "x:1: statement is too long\n");
	ATF_CHECK_STREQ(out + strlen(out) - 2, "!;");
}

ATF_TC_WITHOUT_HEAD(a_line_of_one_mebibyte_is_refused);
ATF_TC_BODY(a_line_of_one_mebibyte_is_refused, tc)
{
	struct reports	 r = { "" };
	char		*text;

	ATF_REQUIRE((text = malloc(LEX_FILE_MAX + 1)) != NULL);
	memset(text, 'a', LEX_FILE_MAX);
	text[LEX_FILE_MAX] = '\n';
	write_bytes("long", 0600, text, LEX_FILE_MAX);
	check_file("long", "", "long:1: word is longer than 1023 bytes\n");
	write_bytes("longer", 0600, text, LEX_FILE_MAX + 1);
	check_file("longer", "", "longer: larger than 1048576 bytes\n");
	ATF_CHECK(lex_open_buffer("x", text, LEX_FILE_MAX + 1, &grammar,
	    reports_add, &r) == NULL);
	ATF_CHECK_STREQ(r.text, "x: larger than 1048576 bytes\n");
	free(text);
}

ATF_TC_WITHOUT_HEAD(garbage_ends_after_twenty_errors);
ATF_TC_BODY(garbage_ends_after_twenty_errors, tc)
{
	struct reports	 r = { "" };
	struct lex	*lx;
	char		 out[256];
	unsigned char	 text[512];
	size_t		 i, lines = 0;

	for (i = 0; i < sizeof(text); i++)
		text[i] = i % 2 ? '\n' : (unsigned char)(0x80 + i / 4);
	lx = lex_open_buffer("x", text, sizeof(text), &grammar, reports_add,
	    &r);
	ATF_REQUIRE(lx != NULL);
	drain(lx, out, sizeof(out));
	for (i = 0; r.text[i] != '\0'; i++)
		lines += r.text[i] == '\n';
	ATF_CHECK_EQ(lines, LEX_ERRORS_MAX + 1);
	ATF_CHECK(strstr(r.text, "x:20: too many errors\n") != NULL);
}

ATF_TC_WITHOUT_HEAD(reports_hold_only_printable_ascii);
ATF_TC_BODY(reports_hold_only_printable_ascii, tc)
{
	struct reports	 r = { "" };

	ATF_CHECK(lex_open("no\033[2J\377", &grammar, reports_add, &r) ==
	    NULL);
	ATF_CHECK_STREQ(r.text, "no?[2J?: No such file or directory\n");
}

ATF_TC_WITHOUT_HEAD(includes_are_read_in_place);
ATF_TC_BODY(includes_are_read_in_place, tc)
{
	ATF_REQUIRE(mkdir("d", 0700) == 0);
	write_text("d/main",
	    "alpha 1\ninclude \"sub\" # here\nalpha 4 $m\n\001");
	write_text("d/sub", "alpha 2\nm = 5\nalpha 3\n\n\002");
	check_file("d/main", "k1n(1);k1n(2);k1n(3);!;k1n(4)n(5);!;",
	    "d/sub:5: invalid character 0x02\n"
	    "d/main:4: invalid character 0x01\n");
}

ATF_TC_WITHOUT_HEAD(include_loops_are_refused);
ATF_TC_BODY(include_loops_are_refused, tc)
{
	write_text("a", "alpha\ninclude \"b\"\nalpha\n");
	write_text("b", "\n\ninclude \"./a\"\nbeta\n");
	check_file("a", "k1;k2;k1;", "b:3: ./a: includes itself\n");
}

ATF_TC_WITHOUT_HEAD(includes_are_bounded_in_depth_and_number);
ATF_TC_BODY(includes_are_bounded_in_depth_and_number, tc)
{
	char	 name[16], text[4096] = "", tokens[256] = "";
	int	 i;

	for (i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		snprintf(text, sizeof(text), "include \"f%d\"\n", i + 1);
		write_text(name, i < 8 ? text : "");
	}
	check_file("f0", "", "f7:1: f8: includes are too deep\n");
	text[0] = '\0';
	for (i = 0; i < LEX_FILES_MAX; i++)
		strlcat(text, "include \"one\"\n", sizeof(text));
	for (i = 0; i < LEX_FILES_MAX - 1; i++)
		strlcat(tokens, "k1;", sizeof(tokens));
	write_text("one", "alpha\n");
	write_text("many", text);
	check_file("many", tokens, "many:64: one: too many includes\n");
}

ATF_TC_WITHOUT_HEAD(included_bytes_are_bounded);
ATF_TC_BODY(included_bytes_are_bounded, tc)
{
	char	*text;

	ATF_REQUIRE((text = malloc(LEX_FILE_MAX)) != NULL);
	memset(text, '\n', LEX_FILE_MAX);
	write_bytes("big", 0600, text, LEX_FILE_MAX);
	free(text);
	write_text("main", "include \"big\"\ninclude \"big\"\n"
	    "include \"big\"\ninclude \"big\"\n");
	check_file("main", "",
	    "main:4: big: all files together are too large\n");
}

ATF_TC_WITHOUT_HEAD(bad_includes_are_reported);
ATF_TC_BODY(bad_includes_are_reported, tc)
{
	write_text("m", "include\ninclude x\ninclude \"x\" y\n"
	    "include \"none\"\ninclude \"x\nalpha\n");
	check_file("m", "k1;", "m:1: include needs a quoted path\n"
	    "m:2: include needs a quoted path\n"
	    "m:3: include is followed by more text\n"
	    "m:4: none: No such file or directory\n"
	    "m:5: string is not closed\n");
	check_tokens("include \"m\"\nbeta\n", "k2;",
	    "x:1: include is not possible here\n");
}

ATF_TC_WITHOUT_HEAD(files_others_may_write_are_refused);
ATF_TC_BODY(files_others_may_write_are_refused, tc)
{
	write_bytes("group", 0660, "alpha\n", 6);
	check_file("group", "", "group: writable by group or others\n");
	write_bytes("other", 0602, "alpha\n", 6);
	check_file("other", "", "other: writable by group or others\n");
	write_bytes("fine", 0644, "include \"group\"\nbeta\n", 21);
	check_file("fine", "k2;",
	    "fine:1: group: writable by group or others\n");
}

ATF_TC_WITHOUT_HEAD(what_is_no_regular_file_is_refused);
ATF_TC_BODY(what_is_no_regular_file_is_refused, tc)
{
	ATF_REQUIRE(mkfifo("fifo", 0600) == 0);
	check_file("fifo", "", "fifo: not a regular file\n");
	ATF_REQUIRE(mkdir("dir", 0700) == 0);
	check_file("dir", "", "dir: not a regular file\n");
}

ATF_TC(files_of_other_users_are_refused);
ATF_TC_HEAD(files_of_other_users_are_refused, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(files_of_other_users_are_refused, tc)
{
	write_text("theirs", "alpha\n");
	ATF_REQUIRE(chown("theirs", 65534, (gid_t)-1) == 0);
	check_file("theirs", "",
	    "theirs: owned by neither root nor the current user\n");
}

ATF_TC_WITHOUT_HEAD(a_grammar_may_have_another_limit_of_size);
ATF_TC_BODY(a_grammar_may_have_another_limit_of_size, tc)
{
	static const struct lex_grammar	 small = {
		keywords, 2, STRING, NUMBER, INVALID, 8
	};
	struct reports			 r = { "" };
	struct lex			*lx;

	ATF_REQUIRE((lx = lex_open_buffer("x", "alpha 12", 8, &small,
	    reports_add, &r)) != NULL);
	lex_close(lx);
	ATF_CHECK(lex_open_buffer("x", "alpha 123", 9, &small, reports_add,
	    &r) == NULL);
	ATF_CHECK_STREQ(r.text, "x: larger than 8 bytes\n");
}

ATF_TC_WITHOUT_HEAD(unsorted_keywords_are_refused);
ATF_TC_BODY(unsorted_keywords_are_refused, tc)
{
	static const struct lex_keyword	 bad[] = {
		{ "beta", 303 }, { "alpha", 304 }
	};
	static const struct lex_grammar	 unsorted = {
		bad, 2, STRING, NUMBER, INVALID, 0
	};
	struct reports			 r = { "" };

	ATF_CHECK(lex_open_buffer("x", "", 0, &unsorted, reports_add, &r) ==
	    NULL);
	ATF_CHECK_STREQ(r.text, "x: keywords of the grammar are not sorted\n");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, words_are_keywords_numbers_or_strings);
	ATF_TP_ADD_TC(tp, empty_lines_and_comments_are_no_statements);
	ATF_TP_ADD_TC(tp, backslash_joins_lines_and_lines_are_still_counted);
	ATF_TP_ADD_TC(tp, strings_know_two_escapes);
	ATF_TP_ADD_TC(tp, macros_stand_for_their_value);
	ATF_TP_ADD_TC(tp, bad_macros_are_reported);
	ATF_TP_ADD_TC(tp, macros_are_at_most_256);
	ATF_TP_ADD_TC(tp, numbers_are_bounded);
	ATF_TP_ADD_TC(tp, words_are_at_most_1023_bytes);
	ATF_TP_ADD_TC(tp, statements_are_at_most_8_kib);
	ATF_TP_ADD_TC(tp, a_line_of_one_mebibyte_is_refused);
	ATF_TP_ADD_TC(tp, garbage_ends_after_twenty_errors);
	ATF_TP_ADD_TC(tp, reports_hold_only_printable_ascii);
	ATF_TP_ADD_TC(tp, includes_are_read_in_place);
	ATF_TP_ADD_TC(tp, include_loops_are_refused);
	ATF_TP_ADD_TC(tp, includes_are_bounded_in_depth_and_number);
	ATF_TP_ADD_TC(tp, included_bytes_are_bounded);
	ATF_TP_ADD_TC(tp, bad_includes_are_reported);
	ATF_TP_ADD_TC(tp, files_others_may_write_are_refused);
	ATF_TP_ADD_TC(tp, what_is_no_regular_file_is_refused);
	ATF_TP_ADD_TC(tp, files_of_other_users_are_refused);
	ATF_TP_ADD_TC(tp, a_grammar_may_have_another_limit_of_size);
	ATF_TP_ADD_TC(tp, unsorted_keywords_are_refused);
	return atf_no_error();
}
