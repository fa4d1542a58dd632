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
 * Inside the resultant set of policy.  Systems and policies are linked into
 * the tags they carry, so that from either one finds the other in steps as
 * many as there are results.  A replaced policy and its successor are both
 * linked while they are compared, one of them hidden.
 */

#ifndef POLICY_RSOP_LOCAL_H
#define POLICY_RSOP_LOCAL_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include "policy/rsop.h"

struct tag;

struct member {
	LIST_ENTRY(member)	 entry;
	struct tag		*tag;
	void			*owner;		/* system or policy */
};
LIST_HEAD(members, member);

/* Exists as long as something refers to it. */
struct tag {
	RB_ENTRY(tag)		 entry;
	uint32_t		 id;
	size_t			 refs;
	uint64_t		 seen;		/* generation */
	struct members		 systems;
	struct members		 senders;	/* policies */
	struct members		 receivers;	/* policies */
};
RB_HEAD(rsop_tags, tag);

/* Sorted by tag, without duplicates; holds references. */
struct tagset {
	struct member		 member[RSOP_TAGS_MAX];
	size_t			 n;
};

enum expiry_kind {
	EXPIRY_SYSTEM,
	EXPIRY_POLICY
};

struct expiry {
	RB_ENTRY(expiry)	 entry;
	uint64_t		 at;		/* seconds, 0 never: no entry */
	uint32_t		 id;
	enum expiry_kind	 kind;
	int			 over;
	void			*owner;
};
RB_HEAD(rsop_expiries, expiry);

/* Of a policy; it ends as a system does, and then gives nothing. */
struct window {
	struct expiry		 end;
	uint64_t		 from;
};

struct system {
	RB_ENTRY(system)	 entry;
	struct expiry		 expiry;
	struct tagset		 tags;
	uint64_t		 seen;
	unsigned int		 roles;		/* in the policy compared */
	uint32_t		 id;
	int			 enabled;
	uint64_t		 until;		/* or 0 */
	uint32_t		*met;		/* ascending */
	size_t			 nmet;
};
RB_HEAD(rsop_systems, system);

struct policy {
	RB_ENTRY(policy)	 entry;
	struct window		 windows[RSOP_WINDOWS_MAX];
	size_t			 nwindows;
	struct tagset		 senders;
	struct tagset		 receivers;
	uint64_t		 seen;
	uint32_t		 id;
	int			 enabled;
	int			 hidden;
	uint32_t		 requirements[RSOP_REQUIREMENTS_MAX];
	size_t			 nrequirements;
	size_t			 nacl;
	struct acl_entry	 acl[ACL_MAX];	/* canonical */
};
RB_HEAD(rsop_policies, policy);

struct change {
	uint32_t		 a;
	uint32_t		 b;
};

struct rsop {
	struct rsop_systems	 systems;
	struct rsop_policies	 policies;
	struct rsop_tags	 tags;
	struct rsop_expiries	 expiries;
	size_t			 nsystems;
	size_t			 npolicies;
	uint64_t		 now;
	uint64_t		 gen;		/* of the marks called seen */
	int			 busy;

	struct change		*changes;
	size_t			 nchanges;
	size_t			 changes_cap;

	/* Reserved when things are added, so that computing cannot fail. */
	struct system	       **left;
	size_t			 nleft;
	struct system	       **right;
	size_t			 nright;
	size_t			 sides_cap;
	struct acl_timed	*scratch;
	size_t			 scratch_cap;
	size_t			 nacl;		/* times windows, of all */
};

/* One direction of a pair. */
struct direction {
	size_t			 n;
	int			 surplus;
	struct acl_timed	 acl[ACL_MAX];
};

/* rsop_tag.c; tagset_init: 0, RSOP_SURPLUS or -1 with nothing held. */
struct tag *tag_find(struct rsop *, uint32_t id);	/* or NULL */
int	 tagset_init(struct rsop *, struct tagset *, void *owner,
	    const uint32_t *, size_t);
void	 tagset_release(struct rsop *, struct tagset *);
int	 tagset_meets(const struct tagset *, const struct tagset *);
void	 tagset_unlink(struct tagset *);
void	 system_link(struct system *);
void	 policy_link(struct policy *);

/* rsop_acl.c */
size_t	 rsop_acl_normalise(struct acl_timed *, size_t);

/* Of two times of which 0 is never. */
uint64_t sooner(uint64_t, uint64_t);
void	 direction_compute(struct rsop *, const struct system *to,
	    const struct system *from, struct direction *);
int	 direction_equal(const struct direction *, const struct direction *);
int	 system_active(const struct system *);
int	 policy_active(const struct policy *);
/* The union of the windows of both lists. */
void	 pair_open(struct rsop_pair *);
/* May it originate under this policy, as far as requirements go? */
int	 policy_trusts(const struct policy *, const struct system *);

/* rsop_diff.c; append to changes, 0 or -1 (ENOMEM); old or new may be NULL. */
int	 diff_system(struct rsop *, const struct system *old,
	    const struct system *new);
int	 diff_policy(struct rsop *, struct policy *old, struct policy *new);
int	 diff_window(struct rsop *, struct expiry *);
void	 diff_collect_peers(struct rsop *, const struct system *,
	    const struct system *);
void	 diff_sort(struct rsop *);

#endif
