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
 * Checks of single values that several configuration grammars share.  Pure:
 * nothing is opened, resolved or allocated.  Each function that takes a value
 * stores it and returns NULL, or returns the reason for refusing it as a
 * static string and stores nothing.
 */

#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/endpoint.h"

#define CONF_PATH_MAX	1024	/* with its NUL */
#define CONF_SOCKET_MAX	104	/* sun_path of the smallest system */
#define CONF_GROUP_MAX	32	/* with its NUL */
#define CONF_HOST_MAX	256	/* with its NUL */
#define CONF_PIN_LEN	32	/* SHA-256 */

/* An absolute path; size is at most CONF_PATH_MAX. */
const char	*conf_value_path(char *, size_t, const char *);

/* A path for a Unix socket, CONF_SOCKET_MAX bytes of room. */
const char	*conf_value_socket(char *, const char *);

/* A group's name, not looked up; CONF_GROUP_MAX bytes of room. */
const char	*conf_value_group(char *, const char *);

/*
 * A host name (RFC 1123 section 2.1) or a numeric address without a scope;
 * CONF_HOST_MAX bytes of room.
 */
const char	*conf_value_host(char *, const char *);

/* 1 to 65535. */
const char	*conf_value_port(uint16_t *, int64_t);

/* A numeric address and a port from 1 to 65535. */
const char	*conf_value_endpoint(struct endpoint *, const char *, int64_t);

/* "SHA256:" and 64 hexadecimal digits; CONF_PIN_LEN bytes of room. */
const char	*conf_value_pin(uint8_t *, const char *);

/* The word of the grammar for a syslog(3) priority, and back (-1: none). */
const char	*conf_level_name(int);
int		 conf_level_parse(const char *);

/* Print back what the lexer reads as the same value. */
void		 conf_print_string(FILE *, const char *);
void		 conf_print_pin(FILE *, const uint8_t *);
void		 conf_print_endpoint(FILE *, const struct endpoint *);

#endif /* CONF_VALUE_H */
