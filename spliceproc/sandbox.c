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
 * What spliceproc may do beyond the common base: take connections on sockets
 * it was given, move bytes between them, end them.  It can make no socket
 * and reach no file.
 */

#include <sys/socket.h>

#include "spliceproc/spliceproc.h"

#define SET_PIPE_SIZE	1031	/* F_SETPIPE_SZ, where there is splice */

static const struct sandbox_call calls[] = {
	{ "accept4", -1, 0, 0, "clients" },
	{ "recvfrom", -1, 0, 0, "to look without taking" },
	{ "setsockopt", 1, 0, SOL_SOCKET, "to end without lingering" },
	{ "shutdown", -1, 0, 0, "the end of one direction" },
	{ "splice", -1, 0, 0, "forwarding in the kernel" },
	{ "pipe2", -1, 0, 0, "where splice keeps what must wait" },
	{ "fcntl", 1, 0, SET_PIPE_SIZE, "how much that is" },
};

/* stdio: memory, pipes, channels; inet: accept. */
const struct sandbox_policy spliceproc_sandbox = {
	.pledge = "stdio inet recvfd",
	.files = SANDBOX_NO_FILES,
	.calls = calls,
	.ncalls = sizeof(calls) / sizeof(calls[0]),
};
