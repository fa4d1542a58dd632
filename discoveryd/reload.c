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
 * SIGHUP: what may change while the service runs is the amount of logging,
 * the database of countries and the content of the certificate files.
 */

#include <sys/types.h>

#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "discoveryd/discoveryd.h"

int
discoveryd_log_level(int level)
{
	switch (level) {
	case LOG_ERR:
		return LOG_LEVEL_ERROR;
	case LOG_WARNING:
		return LOG_LEVEL_WARN;
	case LOG_DEBUG:
		return LOG_LEVEL_DEBUG;
	default:
		return LOG_LEVEL_INFO;
	}
}

static void
report(void *arg, const char *line)
{
	(void)arg;
	log_warnx("%s", line);
}

static int
endpoints_differ(const struct endpoint *a, unsigned int na,
    const struct endpoint *b, unsigned int nb)
{
	unsigned int	 i;

	if (na != nb)
		return 1;
	for (i = 0; i < na; i++)
		if (endpoint_cmp(&a[i], &b[i]) != 0)
			return 1;
	return 0;
}

static void
warn_restart(const char *what)
{
	log_warnx("\"%s\" has changed in the configuration: that needs a "
	    "restart", what);
}

static void
compare(const struct discoveryd_conf *a, const struct discoveryd_conf *b)
{
	if (endpoints_differ(a->listen, a->nlisten, b->listen, b->nlisten))
		warn_restart("listen on");
	if (endpoints_differ(a->stun, a->nstun, b->stun, b->nstun) ||
	    memcmp(a->alternate, b->alternate, sizeof(a->alternate)) != 0)
		warn_restart("stun on");
	if (strcmp(a->certificate, b->certificate) != 0 ||
	    strcmp(a->key, b->key) != 0)
		warn_restart("tls certificate");
	if (strcmp(a->identity_ca, b->identity_ca) != 0)
		warn_restart("identity ca");
	if (a->processes != b->processes)
		warn_restart("tls processes");
	if (a->api != b->api)
		warn_restart("api");
	if (strcmp(a->state, b->state) != 0)
		warn_restart("state directory");
	if (strcmp(a->socket, b->socket) != 0 ||
	    strcmp(a->group, b->group) != 0)
		warn_restart("socket");
}

static void
apply_level(struct parent *pa, int level)
{
	struct msg_log_level	 m;
	size_t			 i;

	log_set_level(level);
	memset(&m, 0, sizeof(m));
	m.level = (uint8_t)level;
	for (i = 0; i < pa->nchildren; i++)
		if (pa->children[i].ready && pa->children[i].chan != NULL)
			msg_send_log_level(pa->children[i].chan, &m, -1);
}

void
discoveryd_reload(struct parent *pa)
{
	struct discoveryd	*d = pa->env;
	struct discoveryd_conf	*conf;
	size_t			 i;

	if ((conf = discoveryd_conf_parse(d->file, report, NULL)) == NULL) {
		log_warnx("the configuration stays as it was");
		return;
	}
	compare(d->conf, conf);
	apply_level(pa, d->verbose ? LOG_LEVEL_DEBUG :
	    discoveryd_log_level(conf->log_level));
	geo_reload(d, conf->geo);
	discoveryd_conf_free(conf);
	log_info("configuration read again");
	if (!keys_tls_changed(d))
		return;
	for (i = 0; i < pa->nchildren; i++)
		if (pa->children[i].desc->role == ROLE_TLS)
			parent_punish(pa, pa->children[i].chan,
			    "its certificate has changed");
}
