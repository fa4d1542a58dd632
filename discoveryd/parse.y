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
 * The grammar of enclave-discoveryd.conf(5).  Runs in the parent of
 * enclave-discoveryd and in check mode.  The lexer guards against the file,
 * conf.c judges the values; only the shape of the statements is decided here.
 */

%{
#include <stdint.h>
#include <string.h>

#include "discoveryd/conf.h"

/* All that yacc cannot pass as a parameter. */
static struct discoveryd_conf	*conf;
static struct lex		*lexer;
static struct lex_pos		 listening;	/* the last such statement */

int		 yyparse(void);
static int	 yylex(void);
static void	 yyerror(const char *);
static void	 judge(const char *);
%}

%union {
	const char	*string;
	int64_t		 number;
}

%token	ALTERNATE API CA CERTIFICATE DATABASE DEBUG DIRECTORY ERROR GEO GROUP
%token	IDENTITY INFO KEY LEVEL
%token	LISTEN LOG NONE OFF ON PORT PROCESSES SOCKET STATE STUN TLS WARNING
%token	INVALID
%token	<string> STRING
%token	<number> NUMBER
%type	<string> group level
%type	<number> alternate listenport stunport

%%

grammar		: /* empty */
		| grammar statement '\n'
		| grammar error '\n' {
			yyerrok;
		}
		;

statement	: LISTEN ON STRING listenport {
			listening = lex_statement(lexer);
			judge(discoveryd_conf_add_listen(conf, $3, $4));
		}
		| STUN ON STRING stunport alternate {
			judge(discoveryd_conf_add_stun(conf, $3, $4, $5));
		}
		| TLS CERTIFICATE STRING KEY STRING {
			judge(discoveryd_conf_set_tls(conf, $3, $5));
		}
		| TLS PROCESSES NUMBER {
			judge(discoveryd_conf_set_processes(conf, $3));
		}
		| IDENTITY CA STRING {
			judge(discoveryd_conf_set_identity(conf, $3));
		}
		| GEO DATABASE STRING {
			judge(discoveryd_conf_set_geo(conf, $3));
		}
		| API ON {
			judge(discoveryd_conf_set_api(conf, 1));
		}
		| API OFF {
			judge(discoveryd_conf_set_api(conf, 0));
		}
		| STATE DIRECTORY STRING {
			judge(discoveryd_conf_set_state(conf, $3));
		}
		| SOCKET STRING group {
			judge(discoveryd_conf_set_socket(conf, $2, $3));
		}
		| LOG LEVEL level {
			judge(discoveryd_conf_set_level(conf, $3));
		}
		;

listenport	: /* empty */ {
			$$ = DISCOVERYD_LISTEN_PORT;
		}
		| PORT NUMBER {
			$$ = $2;
		}
		;

stunport	: /* empty */ {
			$$ = DISCOVERYD_STUN_PORT;
		}
		| PORT NUMBER {
			$$ = $2;
		}
		;

alternate	: /* empty */ {
			$$ = DISCOVERYD_ALTERNATE_NEXT;
		}
		| ALTERNATE NONE {
			$$ = DISCOVERYD_ALTERNATE_NONE;
		}
		| ALTERNATE NUMBER {
			$$ = $2;
		}
		;

group		: /* empty */ {
			$$ = NULL;
		}
		| GROUP STRING {
			$$ = $2;
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
	{ "alternate",		ALTERNATE },
	{ "api",		API },
	{ "ca",			CA },
	{ "certificate",	CERTIFICATE },
	{ "database",		DATABASE },
	{ "debug",		DEBUG },
	{ "directory",		DIRECTORY },
	{ "error",		ERROR },
	{ "geo",		GEO },
	{ "group",		GROUP },
	{ "identity",		IDENTITY },
	{ "info",		INFO },
	{ "key",		KEY },
	{ "level",		LEVEL },
	{ "listen",		LISTEN },
	{ "log",		LOG },
	{ "none",		NONE },
	{ "off",		OFF },
	{ "on",			ON },
	{ "port",		PORT },
	{ "processes",		PROCESSES },
	{ "socket",		SOCKET },
	{ "state",		STATE },
	{ "stun",		STUN },
	{ "tls",		TLS },
	{ "warning",		WARNING },
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
static struct discoveryd_conf *
parse(struct lex *lx)
{
	struct discoveryd_conf	*result = NULL;
	const char		*reason;

	if ((lexer = lx) == NULL)
		return NULL;
	memset(&listening, 0, sizeof(listening));
	if ((conf = discoveryd_conf_new()) == NULL) {
		lex_error_at(lexer, listening, "out of memory");
		goto done;
	}
	if (yyparse() != 0 && lex_errors(lexer) == 0)
		lex_error_at(lexer, listening, "parser failed");
	if (lex_errors(lexer) == 0 &&
	    (reason = discoveryd_conf_check(conf)) != NULL)
		lex_error_at(lexer, listening, "%s", reason);
	if (lex_errors(lexer) == 0) {
		result = conf;
		conf = NULL;
	}
done:
	discoveryd_conf_free(conf);
	conf = NULL;
	lex_close(lexer);
	lexer = NULL;
	return result;
}

struct discoveryd_conf *
discoveryd_conf_parse(const char *path, lex_report_fn *report, void *arg)
{
	return parse(lex_open(path, &grammar, report, arg));
}

struct discoveryd_conf *
discoveryd_conf_parse_buffer(const char *name, const void *data, size_t size,
    lex_report_fn *report, void *arg)
{
	return parse(lex_open_buffer(name, data, size, &grammar, report, arg));
}
