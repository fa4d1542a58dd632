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
 * The configuration of enclave-relayd as its grammar fills it.  One struct
 * without pointers; the token itself is not in it.
 */

#ifndef RELAYD_CONF_H
#define RELAYD_CONF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/endpoint.h"
#include "conf/lex.h"
#include "conf/value.h"

#define RELAYD_CONF_FILE	"/etc/enclave/enclave-relayd.conf"
#define RELAYD_DISCOVERY_MAX	4
#define RELAYD_DISCOVERY_PORT	443
#define RELAYD_LISTEN_MAX	8
#define RELAYD_LISTEN_PORT	443
#define RELAYD_NAME_MAX		64	/* with its NUL */
#define RELAYD_PROCESSES_MAX	8
#define RELAYD_PAIRS_MAX	100000
#define RELAYD_RATE_MIN		1000	/* bytes a second */
#define RELAYD_RATE_MAX		1000000000000LL
#define RELAYD_IDLE_MAX		86400	/* seconds */

/* Statements that may be given once; bits of "given". */
#define RELAYD_GIVEN_PIN	0x001u
#define RELAYD_GIVEN_CA		0x002u
#define RELAYD_GIVEN_NAME	0x004u
#define RELAYD_GIVEN_TOKEN	0x008u
#define RELAYD_GIVEN_LISTEN	0x010u	/* replaces the default */
#define RELAYD_GIVEN_PROCESSES	0x020u
#define RELAYD_GIVEN_RATE	0x040u
#define RELAYD_GIVEN_IDLE	0x080u
#define RELAYD_GIVEN_PAIRS	0x100u
#define RELAYD_GIVEN_STATE	0x200u
#define RELAYD_GIVEN_LEVEL	0x400u

struct relayd_discovery {
	char		 host[CONF_HOST_MAX];	/* name or address */
	uint16_t	 port;
};

struct relayd_conf {
	struct relayd_discovery discovery[RELAYD_DISCOVERY_MAX];
	struct endpoint	 listen[RELAYD_LISTEN_MAX];	/* TCP, instance 0 */
	struct endpoint	 advertise[RELAYD_LISTEN_MAX];	/* as peers see it */
	char		 name[RELAYD_NAME_MAX];
	char		 token[CONF_PATH_MAX];		/* of its file */
	char		 ca[CONF_PATH_MAX];		/* "" without one */
	char		 state[CONF_PATH_MAX];
	uint8_t		 pin[CONF_PIN_LEN];	/* if RELAYD_GIVEN_PIN */
	unsigned int	 given;
	unsigned int	 ndiscovery;
	unsigned int	 nlisten;
	unsigned int	 nadvertise;
	uint64_t	 rate;			/* bytes a second, 0 any */
	uint32_t	 idle;			/* seconds */
	uint32_t	 pairs;			/* of one process */
	int		 processes;		/* spliceproc, 1.. */
	int		 copy;			/* do not splice */
	int		 log_level;		/* LOG_ERR .. LOG_DEBUG */
};

/* With all defaults; NULL when memory is short.  Freed by the caller. */
struct relayd_conf *relayd_conf_new(void);
void		 relayd_conf_free(struct relayd_conf *);

/*
 * Parse and check a file or memory; NULL after one or more reports, each of
 * them passed to the function (NULL: stderr).  Not reentrant, as yacc is not.
 */
struct relayd_conf *relayd_conf_parse(const char *path, lex_report_fn *,
		    void *arg);
struct relayd_conf *relayd_conf_parse_buffer(const char *name, const void *,
		    size_t, lex_report_fn *, void *arg);

/* What no single statement shows; NULL or the reason. */
const char	*relayd_conf_check(const struct relayd_conf *);

/*
 * Where peers reach instance 0: what is advertised, or else where it
 * listens.  Returns how many, at most RELAYD_LISTEN_MAX.
 */
unsigned int	 relayd_conf_endpoints(const struct relayd_conf *,
		    struct endpoint *);

/* The canonical form, all defaults spelled out; 0, or -1 on write errors. */
int		 relayd_conf_print(const struct relayd_conf *, FILE *);

/* One for each statement, called by the grammar; NULL or the reason. */
const char	*relayd_conf_add_discovery(struct relayd_conf *,
		    const char *, int64_t);
const char	*relayd_conf_set_pin(struct relayd_conf *, const char *);
const char	*relayd_conf_set_ca(struct relayd_conf *, const char *);
const char	*relayd_conf_set_name(struct relayd_conf *, const char *);
const char	*relayd_conf_set_token(struct relayd_conf *, const char *);
const char	*relayd_conf_add_listen(struct relayd_conf *, const char *,
		    int64_t);
/* Port 0: that of the first "listen on". */
const char	*relayd_conf_add_advertise(struct relayd_conf *, const char *,
		    int64_t);
const char	*relayd_conf_set_processes(struct relayd_conf *, int64_t);
const char	*relayd_conf_set_rate(struct relayd_conf *, int64_t);
const char	*relayd_conf_set_idle(struct relayd_conf *, int64_t);
const char	*relayd_conf_set_pairs(struct relayd_conf *, int64_t);
const char	*relayd_conf_set_copy(struct relayd_conf *);
const char	*relayd_conf_set_state(struct relayd_conf *, const char *);
const char	*relayd_conf_set_level(struct relayd_conf *, const char *);

#endif /* RELAYD_CONF_H */
