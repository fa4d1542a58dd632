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

/* See reason.h.  The values were checked where the messages came in. */

#include <sys/types.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctlproc/reason.h"

static const char *
type_name(int type)
{
	switch (type) {
	case ICE_LOCAL:
		return "local";
	case ICE_ADAPTER:
		return "adapter";
	case ICE_RELAY:
		return "relay";
	default:
		return "public";
	}
}

static const char *
transport_name(int transport)
{
	return transport == ICE_TCP ? "tcp" : "udp";
}

const char *
reason_path(int type, int transport)
{
	switch (type) {
	case ICE_LOCAL:
		return transport == ICE_TCP ?
		    "same local network, where UDP does not pass" :
		    "best path: same local network";
	case ICE_ADAPTER:
		return transport == ICE_TCP ?
		    "another adapter, where UDP does not pass" :
		    "best path: another adapter";
	case ICE_RELAY:
		return "relayed: no direct path has passed yet";
	default:
		return transport == ICE_TCP ?
		    "direct, TCP connections opened from both sides at once" :
		    "best path: direct, hole punched over UDP";
	}
}

void
reason_no_path(const struct reason_facts *f, char buf[REASON_MAX])
{
	unsigned long long	 s = f->looking_s;

	if (!f->introduced)
		strlcpy(buf, f->link_up ? "waiting for the other system to "
		    "be connected to discovery" : "discovery is not "
		    "reachable, no introduction possible", REASON_MAX);
	else if (f->candidates == 0)
		strlcpy(buf, "introduced, the other system has told no "
		    "addresses yet", REASON_MAX);
	else if (!f->link_up)
		snprintf(buf, REASON_MAX, "introduced, looking for a path for "
		    "%llu s; a new introduction waits for discovery", s);
	else
		snprintf(buf, REASON_MAX, "introduced, looking for a path for "
		    "%llu s%s", s, f->relay ? "" : ", without a relay");
}

/* Near before far, UDP before TCP, the relay last. */
static int
rank(const struct msg_path_row *row)
{
	static const int	 types[] = {
		[ICE_LOCAL] = 1, [ICE_ADAPTER] = 2, [ICE_PUBLIC] = 3,
		[ICE_PEER_REFLEXIVE] = 3, [ICE_RELAY] = 4
	};

	return types[row->type] * 2 + (row->transport == ICE_TCP);
}

/* Of states: what works, what may work, what does not. */
static int
hope(const struct msg_path_row *row)
{
	static const int	 states[] = {
		[ICE_SUCCEEDED] = 0, [ICE_IN_PROGRESS] = 1,
		[ICE_WAITING] = 2, [ICE_FAILED] = 3
	};

	return states[row->state];
}

static int
compare(const void *va, const void *vb)
{
	const struct msg_path_row	*a = va, *b = vb;

	if ((a->selected != 0) != (b->selected != 0))
		return a->selected ? -1 : 1;
	if (hope(a) != hope(b))
		return hope(a) - hope(b);
	if (rank(a) != rank(b))
		return rank(a) - rank(b);
	if (a->rtt_us != b->rtt_us)	/* 0 is not known */
		return a->rtt_us - 1 < b->rtt_us - 1 ? -1 : 1;
	return endpoint_cmp(&a->remote, &b->remote);
}

void
reason_sort(struct msg_path_row *rows, size_t n)
{
	if (n > 1)
		qsort(rows, n, sizeof(*rows), compare);
}

static int
is_pending(const struct msg_path_row *row)
{
	return row->state == ICE_WAITING || row->state == ICE_IN_PROGRESS;
}

static void
no_choice(const struct msg_path_row *rows, size_t n, char buf[REASON_MAX])
{
	size_t	 i, pending = 0, passed = 0;

	for (i = 0; i < n; i++) {
		pending += (size_t)is_pending(&rows[i]);
		passed += rows[i].state == ICE_SUCCEEDED;
	}
	if (n == 0)
		strlcpy(buf, "none works yet: there is no pair to check",
		    REASON_MAX);
	else if (passed > 0)
		strlcpy(buf, "none works yet: a pair has passed, the choice "
		    "follows", REASON_MAX);
	else if (pending > 0)
		snprintf(buf, REASON_MAX, "none works yet: %zu of %zu pair%s "
		    "being checked", pending, n, n == 1 ? " is" : "s are");
	else
		snprintf(buf, REASON_MAX, "none works: no answer on any of "
		    "%zu pair%s", n, n == 1 ? "" : "s");
}

void
reason_choice(const struct msg_path_row *rows, size_t n,
    char buf[REASON_MAX])
{
	size_t	 i, pending = 0, passed = 0;
	int	 relay;

	if (n == 0 || !rows[0].selected) {
		no_choice(rows, n, buf);
		return;
	}
	for (i = 1; i < n; i++) {
		if (rank(&rows[i]) >= rank(&rows[0]))
			continue;
		pending += (size_t)is_pending(&rows[i]);
		passed += rows[i].state == ICE_SUCCEEDED;
	}
	relay = rows[0].type == ICE_RELAY;
	if (relay)
		snprintf(buf, REASON_MAX, "relay: no direct pair has passed");
	else
		snprintf(buf, REASON_MAX, "chosen: %s %s, the best kind that "
		    "works", type_name(rows[0].type),
		    transport_name(rows[0].transport));
	i = strlen(buf);
	if (passed > 0)
		snprintf(buf, REASON_MAX, "%s: a better pair has passed and "
		    "will take over", relay ? "relay" : "chosen for now");
	else if (pending > 0)
		snprintf(buf + i, REASON_MAX - i, "%s, %zu better %s being "
		    "checked", relay ? " yet" : " so far", pending,
		    pending == 1 ? "one is" : "ones are");
}
