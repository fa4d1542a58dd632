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
 * Moving bytes from one connection to another without looking at them.  Two
 * movers: the system's own, and one that copies and works everywhere.
 */

#ifndef SPLICEPROC_MOVER_H
#define SPLICEPROC_MOVER_H

#include <sys/types.h>

#include <stddef.h>

#define MOVER_CHUNK	262144	/* bytes in one step, and held at most */

/* What was taken from a source and not yet given to its destination. */
struct hold {
	size_t	 bytes;
	int	 in;		/* pipe; only while bytes is not 0 */
	int	 out;
};

enum move {
	MOVE_IDLE,		/* wait until there is something to read */
	MOVE_BLOCKED,		/* wait until there is room to write */
	MOVE_END,		/* the source ends, all of it was written */
	MOVE_FAILED		/* one of the two is broken */
};

struct mover {
	/* Once, before the sandbox: at most this many pipes. */
	void		(*open)(size_t pipes);
	/*
	 * Write what is held, then read up to max bytes and write them;
	 * *taken tells how many were read.  Never waits.
	 */
	enum move	(*move)(struct hold *, int from, int to, size_t max,
			    size_t *taken);
	/* Forget what is held. */
	void		(*drop)(struct hold *);
};

/* copy.c: holds nothing. */
extern const struct mover		 mover_copy;

/* splice_<system>.c */
extern const struct mover *const	 mover_system;

#endif /* SPLICEPROC_MOVER_H */
