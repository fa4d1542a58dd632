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
 * Scheduling of the stages of the data path.
 */

#ifndef PROC_SCHEDULE_H
#define PROC_SCHEDULE_H

#include <stdint.h>

#define SCHEDULE_CPUS	1024		/* that can be chosen from */

/* Those this process may run on: a bit each, none where it has no choice. */
struct schedule_cpus {
	uint64_t	 bits[SCHEDULE_CPUS / 64];
};

/* This process moves bursts: let it finish one before the next wakes. */
void	schedule_batch(void);

/* What there is to choose from; before the sandbox. */
void	schedule_cpus(struct schedule_cpus *);

/* The processor this runs on, UINT32_MAX where that is not told. */
uint32_t schedule_here(void);

/*
 * From here on run on this one, if it is one of the given, else on any of
 * them.  A hint; nothing is lost where it is refused.
 */
void	schedule_bind(const struct schedule_cpus *, uint32_t cpu);

#endif /* PROC_SCHEDULE_H */
