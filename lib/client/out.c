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
 * See out.h.  Runs in the command-line tools, on decoded messages.
 */

#include <sys/types.h>

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "client/out.h"
#include "client/text.h"

static json_t	*need(json_t *);
static int	 address_text(char *, size_t, uint8_t, const uint8_t *);

void
out_no_memory(void)
{
	errx(CLIENT_FAILED, "out of memory");
}

static json_t *
need(json_t *value)
{
	if (value == NULL)
		out_no_memory();
	return value;
}

json_t *
out_object(void)
{
	return need(json_object());
}

json_t *
out_array(void)
{
	return need(json_array());
}

void
out_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) == -1)
		out_no_memory();
}

void
out_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) == -1)
		out_no_memory();
}

json_t *
out_text(const char *s)
{
	char	 buf[TEXT_MAX];

	return need(json_string(text_clean(buf, sizeof(buf), s)));
}

json_t *
out_text_or_null(const char *s)
{
	return s[0] == '\0' ? out_null() : out_text(s);
}

json_t *
out_number(uint64_t n)
{
	return need(json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n));
}

json_t *
out_bool(int v)
{
	return json_boolean(v);
}

json_t *
out_null(void)
{
	return json_null();
}

json_t *
out_time(uint64_t sec)
{
	char	 buf[TEXT_TIME_MAX];

	text_time(buf, sec);
	return strcmp(buf, "-") == 0 ? out_null() : out_text(buf);
}

json_t *
out_endpoint(const struct endpoint *ep)
{
	char	 buf[ENDPOINT_STRLEN];

	if (ep->family == 0)
		return out_null();
	return out_text(endpoint_print(ep, buf, sizeof(buf)));
}

json_t *
out_tags(const struct msg_tags *tags)
{
	json_t	*array = out_array();
	size_t	 i;

	for (i = 0; i < tags->n; i++)
		out_append(array, out_text(tags->e[i]));
	return array;
}

/* 0 when there is none. */
static int
address_text(char *buf, size_t size, uint8_t family, const uint8_t *addr)
{
	struct endpoint	 ep;
	size_t		 i, len = family == 4 ? 4 : 16;
	uint8_t		 any = 0;

	memset(&ep, 0, sizeof(ep));
	ep.family = family;
	for (i = 0; i < len; i++) {
		ep.addr[i] = addr[i];
		any |= addr[i];
	}
	if (any == 0)
		return 0;
	endpoint_print_addr(&ep, buf, size);
	return 1;
}

json_t *
out_addresses(const uint8_t ipv4[4], const uint8_t ipv6[16])
{
	json_t	*array = out_array();
	char	 buf[ENDPOINT_STRLEN];

	if (address_text(buf, sizeof(buf), 4, ipv4))
		out_append(array, out_text(buf));
	if (address_text(buf, sizeof(buf), 6, ipv6))
		out_append(array, out_text(buf));
	return array;
}

const char *
text_addresses(char buf[OUT_ADDRESSES_MAX], const uint8_t ipv4[4],
    const uint8_t ipv6[16])
{
	char	 text[ENDPOINT_STRLEN];

	buf[0] = '\0';
	if (address_text(text, sizeof(text), 4, ipv4))
		strlcpy(buf, text, OUT_ADDRESSES_MAX);
	if (address_text(text, sizeof(text), 6, ipv6)) {
		if (buf[0] != '\0')
			strlcat(buf, " ", OUT_ADDRESSES_MAX);
		strlcat(buf, text, OUT_ADDRESSES_MAX);
	}
	return buf;
}

void
out_result(int ok, const char *text)
{
	json_t	*object = out_object();

	out_set(object, "ok", out_bool(ok));
	out_set(object, "text", out_text(text));
	out_print(object);
}

void
out_print(json_t *value)
{
	if (json_dumpf(value, stdout, JSON_INDENT(2)) == -1 &&
	    !ferror(stdout))
		out_no_memory();
	putchar('\n');
	json_decref(value);
}

void
out_line(json_t *value)
{
	if (json_dumpf(value, stdout, JSON_COMPACT) == -1 && !ferror(stdout))
		out_no_memory();
	putchar('\n');
	json_decref(value);
}

int
out_finish(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	warn("cannot write the answer");
	return CLIENT_FAILED;
}
