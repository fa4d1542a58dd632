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
 * Descriptors: each goes with its own message, and none is ever leaked.
 */

#include <sys/resource.h>

#include "imsg_test.h"

TC(a_descriptor_travels_with_its_message)
{
	ino_t	a, b;
	int	i, fds = count_fds();

	setup_fdpass();
	compose(-1, "plain");
	compose(marked_fd(&a), "first");
	compose(-1, "plain");
	compose(marked_fd(&b), "second");
	compose(-1, "plain");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	for (i = 0; i < 5; i++)
		ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_fd(0);
	expect_fd(a);
	expect_fd(0);
	expect_fd(b);
	expect_fd(0);
	expect_none();
	ATF_CHECK_EQ(0, rx.fd_dropped + rx.fd_missing + rx.fd_truncated);
	teardown();
	ATF_CHECK_EQ(fds, count_fds());
}

TC(a_descriptor_survives_a_split_message)
{
	struct imsg_hdr	hdr = header((IMSG_HEADER_SIZE + 4) | IMSG_FD_MARK);
	unsigned char	raw[sizeof(hdr) + 4];
	ino_t		ino, other;
	int		fd, fds;

	fds = count_fds();
	setup_fdpass();
	memcpy(raw, &hdr, sizeof(hdr));
	memcpy(raw + sizeof(hdr), "body", 4);
	fd = marked_fd(&ino);
	send_raw_fds(raw, 1, &fd, 1);
	close(fd);
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	send_raw(raw + 1, sizeof(hdr));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_none();
	send_raw(raw + 1 + sizeof(hdr), 3);
	compose(marked_fd(&other), "next");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_fd(ino);
	expect_fd(other);
	teardown();
	ATF_CHECK_EQ(fds, count_fds());
}

TC(messages_in_one_read_get_their_descriptors_in_order)
{
	struct imsg_hdr	plain = header(IMSG_HEADER_SIZE);
	struct imsg_hdr	marked = header(IMSG_HEADER_SIZE | IMSG_FD_MARK);
	unsigned char	raw[4 * sizeof(plain)];
	ino_t		ino[3];
	int		i, fd[3];

	setup_fdpass();
	memcpy(raw, &marked, sizeof(marked));
	memcpy(raw + sizeof(plain), &plain, sizeof(plain));
	memcpy(raw + 2 * sizeof(plain), &marked, sizeof(marked));
	memcpy(raw + 3 * sizeof(plain), &marked, sizeof(marked));
	for (i = 0; i < 3; i++)
		fd[i] = marked_fd(&ino[i]);
	send_raw_fds(raw, sizeof(raw), fd, 3);
	for (i = 0; i < 3; i++)
		close(fd[i]);
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_fd(ino[0]);
	expect_fd(0);
	expect_fd(ino[1]);
	expect_fd(ino[2]);
	teardown();
}

TC(an_unclaimed_descriptor_is_closed)
{
	struct imsg_hdr	hdr = header(IMSG_HEADER_SIZE);
	ino_t		ino, other;
	int		fd, fds;

	setup_fdpass();
	fds = count_fds();
	fd = marked_fd(&ino);
	send_raw_fds(&hdr, sizeof(hdr), &fd, 1);
	close(fd);
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_CHECK_EQ(1, rx.fd_dropped);
	ATF_CHECK_EQ(fds, count_fds());
	/* It is not handed to the next message that announces one. */
	compose(marked_fd(&other), "next");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_fd(0);
	expect_fd(other);
	ATF_CHECK_EQ(fds, count_fds());
	teardown();
}

TC(a_missing_descriptor_is_counted_and_not_replaced)
{
	struct imsg_hdr	hdr = header(IMSG_HEADER_SIZE | IMSG_FD_MARK);
	ino_t		ino;

	setup_fdpass();
	send_raw(&hdr, 4);
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	send_raw((unsigned char *)&hdr + 4, sizeof(hdr) - 4);
	compose(marked_fd(&ino), "next");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_fd(0);
	expect_fd(ino);
	ATF_CHECK_EQ(1, rx.fd_missing);
	teardown();
}

TC(excess_descriptors_are_closed_and_counted)
{
	struct imsg_hdr	hdr = header(IMSG_HEADER_SIZE);
	ino_t		ino;
	int		i, fd, fds, many[100];

	setup_fdpass();
	fds = count_fds();
	fd = marked_fd(&ino);
	for (i = 0; i < 100; i++)
		many[i] = fd;
	/* Half a header keeps what came with it waiting. */
	send_raw_fds(&hdr, 4, many, 60);
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_CHECK_EQ(0, rx.fd_dropped);
	ATF_CHECK_EQ(60, rx.w->nfds);
	send_raw_fds((unsigned char *)&hdr + 4, 4, many, 10);
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_CHECK_EQ(6, rx.fd_dropped);
	ATF_CHECK_EQ(IMSG_FDS_MAX, rx.w->nfds);
	/* More than one read has room for: the kernel keeps the rest. */
	send_raw_fds((unsigned char *)&hdr + 8, 4, many, 100);
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_CHECK_EQ(1, rx.fd_truncated);
	ATF_CHECK_EQ(6 + IMSG_FDS_MAX, rx.fd_dropped);
	send_raw((unsigned char *)&hdr + 12, 4);
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_CHECK_EQ(6 + 2 * IMSG_FDS_MAX, rx.fd_dropped);
	expect_fd(0);
	close(fd);
	ATF_CHECK_EQ(fds, count_fds());
	teardown();
}

TC(a_descriptor_that_is_not_allowed_is_dropped)
{
	ino_t	ino;
	int	fds;

	setup();
	imsgbuf_allow_fdpass(&tx);
	fds = count_fds();
	compose(marked_fd(&ino), "with");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_CHECK_EQ(1, rx.fd_truncated);
	expect_fd(0);
	ATF_CHECK_EQ(fds, count_fds());
	teardown();
}

TC(a_descriptor_is_not_sent_when_not_allowed)
{
	ino_t	ino;
	int	fds;

	setup();
	imsgbuf_allow_fdpass(&rx);
	fds = count_fds();
	compose(marked_fd(&ino), "without");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, tx.fd_dropped);
	ATF_CHECK_EQ(fds, count_fds());
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_fd(0);
	teardown();
}

TC(a_descriptor_lost_to_the_process_limit_is_counted)
{
	struct rlimit	lim, low;
	ino_t		ino, next;

	setup_fdpass();
	compose(marked_fd(&ino), "lost");
	compose(marked_fd(&next), "next");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &lim));
	low = lim;
	low.rlim_cur = 0;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &low));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &lim));
	ATF_CHECK_EQ(1, rx.fd_truncated);
	ATF_CHECK_EQ(1, rx.fd_missing);
	/* The next one is not taken for the one that was lost. */
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_fd(0);
	expect_fd(next);
	teardown();
}

TC(a_received_descriptor_is_close_on_exec)
{
	struct imsg	imsg;
	ino_t		ino;
	int		fd;

	setup_fdpass();
	compose(marked_fd(&ino), "x");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_REQUIRE_EQ(1, imsgbuf_get(&rx, &imsg));
	ATF_REQUIRE((fd = imsg_get_fd(&imsg)) != -1);
	ATF_CHECK_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	imsg_free(&imsg);
	teardown();
}

TC(descriptors_still_queued_are_closed_by_clear)
{
	ino_t	ino;
	int	fds = count_fds();

	setup_fdpass();
	compose(marked_fd(&ino), "received");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	compose(marked_fd(&ino), "unsent");
	teardown();
	ATF_CHECK_EQ(fds, count_fds());
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&tx));
	ATF_CHECK_EQ(0, imsgbuf_queuebytes(&tx));
	ATF_CHECK_ERRNO(EINVAL, imsgbuf_read(&rx) == -1);
	imsgbuf_clear(&rx);
}

TC(an_unfetched_descriptor_is_closed_with_its_message)
{
	struct imsg	imsg;
	ino_t		ino;
	int		fds;

	setup_fdpass();
	fds = count_fds();
	compose(marked_fd(&ino), "x");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_REQUIRE_EQ(1, imsgbuf_get(&rx, &imsg));
	imsg_free(&imsg);
	ATF_CHECK_EQ(fds, count_fds());
	teardown();
}

TC(a_descriptor_is_sent_once_when_the_write_is_split)
{
	struct imsg	 imsg;
	unsigned char	*data;
	ino_t		 ino;
	int		 fd, fds, rounds, ret = 0, small = 4096;

	setup_fdpass();
	fds = count_fds();
	ATF_REQUIRE_EQ(0, setsockopt(sv[1], SOL_SOCKET, SO_SNDBUF, &small,
	    sizeof(small)));
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&rx, 300000));
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&tx, 300000));
	ATF_REQUIRE((data = calloc(1, 300000)) != NULL);
	ATF_REQUIRE_EQ(1, imsg_compose(&tx, TYPE, 0, 0, marked_fd(&ino),
	    data, 300000));
	free(data);
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_queuelen(&tx));
	ATF_CHECK_EQ(fds, count_fds());
	for (rounds = 0; rounds < 2000 && ret == 0; rounds++) {
		ATF_REQUIRE_EQ(1, imsgbuf_read(&rx));
		ATF_REQUIRE_EQ(0, imsgbuf_write(&tx));
		ret = imsgbuf_get(&rx, &imsg);
	}
	ATF_REQUIRE_EQ(1, ret);
	ATF_CHECK((fd = imsg_get_fd(&imsg)) != -1);
	close(fd);
	imsg_free(&imsg);
	ATF_CHECK_EQ(0, rx.fd_dropped + rx.fd_missing + rx.fd_truncated);
	teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_descriptor_travels_with_its_message);
	ATF_TP_ADD_TC(tp, a_descriptor_survives_a_split_message);
	ATF_TP_ADD_TC(tp, messages_in_one_read_get_their_descriptors_in_order);
	ATF_TP_ADD_TC(tp, an_unclaimed_descriptor_is_closed);
	ATF_TP_ADD_TC(tp, a_missing_descriptor_is_counted_and_not_replaced);
	ATF_TP_ADD_TC(tp, excess_descriptors_are_closed_and_counted);
	ATF_TP_ADD_TC(tp, a_descriptor_that_is_not_allowed_is_dropped);
	ATF_TP_ADD_TC(tp, a_descriptor_is_not_sent_when_not_allowed);
	ATF_TP_ADD_TC(tp, a_descriptor_lost_to_the_process_limit_is_counted);
	ATF_TP_ADD_TC(tp, a_received_descriptor_is_close_on_exec);
	ATF_TP_ADD_TC(tp, descriptors_still_queued_are_closed_by_clear);
	ATF_TP_ADD_TC(tp, an_unfetched_descriptor_is_closed_with_its_message);
	ATF_TP_ADD_TC(tp, a_descriptor_is_sent_once_when_the_write_is_split);

	return atf_no_error();
}
