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
 * JSON for programs, as both tools write it with -j.  Strings are cleaned
 * (text.h), numbers stay within what JSON readers hold exactly as integers,
 * members keep the order in which they were added.  Every function ends the
 * tool with exit code 1 when memory is out.
 */

#ifndef CLIENT_OUT_H
#define CLIENT_OUT_H

#include <stdint.h>

#include <jansson.h>

#include "base/endpoint.h"
#include "msg/msg.h"

#define OUT_ADDRESSES_MAX	128	/* two addresses as text */

json_t	*out_object(void);
json_t	*out_array(void);

/* Both take the value over. */
void	 out_set(json_t *object, const char *key, json_t *value);
void	 out_append(json_t *array, json_t *value);

json_t	*out_text(const char *);
json_t	*out_text_or_null(const char *);	/* "" is null */
json_t	*out_number(uint64_t);
json_t	*out_bool(int);
json_t	*out_null(void);
json_t	*out_time(uint64_t);			/* 0 is null */
json_t	*out_endpoint(const struct endpoint *);	/* none is null */
json_t	*out_tags(const struct msg_tags *);

/* Those of the two that are not all zero. */
json_t	*out_addresses(const uint8_t ipv4[4], const uint8_t ipv6[16]);
const char
	*text_addresses(char buf[OUT_ADDRESSES_MAX], const uint8_t ipv4[4],
	    const uint8_t ipv6[16]);

/* {"ok": true or false, "text": ...}, printed. */
void	 out_result(int ok, const char *text);

/* Print with a newline, and free; out_line on one line. */
void	 out_print(json_t *);
void	 out_line(json_t *);

/* At the end: code, or 1 with a line when the output could not be written. */
int	 out_finish(int code);

/* For everything that allocates. */
void	 out_no_memory(void) __attribute__((noreturn));

#endif /* CLIENT_OUT_H */
