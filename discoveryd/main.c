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
 * enclave-discoveryd: options, configuration, and the start of the parent.
 */

#include <sys/types.h>

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "discoveryd/discoveryd.h"

#ifndef LIBEXECDIR
#define LIBEXECDIR	"/usr/local/libexec/enclave"
#endif

struct options {
	const char	*file;
	const char	*libexec;
	int		 foreground;
	int		 check;
	int		 verbose;
};

static void
usage(void)
{
	fprintf(stderr, "usage: enclave-discoveryd [-dnv] [-f file] "
	    "[-L directory]\n");
	exit(2);
}

static void
parse_options(int argc, char *argv[], struct options *o)
{
	int	 ch;

	memset(o, 0, sizeof(*o));
	o->file = DISCOVERYD_CONF_FILE;
	o->libexec = LIBEXECDIR;
	while ((ch = getopt(argc, argv, "df:L:nv")) != -1) {
		switch (ch) {
		case 'd':
			o->foreground = 1;
			break;
		case 'f':
			o->file = optarg;
			break;
		case 'L':
			o->libexec = optarg;
			break;
		case 'n':
			o->check = 1;
			break;
		case 'v':
			o->verbose = 1;
			break;
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
}

/* How many tlsprocs: without a certificate one makes it, alone. */
static int
count_instances(struct discoveryd *d)
{
	int	 present = keys_tls_present(d);

	if (present == -1)
		return -1;
	d->instances = (unsigned int)d->conf->processes;
	if (present == 0 && d->instances > 1) {
		log_info("the first start makes a certificate in one process; "
		    "\"tls processes %u\" counts from the next start on",
		    d->instances);
		d->instances = 1;
	}
	return 0;
}

static int
run(struct discoveryd *d, const struct options *o)
{
	struct parent	*pa = &d->parent;

	if (parent_lock(d->conf->state) == -1 || keys_check(d) == -1 ||
	    count_instances(d) == -1 || sockets_open(d) == -1)
		return 1;
	zones_open(d);
	geo_open_first(d);
	pa->desc = &discoveryd_desc;
	pa->env = d;
	pa->libexec = o->libexec;
	pa->state = d->conf->state;
	pa->instances = d->instances;
	if (!d->conf->api)
		pa->without = R_API;
	pa->foreground = o->foreground;
	return parent_run(pa);
}

int
main(int argc, char *argv[])
{
	static struct discoveryd	 d;
	static char			 file[PATH_MAX];
	struct options			 o;

	/* What the caller had open is not ours. */
	closefrom(STDERR_FILENO + 1);
	parse_options(argc, argv, &o);
	if ((d.conf = discoveryd_conf_parse(o.file, NULL, NULL)) == NULL)
		return 1;
	if (o.check) {
		printf("configuration OK\n");
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (geteuid() != 0)
		errx(1, "must be started as root, to change to its own users");
	/* A daemon changes its directory. */
	if (realpath(o.file, file) == NULL)
		err(1, "%s", o.file);
	d.file = file;
	d.verbose = o.verbose;
	log_set_level(o.verbose ? LOG_LEVEL_DEBUG :
	    discoveryd_log_level(d.conf->log_level));
	return run(&d, &o);
}
