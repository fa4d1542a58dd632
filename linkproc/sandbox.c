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
 * What linkproc may do beyond the common base: make internet sockets and
 * connect them.  No file: the trusted certificates are in memory before.
 */

#include <sys/socket.h>

#include "linkproc/link.h"

static const struct sandbox_call calls[] = {
	{ "socket", 0, 0, AF_INET, "discovery, name servers" },
	{ "socket", 0, 0, AF_INET6, "discovery, name servers" },
	{ "connect", -1, 0, 0, "discovery" },
	{ "getsockname", -1, 0, 0, "whether our address has changed" },
	{ "getsockopt", -1, 0, 0, "whether the connection came about" },
	{ "setsockopt", -1, 0, 0, "no delay for small frames" },
	{ "sendto", -1, 0, 0, "questions to name servers" },
	{ "recvfrom", -1, 0, 0, "answers of name servers" },
};

/* stdio: memory, channels; inet: discovery; dns: its name. */
const struct sandbox_policy linkproc_sandbox = {
	.pledge = "stdio inet dns recvfd",
	.files = SANDBOX_NO_FILES,
	.calls = calls,
	.ncalls = sizeof(calls) / sizeof(calls[0]),
};
