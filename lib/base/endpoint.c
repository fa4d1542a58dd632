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
 * Conversion between struct endpoint, text and struct sockaddr.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/endpoint.h"

static const uint8_t	v4mapped[12] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
};

const char *
endpoint_print_addr(const struct endpoint *ep, char *buf, size_t len)
{
	int	 af = ep->family == 4 ? AF_INET : AF_INET6;

	if ((ep->family != 4 && ep->family != 6) ||
	    inet_ntop(af, ep->addr, buf, len) == NULL)
		strlcpy(buf, "-", len);
	return buf;
}

const char *
endpoint_print(const struct endpoint *ep, char *buf, size_t len)
{
	char	 addr[INET6_ADDRSTRLEN];

	endpoint_print_addr(ep, addr, sizeof(addr));
	if (ep->family == 6)
		snprintf(buf, len, "[%s]:%u", addr, ep->port);
	else if (ep->family == 4)
		snprintf(buf, len, "%s:%u", addr, ep->port);
	else
		strlcpy(buf, "-", len);
	return buf;
}

int
endpoint_parse(struct endpoint *ep, const char *addr, uint16_t port)
{
	memset(ep, 0, sizeof(*ep));
	ep->port = port;
	if (inet_pton(AF_INET, addr, ep->addr) == 1) {
		ep->family = 4;
		return 0;
	}
	if (inet_pton(AF_INET6, addr, ep->addr) == 1) {
		ep->family = 6;
		return 0;
	}
	memset(ep, 0, sizeof(*ep));
	errno = EINVAL;
	return -1;
}

int
endpoint_from_sockaddr(struct endpoint *ep, const struct sockaddr *sa,
    socklen_t len)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;

	memset(ep, 0, sizeof(*ep));
	if (sa->sa_family == AF_INET && len >= sizeof(sin)) {
		memcpy(&sin, sa, sizeof(sin));
		ep->family = 4;
		memcpy(ep->addr, &sin.sin_addr, 4);
		ep->port = ntohs(sin.sin_port);
		return 0;
	}
	if (sa->sa_family == AF_INET6 && len >= sizeof(sin6)) {
		memcpy(&sin6, sa, sizeof(sin6));
		ep->port = ntohs(sin6.sin6_port);
		if (memcmp(&sin6.sin6_addr, v4mapped, sizeof(v4mapped)) == 0) {
			ep->family = 4;
			memcpy(ep->addr, sin6.sin6_addr.s6_addr + 12, 4);
		} else {
			ep->family = 6;
			memcpy(ep->addr, &sin6.sin6_addr, 16);
		}
		return 0;
	}
	errno = EAFNOSUPPORT;
	return -1;
}

socklen_t
endpoint_to_sockaddr(const struct endpoint *ep, struct sockaddr_storage *ss)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;

	memset(ss, 0, sizeof(*ss));
	if (ep->family == 4) {
		memset(&sin, 0, sizeof(sin));
		sin.sin_family = AF_INET;
		sin.sin_port = htons(ep->port);
		memcpy(&sin.sin_addr, ep->addr, 4);
		memcpy(ss, &sin, sizeof(sin));
		return sizeof(sin);
	}
	if (ep->family == 6) {
		memset(&sin6, 0, sizeof(sin6));
		sin6.sin6_family = AF_INET6;
		sin6.sin6_port = htons(ep->port);
		memcpy(&sin6.sin6_addr, ep->addr, 16);
		memcpy(ss, &sin6, sizeof(sin6));
		return sizeof(sin6);
	}
	return 0;
}

int
endpoint_cmp_addr(const struct endpoint *a, const struct endpoint *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->addr, b->addr, sizeof(a->addr));
}

int
endpoint_cmp(const struct endpoint *a, const struct endpoint *b)
{
	int	 diff = endpoint_cmp_addr(a, b);

	if (diff != 0)
		return diff;
	return a->port < b->port ? -1 : a->port > b->port;
}

int
endpoint_is_unusable(const struct endpoint *ep)
{
	static const uint8_t	 zero[16];
	static const uint8_t	 loop6[16] = { [15] = 1 };

	if (ep->family == 4)
		return ep->addr[0] == 0 || ep->addr[0] == 127 ||
		    ep->addr[0] >= 224 ||
		    (ep->addr[0] == 169 && ep->addr[1] == 254);
	if (ep->family == 6)
		return memcmp(ep->addr, zero, 16) == 0 ||
		    memcmp(ep->addr, loop6, 16) == 0 ||
		    ep->addr[0] == 0xff ||
		    (ep->addr[0] == 0xfe && (ep->addr[1] & 0xc0) == 0x80);
	return 1;
}

int
endpoint_is_private(const struct endpoint *ep)
{
	const uint8_t	*a = ep->addr;

	if (ep->family == 4 && (a[0] == 10 ||
	    (a[0] == 172 && (a[1] & 0xf0) == 16) ||
	    (a[0] == 192 && a[1] == 168) ||
	    (a[0] == 100 && (a[1] & 0xc0) == 64)))
		return 1;
	if (ep->family == 6 && (a[0] & 0xfe) == 0xfc)
		return 1;
	return endpoint_is_unusable(ep);
}

int
endpoint_in_prefix(const struct endpoint *ep, const struct endpoint *prefix,
    unsigned int plen)
{
	unsigned int	 bytes = plen / 8, rest = plen % 8;

	if (ep->family != prefix->family ||
	    plen > (prefix->family == 4 ? 32U : 128U) ||
	    memcmp(ep->addr, prefix->addr, bytes) != 0)
		return 0;
	return rest == 0 ||
	    (ep->addr[bytes] ^ prefix->addr[bytes]) >> (8 - rest) == 0;
}
