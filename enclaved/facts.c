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
 * What the parent tells of this system, for trust requirements: what it sees
 * itself, and a directory of small files that root keeps up to date.  Read
 * again every 30 seconds and on SIGHUP; told when it has changed.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/version.h"
#include "enclaved/enclaved.h"
#include "os/posture.h"

#define FACTS_SEC	30
#define FILES_MAX	32
#define NAME_LEN_MAX	32
#define VALUE_LEN_MAX	128

struct fact {
	char	 name[NAME_LEN_MAX + 1];
	char	 value[VALUE_LEN_MAX + 1];
};

struct facts {
	struct fact	 e[FILES_MAX + 2];	/* and what we see */
	size_t		 n;
};

static int
name_ok(const char *s)
{
	size_t	 i;

	for (i = 0; i <= NAME_LEN_MAX && s[i] != '\0'; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') &&
		    !(s[i] >= '0' && s[i] <= '9') && s[i] != '-')
			return 0;
	return i > 0 && i <= NAME_LEN_MAX;
}

/* NULL and the one line of the file, or why it is none. */
static const char *
file_value(int dir, const char *name, char out[VALUE_LEN_MAX + 1])
{
	struct stat	 st;
	char		 buf[VALUE_LEN_MAX + 2];
	ssize_t		 i, n;
	int		 fd;

	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return "cannot be opened";
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		close(fd);
		return "is not a file that root alone can write";
	}
	n = read(fd, buf, sizeof(buf));
	close(fd);
	if (n > 0 && buf[n - 1] == '\n')
		n--;
	if (n < 0 || n > VALUE_LEN_MAX)
		return "is longer than 128 bytes";
	for (i = 0; i < n; i++)
		if (buf[i] < 0x20 || buf[i] >= 0x7f)
			return "is not one line of printable ASCII";
	if (n > 0 && (buf[0] == ' ' || buf[n - 1] == ' '))
		return "has a space at its start or end";
	memcpy(out, buf, (size_t)n);
	out[n] = '\0';
	return NULL;
}

static void
complain(struct enclaved *e, const char *name, const char *why)
{
	/* Once, not every 30 seconds. */
	if (e->facts_told)
		return;
	log_warnx("fact \"%s\": the file %s", name, why);
}

static int
dir_open(const char *path)
{
	struct stat	 st;
	int		 fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		return fd;
	if (st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

static void
facts_from_dir(struct enclaved *e, struct facts *f)
{
	struct dirent	*de;
	const char	*why;
	DIR		*dir;
	int		 fd;

	if ((fd = dir_open(e->conf->facts)) == -1) {
		if (errno != ENOENT && !e->facts_told)
			log_warn("facts directory %s", e->conf->facts);
		return;
	}
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((de = readdir(dir)) != NULL) {
		if (de->d_name[0] == '.')
			continue;
		why = NULL;
		if (!name_ok(de->d_name))
			why = "has a name that is not made of a-z, 0-9 and -";
		else if (f->n == FILES_MAX)
			why = "is one of more than 32";
		else
			why = file_value(dirfd(dir), de->d_name,
			    f->e[f->n].value);
		if (why != NULL) {
			complain(e, de->d_name, why);
			continue;
		}
		strlcpy(f->e[f->n].name, de->d_name, sizeof(f->e[0].name));
		f->n++;
	}
	closedir(dir);
}

/* Unless there is a file of that name. */
static void
fact_seen(struct facts *f, const char *name, int yes)
{
	size_t	 i;

	if (yes == -1)
		return;
	for (i = 0; i < f->n; i++)
		if (strcmp(f->e[i].name, name) == 0)
			return;
	strlcpy(f->e[f->n].name, name, sizeof(f->e[0].name));
	strlcpy(f->e[f->n].value, yes ? "yes" : "no", sizeof(f->e[0].value));
	f->n++;
}

static int
fact_cmp(const void *a, const void *b)
{
	return strcmp(((const struct fact *)a)->name,
	    ((const struct fact *)b)->name);
}

static void
line_add(char *text, size_t size, const char *key, const char *value)
{
	if (*value == '\0')
		return;
	strlcat(text, key, size);
	strlcat(text, " ", size);
	strlcat(text, value, size);
	strlcat(text, "\n", size);
}

/* In the one order that there is: see lib/policy/facts.h. */
static void
facts_compose(struct enclaved *e, char *text, size_t size)
{
	struct posture	 p;
	struct facts	 f;
	size_t		 i;

	posture_read(&p);
	f.n = 0;
	if (e->conf->facts[0] != '\0')
		facts_from_dir(e, &f);
	fact_seen(&f, "disk-encrypted", p.disk_encrypted);
	fact_seen(&f, "secure-boot", p.secure_boot);
	qsort(f.e, f.n, sizeof(f.e[0]), fact_cmp);
	text[0] = '\0';
	line_add(text, size, "os", p.os);
	line_add(text, size, "distribution", p.distribution);
	line_add(text, size, "os-version", p.version);
	line_add(text, size, "kernel", p.kernel);
	line_add(text, size, "architecture", p.architecture);
	line_add(text, size, "agent", ENCLAVE_VERSION);
	line_add(text, size, "hostname", p.hostname);
	for (i = 0; i < f.n; i++) {
		strlcat(text, "fact ", size);
		strlcat(text, f.e[i].name, size);
		strlcat(text, " ", size);
		strlcat(text, f.e[i].value, size);
		strlcat(text, "\n", size);
	}
}

int
facts_give(struct enclaved *e, struct chan *c)
{
	struct msg_facts	 m;

	memset(&m, 0, sizeof(m));
	facts_compose(e, m.text, sizeof(m.text));
	memcpy(e->facts, m.text, sizeof(e->facts));
	return msg_send_facts(c, &m, -1);
}

void
facts_look(struct parent *pa)
{
	struct enclaved		*e = pa->env;
	struct parent_child	*ch = parent_find(pa, ROLE_CTL);
	char			 text[sizeof(e->facts)];
	struct msg_facts	 m;

	facts_compose(e, text, sizeof(text));
	e->facts_told = 1;
	if (strcmp(text, e->facts) == 0 || ch == NULL || !ch->ready)
		return;
	memset(&m, 0, sizeof(m));
	memcpy(m.text, text, sizeof(m.text));
	memcpy(e->facts, text, sizeof(e->facts));
	msg_send_facts(ch->chan, &m, -1);
}

static void
facts_arm(struct enclaved *e)
{
	struct timeval	 tv = { FACTS_SEC, 0 };

	evtimer_add(&e->facts_timer, &tv);
}

static void
facts_timer(int fd, short event, void *arg)
{
	struct parent	*pa = arg;

	(void)fd;
	(void)event;
	facts_look(pa);
	facts_arm(pa->env);
}

void
facts_start(struct parent *pa)
{
	struct enclaved	*e = pa->env;

	if (e->facts_armed)
		return;
	e->facts_armed = 1;
	evtimer_set(&e->facts_timer, facts_timer, pa);
	facts_arm(e);
}
