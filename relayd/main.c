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
 * enclave-relayd: options, configuration, and the start of the parent.
 */

#include <sys/types.h>

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "relayd/relayd.h"

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
	fprintf(stderr, "usage: enclave-relayd [-dnv] [-f file] "
	    "[-L directory]\n");
	exit(2);
}

static void
parse_options(int argc, char *argv[], struct options *o)
{
	int	 ch;

	memset(o, 0, sizeof(*o));
	o->file = RELAYD_CONF_FILE;
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

static int
run(struct relayd *d, const struct options *o)
{
	static char	 state[CONF_PATH_MAX];
	struct parent	*pa = &d->parent;

	if (parent_lock(d->conf->state) == -1 || provide_open(d) == -1)
		return 1;
	pa->desc = relayd_table(d->conf);
	pa->env = d;
	pa->libexec = o->libexec;
	/* A configuration that is read again replaces this one. */
	strlcpy(state, d->conf->state, sizeof(state));
	pa->state = state;
	pa->instances = (uint32_t)d->conf->processes;
	pa->foreground = o->foreground;
	return parent_run(pa);
}

int
main(int argc, char *argv[])
{
	static struct relayd	 d;
	static char		 file[PATH_MAX];
	struct options		 o;

	/* What the caller had open is not ours. */
	closefrom(STDERR_FILENO + 1);
	parse_options(argc, argv, &o);
	if ((d.conf = relayd_conf_parse(o.file, NULL, NULL)) == NULL)
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
	log_set_level(relayd_log_level(&d));
	return run(&d, &o);
}
