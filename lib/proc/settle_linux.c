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
 * Linux: relocation tables, symbols and the code of the start leave the
 * resident set.  Only whole pages of segments that are mapped from files and
 * never written to are touched, and those hold what the file holds.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <link.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "proc/settle.h"

static int
settle_object(struct dl_phdr_info *info, size_t len, void *arg)
{
	uintptr_t	 page = (uintptr_t)sysconf(_SC_PAGESIZE), from, to;
	const ElfW(Phdr) *ph = info->dlpi_phdr;
	int		 i;

	(void)len;
	(void)arg;
	/* The kernel's own object is no file. */
	if (strncmp(info->dlpi_name, "linux-", 6) == 0)
		return 0;
	for (i = 0; i < info->dlpi_phnum; i++, ph++) {
		if (ph->p_type != PT_LOAD || (ph->p_flags & PF_W))
			continue;
		from = (info->dlpi_addr + ph->p_vaddr + page - 1) &
		    ~(page - 1);
		to = (info->dlpi_addr + ph->p_vaddr + ph->p_filesz) &
		    ~(page - 1);
		/* A hint; nothing is lost where it is refused. */
		if (from < to)
			madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

void
settle(void)
{
	dl_iterate_phdr(settle_object, NULL);
}
