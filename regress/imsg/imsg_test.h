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
 * A socket pair with an imsgbuf on each end, one of them also driven by
 * hand, so that every cut a stream can have is made on purpose.
 */

#ifndef IMSG_TEST_H
#define IMSG_TEST_H

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg/imsg.h"
#include "imsg/msgbuf.h"

#define TC(name)							\
	ATF_TC_WITHOUT_HEAD(name);					\
	ATF_TC_BODY(name, tc)

#define TYPE		7

static struct imsgbuf	rx, tx;
static int		sv[2];

static inline void
setup(void)
{
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv));
	ATF_REQUIRE_EQ(0, imsgbuf_init(&rx, sv[0]));
	ATF_REQUIRE_EQ(0, imsgbuf_init(&tx, sv[1]));
}

static inline void
setup_fdpass(void)
{
	setup();
	imsgbuf_allow_fdpass(&rx);
	imsgbuf_allow_fdpass(&tx);
}

static inline void
teardown(void)
{
	imsgbuf_clear(&rx);
	imsgbuf_clear(&tx);
	close(sv[0]);
	if (sv[1] != -1)
		close(sv[1]);
}

static inline int
count_fds(void)
{
	int	fd, n = 0;

	for (fd = 0; fd < 512; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			n++;
	}
	return n;
}

static inline void
hang_up(void)
{
	close(sv[1]);
	sv[1] = -1;
}

static inline void
send_raw(const void *data, size_t len)
{
	ATF_REQUIRE_EQ((ssize_t)len, send(sv[1], data, len, MSG_NOSIGNAL));
}

/* Send bytes with several descriptors in one go, as no imsgbuf would. */
static inline void
send_raw_fds(const void *data, size_t len, const int *fds, size_t nfds)
{
	union {
		struct cmsghdr	hdr;
		unsigned char	buf[CMSG_SPACE(sizeof(int) * 128)];
	} control;
	struct msghdr	 msg;
	struct cmsghdr	*cmsg;
	struct iovec	 iov;
	unsigned char	 copy[256];

	ATF_REQUIRE(len <= sizeof(copy) && nfds <= 128);
	memcpy(copy, data, len);
	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = copy;
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
	cmsg = CMSG_FIRSTHDR(&msg);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
	memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * nfds);
	ATF_REQUIRE_EQ((ssize_t)len, sendmsg(sv[1], &msg, MSG_NOSIGNAL));
}

static inline struct imsg_hdr
header(uint32_t len)
{
	struct imsg_hdr	hdr;

	hdr.type = TYPE;
	hdr.len = len;
	hdr.peerid = 11;
	hdr.pid = 13;
	return hdr;
}

static inline void
expect_none(void)
{
	struct imsg	imsg;

	ATF_CHECK_EQ(0, imsgbuf_get(&rx, &imsg));
}

static inline void
expect_text(const char *text)
{
	struct imsg	imsg;
	char		buf[64];
	size_t		len = strlen(text);

	ATF_REQUIRE_EQ(1, imsgbuf_get(&rx, &imsg));
	ATF_CHECK_EQ(TYPE, imsg_get_type(&imsg));
	ATF_REQUIRE_EQ(len, imsg_get_len(&imsg));
	ATF_REQUIRE_EQ(0, imsg_get_data(&imsg, buf, len));
	ATF_CHECK_EQ(0, memcmp(buf, text, len));
	imsg_free(&imsg);
}

static inline void
compose(int fd, const char *text)
{
	ATF_REQUIRE_EQ(1, imsg_compose(&tx, TYPE, 0, 0, fd, text,
	    strlen(text)));
}

/* A descriptor that can be told from others, and its inode. */
static inline int
marked_fd(ino_t *ino)
{
	struct stat	st;
	int		p[2];

	ATF_REQUIRE_EQ(0, pipe(p));
	close(p[1]);
	ATF_REQUIRE_EQ(0, fstat(p[0], &st));
	*ino = st.st_ino;
	return p[0];
}

/* The next message must bring the descriptor with this inode; 0 is none. */
static inline void
expect_fd(ino_t ino)
{
	struct stat	st;
	struct imsg	imsg;
	int		fd;

	ATF_REQUIRE_EQ(1, imsgbuf_get(&rx, &imsg));
	fd = imsg_get_fd(&imsg);
	if (ino == 0)
		ATF_CHECK_EQ(-1, fd);
	else {
		ATF_REQUIRE(fd != -1);
		ATF_REQUIRE_EQ(0, fstat(fd, &st));
		ATF_CHECK_EQ(ino, st.st_ino);
		ATF_CHECK_EQ(-1, imsg_get_fd(&imsg));
		close(fd);
	}
	imsg_free(&imsg);
}

#endif
