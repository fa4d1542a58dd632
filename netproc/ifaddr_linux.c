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
 * Linux: interfaces and addresses by rtnetlink, on a socket the parent
 * opened; the same socket tells of changes.  The kernel is believed, but
 * every length is checked all the same.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <linux/if_arp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "netproc/net.h"

#define LINKS_MAX	256
#define SETTLE_MS	200	/* several changes come together */
#define ANSWER_MS	1000	/* the kernel answers at once or not at all */

struct link_info {
	uint32_t	 index;
	int		 tunnel;
	char		 name[IFNAMSIZ];
};

struct collection {
	struct env		*env;
	struct link_info	 links[LINKS_MAX];
	size_t			 nlinks;
};

static int
request(int fd, uint16_t type, uint32_t seq)
{
	struct {
		struct nlmsghdr	 hdr;
		struct rtgenmsg	 gen;
	} req;
	struct iovec	 iov = { &req, sizeof(req) };
	struct msghdr	 msg;

	memset(&req, 0, sizeof(req));
	req.hdr.nlmsg_len = NLMSG_LENGTH(sizeof(req.gen));
	req.hdr.nlmsg_type = type;
	req.hdr.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	req.hdr.nlmsg_seq = seq;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	return sendmsg(fd, &msg, 0) == -1 ? -1 : 0;
}

static void
add_link(struct collection *c, struct nlmsghdr *h)
{
	struct ifinfomsg	*ifi = NLMSG_DATA(h);
	struct link_info	*l;
	struct rtattr		*a;
	int			 len;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)) ||
	    (ifi->ifi_flags & IFF_UP) == 0 ||
	    (ifi->ifi_flags & IFF_LOOPBACK) != 0 || c->nlinks == LINKS_MAX)
		return;
	l = &c->links[c->nlinks++];
	memset(l, 0, sizeof(*l));
	l->index = (uint32_t)ifi->ifi_index;
	l->tunnel = (ifi->ifi_flags & IFF_POINTOPOINT) != 0 ||
	    ifi->ifi_type == ARPHRD_NONE || ifi->ifi_type == ARPHRD_PPP;
	len = (int)(h->nlmsg_len - NLMSG_LENGTH(sizeof(*ifi)));
	for (a = IFLA_RTA(ifi); RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == IFLA_IFNAME)
			strlcpy(l->name, RTA_DATA(a), sizeof(l->name));
}

static void
add_address(struct collection *c, struct nlmsghdr *h)
{
	struct ifaddrmsg	*ifa = NLMSG_DATA(h);
	const uint8_t		*local = NULL, *address = NULL;
	struct endpoint		 ep;
	struct rtattr		*a;
	size_t			 i, want;
	int			 len;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*ifa)) ||
	    (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6) ||
	    (ifa->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED |
	    IFA_F_DEPRECATED)) != 0)
		return;
	want = ifa->ifa_family == AF_INET ? 4 : 16;
	len = (int)(h->nlmsg_len - NLMSG_LENGTH(sizeof(*ifa)));
	for (a = IFA_RTA(ifa); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (RTA_PAYLOAD(a) < want)
			continue;
		if (a->rta_type == IFA_LOCAL)
			local = RTA_DATA(a);
		else if (a->rta_type == IFA_ADDRESS)
			address = RTA_DATA(a);
	}
	if (local == NULL && (local = address) == NULL)
		return;
	memset(&ep, 0, sizeof(ep));
	ep.family = want == 4 ? 4 : 6;
	memcpy(ep.addr, local, want);
	for (i = 0; i < c->nlinks; i++)
		if (c->links[i].index == ifa->ifa_index)
			gather_local(c->env, c->links[i].name,
			    c->links[i].tunnel, &ep, ifa->ifa_prefixlen);
}

/* One datagram of a dump; 1 when it was the last, -1 on an error. */
static int
dump_datagram(struct collection *c, uint8_t *buf, size_t size, uint32_t seq)
{
	struct nlmsghdr	*h;
	int		 len = (int)size;

	for (h = (struct nlmsghdr *)(void *)buf; NLMSG_OK(h, (uint32_t)len);
	    h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_seq != seq)
			continue;
		if (h->nlmsg_type == NLMSG_DONE)
			return 1;
		if (h->nlmsg_type == NLMSG_ERROR)
			return -1;
		if (h->nlmsg_type == RTM_NEWLINK)
			add_link(c, h);
		else if (h->nlmsg_type == RTM_NEWADDR)
			add_address(c, h);
	}
	return 0;
}

static int
dump(struct collection *c, uint16_t type, uint32_t seq)
{
	_Alignas(8) static uint8_t	 buf[65536];
	struct iovec			 iov = { buf, sizeof(buf) };
	struct pollfd			 pfd = { c->env->route, POLLIN, 0 };
	struct msghdr			 msg;
	ssize_t				 n;
	int				 done = 0;

	if (request(c->env->route, type, seq) == -1)
		return -1;
	while (done == 0) {
		if (poll(&pfd, 1, ANSWER_MS) != 1)
			return -1;
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		if ((n = recvmsg(c->env->route, &msg, 0)) == -1) {
			if (errno == EAGAIN || errno == ENOBUFS)
				continue;
			return -1;
		}
		done = dump_datagram(c, buf, (size_t)n, seq);
	}
	return done == 1 ? 0 : -1;
}

int
ifaddr_collect(struct env *env)
{
	struct collection	 c;
	uint32_t		 seq = (uint32_t)clock_mono_ms();

	c.env = env;
	c.nlinks = 0;
	if (dump(&c, RTM_GETLINK, seq) == -1)
		return -1;
	return dump(&c, RTM_GETADDR, seq + 1);
}

/* Something changed; what exactly is looked up once it has settled. */
static void
route_readable(int fd, short event, void *arg)
{
	struct env	*env = arg;
	uint8_t		 buf[8192];
	struct iovec	 iov = { buf, sizeof(buf) };
	struct msghdr	 msg;

	(void)event;
	do {
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
	} while (recvmsg(fd, &msg, 0) > 0);
	if (env->ifaddr_due == 0)
		env->ifaddr_due = clock_mono_ms() + SETTLE_MS;
	net_schedule(env);
}

void
ifaddr_start(struct env *env)
{
	event_set(&env->ev_route, env->route, EV_READ | EV_PERSIST,
	    route_readable, env);
	event_add(&env->ev_route, NULL);
}
