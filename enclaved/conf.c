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
 * The configuration of enclaved: defaults, checks of each statement and of
 * the whole, and printing it back.  Runs in the parent before anything else
 * is started, and in check mode.  Opens and resolves nothing.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#include "enclaved/conf.h"

struct enclaved_conf *
enclaved_conf_new(void)
{
	struct enclaved_conf	*conf;

	if ((conf = calloc(1, sizeof(*conf))) == NULL)
		return NULL;
	strlcpy(conf->state, "/var/lib/enclave", sizeof(conf->state));
	strlcpy(conf->facts, "/etc/enclave/facts.d", sizeof(conf->facts));
	strlcpy(conf->socket, "/run/enclave/enclaved.sock",
	    sizeof(conf->socket));
	strlcpy(conf->interface, "enclave0", sizeof(conf->interface));
	conf->mtu = ENCLAVED_MTU_DEFAULT;
	conf->log_level = LOG_INFO;
	return conf;
}

void
enclaved_conf_free(struct enclaved_conf *conf)
{
	freezero(conf, sizeof(*conf));
}

/* Marks a statement as given; -1 when it was before. */
static int
give(struct enclaved_conf *conf, unsigned int statement)
{
	if (conf->given & statement)
		return -1;
	conf->given |= statement;
	return 0;
}

const char *
enclaved_conf_add_discovery(struct enclaved_conf *conf, const char *host,
    int64_t port)
{
	struct enclaved_discovery	 new;
	const char			*reason;
	unsigned int			 i;

	memset(&new, 0, sizeof(new));
	if ((reason = conf_value_host(new.host, host)) != NULL ||
	    (reason = conf_value_port(&new.port, port)) != NULL)
		return reason;
	for (i = 0; i < conf->ndiscovery; i++)
		if (conf->discovery[i].port == new.port &&
		    strcasecmp(conf->discovery[i].host, new.host) == 0)
			return "discovery server is given twice";
	if (conf->ndiscovery == ENCLAVED_DISCOVERY_MAX)
		return "more than 4 discovery servers";
	conf->discovery[conf->ndiscovery++] = new;
	return NULL;
}

const char *
enclaved_conf_add_exclude(struct enclaved_conf *conf, const char *glob)
{
	const char	*p;
	unsigned int	 i;

	if (*glob == '\0')
		return "pattern is empty";
	if (strlen(glob) >= ENCLAVED_GLOB_MAX)
		return "pattern is longer than 31 bytes";
	for (p = glob; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == '/')
			return "not a pattern for names of interfaces";
	for (i = 0; i < conf->nexclude; i++)
		if (strcmp(conf->exclude[i], glob) == 0)
			return "pattern is given twice";
	if (conf->nexclude == ENCLAVED_EXCLUDE_MAX)
		return "more than 32 patterns";
	strlcpy(conf->exclude[conf->nexclude++], glob, ENCLAVED_GLOB_MAX);
	return NULL;
}

const char *
enclaved_conf_set_pin(struct enclaved_conf *conf, const char *pin)
{
	if (conf->given & ENCLAVED_GIVEN_CA)
		return "discovery pin and discovery ca exclude each other";
	if (give(conf, ENCLAVED_GIVEN_PIN) == -1)
		return "discovery pin is given twice";
	return conf_value_pin(conf->pin, pin);
}

const char *
enclaved_conf_set_ca(struct enclaved_conf *conf, const char *path)
{
	if (conf->given & ENCLAVED_GIVEN_PIN)
		return "discovery pin and discovery ca exclude each other";
	if (give(conf, ENCLAVED_GIVEN_CA) == -1)
		return "discovery ca is given twice";
	return conf_value_path(conf->ca, sizeof(conf->ca), path);
}

const char *
enclaved_conf_set_interface(struct enclaved_conf *conf, const char *name)
{
	size_t	 len = strlen(name);

	if (give(conf, ENCLAVED_GIVEN_INTERFACE) == -1)
		return "interface is given twice";
	if (len == 0 || len >= ENCLAVED_IFNAME_MAX ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") != len)
		return "interface must be 1 to 15 characters a-z and 0-9";
	strlcpy(conf->interface, name, sizeof(conf->interface));
	return NULL;
}

const char *
enclaved_conf_set_port(struct enclaved_conf *conf, int64_t port)
{
	if (give(conf, ENCLAVED_GIVEN_PORT) == -1)
		return "port is given twice";
	if (port < 0 || port > UINT16_MAX)
		return "port must be from 0 to 65535";
	conf->port = (uint16_t)port;
	return NULL;
}

const char *
enclaved_conf_set_mtu(struct enclaved_conf *conf, int64_t mtu)
{
	if (give(conf, ENCLAVED_GIVEN_MTU) == -1)
		return "mtu is given twice";
	if (mtu < ENCLAVED_MTU_MIN || mtu > ENCLAVED_MTU_MAX)
		return "mtu must be from 1280 to 9000";
	conf->mtu = (int)mtu;
	return NULL;
}

const char *
enclaved_conf_set_state(struct enclaved_conf *conf, const char *path)
{
	if (give(conf, ENCLAVED_GIVEN_STATE) == -1)
		return "state directory is given twice";
	return conf_value_path(conf->state, sizeof(conf->state), path);
}

const char *
enclaved_conf_set_facts(struct enclaved_conf *conf, const char *path)
{
	if (give(conf, ENCLAVED_GIVEN_FACTS) == -1)
		return "facts directory is given twice";
	return conf_value_path(conf->facts, sizeof(conf->facts), path);
}

const char *
enclaved_conf_set_socket(struct enclaved_conf *conf, const char *path,
    const char *group)
{
	const char	*reason;

	if (give(conf, ENCLAVED_GIVEN_SOCKET) == -1)
		return "socket is given twice";
	if ((reason = conf_value_socket(conf->socket, path)) != NULL)
		return reason;
	if (group == NULL)
		return NULL;
	return conf_value_group(conf->group, group);
}

const char *
enclaved_conf_set_plain(struct enclaved_conf *conf)
{
	if (conf->plain)
		return "no offload is given twice";
	conf->plain = 1;
	return NULL;
}

const char *
enclaved_conf_set_no_aes(struct enclaved_conf *conf)
{
	if (conf->no_aes)
		return "no aes is given twice";
	conf->no_aes = 1;
	return NULL;
}

const char *
enclaved_conf_set_tcp_port(struct enclaved_conf *conf, int64_t port)
{
	if (give(conf, ENCLAVED_GIVEN_TCP_PORT) == -1)
		return "tcp port is given twice";
	if (port < 0 || port > UINT16_MAX)
		return "tcp port must be from 0 to 65535";
	conf->tcp_port = (uint16_t)port;
	return NULL;
}

static const struct {
	const char	*statement;
	const char	*twice;
} ways[ENCLAVED_WAYS] = {
	[ENCLAVED_WAY_TCP] = { "no tcp", "no tcp is given twice" },
	[ENCLAVED_WAY_RELAY] = { "no relay", "no relay is given twice" },
	[ENCLAVED_WAY_PORTMAP] = { "no port mapping",
	    "no port mapping is given twice" },
	[ENCLAVED_WAY_GUESS] = { "no guessing",
	    "no guessing is given twice" },
};

const char *
enclaved_conf_set_without(struct enclaved_conf *conf, enum enclaved_way way)
{
	if (conf->without[way])
		return ways[way].twice;
	conf->without[way] = 1;
	return NULL;
}

const char *
enclaved_conf_add_advertise(struct enclaved_conf *conf, const char *address,
    int64_t port, int tcp)
{
	struct enclaved_advertise	 new;
	unsigned int			 i;

	memset(&new, 0, sizeof(new));
	new.tcp = tcp;
	if (port < 0 || port > UINT16_MAX)
		return "port must be from 0 to 65535";
	if (endpoint_parse(&new.address, address, (uint16_t)port) == -1)
		return "not an address to advertise";
	if (endpoint_is_unusable(&new.address))
		return "address to advertise is of no use to peers";
	for (i = 0; i < conf->nadvertise; i++)
		if (conf->advertise[i].tcp == tcp &&
		    endpoint_cmp(&conf->advertise[i].address,
		    &new.address) == 0)
			return "address is advertised twice";
	if (conf->nadvertise == ENCLAVED_ADVERTISE_MAX)
		return "more than 8 addresses to advertise";
	conf->advertise[conf->nadvertise++] = new;
	return NULL;
}

const char *
enclaved_conf_set_level(struct enclaved_conf *conf, const char *name)
{
	if (give(conf, ENCLAVED_GIVEN_LEVEL) == -1)
		return "log level is given twice";
	if (conf_level_parse(name) == -1)
		return "not a log level";
	conf->log_level = conf_level_parse(name);
	return NULL;
}

const char *
enclaved_conf_check(const struct enclaved_conf *conf)
{
	if (conf->ndiscovery == 0 && (conf->npeers == 0 ||
	    (conf->given & (ENCLAVED_GIVEN_PIN | ENCLAVED_GIVEN_CA))))
		return "no discovery server is given";
	if (conf->ndiscovery != 0 &&
	    !(conf->given & (ENCLAVED_GIVEN_PIN | ENCLAVED_GIVEN_CA)))
		return "discovery needs a pin or a ca";
	return NULL;
}

static void
print_discovery(const struct enclaved_conf *conf, FILE *fp)
{
	unsigned int	 i;

	for (i = 0; i < conf->ndiscovery; i++) {
		fprintf(fp, "discovery ");
		conf_print_string(fp, conf->discovery[i].host);
		fprintf(fp, " port %u\n", conf->discovery[i].port);
	}
	if (conf->given & ENCLAVED_GIVEN_PIN) {
		fprintf(fp, "discovery pin ");
		conf_print_pin(fp, conf->pin);
		fprintf(fp, "\n");
	}
	if (conf->given & ENCLAVED_GIVEN_CA) {
		fprintf(fp, "discovery ca ");
		conf_print_string(fp, conf->ca);
		fprintf(fp, "\n");
	}
}

static void
print_interfaces(const struct enclaved_conf *conf, FILE *fp)
{
	unsigned int	 i;

	fprintf(fp, "interface ");
	conf_print_string(fp, conf->interface);
	fprintf(fp, "\nport %u\nmtu %d\n", conf->port, conf->mtu);
	if (conf->plain)
		fprintf(fp, "no offload\n");
	if (conf->no_aes)
		fprintf(fp, "no aes\n");
	for (i = 0; i < conf->nexclude; i++) {
		fprintf(fp, "exclude interface ");
		conf_print_string(fp, conf->exclude[i]);
		fprintf(fp, "\n");
	}
}

static void
print_ways(const struct enclaved_conf *conf, FILE *fp)
{
	const struct enclaved_advertise	*a;
	char				 text[ENDPOINT_STRLEN];
	unsigned int			 i;

	fprintf(fp, "tcp port %u\n", conf->tcp_port);
	for (i = 0; i < ENCLAVED_WAYS; i++)
		if (conf->without[i])
			fprintf(fp, "%s\n", ways[i].statement);
	for (i = 0; i < conf->nadvertise; i++) {
		a = &conf->advertise[i];
		fprintf(fp, "advertise ");
		conf_print_string(fp, endpoint_print_addr(&a->address, text,
		    sizeof(text)));
		if (a->address.port != 0)
			fprintf(fp, " port %u", a->address.port);
		fprintf(fp, "%s\n", a->tcp ? " tcp" : "");
	}
}

int
enclaved_conf_print(const struct enclaved_conf *conf, FILE *fp)
{
	print_discovery(conf, fp);
	print_interfaces(conf, fp);
	print_ways(conf, fp);
	fprintf(fp, "state directory ");
	conf_print_string(fp, conf->state);
	fprintf(fp, "\nfacts directory ");
	conf_print_string(fp, conf->facts);
	fprintf(fp, "\nsocket ");
	conf_print_string(fp, conf->socket);
	if (conf->group[0] != '\0') {
		fprintf(fp, " group ");
		conf_print_string(fp, conf->group);
	}
	fprintf(fp, "\nlog level %s\n", conf_level_name(conf->log_level));
	enclaved_conf_print_peers(conf, fp);
	return fflush(fp) == 0 && !ferror(fp) ? 0 : -1;
}
