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
 * The parent of the discovery service: opens sockets, reads and writes the
 * key files, starts the children.  It holds no key longer than it takes to
 * hand it on, and parses nothing that came from a network.
 */

#ifndef DISCOVERYD_DISCOVERYD_H
#define DISCOVERYD_DISCOVERYD_H

#include <sys/types.h>
#include <sys/stat.h>

#include "discoveryd/conf.h"
#include "parent/parent.h"

#define DISCOVERYD_SEEDS_MAX	256
#define DISCOVERYD_SEED_LEN	32

struct discoveryd {
	struct parent		 parent;
	struct discoveryd_conf	*conf;
	const char		*file;
	int			 verbose;
	int			 tls[DISCOVERYD_LISTEN_MAX];
	struct endpoint		 stun[DISCOVERYD_STUN_ALL];
	unsigned int		 nstun;
	int			 stun_udp[DISCOVERYD_STUN_ALL];
	int			 stun_tcp[DISCOVERYD_STUN_ALL];
	int			 admin;
	unsigned int		 instances;
	char			 pin[80];
	int			 zones;		/* -1: there is no data */
	size_t			 zones_len;
	int			 geo;		/* -1: there is no database */
	size_t			 geo_len;
	struct stat		 geo_stat;	/* of the file that was read */
	/* The certificate and key that were read, to notice others. */
	struct stat		 tls_stat[2];
};

extern const struct parent_desc	discoveryd_desc;

/* sockets.c: 0, or -1 after one line in the log. */
int	 sockets_open(struct discoveryd *);
void	 sockets_close(struct discoveryd *);

/* zones.c: time zones for active hours. */
void	 zones_open(struct discoveryd *);

/* geo.c: the database of countries. */
/* At the start; without it every country is unknown. */
void	 geo_open_first(struct discoveryd *);
/* Another configuration, or another file by the same name. */
void	 geo_reload(struct discoveryd *, const char *path);
int	 geo_send(struct discoveryd *, struct chan *);

/* keys.c: files that only root may read. */
/* 1 when there is a certificate and a key, 0 when not, -1 and a line. */
int	 keys_tls_present(struct discoveryd *);
/* Send TLS_KEYPAIR or TLS_NONE.  0 or -1. */
int	 keys_tls_send(struct discoveryd *, struct chan *);
int	 keys_tls_store(struct discoveryd *, const struct msg_tls_store *);
/* Nonzero when the files are others than those last read. */
int	 keys_tls_changed(struct discoveryd *);
/* Before anything starts: can the authority keys be read?  0 or -1. */
int	 keys_check(struct discoveryd *);
int	 keys_seeds_send(struct discoveryd *, struct chan *);
int	 keys_seed_add(struct discoveryd *,
	    const uint8_t seed[DISCOVERYD_SEED_LEN]);

/* table.c: what each child is given. */
int	 discoveryd_setup(struct parent *, struct parent_child *);

/* reload.c */
void	 discoveryd_reload(struct parent *);
int	 discoveryd_log_level(int syslog_level);

#endif /* DISCOVERYD_DISCOVERYD_H */
