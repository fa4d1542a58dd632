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
 * enclave-discoveryctl: what its files share.  An unprivileged program that
 * asks enclave-discoveryd over its control socket and prints the answer.
 */

#ifndef DISCOVERYCTL_CTL_H
#define DISCOVERYCTL_CTL_H

#include <stddef.h>
#include <stdint.h>

#include "client/args.h"
#include "client/client.h"
#include "client/out.h"
#include "client/text.h"
#include "conftext/value.h"

#define CTL_SOCKET	"/run/enclave/discoveryd.sock"

/* Exit code for "no", which is an answer and no failure. */
#define CTL_NO		10

/* Numbers of ADMIN_*_SET. */
enum ctl_action {
	ACTION_DISABLE, ACTION_ENABLE, ACTION_DELETE, ACTION_REVOKE,
	ACTION_APPROVE, ACTION_DECLINE
};

struct ctl {
	const char	*path;		/* of the socket */
	const char	*usage;		/* line of the command */
	int		 action;	/* of the command's row */
	int		 json;
	int		 dry;		/* tell what it would do */
};

/* How one kind of row of a list is shown. */
struct listing {
	uint8_t			  what;		/* of ADMIN_LIST */
	uint32_t		  type;		/* of the rows */
	const char		 *options;	/* "j" or "jo:" */
	const char *const	 *titles;
	size_t			  cols;
	/* NULL and -1: a value in the row is out of range. */
	json_t			*(*json)(const void *msg);
	int			 (*text)(struct table *, const void *msg);
};

/* The whole program; returns its exit code. */
int	 discoveryctl_run(int argc, char **argv);

/* Commands: what stands after their name is in args. */
int	 cmd_org_add(struct ctl *, struct args *);
int	 cmd_org_list(struct ctl *, struct args *);
int	 cmd_org_set(struct ctl *, struct args *);
int	 cmd_org_show(struct ctl *, struct args *);
int	 cmd_org_rollover(struct ctl *, struct args *);
int	 cmd_org_delete(struct ctl *, struct args *);
int	 cmd_key_add(struct ctl *, struct args *);
int	 cmd_key_list(struct ctl *, struct args *);
int	 cmd_key_set(struct ctl *, struct args *);
int	 cmd_key_change(struct ctl *, struct args *);
int	 cmd_key_topup(struct ctl *, struct args *);
int	 cmd_system_list(struct ctl *, struct args *);
int	 cmd_system_set(struct ctl *, struct args *);
int	 cmd_system_tag(struct ctl *, struct args *);
int	 cmd_system_show(struct ctl *, struct args *);
int	 cmd_system_renew(struct ctl *, struct args *);
int	 cmd_system_until(struct ctl *, struct args *);
int	 cmd_system_change(struct ctl *, struct args *);
int	 cmd_policy_add(struct ctl *, struct args *);
int	 cmd_policy_list(struct ctl *, struct args *);
int	 cmd_policy_set(struct ctl *, struct args *);
int	 cmd_test_add(struct ctl *, struct args *);
int	 cmd_test_delete(struct ctl *, struct args *);
int	 cmd_test_list(struct ctl *, struct args *);
int	 cmd_test_run(struct ctl *, struct args *);
int	 cmd_tag_add(struct ctl *, struct args *);
int	 cmd_tag_delete(struct ctl *, struct args *);
int	 cmd_tag_list(struct ctl *, struct args *);
int	 cmd_requirement_add(struct ctl *, struct args *);
int	 cmd_requirement_delete(struct ctl *, struct args *);
int	 cmd_requirement_grant(struct ctl *, struct args *);
int	 cmd_requirement_list(struct ctl *, struct args *);
int	 cmd_token_add(struct ctl *, struct args *);
int	 cmd_token_list(struct ctl *, struct args *);
int	 cmd_token_delete(struct ctl *, struct args *);
int	 cmd_relay_add(struct ctl *, struct args *);
int	 cmd_relay_list(struct ctl *, struct args *);
int	 cmd_relay_set(struct ctl *, struct args *);
int	 cmd_explain(struct ctl *, struct args *);
int	 cmd_audit_list(struct ctl *, struct args *);
int	 cmd_audit_export(struct ctl *, struct args *);
int	 cmd_audit_verify(struct ctl *, struct args *);
int	 cmd_backup(struct ctl *, struct args *);
int	 cmd_export(struct ctl *, struct args *);
int	 cmd_apply(struct ctl *, struct args *);
int	 cmd_status(struct ctl *, struct args *);
int	 cmd_pin(struct ctl *, struct args *);
int	 cmd_version(struct ctl *, struct args *);

/* Prints the usage of the command; returns CLIENT_USAGE. */
int	 ctl_usage(const struct ctl *);

/* A line about a wrong value, which is cleaned; returns CLIENT_USAGE. */
int	 ctl_bad(const char *what, const char *value, const char *reason);

/* As args_next with -j handled; a bad option has had its line. */
int	 ctl_next(struct ctl *, struct args *, const char *options);

/* Ask for a change, tell how it went; the exit code. */
int	 ctl_change(struct ctl *, uint32_t type, const void *msg);

/* The same of n changes without making them; ctl_change does it by itself. */
int	 ctl_dry(struct ctl *, uint32_t type, const void *const *msgs,
	    size_t n);
/*
 * What came with the end of a dry batch: dry_row takes it, with the report as
 * its argument; for people as lines, for programs as members of an object.
 */
struct dry_report;
struct dry_report *dry_new(int json);
void	 dry_free(struct dry_report *);
int	 dry_row(void *arg, uint32_t type, const void *msg);
void	 dry_print(const struct dry_report *);
void	 dry_fill(struct dry_report *, json_t *);

/* Does a command with this verb change something? */
int	 ctl_may_be_dry(const char *verb);

/* A row of policy tests (ADMIN_TEST); NULL: a value is out of range. */
json_t	*test_object(const void *msg);

/* What to say when client_ask did not return CLIENT_DONE; the code. */
int	 ctl_complain(const struct client *, int code);

/* A whole list command. */
int	 ctl_list(struct ctl *, struct args *, const struct listing *);

/* What authproc has made: alone on a line, or the member of an object. */
int	 ctl_ask_secret(struct ctl *, uint32_t type, const void *msg,
	    const char *member);

/*
 * collect.c: the configuration of the service, as one moment had it; mark is
 * what the audit log ended with then.  org "" for all.  The code, and else
 * than at CLIENT_DONE nothing to free and a line said.
 */
struct conftext;
struct collection {
	struct conftext		*ct;
	uint64_t		 mark;
	struct msg_admin_token	*tokens;	/* to be told of only */
	size_t			 ntokens;
	size_t			 ephemeral;	/* systems that were left out */
	size_t			 revoked;
};
int	 collect(struct ctl *, const char *org, struct collection *);
void	 collect_free(struct collection *);
/* The question for the mark, and what takes its row into a uint64_t. */
void	 collect_ask_mark(struct msg_admin_audit_list *);
int	 collect_on_mark(void *, uint32_t type, const void *msg);

/* export.c: the settings of an object as an array of lines. */
struct conftext_object;
json_t	*settings_json(const struct conftext_object *);

/* A row of systems: NULL and -1 when a value is out of range. */
json_t	*system_object(const struct msg_admin_system *);
int	 system_print(const struct msg_admin_system *);

/* Cells of tables. */
#define TAGS_TEXT_MAX	(MSG_TAGS_MAX * (MSG_TAG_LEN + 1) + 1)
const char	*tags_text(char buf[TAGS_TEXT_MAX], const struct msg_tags *);

#endif /* DISCOVERYCTL_CTL_H */
