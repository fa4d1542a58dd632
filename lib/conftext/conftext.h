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
 * The configuration of a discovery service as text: what an administrator
 * sets that is neither a secret nor a fact about an enrolment.  A parser for
 * enclave-configuration(5), a printer whose output it reads back to the same,
 * and the difference between two configurations.  Pure but for the file that
 * is parsed; a file is trusted in nothing, and neither are the service's rows.
 *
 * An object keeps its settings as the row that the service sends of it, with
 * what is no setting left at zero.
 */

#ifndef CONFTEXT_CONFTEXT_H
#define CONFTEXT_CONFTEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "conf/lex.h"
#include "msg/msg.h"

#define CONFTEXT_FILE_MAX	(16 * 1024 * 1024)	/* bytes */
#define CONFTEXT_OBJECTS_MAX	131072
#define CONFTEXT_ORGS_MAX	1024
#define CONFTEXT_REQUIREMENTS	16	/* of a policy, of a tag */
#define CONFTEXT_POLICY_NAME	64	/* bytes */
#define CONFTEXT_LIFE_SEC	(365 * 86400)	/* unless the file says */
#define CONFTEXT_GRACE_SEC	(30 * 86400)

/* In the order in which they stand in a file, within an organisation. */
enum conftext_kind {
	CONFTEXT_RELAY,			/* msg_admin_relay, and so on */
	CONFTEXT_ORG,
	CONFTEXT_REQUIREMENT,
	CONFTEXT_TAG,
	CONFTEXT_POLICY,
	CONFTEXT_KEY,
	CONFTEXT_SYSTEM,
	CONFTEXT_TEST,
	CONFTEXT_KINDS
};

struct conftext_object {
	enum conftext_kind	 kind;
	char			 org[64];	/* "" for relays */
	char			 name[128];	/* of a key: description */
	uint32_t		 id;		/* 0: none was given */
	void			*row;
	const char		*file;		/* NULL: of the service */
	int			 line;
	struct conftext_object	*peer;		/* found by conftext_diff */
};

/* Objects, sorted once conftext_sort or the parser has been through. */
struct conftext {
	struct conftext_object	**e;
	size_t			  n;
	size_t			  cap;
	char			 *files[LEX_FILES_MAX];
};

/* Empty; NULL without memory. */
struct conftext	*conftext_new(void);
void		 conftext_free(struct conftext *);

/*
 * A copy of a row of the service.  NULL and *why: it has what no file could
 * say (then it is not of our service), or there is no memory.
 */
struct conftext_object
		*conftext_add(struct conftext *, enum conftext_kind,
		    const void *row, const char **why);

/* By organisation, kind, name and id; relays come first. */
void		 conftext_sort(struct conftext *);

/* Sorted: the first of this kind and name; NULL without one. */
struct conftext_object
		*conftext_find(const struct conftext *, enum conftext_kind,
		    const char *org, const char *name);

/* What a policy test opens: "tcp/22"; NULL when there is no such protocol. */
const char	*conftext_access(const struct msg_admin_test *,
		    char buf[ACL_STRLEN]);

/* "policy", for people and for JSON. */
const char	*conftext_kind_name(enum conftext_kind);

/*
 * conftext_parse.c: a file, or memory that is called name.  NULL after
 * reports, each with file and line.
 */
struct conftext	*conftext_parse(const char *path, lex_report_fn *, void *arg);
struct conftext	*conftext_parse_buffer(const char *name, const void *, size_t,
		    lex_report_fn *, void *arg);

/*
 * conftext_print.c: the settings of an object, one on a line, in one order,
 * without those that are as if nothing had been said; in memory of the heap,
 * NULL without memory.
 */
char		*conftext_settings(const struct conftext_object *);

/* Sorted objects as a file.  0, or -1 when there was no memory. */
int		 conftext_print(const struct conftext *, FILE *);

/* conftext_diff.c */
enum conftext_op {
	CONFTEXT_ADDED,
	CONFTEXT_CHANGED,
	CONFTEXT_DELETED,
	CONFTEXT_MISSING	/* it cannot be made from a file */
};

struct conftext_change {
	enum conftext_op		 op;
	const struct conftext_object	*have;	/* NULL: added, missing */
	const struct conftext_object	*want;	/* NULL: deleted */
};

struct conftext_diff {
	struct conftext_change	*e;
	size_t			 n;
	size_t			 changes;	/* without what is missing */
};

/*
 * What turns the service's into the file's, in the order of the file, the
 * deletions of each organisation last.  Both must live as long as the result
 * and are sorted; what the file leaves to the service is filled in.  The
 * number of reports of what cannot be done, -1 without memory.
 */
int		 conftext_diff(struct conftext *have, struct conftext *want,
		    struct conftext_diff *, lex_report_fn *, void *arg);
void		 conftext_diff_free(struct conftext_diff *);

/*
 * Lines of two settings that are not in the other: fn is called with '-' or
 * '+' and each of them.
 */
void		 conftext_diff_lines(const char *have, const char *want,
		    void (*fn)(void *, char, const char *), void *arg);

#endif /* CONFTEXT_CONFTEXT_H */
