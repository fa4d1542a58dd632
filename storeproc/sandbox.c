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
 * What storeproc may do beyond the common base: the files below its root,
 * which is the folder of the database, and to take connections on the
 * administrator's socket.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>

#include "storeproc/storeproc.h"

static const struct sandbox_call calls[] = {
	{ "accept4", -1, 0, 0, "administrator" },
	{ "getsockopt", 2, 0, SO_PEERCRED, "who the administrator is" },
	{ "openat", -1, 0, 0, "database, its log and its folder" },
	{ "newfstatat", -1, 0, 0, "is the database still the same file" },
	{ "fstat", -1, 0, 0, "size of the database" },
	{ "access", -1, 0, 0, "is there a journal" },
	{ "faccessat", -1, 0, 0, "is there a journal" },
	{ "pread64", -1, 0, 0, "pages" },
	{ "pwrite64", -1, 0, 0, "pages" },
	{ "fsync", -1, 0, 0, "durability" },
	{ "fdatasync", -1, 0, 0, "durability" },
	{ "ftruncate", -1, 0, 0, "log and shared index" },
	{ "fallocate", -1, 0, 0, "shared index" },
	{ "unlink", -1, 0, 0, "log after the last close" },
	{ "unlinkat", -1, 0, 0, "log after the last close" },
	{ "fcntl", 1, 0, F_SETLK, "locks of the database" },
	{ "fcntl", 1, 0, F_GETLK, "locks of the database" },
	{ "geteuid", -1, 0, 0, "owner of new files" },
};

/*
 * unix: accept; sendfd: a backup; flock: fcntl locks; the rest: files of the
 * database.
 */
const struct sandbox_policy storeproc_sandbox = {
	.pledge = "stdio rpath wpath cpath flock unix recvfd sendfd",
	.files = SANDBOX_ROOT_FILES,
	.calls = calls,
	.ncalls = sizeof(calls) / sizeof(calls[0]),
};
