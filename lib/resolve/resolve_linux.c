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
 * Linux: libevent's own resolver, made anew for each look-up, so that each
 * has a fresh port and no probe is sent when nobody asks.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <event.h>
#include <event2/dns.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/resolve.h"

struct resolver {
	struct evdns_base	*base;
	struct event		 done;
	resolve_cb		 cb;
	void			*arg;
	uint16_t		 port;
	int			 pending;
	struct endpoint		 v6[RESOLVE_MAX / 2];
	struct endpoint		 v4[RESOLVE_MAX / 2];
	size_t			 nv6, nv4;
	const char		*reason;
};

int
resolve_warm_up(void)
{
	struct evdns_base	*base = evdns_base_new(NULL, 0);

	if (base == NULL)
		return -1;
	evdns_base_free(base, 0);
	return 0;
}

void
resolve_cancel(struct resolver *r)
{
	if (r == NULL)
		return;
	evtimer_del(&r->done);
	evdns_base_free(r->base, 0);
	free(r);
}

/* Outside the library's own callbacks, where it may be freed. */
static void
on_done(int fd, short event, void *arg)
{
	struct resolver	*r = arg;
	struct endpoint	 all[RESOLVE_MAX];
	size_t		 n = r->nv6 + r->nv4;
	const char	*reason = r->reason;
	resolve_cb	 cb = r->cb;
	void		*cb_arg = r->arg;

	(void)fd;
	(void)event;
	memset(all, 0, sizeof(all));
	memcpy(all, r->v6, r->nv6 * sizeof(all[0]));
	memcpy(all + r->nv6, r->v4, r->nv4 * sizeof(all[0]));
	resolve_cancel(r);
	cb(cb_arg, all, n, n == 0 ? reason : NULL);
}

static void
one_done(struct resolver *r)
{
	struct timeval	 now = { 0, 0 };

	if (--r->pending == 0)
		evtimer_add(&r->done, &now);
}

static void
take(struct endpoint *list, size_t *n, uint8_t family, const void *addresses,
    int count, size_t size, uint16_t port)
{
	const uint8_t	*p = addresses;
	int		 i;

	for (i = 0; i < count && *n < RESOLVE_MAX / 2; i++) {
		list[*n].family = family;
		list[*n].port = port;
		memcpy(list[*n].addr, p + (size_t)i * size, size);
		(*n)++;
	}
}

static void
on_answer(int result, char type, int count, int ttl, void *addresses,
    void *arg)
{
	struct resolver	*r = arg;

	(void)ttl;
	if (result != DNS_ERR_NONE)
		r->reason = evdns_err_to_string(result);
	else if (type == DNS_IPv4_A)
		take(r->v4, &r->nv4, 4, addresses, count, 4, r->port);
	else if (type == DNS_IPv6_AAAA)
		take(r->v6, &r->nv6, 6, addresses, count, 16, r->port);
	one_done(r);
}

static int
add_servers(struct evdns_base *base, const struct endpoint *servers, size_t n)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	size_t			 i, added = 0;

	for (i = 0; i < n; i++) {
		len = endpoint_to_sockaddr(&servers[i], &ss);
		if (len != 0 && evdns_base_nameserver_sockaddr_add(base,
		    (struct sockaddr *)&ss, len, 0) == 0)
			added++;
	}
	return added != 0 ? 0 : -1;
}

struct resolver *
resolve_start(const char *host, uint16_t port, const struct endpoint *servers,
    size_t nservers, resolve_cb cb, void *arg)
{
	struct resolver	*r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	if ((r->base = evdns_base_new(NULL, 0)) == NULL) {
		free(r);
		return NULL;
	}
	r->cb = cb;
	r->arg = arg;
	r->port = port;
	r->reason = "no name server answers";
	evtimer_set(&r->done, on_done, r);
	evdns_base_set_option(r->base, "timeout:", "2");
	evdns_base_set_option(r->base, "attempts:", "2");
	if (add_servers(r->base, servers, nservers) == -1)
		r->reason = "this system has no name server";
	else {
		if (evdns_base_resolve_ipv6(r->base, host,
		    DNS_QUERY_NO_SEARCH, on_answer, r) != NULL)
			r->pending++;
		if (evdns_base_resolve_ipv4(r->base, host,
		    DNS_QUERY_NO_SEARCH, on_answer, r) != NULL)
			r->pending++;
	}
	if (r->pending == 0) {
		r->pending = 1;
		one_done(r);
	}
	return r;
}
