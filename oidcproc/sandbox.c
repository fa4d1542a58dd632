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
 * What oidcproc may do beyond the common base: make internet sockets and
 * connect them.  No file: the trusted certificates are in memory before.
 */

#include <sys/socket.h>

#include "oidcproc/oidc.h"

static const struct sandbox_call calls[] = {
	{ "socket", 0, 0, AF_INET, "identity providers, name servers" },
	{ "socket", 0, 0, AF_INET6, "identity providers, name servers" },
	{ "connect", -1, 0, 0, "identity providers" },
	{ "getsockopt", -1, 0, 0, "whether the connection came about" },
	{ "sendto", -1, 0, 0, "questions to name servers" },
	{ "recvfrom", -1, 0, 0, "answers of name servers" },
};

/* stdio: memory, channels; inet: providers; dns: their names. */
const struct sandbox_policy oidcproc_sandbox = {
	.pledge = "stdio inet dns recvfd",
	.files = SANDBOX_NO_FILES,
	.calls = calls,
	.ncalls = sizeof(calls) / sizeof(calls[0]),
};
