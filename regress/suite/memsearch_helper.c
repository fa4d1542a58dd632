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
 * Searches the memory of processes for the bytes of a file, for the tests of
 * where keys are.  Runs as root; prints the process of each find, never the
 * bytes.
 *
 *	memsearch_helper [-r] file offset length pid ...
 *
 * -r searches for the bytes in reverse order as well, which is how OpenSSL
 * keeps a number.  Ends with 0 when all memory was searched, whether
 * something was found or not, and with 1 when not.
 */

#include <sys/types.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NEEDLE_MIN	8
#define NEEDLE_MAX	4096
#define CHUNK		(1024 * 1024)

struct search {
	uint8_t		 needle[NEEDLE_MAX];
	uint8_t		 reversed[NEEDLE_MAX];
	size_t		 len;
	int		 both;
	uint8_t		*buf;		/* CHUNK + NEEDLE_MAX */
	uint64_t	 searched;	/* bytes of this process */
};

static void
usage(void)
{
	fprintf(stderr, "usage: memsearch_helper [-r] file offset length "
	    "pid ...\n");
	exit(2);
}

static unsigned long
number(const char *s)
{
	char		*end;
	unsigned long	 n;

	errno = 0;
	n = strtoul(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0')
		usage();
	return n;
}

static void
read_needle(struct search *s, const char *file, off_t offset, size_t len)
{
	size_t	 i;
	int	 fd;

	if (len < NEEDLE_MIN || len > NEEDLE_MAX)
		errx(1, "from %d to %d bytes can be searched for", NEEDLE_MIN,
		    NEEDLE_MAX);
	if ((fd = open(file, O_RDONLY)) == -1)
		err(1, "%s", file);
	if (pread(fd, s->needle, len, offset) != (ssize_t)len)
		errx(1, "%s has no %zu bytes there", file, len);
	close(fd);
	for (i = 0; i < len; i++)
		s->reversed[i] = s->needle[len - 1 - i];
	s->len = len;
}

/* Pieces overlap by one byte less than the needle. */
static int
search_range(struct search *s, int mem, uint64_t from, uint64_t to)
{
	size_t	 keep = 0, want;
	ssize_t	 n;

	while (from < to) {
		want = to - from < CHUNK ? (size_t)(to - from) : CHUNK;
		n = pread(mem, s->buf + keep, want, (off_t)from);
		if (n <= 0)
			return 0;	/* a guard page, a device */
		s->searched += (uint64_t)n;
		if (memmem(s->buf, keep + (size_t)n, s->needle, s->len) !=
		    NULL || (s->both && memmem(s->buf, keep + (size_t)n,
		    s->reversed, s->len) != NULL))
			return 1;
		from += (uint64_t)n;
		want = keep + (size_t)n;
		keep = want < s->len - 1 ? want : s->len - 1;
		memmove(s->buf, s->buf + want - keep, keep);
	}
	return 0;
}

static int
search_process(struct search *s, unsigned long pid)
{
	char		 path[64], line[512];
	uint64_t	 from, to;
	FILE		*maps;
	int		 found = 0, mem;

	snprintf(path, sizeof(path), "/proc/%lu/mem", pid);
	if ((mem = open(path, O_RDONLY)) == -1)
		err(1, "%s", path);
	snprintf(path, sizeof(path), "/proc/%lu/maps", pid);
	if ((maps = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	s->searched = 0;
	while (!found && fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%" SCNx64 "-%" SCNx64, &from, &to) == 2)
			found = search_range(s, mem, from, to);
	fclose(maps);
	close(mem);
	/* A process that ended, or of which nothing could be read. */
	if (!found && s->searched == 0)
		errx(1, "process %lu has no memory", pid);
	return found;
}

int
main(int argc, char *argv[])
{
	static struct search	 s;
	int			 ch, i;

	while ((ch = getopt(argc, argv, "r")) != -1) {
		if (ch != 'r')
			usage();
		s.both = 1;
	}
	argc -= optind;
	argv += optind;
	if (argc < 4)
		usage();
	if ((s.buf = malloc(CHUNK + NEEDLE_MAX)) == NULL)
		err(1, "malloc");
	read_needle(&s, argv[0], (off_t)number(argv[1]), number(argv[2]));
	for (i = 3; i < argc; i++)
		if (search_process(&s, number(argv[i])))
			printf("%s\n", argv[i]);
	free(s.buf);
	return 0;
}
