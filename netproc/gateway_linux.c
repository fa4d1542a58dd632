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
 * Linux: the next hop as the kernel itself would choose it, asked on the
 * socket that also tells of changes.  A change that comes in between is not
 * lost: the addresses are listed again.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "netproc/net.h"

#define ANSWER_MS	100	/* the kernel answers at once or not at all */
#define ANSWERS		64	/* looked at, others among them */

static int
request(int fd, const struct endpoint *to, uint32_t seq)
{
	struct {
		struct nlmsghdr	 hdr;
		struct rtmsg	 rt;
		struct rtattr	 attr;
		uint8_t		 dst[4];
	} req;
	struct iovec	 iov = { &req, sizeof(req) };
	struct msghdr	 msg;

	memset(&req, 0, sizeof(req));
	req.hdr.nlmsg_len = sizeof(req);
	req.hdr.nlmsg_type = RTM_GETROUTE;
	req.hdr.nlmsg_flags = NLM_F_REQUEST;
	req.hdr.nlmsg_seq = seq;
	req.rt.rtm_family = AF_INET;
	req.rt.rtm_dst_len = 32;
	req.attr.rta_len = RTA_LENGTH(sizeof(req.dst));
	req.attr.rta_type = RTA_DST;
	memcpy(req.dst, to->addr, sizeof(req.dst));
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	return sendmsg(fd, &msg, 0) == -1 ? -1 : 0;
}

static int
route(struct nlmsghdr *h, struct endpoint *gateway)
{
	struct rtmsg	*rt = NLMSG_DATA(h);
	struct rtattr	*a;
	int		 len;

	if (h->nlmsg_type != RTM_NEWROUTE ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(*rt)) ||
	    rt->rtm_family != AF_INET)
		return -1;
	len = (int)(h->nlmsg_len - NLMSG_LENGTH(sizeof(*rt)));
	for (a = RTM_RTA(rt); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (a->rta_type != RTA_GATEWAY || RTA_PAYLOAD(a) < 4)
			continue;
		memset(gateway, 0, sizeof(*gateway));
		gateway->family = 4;
		memcpy(gateway->addr, RTA_DATA(a), 4);
		return 0;
	}
	return -1;
}

/* 1 when the answer was in it, -1 when it says that there is none. */
static int
datagram(struct env *env, uint8_t *buf, size_t size, uint32_t seq,
    struct endpoint *gateway, uint64_t now)
{
	struct nlmsghdr	*h;
	int		 len = (int)size;

	for (h = (struct nlmsghdr *)(void *)buf; NLMSG_OK(h, (uint32_t)len);
	    h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_seq == seq)
			return route(h, gateway) == 0 ? 1 : -1;
		if (env->ifaddr_due == 0)
			env->ifaddr_due = now;
		net_soon(env);
	}
	return 0;
}

int
gateway_find(struct env *env, const struct endpoint *to,
    struct endpoint *gateway)
{
	_Alignas(8) uint8_t	 buf[8192];
	struct iovec		 iov = { buf, sizeof(buf) };
	struct pollfd		 pfd = { env->route, POLLIN, 0 };
	struct msghdr		 msg;
	uint64_t		 now = net_clock_us() / 1000;
	uint32_t		 seq = arc4random();
	ssize_t			 n;
	int			 done = 0, i;

	if (request(env->route, to, seq) == -1)
		return -1;
	for (i = 0; i < ANSWERS && done == 0; i++) {
		if (poll(&pfd, 1, ANSWER_MS) != 1)
			return -1;
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		if ((n = recvmsg(env->route, &msg, 0)) == -1) {
			if (errno == EAGAIN || errno == ENOBUFS)
				continue;
			return -1;
		}
		done = datagram(env, buf, (size_t)n, seq, gateway, now);
	}
	return done == 1 ? 0 : -1;
}
