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
 * OpenBSD: chroot, setresuid, unveil and pledge.
 */

#include <sys/types.h>
#include <sys/resource.h>

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

int
sandbox_drop(const char *root, uid_t uid, gid_t gid, const char **what)
{
	struct rlimit	 none = { 0, 0 };

	*what = "chroot";
	if (chroot(root) == -1 || chdir("/") == -1)
		return -1;
	*what = "setgroups";
	if (setgroups(1, &gid) == -1)
		return -1;
	*what = "setresgid";
	if (setresgid(gid, gid, gid) == -1)
		return -1;
	*what = "setresuid";
	if (setresuid(uid, uid, uid) == -1)
		return -1;
	*what = "core limit";
	if (setrlimit(RLIMIT_CORE, &none) == -1)
		return -1;
	*what = "there was a way back to root";
	if (setresuid(0, 0, 0) != -1) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int
sandbox_enter(const struct sandbox_policy *policy, int report_fd,
    const char **what)
{
	(void)report_fd;
	*what = "unveil";
	if (unveil("/", policy->files == SANDBOX_ROOT_FILES ? "rwc" : "") ==
	    -1)
		return -1;
	*what = "pledge";
	if (pledge(policy->pledge, NULL) == -1)
		return -1;
	return 0;
}
