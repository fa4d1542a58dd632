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
 * Linux: /dev/net/tun and the interface ioctls.  Runs in the parent.
 */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "os/tun.h"

static void
set_name(struct ifreq *ifr, const char *name)
{
	memset(ifr, 0, sizeof(*ifr));
	strlcpy(ifr->ifr_name, name, sizeof(ifr->ifr_name));
}

static int
set_mtu_and_up(const char *name, int mtu)
{
	struct ifreq	 ifr;
	int		 s, ret = -1, saved;

	if ((s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	set_name(&ifr, name);
	ifr.ifr_mtu = mtu;
	if (ioctl(s, SIOCSIFMTU, &ifr) == -1)
		goto done;
	set_name(&ifr, name);
	if (ioctl(s, SIOCGIFFLAGS, &ifr) == -1)
		goto done;
	ifr.ifr_flags |= IFF_UP;
	ret = ioctl(s, SIOCSIFFLAGS, &ifr);
 done:
	saved = errno;
	close(s);
	errno = saved;
	return ret == -1 ? -1 : 0;
}

/* Older headers lack them. */
#ifndef TUN_F_USO4
#define TUN_F_USO4	0x20
#define TUN_F_USO6	0x40
#endif

/* Returns what the kernel agreed to. */
static int
set_offloads(int fd, int wanted)
{
	unsigned int	 tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 |
			    TUN_F_TSO_ECN;
	int		 have = wanted & TUN_OFFLOAD_HEADER;

	if (have == 0 || (wanted & TUN_OFFLOAD_TCP) == 0)
		return have;
	if ((wanted & TUN_OFFLOAD_UDP) != 0 && ioctl(fd, TUNSETOFFLOAD,
	    (unsigned long)(tcp | TUN_F_USO4 | TUN_F_USO6)) == 0)
		return have | TUN_OFFLOAD_TCP | TUN_OFFLOAD_UDP;
	if (ioctl(fd, TUNSETOFFLOAD, (unsigned long)tcp) == 0)
		return have | TUN_OFFLOAD_TCP;
	return have;
}

int
tun_open(const char *name, int mtu, int *offloads, const char **reason)
{
	struct ifreq	 ifr;
	int		 fd, saved;

	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1) {
		*reason = "cannot open /dev/net/tun: load the tun module, "
		    "or allow the device in this container";
		return -1;
	}
	set_name(&ifr, name);
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (*offloads & TUN_OFFLOAD_HEADER)
		ifr.ifr_flags |= IFF_VNET_HDR;
	*reason = "cannot make the interface: is its name in use?";
	if (ioctl(fd, TUNSETIFF, &ifr) == -1) {
		if (errno == ENOTTY)
			*reason = "/dev/net/tun is not the tun device: make "
			    "it again with \"mknod /dev/net/tun c 10 200\"";
		goto fail;
	}
	*offloads = set_offloads(fd, *offloads);
	*reason = "cannot set the MTU";
	if (set_mtu_and_up(name, mtu) == -1)
		goto fail;
	return fd;
 fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}
