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
 * Linux: chroot, setresuid, no capabilities, no_new_privs, Landlock with
 * every right handled, and a seccomp allow-list.  A call outside the list
 * never reaches the kernel: the handler tells the parent its number and ends
 * the process.  The handler cannot be replaced, rt_sigaction is not allowed.
 */

#include <sys/types.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <linux/landlock.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "imsg/imsg.h"
#include "msg/msg.h"
#include "sandbox/sandbox.h"

#define MMAP_PROT_EXEC	4	/* PROT_EXEC, checked in argument 2 */

static int	 trap_fd = -1;

/* What every process of the suite needs, with the reason. */
static const struct sandbox_call base_calls[] = {
	{ "brk", -1, 0, 0, "malloc" },
	{ "mmap", 2, MMAP_PROT_EXEC, 0, "malloc, never executable" },
	{ "mprotect", 2, MMAP_PROT_EXEC, 0, "hardened malloc" },
	{ "munmap", -1, 0, 0, "malloc" },
	{ "mremap", -1, 0, 0, "realloc" },
	{ "madvise", -1, 0, 0, "malloc" },
	{ "sysinfo", -1, 0, 0, "qsort, which asks how much memory there is" },
	{ "futex", -1, 0, 0, "once and locks of the libraries" },
	{ "getrandom", -1, 0, 0, "random numbers" },
	{ "clock_gettime", -1, 0, 0, "where the vdso cannot" },
	{ "gettimeofday", -1, 0, 0, "libevent, where the vdso cannot" },
	{ "time", -1, 0, 0, "where the vdso cannot" },
	{ "epoll_wait", -1, 0, 0, "event loop" },
	{ "epoll_pwait", -1, 0, 0, "event loop" },
	{ "epoll_pwait2", -1, 0, 0, "event loop" },
	{ "epoll_ctl", -1, 0, 0, "event loop" },
	{ "poll", -1, 0, 0, "flush at the end" },
	{ "ppoll", -1, 0, 0, "flush at the end" },
	{ "read", -1, 0, 0, "channels, wake-ups" },
	{ "write", -1, 0, 0, "channels, wake-ups" },
	{ "readv", -1, 0, 0, "channels" },
	{ "writev", -1, 0, 0, "channels" },
	{ "recvmsg", -1, 0, 0, "channels" },
	{ "sendmsg", -1, 0, 0, "channels" },
	{ "close", -1, 0, 0, "channels that are replaced" },
	{ "fcntl", 1, 0, F_GETFL, "non-blocking" },
	{ "fcntl", 1, 0, F_SETFL, "non-blocking" },
	{ "fcntl", 1, 0, F_GETFD, "close on exec" },
	{ "fcntl", 1, 0, F_SETFD, "close on exec" },
	{ "rt_sigreturn", -1, 0, 0, "end of a signal handler" },
	{ "rt_sigprocmask", -1, 0, 0, "abort, libevent" },
	{ "getpid", -1, 0, 0, "abort, arc4random" },
	{ "gettid", -1, 0, 0, "abort" },
	{ "tgkill", -1, 0, 0, "abort; no other process has this user" },
	{ "exit", -1, 0, 0, "end" },
	{ "exit_group", -1, 0, 0, "end" },
	{ "restart_syscall", -1, 0, 0, "after a stop" },
	{ "sched_yield", -1, 0, 0, "libraries" },
};

/* What newer libraries try first and can do without. */
static const char *const refused_calls[] = {
	"clone3", "openat2", "statx", "faccessat2", "fchmodat2",
	"futex_waitv", "rseq", "set_robust_list"
};

/* While still root: what execve could ever give back. */
static int
drop_bounding_set(void)
{
	int	 cap;

	for (cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == -1 &&
		    errno != EINVAL)
			return -1;
	return 0;
}

static int
drop_capabilities(void)
{
	struct __user_cap_header_struct	 header;
	struct __user_cap_data_struct	 data[2];

	memset(&header, 0, sizeof(header));
	memset(data, 0, sizeof(data));
	header.version = _LINUX_CAPABILITY_VERSION_3;
	return syscall(SYS_capset, &header, data) == -1 ? -1 : 0;
}

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
	*what = "bounding set";
	if (drop_bounding_set() == -1)
		return -1;
	*what = "setresgid";
	if (setresgid(gid, gid, gid) == -1)
		return -1;
	*what = "setresuid";
	if (setresuid(uid, uid, uid) == -1)
		return -1;
	*what = "capabilities";
	if (drop_capabilities() == -1)
		return -1;
	*what = "no_new_privs";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	*what = "dumpable";
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    setrlimit(RLIMIT_CORE, &none) == -1)
		return -1;
	*what = "there was a way back to root";
	if (setresuid(0, 0, 0) != -1 || setresgid(0, 0, 0) != -1) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

/* Landlock rights by version of its interface; unknown ones are masked. */
static uint64_t
landlock_rights(int abi)
{
	uint64_t	 rights = (1ULL << 13) - 1;

	if (abi >= 2)
		rights |= 1ULL << 13;	/* refer */
	if (abi >= 3)
		rights |= 1ULL << 14;	/* truncate */
	if (abi >= 5)
		rights |= 1ULL << 15;	/* device ioctl */
	return rights;
}

/* Returns the version in force, 0 where the kernel has none, -1. */
static int
enter_landlock(enum sandbox_files files)
{
	struct landlock_ruleset_attr		 attr;
	struct landlock_path_beneath_attr	 below;
	int					 abi, fd, root;

	abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (abi <= 0)
		return 0;
	memset(&attr, 0, sizeof(attr));
	attr.handled_access_fs = landlock_rights(abi);
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    sizeof(attr.handled_access_fs), 0);
	if (fd == -1)
		return -1;
	if (files == SANDBOX_ROOT_FILES) {
		root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		memset(&below, 0, sizeof(below));
		below.parent_fd = root;
		below.allowed_access = attr.handled_access_fs &
		    (LANDLOCK_ACCESS_FS_READ_FILE |
		    LANDLOCK_ACCESS_FS_WRITE_FILE |
		    LANDLOCK_ACCESS_FS_READ_DIR |
		    LANDLOCK_ACCESS_FS_MAKE_REG |
		    LANDLOCK_ACCESS_FS_REMOVE_FILE | 1ULL << 14);
		if (root == -1 || syscall(SYS_landlock_add_rule, fd,
		    LANDLOCK_RULE_PATH_BENEATH, &below, 0) == -1)
			return -1;
		close(root);
	}
	if (syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		return -1;
	close(fd);
	return abi;
}

static size_t
append_number(char *p, unsigned int n)
{
	char	 digits[12];
	size_t	 len = 0, i;

	do {
		digits[len++] = (char)('0' + n % 10);
		n /= 10;
	} while (n != 0);
	for (i = 0; i < len; i++)
		p[i] = digits[len - 1 - i];
	return len;
}

/* Only what is safe in a signal handler: one message by hand, then the end. */
static void
on_sigsys(int sig, siginfo_t *info, void *context)
{
	static const char	 text[] = "ended by its filter: system call ";
	struct {
		struct imsg_hdr	 hdr;
		uint8_t		 body[64];
	} m;
	size_t			 len = sizeof(text) - 1;

	(void)sig;
	(void)context;
	memset(&m, 0, sizeof(m));
	memcpy(m.body + 3, text, len);
	len += append_number((char *)m.body + 3 + len,
	    (unsigned int)info->si_syscall);
	m.body[0] = LOG_LEVEL_ERROR;
	m.body[2] = (uint8_t)len;
	m.hdr.type = MSG_LOG;
	m.hdr.len = (uint32_t)(sizeof(m.hdr) + 3 + len);
	if (write(trap_fd, &m, m.hdr.len) == -1)
		_exit(128 + SIGSYS);
	_exit(128 + SIGSYS);
}

static int
add_call(scmp_filter_ctx ctx, const struct sandbox_call *c)
{
	struct scmp_arg_cmp	 cmp;
	int			 nr = seccomp_syscall_resolve_name(c->name);

	/* A name that this machine does not have needs no rule. */
	if (nr == __NR_SCMP_ERROR)
		return 0;
	if (c->arg < 0)
		return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
	cmp = SCMP_CMP64((unsigned int)c->arg, SCMP_CMP_MASKED_EQ,
	    c->mask == 0 ? 0xffffffffULL : c->mask, c->value);
	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, 1, &cmp);
}

static int
enter_seccomp(const struct sandbox_policy *policy)
{
	scmp_filter_ctx	 ctx = seccomp_init(SCMP_ACT_TRAP);
	int		 error = 0, nr;
	size_t		 i;

	if (ctx == NULL)
		return -1;
	for (i = 0; i < sizeof(base_calls) / sizeof(base_calls[0]); i++)
		error |= add_call(ctx, &base_calls[i]);
	for (i = 0; i < policy->ncalls; i++)
		error |= add_call(ctx, &policy->calls[i]);
	for (i = 0; i < sizeof(refused_calls) / sizeof(refused_calls[0]);
	    i++) {
		nr = seccomp_syscall_resolve_name(refused_calls[i]);
		if (nr != __NR_SCMP_ERROR)
			error |= seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
			    nr, 0);
	}
	if (error == 0)
		error = seccomp_load(ctx);
	seccomp_release(ctx);
	return error == 0 ? 0 : -1;
}

int
sandbox_enter(const struct sandbox_policy *policy, int report_fd,
    const char **what)
{
	struct sigaction	 sa;
	int			 landlock;

	trap_fd = report_fd;
	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = on_sigsys;
	sa.sa_flags = SA_SIGINFO;
	*what = "signal handler";
	if (sigaction(SIGSYS, &sa, NULL) == -1)
		return -1;
	*what = "Landlock";
	if ((landlock = enter_landlock(policy->files)) == -1)
		return -1;
	*what = "seccomp";
	if (enter_seccomp(policy) == -1)
		return -1;
	return landlock;
}
