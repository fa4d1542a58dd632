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
 * Framing: cuts, limits, the end of the stream, blocked writes, wiping.
 */

#include "imsg_test.h"

#define SECRET		"correct horse battery"

TC(a_composed_message_arrives_whole)
{
	struct imsg	imsg;
	char		buf[3];

	setup();
	ATF_CHECK_EQ(1, imsg_compose(&tx, 1, 2, 3, -1, "abc", 3));
	ATF_CHECK_EQ(1, imsg_compose(&tx, 4, 5, 0, -1, NULL, 0));
	ATF_CHECK_EQ(2, imsgbuf_queuelen(&tx));
	ATF_CHECK_EQ(3 + 2 * IMSG_HEADER_SIZE, imsgbuf_queuebytes(&tx));
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&tx));
	ATF_CHECK_EQ(0, imsgbuf_queuebytes(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_REQUIRE_EQ(3 + (ssize_t)IMSG_HEADER_SIZE, imsg_get(&rx, &imsg));
	ATF_CHECK_EQ(1, imsg_get_type(&imsg));
	ATF_CHECK_EQ(2, imsg_get_id(&imsg));
	ATF_CHECK_EQ(3, imsg_get_pid(&imsg));
	ATF_CHECK_EQ(3 + IMSG_HEADER_SIZE, imsg.hdr.len);
	ATF_CHECK_EQ(0, memcmp(imsg.data, "abc", 3));
	ATF_CHECK_EQ(0, imsg_get_data(&imsg, buf, 3));
	imsg_free(&imsg);
	ATF_REQUIRE_EQ(1, imsgbuf_get(&rx, &imsg));
	ATF_CHECK_EQ(getpid(), imsg_get_pid(&imsg));
	ATF_CHECK_EQ(0, imsg_get_len(&imsg));
	ATF_CHECK(imsg.data == NULL);
	imsg_free(&imsg);
	expect_none();
	teardown();
}

TC(reading_an_idle_channel_is_no_error)
{
	setup();
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_none();
	teardown();
}

TC(data_is_given_only_for_its_exact_length)
{
	struct imsg	imsg;
	struct ibuf	cursor;
	char		buf[8];

	setup();
	compose(-1, "abcd");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_REQUIRE_EQ(1, imsgbuf_get(&rx, &imsg));
	ATF_CHECK_ERRNO(EBADMSG, imsg_get_data(&imsg, buf, 3) == -1);
	ATF_CHECK_ERRNO(EBADMSG, imsg_get_data(&imsg, buf, 5) == -1);
	ATF_CHECK_ERRNO(EINVAL, imsg_get_data(&imsg, buf, 0) == -1);
	ATF_REQUIRE_EQ(0, imsg_get_ibuf(&imsg, &cursor));
	ATF_CHECK_EQ(4, ibuf_size(&cursor));
	ATF_CHECK_EQ(0, memcmp(ibuf_data(&cursor), "abcd", 4));
	ATF_CHECK_ERRNO(EBADMSG, imsg_get_ibuf(&imsg, &cursor) == -1);
	imsg_free(&imsg);
	teardown();
}

TC(a_partial_header_waits_for_the_rest)
{
	struct imsg_hdr	hdr = header(IMSG_HEADER_SIZE + 2);
	unsigned char	raw[sizeof(hdr) + 2];
	size_t		i;

	setup();
	memcpy(raw, &hdr, sizeof(hdr));
	memcpy(raw + sizeof(hdr), "hi", 2);
	for (i = 0; i < sizeof(raw); i++) {
		expect_none();
		send_raw(raw + i, 1);
		ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	}
	expect_text("hi");
	teardown();
}

TC(a_partial_body_waits_for_the_rest)
{
	struct imsg_hdr	hdr = header(IMSG_HEADER_SIZE + 6);

	setup();
	send_raw(&hdr, sizeof(hdr));
	send_raw("abc", 3);
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_none();
	send_raw("def", 3);
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_text("abcdef");
	teardown();
}

TC(two_messages_in_one_read_are_both_delivered)
{
	setup();
	compose(-1, "one");
	compose(-1, "second");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_text("one");
	expect_text("second");
	expect_none();
	teardown();
}

TC(an_oversize_length_is_refused)
{
	struct imsg_hdr	hdr = header(IMSG_HEADER_SIZE + 101);

	setup();
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&rx, 100));
	compose(-1, "before");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	send_raw(&hdr, sizeof(hdr));
	ATF_CHECK_ERRNO(ERANGE, imsgbuf_read(&rx) == -1);
	expect_text("before");
	expect_none();
	/* The stream is lost: a good message cannot revive it. */
	compose(-1, "after");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_ERRNO(ERANGE, imsgbuf_read(&rx) == -1);
	expect_none();
	teardown();
}

TC(the_largest_allowed_length_is_accepted)
{
	struct imsg_hdr	hdr = header(IMSG_HEADER_SIZE + 5);

	setup();
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&rx, 5));
	send_raw(&hdr, sizeof(hdr));
	send_raw("12345", 5);
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_text("12345");
	teardown();
}

TC(the_largest_number_as_length_is_refused)
{
	struct imsg_hdr	hdr = header(UINT32_MAX);

	setup();
	send_raw(&hdr, sizeof(hdr));
	ATF_CHECK_ERRNO(ERANGE, imsgbuf_read(&rx) == -1);
	expect_none();
	teardown();
}

TC(a_length_below_the_header_size_is_refused)
{
	struct imsg_hdr	hdr = header(IMSG_HEADER_SIZE - 1);

	setup();
	send_raw(&hdr, sizeof(hdr));
	ATF_CHECK_ERRNO(ERANGE, imsgbuf_read(&rx) == -1);
	expect_none();
	teardown();
}

TC(a_length_of_zero_is_refused)
{
	struct imsg_hdr	hdr = header(0);

	setup();
	send_raw(&hdr, sizeof(hdr));
	ATF_CHECK_ERRNO(ERANGE, imsgbuf_read(&rx) == -1);
	expect_none();
	teardown();
}

TC(a_maximum_that_cannot_be_framed_is_refused)
{
	setup();
	ATF_CHECK_ERRNO(EINVAL, imsgbuf_set_maxsize(&rx, UINT32_MAX) == -1);
	ATF_CHECK_ERRNO(EINVAL, imsgbuf_set_maxsize(&rx, 0x7ffffff0) == -1);
	ATF_CHECK_EQ(MAX_IMSGSIZE, rx.maxsize);
	ATF_CHECK_EQ(0, imsgbuf_set_maxsize(&rx, 0x7fffffef));
	ATF_CHECK_EQ(0x7fffffff, rx.maxsize);
	teardown();
}

TC(composing_above_the_maximum_is_refused)
{
	struct ibuf	*buf;
	struct iovec	 iov[2];
	char		 data[101] = { 0 };
	ino_t		 ino;
	int		 fd = marked_fd(&ino);

	setup_fdpass();
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&tx, 100));
	ATF_CHECK_ERRNO(ERANGE,
	    imsg_compose(&tx, TYPE, 0, 0, fd, data, 101) == -1);
	/* The descriptor stayed ours. */
	ATF_CHECK(fcntl(fd, F_GETFD) != -1);
	close(fd);
	iov[0].iov_base = iov[1].iov_base = data;
	iov[0].iov_len = 2;
	iov[1].iov_len = SIZE_MAX - 1;
	ATF_CHECK_ERRNO(ERANGE,
	    imsg_composev(&tx, TYPE, 0, 0, -1, iov, 2) == -1);
	ATF_REQUIRE((buf = imsg_create(&tx, TYPE, 0, 0, 10)) != NULL);
	ATF_CHECK_ERRNO(ERANGE, imsg_add(buf, data, 101) == -1);
	ATF_CHECK_EQ(0, imsgbuf_queuelen(&tx));
	teardown();
}

TC(pieces_are_sent_as_one_message)
{
	struct ibuf	*buf;
	struct iovec	 iov[2];
	char		 a[] = "ab", b[] = "cde";

	setup();
	iov[0].iov_base = a;
	iov[0].iov_len = 2;
	iov[1].iov_base = b;
	iov[1].iov_len = 3;
	ATF_CHECK_EQ(1, imsg_composev(&tx, TYPE, 0, 0, -1, iov, 2));
	ATF_REQUIRE((buf = imsg_create(&tx, TYPE, 0, 0, 0)) != NULL);
	ATF_CHECK_EQ(2, imsg_add(buf, a, 2));
	ATF_CHECK_EQ(0, imsg_add(buf, NULL, 0));
	ATF_CHECK_EQ(3, imsg_add(buf, b, 3));
	imsg_close(&tx, buf);
	ATF_CHECK_EQ(0, imsgbuf_flush(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_text("abcde");
	expect_text("abcde");
	teardown();
}

TC(eof_inside_a_message_delivers_nothing)
{
	struct imsg_hdr	hdr = header(IMSG_HEADER_SIZE + 6);

	setup();
	send_raw(&hdr, sizeof(hdr));
	send_raw("abc", 3);
	hang_up();
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_CHECK_EQ(0, imsgbuf_read(&rx));
	ATF_CHECK_EQ(0, imsgbuf_read(&rx));
	expect_none();
	teardown();
}

TC(messages_before_eof_are_still_delivered)
{
	setup();
	compose(-1, "last words");
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	hang_up();
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_CHECK_EQ(0, imsgbuf_read(&rx));
	expect_text("last words");
	teardown();
}

TC(writing_to_a_closed_peer_fails_without_a_signal)
{
	setup();
	ATF_REQUIRE_EQ(1, imsg_compose(&rx, TYPE, 0, 0, -1, "x", 1));
	hang_up();
	ATF_CHECK_ERRNO(EPIPE, imsgbuf_write(&rx) == -1);
	ATF_CHECK_EQ(1, imsgbuf_queuelen(&rx));
	teardown();
}

TC(a_blocked_write_keeps_the_queue_and_resumes)
{
	struct imsg	 imsg;
	unsigned char	 data[1400];
	uint32_t	 n = 0, got = 0, value, id;
	size_t		 before;
	int		 small = 4096, rounds;

	setup();
	ATF_REQUIRE_EQ(0, setsockopt(sv[1], SOL_SOCKET, SO_SNDBUF, &small,
	    sizeof(small)));
	for (n = 0; n < 3000; n++) {
		memset(data, (int)(n & 0xff), sizeof(data));
		memcpy(data, &n, sizeof(n));
		ATF_REQUIRE_EQ(1, imsg_compose(&tx, TYPE, n, 0, -1, data,
		    sizeof(data)));
	}
	before = imsgbuf_queuebytes(&tx);
	ATF_CHECK_EQ(3000 * (1400 + IMSG_HEADER_SIZE), before);
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK(imsgbuf_queuelen(&tx) > 0);
	ATF_CHECK(imsgbuf_queuebytes(&tx) < before);
	for (rounds = 0; rounds < 20000 && got < 3000; rounds++) {
		ATF_REQUIRE_EQ(0, imsgbuf_write(&tx));
		ATF_REQUIRE_EQ(1, imsgbuf_read(&rx));
		while (imsgbuf_get(&rx, &imsg) == 1) {
			id = imsg_get_id(&imsg);
			ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, data,
			    sizeof(data)));
			memcpy(&value, data, sizeof(value));
			ATF_REQUIRE_EQ(got, id);
			ATF_REQUIRE_EQ(got, value);
			ATF_REQUIRE_EQ(got & 0xff, data[sizeof(data) - 1]);
			imsg_free(&imsg);
			got++;
		}
	}
	ATF_CHECK_EQ(3000, got);
	ATF_CHECK_EQ(0, imsgbuf_queuebytes(&tx));
	teardown();
}

/* Payload lengths on both sides of 64 KiB, several reads each. */
TC(messages_around_64_kib_arrive_whole)
{
	static const size_t	 sizes[] = { 65519, 65520, 65535, 65536,
				    65537, 200000 };
	struct imsg		 imsg;
	unsigned char		*data;
	size_t			 i, k, len;
	int			 rounds, ret;

	setup();
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&rx, 200000));
	ATF_REQUIRE_EQ(0, imsgbuf_set_maxsize(&tx, 200000));
	ATF_REQUIRE((data = malloc(200000)) != NULL);
	for (k = 0; k < 200000; k++)
		data[k] = (unsigned char)(k * 31 + (k >> 8));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		len = sizes[i];
		ATF_REQUIRE_EQ(1, imsg_compose(&tx, TYPE, 0, 0, -1, data,
		    len));
		ret = 0;
		for (rounds = 0; rounds < 100 && ret == 0; rounds++) {
			ATF_REQUIRE_EQ(0, imsgbuf_write(&tx));
			ATF_REQUIRE_EQ(1, imsgbuf_read(&rx));
			ret = imsgbuf_get(&rx, &imsg);
		}
		ATF_REQUIRE_EQ(1, ret);
		ATF_REQUIRE_EQ(len, imsg_get_len(&imsg));
		ATF_CHECK_EQ(0, memcmp(imsg.data, data, len));
		imsg_free(&imsg);
	}
	free(data);
	teardown();
}

TC(more_messages_than_one_iovec_holds_arrive_in_order)
{
	struct imsg	imsg;
	uint32_t	n, got = 0;
	int		rounds;

	setup();
	for (n = 0; n < 2500; n++)
		ATF_REQUIRE_EQ(1, imsg_compose(&tx, TYPE, n, 0, -1, NULL,
		    0));
	for (rounds = 0; rounds < 100 && got < 2500; rounds++) {
		ATF_REQUIRE_EQ(0, imsgbuf_write(&tx));
		ATF_REQUIRE_EQ(1, imsgbuf_read(&rx));
		while (imsgbuf_get(&rx, &imsg) == 1) {
			ATF_REQUIRE_EQ(got, imsg_get_id(&imsg));
			imsg_free(&imsg);
			got++;
		}
	}
	ATF_CHECK_EQ(2500, got);
	teardown();
}

/* One byte with the descriptor first, the rest of the message later. */
/* A message larger than the socket takes, with a descriptor, cut anywhere. */
static int
rbuf_has(const char *text)
{
	size_t	i, len = strlen(text);

	for (i = 0; i <= IBUF_READ_SIZE - len; i++) {
		if (memcmp(rx.w->rbuf + i, text, len) == 0)
			return 1;
	}
	return 0;
}

TC(the_read_buffer_is_wiped_on_request)
{
	setup();
	compose(-1, SECRET);
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	expect_text(SECRET);
	ATF_CHECK(rbuf_has(SECRET));
	memset(rx.w->rbuf, 0, IBUF_READ_SIZE);
	imsgbuf_set_wipe(&rx, 1);
	compose(-1, SECRET);
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	ATF_CHECK_EQ(1, imsgbuf_read(&rx));
	ATF_CHECK(!rbuf_has(SECRET));
	expect_text(SECRET);
	teardown();
}

TC(the_read_buffer_is_wiped_after_an_error_too)
{
	struct imsg_hdr	hdr = header(1);

	setup();
	imsgbuf_set_wipe(&rx, 1);
	compose(-1, SECRET);
	ATF_CHECK_EQ(0, imsgbuf_write(&tx));
	send_raw(&hdr, sizeof(hdr));
	ATF_CHECK_ERRNO(ERANGE, imsgbuf_read(&rx) == -1);
	ATF_CHECK(!rbuf_has(SECRET));
	teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_composed_message_arrives_whole);
	ATF_TP_ADD_TC(tp, reading_an_idle_channel_is_no_error);
	ATF_TP_ADD_TC(tp, data_is_given_only_for_its_exact_length);
	ATF_TP_ADD_TC(tp, a_partial_header_waits_for_the_rest);
	ATF_TP_ADD_TC(tp, a_partial_body_waits_for_the_rest);
	ATF_TP_ADD_TC(tp, two_messages_in_one_read_are_both_delivered);
	ATF_TP_ADD_TC(tp, an_oversize_length_is_refused);
	ATF_TP_ADD_TC(tp, the_largest_allowed_length_is_accepted);
	ATF_TP_ADD_TC(tp, the_largest_number_as_length_is_refused);
	ATF_TP_ADD_TC(tp, a_length_below_the_header_size_is_refused);
	ATF_TP_ADD_TC(tp, a_length_of_zero_is_refused);
	ATF_TP_ADD_TC(tp, a_maximum_that_cannot_be_framed_is_refused);
	ATF_TP_ADD_TC(tp, composing_above_the_maximum_is_refused);
	ATF_TP_ADD_TC(tp, pieces_are_sent_as_one_message);
	ATF_TP_ADD_TC(tp, eof_inside_a_message_delivers_nothing);
	ATF_TP_ADD_TC(tp, messages_before_eof_are_still_delivered);
	ATF_TP_ADD_TC(tp, writing_to_a_closed_peer_fails_without_a_signal);
	ATF_TP_ADD_TC(tp, a_blocked_write_keeps_the_queue_and_resumes);
	ATF_TP_ADD_TC(tp, messages_around_64_kib_arrive_whole);
	ATF_TP_ADD_TC(tp, more_messages_than_one_iovec_holds_arrive_in_order);
	ATF_TP_ADD_TC(tp, the_read_buffer_is_wiped_on_request);
	ATF_TP_ADD_TC(tp, the_read_buffer_is_wiped_after_an_error_too);

	return atf_no_error();
}
