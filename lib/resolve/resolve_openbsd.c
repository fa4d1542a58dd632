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
 * OpenBSD: libc's asynchronous resolver, under pledge "dns".  It asks the
 * name servers the system has; those given are for systems without one.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <asr.h>
#include <event.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/resolve.h"

struct resolver {
	struct asr_query	*query;
	struct event		 event;
	int			 armed;
	resolve_cb		 cb;
	void			*arg;
};

int
resolve_warm_up(void)
{
	return 0;
}

void
resolve_cancel(struct resolver *r)
{
	if (r == NULL)
		return;
	if (r->armed)
		event_del(&r->event);
	if (r->query != NULL)
		asr_abort(r->query);
	free(r);
}

static void
finish(struct resolver *r, struct asr_result *ar)
{
	struct endpoint	 all[RESOLVE_MAX];
	struct addrinfo	*ai;
	resolve_cb	 cb = r->cb;
	size_t		 n = 0;
	void		*arg = r->arg;

	memset(all, 0, sizeof(all));
	for (ai = ar->ar_addrinfo; ai != NULL && n < RESOLVE_MAX;
	    ai = ai->ai_next)
		if (endpoint_from_sockaddr(&all[n], ai->ai_addr,
		    ai->ai_addrlen) == 0)
			n++;
	if (ar->ar_addrinfo != NULL)
		freeaddrinfo(ar->ar_addrinfo);
	r->query = NULL;
	resolve_cancel(r);
	cb(arg, all, n, n == 0 ? gai_strerror(ar->ar_gai_errno) : NULL);
}

static void
on_event(int fd, short event, void *arg)
{
	struct resolver		*r = arg;
	struct asr_result	 ar;
	struct timeval		 tv;

	(void)fd;
	(void)event;
	r->armed = 0;
	memset(&ar, 0, sizeof(ar));
	if (asr_run(r->query, &ar)) {
		finish(r, &ar);
		return;
	}
	tv.tv_sec = ar.ar_timeout / 1000;
	tv.tv_usec = ar.ar_timeout % 1000 * 1000;
	event_set(&r->event, ar.ar_fd,
	    ar.ar_cond == ASR_WANT_READ ? EV_READ : EV_WRITE, on_event, r);
	event_add(&r->event, &tv);
	r->armed = 1;
}

struct resolver *
resolve_start(const char *host, uint16_t port, const struct endpoint *servers,
    size_t nservers, resolve_cb cb, void *arg)
{
	struct timeval	 now = { 0, 0 };
	struct addrinfo	 hints;
	struct resolver	*r;
	char		 service[8];

	(void)servers;
	(void)nservers;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	snprintf(service, sizeof(service), "%u", port);
	r->query = getaddrinfo_async(host, service, &hints, NULL);
	if (r->query == NULL) {
		free(r);
		return NULL;
	}
	r->cb = cb;
	r->arg = arg;
	evtimer_set(&r->event, on_event, r);
	evtimer_add(&r->event, &now);
	r->armed = 1;
	return r;
}
