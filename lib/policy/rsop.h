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
 * The resultant set of policy of one organisation: who may reach whom with
 * what, kept up to date change by change.  At every moment it equals what
 * one would compute afresh from all systems, all policies and the time
 * (DESIGN.md 10).
 *
 * Senders originate, receivers answer; a tag on both sides of a policy is a
 * mesh; a system never pairs with itself.  What is disabled, expired or
 * without an access rule gives nothing.
 *
 * A policy has windows of time.  What it gives is in force while now lies in
 * one of them, and each result names its window, so that whoever holds the
 * result can open and close by a clock alone.  Two systems are connected when
 * either may reach the other, now or in a window to come; a window that has
 * passed gives nothing.  That one begins is therefore no change of a result,
 * that one ends is.
 *
 * Runs in policyproc.  Trusts its caller for the numbers of things, checks
 * the access rules, reads no clock.
 */

#ifndef POLICY_RSOP_H
#define POLICY_RSOP_H

#include <stddef.h>
#include <stdint.h>

#include "packet/acl.h"

#define RSOP_TAGS_MAX		32	/* of a system, of a policy's side */
#define RSOP_REQUIREMENTS_MAX	32	/* of a policy */
#define RSOP_MET_MAX	1024		/* of a system */
#define RSOP_SYSTEMS_MAX	1048576
#define RSOP_POLICIES_MAX	65536
#define RSOP_WINDOWS_MAX	ACL_WINDOWS_MAX

/* Returned in place of 0: done, but what was over a limit was left out. */
#define RSOP_SURPLUS		1

struct rsop;

/*
 * Times are in seconds, 0 is never.  From not_after or from until on, whichever
 * comes first, it takes part in nothing; until is known beforehand to those who
 * may have to act on it alone, so no window of its pairs goes on after it.
 */
struct rsop_system {
	uint32_t		 id;
	int			 enabled;
	uint64_t		 not_after;
	uint64_t		 until;
	const uint32_t		*tags;		/* borrowed */
	size_t			 ntags;
	const uint32_t		*met;		/* requirements, ascending */
	size_t			 nmet;		/* beyond the limit: unmet */
};

/*
 * With hours set it counts in its windows alone, which are in order and do
 * not meet; without, always.  Either way it ends at not_after.
 */
struct rsop_policy {
	uint32_t		 id;
	int			 enabled;
	uint64_t		 not_after;
	int			 hours;
	const struct acl_window	*windows;	/* borrowed */
	size_t			 nwindows;
	const uint32_t		*senders;	/* tags, borrowed */
	size_t			 nsenders;
	const uint32_t		*receivers;	/* tags, borrowed */
	size_t			 nreceivers;
	const struct acl_entry	*acl;		/* borrowed */
	size_t			 nacl;
	/* A sender takes part that meets all; over the limit EINVAL. */
	const uint32_t		*requirements;	/* borrowed */
	size_t			 nrequirements;
};

/*
 * What a accepts from b and b from a.  The lists are canonical: sorted by
 * window (the longer of those that begin together first), protocol and port;
 * in one window ranges that overlap or touch are one and ACL_ANY stands alone;
 * no entry is within one that holds at least as long.  Lists are cut at
 * ACL_MAX entries, the nearest windows are kept; with surplus set something
 * was cut that is in force already.  open is the union of all windows, nopen
 * 0 for always; after the nearest RSOP_WINDOWS_MAX the others are left out.
 */
struct rsop_pair {
	uint32_t		 a;
	uint32_t		 b;
	struct acl_timed	 acl_in_a[ACL_MAX];
	size_t			 n_in_a;
	struct acl_timed	 acl_in_b[ACL_MAX];
	size_t			 n_in_b;
	struct acl_window	 open[RSOP_WINDOWS_MAX];
	size_t			 nopen;
	int			 surplus;
};

/*
 * Receives two systems' ids.  It may call rsop_pair and rsop_each_peer, which
 * show the new state; what changes the state is refused meanwhile.
 */
typedef void rsop_pair_fn(void *, uint32_t, uint32_t);

/* NULL on failure (errno). */
struct rsop	*rsop_new(void);
void		 rsop_free(struct rsop *);

/*
 * Add or replace a system or policy, or remove it.  The callback, which may
 * be NULL, gets each pair whose result is another than before, once, in
 * order, the lower id first.  0 or RSOP_SURPLUS; -1 with nothing changed:
 * EINVAL (not an access rule or not windows), ENOSPC (too many), ENOMEM,
 * ENOENT (nothing to remove), EBUSY (called from the callback).
 */
int		 rsop_set_system(struct rsop *, const struct rsop_system *,
		    rsop_pair_fn *, void *);
int		 rsop_remove_system(struct rsop *, uint32_t, rsop_pair_fn *,
		    void *);
int		 rsop_set_policy(struct rsop *, const struct rsop_policy *,
		    rsop_pair_fn *, void *);
int		 rsop_remove_policy(struct rsop *, uint32_t, rsop_pair_fn *,
		    void *);

/*
 * Let the time be now_sec: what has expired or passed ceases, and what a clock
 * set back makes valid again resumes.  *next is when to call again, 0 for
 * never.  The
 * time is 0 until the first call.  0, or -1 (ENOMEM, EBUSY) with the time
 * left as it was: the caller must not go on with expired policies.
 */
int		 rsop_tick(struct rsop *, uint64_t now_sec, uint64_t *next,
		    rsop_pair_fn *, void *);

/* 0, or -1 (ENOENT) with an empty pair when a system is unknown. */
int		 rsop_pair(struct rsop *, uint32_t, uint32_t,
		    struct rsop_pair *);

/*
 * Call back with the system and each one it is connected to, by ascending
 * id.  0 or -1 (ENOENT, ENOMEM).
 */
int		 rsop_each_peer(struct rsop *, uint32_t, rsop_pair_fn *,
		    void *);

#endif
