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
 * Confinement of one child.  Each process folder declares one policy beside
 * the code it confines; the engine is the system's own (seccomp and Landlock,
 * or pledge and unveil).
 */

#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

enum sandbox_files {
	SANDBOX_NO_FILES,	/* not a single path */
	SANDBOX_ROOT_FILES	/* read, write, make, remove below its root */
};

/*
 * A system call beyond the common base.  arg >= 0: allowed only when that
 * argument, masked, equals value (0 mask: all bits).
 */
struct sandbox_call {
	const char	*name;
	int		 arg;
	uint64_t	 mask;
	uint64_t	 value;
	const char	*reason;
};

struct sandbox_policy {
	const char			*pledge;
	enum sandbox_files		 files;
	const struct sandbox_call	*calls;
	size_t				 ncalls;
};

/*
 * Become uid and gid for good, with root as root directory, no supplementary
 * groups, no capabilities, no new privileges, no core and no tracer.  Checks
 * that there is no way back.  0 or -1 with *what telling the step.
 */
int	sandbox_drop(const char *root, uid_t uid, gid_t gid,
	    const char **what);

/*
 * Enter the policy; there is no way out.  report_fd: where a call that the
 * filter refuses is told before the process ends.  Returns the level of
 * Landlock in force (0: none), or -1 with *what.
 */
int	sandbox_enter(const struct sandbox_policy *, int report_fd,
	    const char **what);

#endif /* SANDBOX_SANDBOX_H */
