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
 * The supervisor, written once for every daemon of the suite.  It starts
 * the children of a table, joins them by the channels and rings of two more
 * tables, restarts what dies and ends what breaks the rules.  It holds
 * privileged descriptors and never a byte that came from a network.
 */

#ifndef PARENT_PARENT_H
#define PARENT_PARENT_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "proc/proc.h"

#define PARENT_CHILDREN_MAX	16

struct parent;

struct parent_child_desc {
	uint32_t	 role;
	uint32_t	 instances;	/* 0: taken from parent.instances */
	const char	*program;	/* in the libexec directory */
	const char	*user;
	const char	*state;		/* its folder in the state directory,
					   NULL: the empty directory */
	uint64_t	 files;		/* RLIMIT_NOFILE */
	uint64_t	 locked;	/* RLIMIT_MEMLOCK, bytes */
};

struct parent_edge {
	uint32_t	 a, b;
};

struct parent_child {
	const struct parent_child_desc	*desc;
	struct parent			*parent;
	struct chan			*chan;
	struct event			 restart;
	uint64_t			 started_ms;
	uint32_t			 instance;
	uint32_t			 delay_ms;
	pid_t				 pid;
	uid_t				 uid;
	gid_t				 gid;
	int				 ready;
	int				 said;	/* an error, in its own words */
	char				 root[512];
};

struct parent_desc {
	const char			*name;		/* of the daemon */
	const struct parent_child_desc	*children;
	size_t				 nchildren;
	const struct parent_edge	*edges;
	size_t				 nedges;
	/* Of these a is the outer one, to be ended when a ring breaks. */
	const struct parent_edge	*rings;
	size_t				 nrings;
	const struct handler		*handlers;	/* of the daemon */
	size_t				 nhandlers;
	/* Send the child what it needs in phase SETUP.  0 or -1. */
	int	(*setup)(struct parent *, struct parent_child *);
	/* SIGHUP: read the configuration again. */
	void	(*reload)(struct parent *);
	/* A child is in its sandbox and runs. */
	void	(*ready)(struct parent *, struct parent_child *);
	/* Undo what outlives the process; may be NULL. */
	void	(*end)(struct parent *);
};

struct parent {
	struct proc			 proc;	/* its env is the parent */
	const struct parent_desc	*desc;
	void				*env;	/* the daemon's */
	const char			*libexec;
	const char			*state;
	uint32_t			 instances;
	uint32_t			 without;	/* roles not started */
	int				 foreground;
	int				 ending;
	int				 started;
	int				 code;
	size_t				 nchildren;
	struct parent_child		 children[PARENT_CHILDREN_MAX];
	struct event			 signals[5];
	struct event			 deadline;
};

/*
 * Run until SIGTERM or SIGINT, or until a child cannot be started at all.
 * Returns the exit code.  The caller has filled desc, env, libexec, state,
 * instances and foreground, and has parsed its configuration.
 */
int	 parent_run(struct parent *);

/* Ask for an orderly end with this exit code. */
void	 parent_end(struct parent *, int code);

/* The running child of this role (first instance), or NULL. */
struct parent_child *parent_find(struct parent *, uint32_t role);

/* Kill the child behind a channel for breaking a rule; it is restarted. */
void	 parent_punish(struct parent *, struct chan *, const char *reason);

/* End the children of this role in order; they are started again. */
void	 parent_restart(struct parent *, uint32_t role);

/* Detach from the terminal. 0 or -1. */
int	 parent_daemonize(void);

/*
 * Make the state directory if need be and lock it for the life of this
 * process.  0, or -1 after a message: another daemon may be using it.
 */
int	 parent_lock(const char *state);

/*
 * Small whole files, root only.  parent_file_read returns the length, -1
 * and errno (EPERM when others than root could read or write it).
 * parent_file_write replaces the file atomically, mode 0600, synced.
 */
ssize_t	 parent_file_read(const char *path, void *buf, size_t cap,
	    int secret);
int	 parent_file_write(const char *path, const void *buf, size_t len);

/* A listening Unix socket, mode 0660, root and group. fd or -1. */
int	 parent_unix_listen(const char *path, const char *group);

#endif /* PARENT_PARENT_H */
