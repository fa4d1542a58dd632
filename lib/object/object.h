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
 * The objects of administration as JSON: one shape for the REST API and for
 * the tools, made from the fields of messages.def by rule, with a table of
 * the exceptions.  Reading is strict: a member that is unknown, missing, of
 * another type or out of range is named.  Pure functions over caller memory
 * and jansson's values.
 */

#ifndef OBJECT_OBJECT_H
#define OBJECT_OBJECT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "msg/msg.h"

#define OBJECT_DEPTH_MAX	8	/* of nested objects and arrays */
#define OBJECT_ERR_MAX		192	/* text of an error, with its NUL */
#define OBJECT_TIME_MAX		24	/* "2026-11-22T20:15:00Z" */
#define OBJECT_COORDINATE_ZERO	360000

enum object_kind {
	O_PLAIN,	/* by the kind of the field */
	O_BOOL,
	O_TIME,		/* seconds as RFC 3339 text, 0 is null */
	O_ENUM,
	O_CHOICE,	/* the same; left out it is 0, not the first name */
	O_IPV4,
	O_IPV6,
	O_HEX,
	O_LIMIT,	/* UINT32_MAX is null */
	O_ID,		/* 0 is null */
	O_DAYS,		/* a mask of weekdays, Monday first, as names */
	O_MINUTE,	/* of the day, as text: "09:30" */
	O_COORDINATE,	/* thousandths of a degree plus 360000, 0 is null */
	O_LINES,	/* a text of lines as a list */
	O_SCOPES,	/* bits of object/scope.h as names */
	O_HIDDEN	/* not a member */
};

struct object_rule {
	uint32_t		 type;		/* MSG_NONE: of any message */
	const char		*field;
	const char		*member;	/* NULL: the field's name */
	enum object_kind	 kind;
	const char *const	*names;		/* of an enum, then NULL */
	int			 required;	/* in a body */
};

extern const char *const	object_days[];	/* then NULL */

/* The rule for a field; member is filled in. */
void	 object_rule(const struct msg_desc *, const struct msg_field *,
	    struct object_rule *, char member[64]);

/* A new object with all members of the message; NULL when out of memory. */
json_t	*object_from_msg(uint32_t type, const void *msg);

/*
 * Fills the message, zeroed first, from an object.  0, or -1 with a text that
 * names the member.
 */
int	 object_to_msg(uint32_t type, const json_t *, void *msg,
	    char err[OBJECT_ERR_MAX]);

/*
 * Which members a change names, as a sum in the field "fields" of the message,
 * if it has one: 1 for the first field that follows it and so on.
 */
void	 object_set_fields(uint32_t type, const json_t *, void *msg);

/* Is there such a member to write in this message? */
int	 object_has_member(uint32_t type, const char *member);

/*
 * Parses text of bounded depth without duplicate members.  NULL with a text
 * that says where.
 */
json_t	*object_parse(const char *, size_t, char err[OBJECT_ERR_MAX]);

/*
 * JSON Schema (2020-12) of the message.  input: as a body, with what is
 * required; partial: as the body of a PATCH, where nothing is.
 */
json_t	*object_schema(uint32_t type, int input, int partial);

/* Seconds as RFC 3339 text and back; 0 or -1. */
const char	*object_time_print(char buf[OBJECT_TIME_MAX], uint64_t);
int		 object_time_parse(const char *, uint64_t *);

#endif /* OBJECT_OBJECT_H */
