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
 * What linkproc is given by every daemon that has one: where discovery is,
 * how it is recognised, and who resolves its name.
 */

#ifndef PARENT_LINK_H
#define PARENT_LINK_H

#include <sys/types.h>

#include <stdint.h>

#include "proc/proc.h"

#define LINK_CA_FILE_MAX	(512 * 1024)

/* All of them: 0 or -1. */
int	 link_give_server(struct chan *, const char *host, uint16_t port);
int	 link_give_pin(struct chan *, const uint8_t pin[32]);
int	 link_give_ca(struct chan *, const char *pem, size_t len);

/* The servers of resolv.conf, for linkproc's own resolver. */
int	 link_give_nameservers(struct chan *);

/*
 * Read a file of trusted certificates into memory that the caller frees;
 * -1 after a message.
 */
int	 link_read_ca(const char *path, char **pem, size_t *len);

#endif /* PARENT_LINK_H */
