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
 * enclave-discoveryctl apply: what its files share.
 */

#ifndef DISCOVERYCTL_APPLY_H
#define DISCOVERYCTL_APPLY_H

#include "conftext/conftext.h"
#include "discoveryctl/ctl.h"

#define APPLY_SECRET_MAX	128	/* text of a key, token of a relay */

/* What was made with its change, to be seen once. */
struct apply_secret {
	const struct conftext_object	*object;
	char				 text[APPLY_SECRET_MAX];
};

struct apply {
	struct ctl		*ctl;
	struct collection	 have;
	struct conftext		*want;
	struct conftext_diff	 diff;
	int			 dry;
	struct dry_report	*report;	/* when it is */
	int			 make;		/* keys and relays as well */
	struct client		 client;
	struct apply_secret	*secrets;
	size_t			 nsecrets;
	int			 unknown;	/* no answer at the end */
};

/*
 * apply_send.c: the difference as one batch, which is undone when it is dry.
 * The code, and the daemon's text in client.text; *stale is set when the
 * service has changed since it was read, and then nothing was.
 */
int	 apply_send(struct apply *, int *stale);

/* apply_request.c: asks for one change over the open connection. */
int	 apply_request(struct apply *, const struct conftext_change *);

/* apply_print.c */
void	 apply_print(const struct apply *);
void	 apply_print_json(const struct apply *, int code, const char *text);

/* Is it made by this call? */
int	 apply_makes(const struct apply *, const struct conftext_change *);

#endif /* DISCOVERYCTL_APPLY_H */
