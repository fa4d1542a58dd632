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
 * What tlsproc may do beyond the common base: take connections on sockets
 * it was given, end them, and make pairs of which one end goes to apiproc.  It
 * makes no socket of the network and has no file.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include "tlsproc/tlsproc.h"

static const struct sandbox_call calls[] = {
	{ "accept4", -1, 0, 0, "agents" },
	{ "socketpair", 0, 0, AF_UNIX, "clients of the API, to apiproc" },
	{ "shutdown", -1, 0, 0, "orderly end of a connection" },
};

/* stdio: memory, channels; inet: accept. */
const struct sandbox_policy tlsproc_sandbox = {
	.pledge = "stdio inet recvfd",
	.files = SANDBOX_NO_FILES,
	.calls = calls,
	.ncalls = sizeof(calls) / sizeof(calls[0]),
};
