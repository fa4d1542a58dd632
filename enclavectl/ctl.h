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
 * enclavectl: what its files share.  An unprivileged program that asks
 * enclaved over its control socket and prints the answer.
 */

#ifndef ENCLAVECTL_CTL_H
#define ENCLAVECTL_CTL_H

#include <stddef.h>

#include "base/base64.h"
#include "client/args.h"
#include "client/client.h"
#include "client/out.h"
#include "client/text.h"

#define CTL_SOCKET	"/run/enclave/enclaved.sock"
#define CTL_NO		10	/* exit code for "no", which is an answer */
#define CTL_PEERS_MAX	CLIENT_ROWS_MAX
#define CTL_USERS_MAX	32

struct ctl {
	const char	*path;		/* of the socket */
	const char	*usage;		/* line of the command */
	int		 json;
};

struct status {
	int			 have_head;
	struct msg_status_head	 head;
	char			 key[BASE64_LEN(32) + 1];	/* or "" */
	struct msg_status_user	 users[CTL_USERS_MAX];
	size_t			 nusers;
	struct msg_status_peer	*peers;
	size_t			 n;
	size_t			 cap;
};

/* The whole program; returns its exit code. */
int	 enclavectl_run(int argc, char **argv);

/* Commands: what stands after their name is in args. */
int	 cmd_enrol(struct ctl *, struct args *);
int	 cmd_reset(struct ctl *, struct args *);
int	 cmd_status(struct ctl *, struct args *);
int	 cmd_peers(struct ctl *, struct args *);
int	 cmd_version(struct ctl *, struct args *);
int	 cmd_paths(struct ctl *, struct args *);
int	 cmd_explain(struct ctl *, struct args *);
int	 cmd_netcheck(struct ctl *, struct args *);
int	 cmd_ping(struct ctl *, struct args *);
int	 cmd_auth(struct ctl *, struct args *);

/* Prints the usage of the command; returns CLIENT_USAGE. */
int	 ctl_usage(const struct ctl *);

/* As args_next with -j handled; a bad option has had its line. */
int	 ctl_next(struct ctl *, struct args *, const char *options);

/*
 * What enclaved says of itself; st->peers is the caller's to free.  Returns the
 * code; text gets a line for people when it is not CLIENT_DONE.
 */
int	 ctl_status(struct ctl *, struct status *, char *text, size_t size);

/* A line for a code that is a failure, which may have a text; returns code. */
int	 ctl_complain(int code, const char *text);

/* Takes a STATUS_PEER, which comes once: 0, or -1 when it makes no sense. */
int	 ctl_add_peer(struct msg_status_peer *, int *have,
	    const struct msg_status_peer *);

/* Copies PEER into a message of this size; 0, or an exit code after a line. */
int	 ctl_peer_name(const char *word, char *dst, size_t size);

/* Words and numbers of the status, for people. */
void	 output_status(const struct status *);
void	 output_peers(const struct status *);

/* The same for programs. */
void	 output_status_json(const struct status *, int enrolled);
void	 output_peers_json(const struct status *);

void		 output_discovery(const struct msg_status_head *);
json_t		*output_discovery_json(const struct msg_status_head *);

/* NULL when it is no state to be shown. */
const char	*output_user_state(const struct msg_status_user *);
json_t		*output_user_json(const struct msg_status_user *);

/* "12.3 ms"; "" for 0, which is not known. */
const char	*output_rtt(uint32_t rtt_us, char buf[TEXT_SHORT_MAX]);

/* NULL when the number is none of the enum. */
const char	*output_type(int);
const char	*output_transport_name(int);

/* The name people know the peer by. */
const char	*output_label(const struct msg_status_peer *,
		    char buf[TEXT_MAX]);
const char	*output_link_state(const struct msg_status_head *);
const char	*output_peer_state(const struct msg_status_peer *);
const char	*output_path_type(const struct msg_status_peer *);
const char	*output_transport(const struct msg_status_peer *);
const char	*output_suite(const struct msg_status_peer *);

#endif /* ENCLAVECTL_CTL_H */
