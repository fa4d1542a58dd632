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
 * What ctlproc may do beyond the common base: sqlite's calls on files below
 * its own root directory, and connections of enclavectl on the listening
 * socket it was given.  No socket of its own, no network.
 */

#include <sys/types.h>

#include <fcntl.h>

#include "ctlproc/ctl.h"

static const struct sandbox_call calls[] = {
	{ "accept4", -1, 0, 0, "enclavectl" },
	{ "accept", -1, 0, 0, "enclavectl" },
	{ "openat", -1, 0, 0, "sqlite: database, log, directory" },
	{ "open", -1, 0, 0, "sqlite" },
	{ "newfstatat", -1, 0, 0, "sqlite" },
	{ "fstat", -1, 0, 0, "sqlite" },
	{ "stat", -1, 0, 0, "sqlite" },
	{ "lstat", -1, 0, 0, "sqlite" },
	{ "access", -1, 0, 0, "sqlite" },
	{ "faccessat", -1, 0, 0, "sqlite" },
	{ "lseek", -1, 0, 0, "sqlite" },
	{ "pread64", -1, 0, 0, "sqlite" },
	{ "pwrite64", -1, 0, 0, "sqlite" },
	{ "fsync", -1, 0, 0, "sqlite: commit" },
	{ "fdatasync", -1, 0, 0, "sqlite: commit" },
	{ "ftruncate", -1, 0, 0, "sqlite: log" },
	{ "unlink", -1, 0, 0, "sqlite: log" },
	{ "unlinkat", -1, 0, 0, "sqlite: log" },
	{ "fcntl", 1, 0, F_SETLK, "sqlite: locks" },
	{ "fcntl", 1, 0, F_GETLK, "sqlite: locks" },
	{ "fcntl", 1, 0, F_SETLKW, "sqlite: locks" },
	{ "getcwd", -1, 0, 0, "sqlite" },
	{ "geteuid", -1, 0, 0, "sqlite" },
	{ "getuid", -1, 0, 0, "sqlite" },
	{ "fchmod", -1, 0, 0, "sqlite: mode of the log" },
	{ "fchown", -1, 0, 0, "sqlite: owner of the log" },
	{ "nanosleep", -1, 0, 0, "sqlite: busy" },
	{ "clock_nanosleep", -1, 0, 0, "sqlite: busy" },
};

/* rpath wpath cpath flock: sqlite; unix: accept(2). */
const struct sandbox_policy ctlproc_sandbox = {
	.pledge = "stdio rpath wpath cpath flock unix recvfd",
	.files = SANDBOX_ROOT_FILES,
	.calls = calls,
	.ncalls = sizeof(calls) / sizeof(calls[0]),
};
