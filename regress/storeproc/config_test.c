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
 * The configuration as text, between the real storeproc and the real
 * enclave-discoveryctl.
 */

#include <stdarg.h>

#include "regress/storeproc/run.h"
#include "regress/storeproc/world.h"

static char	out[RUN_OUT_MAX];

static int
tool(struct world *w, const char *word, ...)
{
	const char	*words[RUN_ARGS_MAX + 1];
	struct run	 r;
	va_list		 ap;
	size_t		 n = 0;

	va_start(ap, word);
	for (; word != NULL && n < RUN_ARGS_MAX; word = va_arg(ap,
	    const char *))
		words[n++] = word;
	va_end(ap);
	words[n] = NULL;
	run_begin(&r, w->socket, words);
	return run_end(&r, out);
}

static void
expect(int code, int want, const char *text)
{
	ATF_REQUIRE_EQ_MSG(code, want, "%d: %s", code, out);
	ATF_REQUIRE_MSG(strstr(out, text) != NULL, "no \"%s\" in: %s", text,
	    out);
}

/* An organisation with one of everything; the name of its system. */
static void
populate(struct world *w, char name[NAME_STRLEN])
{
	world_start(w);
	org_add(w, "acme");
	key_add(w, 5, 0);
	enrol(w, 1, name);
	expect(tool(w, "requirement", "add", "-o", "acme", "-t", "address",
	    "-c", "allow range 192.0.2.0/24", "-n", "office", "home", NULL),
	    0, "added");
	expect(tool(w, "tag", "add", "-o", "acme", "-c", "#00aaff", "-q",
	    "home", "-n", "a \"b\"", "web", NULL), 0, "added");
	expect(tool(w, "policy", "add", "-o", "acme", "-s", "web", "-s",
	    "people", "-r", "servers", "-a", "udp/5000-5010", "-a", "tcp/443",
	    "-q", "home", "-h", "mon-fri 08:00-18:00 UTC", "-e",
	    "2037-01-31T12:00:00Z", "-x", "delete", "web", NULL), 0, "added");
	expect(tool(w, "policy", "disable", "-o", "acme", "web", NULL), 0, "");
}

TEST(an_export_has_what_was_configured_and_nothing_else)
{
	struct world	 w;
	char		 name[NAME_STRLEN], want[256];

	populate(&w, name);
	expect(tool(&w, "export", NULL), 0, "organisation \"acme\" {\n"
	    "	ipv4 100.64.0.0/10\n");
	expect(0, 0, "	requirement home {\n"
	    "		type address\n"
	    "		condition \"allow range 192.0.2.0/24\"\n"
	    "		notes \"office\"\n"
	    "	}\n"
	    "\n"
	    "	tag web {\n"
	    "		colour \"#00aaff\"\n"
	    "		requirements home\n"
	    "		notes \"a \\\"b\\\"\"\n"
	    "	}\n"
	    "\n"
	    "	policy \"web\" {\n"
	    "		senders people, web\n"
	    "		receivers servers\n"
	    "		allow tcp/443\n"
	    "		allow udp/5000-5010\n"
	    "		requirements home\n"
	    "		hours \"mon-fri 08:00-18:00 UTC\"\n"
	    "		expiry 2037-01-31T12:00:00Z delete\n"
	    "		disabled\n"
	    "	}\n"
	    "\n"
	    "	key \"\" id 1 {\n"
	    "		type general\n"
	    "		approval automatic\n"
	    "		uses 5\n"
	    "		tags servers\n"
	    "	}\n");
	snprintf(want, sizeof(want), "	system %s {\n"
	    "		description \"box 1\"\n"
	    "		tags servers\n"
	    "	}\n"
	    "}\n", name);
	expect(0, 0, want);
	/* No secret, and not the first symbols of one. */
	ATF_CHECK(strstr(out, "22222") == NULL);
	world_end(&w);
}

TEST(an_export_can_be_of_one_organisation_and_for_programs)
{
	struct world	 w;
	char		 name[NAME_STRLEN];

	populate(&w, name);
	org_add(&w, "beta");
	expect(tool(&w, "export", "-o", "beta", NULL), 0, "\"beta\"");
	ATF_CHECK(strstr(out, "acme") == NULL);
	expect(tool(&w, "export", "-j", NULL), 0, "\"type\": \"policy\"");
	expect(0, 0, "\"allow tcp/443\"");
	expect(tool(&w, "export", "-o", "gamma", NULL), 1, "gamma");
	expect(tool(&w, "export", "x", NULL), 2, "usage");
	world_end(&w);
}

/* Writes the text to a file of this name. */
static void
write_text(const char *path, const char *text)
{
	FILE	*fp;

	ATF_REQUIRE((fp = fopen(path, "w")) != NULL);
	ATF_REQUIRE(fputs(text, fp) != EOF);
	ATF_REQUIRE(fclose(fp) == 0);
	ATF_REQUIRE(chmod(path, 0600) == 0);
}

/* The file with one piece of text in the place of another. */
static void
write_with(const char *path, const char *text, const char *old,
    const char *new)
{
	static char	 buf[RUN_OUT_MAX];
	const char	*at = strstr(text, old);

	ATF_REQUIRE_MSG(at != NULL, "no \"%s\"", old);
	snprintf(buf, sizeof(buf), "%.*s%s%s", (int)(at - text), text, new,
	    at + strlen(old));
	write_text(path, buf);
}

/* As one export prints it, from here to the next call. */
static const char *
export(struct world *w)
{
	static char	 text[RUN_OUT_MAX];

	expect(tool(w, "export", NULL), 0, "#");
	memcpy(text, out, sizeof(text));
	return text;
}

TEST(an_export_applied_again_changes_nothing)
{
	struct world	 w;
	char		 name[NAME_STRLEN];

	populate(&w, name);
	write_text("file", export(&w));
	expect(tool(&w, "apply", "file", NULL), 0, "nothing to change\n");
	ATF_CHECK_STREQ(out, "nothing to change\n");
	expect(tool(&w, "apply", "-j", "file", NULL), 0,
	    "\"changes\": []");
	world_end(&w);
}

TEST(an_empty_service_becomes_what_the_file_says)
{
	const char	*words[] = { "apply", "file", NULL };
	struct msg_org_key	 key;
	union msg_any		 any;
	struct world		 w;
	struct run		 r;
	char			 name[NAME_STRLEN], first[65536];
	char			*at;

	populate(&w, name);
	expect(tool(&w, "org", "set", "-c", "quarantine", "-u", "yes", NULL),
	    0, "");
	expect(tool(&w, "org", "set", "-l", "90d", "-g", "1h", NULL), 0, "");
	strlcpy(first, export(&w), sizeof(first));
	write_text("file", first);
	world_end(&w);

	world_start(&w);
	/* The new authority is made within the batch. */
	run_begin(&r, w.socket, words);
	end_expect(&w.auth, MSG_ORG_KEY_MAKE, &any);
	memset(&key, 0, sizeof(key));
	key.id = any.org_key_make.id;
	key.ok = 1;
	memset(key.authority, 0xaa, sizeof(key.authority));
	end_send(&w.auth, MSG_ORG_KEY, &key, -1);
	expect(run_end(&r, out), 0, "+ policy acme \"web\"\n");
	expect(0, 0, "! key acme \"\": not there");
	expect(0, 0, "4 changed\n");
	/* All but what has to enrol, and the keys. */
	ATF_REQUIRE((at = strstr(first, "\n	key ")) != NULL);
	strlcpy(at, "}\n", 3);
	ATF_CHECK_STREQ(export(&w), first);
	expect(tool(&w, "apply", "file", NULL), 0, "nothing to change\n");
	world_end(&w);
}

TEST(a_look_at_the_difference_changes_nothing)
{
	struct world	 w;
	const char	*first;
	char		 name[NAME_STRLEN], again[65536];

	populate(&w, name);
	first = export(&w);
	strlcpy(again, first, sizeof(again));
	write_with("file", first, "allow tcp/443\n", "allow tcp/8443\n");
	expect(tool(&w, "apply", "-n", "file", NULL), 0,
	    "~ policy acme \"web\"\n"
	    "        - allow tcp/443\n"
	    "        + allow tcp/8443\n"
	    "1 to change, nothing was changed\n");
	ATF_CHECK_STREQ(export(&w), again);
	expect(tool(&w, "apply", "-jn", "file", NULL), 0,
	    "\"dry_run\": true");
	expect(0, 0, "\"change\": \"changed\"");
	ATF_CHECK_STREQ(export(&w), again);
	expect(tool(&w, "apply", "file", NULL), 0, "1 changed\n");
	expect(tool(&w, "export", NULL), 0, "allow tcp/8443\n");
	world_end(&w);
}

TEST(a_change_that_is_refused_undoes_those_before_it)
{
	struct world	 w;
	const char	*first;
	char		 name[NAME_STRLEN], again[65536];

	populate(&w, name);
	first = export(&w);
	strlcpy(again, first, sizeof(again));
	/* The tag goes last, and is refused: the policy has it. */
	write_with("file", first, "	tag web {\n"
	    "		colour \"#00aaff\"\n"
	    "		requirements home\n"
	    "		notes \"a \\\"b\\\"\"\n"
	    "	}\n", "	tag new\n");
	expect(tool(&w, "apply", "file", NULL), 5, "tag \"web\" of acme: ");
	expect(0, 0, "nothing was changed\n");
	ATF_CHECK_STREQ(export(&w), again);
	/* So does a look. */
	expect(tool(&w, "apply", "-n", "file", NULL), 5, "tag \"web\"");
	/* What is refused at its place in the file is named so. */
	write_with("file", again, "2037-01-31T12:00:00Z delete\n"
	    "		disabled\n", "2007-01-31T12:00:00Z\n");
	expect(tool(&w, "apply", "file", NULL), 5, "file:");
	expect(0, 0, "policy \"web\": ");
	ATF_CHECK_STREQ(export(&w), again);
	world_end(&w);
}

TEST(what_the_file_does_not_name_goes_in_its_organisations_only)
{
	struct world	 w;
	char		 name[NAME_STRLEN], text[512];

	populate(&w, name);
	org_add(&w, "beta");
	expect(tool(&w, "tag", "add", "-o", "beta", "stays", NULL), 0, "");
	snprintf(text, sizeof(text), "organisation \"acme\" {\n"
	    "	system %s {\n		description \"box 1\"\n"
	    "		disabled\n	}\n}\n", name);
	write_text("file", text);
	expect(tool(&w, "apply", "file", NULL), 0,
	    "        - tags servers\n        + disabled\n");
	expect(0, 0, "- key acme \"\" id 1\n");
	expect(0, 0, "- policy acme \"web\"\n");
	expect(0, 0, "- tag acme \"web\"\n");
	expect(0, 0, "- requirement acme \"home\"\n");
	expect(0, 0, "5 changed\n");
	expect(tool(&w, "export", "-o", "acme", NULL), 0, text + 24);
	ATF_CHECK(strstr(out, "policy") == NULL && strstr(out, "tag") == NULL
	    && strstr(out, "key") == NULL);
	expect(tool(&w, "export", "-o", "beta", NULL), 0, "tag stays\n");
	world_end(&w);
}

TEST(keys_change_but_are_made_only_when_asked_for)
{
	const char	*words[] = { "apply", "-k", "file", NULL };
	struct msg_key_made	 made;
	union msg_any		 any;
	struct world		 w;
	struct run		 r;
	const char		*text;
	char			 name[NAME_STRLEN];

	populate(&w, name);
	write_with("file", export(&w), "	key \"\" id 1 {\n"
	    "		type general\n"
	    "		approval automatic\n"
	    "		uses 5\n"
	    "		tags servers\n", "	key \"Servers\" id 1 {\n"
	    "		approval automatic\n"
	    "		uses 8\n"
	    "		source 192.0.2.0/24 \"here\"\n"
	    "		expiry 2037-01-01T00:00:00Z delete\n"
	    "		disabled\n"
	    "	}\n"
	    "	key \"New\" {\n"
	    "		approval manual\n"
	    "		uses 3\n");
	expect(tool(&w, "apply", "file", NULL), 0, "! key acme \"New\": not "
	    "there; its text would be a secret");
	expect(0, 0, "        - uses 5\n");
	expect(0, 0, "        + uses 8\n");
	text = export(&w);
	ATF_CHECK(strstr(text, "	key \"Servers\" {\n"
	    "		type general\n"
	    "		approval automatic\n"
	    "		uses 8\n"
	    "		source 192.0.2.0/24 \"here\"\n"
	    "		expiry 2037-01-01T00:00:00Z delete\n"
	    "		disabled\n"
	    "	}\n") != NULL);
	expect(tool(&w, "apply", "file", NULL), 0, "nothing to change\n");
	run_begin(&r, w.socket, words);
	end_expect(&w.auth, MSG_KEY_MAKE, &any);
	memset(&made, 0, sizeof(made));
	made.id = any.key_make.id;
	snprintf(made.key, sizeof(made.key), KEY);
	memset(made.key_hash, 0x78, sizeof(made.key_hash));
	end_send(&w.auth, MSG_KEY_MADE, &made, -1);
	expect(run_end(&r, out), 0, "key acme \"New\": " KEY "\n");
	expect(tool(&w, "apply", "-k", "file", NULL), 0,
	    "nothing to change\n");
	ATF_CHECK(strstr(out, KEY) == NULL);
	world_end(&w);
}

TEST(mistakes_are_told_before_anything_is_asked)
{
	struct world	 w;

	world_start(&w);
	write_text("file", "organisation acme {\n	nonsense\n}\n");
	expect(tool(&w, "apply", "file", NULL), 1, "file:2: organisation "
	    "\"acme\": \"nonsense\" is not known here, expected ipv4");
	expect(tool(&w, "apply", "none", NULL), 1, "none: ");
	ATF_REQUIRE(chmod("file", 0666) == 0);
	expect(tool(&w, "apply", "file", NULL), 1, "writable by");
	expect(tool(&w, "apply", NULL), 2, "usage");
	world_end(&w);
	write_text("file", "");
	expect(tool(&w, "apply", "file", NULL), 3, "not running");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_export_applied_again_changes_nothing);
	ATF_TP_ADD_TC(tp, an_empty_service_becomes_what_the_file_says);
	ATF_TP_ADD_TC(tp, a_look_at_the_difference_changes_nothing);
	ATF_TP_ADD_TC(tp, a_change_that_is_refused_undoes_those_before_it);
	ATF_TP_ADD_TC(tp,
	    what_the_file_does_not_name_goes_in_its_organisations_only);
	ATF_TP_ADD_TC(tp, keys_change_but_are_made_only_when_asked_for);
	ATF_TP_ADD_TC(tp, mistakes_are_told_before_anything_is_asked);
	ATF_TP_ADD_TC(tp, an_export_has_what_was_configured_and_nothing_else);
	ATF_TP_ADD_TC(tp,
	    an_export_can_be_of_one_organisation_and_for_programs);
	return atf_no_error();
}
