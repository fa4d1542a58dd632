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
 * enclave-discoveryctl: its command line and what the commands have in
 * common.  Runs with the rights of its user; reads no environment and no
 * configuration.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "discoveryctl/ctl.h"

#define PROGRAM		"enclave-discoveryctl"
#define USAGE_FMT	"%s " PROGRAM " [-jn] [-s socket] %s\n"

struct command {
	const char	 *object;
	const char	 *verb;		/* NULL: a command of one word */
	int		(*run)(struct ctl *, struct args *);
	int		  action;
	const char	 *usage;
};

static const struct command commands[] = {
	{ "org", "add", cmd_org_add, 0,
	    "org add [-4 prefix] [-6 prefix] name" },
	{ "org", "list", cmd_org_list, 0, "org list" },
	{ "org", "show", cmd_org_show, 0, "org show [-o org]" },
	{ "org", "rollover", cmd_org_rollover, 0,
	    "org rollover [-f [-F]] [org]" },
	{ "org", "set", cmd_org_set, 0, "org set [-l life] [-g grace] "
	    "[-c clones] [-u unique] [org]" },
	{ "org", "delete", cmd_org_delete, 0, "org delete org" },
	{ "key", "add", cmd_key_add, 0, "key add [-aE] [-c source] "
	    "[-D description] [-e expiry] [-N notes] [-r minutes] [-t tag] "
	    "[-u uses] [-x action] -o org" },
	{ "key", "set", cmd_key_change, 0, "key set [-c source] "
	    "[-D description] [-e expiry] [-N notes] [-t tag] [-x action] "
	    "-o org id" },
	{ "key", "topup", cmd_key_topup, 0, "key topup -o org id uses" },
	{ "key", "list", cmd_key_list, 0, "key list [-o org]" },
	{ "key", "enable", cmd_key_set, ACTION_ENABLE,
	    "key enable -o org id" },
	{ "key", "disable", cmd_key_set, ACTION_DISABLE,
	    "key disable -o org id" },
	{ "key", "delete", cmd_key_set, ACTION_DELETE,
	    "key delete -o org id" },
	{ "system", "list", cmd_system_list, 0, "system list [-o org]" },
	{ "system", "show", cmd_system_show, 0, "system show system" },
	{ "system", "enable", cmd_system_set, ACTION_ENABLE,
	    "system enable system" },
	{ "system", "disable", cmd_system_set, ACTION_DISABLE,
	    "system disable system" },
	{ "system", "approve", cmd_system_set, ACTION_APPROVE,
	    "system approve system" },
	{ "system", "decline", cmd_system_set, ACTION_DECLINE,
	    "system decline system" },
	{ "system", "enable-until", cmd_system_until, 0,
	    "system enable-until [-x action] system time" },
	{ "system", "set", cmd_system_change, 0,
	    "system set [-D description] [-N notes] [-t tag] system" },
	{ "system", "revoke", cmd_system_set, ACTION_REVOKE,
	    "system revoke system" },
	{ "system", "delete", cmd_system_set, ACTION_DELETE,
	    "system delete system" },
	{ "system", "renew", cmd_system_renew, 0, "system renew system" },
	{ "system", "tag", cmd_system_tag, 1, "system tag system tag ..." },
	{ "system", "untag", cmd_system_tag, 0,
	    "system untag system tag ..." },
	{ "policy", "add", cmd_policy_add, 0, "policy add [-R] [-e expiry] "
	    "[-q requirement] -a acl -o org -r tag -s tag name" },
	{ "policy", "set", cmd_policy_add, 2, "policy set [-a acl] "
	    "[-e expiry] [-q requirement] [-r tag] [-s tag] -o org name" },
	{ "policy", "list", cmd_policy_list, 0, "policy list [-o org]" },
	{ "policy", "enable", cmd_policy_set, ACTION_ENABLE,
	    "policy enable -o org name" },
	{ "policy", "disable", cmd_policy_set, ACTION_DISABLE,
	    "policy disable -o org name" },
	{ "policy", "delete", cmd_policy_set, ACTION_DELETE,
	    "policy delete -o org name" },
	{ "test", "add", cmd_test_add, 0, "test add [-R] -o org -r receiver "
	    "-s sender name allow|deny access" },
	{ "test", "list", cmd_test_list, 0, "test list [-o org]" },
	{ "test", "delete", cmd_test_delete, 0, "test delete -o org name" },
	{ "test", "run", cmd_test_run, 0, "test run [-o org]" },
	{ "tag", "add", cmd_tag_add, 0, "tag add [-R] [-c colour] "
	    "[-n notes] [-q requirement] -o org tag" },
	{ "tag", "set", cmd_tag_add, 2, "tag set [-c colour] [-n notes] "
	    "[-q requirement] -o org tag" },
	{ "tag", "list", cmd_tag_list, 0, "tag list [-o org]" },
	{ "tag", "delete", cmd_tag_delete, 0, "tag delete -o org tag" },
	{ "requirement", "add", cmd_requirement_add, 0, "requirement add "
	    "[-R] [-c condition] [-n notes] -o org -t type name" },
	{ "requirement", "set", cmd_requirement_add, 2, "requirement set "
	    "[-c condition] [-n notes] -o org name" },
	{ "requirement", "list", cmd_requirement_list, 0,
	    "requirement list [-o org]" },
	{ "requirement", "delete", cmd_requirement_delete, 0,
	    "requirement delete -o org name" },
	{ "requirement", "grant", cmd_requirement_grant, 1,
	    "requirement grant -o org name system" },
	{ "requirement", "deny", cmd_requirement_grant, 0,
	    "requirement deny -o org name system" },
	{ "requirement", "forget", cmd_requirement_grant, 2,
	    "requirement forget -o org name system" },
	{ "relay", "add", cmd_relay_add, 0,
	    "relay add [-l latitude,longitude] name" },
	{ "relay", "list", cmd_relay_list, 0, "relay list" },
	{ "relay", "enable", cmd_relay_set, ACTION_ENABLE,
	    "relay enable name" },
	{ "relay", "disable", cmd_relay_set, ACTION_DISABLE,
	    "relay disable name" },
	{ "relay", "delete", cmd_relay_set, ACTION_DELETE,
	    "relay delete name" },
	{ "explain", NULL, cmd_explain, 0, "explain sender receiver what" },
	{ "audit", "list", cmd_audit_list, 0,
	    "audit list [-a id] [-n count] [-o org]" },
	{ "audit", "export", cmd_audit_export, 0, "audit export [-a id]" },
	{ "audit", "verify", cmd_audit_verify, 0, "audit verify [file]" },
	{ "backup", NULL, cmd_backup, 0, "backup file" },
	{ "apply", NULL, cmd_apply, 0, "apply [-kn] file" },
	{ "export", NULL, cmd_export, 0, "export [-o org]" },
	{ "token", "add", cmd_token_add, 0, "token add [-r role] "
	    "[-s scope,...] -e expiry -n name -o org" },
	{ "token", "list", cmd_token_list, 0, "token list [-o org]" },
	{ "token", "delete", cmd_token_delete, ACTION_DELETE,
	    "token delete -o org id" },
	{ "status", NULL, cmd_status, 0, "status" },
	{ "pin", NULL, cmd_pin, 0, "pin" },
	{ "version", NULL, cmd_version, 0, "version" },
};

#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static int	 usage_of(const char *);
static int	 run_command(struct ctl *, const char *, struct args *);

/* The usage of all commands about this object; NULL: of all. */
static int
usage_of(const char *object)
{
	const char	*lead = "usage:";
	size_t		 i;

	for (i = 0; i < NCOMMANDS; i++) {
		if (object != NULL &&
		    strcmp(commands[i].object, object) != 0)
			continue;
		fprintf(stderr, USAGE_FMT, lead, commands[i].usage);
		lead = "      ";
	}
	return CLIENT_USAGE;
}

int
ctl_usage(const struct ctl *ctl)
{
	fprintf(stderr, USAGE_FMT, "usage:", ctl->usage);
	return CLIENT_USAGE;
}

int
ctl_bad(const char *what, const char *value, const char *reason)
{
	char	 clean[TEXT_MAX];

	warnx("%s \"%s\": %s", what, text_clean(clean, sizeof(clean), value),
	    reason);
	return CLIENT_USAGE;
}

int
ctl_next(struct ctl *ctl, struct args *args, const char *options)
{
	int	 c;

	while ((c = args_next(args, options)) == 'j')
		ctl->json = 1;
	if (c == ARGS_BAD)
		warnx("there is no option -%c here",
		    args->option >= 0x20 && args->option < 0x7f ?
		    args->option : '?');
	else if (c == ARGS_MISSING)
		warnx("option -%c needs a value", args->option);
	return c;
}

int
ctl_complain(const struct client *client, int code)
{
	char	 clean[TEXT_MAX];

	text_clean(clean, sizeof(clean), client->text);
	warnx("%s", clean[0] == '\0' ? "the request failed and the daemon "
	    "did not say why" : clean);
	return code;
}

int
ctl_change(struct ctl *ctl, uint32_t type, const void *msg)
{
	struct client	 client;
	char		 clean[TEXT_MAX];
	int		 code;

	if (ctl->dry)
		return ctl_dry(ctl, type, &msg, 1);
	client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
	code = client_ask(&client, type, msg);
	text_clean(clean, sizeof(clean), client.text);
	if (ctl->json)
		out_result(code == CLIENT_DONE, clean);
	else if (code == CLIENT_DONE && clean[0] != '\0')
		printf("%s\n", clean);
	return code == CLIENT_DONE ? code : ctl_complain(&client, code);
}

/* The secret alone on a line, so that a script can take it. */
static int
secret_print(struct ctl *ctl, const struct client *client, const char *member)
{
	char	 clean[TEXT_MAX];
	json_t	*o;

	text_clean(clean, sizeof(clean), client->text);
	if (clean[0] == '\0') {
		warnx("enclave-discoveryd sent no %s", member);
		return CLIENT_FAILED;
	}
	if (ctl->json) {
		o = out_object();
		out_set(o, member, out_text(clean));
		out_print(o);
	} else
		printf("%s\n", clean);
	explicit_bzero(clean, sizeof(clean));
	return CLIENT_DONE;
}

int
ctl_ask_secret(struct ctl *ctl, uint32_t type, const void *msg,
    const char *member)
{
	struct client	 client;
	int		 code;

	if (ctl->dry)
		return ctl_dry(ctl, type, &msg, 1);
	client_init(&client, ROLE_DISCOVERYCTL, ctl->path);
	if ((code = client_ask(&client, type, msg)) == CLIENT_DONE)
		code = secret_print(ctl, &client, member);
	else {
		if (ctl->json)
			out_result(0, client.text);
		ctl_complain(&client, code);
	}
	client_clear(&client);
	return code;
}

static int
run_command(struct ctl *ctl, const char *object, struct args *args)
{
	const struct command	*cmd = NULL;
	const char		*verb = NULL;
	size_t			 i;
	int			 known = 0;

	for (i = 0; i < NCOMMANDS && cmd == NULL; i++) {
		if (strcmp(commands[i].object, object) != 0)
			continue;
		/* The verb is read once, if this object has verbs. */
		if (commands[i].verb != NULL && !known &&
		    ctl_next(ctl, args, "j") == ARGS_WORD)
			verb = args->value;
		known = 1;
		if (commands[i].verb == NULL || (verb != NULL &&
		    strcmp(commands[i].verb, verb) == 0))
			cmd = &commands[i];
	}
	if (cmd == NULL) {
		if (!known)
			ctl_bad("command", object, "there is none");
		else if (verb != NULL)
			ctl_bad("command", verb, "there is none");
		return usage_of(known ? object : NULL);
	}
	if (ctl->dry && !ctl_may_be_dry(cmd->verb)) {
		warnx("-n before the command is for one that changes "
		    "something");
		return CLIENT_USAGE;
	}
	ctl->usage = cmd->usage;
	ctl->action = cmd->action;
	return cmd->run(ctl, args);
}

int
discoveryctl_run(int argc, char **argv)
{
	struct ctl	 ctl = { CTL_SOCKET, "command", 0, 0, 0 };
	struct args	 args;
	int		 c;

	args_init(&args, argc, argv);
	while ((c = ctl_next(&ctl, &args, "jns:")) != ARGS_END) {
		switch (c) {
		case 'n':
			ctl.dry = 1;
			break;
		case 's':
			ctl.path = args.value;
			break;
		case ARGS_WORD:
			return out_finish(run_command(&ctl, args.value,
			    &args));
		default:
			return usage_of(NULL);
		}
	}
	return usage_of(NULL);
}
