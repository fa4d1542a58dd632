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
 * What the privileged parent can see of its own system: names, versions, and
 * whether the disk is encrypted and the system was started by verified code.
 * What cannot be seen is left out rather than guessed.  Files of the system
 * are read, nothing is run.
 */

#ifndef OS_POSTURE_H
#define OS_POSTURE_H

#include <stddef.h>

#define POSTURE_VALUE_MAX	64

struct posture {
	char	 os[POSTURE_VALUE_MAX + 1];		/* lower case */
	char	 distribution[POSTURE_VALUE_MAX + 1];	/* "" not known */
	char	 version[POSTURE_VALUE_MAX + 1];
	char	 kernel[POSTURE_VALUE_MAX + 1];
	char	 architecture[POSTURE_VALUE_MAX + 1];
	char	 hostname[POSTURE_VALUE_MAX + 1];
	int	 disk_encrypted;	/* -1 not known, of the root */
	int	 secure_boot;		/* -1 not known */
};

void	 posture_read(struct posture *);

/* Copy printable ASCII, others as "?", cut off, no space at the ends. */
void	 posture_copy(char out[POSTURE_VALUE_MAX + 1], const char *, size_t);

/* What differs between systems: all but what uname(3) knows. */
void	 posture_detail(struct posture *);

#endif /* OS_POSTURE_H */
