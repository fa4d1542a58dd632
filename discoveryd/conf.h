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
 * The configuration of enclave-discoveryd as its grammar fills it.  One
 * struct without pointers, so that the parent can hand parts of it on as
 * they are.
 */

#ifndef DISCOVERYD_CONF_H
#define DISCOVERYD_CONF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/endpoint.h"
#include "conf/lex.h"
#include "conf/value.h"

#define DISCOVERYD_CONF_FILE	"/etc/enclave/enclave-discoveryd.conf"
#define DISCOVERYD_LISTEN_MAX	8
#define DISCOVERYD_LISTEN_PORT	443
#define DISCOVERYD_STUN_MAX	8
#define DISCOVERYD_STUN_PORT	3478
#define DISCOVERYD_STUN_ALL	(2 * DISCOVERYD_STUN_MAX)
#define DISCOVERYD_PROCESSES_MAX 8

/* Instead of a number after "alternate": not said, and "none". */
#define DISCOVERYD_ALTERNATE_NEXT	INT64_MAX
#define DISCOVERYD_ALTERNATE_NONE	(INT64_MAX - 1)

/* Statements that replace a default; bits of "given". */
#define DISCOVERYD_GIVEN_LISTEN		0x01u
#define DISCOVERYD_GIVEN_TLS		0x02u
#define DISCOVERYD_GIVEN_PROCESSES	0x04u
#define DISCOVERYD_GIVEN_STATE		0x08u
#define DISCOVERYD_GIVEN_SOCKET		0x10u
#define DISCOVERYD_GIVEN_LEVEL		0x20u
#define DISCOVERYD_GIVEN_IDENTITY	0x40u
#define DISCOVERYD_GIVEN_API		0x80u
#define DISCOVERYD_GIVEN_GEO		0x100u

struct discoveryd_conf {
	struct endpoint	 listen[DISCOVERYD_LISTEN_MAX];	/* TCP */
	struct endpoint	 stun[DISCOVERYD_STUN_MAX];	/* UDP and TCP */
	uint16_t	 alternate[DISCOVERYD_STUN_MAX]; /* port, 0: none */
	uint8_t		 alternate_given[DISCOVERYD_STUN_MAX];
	char		 certificate[CONF_PATH_MAX];	/* "": self-signed */
	char		 key[CONF_PATH_MAX];		/* "": self-signed */
	char		 identity_ca[CONF_PATH_MAX];	/* "": the system's */
	char		 geo[CONF_PATH_MAX];		/* "" without one */
	char		 state[CONF_PATH_MAX];
	char		 socket[CONF_SOCKET_MAX];
	char		 group[CONF_GROUP_MAX];		/* "" without one */
	unsigned int	 given;
	unsigned int	 nlisten;
	unsigned int	 nstun;
	int		 processes;		/* tlsproc, 1.. */
	int		 api;			/* 1: REST on the same port */
	int		 log_level;		/* LOG_ERR .. LOG_DEBUG */
};

/* With all defaults; NULL when memory is short.  Freed by the caller. */
struct discoveryd_conf *discoveryd_conf_new(void);
void		 discoveryd_conf_free(struct discoveryd_conf *);

/*
 * Parse and check a file or memory; NULL after one or more reports, each of
 * them passed to the function (NULL: stderr).  Not reentrant, as yacc is not.
 */
struct discoveryd_conf *discoveryd_conf_parse(const char *path,
		    lex_report_fn *, void *arg);
struct discoveryd_conf *discoveryd_conf_parse_buffer(const char *name,
		    const void *, size_t, lex_report_fn *, void *arg);

/*
 * What no single statement shows; NULL or the reason.  An alternate port that
 * was not asked for gives way to one that was.
 */
const char	*discoveryd_conf_check(struct discoveryd_conf *);

/* Where stunproc answers, first ports before alternate ones; their number. */
unsigned int	 discoveryd_conf_stun(const struct discoveryd_conf *,
		    struct endpoint out[DISCOVERYD_STUN_ALL]);

/* The canonical form, all defaults spelled out; 0, or -1 on write errors. */
int		 discoveryd_conf_print(const struct discoveryd_conf *, FILE *);

/* One for each statement, called by the grammar; NULL or the reason. */
const char	*discoveryd_conf_add_listen(struct discoveryd_conf *,
		    const char *, int64_t);
const char	*discoveryd_conf_add_stun(struct discoveryd_conf *,
		    const char *, int64_t port, int64_t alternate);
const char	*discoveryd_conf_set_tls(struct discoveryd_conf *,
		    const char *certificate, const char *key);
const char	*discoveryd_conf_set_processes(struct discoveryd_conf *,
		    int64_t);
const char	*discoveryd_conf_set_state(struct discoveryd_conf *,
		    const char *);
const char	*discoveryd_conf_set_socket(struct discoveryd_conf *,
		    const char *path, const char *group);
const char	*discoveryd_conf_set_identity(struct discoveryd_conf *,
		    const char *ca);
const char	*discoveryd_conf_set_geo(struct discoveryd_conf *,
		    const char *path);
const char	*discoveryd_conf_set_api(struct discoveryd_conf *, int on);
const char	*discoveryd_conf_set_level(struct discoveryd_conf *,
		    const char *);

#endif /* DISCOVERYD_CONF_H */
