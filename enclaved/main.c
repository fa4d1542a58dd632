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
 * enclaved: options, configuration, and over to the parent.
 */

#include <sys/types.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/version.h"
#include "enclaved/enclaved.h"

#ifndef LIBEXECDIR
#define LIBEXECDIR	"/usr/local/libexec/enclave"
#endif

static void
usage(void)
{
	fprintf(stderr, "usage: enclaved [-dnvV] [-f file] [-L directory]\n");
	exit(2);
}

int
main(int argc, char *argv[])
{
	static struct enclaved	 e;
	static char		 path[PATH_MAX];
	const char		*libexec = LIBEXECDIR;
	int			 ch, check = 0, foreground = 0, code;

	/* What the caller had open is not ours. */
	closefrom(STDERR_FILENO + 1);
	e.conf_path = ENCLAVED_CONF_FILE;
	e.tun = e.udp4 = e.udp6 = e.route = e.control = e.flows = -1;
	e.tcp4 = e.tcp6 = -1;
	while ((ch = getopt(argc, argv, "df:L:nvV")) != -1) {
		switch (ch) {
		case 'd':
			foreground = 1;
			break;
		case 'f':
			e.conf_path = optarg;
			break;
		case 'L':
			libexec = optarg;
			break;
		case 'n':
			check = 1;
			break;
		case 'v':
			e.verbose = 1;
			break;
		case 'V':
			printf("enclaved %s\n", ENCLAVE_VERSION);
			return 0;
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
	/* A reload must find it after the process has left this directory. */
	if (realpath(e.conf_path, path) != NULL)
		e.conf_path = path;
	if (config_load(&e) == -1)
		return 1;
	if (check) {
		printf("configuration OK\n");
		return 0;
	}
	if (geteuid() != 0) {
		log_error("enclaved must be started as root; its children "
		    "give that up");
		return 1;
	}
	if (libexec[0] != '/') {
		log_error("-L needs an absolute path");
		return 2;
	}
	log_set_level(config_log_level(&e));
	e.parent.desc = &enclaved_desc;
	e.parent.env = &e;
	e.parent.libexec = libexec;
	e.parent.state = e.conf->state;
	e.parent.foreground = foreground;
	if (parent_lock(e.conf->state) == -1 || provide_open(&e) == -1)
		return 1;
	code = parent_run(&e.parent);
	provide_close(&e);
	return code;
}
