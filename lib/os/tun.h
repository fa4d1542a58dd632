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
 * The tun device: opened and given its addresses by the parent.
 */

#ifndef OS_TUN_H
#define OS_TUN_H

#include <stdint.h>

struct tun_addresses {
	uint8_t		 ipv4[4];
	uint8_t		 ipv6[16];
	uint8_t		 plen4;
	uint8_t		 plen6;
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
 * Set the addresses; the prefixes become on-link routes through the device.
 * 0, or -1 with *reason naming the step and errno.
 */
int	tun_configure(const char *name, const struct tun_addresses *,
	    const char **reason);

#endif /* OS_TUN_H */
