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
 * Memory that outlives a process: what one left, the next one takes.
 */

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "os/memory.h"

#define SIZE	(1024 * 1024)
#define TAKEN	(SIZE / 2)

static uint8_t *
map(int fd)
{
	uint8_t	*p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);

	ATF_REQUIRE(p != MAP_FAILED);
	return p;
}

ATF_TC_WITHOUT_HEAD(memory_is_zero_and_of_a_fixed_size);
ATF_TC_BODY(memory_is_zero_and_of_a_fixed_size, tc)
{
	uint8_t	*p;
	size_t	 i;
	int	 fd;

	ATF_REQUIRE_EQ(memory_create(SIZE, &fd), 0);
	p = map(fd);
	for (i = 0; i < SIZE; i++)
		ATF_REQUIRE_EQ(p[i], 0);
	ATF_CHECK_EQ(ftruncate(fd, SIZE / 2), -1);
	ATF_CHECK_EQ(ftruncate(fd, SIZE * 2), -1);
	ATF_REQUIRE_EQ(munmap(p, SIZE), 0);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(what_is_taken_leaves_zeroes_and_no_pages);
ATF_TC_BODY(what_is_taken_leaves_zeroes_and_no_pages, tc)
{
	static uint8_t	 copy[TAKEN];
	struct stat	 st;
	uint8_t		*p;
	size_t		 i;
	int		 fd;

	ATF_REQUIRE_EQ(memory_create(SIZE, &fd), 0);
	p = map(fd);
	memset(p + 4096, 7, 4096);
	p[TAKEN - 1] = 8;
	p[SIZE - 1] = 9;
	ATF_REQUIRE_EQ(munmap(p, SIZE), 0);
	ATF_REQUIRE_EQ(memory_take(fd, copy, TAKEN, SIZE), 0);
	for (i = 0; i < TAKEN; i++)
		ATF_REQUIRE_EQ(copy[i], i / 4096 == 1 ? 7 :
		    i == TAKEN - 1 ? 8 : 0);
	ATF_REQUIRE_EQ(fstat(fd, &st), 0);
	ATF_CHECK_EQ(st.st_size, SIZE);
	ATF_CHECK_EQ(st.st_blocks, 0);
	p = map(fd);
	for (i = 0; i < SIZE; i++)
		ATF_REQUIRE_EQ(p[i], 0);
	ATF_REQUIRE_EQ(munmap(p, SIZE), 0);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(more_than_there_is_cannot_be_taken);
ATF_TC_BODY(more_than_there_is_cannot_be_taken, tc)
{
	static uint8_t	 copy[2 * SIZE];
	int		 fd;

	ATF_REQUIRE_EQ(memory_create(SIZE, &fd), 0);
	ATF_CHECK_EQ(memory_take(fd, copy, sizeof(copy), SIZE), -1);
	close(fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, memory_is_zero_and_of_a_fixed_size);
	ATF_TP_ADD_TC(tp, what_is_taken_leaves_zeroes_and_no_pages);
	ATF_TP_ADD_TC(tp, more_than_there_is_cannot_be_taken);
	return atf_no_error();
}
