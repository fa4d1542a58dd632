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
 * OpenBSD: /dev/tunN and the interface ioctls.  Runs in the parent.  The
 * interface's name must be a tun device of this system, such as tun0.
 */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>
#include <netinet6/in6_var.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/tun.h"

int
tun_open(const char *name, int mtu, int *offloads, const char **reason)
{
	struct ifreq	 ifr;
	char		 path[32];
	int		 fd, s, saved;

	*offloads = 0;
	snprintf(path, sizeof(path), "/dev/%s", name);
	*reason = "cannot open the tun device: name it tun0, tun1, ... in "
	    "the configuration";
	if ((fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)) == -1)
		return -1;
	*reason = "cannot set the MTU";
	if ((s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		goto fail;
	memset(&ifr, 0, sizeof(ifr));
	strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	ifr.ifr_mtu = mtu;
	if (ioctl(s, SIOCSIFMTU, &ifr) == -1 ||
	    ioctl(s, SIOCGIFFLAGS, &ifr) == -1)
		goto fail_socket;
	ifr.ifr_flags |= IFF_UP;
	if (ioctl(s, SIOCSIFFLAGS, &ifr) == -1)
		goto fail_socket;
	close(s);
	return fd;
 fail_socket:
	saved = errno;
	close(s);
	errno = saved;
 fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int
configure4(const char *name, const struct tun_addresses *a)
{
	struct ifaliasreq	 ifra;
	struct sockaddr_in	 sin;
	int			 s, ret, saved;

	if ((s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	memset(&ifra, 0, sizeof(ifra));
	strlcpy(ifra.ifra_name, name, sizeof(ifra.ifra_name));
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_len = sizeof(sin);
	memcpy(&sin.sin_addr, a->ipv4, 4);
	memcpy(&ifra.ifra_addr, &sin, sizeof(sin));
	memcpy(&ifra.ifra_dstaddr, &sin, sizeof(sin));
	sin.sin_addr.s_addr = htonl(a->plen4 == 0 ? 0 :
	    0xffffffffU << (32 - a->plen4));
	memcpy(&ifra.ifra_mask, &sin, sizeof(sin));
	ret = ioctl(s, SIOCAIFADDR, &ifra);
	saved = errno;
	close(s);
	errno = saved;
	return ret;
}

static int
configure6(const char *name, const struct tun_addresses *a)
{
	struct in6_aliasreq	 ifra;
	int			 s, ret, saved, i;

	if ((s = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	memset(&ifra, 0, sizeof(ifra));
	strlcpy(ifra.ifra_name, name, sizeof(ifra.ifra_name));
	ifra.ifra_addr.sin6_family = AF_INET6;
	ifra.ifra_addr.sin6_len = sizeof(ifra.ifra_addr);
	memcpy(&ifra.ifra_addr.sin6_addr, a->ipv6, 16);
	ifra.ifra_prefixmask.sin6_family = AF_INET6;
	ifra.ifra_prefixmask.sin6_len = sizeof(ifra.ifra_prefixmask);
	for (i = 0; i < a->plen6; i++)
		ifra.ifra_prefixmask.sin6_addr.s6_addr[i / 8] |=
		    (uint8_t)(0x80 >> (i % 8));
	ifra.ifra_lifetime.ia6t_vltime = ND6_INFINITE_LIFETIME;
	ifra.ifra_lifetime.ia6t_pltime = ND6_INFINITE_LIFETIME;
	ret = ioctl(s, SIOCAIFADDR_IN6, &ifra);
	saved = errno;
	close(s);
	errno = saved;
	return ret;
}

int
tun_configure(const char *name, const struct tun_addresses *a,
    const char **reason)
{
	*reason = "cannot set the IPv4 address";
	if (configure4(name, a) == -1)
		return -1;
	*reason = "cannot set the IPv6 address";
	return configure6(name, a);
}
