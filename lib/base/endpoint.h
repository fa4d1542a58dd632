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
 * A transport address without the traps of struct sockaddr: fixed size, no
 * padding that could leak, comparable byte by byte.  IPv4 addresses occupy
 * the first four bytes and the rest is zero.
 */

#ifndef BASE_ENDPOINT_H
#define BASE_ENDPOINT_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stdint.h>

#define ENDPOINT_STRLEN	64	/* "[addr%scope]:port" with its NUL */

struct endpoint {
	uint8_t		family;		/* 0 (none), 4 or 6 */
	uint8_t		addr[16];	/* network order */
	uint16_t	port;		/* host order */
};

/* Fixed text size; returns buf.  "192.0.2.1:80", "[2001:db8::1]:80", "-". */
const char	*endpoint_print(const struct endpoint *, char *buf, size_t);

/* Address without the port; returns buf. */
const char	*endpoint_print_addr(const struct endpoint *, char *buf,
		    size_t);

/* Numeric address only; the port is taken as given.  0 or -1 (EINVAL). */
int		 endpoint_parse(struct endpoint *, const char *addr,
		    uint16_t port);

/* sockaddr to endpoint: IPv4-mapped becomes IPv4.  0 or -1 (EAFNOSUPPORT). */
int		 endpoint_from_sockaddr(struct endpoint *,
		    const struct sockaddr *, socklen_t);

/* Endpoint to sockaddr; returns its length, 0 when family is 0. */
socklen_t	 endpoint_to_sockaddr(const struct endpoint *,
		    struct sockaddr_storage *);

/* Total order over family, address, port; 0 when equal. */
int		 endpoint_cmp(const struct endpoint *,
		    const struct endpoint *);

/* As endpoint_cmp but the port is left out. */
int		 endpoint_cmp_addr(const struct endpoint *,
		    const struct endpoint *);

/* True for unspecified, loopback, multicast, link-local or broadcast. */
int		 endpoint_is_unusable(const struct endpoint *);

/*
 * True for addresses that have a meaning in one network only: RFC 1918, 6598
 * and 4193, and what endpoint_is_unusable names.
 */
int		 endpoint_is_private(const struct endpoint *);

/* Whether an address lies in a prefix; plen fits the family. */
int		 endpoint_in_prefix(const struct endpoint *,
		    const struct endpoint *prefix, unsigned int plen);

#endif /* BASE_ENDPOINT_H */
