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
 * Linux: addresses of the tun device and routes through it, by netlink
 * (rtnetlink(7)), since the ioctls know one IPv4 address for each device.
 * Runs in the parent; one request, one answer of the kernel.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/tun.h"

struct request {
	struct nlmsghdr		 head;
	union {
		struct ifaddrmsg addr;
		struct rtmsg	 route;
	}			 body;
	uint8_t			 attributes[128];
};

static void
put(struct request *r, uint16_t type, const void *data, uint16_t len)
{
	struct rtattr	 a;
	uint8_t		*at = (uint8_t *)r + NLMSG_ALIGN(r->head.nlmsg_len);

	a.rta_type = type;
	a.rta_len = (uint16_t)RTA_LENGTH(len);
	memcpy(at, &a, sizeof(a));
	memcpy(at + RTA_LENGTH(0), data, len);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) +
	    (uint32_t)RTA_ALIGN(a.rta_len);
}

/* 0, or -1 and the error that the kernel answered with. */
static int
ask(struct request *r)
{
	struct {
		struct nlmsghdr	 head;
		struct nlmsgerr	 error;
		uint8_t		 rest[256];
	}			 answer;
	struct sockaddr_nl	 kernel;
	ssize_t			 n;
	int			 s, saved;

	r->head.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	memset(&kernel, 0, sizeof(kernel));
	kernel.nl_family = AF_NETLINK;
	s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (s == -1)
		return -1;
	memset(&answer, 0, sizeof(answer));
	n = sendto(s, r, r->head.nlmsg_len, 0, (struct sockaddr *)&kernel,
	    sizeof(kernel));
	if (n != -1)
		n = recv(s, &answer, sizeof(answer), 0);
	saved = errno;
	close(s);
	errno = saved;
	if (n == -1)
		return -1;
	if ((size_t)n < sizeof(answer.head) + sizeof(answer.error) ||
	    answer.head.nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		return -1;
	}
	errno = -answer.error.error;
	return errno == 0 ? 0 : -1;
}

/* IPv6 is switched off on this system, or on this device. */
static int
is_without_ipv6(const struct tun_prefix *p)
{
	return p->family == 6 && (errno == EAFNOSUPPORT || errno == EACCES ||
	    errno == EPERM || errno == EOPNOTSUPP);
}

static int
address(const char *name, const struct tun_prefix *p, uint16_t type,
    uint16_t flags)
{
	struct request	 r;
	uint16_t	 len = p->family == 4 ? 4 : 16;

	memset(&r, 0, sizeof(r));
	r.head.nlmsg_len = NLMSG_LENGTH(sizeof(r.body.addr));
	r.head.nlmsg_type = type;
	r.head.nlmsg_flags = flags;
	r.body.addr.ifa_family = p->family == 4 ? AF_INET : AF_INET6;
	r.body.addr.ifa_prefixlen = p->plen;
	r.body.addr.ifa_flags = p->family == 6 ? IFA_F_NODAD : 0;
	if ((r.body.addr.ifa_index = if_nametoindex(name)) == 0)
		return -1;
	put(&r, IFA_LOCAL, p->addr, len);
	put(&r, IFA_ADDRESS, p->addr, len);
	return ask(&r);
}

int
tun_address_add(const char *name, const struct tun_prefix *p)
{
	if (address(name, p, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE) == 0 ||
	    errno == EEXIST || is_without_ipv6(p))
		return 0;
	return -1;
}

int
tun_address_remove(const char *name, const struct tun_prefix *p)
{
	if (address(name, p, RTM_DELADDR, 0) == 0 ||
	    errno == EADDRNOTAVAIL || is_without_ipv6(p))
		return 0;
	return -1;
}

int
tun_route_add(const char *name, const struct tun_prefix *p)
{
	struct request	 r;
	uint32_t	 device;

	memset(&r, 0, sizeof(r));
	r.head.nlmsg_len = NLMSG_LENGTH(sizeof(r.body.route));
	r.head.nlmsg_type = RTM_NEWROUTE;
	r.head.nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	r.body.route.rtm_family = p->family == 4 ? AF_INET : AF_INET6;
	r.body.route.rtm_dst_len = p->plen;
	r.body.route.rtm_table = RT_TABLE_MAIN;
	r.body.route.rtm_protocol = RTPROT_STATIC;
	r.body.route.rtm_scope = p->family == 4 ? RT_SCOPE_LINK :
	    RT_SCOPE_UNIVERSE;
	r.body.route.rtm_type = RTN_UNICAST;
	if ((device = if_nametoindex(name)) == 0)
		return -1;
	put(&r, RTA_DST, p->addr, p->family == 4 ? 4 : 16);
	put(&r, RTA_OIF, &device, sizeof(device));
	if (ask(&r) == 0 || is_without_ipv6(p))
		return 0;
	return -1;
}
