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

/* What the systems do differently of udp_recv. */

#ifndef OS_UDPIO_LOCAL_H
#define OS_UDPIO_LOCAL_H

#include <sys/types.h>
#include <sys/socket.h>

#include "os/udp.h"

/* One control message of the kernel; an unknown one is passed over. */
void	udpio_control(const struct cmsghdr *, struct udp_burst *);

/* Bits of a TOS or traffic class that came as a byte or as an int. */
void	udpio_ecn(const struct cmsghdr *, struct udp_burst *);

#endif /* OS_UDPIO_LOCAL_H */
