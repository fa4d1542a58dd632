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
 * OpenBSD: addresses of the tun device by ioctl (netintro(4), inet6(4)), and
 * routes through it by a routing socket (route(4)).  Runs in the parent.
 */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>
#include <net/if_dl.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet6/in6_var.h>
#include <netinet6/nd6.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "os/tun.h"

struct request {
	struct rt_msghdr	 head;
	uint8_t			 addrs[3 * sizeof(struct sockaddr_storage)];
};

static void
fill(struct sockaddr_in *sin, struct sockaddr_in6 *sin6,
    const struct tun_prefix *p)
{
	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_len = sizeof(*sin);
	memcpy(&sin->sin_addr, p->addr, 4);
	memset(sin6, 0, sizeof(*sin6));
	sin6->sin6_family = AF_INET6;
	sin6->sin6_len = sizeof(*sin6);
	memcpy(&sin6->sin6_addr, p->addr, 16);
}

static void
fill_mask(struct sockaddr_in *sin, struct sockaddr_in6 *sin6, uint8_t plen)
{
	struct tun_prefix	 mask;
	int			 i;

	memset(&mask, 0, sizeof(mask));
	for (i = 0; i < plen; i++)
		mask.addr[i / 8] |= (uint8_t)(0x80 >> (i % 8));
	fill(sin, sin6, &mask);
}

static int
request(int family, unsigned long what, void *data)
{
	int	 s, ret, saved;

	if ((s = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	ret = ioctl(s, what, data);
	saved = errno;
	close(s);
	errno = saved;
	return ret == -1 ? -1 : 0;
}

static int
add4(const char *name, const struct tun_prefix *p)
{
	struct ifaliasreq	 ifra;
	struct sockaddr_in	 sin, mask;
	struct sockaddr_in6	 unused;

	fill(&sin, &unused, p);
	fill_mask(&mask, &unused, p->plen);
	memset(&ifra, 0, sizeof(ifra));
	strlcpy(ifra.ifra_name, name, sizeof(ifra.ifra_name));
	memcpy(&ifra.ifra_addr, &sin, sizeof(sin));
	memcpy(&ifra.ifra_dstaddr, &sin, sizeof(sin));
	memcpy(&ifra.ifra_mask, &mask, sizeof(mask));
	return request(AF_INET, SIOCAIFADDR, &ifra);
}

static int
add6(const char *name, const struct tun_prefix *p)
{
	struct in6_aliasreq	 ifra;
	struct sockaddr_in	 unused;

	memset(&ifra, 0, sizeof(ifra));
	strlcpy(ifra.ifra_name, name, sizeof(ifra.ifra_name));
	fill(&unused, &ifra.ifra_addr, p);
	fill_mask(&unused, &ifra.ifra_prefixmask, p->plen);
	ifra.ifra_lifetime.ia6t_vltime = ND6_INFINITE_LIFETIME;
	ifra.ifra_lifetime.ia6t_pltime = ND6_INFINITE_LIFETIME;
	return request(AF_INET6, SIOCAIFADDR_IN6, &ifra);
}

int
tun_address_add(const char *name, const struct tun_prefix *p)
{
	if ((p->family == 4 ? add4(name, p) : add6(name, p)) == 0 ||
	    errno == EEXIST)
		return 0;
	return -1;
}

int
tun_address_remove(const char *name, const struct tun_prefix *p)
{
	struct sockaddr_in	 sin;
	struct in6_ifreq	 ifr6;
	struct ifreq		 ifr;
	int			 ret;

	memset(&ifr, 0, sizeof(ifr));
	memset(&ifr6, 0, sizeof(ifr6));
	strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	strlcpy(ifr6.ifr_name, name, sizeof(ifr6.ifr_name));
	fill(&sin, &ifr6.ifr_addr, p);
	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	ret = p->family == 4 ? request(AF_INET, SIOCDIFADDR, &ifr) :
	    request(AF_INET6, SIOCDIFADDR_IN6, &ifr6);
	return ret == 0 || errno == EADDRNOTAVAIL ? 0 : -1;
}

/* Addresses in a routing message begin at multiples of a long. */
static void
put(struct request *r, int which, const void *sa, size_t len)
{
	memcpy((uint8_t *)r + r->head.rtm_msglen, sa, len);
	r->head.rtm_msglen += (unsigned short)((len + sizeof(long) - 1) &
	    ~(sizeof(long) - 1));
	r->head.rtm_addrs |= which;
}

int
tun_route_add(const char *name, const struct tun_prefix *p)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;
	struct sockaddr_dl	 dl;
	struct request		 r;
	ssize_t			 n;
	int			 s, saved;

	memset(&r, 0, sizeof(r));
	r.head.rtm_msglen = sizeof(r.head);
	r.head.rtm_hdrlen = sizeof(r.head);
	r.head.rtm_version = RTM_VERSION;
	r.head.rtm_type = RTM_ADD;
	r.head.rtm_flags = RTF_UP | RTF_STATIC;
	memset(&dl, 0, sizeof(dl));
	dl.sdl_len = sizeof(dl);
	dl.sdl_family = AF_LINK;
	if ((dl.sdl_index = (unsigned short)if_nametoindex(name)) == 0)
		return -1;
	fill(&sin, &sin6, p);
	if (p->family == 4)
		put(&r, RTA_DST, &sin, sizeof(sin));
	else
		put(&r, RTA_DST, &sin6, sizeof(sin6));
	put(&r, RTA_GATEWAY, &dl, sizeof(dl));
	fill_mask(&sin, &sin6, p->plen);
	if (p->family == 4)
		put(&r, RTA_NETMASK, &sin, sizeof(sin));
	else
		put(&r, RTA_NETMASK, &sin6, sizeof(sin6));
	if ((s = socket(AF_ROUTE, SOCK_RAW | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	n = write(s, &r, r.head.rtm_msglen);
	saved = errno;
	close(s);
	errno = saved;
	return n != -1 || errno == EEXIST ? 0 : -1;
}
