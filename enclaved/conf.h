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
 * The configuration of enclaved as its grammar fills it.  One struct without
 * pointers, so that the parent can hand parts of it on as they are.
 */

#ifndef ENCLAVED_CONF_H
#define ENCLAVED_CONF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "conf/lex.h"
#include "conf/value.h"
#include "msg/msg.h"

#define ENCLAVED_CONF_FILE	"/etc/enclave/enclaved.conf"
#define ENCLAVED_DISCOVERY_MAX	4
#define ENCLAVED_DISCOVERY_PORT	443
#define ENCLAVED_EXCLUDE_MAX	32
#define ENCLAVED_GLOB_MAX	32	/* with its NUL */
#define ENCLAVED_ADVERTISE_MAX	8
#define ENCLAVED_IFNAME_MAX	16	/* with its NUL */
#define ENCLAVED_NAME_MAX	64	/* with its NUL */
#define ENCLAVED_MTU_MIN	1280
#define ENCLAVED_MTU_MAX	9000
#define ENCLAVED_MTU_DEFAULT	1420

/* Statements that may be given once; bits of "given". */
#define ENCLAVED_GIVEN_PIN		0x01u
#define ENCLAVED_GIVEN_CA		0x02u
#define ENCLAVED_GIVEN_INTERFACE	0x04u
#define ENCLAVED_GIVEN_PORT		0x08u
#define ENCLAVED_GIVEN_MTU		0x10u
#define ENCLAVED_GIVEN_STATE		0x20u
#define ENCLAVED_GIVEN_SOCKET		0x40u
#define ENCLAVED_GIVEN_LEVEL		0x80u
#define ENCLAVED_GIVEN_TCP_PORT		0x100u
#define ENCLAVED_GIVEN_FACTS		0x200u

struct enclaved_discovery {
	char		 host[CONF_HOST_MAX];	/* name or address */
	uint16_t	 port;
};

struct enclaved_prefix {
	struct endpoint	 addr;			/* without port */
	uint8_t		 plen;
};

/* Where peers reach this system; port 0: that of the tunnels. */
struct enclaved_advertise {
	struct endpoint	 address;
	int		 tcp;
};

/* Ways to a path; each can be switched off. */
enum enclaved_way {
	ENCLAVED_WAY_TCP,
	ENCLAVED_WAY_RELAY,
	ENCLAVED_WAY_PORTMAP,
	ENCLAVED_WAY_GUESS,
	ENCLAVED_WAYS
};

/* A peer without discovery. */
struct enclaved_peer {
	char		 name[ENCLAVED_NAME_MAX];
	uint8_t		 public[32];
	uint8_t		 psk[32];
	int		 has_public;
	int		 has_psk;
	int		 keepalive;		/* seconds; 0 none, -1 unset */
	struct endpoint	 endpoint;		/* family 0: not known */
	struct enclaved_prefix allowed[PEER_ROUTES_MAX];
	unsigned int	 nallowed;
	struct msg_acls	 accept;		/* empty: everything */
};

struct enclaved_conf {
	struct enclaved_discovery discovery[ENCLAVED_DISCOVERY_MAX];
	char		 exclude[ENCLAVED_EXCLUDE_MAX][ENCLAVED_GLOB_MAX];
	char		 ca[CONF_PATH_MAX];		/* "" without one */
	char		 state[CONF_PATH_MAX];
	char		 facts[CONF_PATH_MAX];	/* directory */
	char		 socket[CONF_SOCKET_MAX];
	char		 group[CONF_GROUP_MAX];		/* "" without one */
	char		 interface[ENCLAVED_IFNAME_MAX];
	uint8_t		 pin[CONF_PIN_LEN];	/* if ENCLAVED_GIVEN_PIN */
	unsigned int	 given;
	unsigned int	 ndiscovery;
	unsigned int	 nexclude;
	unsigned int	 naddress;
	unsigned int	 npeers;
	struct enclaved_prefix address[SELF_MAX];
	struct enclaved_peer peers[PEER_STATIC_MAX];
	int		 mtu;
	int		 plain;			/* packets one by one */
	int		 no_aes;		/* WireGuard's suite only */
	int		 log_level;		/* LOG_ERR .. LOG_DEBUG */
	uint16_t	 port;			/* 0: the system's choice */
	uint16_t	 tcp_port;		/* the same */
	uint8_t		 without[ENCLAVED_WAYS];
	unsigned int	 nadvertise;
	struct enclaved_advertise advertise[ENCLAVED_ADVERTISE_MAX];
};

/* With all defaults; NULL when memory is short.  Freed by the caller. */
struct enclaved_conf *enclaved_conf_new(void);
void		 enclaved_conf_free(struct enclaved_conf *);

/*
 * Parse and check a file or memory; NULL after one or more reports, each of
 * them passed to the function (NULL: stderr).  Not reentrant, as yacc is not.
 */
struct enclaved_conf *enclaved_conf_parse(const char *path, lex_report_fn *,
		    void *arg);
struct enclaved_conf *enclaved_conf_parse_buffer(const char *name,
		    const void *, size_t, lex_report_fn *, void *arg);

/* What no single statement shows; NULL or the reason. */
const char	*enclaved_conf_check(const struct enclaved_conf *);

/* The canonical form, all defaults spelled out; 0, or -1 on write errors. */
int		 enclaved_conf_print(const struct enclaved_conf *, FILE *);

/* One for each statement, called by the grammar; NULL or the reason. */
const char	*enclaved_conf_add_discovery(struct enclaved_conf *,
		    const char *, int64_t);
const char	*enclaved_conf_add_exclude(struct enclaved_conf *,
		    const char *);
const char	*enclaved_conf_set_pin(struct enclaved_conf *, const char *);
const char	*enclaved_conf_set_ca(struct enclaved_conf *, const char *);
const char	*enclaved_conf_set_interface(struct enclaved_conf *,
		    const char *);
const char	*enclaved_conf_set_port(struct enclaved_conf *, int64_t);
const char	*enclaved_conf_set_mtu(struct enclaved_conf *, int64_t);
const char	*enclaved_conf_set_plain(struct enclaved_conf *);
const char	*enclaved_conf_set_no_aes(struct enclaved_conf *);
const char	*enclaved_conf_set_tcp_port(struct enclaved_conf *, int64_t);
const char	*enclaved_conf_set_without(struct enclaved_conf *,
		    enum enclaved_way);
/* port 0 where the statement has none */
const char	*enclaved_conf_add_advertise(struct enclaved_conf *,
		    const char *, int64_t port, int tcp);
const char	*enclaved_conf_set_state(struct enclaved_conf *, const char *);
const char	*enclaved_conf_set_facts(struct enclaved_conf *, const char *);
const char	*enclaved_conf_set_socket(struct enclaved_conf *,
		    const char *path, const char *group);
const char	*enclaved_conf_set_level(struct enclaved_conf *, const char *);

/* conf_peer.c: the peer added last is the one that the others are about. */
const char	*enclaved_conf_add_address(struct enclaved_conf *,
		    const char *);
const char	*enclaved_conf_add_peer(struct enclaved_conf *, const char *);
const char	*enclaved_conf_peer_public(struct enclaved_conf *,
		    const char *);
const char	*enclaved_conf_peer_psk(struct enclaved_conf *, const char *);
const char	*enclaved_conf_peer_endpoint(struct enclaved_conf *,
		    const char *, int64_t);
const char	*enclaved_conf_peer_allowed(struct enclaved_conf *,
		    const char *);
const char	*enclaved_conf_peer_accept(struct enclaved_conf *,
		    const char *);
const char	*enclaved_conf_peer_keepalive(struct enclaved_conf *, int64_t);
/* What is missing at its end. */
const char	*enclaved_conf_peer_check(const struct enclaved_conf *);
int		 enclaved_conf_has_psk(const struct enclaved_conf *);
void		 enclaved_conf_print_peers(const struct enclaved_conf *,
		    FILE *);

#endif /* ENCLAVED_CONF_H */
