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
 * Files that root alone may read: the TLS certificate and key, and the seeds
 * of the authority keys.  Every buffer is wiped.
 */

#include <sys/types.h>
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "discoveryd/discoveryd.h"

#define SEEDS_LEN	(DISCOVERYD_SEEDS_MAX * DISCOVERYD_SEED_LEN)

static int
state_path(const struct discoveryd *d, const char *name, char *out,
    size_t size)
{
	if (snprintf(out, size, "%s/%s", d->conf->state, name) >= (int)size) {
		log_error("%s: the path is too long", d->conf->state);
		return -1;
	}
	return 0;
}

/* The two files, configured or our own. */
static int
tls_paths(const struct discoveryd *d, char cert[PATH_MAX], char key[PATH_MAX])
{
	/* Tools that renew certificates give links. */
	if (d->conf->certificate[0] != '\0') {
		if (realpath(d->conf->certificate, cert) == NULL) {
			log_error("%s: %s", d->conf->certificate,
			    strerror(errno));
			return -1;
		}
		if (realpath(d->conf->key, key) == NULL) {
			log_error("%s: %s", d->conf->key, strerror(errno));
			return -1;
		}
		return 0;
	}
	if (state_path(d, "tls.crt", cert, PATH_MAX) == -1 ||
	    state_path(d, "tls.key", key, PATH_MAX) == -1)
		return -1;
	return 0;
}

static ssize_t
read_file(const char *path, void *buf, size_t cap, int secret)
{
	ssize_t	 n = parent_file_read(path, buf, cap, secret);

	if (n == -1 && errno == EPERM)
		log_error("%s: others than root can read or write it: use "
		    "\"chown root\" and \"chmod 600\"", path);
	else if (n == -1 && errno == EFBIG)
		log_error("%s: larger than %zu bytes", path, cap);
	else if (n == -1)
		log_error("%s: %s", path, strerror(errno));
	return n;
}

int
keys_tls_present(struct discoveryd *d)
{
	char		 cert[PATH_MAX], key[PATH_MAX];
	struct stat	 st;
	int		 have_cert, have_key;

	if (tls_paths(d, cert, key) == -1)
		return -1;
	if (d->conf->certificate[0] != '\0')
		return 1;
	have_cert = lstat(cert, &st) == 0;
	have_key = lstat(key, &st) == 0;
	if (have_cert == have_key)
		return have_cert;
	log_error("%s is missing, but not %s: restore it, or remove both to "
	    "have new ones made", have_cert ? key : cert,
	    have_cert ? cert : key);
	return -1;
}

static void
tls_remember(struct discoveryd *d, const char *cert, const char *key)
{
	if (stat(cert, &d->tls_stat[0]) == -1 ||
	    stat(key, &d->tls_stat[1]) == -1)
		memset(d->tls_stat, 0, sizeof(d->tls_stat));
}

static int
stat_differs(const struct stat *a, const struct stat *b)
{
	return a->st_ino != b->st_ino || a->st_dev != b->st_dev ||
	    a->st_size != b->st_size ||
	    a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
	    a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

int
keys_tls_changed(struct discoveryd *d)
{
	char		 cert[PATH_MAX], key[PATH_MAX];
	struct stat	 st[2];

	return tls_paths(d, cert, key) == 0 && stat(cert, &st[0]) == 0 &&
	    stat(key, &st[1]) == 0 &&
	    (stat_differs(&st[0], &d->tls_stat[0]) ||
	    stat_differs(&st[1], &d->tls_stat[1]));
}

static int
tls_read(struct discoveryd *d, struct msg_tls_keypair *m)
{
	char	 cert[PATH_MAX], key[PATH_MAX];
	ssize_t	 n;

	if (tls_paths(d, cert, key) == -1)
		return -1;
	if ((n = read_file(cert, m->certificate, sizeof(m->certificate),
	    0)) == -1)
		return -1;
	m->certificate_len = (uint16_t)n;
	if ((n = read_file(key, m->key, sizeof(m->key), 1)) == -1)
		return -1;
	m->key_len = (uint16_t)n;
	tls_remember(d, cert, key);
	return 0;
}

int
keys_tls_send(struct discoveryd *d, struct chan *c)
{
	struct msg_tls_keypair	*m;
	struct msg_tls_none	 none;
	int			 present, ret = -1;

	if ((present = keys_tls_present(d)) == -1)
		return -1;
	if (present == 0) {
		memset(&none, 0, sizeof(none));
		return msg_send_tls_none(c, &none, -1);
	}
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return -1;
	if (tls_read(d, m) == 0)
		ret = msg_send_tls_keypair(c, m, -1);
	freezero(m, sizeof(*m));
	return ret;
}

int
keys_tls_store(struct discoveryd *d, const struct msg_tls_store *m)
{
	char	 cert[PATH_MAX], key[PATH_MAX];

	/* Only what it was asked to make. */
	if (keys_tls_present(d) != 0 || tls_paths(d, cert, key) == -1)
		return -1;
	if (parent_file_write(key, m->key, m->key_len) == -1) {
		log_error("%s: %s", key, strerror(errno));
		return -1;
	}
	if (parent_file_write(cert, m->certificate, m->certificate_len) ==
	    -1) {
		log_error("%s: %s", cert, strerror(errno));
		return -1;
	}
	tls_remember(d, cert, key);
	return 0;
}

/* All seeds; *len 0 when there is no file yet. */
static uint8_t *
seeds_read(struct discoveryd *d, char path[PATH_MAX], size_t *len)
{
	uint8_t	*buf;
	ssize_t	 n;

	*len = 0;
	if (state_path(d, "authorities", path, PATH_MAX) == -1 ||
	    (buf = calloc(1, SEEDS_LEN + DISCOVERYD_SEED_LEN)) == NULL)
		return NULL;
	n = parent_file_read(path, buf, SEEDS_LEN, 1);
	if (n == -1 && errno == ENOENT)
		return buf;
	if (n == -1)
		n = read_file(path, buf, SEEDS_LEN, 1);
	if (n == -1 || n % DISCOVERYD_SEED_LEN != 0) {
		if (n != -1)
			log_error("%s is damaged: restore it from a backup",
			    path);
		freezero(buf, SEEDS_LEN + DISCOVERYD_SEED_LEN);
		return NULL;
	}
	*len = (size_t)n;
	return buf;
}

int
keys_check(struct discoveryd *d)
{
	char	 path[PATH_MAX];
	uint8_t	*buf;
	size_t	 len;

	if ((buf = seeds_read(d, path, &len)) == NULL)
		return -1;
	freezero(buf, SEEDS_LEN + DISCOVERYD_SEED_LEN);
	return keys_tls_present(d) == -1 ? -1 : 0;
}

int
keys_seeds_send(struct discoveryd *d, struct chan *c)
{
	struct msg_authority	 m;
	char			 path[PATH_MAX];
	uint8_t			*buf;
	size_t			 len, off;
	int			 ret = 0;

	if ((buf = seeds_read(d, path, &len)) == NULL)
		return -1;
	for (off = 0; ret == 0 && off < len; off += DISCOVERYD_SEED_LEN) {
		memset(&m, 0, sizeof(m));
		memcpy(m.seed, buf + off, sizeof(m.seed));
		ret = msg_send_authority(c, &m, -1);
	}
	explicit_bzero(&m, sizeof(m));
	freezero(buf, SEEDS_LEN + DISCOVERYD_SEED_LEN);
	return ret;
}

int
keys_seed_add(struct discoveryd *d, const uint8_t seed[DISCOVERYD_SEED_LEN])
{
	char	 path[PATH_MAX];
	uint8_t	*buf;
	size_t	 len;
	int	 ret = -1;

	if ((buf = seeds_read(d, path, &len)) == NULL)
		return -1;
	if (len < SEEDS_LEN) {
		memcpy(buf + len, seed, DISCOVERYD_SEED_LEN);
		ret = parent_file_write(path, buf, len + DISCOVERYD_SEED_LEN);
		if (ret == -1)
			log_error("%s: %s", path, strerror(errno));
	}
	freezero(buf, SEEDS_LEN + DISCOVERYD_SEED_LEN);
	return ret;
}
