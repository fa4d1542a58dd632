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
 * Conditions of trust requirements: text in and out.  A line is words with
 * single spaces between; what a word may be depends on its place.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "policy/condition.h"

#define WORD_NUMBER_MAX	999999999U

/* What is still to be read of a line. */
struct words {
	const char	*p;
	const char	*end;
};

typedef const char *parse_fn(struct words *, struct condition *);

static parse_fn	 parse_access, parse_os, parse_word, parse_version,
		    parse_fact, parse_issuer, parse_claim, parse_life;

static const struct keyword {
	enum requirement_type	 type;
	const char		*word;
	enum condition_kind	 kind;
	parse_fn		*parse;
} keywords[] = {
	{ REQUIREMENT_ADDRESS, "allow", CONDITION_RANGE, parse_access },
	{ REQUIREMENT_ADDRESS, "block", CONDITION_RANGE, parse_access },
	{ REQUIREMENT_SYSTEM, "os", CONDITION_OS, parse_os },
	{ REQUIREMENT_SYSTEM, "architecture", CONDITION_ARCHITECTURE,
	    parse_os },
	{ REQUIREMENT_SYSTEM, "os-version", CONDITION_OS_VERSION,
	    parse_version },
	{ REQUIREMENT_SYSTEM, "kernel", CONDITION_KERNEL, parse_version },
	{ REQUIREMENT_SYSTEM, "agent", CONDITION_AGENT, parse_version },
	{ REQUIREMENT_POSTURE, "fact", CONDITION_FACT, parse_fact },
	{ REQUIREMENT_SIGNIN, "issuer", CONDITION_ISSUER, parse_issuer },
	{ REQUIREMENT_SIGNIN, "client", CONDITION_CLIENT, parse_word },
	{ REQUIREMENT_SIGNIN, "audience", CONDITION_AUDIENCE, parse_word },
	{ REQUIREMENT_SIGNIN, "scope", CONDITION_SCOPE, parse_word },
	{ REQUIREMENT_SIGNIN, "claim", CONDITION_CLAIM, parse_claim },
	{ REQUIREMENT_SIGNIN, "life", CONDITION_LIFE, parse_life },
};

static const char *const type_names[] = {
	[REQUIREMENT_ADDRESS] = "address",
	[REQUIREMENT_SYSTEM] = "system",
	[REQUIREMENT_POSTURE] = "posture",
	[REQUIREMENT_SIGNIN] = "signin",
	[REQUIREMENT_MANUAL] = "manual",
};

static const char *const op_names[] = {
	[CONDITION_EQ] = "=",
	[CONDITION_NE] = "!=",
	[CONDITION_GE] = ">=",
	[CONDITION_GT] = ">",
	[CONDITION_LE] = "<=",
	[CONDITION_LT] = "<",
};

#define NKEYWORDS	(sizeof(keywords) / sizeof(keywords[0]))
#define NTYPES		(sizeof(type_names) / sizeof(type_names[0]))
#define NOPS		(sizeof(op_names) / sizeof(op_names[0]))

const char *
requirement_type_name(unsigned int type)
{
	return type < NTYPES ? type_names[type] : NULL;
}

unsigned int
requirement_type_parse(const char *s)
{
	unsigned int	 i;

	for (i = REQUIREMENT_ADDRESS; i < NTYPES; i++)
		if (strcmp(type_names[i], s) == 0)
			return i;
	return 0;
}

static int
is_lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The next word into out; 0 at the end of the line. */
static int
word_next(struct words *w, char out[CONDITION_LINE_MAX + 1])
{
	const char	*start = w->p;

	while (w->p < w->end && *w->p != ' ')
		w->p++;
	memcpy(out, start, (size_t)(w->p - start));
	out[w->p - start] = '\0';
	if (start == w->p)
		return 0;
	/* The caller has seen that something follows each space. */
	if (w->p < w->end)
		w->p++;
	return 1;
}

/* All that is left, spaces included. */
static int
rest_take(struct words *w, char out[CONDITION_LINE_MAX + 1])
{
	size_t	 len = (size_t)(w->end - w->p);

	memcpy(out, w->p, len);
	out[len] = '\0';
	w->p = w->end;
	return len != 0;
}

static enum condition_op
op_parse(const char *s)
{
	size_t	 i;

	for (i = CONDITION_EQ; i < NOPS; i++)
		if (strcmp(op_names[i], s) == 0)
			return (enum condition_op)i;
	return CONDITION_PRESENT;
}

/* Decimal without leading zeros, at most max. */
static int
number_parse(const char *s, uint32_t max, uint32_t *out)
{
	uint32_t	 n = 0;

	if (!is_digit(*s) || (s[0] == '0' && s[1] != '\0'))
		return -1;
	for (; is_digit(*s); s++) {
		if (n > (max - (uint32_t)(*s - '0')) / 10)
			return -1;
		n = n * 10 + (uint32_t)(*s - '0');
	}
	*out = n;
	return *s == '\0' ? 0 : -1;
}

static const char *
parse_range(const char *text, struct condition *c)
{
	char		 addr[CONDITION_LINE_MAX + 1];
	const char	*slash = strchr(text, '/');
	size_t		 len = slash != NULL ? (size_t)(slash - text) :
			    strlen(text);
	uint32_t	 plen, bit, bits;

	memcpy(addr, text, len);
	addr[len] = '\0';
	if (inet_pton(AF_INET, addr, c->addr) == 1)
		c->family = 4;
	else if (inet_pton(AF_INET6, addr, c->addr) == 1)
		c->family = 6;
	else
		return "a range is an address, or an address, \"/\" and the "
		    "length of the prefix";
	plen = bits = c->family == 4 ? 32 : 128;
	if (slash != NULL && number_parse(slash + 1, bits, &plen) == -1)
		return "the length of the prefix is out of range";
	for (bit = plen; bit < bits; bit++)
		if (c->addr[bit / 8] & (0x80 >> bit % 8))
			return "there are bits beyond the prefix";
	/* Connections over IPv4 are compared as such. */
	if (c->family == 6 && memcmp(c->addr,
	    "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0)
		return "write an IPv4 range as such";
	c->plen = (uint8_t)plen;
	return NULL;
}

static const char *
parse_country(const char *s, struct condition *c)
{
	if (strlen(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' ||
	    s[1] > 'Z')
		return "a country is two capital letters (ISO 3166-1)";
	memcpy(c->value, s, 3);
	return NULL;
}

static const char *
parse_access(struct words *w, struct condition *c)
{
	char	 what[CONDITION_LINE_MAX + 1], text[CONDITION_LINE_MAX + 1];

	if (!word_next(w, what) || !word_next(w, text))
		return "say \"range\" or \"country\" and which";
	if (strcmp(what, "range") == 0)
		return parse_range(text, c);
	if (strcmp(what, "country") == 0) {
		c->kind = CONDITION_COUNTRY;
		return parse_country(text, c);
	}
	return "say \"range\" or \"country\" and which";
}

static const char *
parse_word(struct words *w, struct condition *c)
{
	return word_next(w, c->value) ? NULL : "a word is missing";
}

/* As uname(3) or os-release(5) have it, in lower case. */
static const char *
parse_os(struct words *w, struct condition *c)
{
	const char	*s = c->value;

	if (!word_next(w, c->value))
		return "a name is missing";
	for (; *s != '\0'; s++)
		if (!is_lower_alnum(*s) && strchr("-_.", *s) == NULL)
			return "a name is made of a-z, 0-9, \"-\", \"_\" and "
			    "\".\"";
	return NULL;
}

static const char *
check_version(const char *s)
{
	size_t	 numbers = 0, digits;

	for (;;) {
		for (digits = 0; is_digit(*s); s++)
			digits++;
		if (digits == 0 || digits > 9 ||
		    ++numbers > CONDITION_VERSION_MAX)
			break;
		if (*s == '\0')
			return NULL;
		if (*s++ != '.')
			break;
	}
	return "a version is up to eight numbers with dots between";
}

static const char *
parse_version(struct words *w, struct condition *c)
{
	char	 op[CONDITION_LINE_MAX + 1];

	if (!word_next(w, op) || (c->op = op_parse(op)) == CONDITION_PRESENT)
		return "compare with =, !=, >=, >, <= or <";
	if (!word_next(w, c->value))
		return "a version is missing";
	return check_version(c->value);
}

int
condition_fact_valid(const char *s)
{
	size_t	 i;

	for (i = 0; i <= CONDITION_FACT_MAX && s[i] != '\0'; i++)
		if (!is_lower_alnum(s[i]) && s[i] != '-')
			return 0;
	return i > 0 && i <= CONDITION_FACT_MAX;
}

static const char *
parse_fact(struct words *w, struct condition *c)
{
	char	 op[CONDITION_LINE_MAX + 1];

	if (!word_next(w, c->name) || !condition_fact_valid(c->name))
		return "the name of a fact is made of a-z, 0-9 and \"-\", 32 "
		    "at most";
	if (!word_next(w, op))
		return NULL;
	if ((c->op = op_parse(op)) == CONDITION_PRESENT)
		return "compare with =, !=, >=, >, <= or <";
	if (!rest_take(w, c->value))
		return "a value is missing";
	return c->op == CONDITION_EQ || c->op == CONDITION_NE ? NULL :
	    check_version(c->value);
}

/* OpenID Connect Core 1.0 section 2: no query, no fragment. */
static const char *
parse_issuer(struct words *w, struct condition *c)
{
	const char	*host;

	if (!word_next(w, c->value))
		return "a URL is missing";
	if (strncmp(c->value, "https://", 8) != 0)
		return "an issuer is a URL with https";
	host = c->value + 8;
	if (*host == '\0' || *host == '/' || strpbrk(host, "?#@\"\\") != NULL)
		return "an issuer is a URL without user, query and fragment";
	return NULL;
}

static const char *
parse_claim(struct words *w, struct condition *c)
{
	char	 op[CONDITION_LINE_MAX + 1];

	if (!word_next(w, c->name))
		return "the name of a claim is missing";
	if (!word_next(w, op) || strcmp(op, "=") != 0)
		return "a claim is a name, \"=\" and a value";
	c->op = CONDITION_EQ;
	return rest_take(w, c->value) ? NULL : "a value is missing";
}

static const char *
parse_life(struct words *w, struct condition *c)
{
	static const char	 units[] = "smhd";
	static const uint32_t	 seconds[] = { 1, 60, 3600, 86400 };
	char			 text[CONDITION_LINE_MAX + 1];
	const char		*unit;
	uint32_t		 n;
	size_t			 len;

	if (!word_next(w, text) || (len = strlen(text)) < 2 ||
	    (unit = strchr(units, text[len - 1])) == NULL)
		return "a life is a number and s, m, h or d";
	text[len - 1] = '\0';
	if (number_parse(text, CONDITION_LIFE_MAX, &n) == -1 || n == 0 ||
	    n > CONDITION_LIFE_MAX / seconds[unit - units])
		return "a life is from one second to 366 days";
	c->life_s = n * seconds[unit - units];
	return NULL;
}

/* Printable UTF-8 or ASCII words with single spaces between. */
static const char *
check_line(const char *s, size_t len)
{
	unsigned char	 c;
	size_t		 i;

	if (len == 0)
		return "the line is empty";
	if (len > CONDITION_LINE_MAX)
		return "the line is longer than 127 bytes";
	if (s[0] == ' ' || s[len - 1] == ' ')
		return "there is a space at its start or end";
	for (i = 0; i < len; i++) {
		c = (unsigned char)s[i];
		if (c < 0x20 || c >= 0x7f)
			return "there is a character that is not printable "
			    "ASCII";
		if (c == ' ' && s[i - 1] == ' ')
			return "there are two spaces in a row";
	}
	return NULL;
}

int
condition_parse(enum requirement_type type, const char *line, size_t len,
    struct condition *c, const char **why)
{
	struct words	 w = { line, line + len };
	char		 word[CONDITION_LINE_MAX + 1];
	size_t		 i;

	memset(c, 0, sizeof(*c));
	if (type == REQUIREMENT_MANUAL) {
		*why = "a manual requirement has no conditions";
		return -1;
	}
	if ((*why = check_line(line, len)) != NULL)
		return -1;
	word_next(&w, word);
	for (i = 0; i < NKEYWORDS; i++)
		if (keywords[i].type == type &&
		    strcmp(keywords[i].word, word) == 0)
			break;
	if (i == NKEYWORDS) {
		*why = "requirements of this type have no such condition";
		return -1;
	}
	c->kind = keywords[i].kind;
	c->block = word[0] == 'b';
	if ((*why = keywords[i].parse(&w, c)) != NULL)
		return -1;
	if (w.p != w.end) {
		*why = "there are words too many";
		return -1;
	}
	return 0;
}

/* What the conditions of a requirement must be together. */
static const char *
check_together(enum requirement_type type, const struct condition *c, int n)
{
	int	 i, issuers = 0, clients = 0, audiences = 0, lives = 0;

	if (n == 0)
		return type == REQUIREMENT_MANUAL ? NULL :
		    "a requirement of this type needs a condition";
	if (type != REQUIREMENT_SIGNIN)
		return NULL;
	for (i = 0; i < n; i++) {
		issuers += c[i].kind == CONDITION_ISSUER;
		clients += c[i].kind == CONDITION_CLIENT;
		audiences += c[i].kind == CONDITION_AUDIENCE;
		lives += c[i].kind == CONDITION_LIFE;
	}
	if (issuers != 1 || clients != 1)
		return "a sign-in needs one issuer and one client";
	if (audiences > 1 || lives > 1)
		return "a sign-in has one audience and one life at most";
	return NULL;
}

/* For a message, so that a wrong line spoils no terminal. */
static void
quote_line(char out[41], const char *text, size_t len)
{
	size_t	 i;

	for (i = 0; i < len && i < 40; i++)
		out[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	out[i] = '\0';
}

int
conditions_parse(enum requirement_type type, const char *text,
    struct condition out[CONDITION_MAX], char *err, size_t errlen)
{
	const char	*end, *why;
	char		 quoted[41];
	size_t		 len;
	int		 n = 0;

	if (requirement_type_name(type) == NULL) {
		snprintf(err, errlen, "there is no such type of requirement");
		return -1;
	}
	for (; *text != '\0'; text += len + (*end == '\n')) {
		if (n == CONDITION_MAX) {
			snprintf(err, errlen, "there are more than %d "
			    "conditions", CONDITION_MAX);
			return -1;
		}
		len = strcspn(text, "\n");
		end = text + len;
		if (condition_parse(type, text, len, &out[n], &why) == -1) {
			quote_line(quoted, text, len);
			snprintf(err, errlen, "condition %d \"%s\": %s",
			    n + 1, quoted, why);
			return -1;
		}
		n++;
	}
	if ((why = check_together(type, out, n)) != NULL) {
		snprintf(err, errlen, "%s", why);
		return -1;
	}
	return n;
}

static const char *
keyword_of(const struct condition *c)
{
	size_t	 i;

	for (i = 0; i < NKEYWORDS; i++)
		if (keywords[i].kind == c->kind)
			return keywords[i].word;
	return "?";
}

static const char *
print_life(const struct condition *c, char *buf, size_t len)
{
	if (c->life_s % 86400 == 0)
		snprintf(buf, len, "life %ud", c->life_s / 86400);
	else if (c->life_s % 3600 == 0)
		snprintf(buf, len, "life %uh", c->life_s / 3600);
	else if (c->life_s % 60 == 0)
		snprintf(buf, len, "life %um", c->life_s / 60);
	else
		snprintf(buf, len, "life %us", c->life_s);
	return buf;
}

const char *
condition_print(const struct condition *c, char *buf, size_t len)
{
	const char	*access = c->block ? "block" : "allow";
	char		 addr[INET6_ADDRSTRLEN];

	switch (c->kind) {
	case CONDITION_RANGE:
		if (inet_ntop(c->family == 4 ? AF_INET : AF_INET6, c->addr,
		    addr, sizeof(addr)) == NULL)
			addr[0] = '\0';
		snprintf(buf, len, "%s range %s/%u", access, addr, c->plen);
		break;
	case CONDITION_COUNTRY:
		snprintf(buf, len, "%s country %s", access, c->value);
		break;
	case CONDITION_FACT:
	case CONDITION_CLAIM:
		if (c->op == CONDITION_PRESENT)
			snprintf(buf, len, "fact %s", c->name);
		else
			snprintf(buf, len, "%s %s %s %s", keyword_of(c),
			    c->name, op_names[c->op], c->value);
		break;
	case CONDITION_LIFE:
		return print_life(c, buf, len);
	default:
		if (c->op == CONDITION_PRESENT)
			snprintf(buf, len, "%s %s", keyword_of(c), c->value);
		else
			snprintf(buf, len, "%s %s %s", keyword_of(c),
			    op_names[c->op], c->value);
	}
	return buf;
}

int
condition_version(const char *s, uint32_t out[CONDITION_VERSION_MAX])
{
	int	 n;

	memset(out, 0, CONDITION_VERSION_MAX * sizeof(out[0]));
	if (!is_digit(*s))
		return -1;
	for (n = 0; n < CONDITION_VERSION_MAX && is_digit(*s); n++) {
		for (; is_digit(*s); s++) {
			if (out[n] > WORD_NUMBER_MAX / 10)
				out[n] = WORD_NUMBER_MAX;
			else
				out[n] = out[n] * 10 +
				    (uint32_t)(*s - '0');
		}
		if (*s == '.')
			s++;
	}
	return n;
}
