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
 * Each sandbox entered for real, in a process of its own: what is allowed
 * works, what is not ends the process and is told.  Root only.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "imsg/imsg.h"
#include "msg/msg.h"
#include "sandbox/sandbox.h"

#define NOBODY		65534
#define REFUSED		(128 + SIGSYS)
#define ALLOWED		0
#define BROKEN		99	/* the test itself did not work */

extern const struct sandbox_policy	authproc_sandbox, cryptoproc_sandbox,
    ctlproc_sandbox, linkproc_sandbox, netproc_sandbox, oidcproc_sandbox,
    policyproc_sandbox,
    spliceproc_sandbox, storeproc_sandbox, stunproc_sandbox, tlsproc_sandbox,
    tunproc_sandbox, apiproc_sandbox;

/* Bits of the processes, to say which of them may call something. */
enum { NET = 1, CRYPTO = 2, TUN = 4, CTL = 8, LINK = 16, TLS = 32,
    POLICY = 64, STORE = 128, AUTH = 256, STUN = 512, SPLICE = 1024,
    OIDC = 2048, API = 4096, ALL = 8191 };

static const struct {
	const char			*name;
	const struct sandbox_policy	*policy;
	unsigned int			 bit;
} processes[] = {
	{ "netproc", &netproc_sandbox, NET },
	{ "cryptoproc", &cryptoproc_sandbox, CRYPTO },
	{ "tunproc", &tunproc_sandbox, TUN },
	{ "ctlproc", &ctlproc_sandbox, CTL },
	{ "linkproc", &linkproc_sandbox, LINK },
	{ "tlsproc", &tlsproc_sandbox, TLS },
	{ "policyproc", &policyproc_sandbox, POLICY },
	{ "storeproc", &storeproc_sandbox, STORE },
	{ "authproc", &authproc_sandbox, AUTH },
	{ "stunproc", &stunproc_sandbox, STUN },
	{ "spliceproc", &spliceproc_sandbox, SPLICE },
	{ "oidcproc", &oidcproc_sandbox, OIDC },
	{ "apiproc", &apiproc_sandbox, API },
};

struct call {
	const char	*name;
	long		 nr;
	long		 arg[4];
	unsigned int	 allowed;	/* in these processes */
};

static const struct call	 calls[] = {
	{ "socket(AF_INET)", SYS_socket, { AF_INET, SOCK_DGRAM }, LINK |
	    NET | OIDC },
	{ "socket(AF_INET6)", SYS_socket, { AF_INET6, SOCK_STREAM }, LINK |
	    NET | OIDC },
	{ "socket(AF_UNIX)", SYS_socket, { AF_UNIX, SOCK_STREAM }, 0 },
	{ "socket(AF_NETLINK)", SYS_socket, { AF_NETLINK, SOCK_RAW }, 0 },
	{ "socket(AF_PACKET)", SYS_socket, { AF_PACKET, SOCK_RAW }, 0 },
	{ "socketpair", SYS_socketpair, { AF_UNIX, SOCK_STREAM }, TLS |
	    API },
	{ "bind", SYS_bind, { -1 }, NET },
	{ "listen", SYS_listen, { -1 }, 0 },
	{ "connect", SYS_connect, { -1 }, LINK | NET | OIDC },
	{ "accept4", SYS_accept4, { -1 }, CTL | TLS | STUN | STORE |
	    SPLICE | NET },
	{ "sendto", SYS_sendto, { -1 }, LINK | STUN | OIDC | API },
	{ "recvfrom", SYS_recvfrom, { -1 }, LINK | STUN | SPLICE |
	    OIDC | API },
	{ "setsockopt", SYS_setsockopt, { -1 }, LINK | NET },
	{ "setsockopt(SOL_SOCKET)", SYS_setsockopt, { -1, SOL_SOCKET },
	    LINK | SPLICE | NET },
	{ "splice", SYS_splice, { -1, 0, -1, 0 }, SPLICE },
	{ "pipe2", SYS_pipe2, { 0, -1 }, SPLICE },
	{ "openat", SYS_openat, { -1, 0, O_RDONLY }, CTL | STORE },
	{ "unlinkat", SYS_unlinkat, { -1, 0, 0 }, CTL | STORE },
	{ "mkdirat", SYS_mkdirat, { -1, 0, 0 }, 0 },
	{ "renameat2", SYS_renameat2, { -1, 0, -1, 0 }, 0 },
	{ "linkat", SYS_linkat, { -1, 0, -1, 0 }, 0 },
	{ "symlinkat", SYS_symlinkat, { 0, -1, 0 }, 0 },
	{ "fchmodat", SYS_fchmodat, { -1, 0, 0 }, 0 },
	{ "mknodat", SYS_mknodat, { -1, 0, 0 }, 0 },
	{ "execve", SYS_execve, { 0 }, 0 },
	{ "execveat", SYS_execveat, { -1, 0 }, 0 },
	{ "clone", SYS_clone, { SIGCHLD }, 0 },
	{ "kill", SYS_kill, { 1, 0 }, 0 },
	{ "ptrace", SYS_ptrace, { 0 }, 0 },
	{ "process_vm_readv", SYS_process_vm_readv, { 1 }, 0 },
	{ "prctl", SYS_prctl, { PR_SET_DUMPABLE, 1 }, 0 },
	{ "seccomp", SYS_seccomp, { 0 }, 0 },
	{ "rt_sigaction", SYS_rt_sigaction, { SIGSYS }, 0 },
	{ "setuid", SYS_setuid, { 0 }, 0 },
	{ "mount", SYS_mount, { 0 }, 0 },
	{ "chroot", SYS_chroot, { 0 }, 0 },
	{ "unshare", SYS_unshare, { 0 }, 0 },
	{ "bpf", SYS_bpf, { 0 }, 0 },
	{ "keyctl", SYS_keyctl, { 0 }, 0 },
	{ "userfaultfd", SYS_userfaultfd, { 0 }, 0 },
	{ "io_uring_setup", SYS_io_uring_setup, { 1 }, 0 },
	{ "perf_event_open", SYS_perf_event_open, { 0 }, 0 },
	{ "memfd_create", SYS_memfd_create, { 0 }, 0 },
	{ "ioctl", SYS_ioctl, { 0, 0x5401 }, 0 },
	{ "fcntl(F_DUPFD)", SYS_fcntl, { 0, F_DUPFD, 100 }, 0 },
	{ "fcntl(F_SETOWN)", SYS_fcntl, { 0, F_SETOWN, 1 }, 0 },
	{ "fcntl(F_SETLK)", SYS_fcntl, { -1, F_SETLK, 0 }, CTL | STORE },
	{ "mmap(PROT_EXEC)", SYS_mmap, { 0, 4096,
	    PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS }, 0 },
	{ "mmap(all rights)", SYS_mmap, { 0, 4096, PROT_READ | PROT_WRITE |
	    PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS }, 0 },
	{ "mprotect(PROT_EXEC)", SYS_mprotect, { 0, 4096, PROT_EXEC }, 0 },
	{ "pkey_mprotect", SYS_pkey_mprotect, { 0, 4096, PROT_READ }, 0 },
	{ "personality", SYS_personality, { 0x0400000 }, 0 },
	{ "mmap", SYS_mmap, { 0, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS }, ALL },
	{ "read", SYS_read, { -1 }, ALL },
	{ "write", SYS_write, { -1 }, ALL },
	{ "recvmsg", SYS_recvmsg, { -1 }, ALL },
	{ "sendmsg", SYS_sendmsg, { -1 }, ALL },
	{ "clone3", SYS_clone3, { 0 }, ALL },	/* answers ENOSYS */
};

#define NCALLS		(sizeof(calls) / sizeof(calls[0]))
#define NPROCESSES	(sizeof(processes) / sizeof(processes[0]))

static const struct sandbox_policy	 empty = {
	.pledge = "stdio",
	.files = SANDBOX_NO_FILES,
};

static char	 root[256];
static int	 report[2];	/* [1] is the sandbox's */

/* One folder for all children, which is its root directory. */
static void
begin(void)
{
	ATF_REQUIRE(getcwd(root, sizeof(root) - 8) != NULL);
	strlcat(root, "/root", sizeof(root));
	ATF_REQUIRE(mkdir(root, 0755) == 0);
	ATF_REQUIRE(chown(root, NOBODY, NOBODY) == 0);
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    report) == 0);
}

static void
drop(void)
{
	const char	*what;

	if (sandbox_drop(root, NOBODY, NOBODY, &what) == -1)
		_exit(BROKEN);
}

static int
enter(const struct sandbox_policy *policy)
{
	const char	*what;
	int		 landlock;

	drop();
	if ((landlock = sandbox_enter(policy, report[1], &what)) == -1)
		_exit(BROKEN);
	return landlock;
}

static int
exit_code(pid_t pid)
{
	int	 status;

	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    1000 + WTERMSIG(status);
}

/* What came on the report descriptor since the last call; its length. */
static size_t
reported(struct msg_log *m)
{
	uint8_t		 buf[512];
	struct imsg_hdr	 hdr;
	ssize_t		 n = read(report[0], buf, sizeof(buf));

	memset(m, 0, sizeof(*m));
	if (n <= 0)
		return 0;
	ATF_REQUIRE((size_t)n > sizeof(hdr));
	memcpy(&hdr, buf, sizeof(hdr));
	ATF_CHECK_EQ(MSG_LOG, hdr.type);
	ATF_CHECK_EQ((size_t)n, hdr.len);
	ATF_CHECK_EQ(MSG_OK, msg_decode(msg_lookup(MSG_LOG),
	    buf + sizeof(hdr), (size_t)n - sizeof(hdr), m));
	return (size_t)n;
}

static int
run_call(const struct sandbox_policy *policy, const struct call *c)
{
	pid_t	 pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		enter(policy);
		/* A new process, if ever there is one, ends at once. */
		syscall(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3],
		    -1L, 0L);
		_exit(ALLOWED);
	}
	return exit_code(pid);
}

static void
check_call(const char *who, const struct sandbox_policy *policy,
    const struct call *c, int allowed)
{
	char		 number[16];
	struct msg_log	 m;
	int		 code = run_call(policy, c);
	size_t		 len = reported(&m);

	ATF_CHECK_MSG(code == (allowed ? ALLOWED : REFUSED),
	    "%s in %s: code %d", c->name, who, code);
	if (allowed || code != REFUSED) {
		ATF_CHECK_MSG(len == 0, "%s in %s: told %s", c->name, who,
		    m.text);
		return;
	}
	snprintf(number, sizeof(number), " %ld", c->nr);
	ATF_CHECK_MSG(len > 0 && strstr(m.text, number) != NULL &&
	    strcmp(strstr(m.text, number), number) == 0,
	    "%s in %s: told \"%s\"", c->name, who, m.text);
}

/* --- Dropping ------------------------------------------------------ */

ATF_TC(nothing_of_root_is_left_after_dropping);
ATF_TC_HEAD(nothing_of_root_is_left_after_dropping, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(nothing_of_root_is_left_after_dropping, tc)
{
	struct stat	 st;
	pid_t		 pid;

	begin();
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		drop();
		if (getuid() != NOBODY || geteuid() != NOBODY ||
		    getgid() != NOBODY || getegid() != NOBODY)
			_exit(1);
		if (setuid(0) != -1 || seteuid(0) != -1 ||
		    setgid(0) != -1 || setresuid(-1, 0, -1) != -1)
			_exit(2);
		if (prctl(PR_GET_DUMPABLE) != 0)
			_exit(3);
		if (chroot("/") != -1 || prctl(PR_CAPBSET_READ, 0) != 0)
			_exit(4);
		if (stat("/etc", &st) != -1 || stat("/proc", &st) != -1)
			_exit(5);
		_exit(ALLOWED);
	}
	ATF_CHECK_EQ(ALLOWED, exit_code(pid));
}

static void
check_status(pid_t pid, const char *want)
{
	char	 path[64], line[256];
	FILE	*f;
	int	 found = 0;

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	ATF_REQUIRE((f = fopen(path, "r")) != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		found |= strcmp(line, want) == 0;
	}
	fclose(f);
	ATF_CHECK_MSG(found, "not in its status: %s", want);
}

/* As seen from outside, while it waits in its sandbox. */
static void
check_outside(pid_t pid)
{
	char		 path[64], target[256];
	struct dirent	*e;
	struct stat	 st;
	ssize_t		 n;
	DIR		*d;

	check_status(pid, "Uid:\t65534\t65534\t65534\t65534");
	check_status(pid, "Gid:\t65534\t65534\t65534\t65534");
	check_status(pid, "CapInh:\t0000000000000000");
	check_status(pid, "CapPrm:\t0000000000000000");
	check_status(pid, "CapEff:\t0000000000000000");
	check_status(pid, "CapBnd:\t0000000000000000");
	check_status(pid, "NoNewPrivs:\t1");
	check_status(pid, "Seccomp:\t2");
	snprintf(path, sizeof(path), "/proc/%ld/root", (long)pid);
	ATF_REQUIRE((n = readlink(path, target, sizeof(target) - 1)) > 0);
	target[n] = '\0';
	ATF_CHECK_STREQ(root, target);
	strlcat(path, "/", sizeof(path));
	ATF_REQUIRE((d = opendir(path)) != NULL);
	while ((e = readdir(d)) != NULL)
		ATF_CHECK_MSG(e->d_name[0] == '.', "%s is there", e->d_name);
	closedir(d);
	/* The files of a process that is not dumpable are root's. */
	snprintf(path, sizeof(path), "/proc/%ld/mem", (long)pid);
	ATF_REQUIRE(stat(path, &st) == 0);
	ATF_CHECK_EQ(0, st.st_uid);
}

ATF_TC(a_confined_process_shows_it_to_everybody);
ATF_TC_HEAD(a_confined_process_shows_it_to_everybody, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_confined_process_shows_it_to_everybody, tc)
{
	int	 ready[2], go[2];
	char	 c = 0;
	pid_t	 pid;

	begin();
	ATF_REQUIRE(pipe(ready) == 0 && pipe(go) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		close(go[1]);
		enter(&empty);
		if (write(ready[1], &c, 1) != 1 || read(go[0], &c, 1) != 0)
			_exit(BROKEN);
		_exit(ALLOWED);
	}
	close(ready[1]);
	ATF_REQUIRE(read(ready[0], &c, 1) == 1);
	check_outside(pid);
	close(go[1]);
	ATF_CHECK_EQ(ALLOWED, exit_code(pid));
}

/* --- The filter ---------------------------------------------------- */

ATF_TC(what_every_process_needs_works_in_an_empty_policy);
ATF_TC_HEAD(what_every_process_needs_works_in_an_empty_policy, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(what_every_process_needs_works_in_an_empty_policy, tc)
{
	struct timespec	 ts;
	int		 p[2], flags;
	char		 byte = 'x';
	char		*m, *more;
	pid_t		 pid;
	size_t		 i;

	begin();
	ATF_REQUIRE(pipe(p) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		enter(&empty);
		for (i = 1; i < (1 << 24); i *= 3) {
			if ((m = malloc(i)) == NULL)
				_exit(1);
			memset(m, 1, i);
			if ((more = realloc(m, 2 * i)) == NULL)
				_exit(1);
			free(more);
		}
		arc4random_buf(&i, sizeof(i));
		if (syscall(SYS_getrandom, &i, sizeof(i), 0) != sizeof(i) ||
		    clock_gettime(CLOCK_MONOTONIC, &ts) == -1)
			_exit(2);
		if (write(p[1], &byte, 1) != 1 || read(p[0], &byte, 1) != 1)
			_exit(3);
		if ((flags = fcntl(p[0], F_GETFL)) == -1 ||
		    fcntl(p[0], F_SETFL, flags | O_NONBLOCK) == -1 ||
		    poll(NULL, 0, 0) != 0 || close(p[1]) == -1)
			_exit(4);
		_exit(ALLOWED);
	}
	ATF_CHECK_EQ(ALLOWED, exit_code(pid));
}

ATF_TC(a_crash_in_the_sandbox_looks_like_a_crash);
ATF_TC_HEAD(a_crash_in_the_sandbox_looks_like_a_crash, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_crash_in_the_sandbox_looks_like_a_crash, tc)
{
	pid_t	 pid;

	begin();
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		enter(&empty);
		abort();
	}
	ATF_CHECK_EQ(1000 + SIGABRT, exit_code(pid));
}

ATF_TC(an_empty_policy_refuses_and_tells_the_number_of_the_call);
ATF_TC_HEAD(an_empty_policy_refuses_and_tells_the_number_of_the_call, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(an_empty_policy_refuses_and_tells_the_number_of_the_call, tc)
{
	size_t	 i;

	begin();
	for (i = 0; i < NCALLS; i++)
		check_call("an empty policy", &empty, &calls[i],
		    calls[i].allowed == ALL);
}

ATF_TC(the_functions_of_libc_are_refused_as_well);
ATF_TC_HEAD(the_functions_of_libc_are_refused_as_well, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(the_functions_of_libc_are_refused_as_well, tc)
{
	struct msg_log	 m;
	pid_t		 pid;
	int		 i;

	begin();
	for (i = 0; i < 4; i++) {
		ATF_REQUIRE((pid = fork()) != -1);
		if (pid == 0) {
			enter(&empty);
			if (i == 0)
				_exit(open("/", O_RDONLY) == -1);
			if (i == 1 && fork() == 0)
				_exit(BROKEN);
			if (i == 2)
				execl("/bin/true", "true", (char *)NULL);
			if (i == 3)
				signal(SIGSYS, SIG_IGN);
			_exit(ALLOWED);
		}
		ATF_CHECK_EQ_MSG(REFUSED, exit_code(pid), "function %d", i);
		ATF_CHECK(reported(&m) > 0);
	}
}

ATF_TC(a_call_of_another_kind_of_machine_ends_the_process);
ATF_TC_HEAD(a_call_of_another_kind_of_machine_ends_the_process, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_call_of_another_kind_of_machine_ends_the_process, tc)
{
	struct call	 c = { "getpid of x32", 0x40000000 | SYS_getpid,
			    { 0 }, 0 };
	struct msg_log	 m;
	int		 code;

	begin();
	code = run_call(&empty, &c);
	reported(&m);
	ATF_CHECK_MSG(code == REFUSED || code == 1000 + SIGSYS, "code %d",
	    code);
}

static void
check_process(size_t p)
{
	size_t	 i;

	begin();
	for (i = 0; i < NCALLS; i++)
		check_call(processes[p].name, processes[p].policy, &calls[i],
		    (calls[i].allowed & processes[p].bit) != 0);
}

#define PROCESS_TC(who, number)						\
ATF_TC(who##_may_call_what_its_work_needs_and_no_more);		\
ATF_TC_HEAD(who##_may_call_what_its_work_needs_and_no_more, tc)	\
{									\
	atf_tc_set_md_var(tc, "require.user", "root");			\
}									\
ATF_TC_BODY(who##_may_call_what_its_work_needs_and_no_more, tc)	\
{									\
	ATF_REQUIRE_STREQ(#who, processes[number].name);		\
	check_process(number);						\
}
PROCESS_TC(netproc, 0)
PROCESS_TC(cryptoproc, 1)
PROCESS_TC(tunproc, 2)
PROCESS_TC(ctlproc, 3)
PROCESS_TC(linkproc, 4)
PROCESS_TC(tlsproc, 5)
PROCESS_TC(policyproc, 6)
PROCESS_TC(storeproc, 7)
PROCESS_TC(authproc, 8)
PROCESS_TC(stunproc, 9)
PROCESS_TC(spliceproc, 10)
PROCESS_TC(oidcproc, 11)
PROCESS_TC(apiproc, 12)

/* --- Files --------------------------------------------------------- */

/* A file can be made, written, read and removed in this directory. */
static int
try_file(int dir, const char *path)
{
	char	 byte = 'x';
	int	 fd = openat(dir, path, O_RDWR | O_CREAT, 0600);

	if (fd == -1)
		return errno;
	if (write(fd, &byte, 1) != 1 || close(fd) == -1 ||
	    unlinkat(dir, path, 0) == -1)
		return BROKEN;
	return 0;
}

ATF_TC(a_policy_with_files_reaches_those_below_its_root_only);
ATF_TC_HEAD(a_policy_with_files_reaches_those_below_its_root_only, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_policy_with_files_reaches_those_below_its_root_only, tc)
{
	pid_t	 pid;
	int	 outside, code;

	begin();
	ATF_REQUIRE(mkdir("outside", 0755) == 0);
	ATF_REQUIRE(chmod("outside", 0777) == 0);
	ATF_REQUIRE((outside = open("outside", O_RDONLY | O_DIRECTORY)) !=
	    -1);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		drop();
		/* Without the sandbox the descriptor is a way out. */
		if (try_file(outside, "file") != 0)
			_exit(BROKEN);
		_exit(ALLOWED);
	}
	ATF_REQUIRE_EQ(ALLOWED, exit_code(pid));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		int	 landlock = enter(&storeproc_sandbox);

		if (try_file(AT_FDCWD, "/file") != 0 ||
		    try_file(AT_FDCWD, "file") != 0)
			_exit(1);
		if (openat(AT_FDCWD, "/../outside/x", O_WRONLY | O_CREAT,
		    0600) != -1 || errno != ENOENT)
			_exit(2);
		if (landlock > 0 && try_file(outside, "file") != EACCES)
			_exit(3);
		_exit(landlock > 0 ? ALLOWED : 4);
	}
	code = exit_code(pid);
	if (code == 4)
		atf_tc_skip("this kernel has no Landlock");
	ATF_CHECK_EQ(ALLOWED, code);
}

static const struct sandbox_call open_call[] = {
	{ "openat", -1, 0, 0, "to see what Landlock says" },
};

ATF_TC(a_policy_without_files_opens_nothing_even_below_its_root);
ATF_TC_HEAD(a_policy_without_files_opens_nothing_even_below_its_root, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(a_policy_without_files_opens_nothing_even_below_its_root, tc)
{
	struct sandbox_policy	 policy = { "stdio", SANDBOX_NO_FILES,
				    open_call, 1 };
	pid_t			 pid;
	int			 code;

	begin();
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		int	 landlock = enter(&policy);

		if (landlock > 0 && (try_file(AT_FDCWD, "/file") != EACCES ||
		    open("/", O_RDONLY | O_DIRECTORY) != -1))
			_exit(1);
		_exit(landlock > 0 ? ALLOWED : 4);
	}
	code = exit_code(pid);
	if (code == 4)
		atf_tc_skip("this kernel has no Landlock");
	ATF_CHECK_EQ(ALLOWED, code);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nothing_of_root_is_left_after_dropping);
	ATF_TP_ADD_TC(tp, a_confined_process_shows_it_to_everybody);
	ATF_TP_ADD_TC(tp, what_every_process_needs_works_in_an_empty_policy);
	ATF_TP_ADD_TC(tp, a_crash_in_the_sandbox_looks_like_a_crash);
	ATF_TP_ADD_TC(tp,
	    an_empty_policy_refuses_and_tells_the_number_of_the_call);
	ATF_TP_ADD_TC(tp, the_functions_of_libc_are_refused_as_well);
	ATF_TP_ADD_TC(tp, a_call_of_another_kind_of_machine_ends_the_process);
#define ADD(who)	\
	ATF_TP_ADD_TC(tp, who##_may_call_what_its_work_needs_and_no_more)
	ADD(netproc);
	ADD(cryptoproc);
	ADD(tunproc);
	ADD(ctlproc);
	ADD(linkproc);
	ADD(tlsproc);
	ADD(policyproc);
	ADD(storeproc);
	ADD(authproc);
	ADD(stunproc);
	ADD(spliceproc);
	ADD(oidcproc);
	ADD(apiproc);
	ATF_TP_ADD_TC(tp,
	    a_policy_with_files_reaches_those_below_its_root_only);
	ATF_TP_ADD_TC(tp,
	    a_policy_without_files_opens_nothing_even_below_its_root);
	return atf_no_error();
}
