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
 * Names to addresses without blocking and without files.  The answer is
 * not trusted: the server proves itself by its certificate.
 */

#ifndef RESOLVE_RESOLVE_H
#define RESOLVE_RESOLVE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"

#define RESOLVE_MAX		8	/* addresses of one name */
#define RESOLVE_SERVERS_MAX	3

struct resolver;

/* Called once: n addresses, or n 0 and why. */
typedef void (*resolve_cb)(void *arg, const struct endpoint *, size_t n,
    const char *reason);

/* Once, before the sandbox.  0 or -1. */
int		 resolve_warm_up(void);

/*
 * Look up IPv6 and IPv4 addresses at these name servers (where the system's
 * resolver does not have its own).  NULL and errno; the callback is never
 * called from inside.  The resolver is gone when the callback is called.
 */
struct resolver	*resolve_start(const char *host, uint16_t port,
		    const struct endpoint *servers, size_t nservers,
		    resolve_cb, void *arg);

/* Forget it; the callback is not called.  NULL is nothing. */
void		 resolve_cancel(struct resolver *);

#endif /* RESOLVE_RESOLVE_H */
