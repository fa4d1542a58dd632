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
 * See log.h.  The three statics are the process's own: one sink, one level.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static void	 stderr_sink(void *, int, const char *);

static log_sink	 sink = stderr_sink;
static void	*sink_arg;
static int	 level_max = LOG_LEVEL_INFO;

static void
stderr_sink(void *arg, int level, const char *line)
{
	(void)arg;
	(void)level;
	dprintf(STDERR_FILENO, "%s\n", line);
}

void
log_set_sink(log_sink fn, void *arg)
{
	sink = fn;
	sink_arg = arg;
}

void
log_set_level(int level)
{
	level_max = level;
}

int
log_get_level(void)
{
	return level_max;
}

void
log_line(int level, const char *line)
{
	if (level <= level_max)
		sink(sink_arg, level, line);
}

static void __attribute__((format(printf, 3, 0)))
vlog(int level, int error, const char *fmt, va_list ap)
{
	char	 line[LOG_LINE_MAX];
	int	 n;

	if (level > level_max)
		return;
	n = vsnprintf(line, sizeof(line), fmt, ap);
	if (n < 0)
		return;
	if (error != 0 && (size_t)n < sizeof(line))
		snprintf(line + n, sizeof(line) - (size_t)n, ": %s",
		    strerror(error));
	sink(sink_arg, level, line);
}

#define LOG_FUNCTION(name, level, error)	\
void						\
name(const char *fmt, ...)			\
{						\
	int	 saved = errno;			\
	va_list	 ap;				\
						\
	va_start(ap, fmt);			\
	vlog(level, error, fmt, ap);		\
	va_end(ap);				\
	errno = saved;				\
}

LOG_FUNCTION(log_warn, LOG_LEVEL_WARN, saved)
LOG_FUNCTION(log_warnx, LOG_LEVEL_WARN, 0)
LOG_FUNCTION(log_error, LOG_LEVEL_ERROR, 0)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO, 0)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG, 0)

void
fatal(const char *fmt, ...)
{
	int	 saved = errno;
	va_list	 ap;

	va_start(ap, fmt);
	vlog(LOG_LEVEL_ERROR, saved, fmt, ap);
	va_end(ap);
	_exit(1);
}

void
fatalx(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vlog(LOG_LEVEL_ERROR, 0, fmt, ap);
	va_end(ap);
	_exit(1);
}

const char *
log_safe(char *dst, size_t len, const char *src)
{
	size_t	 i;

	for (i = 0; len > 0 && i < len - 1 && src[i] != '\0'; i++)
		dst[i] = src[i] >= 0x20 && src[i] < 0x7f ? src[i] : '?';
	if (len > 0)
		dst[i] = '\0';
	return dst;
}
