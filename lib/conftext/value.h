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
 * The form of values that an administrator writes, on the command line and in
 * a file: checked before anything is sent, so that the answer names the
 * mistake.  The service checks again and knows more.  Pure.
 */

#ifndef CONFTEXT_VALUE_H
#define CONFTEXT_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "msg/msg.h"

/*
 * NULL, or the reason for refusing the value as a static string.  now is in
 * seconds since the epoch.
 */
const char	*value_org(char out[64], const char *);
const char	*value_system(char out[6], const char *);
const char	*value_tag(struct msg_tags *, const char *);
/* "192.0.2.0/24 what it is" */
const char	*value_source(struct msg_ranges *, const char *);
/* "disable", "delete": enum key_action. */
const char	*value_key_action(uint8_t *, const char *);
const char	*value_acl(struct msg_acls *, const char *);
/* What a policy test opens: one port, icmp or any, as in ADMIN_TEST. */
const char	*value_access(uint8_t *protocol, uint16_t *port, const char *);
/* One side of a policy test: a tag or the name of a system. */
const char	*value_end(char out[65], const char *);
const char	*value_text(char *out, size_t size, const char *);
const char	*value_prefix(uint8_t *addr, uint8_t *plen, int family,
		    const char *);
const char	*value_span(uint64_t *sec, const char *);
#define VALUE_TIME_END	253402300800ULL	/* 10000-01-01T00:00:00Z */
/* "2027-01-31T12:00:00Z" or another RFC 3339 time, also of the past. */
const char	*value_time(uint64_t *sec, const char *);
/* A time to come: that, or a span from now as "+30d". */
const char	*value_expiry(uint64_t *sec, const char *, uint64_t now);
const char	*value_number(uint32_t *, const char *, uint32_t max);

/* "52.52,13.405": thousandths of a degree plus LOCATION_ZERO. */
#define LOCATION_ZERO		360000
const char	*value_location(uint32_t *latitude, uint32_t *longitude,
		    const char *);

#endif /* CONFTEXT_VALUE_H */
