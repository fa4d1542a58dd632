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
 * Starts a program as a careless person would, for the test that daemons do
 * not pass on what they inherit: with many open descriptors of all kinds and
 * an environment full of what libraries obey.
 *
 *	dirty_helper mark program [argument ...]
 *
 * The mark is the value of most variables, so that memory can be searched
 * for it.
 */

#include <sys/types.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STRAY_MIN	20

static const char *const names[] = {
	"TMPDIR", "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "MALLOC_ARENA_TEST",
	"MALLOC_CONF", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES",
	"EVENT_SHOW_METHOD", "SQLITE_TMPDIR", "LD_LIBRARY_PATH", "HOME",
	"GCONV_PATH", "NLSPATH", "LOCPATH", "ENCLAVE_MARK"
};

static void
open_strays(void)
{
	int	 pair[2], n = 0;

	while (n < STRAY_MIN) {
		if (pipe(pair) == -1)
			err(1, "pipe");
		n += 2;
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
			err(1, "socketpair");
		n += 2;
		if (open("/dev/null", O_RDWR) == -1 ||
		    open("/etc/shadow", O_RDONLY) == -1 ||
		    open("/", O_RDONLY | O_DIRECTORY) == -1 ||
		    socket(AF_INET, SOCK_DGRAM, 0) == -1 ||
		    socket(AF_INET, SOCK_STREAM, 0) == -1 ||
		    eventfd(0, 0) == -1 || epoll_create1(0) == -1)
			err(1, "open");
		n += 7;
	}
}

int
main(int argc, char *argv[])
{
	size_t	 i;

	if (argc < 3) {
		fprintf(stderr, "usage: dirty_helper mark program "
		    "[argument ...]\n");
		return 2;
	}
	open_strays();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (setenv(names[i], argv[1], 1) == -1)
			err(1, "setenv");
	/* These have to be true, or nothing would start at all. */
	if (setenv("LD_PRELOAD", "", 1) == -1 ||
	    setenv("MALLOC_PERTURB_", "165", 1) == -1 ||
	    setenv("MALLOC_CHECK_", "0", 1) == -1 ||
	    setenv("LC_ALL", "POSIX", 1) == -1 ||
	    setenv("TZ", "Asia/Tokyo", 1) == -1)
		err(1, "setenv");
	execv(argv[2], argv + 2);
	err(1, "%s", argv[2]);
}
