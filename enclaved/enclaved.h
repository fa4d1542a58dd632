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
 * The agent's parent: what it holds open for its children, and the key file.
 */

#ifndef ENCLAVED_ENCLAVED_H
#define ENCLAVED_ENCLAVED_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "enclaved/conf.h"
#include "os/tun.h"
#include "parent/parent.h"

#define ENCLAVED_FLOW_BYTES	(16 * 1024 * 1024)
#define ENCLAVED_KEYS_FILE	"keys"

struct enclaved {
	struct parent		 parent;
	struct enclaved_conf	*conf;
	const char		*conf_path;
	uint64_t		 run;		/* differs for each start */
	int			 offloads;	/* TUN_OFFLOAD_... in force */
	int			 verbose;
	/* Kept open, so that a child that is replaced gets the same. */
	int			 tun, udp4, udp6, route, control, flows;
	int			 tcp4, tcp6;	/* where peers call, or -1 */
	uint16_t		 tcp_port;	/* of these; 0: closed */
	/* Set by ctlproc, family 0 before that. */
	struct tun_prefix	 own4, own6;
	char			*ca;
	size_t			 ca_len;
	char			 facts[8192];	/* as told last */
	int			 facts_told;	/* of wrong files, once */
	int			 facts_armed;
	struct event		 facts_timer;
};

extern const struct parent_desc	enclaved_desc;

/* provide.c: open everything privileged.  0, or -1 after a message. */
int	provide_open(struct enclaved *);
/* Read the trusted certificates (again); on failure the old ones stay. */
int	provide_ca(struct enclaved *);
void	provide_close(struct enclaved *);
int	provide_setup(struct parent *, struct parent_child *);
void	on_keys_store(void *, struct chan *, const void *, int);
void	on_authority_store(void *, struct chan *, const void *, int);
void	on_pins_store(void *, struct chan *, const void *, int);
void	on_identity_reset(void *, struct chan *, const void *, int);
void	on_tun_configure(void *, struct chan *, const void *, int);

/*
 * listen.c: the TCP port of the configuration, if it is another than before.
 * 0, or -1 after a message, and then there is none.
 */
int	listen_open(struct enclaved *);

/* static.c: addresses and peers of the configuration.  0 or -1. */
int	static_configure(struct enclaved *);
int	static_has_address(const struct enclaved *,
	    const struct tun_prefix *);
void	static_keep(struct enclaved_conf *, const struct enclaved_conf *);
int	static_crypto(struct enclaved *, struct chan *);
int	static_net(struct enclaved *, struct chan *);
int	static_tun(struct enclaved *, struct chan *);
int	static_ctl(struct enclaved *, struct chan *);

/* facts.c: what this system is, for ctlproc.  0 or -1. */
int	facts_give(struct enclaved *, struct chan *);
/* Look again, and tell what has changed. */
void	facts_look(struct parent *);
void	facts_start(struct parent *);

/* config.c: the file, and SIGHUP. */
int	config_load(struct enclaved *);
int	config_log_level(const struct enclaved *);
void	config_reload(struct parent *);

#endif /* ENCLAVED_ENCLAVED_H */
