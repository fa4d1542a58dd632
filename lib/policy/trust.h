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
 * Is a trust requirement met?  A pure function of its conditions, what is
 * known of a system, and the time.  What is not known is not met; the caller
 * takes TRUST_MET alone as yes.
 *
 * Addresses: of the ranges that contain the address the smallest decides,
 * and of two equal ones the one that blocks.  When none contains it, it
 * passes unless some range is allowed.  Only what passes the ranges gets to
 * the countries: it must not be in a blocked one and, when any is allowed,
 * be in one of those.
 *
 * System: one of the names given for os, one of those for architecture, and
 * every version.  Posture: every fact.
 */

#ifndef POLICY_TRUST_H
#define POLICY_TRUST_H

#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"
#include "policy/condition.h"

#define TRUST_REASON_LEN	256
#define TRUST_TEXT_MAX		64	/* bytes of what a system says */
#define TRUST_VALUE_MAX		128	/* bytes of the value of a fact */
#define TRUST_FACTS_MAX		40

enum trust_verdict {
	TRUST_UNKNOWN,
	TRUST_UNMET,
	TRUST_MET
};

struct trust_fact {
	char	 name[CONDITION_FACT_MAX + 1];
	char	 value[TRUST_VALUE_MAX + 1];
};

/* Of one system.  Empty text, family 0: not known. */
struct trust_facts {
	struct endpoint		 address;	/* it connects from */
	char			 country[3];
	char			 os[TRUST_TEXT_MAX + 1];	/* "linux" */
	char			 distribution[TRUST_TEXT_MAX + 1];
	char			 os_version[TRUST_TEXT_MAX + 1];
	char			 kernel[TRUST_TEXT_MAX + 1];
	char			 architecture[TRUST_TEXT_MAX + 1];
	char			 agent[TRUST_TEXT_MAX + 1];
	const struct trust_fact	*facts;		/* borrowed */
	size_t			 nfacts;
};

/* What was said of one system and one requirement. */
struct trust_answer {
	int		 known;
	int		 yes;		/* manual */
	uint64_t	 until;		/* signin: seconds, 0 never */
	const char	*reason;	/* borrowed, may be NULL */
};

struct trust_result {
	enum trust_verdict	 verdict;
	uint64_t		 next;	/* may change then by time, 0 never */
	char			 reason[TRUST_REASON_LEN];
};

/* answer is for signin and manual, and may be NULL; now_sec is wall clock. */
void	 trust_evaluate(enum requirement_type, const struct condition *,
	    size_t, const struct trust_facts *, const struct trust_answer *,
	    uint64_t now_sec, struct trust_result *);

#endif /* POLICY_TRUST_H */
