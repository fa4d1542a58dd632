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
 * The chain of the audit log: what is hashed and how.  Pure; the service that
 * writes the log and the tool that verifies an exported one share it.
 *
 * A row's hash is SHA-256 of, in this order: the 16 bytes "enclave-audit-1"
 * with its NUL, then id, time, organisation, actor, action, type, object,
 * name, before, after and the hash of the row before.  Each is preceded by
 * its length in bytes, 8 bytes, big-endian; numbers are 8 bytes, big-endian.
 * A text that is absent (before of what is new, after of what is gone) has
 * the length 2^64 - 1 and no bytes.  The row before the first is all zero.
 */

#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include <stdint.h>

#define AUDIT_HASH_LEN	32

/* Texts are borrowed; before and after may be NULL. */
struct audit_record {
	uint64_t	 id;		/* from 1 on, without a gap */
	uint64_t	 time;		/* seconds since the epoch */
	const char	*org;		/* empty: of the service itself */
	const char	*actor;
	const char	*action;
	const char	*type;
	uint64_t	 object;	/* 0: it has no number */
	const char	*name;
	const char	*before;	/* JSON */
	const char	*after;
	uint8_t		 previous[AUDIT_HASH_LEN];
	uint8_t		 hash[AUDIT_HASH_LEN];
};

/* The hash that this record should have; its own is not looked at. */
void	 audit_hash(const struct audit_record *, uint8_t out[AUDIT_HASH_LEN]);

/*
 * Where a walk along the chain has come to; begin with zeros, or with the
 * id and hash of a row that is known to be good.
 */
struct audit_walk {
	uint64_t	 last;		/* id of the last good row */
	uint8_t		 hash[AUDIT_HASH_LEN];	/* and its hash */
};

/* NULL when the record is the next one, or what is wrong with it. */
const char	*audit_next(struct audit_walk *, const struct audit_record *);

#endif /* AUDIT_AUDIT_H */
