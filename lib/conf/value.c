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
 * Checks of single configuration values; see value.h.  Takes what the lexer
 * read, which is any text without control characters, and lets through only
 * what the daemons can use.  Never touches the system.
 */

#include <string.h>
#include <syslog.h>

#include "conf/value.h"

#define ALPHA	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"
#define HEX	"0123456789abcdef"

static const char	 pin_prefix[] = "SHA256:";

static const struct {
	const char	*name;
	int		 priority;
} levels[] = {
	{ "error",	LOG_ERR },
	{ "warning",	LOG_WARNING },
	{ "info",	LOG_INFO },
	{ "debug",	LOG_DEBUG },
};

#define NLEVELS	(sizeof(levels) / sizeof(levels[0]))

const char *
conf_value_path(char *dst, size_t size, const char *src)
{
	if (*src != '/')
		return "path is not absolute";
	if (strlen(src) >= size)
		return "path is longer than 1023 bytes";
	strlcpy(dst, src, size);
	return NULL;
}

const char *
conf_value_socket(char *dst, const char *src)
{
	if (strlen(src) >= CONF_SOCKET_MAX)
		return "path of a socket is longer than 103 bytes";
	if (*src == '/' && src[strlen(src) - 1] == '/')
		return "path of a socket ends with a slash";
	return conf_value_path(dst, CONF_SOCKET_MAX, src);
}

const char *
conf_value_group(char *dst, const char *src)
{
	if (strlen(src) >= CONF_GROUP_MAX)
		return "name of a group is longer than 31 bytes";
	if (strspn(src, ALPHA "_") == 0 ||
	    src[strspn(src, ALPHA DIGITS "_.-")] != '\0')
		return "not a name of a group";
	strlcpy(dst, src, CONF_GROUP_MAX);
	return NULL;
}

/* The last label of a name is never a number (RFC 1123 section 2.1). */
static int
host_is_name(const char *host)
{
	const char	*label, *last;
	size_t		 len;

	if (strlen(host) > 253)
		return 0;
	for (label = last = host;; label += len + 1) {
		len = strspn(label, ALPHA DIGITS "-");
		if (len == 0 || len > 63 || label[0] == '-' ||
		    label[len - 1] == '-')
			return 0;
		last = label;
		if (label[len] == '\0')
			break;
		if (label[len] != '.')
			return 0;
	}
	return last[strspn(last, DIGITS)] != '\0';
}

const char *
conf_value_host(char *dst, const char *src)
{
	struct endpoint	 ep;

	if (endpoint_parse(&ep, src, 0) == -1 && !host_is_name(src))
		return "not a host name or an address";
	strlcpy(dst, src, CONF_HOST_MAX);
	return NULL;
}

const char *
conf_value_port(uint16_t *dst, int64_t port)
{
	if (port < 1 || port > UINT16_MAX)
		return "port must be from 1 to 65535";
	*dst = (uint16_t)port;
	return NULL;
}

const char *
conf_value_endpoint(struct endpoint *dst, const char *src, int64_t number)
{
	struct endpoint	 ep;
	const char	*reason;
	uint16_t	 port;

	if ((reason = conf_value_port(&port, number)) != NULL)
		return reason;
	if (endpoint_parse(&ep, src, port) == -1)
		return "not a numeric address";
	*dst = ep;
	return NULL;
}

static int
hex_digit(char c)
{
	const char	*p;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	if (c == '\0' || (p = strchr(HEX, c)) == NULL)
		return -1;
	return (int)(p - HEX);
}

const char *
conf_value_pin(uint8_t *dst, const char *src)
{
	uint8_t	 pin[CONF_PIN_LEN];
	int	 high, i, low;

	if (strncmp(src, pin_prefix, strlen(pin_prefix)) != 0)
		return "pin does not begin with SHA256:";
	src += strlen(pin_prefix);
	if (strlen(src) != 2 * CONF_PIN_LEN)
		return "pin does not have 64 hexadecimal digits";
	for (i = 0; i < CONF_PIN_LEN; i++) {
		high = hex_digit(src[2 * i]);
		low = hex_digit(src[2 * i + 1]);
		if (high == -1 || low == -1)
			return "pin does not have 64 hexadecimal digits";
		pin[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(dst, pin, sizeof(pin));
	return NULL;
}

const char *
conf_level_name(int priority)
{
	size_t	 i;

	for (i = 0; i < NLEVELS; i++)
		if (levels[i].priority == priority)
			return levels[i].name;
	return "info";
}

int
conf_level_parse(const char *name)
{
	size_t	 i;

	for (i = 0; i < NLEVELS; i++)
		if (strcmp(levels[i].name, name) == 0)
			return levels[i].priority;
	return -1;
}

void
conf_print_string(FILE *fp, const char *s)
{
	fputc('"', fp);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', fp);
		fputc(*s, fp);
	}
	fputc('"', fp);
}

void
conf_print_pin(FILE *fp, const uint8_t *pin)
{
	int	 i;

	fprintf(fp, "\"%s", pin_prefix);
	for (i = 0; i < CONF_PIN_LEN; i++)
		fprintf(fp, "%02x", pin[i]);
	fputc('"', fp);
}

void
conf_print_endpoint(FILE *fp, const struct endpoint *ep)
{
	char	 buf[ENDPOINT_STRLEN];

	fprintf(fp, "%s port %u", endpoint_print_addr(ep, buf, sizeof(buf)),
	    ep->port);
}
