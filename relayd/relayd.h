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
 * The parent of the relay: opens its sockets, reads the token and the trusted
 * certificates, starts the children.  It sees nothing that came from a
 * network, and forgets the token when it has handed it on.
 */

#ifndef RELAYD_RELAYD_H
#define RELAYD_RELAYD_H

#include <sys/types.h>
#include <sys/stat.h>

#include "parent/parent.h"
#include "relayd/conf.h"

#define RELAYD_HANDSHAKE_MS	3000	/* for a client to show its code */

struct relayd {
	struct parent		 parent;
	struct relayd_conf	*conf;
	const char		*file;
	int			 verbose;
	/* Kept open, so that a child that is replaced gets the same. */
	int			 listen[RELAYD_PROCESSES_MAX]
				    [RELAYD_LISTEN_MAX];
	char			*ca;
	size_t			 ca_len;
	struct stat		 token_stat;	/* of what was handed on */
};

/* table.c: the processes of this configuration. */
const struct parent_desc	*relayd_table(const struct relayd_conf *);

/* provide.c: what is opened, and what each child is given.  0 or -1. */
int	 provide_open(struct relayd *);
int	 provide_setup(struct parent *, struct parent_child *);
/* Read the trusted certificates (again); on failure the old ones stay. */
int	 provide_ca(struct relayd *);
/* Nonzero when the file of the token is another than was handed on. */
int	 provide_token_changed(const struct relayd *);

/* reload.c: SIGHUP. */
void	 relayd_reload(struct parent *);
int	 relayd_log_level(const struct relayd *);

#endif /* RELAYD_RELAYD_H */
