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
 * enclavectl ping: packets through the tunnel, answered by the other agent
 * itself, so that neither policy nor the other system's packet filter has a
 * say.  Each is a question of its own to enclaved.
 */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "enclavectl/ctl.h"

#define COUNT_DEFAULT	5
#define COUNT_MAX	100000
#define INTERVAL_MS	1000
#define INTERVAL_MIN	0.1	/* seconds */
#define INTERVAL_MAX	3600.0

struct ping {
	struct msg_client_ping	 request;
	long long		 count;
	uint64_t		 interval_ms;
	/* The answer at hand. */
	int			 have_peer, have_pong;
	struct msg_status_peer	 peer;
	struct msg_status_pong	 pong;
	/* All of them. */
	char			 label[TEXT_MAX];
	long long		 sent, received;
	uint64_t		 sum_us;
	uint32_t		 min_us, max_us;
	json_t			*replies;
};

static volatile sig_atomic_t	 interrupted;

static void
on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* The second time it ends us at once. */
static void
catch_interrupt(void)
{
	struct sigaction	 sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sa.sa_flags = (int)SA_RESETHAND;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
}

static int
add_pong(struct ping *ping, const struct msg_status_pong *m)
{
	int	 known = m->type != 0;

	if (!ping->have_peer || ping->have_pong ||
	    (known && (output_type(m->type) == NULL ||
	    output_transport_name(m->transport) == NULL)))
		return -1;
	ping->pong = *m;
	ping->have_pong = 1;
	return 0;
}

static int
on_row(void *arg, uint32_t type, const void *msg)
{
	struct ping	*ping = arg;

	switch (type) {
	case MSG_STATUS_PEER:
		return ctl_add_peer(&ping->peer, &ping->have_peer, msg);
	case MSG_STATUS_PONG:
		return add_pong(ping, msg);
	default:
		return -1;
	}
}

static void
count_reply(struct ping *ping)
{
	uint32_t	 us = ping->pong.rtt_us;

	if (ping->received++ == 0 || us < ping->min_us)
		ping->min_us = us;
	if (us > ping->max_us)
		ping->max_us = us;
	ping->sum_us += us;
}

static void
note_json(struct ping *ping)
{
	const struct msg_status_pong	*m = &ping->pong;
	json_t				*o;

	if (!ping->have_pong) {
		out_append(ping->replies, out_null());
		return;
	}
	o = out_object();
	out_set(o, "rtt_us", out_number(m->rtt_us));
	out_set(o, "type", m->type == 0 ? out_null() :
	    out_text(output_type(m->type)));
	out_set(o, "transport", m->type == 0 ? out_null() :
	    out_text(output_transport_name(m->transport)));
	out_set(o, "remote", out_endpoint(&m->remote));
	out_append(ping->replies, o);
}

static void
print_reply(const struct ping *ping, const char *reason)
{
	const struct msg_status_pong	*m = &ping->pong;
	char				 rtt[TEXT_SHORT_MAX];
	char				 ep[ENDPOINT_STRLEN];

	if (!ping->have_pong && reason[0] == '\0')
		printf("no reply\n");
	else if (!ping->have_pong)
		printf("no reply: %s\n", reason);
	else if (m->type == 0)
		printf("reply from %s: %s\n", ping->label,
		    output_rtt(m->rtt_us, rtt));
	else
		printf("reply from %s: %s over %s %s %s\n", ping->label,
		    output_rtt(m->rtt_us, rtt), output_type(m->type),
		    output_transport_name(m->transport),
		    endpoint_print(&m->remote, ep, sizeof(ep)));
	fflush(stdout);
}

/* 0, or the code of a failure that would be the same the next time. */
static int
ping_once(struct ctl *ctl, struct ping *ping)
{
	struct client	 client;
	char		 text[TEXT_MAX];
	int		 code;

	ping->have_peer = ping->have_pong = 0;
	client_init(&client, ROLE_ENCLAVECTL, ctl->path);
	client.row = on_row;
	client.arg = ping;
	code = client_ask(&client, MSG_CLIENT_PING, &ping->request);
	text_clean(text, sizeof(text), client.text);
	if (code == CLIENT_DONE && !ping->have_peer) {
		strlcpy(text, "enclaved sent an answer that makes no sense "
		    "(nothing)", sizeof(text));
		code = CLIENT_FAILED;
	}
	if (code != CLIENT_DONE)
		return ctl_complain(code, text);
	ping->sent++;
	output_label(&ping->peer, ping->label);
	if (ping->have_pong)
		count_reply(ping);
	if (ctl->json)
		note_json(ping);
	else
		print_reply(ping, text);
	return 0;
}

static void
wait_until(uint64_t due)
{
	uint64_t	 now;

	while (!interrupted && (now = clock_mono_ms()) < due)
		if (poll(NULL, 0, (int)(due - now)) == -1 && errno != EINTR)
			return;
}

static void
print_summary(const struct ping *ping)
{
	char		 min[TEXT_SHORT_MAX], avg[TEXT_SHORT_MAX];
	char		 max[TEXT_SHORT_MAX];

	printf("%lld sent, %lld received", ping->sent, ping->received);
	if (ping->received > 0)
		printf(", min %s, avg %s, max %s",
		    output_rtt(ping->min_us, min),
		    output_rtt((uint32_t)(ping->sum_us /
		    (uint64_t)ping->received), avg),
		    output_rtt(ping->max_us, max));
	printf("\n");
}

static void
print_json(struct ping *ping)
{
	uint64_t	 n = (uint64_t)ping->received;
	json_t		*o = out_object();

	out_set(o, "peer", out_text(ping->label));
	out_set(o, "sent", out_number((uint64_t)ping->sent));
	out_set(o, "received", out_number(n));
	out_set(o, "min_us", n == 0 ? out_null() : out_number(ping->min_us));
	out_set(o, "avg_us", n == 0 ? out_null() :
	    out_number(ping->sum_us / n));
	out_set(o, "max_us", n == 0 ? out_null() : out_number(ping->max_us));
	out_set(o, "replies", ping->replies);
	ping->replies = NULL;
	out_print(o);
}

static int
run(struct ctl *ctl, struct ping *ping)
{
	uint64_t	 due = clock_mono_ms();
	int		 code = 0;

	catch_interrupt();
	ping->replies = out_array();
	while (!interrupted && code == 0 && ping->sent < ping->count) {
		if (ping->sent > 0) {
			due += ping->interval_ms;
			wait_until(due);
			if (interrupted)
				break;
		}
		/* What took longer is not made up for. */
		if (clock_mono_ms() > due)
			due = clock_mono_ms();
		code = ping_once(ctl, ping);
	}
	if (ping->sent > 0 && ctl->json)
		print_json(ping);
	else if (ping->sent > 0)
		print_summary(ping);
	json_decref(ping->replies);
	if (code != 0)
		return code;
	return ping->received > 0 ? CLIENT_DONE : CLIENT_FAILED;
}

static int
set_count(struct ping *ping, const char *text)
{
	const char	*error;

	ping->count = strtonum(text, 1, COUNT_MAX, &error);
	if (error == NULL)
		return 0;
	warnx("a count is a number from 1 to %d", COUNT_MAX);
	return -1;
}

static int
set_interval(struct ping *ping, const char *text)
{
	double	 seconds;
	char	*end;

	seconds = strtod(text, &end);
	if (end != text && *end == '\0' && seconds >= INTERVAL_MIN &&
	    seconds <= INTERVAL_MAX) {
		ping->interval_ms = (uint64_t)(seconds * 1000);
		return 0;
	}
	warnx("an interval is a number of seconds from 0.1 to 3600");
	return -1;
}

int
cmd_ping(struct ctl *ctl, struct args *args)
{
	struct ping	 ping;
	const char	*word = NULL;
	int		 c, code;

	memset(&ping, 0, sizeof(ping));
	ping.count = COUNT_DEFAULT;
	ping.interval_ms = INTERVAL_MS;
	while ((c = ctl_next(ctl, args, "jc:i:")) != ARGS_END) {
		if (c == 'c') {
			if (set_count(&ping, args->value) == -1)
				return CLIENT_USAGE;
		} else if (c == 'i') {
			if (set_interval(&ping, args->value) == -1)
				return CLIENT_USAGE;
		} else if (c == ARGS_WORD && word == NULL)
			word = args->value;
		else
			return ctl_usage(ctl);
	}
	if (word == NULL)
		return ctl_usage(ctl);
	if ((code = ctl_peer_name(word, ping.request.system,
	    sizeof(ping.request.system))) != 0)
		return code;
	return run(ctl, &ping);
}
