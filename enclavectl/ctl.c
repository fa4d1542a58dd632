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
 * enclavectl: its command line, and the commands that need no more than a
 * question.  Runs with the rights of its user; reads no environment and no
 * configuration.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "client/out.h"
#include "client/text.h"
#include "enclavectl/ctl.h"

struct command {
	const char	 *name;
	int		(*run)(struct ctl *, struct args *);
	const char	 *usage;
};

static const struct command commands[] = {
	{ "enrol", cmd_enrol, "enrol [-D description] [-f file]" },
	{ "reset-identity", cmd_reset, "reset-identity [-f]" },
	{ "status", cmd_status, "status" },
	{ "peers", cmd_peers, "peers" },
	{ "paths", cmd_paths, "paths peer" },
	{ "explain", cmd_explain, "explain peer what" },
	{ "netcheck", cmd_netcheck, "netcheck" },
	{ "ping", cmd_ping, "ping [-c count] [-i seconds] peer" },
	{ "auth", cmd_auth, "auth [-w] [requirement]" },
	{ "version", cmd_version, "version" },
};

#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))
#define USAGE_FMT	"%s enclavectl [-j] [-s socket] %s\n"

static int	 usage_all(void);
static int	 run_command(struct ctl *, const char *, struct args *);

static int
usage_all(void)
{
	size_t	 i;

	for (i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, USAGE_FMT, i == 0 ? "usage:" : "      ",
		    commands[i].usage);
	return CLIENT_USAGE;
}

int
ctl_usage(const struct ctl *ctl)
{
	fprintf(stderr, USAGE_FMT, "usage:", ctl->usage);
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

static int
run_command(struct ctl *ctl, const char *name, struct args *args)
{
	char	 clean[TEXT_SHORT_MAX];
	size_t	 i;

	for (i = 0; i < NCOMMANDS; i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		ctl->usage = commands[i].usage;
		return commands[i].run(ctl, args);
	}
	warnx("there is no command \"%s\"",
	    text_clean(clean, sizeof(clean), name));
	return usage_all();
}

int
enclavectl_run(int argc, char **argv)
{
	struct ctl	 ctl = { CTL_SOCKET, "command", 0 };
	struct args	 args;
	int		 c;

	args_init(&args, argc, argv);
	while ((c = ctl_next(&ctl, &args, "js:")) != ARGS_END) {
		switch (c) {
		case 's':
			ctl.path = args.value;
			break;
		case ARGS_WORD:
			return out_finish(run_command(&ctl, args.value,
			    &args));
		default:
			return usage_all();
		}
	}
	return usage_all();
}

int
cmd_version(struct ctl *ctl, struct args *args)
{
	struct msg_client_version	 m;
	struct client			 client;
	enum client_code		 code;
	json_t				*object;

	if (ctl_next(ctl, args, "j") != ARGS_END)
		return ctl_usage(ctl);
	memset(&m, 0, sizeof(m));
	client_init(&client, ROLE_ENCLAVECTL, ctl->path);
	code = client_ask(&client, MSG_CLIENT_VERSION, &m);
	if (ctl->json) {
		object = out_object();
		out_set(object, "enclavectl", out_text(ENCLAVE_VERSION));
		out_set(object, "enclaved", code == CLIENT_DONE ?
		    out_text(client.text) : out_null());
		out_print(object);
	} else {
		char	 clean[TEXT_MAX];

		printf("enclavectl %s\n", ENCLAVE_VERSION);
		if (code == CLIENT_DONE)
			printf("enclaved %s\n", text_clean(clean,
			    sizeof(clean), client.text));
		else if (code == CLIENT_NOT_RUNNING)
			printf("enclaved is not running\n");
	}
	if (code == CLIENT_DONE || code == CLIENT_NOT_RUNNING)
		return CLIENT_DONE;
	warnx("%s", client.text);
	return code;
}
