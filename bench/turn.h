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
 * A TURN server of another project, and a path through it, to compare the
 * relay with: TCP on both sides (RFC 6062), so that the server copies bytes
 * and nothing else.
 */

#ifndef BENCH_TURN_H
#define BENCH_TURN_H

#include <sys/types.h>

/* Start it on the loopback, without accounts.  Its process, or -1. */
pid_t	 turn_start(const char *program);
void	 turn_stop(pid_t);

/*
 * Two connected descriptors with the server between them, the client's and
 * the peer's; control is a third one, open as long as these are used.  Ends
 * the program when that does not come about.
 */
void	 turn_join(int fd[2], int *control);

#endif /* BENCH_TURN_H */
