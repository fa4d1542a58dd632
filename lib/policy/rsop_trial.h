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
 * What changes would do: they are made in a resultant set of policy with
 * rsop_trial_note as callback, seen, undone, and then compared.  The caller
 * undoes; the set itself keeps no past.  And what policies say by themselves,
 * for the tests that an administrator has stored.
 *
 * Runs in policyproc.  Pure; the pairs noted are bounded.
 */

#ifndef POLICY_RSOP_TRIAL_H
#define POLICY_RSOP_TRIAL_H

#include "policy/rsop.h"

#define RSOP_TRIAL_MAX	100000	/* pairs; the others are not looked at */

enum rsop_trial_kind {
	RSOP_GAINED,		/* not connected before */
	RSOP_LOST,		/* not connected after */
	RSOP_AMENDED,		/* connected before and after, otherwise */
	RSOP_KINDS
};

struct rsop_trial_pair {
	uint32_t	 a, b;		/* a < b */
	uint64_t	 digest;	/* of the result after, 0 for none */
};

struct rsop_trial {
	struct rsop		*rsop;
	struct rsop_trial_pair	*pairs;
	size_t			 n, cap;
	int			 failed;	/* for want of memory */
	int			 more;		/* than RSOP_TRIAL_MAX */
	uint64_t		 count[RSOP_KINDS];
};

typedef void rsop_trial_fn(void *, enum rsop_trial_kind, uint32_t, uint32_t);

void	 rsop_trial_init(struct rsop_trial *, struct rsop *);
void	 rsop_trial_free(struct rsop_trial *);

/* An rsop_pair_fn whose argument is the trial. */
void	 rsop_trial_note(void *, uint32_t, uint32_t);

/* All changes are made. */
void	 rsop_trial_seen(struct rsop_trial *);

/*
 * All changes are undone: count the pairs that differed and tell them, in
 * order of their systems.  0, or -1 when memory had run out.
 */
int	 rsop_trial_compare(struct rsop_trial *, rsop_trial_fn *, void *);

/*
 * May somebody with one of these tags open this towards somebody with one of
 * those?  By the policies that are enabled and have not ended, as if every
 * requirement were met and all hours were active; the systems that there are
 * do not matter.  port is for tcp and udp; ACL_ANY asks for a rule that
 * permits everything, RSOP_SOMETHING for any rule at all.
 */
#define RSOP_SOMETHING	255
int	 rsop_permits(struct rsop *, const uint32_t *senders, size_t nsenders,
	    const uint32_t *receivers, size_t nreceivers, uint8_t protocol,
	    uint16_t port);

#endif /* POLICY_RSOP_TRIAL_H */
