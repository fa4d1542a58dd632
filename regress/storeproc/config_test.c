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

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_export_has_what_was_configured_and_nothing_else);
	ATF_TP_ADD_TC(tp,
	    an_export_can_be_of_one_organisation_and_for_programs);
	return atf_no_error();
}
