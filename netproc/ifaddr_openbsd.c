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
 * OpenBSD: getifaddrs for the addresses, a routing socket for the changes.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <net/if.h>
#include <net/if_types.h>
#include <net/if_dl.h>

#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "netproc/net.h"

#define SETTLE_MS	200	/* several changes come together */

/* Leading ones of a netmask; 0 when there is none. */
static unsigned int
mask_length(const struct sockaddr *mask, int family)
{
	struct sockaddr_storage	 ss;
	const uint8_t		*bits;
	unsigned int		 n = 0, max = family == 4 ? 32 : 128;

	if (mask == NULL || mask->sa_len > sizeof(ss))
		return 0;
	/* The kernel leaves out what is zero at the end. */
	memset(&ss, 0, sizeof(ss));
	memcpy(&ss, mask, mask->sa_len);
	bits = family == 4 ?
	    (const uint8_t *)&((struct sockaddr_in *)&ss)->sin_addr :
	    (const uint8_t *)&((struct sockaddr_in6 *)&ss)->sin6_addr;
	while (n < max && (bits[n / 8] & 0x80 >> n % 8) != 0)
		n++;
	return n;
}

int
ifaddr_collect(struct env *env)
{
	struct ifaddrs	*list, *ifa;
	struct endpoint	 ep;
	socklen_t	 len;

	if (getifaddrs(&list) == -1)
		return -1;
	for (ifa = list; ifa != NULL; ifa = ifa->ifa_next) {
		if (ifa->ifa_addr == NULL || (ifa->ifa_flags & IFF_UP) == 0 ||
		    (ifa->ifa_flags & IFF_LOOPBACK) != 0)
			continue;
		len = ifa->ifa_addr->sa_len;
		if (endpoint_from_sockaddr(&ep, ifa->ifa_addr, len) == 0)
			gather_local(env, ifa->ifa_name,
			    (ifa->ifa_flags & IFF_POINTOPOINT) != 0, &ep,
			    mask_length(ifa->ifa_netmask, ep.family));
	}
	freeifaddrs(list);
	return 0;
}

static void
route_readable(int fd, short event, void *arg)
{
	struct env	*env = arg;
	uint8_t		 buf[8192];

	(void)event;
	while (read(fd, buf, sizeof(buf)) > 0)
		continue;
	if (env->ifaddr_due == 0)
		env->ifaddr_due = clock_mono_ms() + SETTLE_MS;
	net_schedule(env);
}

void
ifaddr_start(struct env *env)
{
	event_set(&env->ev_route, env->route, EV_READ | EV_PERSIST,
	    route_readable, env);
	event_add(&env->ev_route, NULL);
}
