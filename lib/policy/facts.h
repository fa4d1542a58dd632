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
 * What a system says of itself, as text: lines that each end with a newline,
 * in this order, each once at most but the last:
 *
 *	os linux
 *	distribution debian
 *	os-version 12
 *	kernel 6.1.0-13-amd64
 *	architecture x86_64
 *	agent 0.2
 *	hostname laptop
 *	fact disk-encrypted yes		(any number, by ascending name)
 *
 * Values are printable ASCII, without a space at either end.  So the same
 * facts are always the same bytes, which is what is signed.  Pure parser.
 */

#ifndef POLICY_FACTS_H
#define POLICY_FACTS_H

#include "policy/trust.h"

#define FACTS_TEXT_MAX		8191

struct facts {
	struct trust_facts	 facts;	/* its facts are those below */
	char			 hostname[TRUST_TEXT_MAX + 1];
	struct trust_fact	 fact[TRUST_FACTS_MAX];
};

/* 0, or -1 with *why a static text and out wiped. */
int	 facts_parse(const char *text, struct facts *out, const char **why);

#endif /* POLICY_FACTS_H */
