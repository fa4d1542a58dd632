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
 * Between the files of this module: requests and their repetition, and what
 * follows from an answer or from none.
 */

#ifndef PORTMAP_INTERNAL_H
#define PORTMAP_INTERNAL_H

#include <sys/types.h>

#include <stdint.h>

#include "portmap/portmap.h"

#define TOLD_MAPPED	1
#define TOLD_UNMAPPED	2

/* The mapping slot of a protocol number, or NULL. */
struct portmap_mapping	*portmap_slot(struct portmap *, uint8_t proto);
int		 portmap_any_held(const struct portmap *);

/* Ask for, renew or delete a mapping, or ask for the outside address: now. */
void		 portmap_request_map(struct portmap *,
		    struct portmap_mapping *, uint64_t now);
void		 portmap_request_delete(struct portmap *,
		    struct portmap_mapping *, uint64_t now);
void		 portmap_request_address(struct portmap *, uint64_t now);
void		 portmap_request_end(struct portmap_request *);
/* Repeat what is due. */
void		 portmap_request_tick(struct portmap *, uint64_t now);

/* A round of asking with both protocols, and what comes of it. */
void		 portmap_ask(struct portmap *, uint64_t now);
void		 portmap_ask_check(struct portmap *, uint64_t now);
/* Nobody has answered well: leave the gateway alone for a while. */
void		 portmap_ask_failed(struct portmap *, uint64_t now);
void		 portmap_choose(struct portmap *, enum portmap_protocol,
		    uint64_t now);

void		 portmap_tell_mapped(struct portmap *,
		    struct portmap_mapping *, uint64_t now);
void		 portmap_tell_unmapped(struct portmap *,
		    struct portmap_mapping *, enum portmap_reason);

/* Wait longer each time after a refusal, at least what it says. */
uint32_t	 portmap_backoff(uint32_t *next, uint32_t least_ms);

/* A number below n, which is not 0; for jitter alone. */
uint32_t	 portmap_random(struct portmap *, uint32_t n);

#endif /* PORTMAP_INTERNAL_H */
