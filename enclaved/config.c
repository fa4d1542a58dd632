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
 * Loading the configuration, and what a reload may change.
 */

#include <sys/types.h>

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/log.h"
#include "enclaved/enclaved.h"

static void
report(void *arg, const char *text)
{
	(void)arg;
	log_error("%s", text);
}

int
config_load(struct enclaved *e)
{
	struct enclaved_conf	*conf;

	if ((conf = enclaved_conf_parse(e->conf_path, report, NULL)) == NULL)
		return -1;
	enclaved_conf_free(e->conf);
	e->conf = conf;
	return 0;
}

int
config_log_level(const struct enclaved *e)
{
	if (e->verbose)
		return LOG_LEVEL_DEBUG;
	switch (e->conf->log_level) {
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
send_log_level(struct parent *pa, int level)
{
	struct msg_log_level	 m;
	size_t			 i;

	memset(&m, 0, sizeof(m));
	m.level = (uint8_t)level;
	for (i = 0; i < pa->nchildren; i++)
		if (pa->children[i].ready)
			msg_send_log_level(pa->children[i].chan, &m, -1);
}

/* What the descriptors that are open already were made from. */
static int
needs_restart(const struct enclaved_conf *a, const struct enclaved_conf *b)
{
	return strcmp(a->interface, b->interface) != 0 ||
	    strcmp(a->state, b->state) != 0 ||
	    strcmp(a->socket, b->socket) != 0 ||
	    strcmp(a->group, b->group) != 0 ||
	    a->port != b->port || a->mtu != b->mtu || a->plain != b->plain ||
	    a->no_aes != b->no_aes ||
	    a->naddress != b->naddress || a->npeers != b->npeers ||
	    memcmp(a->address, b->address, sizeof(a->address)) != 0 ||
	    memcmp(a->peers, b->peers, sizeof(a->peers)) != 0;
}

/* What netproc takes at its start. */
static int
net_differs(const struct enclaved_conf *a, const struct enclaved_conf *b)
{
	return memcmp(a->exclude, b->exclude, sizeof(a->exclude)) != 0 ||
	    memcmp(a->without, b->without, sizeof(a->without)) != 0 ||
	    memcmp(a->advertise, b->advertise, sizeof(a->advertise)) != 0 ||
	    a->tcp_port != b->tcp_port;
}

/*
 * A bad file changes nothing.  netproc and linkproc take their part of the
 * configuration at their start, so they are started anew; sessions live in
 * cryptoproc and go on.
 */
void
config_reload(struct parent *pa)
{
	struct enclaved		*e = pa->env;
	struct enclaved_conf	*old = e->conf;
	struct parent_child	*ch;

	log_info("reading %s again", e->conf_path);
	e->conf = NULL;
	if (config_load(e) == -1) {
		e->conf = old;
		log_error("%s is not usable, everything stays as it was",
		    e->conf_path);
		return;
	}
	/* The trusted certificates may have changed under the same name. */
	if (provide_ca(e) == -1) {
		enclaved_conf_free(e->conf);
		e->conf = old;
		log_error("everything stays as it was");
		return;
	}
	log_set_level(config_log_level(e));
	send_log_level(pa, log_get_level());
	if (needs_restart(old, e->conf))
		log_warnx("interface, mtu, port, socket, state directory, "
		    "addresses and peers take effect after a restart");
	static_keep(e->conf, old);
	if ((ch = parent_find(pa, ROLE_LINK)) != NULL && (memcmp(
	    old->discovery, e->conf->discovery, sizeof(old->discovery)) != 0 ||
	    memcmp(old->pin, e->conf->pin, sizeof(old->pin)) != 0 ||
	    e->conf->ca[0] != '\0' || old->ca[0] != '\0'))
		parent_punish(pa, ch->chan, "its configuration has changed");
	if ((ch = parent_find(pa, ROLE_NET)) != NULL &&
	    net_differs(old, e->conf))
		parent_punish(pa, ch->chan, "its configuration has changed");
	enclaved_conf_free(old);
	e->facts_told = 0;
	facts_look(pa);
}
