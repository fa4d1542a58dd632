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
 * The configuration of enclave-discoveryd: defaults, checks of each statement
 * and of the whole, and printing it back.  Runs in the parent before anything
 * else is started, and in check mode.  Opens and binds nothing.
 */

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "discoveryd/conf.h"

struct discoveryd_conf *
discoveryd_conf_new(void)
{
	struct discoveryd_conf	*conf;

	if ((conf = calloc(1, sizeof(*conf))) == NULL)
		return NULL;
	strlcpy(conf->state, "/var/lib/enclave-discovery",
	    sizeof(conf->state));
	strlcpy(conf->socket, "/run/enclave/discoveryd.sock",
	    sizeof(conf->socket));
	/* The first listen statement replaces these two. */
	(void)endpoint_parse(&conf->listen[0], "0.0.0.0",
	    DISCOVERYD_LISTEN_PORT);
	(void)endpoint_parse(&conf->listen[1], "::", DISCOVERYD_LISTEN_PORT);
	conf->nlisten = 2;
	conf->processes = 1;
	conf->api = 1;
	conf->log_level = LOG_INFO;
	return conf;
}

void
discoveryd_conf_free(struct discoveryd_conf *conf)
{
	free(conf);
}

/* Marks a statement as given; -1 when it was before. */
static int
give(struct discoveryd_conf *conf, unsigned int statement)
{
	if (conf->given & statement)
		return -1;
	conf->given |= statement;
	return 0;
}

static int
is_any(const struct endpoint *ep)
{
	static const uint8_t	 zero[sizeof(ep->addr)];

	return memcmp(ep->addr, zero, sizeof(zero)) == 0;
}

static int
is_multicast(const struct endpoint *ep)
{
	if (ep->family == 4)
		return ep->addr[0] >= 224;
	return ep->addr[0] == 0xff;
}

const char *
discoveryd_conf_add_listen(struct discoveryd_conf *conf, const char *address,
    int64_t port)
{
	struct endpoint	 ep;
	const char	*reason;
	unsigned int	 i, n;

	if ((reason = conf_value_endpoint(&ep, address, port)) != NULL)
		return reason;
	if (is_multicast(&ep))
		return "not an address to listen on";
	n = conf->given & DISCOVERYD_GIVEN_LISTEN ? conf->nlisten : 0;
	for (i = 0; i < n; i++)
		if (endpoint_cmp(&conf->listen[i], &ep) == 0)
			return "listen address is given twice";
	if (n == DISCOVERYD_LISTEN_MAX)
		return "more than 8 listen addresses";
	conf->given |= DISCOVERYD_GIVEN_LISTEN;
	if (n == 0)
		memset(conf->listen, 0, sizeof(conf->listen));
	conf->listen[n] = ep;
	conf->nlisten = n + 1;
	return NULL;
}

/* Is it asked for, as a first or as an alternate port? */
static int
stun_given(const struct discoveryd_conf *conf, const struct endpoint *ep)
{
	unsigned int	 i;

	for (i = 0; i < conf->nstun; i++) {
		if (endpoint_cmp_addr(&conf->stun[i], ep) == 0 &&
		    (conf->stun[i].port == ep->port ||
		    (conf->alternate_given[i] &&
		    conf->alternate[i] == ep->port)))
			return 1;
	}
	return 0;
}

/* The port next to the first one unless the statement says otherwise. */
static const char *
set_alternate(struct discoveryd_conf *conf, unsigned int n, int64_t alternate)
{
	uint16_t	 port = conf->stun[n].port;

	conf->alternate_given[n] = alternate != DISCOVERYD_ALTERNATE_NEXT;
	conf->alternate[n] = 0;
	if (alternate == DISCOVERYD_ALTERNATE_NONE)
		return NULL;
	if (conf->alternate_given[n])
		return conf_value_port(&conf->alternate[n], alternate);
	if (port == UINT16_MAX)
		return "there is no port after this one: name an alternate";
	conf->alternate[n] = port + 1;
	return NULL;
}

const char *
discoveryd_conf_add_stun(struct discoveryd_conf *conf, const char *address,
    int64_t port, int64_t alternate)
{
	struct endpoint	 ep;
	const char	*reason;

	if ((reason = conf_value_endpoint(&ep, address, port)) != NULL)
		return reason;
	/* Agents are told this very address. */
	if (is_any(&ep) || is_multicast(&ep))
		return "stun needs the address that agents will use";
	if (stun_given(conf, &ep))
		return "stun address is given twice";
	if (conf->nstun == DISCOVERYD_STUN_MAX)
		return "more than 8 stun addresses";
	conf->stun[conf->nstun] = ep;
	if ((reason = set_alternate(conf, conf->nstun, alternate)) != NULL)
		return reason;
	ep.port = conf->alternate[conf->nstun];
	if (ep.port != 0 && conf->alternate_given[conf->nstun] &&
	    (ep.port == port || stun_given(conf, &ep)))
		return "stun address is given twice";
	conf->nstun++;
	return NULL;
}

const char *
discoveryd_conf_set_tls(struct discoveryd_conf *conf, const char *certificate,
    const char *key)
{
	const char	*reason;

	if (give(conf, DISCOVERYD_GIVEN_TLS) == -1)
		return "tls certificate is given twice";
	reason = conf_value_path(conf->certificate, sizeof(conf->certificate),
	    certificate);
	if (reason != NULL)
		return reason;
	return conf_value_path(conf->key, sizeof(conf->key), key);
}

const char *
discoveryd_conf_set_processes(struct discoveryd_conf *conf, int64_t n)
{
	if (give(conf, DISCOVERYD_GIVEN_PROCESSES) == -1)
		return "tls processes is given twice";
	if (n < 1 || n > DISCOVERYD_PROCESSES_MAX)
		return "tls processes must be from 1 to 8";
	conf->processes = (int)n;
	return NULL;
}

const char *
discoveryd_conf_set_api(struct discoveryd_conf *conf, int on)
{
	if (give(conf, DISCOVERYD_GIVEN_API) == -1)
		return "api is given twice";
	conf->api = on;
	return NULL;
}

const char *
discoveryd_conf_set_state(struct discoveryd_conf *conf, const char *path)
{
	if (give(conf, DISCOVERYD_GIVEN_STATE) == -1)
		return "state directory is given twice";
	return conf_value_path(conf->state, sizeof(conf->state), path);
}

const char *
discoveryd_conf_set_socket(struct discoveryd_conf *conf, const char *path,
    const char *group)
{
	const char	*reason;

	if (give(conf, DISCOVERYD_GIVEN_SOCKET) == -1)
		return "socket is given twice";
	if ((reason = conf_value_socket(conf->socket, path)) != NULL)
		return reason;
	if (group == NULL)
		return NULL;
	return conf_value_group(conf->group, group);
}

const char *
discoveryd_conf_set_identity(struct discoveryd_conf *conf, const char *ca)
{
	if (give(conf, DISCOVERYD_GIVEN_IDENTITY) == -1)
		return "identity ca is given twice";
	return conf_value_path(conf->identity_ca, sizeof(conf->identity_ca),
	    ca);
}

const char *
discoveryd_conf_set_geo(struct discoveryd_conf *conf, const char *path)
{
	if (give(conf, DISCOVERYD_GIVEN_GEO) == -1)
		return "geo database is given twice";
	return conf_value_path(conf->geo, sizeof(conf->geo), path);
}

const char *
discoveryd_conf_set_level(struct discoveryd_conf *conf, const char *name)
{
	if (give(conf, DISCOVERYD_GIVEN_LEVEL) == -1)
		return "log level is given twice";
	if (conf_level_parse(name) == -1)
		return "not a log level";
	conf->log_level = conf_level_parse(name);
	return NULL;
}

static void
settle_alternates(struct discoveryd_conf *conf)
{
	struct endpoint	 ep;
	unsigned int	 i;

	for (i = 0; i < conf->nstun; i++) {
		ep = conf->stun[i];
		ep.port = conf->alternate[i];
		if (!conf->alternate_given[i] && stun_given(conf, &ep))
			conf->alternate[i] = 0;
	}
}

unsigned int
discoveryd_conf_stun(const struct discoveryd_conf *conf,
    struct endpoint out[DISCOVERYD_STUN_ALL])
{
	unsigned int	 i, n;

	for (n = 0; n < conf->nstun; n++)
		out[n] = conf->stun[n];
	for (i = 0; i < conf->nstun; i++) {
		if (conf->alternate[i] == 0)
			continue;
		out[n] = conf->stun[i];
		out[n++].port = conf->alternate[i];
	}
	return n;
}

/* An unspecified address takes the port from all others of its family. */
const char *
discoveryd_conf_check(struct discoveryd_conf *conf)
{
	unsigned int	 i, j;

	for (i = 0; i < conf->nlisten; i++)
		for (j = 0; j < conf->nlisten; j++)
			if (i != j && is_any(&conf->listen[i]) &&
			    conf->listen[i].family == conf->listen[j].family &&
			    conf->listen[i].port == conf->listen[j].port)
				return "listen addresses overlap";
	settle_alternates(conf);
	return NULL;
}

static void
print_endpoints(const struct discoveryd_conf *conf, FILE *fp)
{
	unsigned int	 i;

	for (i = 0; i < conf->nlisten; i++) {
		fprintf(fp, "listen on ");
		conf_print_endpoint(fp, &conf->listen[i]);
		fprintf(fp, "\n");
	}
	for (i = 0; i < conf->nstun; i++) {
		fprintf(fp, "stun on ");
		conf_print_endpoint(fp, &conf->stun[i]);
		if (conf->alternate[i] == 0)
			fprintf(fp, " alternate none\n");
		else
			fprintf(fp, " alternate %u\n", conf->alternate[i]);
	}
}

int
discoveryd_conf_print(const struct discoveryd_conf *conf, FILE *fp)
{
	print_endpoints(conf, fp);
	if (conf->given & DISCOVERYD_GIVEN_TLS) {
		fprintf(fp, "tls certificate ");
		conf_print_string(fp, conf->certificate);
		fprintf(fp, " key ");
		conf_print_string(fp, conf->key);
		fprintf(fp, "\n");
	}
	if (conf->given & DISCOVERYD_GIVEN_IDENTITY) {
		fprintf(fp, "identity ca ");
		conf_print_string(fp, conf->identity_ca);
		fprintf(fp, "\n");
	}
	if (conf->given & DISCOVERYD_GIVEN_GEO) {
		fprintf(fp, "geo database ");
		conf_print_string(fp, conf->geo);
		fprintf(fp, "\n");
	}
	fprintf(fp, "tls processes %d\napi %s\nstate directory ",
	    conf->processes, conf->api ? "on" : "off");
	conf_print_string(fp, conf->state);
	fprintf(fp, "\nsocket ");
	conf_print_string(fp, conf->socket);
	if (conf->group[0] != '\0') {
		fprintf(fp, " group ");
		conf_print_string(fp, conf->group);
	}
	fprintf(fp, "\nlog level %s\n", conf_level_name(conf->log_level));
	return fflush(fp) == 0 && !ferror(fp) ? 0 : -1;
}
