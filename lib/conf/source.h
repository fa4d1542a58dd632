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
 * One text that the lexer reads: a file that passed the secrecy check, or
 * memory.  Private to lib/conf.
 */

#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include <sys/types.h>

#include <stddef.h>

#define SOURCE_END	(-1)		/* end of a source, as a character */

struct source {
	char		*data;
	size_t		 size;
	size_t		 at;
	dev_t		 dev;		/* with ino: which file, if on_disk */
	ino_t		 ino;
	int		 file;		/* index of its name in the lexer */
	int		 line;		/* counts from 1 */
	int		 on_disk;
	int		 exposed;	/* group or others may read it */
};

/*
 * Fill a source from a file or with a copy of memory, of up to max bytes.
 * Return NULL or the reason, which is valid until the next call; then nothing
 * is allocated.
 */
const char	*source_load(struct source *, const char *path, size_t max);
const char	*source_copy(struct source *, const void *, size_t, size_t max);
void		 source_free(struct source *);

/* The character ahead bytes further on as 0..255, or SOURCE_END. */
int		 source_peek(const struct source *, size_t ahead);
/* Must not be called at the end. */
void		 source_advance(struct source *);

/* True for two sources that are the same file. */
int		 source_same_file(const struct source *,
		    const struct source *);

#endif /* CONF_SOURCE_H */
