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
 * The conditions of trust requirements as text: one grammar for database,
 * command line, API and configuration file.  Pure parser and printer; text is
 * trusted in nothing.
 *
 *	address		allow range 192.0.2.0/24	allow country DE
 *			block range 2001:db8::/32	block country RU
 *	system		os linux	architecture x86_64
 *			os-version >= 12	kernel >= 6.1	agent >= 0.2
 *	posture		fact disk-encrypted = yes	fact antivirus
 *			fact patch-level >= 2026.10	fact role != kiosk
 *	signin		issuer https://id.example	client ID
 *			audience X	scope X	claim groups = admins	life 8h
 *	manual		(none: each system has its own yes or no)
 */

#ifndef POLICY_CONDITION_H
#define POLICY_CONDITION_H

#include <stddef.h>
#include <stdint.h>

#define CONDITION_MAX		64	/* of one requirement */
#define CONDITION_LINE_MAX	127	/* bytes of one */
#define CONDITION_TEXT_MAX	8191	/* of all, newlines included */
#define CONDITION_FACT_MAX	32	/* name of a fact */
#define CONDITION_VERSION_MAX	8	/* numbers of a version */
#define CONDITION_LIFE_MAX	(366 * 86400U)

/* Stored and sent as these numbers. */
enum requirement_type {
	REQUIREMENT_ADDRESS = 1,
	REQUIREMENT_SYSTEM,
	REQUIREMENT_POSTURE,
	REQUIREMENT_SIGNIN,
	REQUIREMENT_MANUAL
};

enum condition_kind {
	CONDITION_RANGE,
	CONDITION_COUNTRY,
	CONDITION_OS,
	CONDITION_OS_VERSION,
	CONDITION_KERNEL,
	CONDITION_ARCHITECTURE,
	CONDITION_AGENT,
	CONDITION_FACT,
	CONDITION_ISSUER,
	CONDITION_CLIENT,
	CONDITION_AUDIENCE,
	CONDITION_SCOPE,
	CONDITION_CLAIM,
	CONDITION_LIFE
};

enum condition_op {
	CONDITION_PRESENT,
	CONDITION_EQ,
	CONDITION_NE,
	CONDITION_GE,
	CONDITION_GT,
	CONDITION_LE,
	CONDITION_LT
};

/* What is not named for the kind is zero. */
struct condition {
	enum condition_kind	 kind;
	enum condition_op	 op;
	int			 block;		/* range, country */
	uint8_t			 family;	/* range: 4 or 6 */
	uint8_t			 plen;
	uint8_t			 addr[16];	/* no bit beyond plen */
	uint32_t		 life_s;
	char			 name[CONDITION_LINE_MAX + 1]; /* fact, claim */
	char			 value[CONDITION_LINE_MAX + 1];
};

/* "address" and so on; NULL and 0 for what is none. */
const char	*requirement_type_name(unsigned int type);
unsigned int	 requirement_type_parse(const char *);

/*
 * One line of len bytes, without its newline.  0, or -1 with *why a static
 * text.
 */
int		 condition_parse(enum requirement_type, const char *,
		    size_t len, struct condition *, const char **why);

/*
 * All lines of a requirement, separated by newlines, the last one optional.
 * The number of conditions; -1 when the text is refused, with err saying
 * which line and why.
 */
int		 conditions_parse(enum requirement_type, const char *text,
		    struct condition out[CONDITION_MAX], char *err,
		    size_t errlen);

/* The canonical line, which parses to the same; returns buf. */
const char	*condition_print(const struct condition *, char *buf,
		    size_t);

/* [a-z0-9-]{1,32} */
int		 condition_fact_valid(const char *);

/*
 * Numbers separated by dots, to the first character that is neither: -1 when
 * there is no number at the start, else how many of up to
 * CONDITION_VERSION_MAX; the others are 0.
 */
int		 condition_version(const char *,
		    uint32_t out[CONDITION_VERSION_MAX]);

#endif /* POLICY_CONDITION_H */
