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
 * One channel of stunproc, played in this process, with a hostile neighbour
 * at the other end of the socketpair: what a handler sees, what ends the
 * channel and what is told of it.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/proc.h"

struct world {
	struct proc	 p;
	struct chan	*c;
	struct imsgbuf	 peer;
	int		 fd;		/* of the peer */
	uint32_t	 handled;
	uint32_t	 last;		/* type of the last message */
	union msg_any	 any;
	int		 got_fd;
	uint32_t	 violations;
	uint32_t	 bad_type;
	char		 reason[128];
	uint32_t	 downs;		/* peer_down */
	uint32_t	 closed;
	int		 close_in_handler;
};

static struct world	 w;

static void
handle(uint32_t type, struct chan *c, const void *msg, int fd)
{
	w.handled++;
	w.last = type;
	memcpy(&w.any, msg, msg_lookup(type)->size);
	w.got_fd = fd;
	if (w.close_in_handler)
		chan_close(c);
}

/* A handler for each message that stunproc may receive. */
#define MSG_BEGIN(NAME, name, from, to, phase, flags)			\
static void								\
on_##name(void *env, struct chan *c, const void *msg, int fd)		\
{									\
	(void)env;							\
	handle(MSG_##NAME, c, msg, fd);					\
}
#define MSG_END(NAME, name)
#define F_U8(t, f)
#define F_U16(t, f)
#define F_U32(t, f)
#define F_U64(t, f)
#define F_BYTES(t, f, n)
#define F_STR(t, f, n)
#define F_BLOB(t, f, n)
#define F_EP(t, f)
#define F_EPS(t, f)
#define F_ACLS(t, f)
#define F_TIMED(t, f)
#define F_WINDOWS(t, f)
#define F_CANDS(t, f)
#define F_U32S(t, f)
#define F_TAGS(t, f)
#define F_RANGES(t, f)
#include "msg/messages.def"
#include "msg/undef.h"

#define MSG_BEGIN(NAME, name, from, to, phase, flags)			\
	{ { MSG_##NAME, on_##name }, to },
#define MSG_END(NAME, name)
#define F_U8(t, f)
#define F_U16(t, f)
#define F_U32(t, f)
#define F_U64(t, f)
#define F_BYTES(t, f, n)
#define F_STR(t, f, n)
#define F_BLOB(t, f, n)
#define F_EP(t, f)
#define F_EPS(t, f)
#define F_ACLS(t, f)
#define F_TIMED(t, f)
#define F_WINDOWS(t, f)
#define F_CANDS(t, f)
#define F_U32S(t, f)
#define F_TAGS(t, f)
#define F_RANGES(t, f)
static const struct {
	struct handler	 h;
	uint32_t	 to;
} handlers[] = {
#include "msg/messages.def"
};
#include "msg/undef.h"

#define NHANDLERS	(sizeof(handlers) / sizeof(handlers[0]))

static void
violated(struct proc *p, struct chan *c, uint32_t type, const char *reason)
{
	(void)p;
	(void)c;
	w.violations++;
	w.bad_type = type;
	strlcpy(w.reason, reason, sizeof(w.reason));
}

static void
peer_down(void *env, uint32_t role, uint32_t instance)
{
	(void)env;
	(void)role;
	(void)instance;
	w.downs++;
}

static void
closed(struct chan *c)
{
	w.closed++;
	if (c == w.c)
		w.c = NULL;
}

static const struct proc_ops	 ops = { .peer_down = peer_down };

/* All handlers of a role in an array of its own. */
static size_t
handlers_of(uint32_t role, struct handler *h)
{
	size_t	 i, n = 0;

	for (i = 0; i < NHANDLERS; i++)
		if (handlers[i].to & ROLE_BIT(role))
			h[n++] = handlers[i].h;
	return n;
}

static struct chan *
open_channel(uint32_t role, struct imsgbuf *peer, int *fd)
{
	struct chan	*c;
	int		 s[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	ATF_REQUIRE((c = chan_new(&w.p, s[0], role, 0)) != NULL);
	c->closed = closed;
	*fd = s[1];
	ATF_REQUIRE(fcntl(s[1], F_SETFL, O_NONBLOCK) == 0);
	ATF_REQUIRE(imsgbuf_init(peer, s[1]) == 0);
	imsgbuf_allow_fdpass(peer);
	imsgbuf_set_maxsize(peer, 1024 * 1024);
	return c;
}

/* stunproc with one channel to a process of this role. */
static void
begin(uint32_t role, uint32_t phase)
{
	struct handler	 h[NHANDLERS];

	memset(&w, 0, sizeof(w));
	w.got_fd = -1;
	event_init();
	w.p.role = ROLE_STUN;
	w.p.phase = phase;
	w.p.ops = &ops;
	w.p.violation = violated;
	proc_index(&w.p, h, handlers_of(ROLE_STUN, h));
	w.c = open_channel(role, &w.peer, &w.fd);
	w.p.peers[role][0] = w.c;
}

static void
run(void)
{
	int	 i;

	for (i = 0; i < 4; i++)
		ATF_REQUIRE(event_loop(EVLOOP_NONBLOCK) != -1);
}

static void
give_raw(uint32_t type, int fd, const void *body, size_t len)
{
	ATF_REQUIRE(imsg_compose(&w.peer, type, 0, 0, fd, body, len) == 1);
}

static void
give(enum msg_type type, const void *msg, int fd)
{
	uint8_t	 buf[MSG_MAX_SIZE];
	ssize_t	 n = msg_encode(msg_lookup(type), msg, buf, sizeof(buf));

	ATF_REQUIRE(n != -1);
	give_raw(type, fd, buf, (size_t)n);
}

static void
deliver(void)
{
	ATF_REQUIRE(imsgbuf_write(&w.peer) == 0);
	ATF_REQUIRE(imsgbuf_queuelen(&w.peer) == 0);
	run();
}

static void
give_counters_get(uint32_t id)
{
	struct msg_counters_get	 m = { .id = id };

	give(MSG_COUNTERS_GET, &m, -1);
}

/* Exactly one violation, told with this reason; the channel is gone. */
static void
check_violation(uint32_t type, enum msg_error error)
{
	ATF_CHECK_EQ(1, w.violations);
	ATF_CHECK_EQ(1, w.p.bad_messages);
	ATF_CHECK_EQ(type, w.bad_type);
	ATF_CHECK_STREQ(msg_strerror(error), w.reason);
	ATF_CHECK(w.c == NULL);
	ATF_CHECK_EQ(1, w.closed);
	ATF_CHECK_EQ(1, w.downs);
}

static size_t
open_descriptors(void)
{
	size_t	 n = 0;
	int	 fd;

	for (fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

ATF_TC_WITHOUT_HEAD(a_good_message_reaches_its_handler);
ATF_TC_BODY(a_good_message_reaches_its_handler, tc)
{
	begin(ROLE_POLICY, P_RUN);
	give_counters_get(4711);
	deliver();
	ATF_CHECK_EQ(1, w.handled);
	ATF_CHECK_EQ(MSG_COUNTERS_GET, w.last);
	ATF_CHECK_EQ(4711, w.any.counters_get.id);
	ATF_CHECK_EQ(0, w.violations);
	ATF_CHECK(w.c != NULL && proc_peer(&w.p, ROLE_POLICY) == w.c);
}

ATF_TC_WITHOUT_HEAD(many_messages_arrive_in_order);
ATF_TC_BODY(many_messages_arrive_in_order, tc)
{
	uint32_t	 i;

	begin(ROLE_POLICY, P_RUN);
	for (i = 1; i <= 1000; i++) {
		give_counters_get(i);
		deliver();
		ATF_REQUIRE_EQ(i, w.any.counters_get.id);
	}
	ATF_CHECK_EQ(1000, w.handled);
}

ATF_TC_WITHOUT_HEAD(a_message_of_the_wrong_sender_ends_the_channel);
ATF_TC_BODY(a_message_of_the_wrong_sender_ends_the_channel, tc)
{
	begin(ROLE_AUTH, P_RUN);
	give_counters_get(1);
	give_counters_get(2);
	deliver();
	check_violation(MSG_COUNTERS_GET, MSG_ERR_FROM);
	ATF_CHECK_EQ(0, w.handled);
}

ATF_TC_WITHOUT_HEAD(a_message_for_another_process_ends_the_channel);
ATF_TC_BODY(a_message_for_another_process_ends_the_channel, tc)
{
	struct msg_conn_commit	 m;

	memset(&m, 0, sizeof(m));
	begin(ROLE_POLICY, P_RUN);
	give(MSG_CONN_COMMIT, &m, -1);
	deliver();
	check_violation(MSG_CONN_COMMIT, MSG_ERR_TO);
}

ATF_TC_WITHOUT_HEAD(a_message_before_its_phase_ends_the_channel);
ATF_TC_BODY(a_message_before_its_phase_ends_the_channel, tc)
{
	begin(ROLE_POLICY, P_SETUP);
	give_counters_get(1);
	deliver();
	check_violation(MSG_COUNTERS_GET, MSG_ERR_PHASE);
	ATF_CHECK_EQ(0, w.handled);
}

ATF_TC_WITHOUT_HEAD(a_message_after_its_phase_ends_the_channel);
ATF_TC_BODY(a_message_after_its_phase_ends_the_channel, tc)
{
	begin(ROLE_PARENT, P_RUN);
	give_raw(MSG_SETUP_DONE, -1, NULL, 0);
	deliver();
	check_violation(MSG_SETUP_DONE, MSG_ERR_PHASE);
}

ATF_TC_WITHOUT_HEAD(a_number_that_is_no_message_ends_the_channel);
ATF_TC_BODY(a_number_that_is_no_message_ends_the_channel, tc)
{
	static const uint32_t	 types[] = { MSG_NONE, MSG_TYPE_MAX,
				    0x7fffffff, UINT32_MAX };
	size_t			 i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		begin(ROLE_POLICY, P_RUN);
		give_raw(types[i], -1, "x", 1);
		deliver();
		check_violation(types[i], MSG_ERR_TYPE);
	}
}

ATF_TC_WITHOUT_HEAD(a_single_message_sent_twice_ends_the_channel);
ATF_TC_BODY(a_single_message_sent_twice_ends_the_channel, tc)
{
	begin(ROLE_PARENT, P_SETUP);
	give_raw(MSG_SETUP_DONE, -1, NULL, 0);
	deliver();
	ATF_CHECK_EQ(1, w.handled);
	ATF_CHECK_EQ(0, w.violations);
	give_raw(MSG_SETUP_DONE, -1, NULL, 0);
	deliver();
	check_violation(MSG_SETUP_DONE, MSG_ERR_TWICE);
	ATF_CHECK_EQ(1, w.handled);
}

ATF_TC_WITHOUT_HEAD(once_is_counted_on_each_channel_by_itself);
ATF_TC_BODY(once_is_counted_on_each_channel_by_itself, tc)
{
	struct chan	*first;

	begin(ROLE_PARENT, P_SETUP);
	give_raw(MSG_SETUP_DONE, -1, NULL, 0);
	deliver();
	first = w.c;
	w.c = open_channel(ROLE_PARENT, &w.peer, &w.fd);
	w.p.peers[ROLE_PARENT][0] = w.c;
	chan_close(first);
	give_raw(MSG_SETUP_DONE, -1, NULL, 0);
	deliver();
	ATF_CHECK_EQ(2, w.handled);
	ATF_CHECK_EQ(0, w.violations);
	/* The old channel was replaced before: nobody went down. */
	ATF_CHECK_EQ(0, w.downs);
	ATF_CHECK_EQ(1, w.closed);
}

ATF_TC_WITHOUT_HEAD(a_body_of_the_wrong_length_ends_the_channel);
ATF_TC_BODY(a_body_of_the_wrong_length_ends_the_channel, tc)
{
	static const uint8_t	 body[MSG_MAX_SIZE];

	begin(ROLE_POLICY, P_RUN);
	give_raw(MSG_COUNTERS_GET, -1, body, 3);
	deliver();
	check_violation(MSG_COUNTERS_GET, MSG_ERR_SHORT);

	begin(ROLE_POLICY, P_RUN);
	give_raw(MSG_COUNTERS_GET, -1, NULL, 0);
	deliver();
	check_violation(MSG_COUNTERS_GET, MSG_ERR_SHORT);

	begin(ROLE_POLICY, P_RUN);
	give_raw(MSG_COUNTERS_GET, -1, body, 5);
	deliver();
	check_violation(MSG_COUNTERS_GET, MSG_ERR_LONG);

	begin(ROLE_POLICY, P_RUN);
	give_raw(MSG_COUNTERS_GET, -1, body, sizeof(body));
	deliver();
	check_violation(MSG_COUNTERS_GET, MSG_ERR_LONG);
}

/* Bytes that are no frame, after a good message and by themselves. */
static void
check_garbage(uint32_t len)
{
	struct imsg_hdr	 hdr = { .type = MSG_COUNTERS_GET, .len = len };

	begin(ROLE_POLICY, P_RUN);
	give_counters_get(1);
	deliver();
	ATF_REQUIRE(write(w.fd, &hdr, sizeof(hdr)) == sizeof(hdr));
	run();
	ATF_CHECK_EQ(1, w.handled);
	ATF_CHECK_EQ_MSG(1, w.violations, "length %u", len);
	ATF_CHECK_MSG(w.c == NULL, "length %u", len);
	ATF_CHECK_EQ(1, w.closed);
	ATF_CHECK_EQ(1, w.downs);
}

ATF_TC_WITHOUT_HEAD(garbage_instead_of_a_frame_is_a_violation);
ATF_TC_BODY(garbage_instead_of_a_frame_is_a_violation, tc)
{
	check_garbage(0);
	check_garbage(sizeof(struct imsg_hdr) - 1);
	check_garbage(1024 * 1024);
	check_garbage(0x7fffffff);
	check_garbage(UINT32_MAX);
}

ATF_TC_WITHOUT_HEAD(half_a_frame_and_the_end_close_the_channel);
ATF_TC_BODY(half_a_frame_and_the_end_close_the_channel, tc)
{
	struct imsg_hdr	 hdr = { .type = MSG_COUNTERS_GET, .len = 20 };

	begin(ROLE_POLICY, P_RUN);
	ATF_REQUIRE(write(w.fd, &hdr, sizeof(hdr)) == sizeof(hdr));
	run();
	ATF_CHECK(w.c != NULL);
	close(w.fd);
	run();
	ATF_CHECK(w.c == NULL);
	ATF_CHECK_EQ(0, w.handled);
	ATF_CHECK_EQ(0, w.violations);
	ATF_CHECK_EQ(1, w.downs);
	ATF_CHECK(proc_peer(&w.p, ROLE_POLICY) == NULL);
}

ATF_TC_WITHOUT_HEAD(a_client_that_breaks_the_table_is_only_closed);
ATF_TC_BODY(a_client_that_breaks_the_table_is_only_closed, tc)
{
	struct imsgbuf	 peer;
	struct chan	*sibling;
	int		 fd;

	begin(ROLE_POLICY, P_RUN);
	sibling = w.c;
	w.c = open_channel(ROLE_ENCLAVECTL, &peer, &fd);
	ATF_REQUIRE(imsg_compose(&peer, MSG_CLIENT_STATUS, 0, 0, -1, NULL,
	    0) == 1);
	ATF_REQUIRE(imsgbuf_write(&peer) == 0);
	run();
	ATF_CHECK(w.c == NULL);
	ATF_CHECK_EQ(1, w.closed);
	ATF_CHECK_EQ(0, w.downs);
	/* The others are served as before. */
	ATF_CHECK(proc_peer(&w.p, ROLE_POLICY) == sibling);
	give_counters_get(5);
	deliver();
	ATF_CHECK_EQ(1, w.handled);
}

ATF_TC_WITHOUT_HEAD(without_a_violation_callback_a_channel_is_closed);
ATF_TC_BODY(without_a_violation_callback_a_channel_is_closed, tc)
{
	begin(ROLE_POLICY, P_RUN);
	w.p.violation = NULL;
	give_raw(MSG_NONE, -1, NULL, 0);
	deliver();
	ATF_CHECK(w.c == NULL);
	ATF_CHECK_EQ(1, w.closed);
	ATF_CHECK_EQ(1, w.p.bad_messages);
}

ATF_TC_WITHOUT_HEAD(a_descriptor_comes_with_the_message_that_has_one);
ATF_TC_BODY(a_descriptor_comes_with_the_message_that_has_one, tc)
{
	int	 fd;

	begin(ROLE_PARENT, P_SETUP);
	ATF_REQUIRE((fd = open("/dev/zero", O_RDONLY)) != -1);
	give_raw(MSG_STUN_SOCKET, fd, NULL, 0);
	deliver();
	ATF_CHECK_EQ(1, w.handled);
	ATF_CHECK(w.got_fd != -1);
	ATF_CHECK(fcntl(w.got_fd, F_GETFD) & FD_CLOEXEC);
	ATF_CHECK_EQ(0, w.violations);
}

ATF_TC_WITHOUT_HEAD(a_missing_descriptor_ends_the_channel);
ATF_TC_BODY(a_missing_descriptor_ends_the_channel, tc)
{
	begin(ROLE_PARENT, P_SETUP);
	give_raw(MSG_STUN_SOCKET, -1, NULL, 0);
	deliver();
	check_violation(MSG_STUN_SOCKET, MSG_ERR_FD_MISSING);
	ATF_CHECK_EQ(0, w.handled);
}

ATF_TC_WITHOUT_HEAD(an_unexpected_descriptor_ends_the_channel);
ATF_TC_BODY(an_unexpected_descriptor_ends_the_channel, tc)
{
	struct msg_log_level	 m = { .level = 1 };
	size_t			 before;
	int			 fd;

	begin(ROLE_PARENT, P_RUN);
	before = open_descriptors();
	ATF_REQUIRE((fd = open("/dev/zero", O_RDONLY)) != -1);
	give(MSG_LOG_LEVEL, &m, fd);
	deliver();
	check_violation(MSG_LOG_LEVEL, MSG_ERR_FD_EXTRA);
	ATF_CHECK_EQ(0, w.handled);
	/* The channel's own is closed as well, nothing is left behind. */
	ATF_CHECK_EQ(before - 1, open_descriptors());
}

ATF_TC_WITHOUT_HEAD(a_sibling_cannot_hand_over_a_descriptor);
ATF_TC_BODY(a_sibling_cannot_hand_over_a_descriptor, tc)
{
	struct msg_counters_get	 m = { .id = 1 };
	size_t			 before;
	int			 fd, i;

	begin(ROLE_POLICY, P_RUN);
	before = open_descriptors();
	for (i = 0; i < 10 && w.c != NULL; i++) {
		ATF_REQUIRE((fd = open("/dev/zero", O_RDONLY)) != -1);
		give(MSG_COUNTERS_GET, &m, fd);
		deliver();
		ATF_CHECK_EQ(-1, w.got_fd);
	}
	ATF_CHECK(open_descriptors() <= before);
}

ATF_TC_WITHOUT_HEAD(a_neighbour_that_does_not_read_is_cut_off);
ATF_TC_BODY(a_neighbour_that_does_not_read_is_cut_off, tc)
{
	struct msg_log	 m;
	size_t		 i, sent = 0;

	memset(&m, 0, sizeof(m));
	memset(m.text, 'x', sizeof(m.text) - 1);
	begin(ROLE_PARENT, P_RUN);
	for (i = 0; i < 2 * CHAN_QUEUE_MAX / sizeof(m.text); i++) {
		if (msg_send_log(w.c, &m, -1) == -1)
			break;
		sent += sizeof(m.text);
	}
	ATF_CHECK(w.c == NULL);
	ATF_CHECK_EQ(1, w.violations);
	ATF_CHECK_STREQ("does not read its channel", w.reason);
	ATF_CHECK(sent >= CHAN_QUEUE_MAX / 2);
	ATF_CHECK(sent < CHAN_QUEUE_MAX * 3 / 2);
}

ATF_TC_WITHOUT_HEAD(what_is_sent_arrives_as_it_was);
ATF_TC_BODY(what_is_sent_arrives_as_it_was, tc)
{
	struct msg_counters	 m = { .id = 3, .rx = 1ULL << 40, .tx = 7 };
	union msg_any		 any;
	struct imsg		 imsg;
	struct ibuf		 body;

	begin(ROLE_POLICY, P_RUN);
	ATF_REQUIRE(msg_send_counters(w.c, &m, -1) == 0);
	run();
	ATF_REQUIRE(imsgbuf_read(&w.peer) == 1);
	ATF_REQUIRE(imsgbuf_get(&w.peer, &imsg) == 1);
	ATF_CHECK_EQ(MSG_COUNTERS, imsg_get_type(&imsg));
	ATF_REQUIRE(imsg_get_ibuf(&imsg, &body) == 0);
	ATF_REQUIRE_EQ(MSG_OK, msg_decode(msg_lookup(MSG_COUNTERS),
	    ibuf_data(&body), ibuf_size(&body), &any));
	ATF_CHECK_EQ(m.rx, any.counters.rx);
	ATF_CHECK_EQ(m.tx, any.counters.tx);
	imsg_free(&imsg);
}

ATF_TC_WITHOUT_HEAD(a_failed_sending_closes_its_descriptor);
ATF_TC_BODY(a_failed_sending_closes_its_descriptor, tc)
{
	struct msg_log	 m;
	size_t		 before;

	begin(ROLE_PARENT, P_RUN);
	memset(&m, 'x', sizeof(m));	/* no terminator */
	before = open_descriptors();
	ATF_CHECK_EQ(-1, msg_send_log(w.c, &m, dup(w.fd)));
	ATF_CHECK_EQ(-1, chan_send(w.c, MSG_NONE, &m, dup(w.fd)));
	ATF_CHECK_EQ(-1, chan_send(NULL, MSG_LOG, &m, dup(w.fd)));
	ATF_CHECK_EQ(before, open_descriptors());
	/* It was this process's own mistake: the channel goes on. */
	ATF_CHECK(w.c != NULL);
	ATF_CHECK_EQ(0, w.violations);
}

ATF_TC_WITHOUT_HEAD(writing_to_a_closed_channel_ends_it_quietly);
ATF_TC_BODY(writing_to_a_closed_channel_ends_it_quietly, tc)
{
	struct msg_counters	 m;

	memset(&m, 0, sizeof(m));
	begin(ROLE_POLICY, P_RUN);
	chan_pause(w.c);
	close(w.fd);
	ATF_CHECK_EQ(0, msg_send_counters(w.c, &m, -1));
	run();
	ATF_CHECK(w.c == NULL);
	ATF_CHECK_EQ(1, w.downs);
	ATF_CHECK_EQ(0, w.violations);
}

ATF_TC_WITHOUT_HEAD(a_paused_channel_is_not_read_until_it_is_resumed);
ATF_TC_BODY(a_paused_channel_is_not_read_until_it_is_resumed, tc)
{
	begin(ROLE_POLICY, P_RUN);
	chan_pause(w.c);
	chan_pause(w.c);
	give_counters_get(1);
	give_counters_get(2);
	deliver();
	ATF_CHECK_EQ(0, w.handled);
	chan_resume(w.c);
	run();
	ATF_CHECK_EQ(2, w.handled);
}

ATF_TC_WITHOUT_HEAD(a_handler_may_close_its_own_channel);
ATF_TC_BODY(a_handler_may_close_its_own_channel, tc)
{
	begin(ROLE_POLICY, P_RUN);
	w.close_in_handler = 1;
	give_counters_get(1);
	give_counters_get(2);
	give_counters_get(3);
	deliver();
	ATF_CHECK_EQ(1, w.handled);
	ATF_CHECK(w.c == NULL);
	ATF_CHECK_EQ(1, w.closed);
	ATF_CHECK_EQ(1, w.downs);
	ATF_CHECK_EQ(0, w.violations);
}

ATF_TC_WITHOUT_HEAD(closing_twice_or_nothing_does_no_harm);
ATF_TC_BODY(closing_twice_or_nothing_does_no_harm, tc)
{
	begin(ROLE_POLICY, P_RUN);
	chan_close(NULL);
	chan_close(w.c);
	ATF_CHECK(w.c == NULL);
	ATF_CHECK_EQ(1, w.closed);
	run();
}

ATF_TC_WITHOUT_HEAD(random_bytes_never_reach_a_handler);
ATF_TC_BODY(random_bytes_never_reach_a_handler, tc)
{
	uint32_t	 i;
	uint8_t		 noise[512];
	struct imsg_hdr	 hdr;

	for (i = 0; i < 300; i++) {
		begin(ROLE_POLICY, P_SETUP);
		arc4random_buf(noise, sizeof(noise));
		/* Half of them well framed, of any type. */
		if (i & 1) {
			memset(&hdr, 0, sizeof(hdr));
			hdr.type = arc4random_uniform(MSG_TYPE_MAX + 2);
			hdr.len = sizeof(noise);
			memcpy(noise, &hdr, sizeof(hdr));
		}
		ATF_REQUIRE(write(w.fd, noise, sizeof(noise)) ==
		    sizeof(noise));
		run();
		ATF_CHECK_EQ(0, w.handled);
		close(w.fd);
		run();
		ATF_CHECK(w.c == NULL);
	}
}

/* Runs in a child whose exit code tells how proc_index took it. */
static void
index_in_child(uint32_t role, size_t less, const struct handler *more)
{
	struct handler	 h[NHANDLERS + 1];
	struct proc	*p;
	size_t		 n = handlers_of(role, h) - less;

	if (more != NULL)
		h[n++] = *more;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		_exit(2);
	p->role = role;
	proc_index(p, h, n);
	_exit(0);
}

static void
check_index(uint32_t role, size_t less, const struct handler *more, int code)
{
	pid_t	 pid = fork();
	int	 status;

	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		index_in_child(role, less, more);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == code,
	    "%s: status %x", role_name(role), status);
}

ATF_TC_WITHOUT_HEAD(a_process_handles_exactly_the_messages_for_it);
ATF_TC_BODY(a_process_handles_exactly_the_messages_for_it, tc)
{
	struct handler	 foreign = { MSG_READY, on_ready };
	uint32_t	 role;

	for (role = ROLE_NET; role <= ROLE_API; role++) {
		check_index(role, 0, NULL, 0);
		check_index(role, 1, NULL, 1);
		check_index(role, 0, &foreign, 1);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_good_message_reaches_its_handler);
	ATF_TP_ADD_TC(tp, many_messages_arrive_in_order);
	ATF_TP_ADD_TC(tp, a_message_of_the_wrong_sender_ends_the_channel);
	ATF_TP_ADD_TC(tp, a_message_for_another_process_ends_the_channel);
	ATF_TP_ADD_TC(tp, a_message_before_its_phase_ends_the_channel);
	ATF_TP_ADD_TC(tp, a_message_after_its_phase_ends_the_channel);
	ATF_TP_ADD_TC(tp, a_number_that_is_no_message_ends_the_channel);
	ATF_TP_ADD_TC(tp, a_single_message_sent_twice_ends_the_channel);
	ATF_TP_ADD_TC(tp, once_is_counted_on_each_channel_by_itself);
	ATF_TP_ADD_TC(tp, a_body_of_the_wrong_length_ends_the_channel);
	ATF_TP_ADD_TC(tp, garbage_instead_of_a_frame_is_a_violation);
	ATF_TP_ADD_TC(tp, half_a_frame_and_the_end_close_the_channel);
	ATF_TP_ADD_TC(tp, a_client_that_breaks_the_table_is_only_closed);
	ATF_TP_ADD_TC(tp, without_a_violation_callback_a_channel_is_closed);
	ATF_TP_ADD_TC(tp, a_descriptor_comes_with_the_message_that_has_one);
	ATF_TP_ADD_TC(tp, a_missing_descriptor_ends_the_channel);
	ATF_TP_ADD_TC(tp, an_unexpected_descriptor_ends_the_channel);
	ATF_TP_ADD_TC(tp, a_sibling_cannot_hand_over_a_descriptor);
	ATF_TP_ADD_TC(tp, a_neighbour_that_does_not_read_is_cut_off);
	ATF_TP_ADD_TC(tp, what_is_sent_arrives_as_it_was);
	ATF_TP_ADD_TC(tp, a_failed_sending_closes_its_descriptor);
	ATF_TP_ADD_TC(tp, writing_to_a_closed_channel_ends_it_quietly);
	ATF_TP_ADD_TC(tp,
	    a_paused_channel_is_not_read_until_it_is_resumed);
	ATF_TP_ADD_TC(tp, a_handler_may_close_its_own_channel);
	ATF_TP_ADD_TC(tp, closing_twice_or_nothing_does_no_harm);
	ATF_TP_ADD_TC(tp, random_bytes_never_reach_a_handler);
	ATF_TP_ADD_TC(tp, a_process_handles_exactly_the_messages_for_it);
	return atf_no_error();
}
