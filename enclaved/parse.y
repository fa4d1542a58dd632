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
 * The grammar of enclaved.conf(5).  Runs in the parent of enclaved and in
 * check mode.  The lexer guards against the file, conf.c judges the values;
 * only the shape of the statements is decided here.
 */

%{
#include <stdint.h>
#include <string.h>

#include "enclaved/conf.h"

/* All that yacc cannot pass as a parameter. */
static struct enclaved_conf	*conf;
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

%token	CA DEBUG DIRECTORY DISCOVERY ERROR EXCLUDE GROUP INFO INTERFACE
%token	LEVEL LOG MTU PIN PORT SOCKET STATE WARNING
%token	INVALID
%token	<string> STRING
%token	<number> NUMBER
%type	<string> group level
%type	<number> port

%%

grammar		: /* empty */
		| grammar statement '\n'
		| grammar error '\n' {
			yyerrok;
		}
		;

statement	: DISCOVERY STRING port {
			if (discovery.line == 0)
				discovery = lex_statement(lexer);
			judge(enclaved_conf_add_discovery(conf, $2, $3));
		}
		| DISCOVERY PIN STRING {
			judge(enclaved_conf_set_pin(conf, $3));
		}
		| DISCOVERY CA STRING {
			judge(enclaved_conf_set_ca(conf, $3));
		}
		| INTERFACE STRING {
			judge(enclaved_conf_set_interface(conf, $2));
		}
		| PORT NUMBER {
			judge(enclaved_conf_set_port(conf, $2));
		}
		| MTU NUMBER {
			judge(enclaved_conf_set_mtu(conf, $2));
		}
		| EXCLUDE INTERFACE STRING {
			judge(enclaved_conf_add_exclude(conf, $3));
		}
		| STATE DIRECTORY STRING {
			judge(enclaved_conf_set_state(conf, $3));
		}
		| SOCKET STRING group {
			judge(enclaved_conf_set_socket(conf, $2, $3));
		}
		| LOG LEVEL level {
			judge(enclaved_conf_set_level(conf, $3));
		}
		;

port		: /* empty */ {
			$$ = ENCLAVED_DISCOVERY_PORT;
		}
		| PORT NUMBER {
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
	{ "ca",		CA },
	{ "debug",	DEBUG },
	{ "directory",	DIRECTORY },
	{ "discovery",	DISCOVERY },
	{ "error",	ERROR },
	{ "exclude",	EXCLUDE },
	{ "group",	GROUP },
	{ "info",	INFO },
	{ "interface",	INTERFACE },
	{ "level",	LEVEL },
	{ "log",	LOG },
	{ "mtu",	MTU },
	{ "pin",	PIN },
	{ "port",	PORT },
	{ "socket",	SOCKET },
	{ "state",	STATE },
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
static struct enclaved_conf *
parse(struct lex *lx)
{
	struct enclaved_conf	*result = NULL;
	const char		*reason;

	if ((lexer = lx) == NULL)
		return NULL;
	memset(&discovery, 0, sizeof(discovery));
	if ((conf = enclaved_conf_new()) == NULL) {
		lex_error_at(lexer, discovery, "out of memory");
		goto done;
	}
	if (yyparse() != 0 && lex_errors(lexer) == 0)
		lex_error_at(lexer, discovery, "parser failed");
	if (lex_errors(lexer) == 0 &&
	    (reason = enclaved_conf_check(conf)) != NULL)
		lex_error_at(lexer, discovery, "%s", reason);
	if (lex_errors(lexer) == 0) {
		result = conf;
		conf = NULL;
	}
done:
	enclaved_conf_free(conf);
	conf = NULL;
	lex_close(lexer);
	lexer = NULL;
	return result;
}

struct enclaved_conf *
enclaved_conf_parse(const char *path, lex_report_fn *report, void *arg)
{
	return parse(lex_open(path, &grammar, report, arg));
}

struct enclaved_conf *
enclaved_conf_parse_buffer(const char *name, const void *data, size_t size,
    lex_report_fn *report, void *arg)
{
	return parse(lex_open_buffer(name, data, size, &grammar, report, arg));
}
