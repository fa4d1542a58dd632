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
 * What a web server answers to one request on one connection (RFC 9112): a
 * status and a body, by content-length, in chunks, or up to the end.  The
 * server is hostile: every length has a limit and grows with what arrives,
 * never with what is promised.  No socket, no clock; allocates the body.
 */

#ifndef FETCH_REPLY_H
#define FETCH_REPLY_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define REPLY_HEAD_MAX	32768	/* bytes before the body, all of them */
#define REPLY_LINE_MAX	8192
#define REPLY_INTERIM	4	/* answers of 1xx before the real one */

enum reply_state {
	REPLY_STATUS, REPLY_HEADER, REPLY_LENGTH, REPLY_CHUNK_SIZE,
	REPLY_CHUNK, REPLY_CHUNK_END, REPLY_TRAILER, REPLY_TO_END,
	REPLY_DONE, REPLY_BAD
};

struct reply {
	enum reply_state state;
	int		 status;	/* 200 to 599 */
	uint8_t		*body;
	size_t		 len;
	size_t		 cap;
	size_t		 max;		/* of the body */
	/* Of the parser. */
	uint64_t	 left;		/* of body or chunk */
	size_t		 head;		/* bytes of head so far */
	int		 interim;
	int		 has_length;
	int		 chunked;
	size_t		 line_len;
	char		 line[REPLY_LINE_MAX];
};

/* Expect an answer whose body is no longer than max. */
void	 reply_init(struct reply *, size_t max);

/* 1 when it is complete, 0 when more is needed, -1 with *errstr. */
int	 reply_add(struct reply *, const uint8_t *, size_t,
	    const char **errstr);

/* The connection has ended: 1 when that was the end of the answer, or -1. */
int	 reply_end(struct reply *, const char **errstr);

/* Wipes. */
void	 reply_free(struct reply *);

#endif /* FETCH_REPLY_H */
