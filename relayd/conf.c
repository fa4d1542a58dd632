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
 * The configuration of enclave-relayd: defaults, checks of each statement and
 * of the whole, and printing it back.  Runs in the parent before anything
 * else is started, and in check mode.  Opens and binds nothing.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>

#include "relayd/conf.h"

struct relayd_conf *
relayd_conf_new(void)
{
	struct relayd_conf	*conf;

	if ((conf = calloc(1, sizeof(*conf))) == NULL)
		return NULL;
	strlcpy(conf->state, "/var/lib/enclave-relay", sizeof(conf->state));
	/* The first listen statement replaces these two. */
	(void)endpoint_parse(&conf->listen[0], "0.0.0.0", RELAYD_LISTEN_PORT);
	(void)endpoint_parse(&conf->listen[1], "::", RELAYD_LISTEN_PORT);
	conf->nlisten = 2;
	conf->processes = 1;
	conf->idle = 120;
	conf->pairs = 10000;
	conf->log_level = LOG_INFO;
	return conf;
}

void
relayd_conf_free(struct relayd_conf *conf)
{
	free(conf);
}

/* Marks a statement as given; -1 when it was before. */
static int
give(struct relayd_conf *conf, unsigned int statement)
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
relayd_conf_add_discovery(struct relayd_conf *conf, const char *host,
    int64_t port)
{
	struct relayd_discovery	 new;
	const char		*reason;
	unsigned int		 i;

	memset(&new, 0, sizeof(new));
	if ((reason = conf_value_host(new.host, host)) != NULL ||
	    (reason = conf_value_port(&new.port, port)) != NULL)
		return reason;
	for (i = 0; i < conf->ndiscovery; i++)
		if (conf->discovery[i].port == new.port &&
		    strcasecmp(conf->discovery[i].host, new.host) == 0)
			return "discovery server is given twice";
	if (conf->ndiscovery == RELAYD_DISCOVERY_MAX)
		return "more than 4 discovery servers";
	conf->discovery[conf->ndiscovery++] = new;
	return NULL;
}

const char *
relayd_conf_set_pin(struct relayd_conf *conf, const char *pin)
{
	if (conf->given & RELAYD_GIVEN_CA)
		return "discovery pin and discovery ca exclude each other";
	if (give(conf, RELAYD_GIVEN_PIN) == -1)
		return "discovery pin is given twice";
	return conf_value_pin(conf->pin, pin);
}

const char *
relayd_conf_set_ca(struct relayd_conf *conf, const char *path)
{
	if (conf->given & RELAYD_GIVEN_PIN)
		return "discovery pin and discovery ca exclude each other";
	if (give(conf, RELAYD_GIVEN_CA) == -1)
		return "discovery ca is given twice";
	return conf_value_path(conf->ca, sizeof(conf->ca), path);
}

const char *
relayd_conf_set_name(struct relayd_conf *conf, const char *name)
{
	size_t	 len = strlen(name);

	if (give(conf, RELAYD_GIVEN_NAME) == -1)
		return "name is given twice";
	if (len == 0 || len >= RELAYD_NAME_MAX ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != len)
		return "name must be 1 to 63 characters a-z, 0-9, . and -";
	strlcpy(conf->name, name, sizeof(conf->name));
	return NULL;
}

const char *
relayd_conf_set_token(struct relayd_conf *conf, const char *path)
{
	if (give(conf, RELAYD_GIVEN_TOKEN) == -1)
		return "token file is given twice";
	return conf_value_path(conf->token, sizeof(conf->token), path);
}

const char *
relayd_conf_add_listen(struct relayd_conf *conf, const char *address,
    int64_t port)
{
	struct endpoint	 ep;
	const char	*reason;
	unsigned int	 i, n;

	if ((reason = conf_value_endpoint(&ep, address, port)) != NULL)
		return reason;
	if (is_multicast(&ep))
		return "not an address to listen on";
	n = conf->given & RELAYD_GIVEN_LISTEN ? conf->nlisten : 0;
	for (i = 0; i < n; i++)
		if (endpoint_cmp(&conf->listen[i], &ep) == 0)
			return "listen address is given twice";
	if (n == RELAYD_LISTEN_MAX)
		return "more than 8 listen addresses";
	conf->given |= RELAYD_GIVEN_LISTEN;
	if (n == 0)
		memset(conf->listen, 0, sizeof(conf->listen));
	conf->listen[n] = ep;
	conf->nlisten = n + 1;
	return NULL;
}

const char *
relayd_conf_add_advertise(struct relayd_conf *conf, const char *address,
    int64_t port)
{
	struct endpoint	 ep;
	const char	*reason;
	unsigned int	 i;

	if ((reason = conf_value_endpoint(&ep, address,
	    port == 0 ? 1 : port)) != NULL)
		return reason;
	if (port == 0)
		ep.port = 0;
	/* Peers are told this very address. */
	if (is_any(&ep) || is_multicast(&ep))
		return "advertise needs the address that peers will use";
	for (i = 0; i < conf->nadvertise; i++)
		if (endpoint_cmp(&conf->advertise[i], &ep) == 0)
			return "advertised address is given twice";
	if (conf->nadvertise == RELAYD_LISTEN_MAX)
		return "more than 8 advertised addresses";
	conf->advertise[conf->nadvertise++] = ep;
	return NULL;
}

const char *
relayd_conf_set_processes(struct relayd_conf *conf, int64_t n)
{
	if (give(conf, RELAYD_GIVEN_PROCESSES) == -1)
		return "processes is given twice";
	if (n < 1 || n > RELAYD_PROCESSES_MAX)
		return "processes must be from 1 to 8";
	conf->processes = (int)n;
	return NULL;
}

const char *
relayd_conf_set_rate(struct relayd_conf *conf, int64_t rate)
{
	if (give(conf, RELAYD_GIVEN_RATE) == -1)
		return "rate limit is given twice";
	if (rate < RELAYD_RATE_MIN || rate > RELAYD_RATE_MAX)
		return "rate limit must be from 1000 to 1000000000000 bytes "
		    "a second";
	conf->rate = (uint64_t)rate;
	return NULL;
}

const char *
relayd_conf_set_idle(struct relayd_conf *conf, int64_t seconds)
{
	if (give(conf, RELAYD_GIVEN_IDLE) == -1)
		return "idle timeout is given twice";
	if (seconds < 1 || seconds > RELAYD_IDLE_MAX)
		return "idle timeout must be from 1 to 86400 seconds";
	conf->idle = (uint32_t)seconds;
	return NULL;
}

const char *
relayd_conf_set_pairs(struct relayd_conf *conf, int64_t n)
{
	if (give(conf, RELAYD_GIVEN_PAIRS) == -1)
		return "pairs is given twice";
	if (n < 1 || n > RELAYD_PAIRS_MAX)
		return "pairs must be from 1 to 100000";
	conf->pairs = (uint32_t)n;
	return NULL;
}

const char *
relayd_conf_set_copy(struct relayd_conf *conf)
{
	if (conf->copy)
		return "no splice is given twice";
	conf->copy = 1;
	return NULL;
}

const char *
relayd_conf_set_state(struct relayd_conf *conf, const char *path)
{
	if (give(conf, RELAYD_GIVEN_STATE) == -1)
		return "state directory is given twice";
	return conf_value_path(conf->state, sizeof(conf->state), path);
}

const char *
relayd_conf_set_level(struct relayd_conf *conf, const char *name)
{
	if (give(conf, RELAYD_GIVEN_LEVEL) == -1)
		return "log level is given twice";
	if (conf_level_parse(name) == -1)
		return "not a log level";
	conf->log_level = conf_level_parse(name);
	return NULL;
}

/* --- The whole ----------------------------------------------------- */

unsigned int
relayd_conf_endpoints(const struct relayd_conf *conf, struct endpoint *out)
{
	unsigned int	 i, n = 0;

	for (i = 0; i < conf->nadvertise; i++) {
		out[n] = conf->advertise[i];
		if (out[n].port == 0)
			out[n].port = conf->listen[0].port;
		n++;
	}
	for (i = 0; conf->nadvertise == 0 && i < conf->nlisten; i++)
		if (!is_any(&conf->listen[i]))
			out[n++] = conf->listen[i];
	return n;
}

/* Do two listen addresses want the same port of the same address? */
static int
overlap(const struct relayd_conf *conf, const struct endpoint *a,
    const struct endpoint *b)
{
	int	 distance = (int)a->port - (int)b->port;

	if (a->family != b->family ||
	    (!is_any(a) && !is_any(b) && endpoint_cmp_addr(a, b) != 0))
		return 0;
	return distance < conf->processes && distance > -conf->processes;
}

static const char *
check_addresses(const struct relayd_conf *conf)
{
	struct endpoint	 eps[RELAYD_LISTEN_MAX];
	unsigned int	 i, j, n;
	int		 most = UINT16_MAX - (conf->processes - 1);

	if ((n = relayd_conf_endpoints(conf, eps)) == 0)
		return "advertise is missing: no listen address is one that "
		    "peers could use";
	for (i = 0; i < n; i++)
		if (eps[i].port > most)
			return "there are fewer ports than processes";
	for (i = 0; i < conf->nlisten; i++) {
		if (conf->listen[i].port > most)
			return "there are fewer ports than processes";
		for (j = 0; j < i; j++)
			if (overlap(conf, &conf->listen[i],
			    &conf->listen[j]))
				return "listen addresses overlap";
	}
	return NULL;
}

const char *
relayd_conf_check(const struct relayd_conf *conf)
{
	if (conf->ndiscovery == 0)
		return "no discovery server is given";
	if (!(conf->given & (RELAYD_GIVEN_PIN | RELAYD_GIVEN_CA)))
		return "discovery needs a pin or a ca";
	if (!(conf->given & RELAYD_GIVEN_NAME))
		return "name is missing";
	if (!(conf->given & RELAYD_GIVEN_TOKEN))
		return "token file is missing";
	return check_addresses(conf);
}

static void
print_discovery(const struct relayd_conf *conf, FILE *fp)
{
	unsigned int	 i;

	for (i = 0; i < conf->ndiscovery; i++) {
		fprintf(fp, "discovery ");
		conf_print_string(fp, conf->discovery[i].host);
		fprintf(fp, " port %u\n", conf->discovery[i].port);
	}
	if (conf->given & RELAYD_GIVEN_PIN) {
		fprintf(fp, "discovery pin ");
		conf_print_pin(fp, conf->pin);
		fprintf(fp, "\n");
	}
	if (conf->given & RELAYD_GIVEN_CA) {
		fprintf(fp, "discovery ca ");
		conf_print_string(fp, conf->ca);
		fprintf(fp, "\n");
	}
}

static void
print_addresses(const struct relayd_conf *conf, FILE *fp)
{
	char		 text[ENDPOINT_STRLEN];
	unsigned int	 i;

	for (i = 0; i < conf->nlisten; i++) {
		fprintf(fp, "listen on ");
		conf_print_endpoint(fp, &conf->listen[i]);
		fprintf(fp, "\n");
	}
	for (i = 0; i < conf->nadvertise; i++) {
		fprintf(fp, "advertise ");
		if (conf->advertise[i].port != 0)
			conf_print_endpoint(fp, &conf->advertise[i]);
		else
			conf_print_string(fp, endpoint_print_addr(
			    &conf->advertise[i], text, sizeof(text)));
		fprintf(fp, "\n");
	}
}

int
relayd_conf_print(const struct relayd_conf *conf, FILE *fp)
{
	print_discovery(conf, fp);
	fprintf(fp, "name ");
	conf_print_string(fp, conf->name);
	fprintf(fp, "\ntoken file ");
	conf_print_string(fp, conf->token);
	fprintf(fp, "\n");
	print_addresses(conf, fp);
	fprintf(fp, "processes %d\npairs %u\n", conf->processes,
	    conf->pairs);
	if (conf->rate != 0)
		fprintf(fp, "rate limit %llu\n",
		    (unsigned long long)conf->rate);
	fprintf(fp, "idle timeout %u\n", conf->idle);
	if (conf->copy)
		fprintf(fp, "no splice\n");
	fprintf(fp, "state directory ");
	conf_print_string(fp, conf->state);
	fprintf(fp, "\nlog level %s\n", conf_level_name(conf->log_level));
	return fflush(fp) == 0 && !ferror(fp) ? 0 : -1;
}
