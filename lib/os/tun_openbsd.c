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
