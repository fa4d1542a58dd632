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
 * What netproc may do beyond the common base: make internet sockets for
 * streams and connect them, and take connections of callers.  The sockets of
 * the tunnel and those on which it is called it was given; the one that it
 * makes to listen on lets nothing in, see tcp.h.
 */

#include <sys/socket.h>

#include "netproc/net.h"

static const struct sandbox_call calls[] = {
	{ "socket", 0, 0, AF_INET, "streams, as all below" },
	{ "socket", 0, 0, AF_INET6, "streams" },
	{ "bind", -1, 0, 0, "to the port that is known outside" },
	{ "connect", -1, 0, 0, "peers, relays, STUN servers" },
	{ "accept4", -1, 0, 0, "peers that call" },
	{ "setsockopt", -1, 0, 0, "shared port, no delay, no lingering" },
	{ "getsockopt", -1, 0, 0, "whether the connection came about" },
	{ "getsockname", -1, 0, 0, "which address it came from" },
	{ "sched_setaffinity", 0, 0, 0, "which processor it runs on itself" },
	{ "getpeername", -1, 0, 0, "that we have not met ourselves" },
};

/* stdio: memory, channels, rings; inet: streams, sending to any address. */
const struct sandbox_policy netproc_sandbox = {
	.pledge = "stdio inet recvfd",
	.files = SANDBOX_NO_FILES,
	.calls = calls,
	.ncalls = sizeof(calls) / sizeof(calls[0]),
};
