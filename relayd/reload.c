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
 * SIGHUP: what may change while the relay runs is the amount of logging and
 * what it says to discovery.  Connections through the relay go on.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "relayd/relayd.h"

static void
report(void *arg, const char *line)
{
	(void)arg;
	log_warnx("%s", line);
}

int
relayd_log_level(const struct relayd *d)
{
	if (d->verbose)
		return LOG_LEVEL_DEBUG;
	switch (d->conf->log_level) {
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

/* What spliceproc was given at its start. */
static int
needs_restart(const struct relayd_conf *a, const struct relayd_conf *b)
{
	return memcmp(a->listen, b->listen, sizeof(a->listen)) != 0 ||
	    a->processes != b->processes || a->pairs != b->pairs ||
	    a->rate != b->rate || a->idle != b->idle || a->copy != b->copy ||
	    strcmp(a->state, b->state) != 0;
}

static int
link_differs(const struct relayd_conf *a, const struct relayd_conf *b)
{
	return memcmp(a->discovery, b->discovery, sizeof(a->discovery)) !=
	    0 || memcmp(a->pin, b->pin, sizeof(a->pin)) != 0 ||
	    memcmp(a->advertise, b->advertise, sizeof(a->advertise)) != 0 ||
	    strcmp(a->name, b->name) != 0 || strcmp(a->token, b->token) != 0;
}

/* Until the restart that they need, these stay. */
static void
keep(struct relayd_conf *conf, const struct relayd_conf *old)
{
	memcpy(conf->listen, old->listen, sizeof(conf->listen));
	conf->nlisten = old->nlisten;
	conf->given = (conf->given & ~RELAYD_GIVEN_LISTEN) |
	    (old->given & RELAYD_GIVEN_LISTEN);
	conf->processes = old->processes;
	conf->pairs = old->pairs;
	conf->rate = old->rate;
	conf->idle = old->idle;
	conf->copy = old->copy;
	memcpy(conf->state, old->state, sizeof(conf->state));
}

void
relayd_reload(struct parent *pa)
{
	struct relayd		*d = pa->env;
	struct relayd_conf	*old = d->conf, *conf;
	struct parent_child	*ch;

	if ((conf = relayd_conf_parse(d->file, report, NULL)) == NULL) {
		log_warnx("the configuration stays as it was");
		return;
	}
	d->conf = conf;
	/* The trusted certificates may have changed under the same name. */
	if (provide_ca(d) == -1) {
		d->conf = old;
		relayd_conf_free(conf);
		log_warnx("the configuration stays as it was");
		return;
	}
	apply_level(pa, relayd_log_level(d));
	if (needs_restart(old, conf)) {
		log_warnx("listen addresses, processes, limits and state "
		    "directory take effect after a restart");
		keep(conf, old);
	}
	log_info("configuration read again");
	if ((ch = parent_find(pa, ROLE_LINK)) != NULL &&
	    (link_differs(old, conf) || conf->ca[0] != '\0' ||
	    old->ca[0] != '\0' || provide_token_changed(d)))
		parent_punish(pa, ch->chan, "its configuration has changed");
	relayd_conf_free(old);
}
