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
static struct lex_pos		 peer;		/* the one being read */
static struct lex_pos		 secret;	/* the first preshared key */

int		 yyparse(void);
static int	 yylex(void);
static void	 yyerror(const char *);
static void	 judge(const char *);
static void	 begin(const char *);
static void	 end(void);
static void	 about(const char *(*)(struct enclaved_conf *, const char *),
		    const char *);

static int	 in_peer;	/* conf has room for what is being read */
%}

%union {
	const char	*string;
	int64_t		 number;
}

%token	ACCEPT ADDRESS ADVERTISE AES ALLOWED CA DEBUG DIRECTORY DISCOVERY
%token	ENDPOINT ERROR EXCLUDE FACTS GROUP GUESSING INFO INTERFACE KEEPALIVE KEY
%token	LEVEL LOG MAPPING MTU NO OFFLOAD PEER PIN PORT PRESHARED PUBLIC
%token	RELAY SOCKET STATE TCP WARNING
%token	INVALID
%token	<string> STRING
%token	<number> NUMBER
%type	<string> group level rule
%type	<number> own port stream

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
		| NO OFFLOAD {
			judge(enclaved_conf_set_plain(conf));
		}
		| NO AES {
			judge(enclaved_conf_set_no_aes(conf));
		}
		| NO TCP {
			judge(enclaved_conf_set_without(conf,
			    ENCLAVED_WAY_TCP));
		}
		| NO RELAY {
			judge(enclaved_conf_set_without(conf,
			    ENCLAVED_WAY_RELAY));
		}
		| NO PORT MAPPING {
			judge(enclaved_conf_set_without(conf,
			    ENCLAVED_WAY_PORTMAP));
		}
		| NO GUESSING {
			judge(enclaved_conf_set_without(conf,
			    ENCLAVED_WAY_GUESS));
		}
		| TCP PORT NUMBER {
			judge(enclaved_conf_set_tcp_port(conf, $3));
		}
		| ADVERTISE STRING own stream {
			judge(enclaved_conf_add_advertise(conf, $2, $3,
			    $4 != 0));
		}
		| MTU NUMBER {
			judge(enclaved_conf_set_mtu(conf, $2));
		}
		| EXCLUDE INTERFACE STRING {
			judge(enclaved_conf_add_exclude(conf, $3));
		}
		| FACTS DIRECTORY STRING {
			judge(enclaved_conf_set_facts(conf, $3));
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
		| ADDRESS STRING {
			judge(enclaved_conf_add_address(conf, $2));
		}
		| PEER STRING '{' {
			peer = lex_statement(lexer);
			begin($2);
		} '\n' about '}' {
			end();
		}
		;

about		: /* empty */
		| about property '\n'
		| about error '\n' {
			yyerrok;
		}
		;

property	: PUBLIC KEY STRING {
			about(enclaved_conf_peer_public, $3);
		}
		| PRESHARED KEY STRING {
			if (secret.line == 0)
				secret = lex_statement(lexer);
			about(enclaved_conf_peer_psk, $3);
		}
		| ENDPOINT STRING PORT NUMBER {
			if (in_peer)
				judge(enclaved_conf_peer_endpoint(conf, $2,
				    $4));
		}
		| ALLOWED prefixes
		| ACCEPT rules
		| KEEPALIVE NUMBER {
			if (in_peer)
				judge(enclaved_conf_peer_keepalive(conf, $2));
		}
		;

prefixes	: STRING {
			about(enclaved_conf_peer_allowed, $1);
		}
		| prefixes ',' STRING {
			about(enclaved_conf_peer_allowed, $3);
		}
		;

rules		: rule {
			about(enclaved_conf_peer_accept, $1);
		}
		| rules ',' rule {
			about(enclaved_conf_peer_accept, $3);
		}
		;

rule		: STRING
		| TCP {
			$$ = "tcp";
		}
		;

own		: /* empty */ {
			$$ = 0;
		}
		| PORT NUMBER {
			$$ = $2;
		}
		;

stream		: /* empty */ {
			$$ = 0;
		}
		| TCP {
			$$ = 1;
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
	{ "accept",	ACCEPT },
	{ "address",	ADDRESS },
	{ "advertise",	ADVERTISE },
	{ "aes",	AES },
	{ "allowed",	ALLOWED },
	{ "ca",		CA },
	{ "debug",	DEBUG },
	{ "directory",	DIRECTORY },
	{ "discovery",	DISCOVERY },
	{ "endpoint",	ENDPOINT },
	{ "error",	ERROR },
	{ "exclude",	EXCLUDE },
	{ "facts",	FACTS },
	{ "group",	GROUP },
	{ "guessing",	GUESSING },
	{ "info",	INFO },
	{ "interface",	INTERFACE },
	{ "keepalive",	KEEPALIVE },
	{ "key",	KEY },
	{ "level",	LEVEL },
	{ "log",	LOG },
	{ "mapping",	MAPPING },
	{ "mtu",	MTU },
	{ "no",		NO },
	{ "offload",	OFFLOAD },
	{ "peer",	PEER },
	{ "pin",	PIN },
	{ "port",	PORT },
	{ "preshared",	PRESHARED },
	{ "public",	PUBLIC },
	{ "relay",	RELAY },
	{ "socket",	SOCKET },
	{ "state",	STATE },
	{ "tcp",	TCP },
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

/* A peer for which there is no room is read and forgotten. */
static void
begin(const char *name)
{
	unsigned int	 before = conf->npeers;

	judge(enclaved_conf_add_peer(conf, name));
	in_peer = conf->npeers != before;
}

static void
end(void)
{
	const char	*reason;

	if (in_peer && (reason = enclaved_conf_peer_check(conf)) != NULL)
		lex_error_at(lexer, peer, "%s", reason);
	in_peer = 0;
}

static void
about(const char *(*set)(struct enclaved_conf *, const char *),
    const char *text)
{
	if (in_peer)
		judge(set(conf, text));
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
	memset(&secret, 0, sizeof(secret));
	in_peer = 0;
	if ((conf = enclaved_conf_new()) == NULL) {
		lex_error_at(lexer, discovery, "out of memory");
		goto done;
	}
	if (yyparse() != 0 && lex_errors(lexer) == 0)
		lex_error_at(lexer, discovery, "parser failed");
	if (enclaved_conf_has_psk(conf) && lex_exposed(lexer))
		lex_error_at(lexer, secret, "a preshared key needs a "
		    "configuration that group and others cannot read");
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
