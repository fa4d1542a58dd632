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
 * What the tests of the configuration files share: collected reports, files
 * in the working directory of the test, and the way to the tree.
 */

#ifndef REGRESS_CONF_SUPPORT_H
#define REGRESS_CONF_SUPPORT_H

#include <sys/stat.h>

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPORTS_MAX	8192

struct reports {
	char		 text[REPORTS_MAX];
};

static inline void
reports_add(void *arg, const char *text)
{
	struct reports	*r = arg;

	strlcat(r->text, text, sizeof(r->text));
	strlcat(r->text, "\n", sizeof(r->text));
}

static inline void
write_bytes(const char *path, mode_t mode, const void *data, size_t size)
{
	FILE	*fp;

	ATF_REQUIRE((fp = fopen(path, "w")) != NULL);
	ATF_REQUIRE(fwrite(data, 1, size, fp) == size);
	ATF_REQUIRE(fclose(fp) == 0);
	ATF_REQUIRE(chmod(path, mode) == 0);
}

static inline void
write_text(const char *path, const char *text)
{
	write_bytes(path, 0600, text, strlen(text));
}

/* The whole file as a string; freed by the caller. */
static inline char *
read_text(const char *path)
{
	char	*text;
	FILE	*fp;
	size_t	 n;

	ATF_REQUIRE((fp = fopen(path, "r")) != NULL);
	ATF_REQUIRE((text = calloc(1, 65536)) != NULL);
	n = fread(text, 1, 65535, fp);
	ATF_REQUIRE(n > 0 && n < 65535);
	fclose(fp);
	return text;
}

/*
 * Finds a file of the tree: below the variable "top" when it is set, else
 * below the folder of the test program or one that holds it.
 */
static inline char *
read_from_tree(const atf_tc_t *tc, const char *file)
{
	const char	*base;
	char		 path[4096];
	int		 up;

	base = atf_tc_get_config_var_wd(tc, "top",
	    atf_tc_get_config_var_wd(tc, "srcdir", "."));
	strlcpy(path, base, sizeof(path));
	for (up = 0; up < 6; up++) {
		char	 full[4096 + 128];

		snprintf(full, sizeof(full), "%s/%s", path, file);
		if (access(full, R_OK) == 0)
			return read_text(full);
		strlcat(path, "/..", sizeof(path));
	}
	atf_tc_fail("%s not found from %s: set the variable top", file, base);
}

#endif /* REGRESS_CONF_SUPPORT_H */
