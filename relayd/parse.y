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
 * The grammar of enclave-relayd.conf(5).  Runs in the parent of
 * enclave-relayd and in check mode.  The lexer guards against the file,
 * conf.c judges the values; only the shape of the statements is decided here.
 */

%{
#include <stdint.h>
#include <string.h>

#include "relayd/conf.h"

/* All that yacc cannot pass as a parameter. */
static struct relayd_conf	*conf;
static struct lex		*lexer;
static struct lex_pos		 discovery;	/* the first such statement */

int		 yyparse(void);
static int	 yylex(void);
static void	 yyerror(const char *);
static void	 judge(const char *);
%}

%union {
	const char	*string;
	int64_t		 number;
}

%token	ADVERTISE CA DEBUG DIRECTORY DISCOVERY ERROR FILEWORD IDLE INFO LEVEL
%token	LIMIT LISTEN LOG NAME NO ON PAIRS PIN PORT PROCESSES RATE SPLICE
%token	STATE TIMEOUT TOKEN WARNING
%token	INVALID
%token	<string> STRING
%token	<number> NUMBER
%type	<string> level
%type	<number> discoport listenport advertport

%%

grammar		: /* empty */
		| grammar statement '\n'
		| grammar error '\n' {
			yyerrok;
		}
		;

statement	: DISCOVERY STRING discoport {
			if (discovery.line == 0)
				discovery = lex_statement(lexer);
			judge(relayd_conf_add_discovery(conf, $2, $3));
		}
		| DISCOVERY PIN STRING {
			judge(relayd_conf_set_pin(conf, $3));
		}
		| DISCOVERY CA STRING {
			judge(relayd_conf_set_ca(conf, $3));
		}
		| NAME STRING {
			judge(relayd_conf_set_name(conf, $2));
		}
		| TOKEN FILEWORD STRING {
			judge(relayd_conf_set_token(conf, $3));
		}
		| LISTEN ON STRING listenport {
			judge(relayd_conf_add_listen(conf, $3, $4));
		}
		| ADVERTISE STRING advertport {
			judge(relayd_conf_add_advertise(conf, $2, $3));
		}
		| PROCESSES NUMBER {
			judge(relayd_conf_set_processes(conf, $2));
		}
		| RATE LIMIT NUMBER {
			judge(relayd_conf_set_rate(conf, $3));
		}
		| IDLE TIMEOUT NUMBER {
			judge(relayd_conf_set_idle(conf, $3));
		}
		| PAIRS NUMBER {
			judge(relayd_conf_set_pairs(conf, $2));
		}
		| NO SPLICE {
			judge(relayd_conf_set_copy(conf));
		}
		| STATE DIRECTORY STRING {
			judge(relayd_conf_set_state(conf, $3));
		}
		| LOG LEVEL level {
			judge(relayd_conf_set_level(conf, $3));
		}
		;

discoport	: /* empty */ {
			$$ = RELAYD_DISCOVERY_PORT;
		}
		| PORT NUMBER {
			$$ = $2;
		}
		;

listenport	: /* empty */ {
			$$ = RELAYD_LISTEN_PORT;
		}
		| PORT NUMBER {
			$$ = $2;
		}
		;

advertport	: /* empty */ {
			$$ = 0;
		}
		| PORT NUMBER {
			/* 0 is no port, and not the absence of one. */
			$$ = $2 == 0 ? -1 : $2;
		}
		;

level		: ERROR {
			$$ = "error";
		}
		| WARNING {
			$$ = "warning";
		}
		| INFO {
			$$ = "info";
		}
		| DEBUG {
			$$ = "debug";
		}
		;

%%

static const struct lex_keyword	 keywords[] = {
	{ "advertise",	ADVERTISE },
	{ "ca",		CA },
	{ "debug",	DEBUG },
	{ "directory",	DIRECTORY },
	{ "discovery",	DISCOVERY },
	{ "error",	ERROR },
	{ "file",	FILEWORD },
	{ "idle",	IDLE },
	{ "info",	INFO },
	{ "level",	LEVEL },
	{ "limit",	LIMIT },
	{ "listen",	LISTEN },
	{ "log",	LOG },
	{ "name",	NAME },
	{ "no",		NO },
	{ "on",		ON },
	{ "pairs",	PAIRS },
	{ "pin",	PIN },
	{ "port",	PORT },
	{ "processes",	PROCESSES },
	{ "rate",	RATE },
	{ "splice",	SPLICE },
	{ "state",	STATE },
	{ "timeout",	TIMEOUT },
	{ "token",	TOKEN },
	{ "warning",	WARNING },
};

static const struct lex_grammar	 grammar = {
	.keywords = keywords,
	.nkeywords = sizeof(keywords) / sizeof(keywords[0]),
	.string = STRING,
	.number = NUMBER,
	.invalid = INVALID,
};

static int
yylex(void)
{
	struct lex_value	 value;
	int			 token;

	token = lex_token(lexer, &value);
	if (token == STRING)
		yylval.string = value.string;
	else if (token == NUMBER)
		yylval.number = value.number;
	return token;
}

static void
yyerror(const char *message)
{
	if (strcmp(message, "syntax error") == 0)
		lex_error_syntax(lexer);
	else
		lex_error(lexer, "%s", message);
}

static void
judge(const char *reason)
{
	if (reason != NULL)
		lex_error(lexer, "%s", reason);
}

/* Closes lx, which may be NULL. */
static struct relayd_conf *
parse(struct lex *lx)
{
	struct relayd_conf	*result = NULL;
	const char		*reason;

	if ((lexer = lx) == NULL)
		return NULL;
	memset(&discovery, 0, sizeof(discovery));
	if ((conf = relayd_conf_new()) == NULL) {
		lex_error_at(lexer, discovery, "out of memory");
		goto done;
	}
	if (yyparse() != 0 && lex_errors(lexer) == 0)
		lex_error_at(lexer, discovery, "parser failed");
	if (lex_errors(lexer) == 0 &&
	    (reason = relayd_conf_check(conf)) != NULL)
		lex_error_at(lexer, discovery, "%s", reason);
	if (lex_errors(lexer) == 0) {
		result = conf;
		conf = NULL;
	}
done:
	relayd_conf_free(conf);
	conf = NULL;
	lex_close(lexer);
	lexer = NULL;
	return result;
}

struct relayd_conf *
relayd_conf_parse(const char *path, lex_report_fn *report, void *arg)
{
	return parse(lex_open(path, &grammar, report, arg));
}

struct relayd_conf *
relayd_conf_parse_buffer(const char *name, const void *data, size_t size,
    lex_report_fn *report, void *arg)
{
	return parse(lex_open_buffer(name, data, size, &grammar, report, arg));
}
