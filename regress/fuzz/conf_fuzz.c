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
 * All configuration grammars from memory.  What is accepted must print to a
 * form that is accepted and prints to the same bytes.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discoveryd/conf.h"
#include "enclaved/conf.h"
#include "relayd/conf.h"

#define PRINT_MAX	65536

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
ignore(void *arg, const char *text)
{
	(void)arg;
	if (strlen(text) == 0)
		abort();
}

/* Prints what the bytes mean into buf; the length, or -1 if refused. */
static long
print_enclaved(const void *data, size_t size, char *buf)
{
	struct enclaved_conf	*conf;
	FILE			*fp;
	long			 n;

	conf = enclaved_conf_parse_buffer("fuzz", data, size, ignore, NULL);
	if (conf == NULL)
		return -1;
	if ((fp = fmemopen(buf, PRINT_MAX, "w")) == NULL ||
	    enclaved_conf_print(conf, fp) == -1)
		abort();
	n = ftell(fp);
	fclose(fp);
	enclaved_conf_free(conf);
	return n;
}

static long
print_discoveryd(const void *data, size_t size, char *buf)
{
	struct discoveryd_conf	*conf;
	FILE			*fp;
	long			 n;

	conf = discoveryd_conf_parse_buffer("fuzz", data, size, ignore, NULL);
	if (conf == NULL)
		return -1;
	if ((fp = fmemopen(buf, PRINT_MAX, "w")) == NULL ||
	    discoveryd_conf_print(conf, fp) == -1)
		abort();
	n = ftell(fp);
	fclose(fp);
	discoveryd_conf_free(conf);
	return n;
}

static long
print_relayd(const void *data, size_t size, char *buf)
{
	struct relayd_conf	*conf;
	FILE			*fp;
	long			 n;

	conf = relayd_conf_parse_buffer("fuzz", data, size, ignore, NULL);
	if (conf == NULL)
		return -1;
	if ((fp = fmemopen(buf, PRINT_MAX, "w")) == NULL ||
	    relayd_conf_print(conf, fp) == -1)
		abort();
	n = ftell(fp);
	fclose(fp);
	relayd_conf_free(conf);
	return n;
}

static void
check(long (*print)(const void *, size_t, char *), const uint8_t *data,
    size_t size)
{
	static char	 again[PRINT_MAX], first[PRINT_MAX];
	long		 n;

	if ((n = print(data, size, first)) == -1)
		return;
	if (print(first, (size_t)n, again) != n ||
	    memcmp(first, again, (size_t)n) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(print_enclaved, data, size);
	check(print_discoveryd, data, size);
	check(print_relayd, data, size);
	return 0;
}
