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
 * The hash chain of the audit log.  Pure.
 */

#include <sys/types.h>

#include <sha2.h>
#include <string.h>

#include "audit/audit.h"

#define ABSENT	UINT64_MAX

static const char	prefix[16] = "enclave-audit-1";

static void
put_number(SHA2_CTX *ctx, uint64_t v)
{
	uint8_t	 buf[8];
	size_t	 i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(v >> (8 * (sizeof(buf) - 1 - i)));
	SHA256Update(ctx, buf, sizeof(buf));
}

static void
put_int(SHA2_CTX *ctx, uint64_t v)
{
	put_number(ctx, sizeof(v));
	put_number(ctx, v);
}

static void
put_text(SHA2_CTX *ctx, const char *s)
{
	if (s == NULL) {
		put_number(ctx, ABSENT);
		return;
	}
	put_number(ctx, strlen(s));
	SHA256Update(ctx, (const uint8_t *)s, strlen(s));
}

void
audit_hash(const struct audit_record *r, uint8_t out[AUDIT_HASH_LEN])
{
	SHA2_CTX	 ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)prefix, sizeof(prefix));
	put_int(&ctx, r->id);
	put_int(&ctx, r->time);
	put_text(&ctx, r->org);
	put_text(&ctx, r->actor);
	put_text(&ctx, r->action);
	put_text(&ctx, r->type);
	put_int(&ctx, r->object);
	put_text(&ctx, r->name);
	put_text(&ctx, r->before);
	put_text(&ctx, r->after);
	put_number(&ctx, AUDIT_HASH_LEN);
	SHA256Update(&ctx, r->previous, AUDIT_HASH_LEN);
	SHA256Final(out, &ctx);
}

const char *
audit_next(struct audit_walk *w, const struct audit_record *r)
{
	uint8_t	 hash[AUDIT_HASH_LEN];

	if (r->id != w->last + 1)
		return "a row is missing before it";
	if (memcmp(r->previous, w->hash, AUDIT_HASH_LEN) != 0)
		return "it does not follow the row before it";
	audit_hash(r, hash);
	if (memcmp(hash, r->hash, AUDIT_HASH_LEN) != 0)
		return "it was changed";
	w->last = r->id;
	memcpy(w->hash, hash, AUDIT_HASH_LEN);
	return NULL;
}
