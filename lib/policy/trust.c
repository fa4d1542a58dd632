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
 * Trust requirements against what is known of a system.  Reasons name the
 * condition that decides and what was found.
 */

#include <sys/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/trust.h"

static void	 result_set(struct trust_result *, enum trust_verdict,
		    const char *, ...)
		    __attribute__((__format__(printf, 3, 4)));

static void
result_set(struct trust_result *r, enum trust_verdict verdict,
    const char *fmt, ...)
{
	va_list	 ap;

	r->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
	va_end(ap);
}

/* IPv4-mapped addresses (RFC 4291 section 2.5.5.2) are IPv4. */
static struct endpoint
normalised(const struct endpoint *ep)
{
	static const uint8_t	 mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct endpoint		 out = *ep;

	if (ep->family != 6 || memcmp(ep->addr, mapped, sizeof(mapped)) != 0)
		return out;
	memset(out.addr, 0, sizeof(out.addr));
	memcpy(out.addr, ep->addr + 12, 4);
	out.family = 4;
	return out;
}

static int
range_contains(const struct condition *c, const struct endpoint *ep)
{
	struct endpoint	 prefix;

	if (c->family != ep->family)
		return 0;
	memset(&prefix, 0, sizeof(prefix));
	prefix.family = c->family;
	memcpy(prefix.addr, c->addr, c->family == 4 ? 4 : 16);
	return endpoint_in_prefix(ep, &prefix, c->plen);
}

/* Nonzero when the address passes the ranges; else the result is set. */
static int
ranges_pass(const struct condition *c, size_t n, const struct endpoint *ep,
    const char *address, struct trust_result *r)
{
	const struct condition	*best = NULL;
	char			 line[CONDITION_LINE_MAX + 1];
	size_t			 i;
	int			 allowed = 0;

	for (i = 0; i < n; i++) {
		if (c[i].kind != CONDITION_RANGE)
			continue;
		allowed |= !c[i].block;
		if (range_contains(&c[i], ep) && (best == NULL ||
		    c[i].plen > best->plen ||
		    (c[i].plen == best->plen && c[i].block)))
			best = &c[i];
	}
	if (best != NULL && best->block)
		result_set(r, TRUST_UNMET, "%s: \"%s\"", address,
		    condition_print(best, line, sizeof(line)));
	else if (best == NULL && allowed)
		result_set(r, TRUST_UNMET, "%s is in no range that is "
		    "allowed", address);
	else
		return 1;
	return 0;
}

static void
evaluate_address(const struct condition *c, size_t n,
    const struct trust_facts *f, struct trust_result *r)
{
	struct endpoint	 ep = normalised(&f->address);
	char		 address[ENDPOINT_STRLEN];
	size_t		 i;
	int		 countries = 0, allowed = 0, listed = 0, blocked = 0;

	if (ep.family == 0) {
		result_set(r, TRUST_UNKNOWN, "its address is not known");
		return;
	}
	endpoint_print_addr(&ep, address, sizeof(address));
	if (!ranges_pass(c, n, &ep, address, r))
		return;
	for (i = 0; i < n; i++) {
		if (c[i].kind != CONDITION_COUNTRY)
			continue;
		countries++;
		allowed |= !c[i].block;
		if (strcmp(c[i].value, f->country) != 0)
			continue;
		listed |= !c[i].block;
		blocked |= c[i].block;
	}
	if (countries == 0)
		result_set(r, TRUST_MET, "%s", address);
	else if (f->country[0] == '\0')
		result_set(r, TRUST_UNKNOWN, "the country of %s is not known",
		    address);
	else if (blocked)
		result_set(r, TRUST_UNMET, "%s: \"block country %s\"",
		    address, f->country);
	else if (allowed && !listed)
		result_set(r, TRUST_UNMET, "%s is in %s, which is not "
		    "allowed", address, f->country);
	else
		result_set(r, TRUST_MET, "%s in %s", address, f->country);
}

/* -1, 0, 1 as of the first against the second. */
static int
version_compare(const uint32_t *a, const uint32_t *b)
{
	size_t	 i;

	for (i = 0; i < CONDITION_VERSION_MAX; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static enum trust_verdict
version_check(const struct condition *c, const char *found)
{
	uint32_t	 want[CONDITION_VERSION_MAX];
	uint32_t	 have[CONDITION_VERSION_MAX];
	int		 d, yes;

	if (condition_version(found, have) == -1 ||
	    condition_version(c->value, want) == -1)
		return TRUST_UNKNOWN;
	d = version_compare(have, want);
	switch (c->op) {
	case CONDITION_EQ:
		yes = d == 0;
		break;
	case CONDITION_NE:
		yes = d != 0;
		break;
	case CONDITION_GE:
		yes = d >= 0;
		break;
	case CONDITION_GT:
		yes = d > 0;
		break;
	case CONDITION_LE:
		yes = d <= 0;
		break;
	case CONDITION_LT:
		yes = d < 0;
		break;
	default:
		return TRUST_UNKNOWN;
	}
	return yes ? TRUST_MET : TRUST_UNMET;
}

/*
 * One condition has its verdict: what is not met weighs more than what is not
 * known, and the first of its weight gives the reason.
 */
static void
result_join(struct trust_result *r, enum trust_verdict verdict,
    const struct condition *c, const char *found)
{
	char	 line[CONDITION_LINE_MAX + 1];

	if (verdict == TRUST_MET || r->verdict == TRUST_UNMET ||
	    (r->verdict == TRUST_UNKNOWN && verdict == TRUST_UNKNOWN))
		return;
	condition_print(c, line, sizeof(line));
	if (found == NULL || found[0] == '\0')
		result_set(r, verdict, "\"%.100s\": not reported", line);
	else
		result_set(r, verdict, "\"%.100s\": it is \"%.100s\"", line,
		    found);
}

/* One of the conditions of this kind is enough. */
static void
join_any(struct trust_result *r, const struct condition *c, size_t n,
    enum condition_kind kind, const char *found, const char *other)
{
	const struct condition	*first = NULL;
	size_t			 i;

	for (i = 0; i < n; i++) {
		if (c[i].kind != kind)
			continue;
		if (found[0] != '\0' && (strcmp(c[i].value, found) == 0 ||
		    strcmp(c[i].value, other) == 0))
			return;
		if (first == NULL)
			first = &c[i];
	}
	if (first != NULL)
		result_join(r, found[0] == '\0' ? TRUST_UNKNOWN : TRUST_UNMET,
		    first, found);
}

static void
evaluate_system(const struct condition *c, size_t n,
    const struct trust_facts *f, struct trust_result *r)
{
	const char	*found;
	size_t		 i;

	result_set(r, TRUST_MET, "%s%s%s %s, agent %s", f->os,
	    f->distribution[0] != '\0' ? " " : "", f->distribution,
	    f->os_version, f->agent);
	join_any(r, c, n, CONDITION_OS, f->os, f->distribution);
	join_any(r, c, n, CONDITION_ARCHITECTURE, f->architecture, "");
	for (i = 0; i < n; i++) {
		if (c[i].kind == CONDITION_OS_VERSION)
			found = f->os_version;
		else if (c[i].kind == CONDITION_KERNEL)
			found = f->kernel;
		else if (c[i].kind == CONDITION_AGENT)
			found = f->agent;
		else
			continue;
		result_join(r, version_check(&c[i], found), &c[i], found);
	}
}

static const char *
fact_find(const struct trust_facts *f, const char *name)
{
	size_t	 i;

	for (i = 0; i < f->nfacts; i++)
		if (strcmp(f->facts[i].name, name) == 0)
			return f->facts[i].value;
	return NULL;
}

static enum trust_verdict
fact_check(const struct condition *c, const char *found)
{
	if (found == NULL)
		return TRUST_UNKNOWN;
	switch (c->op) {
	case CONDITION_PRESENT:
		return TRUST_MET;
	case CONDITION_EQ:
		return strcmp(found, c->value) == 0 ? TRUST_MET : TRUST_UNMET;
	case CONDITION_NE:
		return strcmp(found, c->value) != 0 ? TRUST_MET : TRUST_UNMET;
	default:
		return version_check(c, found);
	}
}

static void
evaluate_posture(const struct condition *c, size_t n,
    const struct trust_facts *f, struct trust_result *r)
{
	const char	*found;
	size_t		 i;

	result_set(r, TRUST_MET, "all facts are as required");
	for (i = 0; i < n; i++) {
		found = fact_find(f, c[i].name);
		result_join(r, fact_check(&c[i], found), &c[i], found);
	}
}

static void
evaluate_signin(const struct trust_answer *a, uint64_t now,
    struct trust_result *r)
{
	const char	*reason;

	reason = a != NULL && a->reason != NULL ? a->reason : "";
	if (a == NULL || !a->known)
		result_set(r, TRUST_UNKNOWN, "nobody has signed in");
	else if (a->until <= now)
		result_set(r, TRUST_UNMET, "%s", reason[0] != '\0' ? reason :
		    "the sign-in has ended");
	else {
		result_set(r, TRUST_MET, "%s", reason);
		r->next = a->until;
	}
}

static void
evaluate_manual(const struct trust_answer *a, struct trust_result *r)
{
	if (a == NULL || !a->known)
		result_set(r, TRUST_UNKNOWN, "nobody has said yes");
	else if (a->yes)
		result_set(r, TRUST_MET, "granted by an administrator");
	else
		result_set(r, TRUST_UNMET, "denied by an administrator");
}

void
trust_evaluate(enum requirement_type type, const struct condition *c,
    size_t n, const struct trust_facts *f, const struct trust_answer *a,
    uint64_t now, struct trust_result *r)
{
	memset(r, 0, sizeof(*r));
	switch (type) {
	case REQUIREMENT_ADDRESS:
		evaluate_address(c, n, f, r);
		break;
	case REQUIREMENT_SYSTEM:
		evaluate_system(c, n, f, r);
		break;
	case REQUIREMENT_POSTURE:
		evaluate_posture(c, n, f, r);
		break;
	case REQUIREMENT_SIGNIN:
		evaluate_signin(a, now, r);
		break;
	case REQUIREMENT_MANUAL:
		evaluate_manual(a, r);
		break;
	default:
		result_set(r, TRUST_UNKNOWN, "of a type that is not known");
	}
}
