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
 * Linux: throughput before latency of single wake-ups.
 */

#include <sys/types.h>

#include <sched.h>
#include <string.h>

#include "proc/schedule.h"

void
schedule_batch(void)
{
	struct sched_param	 sp;

	/* A hint; nothing is lost where it is refused. */
	memset(&sp, 0, sizeof(sp));
	sched_setscheduler(0, SCHED_BATCH, &sp);
}

void
schedule_cpus(struct schedule_cpus *cpus)
{
	cpu_set_t	 set;
	uint32_t	 i;

	memset(cpus, 0, sizeof(*cpus));
	if (sched_getaffinity(0, sizeof(set), &set) == -1 ||
	    CPU_COUNT(&set) < 2)
		return;
	for (i = 0; i < SCHEDULE_CPUS && i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			cpus->bits[i / 64] |= 1ULL << i % 64;
}

uint32_t
schedule_here(void)
{
	int	 cpu = sched_getcpu();

	return cpu == -1 ? UINT32_MAX : (uint32_t)cpu;
}

static int
may_run(const struct schedule_cpus *cpus, uint32_t cpu)
{
	return cpu < SCHEDULE_CPUS && cpu < CPU_SETSIZE &&
	    (cpus->bits[cpu / 64] >> cpu % 64 & 1) != 0;
}

void
schedule_bind(const struct schedule_cpus *cpus, uint32_t cpu)
{
	cpu_set_t	 set;
	uint32_t	 i;

	CPU_ZERO(&set);
	for (i = 0; i < SCHEDULE_CPUS; i++)
		if (may_run(cpus, i) && (i == cpu || !may_run(cpus, cpu)))
			CPU_SET(i, &set);
	if (CPU_COUNT(&set) > 0)
		sched_setaffinity(0, sizeof(set), &set);
}
