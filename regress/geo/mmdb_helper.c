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
 * Writes a small database of countries: mmdb_helper file code prefix/length
 * [code prefix/length ...]
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regress/geo/mmdb.h"

int
main(int argc, char *argv[])
{
	static struct mmdb	 m;
	static uint8_t		 file[MMDB_BUFFER];
	FILE			*fp;
	char			*slash;
	size_t			 len;
	int			 i;

	if (argc < 4 || argc % 2 != 0)
		errx(2, "usage: mmdb_helper file code prefix/length ...");
	mmdb_init(&m);
	for (i = 2; i < argc; i += 2) {
		if ((slash = strchr(argv[i + 1], '/')) == NULL)
			errx(2, "%s: not a prefix", argv[i + 1]);
		*slash++ = '\0';
		mmdb_add(&m, argv[i + 1], (int)strtol(slash, NULL, 10),
		    mmdb_country(&m, argv[i]));
	}
	len = mmdb_write(&m, 28, file);
	if ((fp = fopen(argv[1], "w")) == NULL ||
	    fwrite(file, 1, len, fp) != len || fclose(fp) != 0)
		err(1, "%s", argv[1]);
	return 0;
}
