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
		uint8_t		 dst[16];
	} req;
	size_t		 size = to->family == 6 ? 16 : 4;
	struct iovec	 iov = { &req, sizeof(req) };
	struct msghdr	 msg;

	memset(&req, 0, sizeof(req));
	req.hdr.nlmsg_len = (uint32_t)(NLMSG_LENGTH(sizeof(req.rt)) +
	    RTA_LENGTH(size));
	iov.iov_len = req.hdr.nlmsg_len;
	req.hdr.nlmsg_type = RTM_GETROUTE;
	req.hdr.nlmsg_flags = NLM_F_REQUEST;
	req.hdr.nlmsg_seq = seq;
	req.rt.rtm_family = to->family == 6 ? AF_INET6 : AF_INET;
	req.rt.rtm_dst_len = (unsigned char)(size * 8);
	req.attr.rta_len = (unsigned short)RTA_LENGTH(size);
	req.attr.rta_type = RTA_DST;
	memcpy(req.dst, to->addr, size);
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	return sendmsg(fd, &msg, 0) == -1 ? -1 : 0;
}

static void
address(struct endpoint *ep, int family, struct rtattr *a)
{
	size_t	 size = family == AF_INET6 ? 16 : 4;

	if (RTA_PAYLOAD(a) < size)
		return;
	memset(ep, 0, sizeof(*ep));
	ep->family = family == AF_INET6 ? 6 : 4;
	memcpy(ep->addr, RTA_DATA(a), size);
}

static int
route(struct nlmsghdr *h, struct net_gateway *gateway)
{
	struct rtmsg	*rt = NLMSG_DATA(h);
	struct rtattr	*a;
	int		 len;

	memset(gateway, 0, sizeof(*gateway));
	if (h->nlmsg_type != RTM_NEWROUTE ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(*rt)) ||
	    (rt->rtm_family != AF_INET && rt->rtm_family != AF_INET6))
		return -1;
	len = (int)(h->nlmsg_len - NLMSG_LENGTH(sizeof(*rt)));
	for (a = RTM_RTA(rt); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (a->rta_type == RTA_GATEWAY)
			address(&gateway->hop, rt->rtm_family, a);
		else if (a->rta_type == RTA_PREFSRC)
			address(&gateway->own, rt->rtm_family, a);
		else if (a->rta_type == RTA_OIF &&
		    RTA_PAYLOAD(a) >= sizeof(gateway->interface))
			memcpy(&gateway->interface, RTA_DATA(a),
			    sizeof(gateway->interface));
	}
	return gateway->hop.family == 0 || gateway->own.family == 0 ? -1 : 0;
}

/* 1 when the answer was in it, -1 when it says that there is none. */
static int
datagram(struct env *env, uint8_t *buf, size_t size, uint32_t seq,
    struct net_gateway *gateway, uint64_t now)
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
    struct net_gateway *gateway)
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
