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
 * Names of scopes and roles.  To write is not to read: a token that is to do
 * both has both.
 */

#include <sys/types.h>

#include <string.h>

#include "object/scope.h"

static const char *const	names[2 * AREA_MAX] = {
	"systems:read", "systems:write", "keys:read", "keys:write",
	"policies:read", "policies:write", "tags:read", "tags:write",
	"requirements:read", "requirements:write", "dns:read", "dns:write",
	"logs:read", "logs:write", "org:read", "org:write", "tokens:read",
	"tokens:write", "metrics:read", "metrics:write"
};

#define READ_ALL	0x55555U
#define WRITE_ALL	0xaaaaaU
#define NOT_TOKENS	(SCOPE_READ(AREA_TOKENS) | SCOPE_WRITE(AREA_TOKENS))

static const struct {
	const char	*name;
	uint32_t	 scopes;
} roles[] = {
	{ "owner", READ_ALL | WRITE_ALL },
	{ "admin", (READ_ALL | WRITE_ALL) & ~(NOT_TOKENS |
	    SCOPE_WRITE(AREA_ORG)) },
	{ "operator", (READ_ALL & ~NOT_TOKENS) | SCOPE_WRITE(AREA_SYSTEMS) |
	    SCOPE_WRITE(AREA_KEYS) },
	{ "auditor", READ_ALL },
};

uint32_t
scope_parse(const char *s)
{
	size_t	 i;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(roles[i].name, s) == 0)
			return roles[i].scopes;
	for (i = 0; i < 2 * AREA_MAX; i++)
		if (strcmp(names[i], s) == 0)
			return 1U << i;
	return 0;
}

const char *
scope_name(unsigned int bit)
{
	return bit < 2 * AREA_MAX ? names[bit] : NULL;
}

const char *
scope_print(uint32_t scopes, char buf[SCOPE_TEXT_MAX])
{
	size_t	 i;

	buf[0] = '\0';
	for (i = 0; i < 2 * AREA_MAX; i++) {
		if ((scopes & 1U << i) == 0)
			continue;
		if (buf[0] != '\0')
			strlcat(buf, ",", SCOPE_TEXT_MAX);
		strlcat(buf, names[i], SCOPE_TEXT_MAX);
	}
	return buf;
}
