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
 * One question to a daemon over its control socket, as the command-line
 * tools ask it.  Runs in the tools; the answer is checked against the message
 * table like any message, and nothing a daemon sends is believed to be short,
 * complete or ever coming.
 */

#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "msg/msg.h"

#define CLIENT_TIMEOUT_MS	30000	/* for one question, whole answer */
#define CLIENT_ROWS_MAX		65536	/* messages before the last one */
#define CLIENT_TEXT_MAX		512	/* with its NUL */

/* Exit codes of the tools; the daemons' results carry the same numbers. */
enum client_code {
	CLIENT_DONE,
	CLIENT_FAILED,
	CLIENT_USAGE,
	CLIENT_NOT_RUNNING,
	CLIENT_NOT_ENROLLED,
	CLIENT_REFUSED,
	CLIENT_CONFLICT,
	CLIENT_TESTS,		/* policy tests stand against it */
	CLIENT_CODE_MAX
};

/*
 * Takes one message of the answer but the last.  msg is valid during the
 * call.  0, or -1 when this message may not come here or now.
 */
typedef int (*client_row)(void *arg, uint32_t type, const void *msg);

struct client_link;

struct client {
	const char	*path;		/* of the socket, borrowed */
	const char	*daemon;	/* its name in texts */
	uint32_t	 self;		/* roles */
	uint32_t	 peer;
	uint32_t	 last;		/* type that ends an answer */
	int		 timeout_ms;
	client_row	 row;		/* NULL: no message but the last */
	void		*arg;
	int		 answered;	/* the last message has come */
	int		 fd;		/* that came with a row, or -1 */
	struct client_link *link;	/* of client_open, or NULL */
	char		 text[CLIENT_TEXT_MAX];	/* its text, or the error */
};

/*
 * role is ROLE_ENCLAVECTL or ROLE_DISCOVERYCTL.  The text may hold a secret
 * (a new enrolment key): client_clear wipes it.
 */
void	 client_init(struct client *, uint32_t role, const char *path);
void	 client_clear(struct client *);

/*
 * Connect, ask, take the whole answer, close.  A descriptor in fd is the
 * caller's, whatever is returned.  Returns the code of the last
 * message, or the one that fits the failure with a sentence in text.
 */
enum client_code
	 client_ask(struct client *, uint32_t type, const void *msg);

/*
 * The same with several questions over one connection: open, ask one after
 * the other while the code is one of an answer (answered is set), close.
 */
enum client_code
	 client_open(struct client *);
enum client_code
	 client_next(struct client *, uint32_t type, const void *msg);
void	 client_close(struct client *);

#endif /* CLIENT_CLIENT_H */
