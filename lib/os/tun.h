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
 * The tun device: opened and given its addresses and routes by the parent.
 */

#ifndef OS_TUN_H
#define OS_TUN_H

#include <stdint.h>

/* An address with the length of its prefix, or a prefix alone. */
struct tun_prefix {
	uint8_t		 family;	/* 4 or 6 */
	uint8_t		 plen;
	uint8_t		 addr[16];
};

/* What the kernel takes over on a tun device. */
#define TUN_OFFLOAD_HEADER	0x1	/* every packet has a struct vnet_hdr */
#define TUN_OFFLOAD_TCP		0x2	/* segments and checksums of TCP */
#define TUN_OFFLOAD_UDP		0x4	/* the same for UDP */

/*
 * Make or open the device of this name with this MTU; it is up, without
 * addresses.  *offloads says which are wanted, and then which there are.
 * fd, or -1 with *reason saying what to do.
 */
int	tun_open(const char *name, int mtu, int *offloads,
	    const char **reason);

/*
 * Give the device an address besides those it has; its prefix becomes a
 * route through the device.  0, also when it was there before or when this
 * system has no IPv6; or -1 and errno.
 */
int	tun_address_add(const char *name, const struct tun_prefix *);
int	tun_address_remove(const char *name, const struct tun_prefix *);

/* Route a prefix through the device.  0 or -1 in the same way. */
int	tun_route_add(const char *name, const struct tun_prefix *);

#endif /* OS_TUN_H */
