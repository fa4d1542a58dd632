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
 * libmicrohttpd on the event loop: one epoll descriptor that tells when it
 * has something to do, one timer for when it wants to be called anyhow.  It
 * listens to nothing and takes over what tlsproc sends.  What it opens, it
 * opens before the sandbox.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string.h>
#include <unistd.h>

#include "apiproc/apiproc.h"
#include "base/clock.h"
#include "base/log.h"

void
server_prepare(struct env *env)
{
	clock_wall_sec();
	env->mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
	    MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
	    request_handle, env,
	    MHD_OPTION_NOTIFY_COMPLETED, request_completed, env,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned int)API_CONNS_MAX,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)API_MEMORY,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)API_IDLE_SEC,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_END);
	if (env->mhd == NULL)
		fatalx("libmicrohttpd does not start");
}

/* Let it do what it can, and sleep until it wants to be called again. */
static void
server_step(struct env *env)
{
	MHD_UNSIGNED_LONG_LONG	 ms;
	struct timeval		 tv;

	MHD_run(env->mhd);
	if (MHD_get_timeout(env->mhd, &ms) != MHD_YES) {
		evtimer_del(&env->timer);
		return;
	}
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	evtimer_add(&env->timer, &tv);
}

static void
server_event(int fd, short event, void *arg)
{
	(void)fd;
	(void)event;
	server_step(arg);
}

/* Something was resumed: not from inside of libmicrohttpd. */
void
server_kick(struct env *env)
{
	struct timeval	 now = { 0, 0 };

	evtimer_add(&env->timer, &now);
}

void
server_run(struct env *env)
{
	const union MHD_DaemonInfo	*info;

	info = MHD_get_daemon_info(env->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL)
		fatalx("libmicrohttpd has no descriptor to wait for");
	event_set(&env->ready, info->epoll_fd, EV_READ | EV_PERSIST,
	    server_event, env);
	event_add(&env->ready, NULL);
	evtimer_set(&env->timer, server_event, env);
	server_kick(env);
}

void
server_conn(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_api_conn	*m = data;
	struct sockaddr_un		 sun;
	struct env			*env = arg;
	char				 from[ENDPOINT_STRLEN];

	(void)c;
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	log_debug("client of the API from %s",
	    endpoint_print(&m->from, from, sizeof(from)));
	/* On failure it has closed the descriptor. */
	if (MHD_add_connection(env->mhd, fd, (struct sockaddr *)&sun,
	    sizeof(sun)) != MHD_YES)
		env->refused++;
	server_kick(env);
}
