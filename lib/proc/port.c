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
 * See port.h.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "proc/port.h"

static void
port_readable(int fd, short event, void *arg)
{
	struct port	*port = arg;

	(void)fd;
	(void)event;
	port->turn(port->proc->env);
}

void
port_attach(struct port *port, uint32_t side, int mem, size_t size, int wait,
    int kick)
{
	if (port->pair != NULL && port->pair->memory != NULL) {
		event_del(&port->event);
		evtimer_del(&port->again);
	}
	ring_pair_detach(port->pair);
	if (ring_pair_attach(port->pair, mem, size, side, wait, kick) == -1)
		fatal("ring to %s", role_name(port->role));
	port->pair->here = &port->place->here;
	port->records = port->bytes = 0;
	event_set(&port->event, wait, EV_PERSIST | port_events, port_readable,
	    port);
	evtimer_set(&port->again, port_readable, port);
}

void
port_start(struct port *port)
{
	if (port->pair != NULL && port->pair->memory != NULL)
		event_add(&port->event, NULL);
}

static void
port_broken(struct port *port)
{
	struct msg_violation	 m;

	port->broken++;
	event_del(&port->event);
	evtimer_del(&port->again);
	ring_pair_detach(port->pair);
	memset(&m, 0, sizeof(m));
	m.peer = (uint8_t)port->role;
	strlcpy(m.reason, "its ring is corrupt", sizeof(m.reason));
	msg_send_violation(port->proc->parent, &m, -1);
}

/* What went through the pair since this was asked last. */
static uint32_t
work_done(struct port *port)
{
	uint64_t	 records, bytes, units;

	records = port->pair->rx.records + port->pair->tx.records;
	bytes = port->pair->rx.bytes + port->pair->tx.bytes;
	units = records - port->records +
	    (bytes - port->bytes) / PLACE_UNIT_BYTES;
	port->records = records;
	port->bytes = bytes;
	return units > UINT32_MAX ? UINT32_MAX : (uint32_t)units;
}

void
port_begin(struct port *port, uint64_t now_ns)
{
	struct place		*place = port->place;
	struct ring_kick	 kick;

	if (port->pair == NULL || port->pair->memory == NULL)
		return;
	place_work(place, now_ns, work_done(port));
	if (ring_kicked(port->pair, &kick))
		place_woken(place, now_ns, kick.cpu, kick.ns);
	if (place->want != place->bound) {
		schedule_bind(&place->cpus, place->want);
		place->bound = place->want;
	}
	place->here.ns = now_ns;
	place->here.cpu = schedule_here();
}

enum ring_drained
port_drain(struct port *port)
{
	static const struct timeval	 now;
	enum ring_drained		 got;

	port_woken(port);
	port_begin(port, clock_mono_ns());
	got = ring_drain(port->pair, port->reader, port->proc->env);
	if (got == RING_CORRUPT)
		port_broken(port);
	else if (got == RING_MORE)
		/*
		 * Let the others have their turn.  By a timer: an event that
		 * activates itself is run again before any other is looked
		 * for, and who never lets the ring be empty would stop all.
		 */
		evtimer_add(&port->again, &now);
	return got;
}
