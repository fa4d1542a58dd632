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
 * What apiproc may do beyond the common base: speak on connections it was
 * given and make the pairs on which it asks storeproc.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include "apiproc/apiproc.h"

static const struct sandbox_call calls[] = {
	{ "socketpair", 0, 0, AF_UNIX, "sessions, to storeproc" },
	{ "recvfrom", -1, 0, 0, "libmicrohttpd: requests" },
	{ "sendto", -1, 0, 0, "libmicrohttpd: answers" },
	{ "setsockopt", 1, 0, IPPROTO_TCP, "libmicrohttpd tries what pairs of "
	    "sockets refuse" },
	{ "shutdown", -1, 0, 0, "libmicrohttpd: orderly end" },
};

/* stdio: memory, channels; sendfd: sessions; recvfd: connections. */
const struct sandbox_policy apiproc_sandbox = {
	.pledge = "stdio recvfd sendfd unix",
	.files = SANDBOX_NO_FILES,
	.calls = calls,
	.ncalls = sizeof(calls) / sizeof(calls[0]),
};
