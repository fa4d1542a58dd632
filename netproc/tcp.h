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
 * TCP sockets.  All that is to be seen through a NAT leaves from one port of
 * each family, which the process holds as long as it lives and on which it
 * takes no connection: both ends of a path come out of connect.  Where peers
 * may call is another port, see caller.h.
 */

#ifndef NETPROC_TCP_H
#define NETPROC_TCP_H

#include <sys/types.h>

#include <stdint.h>

#include "base/endpoint.h"

/* From the port of the process, or from any that is free. */
enum tcp_from { TCP_PUNCH, TCP_ANY };

#define TCP_FILLERS	2	/* descriptors of tcp_os_hold */

struct tcp_ports {
	int		 hold4, hold6;	/* -1: this family has none */
	int		 fill4[TCP_FILLERS], fill6[TCP_FILLERS];
	uint16_t	 port4, port6;
};

/*
 * Before the sandbox: take a port that is free.  What cannot be had is told in
 * the log and left out.
 */
void		 tcp_hold(struct tcp_ports *);
/* 0: there is none. */
uint16_t	 tcp_port(const struct tcp_ports *, int family);

/*
 * Begin to connect; with TCP_ANY the ports may be NULL.  The descriptor is
 * writable when that has ended, and tcp_result tells how.  Descriptor, or -1
 * with errno.
 */
int		 tcp_dial(const struct tcp_ports *, const struct endpoint *to,
		    enum tcp_from);
/*
 * 0 when connected; local is filled in.  An error otherwise: ELOOP when we
 * have met ourselves.
 */
int		 tcp_result(int fd, struct endpoint *local);
/* Without waiting for the other side, so that the addresses are free. */
void		 tcp_close(int fd);

/*
 * tcp_linux.c, tcp_openbsd.c.
 * A SYN for the held port gets no answer where the system can do that: a
 * reset would end the peer's attempt before ours has crossed it.  What must
 * be kept open for that is put into the array.
 */
void		 tcp_os_hold(int fd, int fillers[TCP_FILLERS]);
/* Little is to wait in the kernel, where nothing can be dropped. */
void		 tcp_os_connected(int fd);

#endif /* NETPROC_TCP_H */
