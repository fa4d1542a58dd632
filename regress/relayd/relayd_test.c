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
 * The whole of enclave-relayd in a network of its own, with a discovery
 * service and clients that the test plays.
 */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <net/if.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "regress/tlsio/peer.h"
#include "relay/relay.h"
#include "tlsio/tlscert.h"
#include "tlsio/tlsio.h"

#define PORT	9443	/* of instance 0 */

struct world {
	struct tls	*server;
	struct peer	 p;
	int		 listener;
	uint16_t	 port;
	char		 pin[TLSCERT_PIN_LEN + 1];
	char		 token[64];
	pid_t		 pid;
};

static void
write_file(const char *path, mode_t mode, const char *text)
{
	FILE	*f;

	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	ATF_REQUIRE(fputs(text, f) >= 0 && fclose(f) == 0);
	ATF_REQUIRE(chmod(path, mode) == 0);
}

/* Its own network, with nothing but the loopback. */
static void
enter_network(void)
{
	struct ifreq	 ifr;
	int		 s;

	if (getuid() != 0)
		atf_tc_skip("only root can start the daemon");
	if (getenv("ENCLAVE_BUILD") == NULL)
		atf_tc_skip("ENCLAVE_BUILD does not name the executables");
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	ATF_REQUIRE(unshare(CLONE_NEWNET) == 0);
	memset(&ifr, 0, sizeof(ifr));
	strlcpy(ifr.ifr_name, "lo", sizeof(ifr.ifr_name));
	ATF_REQUIRE((s = socket(AF_INET, SOCK_DGRAM, 0)) != -1);
	ATF_REQUIRE(ioctl(s, SIOCGIFFLAGS, &ifr) == 0);
	ifr.ifr_flags |= IFF_UP;
	ATF_REQUIRE(ioctl(s, SIOCSIFFLAGS, &ifr) == 0);
	close(s);
}

static void
make_server(struct world *w)
{
	const char	*errstr = "";
	uint8_t		 cert[TLSCERT_PEM_MAX], key[TLSCERT_PEM_MAX], hash[32];
	size_t		 cert_len, key_len;

	memset(w, 0, sizeof(*w));
	frame_init(1);
	ATF_REQUIRE(tlscert_make("discovery.example", 1, cert, &cert_len, key,
	    &key_len) == 0);
	w->server = tlsio_server(cert, cert_len, key, key_len, &errstr);
	ATF_REQUIRE_MSG(w->server != NULL, "%s", errstr);
	ATF_REQUIRE(tlscert_hash(cert, cert_len, hash) == 0);
	tlscert_pin(hash, w->pin);
	w->listener = peer_listen(SOCK_STREAM, &w->port);
}

static void
set_token(struct world *w, const char *token)
{
	char	 text[80];

	strlcpy(w->token, token, sizeof(w->token));
	snprintf(text, sizeof(text), "%s\n", token);
	write_file("token", 0600, text);
}

/* Configuration, token and state are where the test runs. */
static void
write_conf(const struct world *w, const char *more)
{
	char	 cwd[512], text[2048];

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	snprintf(text, sizeof(text), "discovery 127.0.0.1 port %u\n"
	    "discovery pin \"%s\"\nname relay1\n"
	    "token file \"%s/token\"\nlisten on 127.0.0.1 port %d\n"
	    "processes 2\npairs 100\nstate directory \"%s/state\"\n%s",
	    w->port, w->pin, cwd, PORT, cwd, more);
	write_file("conf", 0600, text);
}

static void
start(struct world *w)
{
	const char	*build = getenv("ENCLAVE_BUILD");
	char		 path[512];
	int		 fd;

	snprintf(path, sizeof(path), "%s/enclave-relayd", build);
	ATF_REQUIRE((fd = open("log", O_WRONLY | O_CREAT | O_TRUNC, 0600)) !=
	    -1);
	ATF_REQUIRE((w->pid = fork()) != -1);
	if (w->pid == 0) {
		/* A test that fails leaves nothing behind. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(fd, STDERR_FILENO);
		execl(path, "enclave-relayd", "-d", "-f", "conf", "-L", build,
		    (char *)NULL);
		_exit(127);
	}
	close(fd);
}

/* Everything it has logged. */
static const char *
logged(void)
{
	static char	 text[65536];
	FILE		*f;
	size_t		 n;

	ATF_REQUIRE((f = fopen("log", "r")) != NULL);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void
expect_end(struct world *w, int code)
{
	int	 status;

	ATF_REQUIRE(waitpid(w->pid, &status, 0) == w->pid);
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == code,
	    "status %x: %s", (unsigned int)status, logged());
}

static void
welcome(struct world *w)
{
	struct frame_relay_hello	 hello;
	struct frame			*f;
	const char			*errstr = "";
	char				 text[ENDPOINT_STRLEN];
	uint8_t				*frame;
	size_t				 len;

	ATF_REQUIRE_MSG(peer_accept(&w->p, w->listener, w->server) == 0,
	    "%s", tls_error(w->p.tls));
	f = peer_expect(&w->p, FRAME_RELAY_HELLO);
	ATF_REQUIRE_MSG(frame_get_relay_hello(f, &hello, &errstr) == 0, "%s",
	    errstr);
	frame_free(f);
	ATF_REQUIRE_STREQ(hello.name, "relay1");
	ATF_REQUIRE_STREQ(hello.token, w->token);
	ATF_REQUIRE_EQ(hello.instances, 2);
	ATF_REQUIRE_EQ(hello.endpoints.n, 1);
	ATF_REQUIRE_STREQ(endpoint_print(&hello.endpoints.e[0], text,
	    sizeof(text)), "127.0.0.1:9443");
	frame = frame_put_relay_welcome(&len);
	peer_send(&w->p, frame, len);
}

static void
begin(struct world *w, const char *more)
{
	enter_network();
	make_server(w);
	set_token(w, "3L9KQ-77VXW-PPQ2D-55HHK");
	write_conf(w, more);
	start(w);
	welcome(w);
}

static void
end(struct world *w)
{
	ATF_REQUIRE(kill(w->pid, SIGTERM) == 0);
	expect_end(w, 0);
	peer_end(&w->p);
	tls_free(w->server);
	close(w->listener);
}

/* Until instance tells so many pairs, whatever comes before that. */
static void
wait_pairs(struct world *w, uint8_t instance, uint32_t pairs)
{
	struct frame_relay_load	 load;
	struct frame		*f;
	const char		*errstr = "";

	do {
		ATF_REQUIRE((f = peer_get(&w->p)) != NULL);
		ATF_REQUIRE_MSG(frame_get_relay_load(f, &load, &errstr) == 0,
		    "%s", errstr);
		frame_free(f);
	} while (load.instance != instance || load.pairs != pairs);
}

static void
announce(struct world *w, uint8_t instance, uint8_t number)
{
	struct frame_relay_code	 m;
	uint8_t			 code[RELAY_CODE_LEN], *frame;
	size_t			 len;

	memset(&m, 0, sizeof(m));
	memset(code, number, sizeof(code));
	relay_hash(code, m.hash);
	m.id = number;
	m.instance = instance;
	m.life = 30;
	frame = frame_put_relay_code(&m, &len);
	peer_send(&w->p, frame, len);
}

static int
present(uint8_t instance, uint8_t number, uint8_t side)
{
	struct relay_preface	 p;
	uint8_t			 buf[RELAY_PREFACE_LEN];
	int			 fd = peer_tcp((uint16_t)(PORT + instance));

	p.side = side;
	memset(p.code, number, sizeof(p.code));
	ATF_REQUIRE_EQ(relay_preface_encode(&p, buf), 0);
	ATF_REQUIRE(write(fd, buf, sizeof(buf)) == sizeof(buf));
	return fd;
}

/* 0, or -1 when the code has not arrived yet and the relay hung up. */
static int
is_joined(int fd)
{
	uint8_t	 status[RELAY_STATUS_LEN];

	if (recv(fd, status, sizeof(status), MSG_WAITALL) !=
	    sizeof(status))
		return -1;
	return relay_status_joined(status) ? 0 : -1;
}

/*
 * A code passes two processes before it is known; who comes before that is
 * refused and comes again.
 */
static void
join(struct world *w, uint8_t instance, uint8_t number, int fd[2])
{
	uint64_t	 limit = clock_mono_ms() + 10000;
	struct pollfd	 pfd;

	announce(w, instance, number);
	for (;;) {
		fd[0] = present(instance, number, 0);
		pfd.fd = fd[0];
		pfd.events = POLLIN;
		if (poll(&pfd, 1, 50) == 0)
			break;
		close(fd[0]);
		ATF_REQUIRE_MSG(clock_mono_ms() < limit,
		    "the code never came");
	}
	fd[1] = present(instance, number, 1);
	ATF_REQUIRE_EQ(is_joined(fd[0]), 0);
	ATF_REQUIRE_EQ(is_joined(fd[1]), 0);
}

static void
check_talk(int fd[2])
{
	char	 buf[5];

	ATF_REQUIRE(write(fd[0], "hello", 5) == 5);
	ATF_REQUIRE(recv(fd[1], buf, 5, MSG_WAITALL) == 5);
	ATF_REQUIRE(memcmp(buf, "hello", 5) == 0);
}

/* A child of the daemon that runs this program; its pid. */
static pid_t
child_of(const struct world *w, const char *program)
{
	char		 path[300], exe[512], line[512];
	struct dirent	*de;
	pid_t		 found = 0;
	ssize_t		 n;
	DIR		*dir;
	FILE		*f;
	long		 ppid;

	ATF_REQUIRE((dir = opendir("/proc")) != NULL);
	while (found == 0 && (de = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%s/stat", de->d_name);
		if ((f = fopen(path, "r")) == NULL)
			continue;
		if (fgets(line, sizeof(line), f) == NULL || sscanf(line,
		    "%*d (%*[^)]) %*c %ld", &ppid) != 1)
			ppid = 0;
		fclose(f);
		snprintf(path, sizeof(path), "/proc/%s/exe", de->d_name);
		if (ppid != w->pid ||
		    (n = readlink(path, exe, sizeof(exe) - 1)) == -1)
			continue;
		exe[n] = '\0';
		if (strcmp(strrchr(exe, '/') + 1, program) == 0)
			found = (pid_t)strtol(de->d_name, NULL, 10);
	}
	closedir(dir);
	return found;
}

ATF_TC_WITHOUT_HEAD(clients_of_each_instance_are_joined);
ATF_TC_BODY(clients_of_each_instance_are_joined, tc)
{
	struct world	 w;
	int		 first[2], second[2];

	begin(&w, "");
	join(&w, 0, 1, first);
	join(&w, 1, 2, second);
	check_talk(first);
	check_talk(second);
	wait_pairs(&w, 1, 1);
	/* A code is for one instance alone. */
	announce(&w, 0, 3);
	ATF_REQUIRE_EQ(is_joined(present(1, 3, 0)), -1);
	close(second[0]);
	close(second[1]);
	wait_pairs(&w, 1, 0);
	check_talk(first);
	close(first[0]);
	close(first[1]);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(pairs_go_on_without_discovery_and_without_linkproc);
ATF_TC_BODY(pairs_go_on_without_discovery_and_without_linkproc, tc)
{
	struct world	 w;
	pid_t		 pid;
	int		 fd[2], other[2];

	begin(&w, "");
	join(&w, 0, 1, fd);
	peer_end(&w.p);
	check_talk(fd);
	welcome(&w);
	check_talk(fd);
	ATF_REQUIRE((pid = child_of(&w, "linkproc")) != 0);
	ATF_REQUIRE(kill(pid, SIGKILL) == 0);
	peer_end(&w.p);
	check_talk(fd);
	welcome(&w);
	/* The new linkproc learns what there is, and passes codes on. */
	wait_pairs(&w, 0, 1);
	join(&w, 1, 2, other);
	check_talk(fd);
	check_talk(other);
	close(fd[0]);
	close(fd[1]);
	close(other[0]);
	close(other[1]);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(an_instance_that_dies_is_replaced_and_hurts_no_other);
ATF_TC_BODY(an_instance_that_dies_is_replaced_and_hurts_no_other, tc)
{
	struct world	 w;
	pid_t		 pid;
	int		 fd[2][2], i, dead = -1;
	char		 byte;

	begin(&w, "");
	join(&w, 0, 1, fd[0]);
	wait_pairs(&w, 0, 1);
	join(&w, 1, 2, fd[1]);
	wait_pairs(&w, 1, 1);
	ATF_REQUIRE((pid = child_of(&w, "spliceproc")) != 0);
	ATF_REQUIRE(kill(pid, SIGKILL) == 0);
	for (i = 0; i < 2; i++) {
		struct pollfd	 pfd = { fd[i][0], POLLIN, 0 };

		/* One of the two, whichever was found. */
		if (poll(&pfd, 1, i == 0 ? 500 : 10000 * (dead == -1)) == 1)
			dead = i;
	}
	ATF_REQUIRE(dead != -1);
	ATF_REQUIRE(read(fd[dead][0], &byte, 1) <= 0);
	check_talk(fd[!dead]);
	close(fd[dead][0]);
	close(fd[dead][1]);
	/* Its socket was kept for its successor. */
	wait_pairs(&w, (uint8_t)dead, 0);
	join(&w, (uint8_t)dead, 3, fd[dead]);
	check_talk(fd[dead]);
	check_talk(fd[!dead]);
	for (i = 0; i < 2; i++) {
		close(fd[i][0]);
		close(fd[i][1]);
	}
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_new_token_is_used_after_a_hangup_signal);
ATF_TC_BODY(a_new_token_is_used_after_a_hangup_signal, tc)
{
	struct world	 w;
	int		 fd[2];

	begin(&w, "");
	join(&w, 0, 1, fd);
	set_token(&w, "another-token");
	ATF_REQUIRE(kill(w.pid, SIGHUP) == 0);
	while (tls_read(w.p.tls, &(char[1]){ 0 }, 1) > 0)
		continue;
	peer_end(&w.p);
	welcome(&w);
	check_talk(fd);
	close(fd[0]);
	close(fd[1]);
	end(&w);
}

ATF_TC_WITHOUT_HEAD(a_bad_configuration_changes_nothing_on_a_hangup_signal);
ATF_TC_BODY(a_bad_configuration_changes_nothing_on_a_hangup_signal, tc)
{
	struct world	 w;
	int		 fd[2];

	begin(&w, "");
	join(&w, 0, 1, fd);
	write_file("conf", 0600, "name\n");
	ATF_REQUIRE(kill(w.pid, SIGHUP) == 0);
	join(&w, 1, 2, (int[2]){ -1, -1 });
	check_talk(fd);
	close(fd[0]);
	close(fd[1]);
	end(&w);
	ATF_REQUIRE(strstr(logged(), "stays as it was") != NULL);
}

ATF_TC_WITHOUT_HEAD(the_token_is_in_no_argument_and_no_environment);
ATF_TC_BODY(the_token_is_in_no_argument_and_no_environment, tc)
{
	static const char *const	 files[] = { "cmdline", "environ" };
	struct world			 w;
	char				 path[64], buf[8192];
	pid_t				 pids[3];
	size_t				 i, n;
	FILE				*f;

	begin(&w, "");
	pids[0] = w.pid;
	pids[1] = child_of(&w, "linkproc");
	pids[2] = child_of(&w, "spliceproc");
	for (i = 0; i < 6; i++) {
		ATF_REQUIRE(pids[i / 2] != 0);
		snprintf(path, sizeof(path), "/proc/%ld/%s",
		    (long)pids[i / 2], files[i % 2]);
		ATF_REQUIRE((f = fopen(path, "r")) != NULL);
		n = fread(buf, 1, sizeof(buf), f);
		fclose(f);
		ATF_REQUIRE(memmem(buf, n, w.token, strlen(w.token)) ==
		    NULL);
	}
	end(&w);
	ATF_REQUIRE(strstr(logged(), w.token) == NULL);
}

static void
check_refused_start(struct world *w, const char *reason)
{
	start(w);
	expect_end(w, 1);
	ATF_REQUIRE_MSG(strstr(logged(), reason) != NULL, "%s", logged());
}

ATF_TC_WITHOUT_HEAD(what_keeps_it_from_starting_is_told);
ATF_TC_BODY(what_keeps_it_from_starting_is_told, tc)
{
	struct world	 w;
	uint16_t	 port;
	char		 more[64];
	int		 fd;

	enter_network();
	make_server(&w);
	write_conf(&w, "");
	check_refused_start(&w, "token: No such file or directory");
	write_file("token", 0644, "abc\n");
	check_refused_start(&w, "must be a file that only root can read");
	write_file("token", 0600, "two words\n");
	check_refused_start(&w, "does not hold a token");
	write_file("token", 0600, "\n");
	check_refused_start(&w, "does not hold a token");
	write_file("token", 0600, "0123456789012345678901234567890123456789"
	    "0123456789012345678901234567890123456789\n");
	check_refused_start(&w, "does not hold a token");
	set_token(&w, "abc");
	fd = peer_listen(SOCK_STREAM, &port);
	snprintf(more, sizeof(more), "listen on 127.0.0.1 port %u\n", port);
	write_conf(&w, more);
	check_refused_start(&w, "does another service listen there?");
	close(fd);
	tls_free(w.server);
	close(w.listener);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, clients_of_each_instance_are_joined);
	ATF_TP_ADD_TC(tp,
	    pairs_go_on_without_discovery_and_without_linkproc);
	ATF_TP_ADD_TC(tp,
	    an_instance_that_dies_is_replaced_and_hurts_no_other);
	ATF_TP_ADD_TC(tp, a_new_token_is_used_after_a_hangup_signal);
	ATF_TP_ADD_TC(tp,
	    a_bad_configuration_changes_nothing_on_a_hangup_signal);
	ATF_TP_ADD_TC(tp, the_token_is_in_no_argument_and_no_environment);
	ATF_TP_ADD_TC(tp, what_keeps_it_from_starting_is_told);
	return atf_no_error();
}
