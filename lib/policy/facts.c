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
 * The text in which a system says what it is.  Trusted in nothing.
 */

#include <sys/types.h>

#include <string.h>

#include "policy/facts.h"

#define LINE_MAX_BYTES	(5 + CONDITION_FACT_MAX + 1 + TRUST_VALUE_MAX)

/* The keys in their order; then come facts. */
static const char *const keys[] = {
	"os ", "distribution ", "os-version ", "kernel ", "architecture ",
	"agent ", "hostname "
};

#define NKEYS	(sizeof(keys) / sizeof(keys[0]))

static char *
place(struct facts *out, size_t key)
{
	switch (key) {
	case 0:
		return out->facts.os;
	case 1:
		return out->facts.distribution;
	case 2:
		return out->facts.os_version;
	case 3:
		return out->facts.kernel;
	case 4:
		return out->facts.architecture;
	case 5:
		return out->facts.agent;
	default:
		return out->hostname;
	}
}

static int
value_valid(const char *s, size_t len)
{
	size_t	 i;

	for (i = 0; i < len; i++)
		if (s[i] < 0x20 || s[i] >= 0x7f)
			return 0;
	return len == 0 || (s[0] != ' ' && s[len - 1] != ' ');
}

static const char *
parse_fact(struct facts *out, const char *s, size_t len)
{
	struct trust_fact	*f = &out->fact[out->facts.nfacts];
	const char		*space = memchr(s, ' ', len);
	size_t			 name;

	if (out->facts.nfacts == TRUST_FACTS_MAX)
		return "there are too many facts";
	if (space == NULL || (name = (size_t)(space - s)) == 0 ||
	    name > CONDITION_FACT_MAX)
		return "a fact is a name and a value";
	memcpy(f->name, s, name);
	f->name[name] = '\0';
	if (!condition_fact_valid(f->name))
		return "the name of a fact is not valid";
	if (out->facts.nfacts > 0 && strcmp(f[-1].name, f->name) >= 0)
		return "facts are not in their order";
	len -= name + 1;
	if (len > TRUST_VALUE_MAX || !value_valid(space + 1, len))
		return "the value of a fact is not valid";
	memcpy(f->value, space + 1, len);
	f->value[len] = '\0';
	out->facts.nfacts++;
	return NULL;
}

/* *key is the first that may still come. */
static const char *
parse_line(struct facts *out, size_t *key, const char *s, size_t len)
{
	size_t	 n;

	if (len > LINE_MAX_BYTES)
		return "a line is too long";
	if (len > 5 && memcmp(s, "fact ", 5) == 0) {
		*key = NKEYS;
		return parse_fact(out, s + 5, len - 5);
	}
	for (; *key < NKEYS; (*key)++) {
		n = strlen(keys[*key]);
		if (len < n || memcmp(s, keys[*key], n) != 0)
			continue;
		if (len == n || len - n > TRUST_TEXT_MAX ||
		    !value_valid(s + n, len - n))
			return "a value is not valid";
		memcpy(place(out, *key), s + n, len - n);
		place(out, *key)[len - n] = '\0';
		(*key)++;
		return NULL;
	}
	return "a line is not known, or not in its place";
}

int
facts_parse(const char *text, struct facts *out, const char **why)
{
	const char	*end;
	size_t		 key = 0;

	memset(out, 0, sizeof(*out));
	out->facts.facts = out->fact;
	*why = NULL;
	for (; *text != '\0' && *why == NULL; text = end + 1) {
		if ((end = strchr(text, '\n')) == NULL) {
			*why = "the last line has no end";
			break;
		}
		*why = parse_line(out, &key, text, (size_t)(end - text));
	}
	if (*why == NULL)
		return 0;
	memset(out, 0, sizeof(*out));
	return -1;
}
