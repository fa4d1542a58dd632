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
 * The part of the configuration about peers without discovery, and about our
 * own addresses towards them: checks of each statement, and printing.  Runs
 * in the parent; holds preshared keys, which enclaved_conf_free wipes.
 */

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "enclaved/conf.h"

#define ACCEPT_MAX	32

static struct enclaved_peer *
last(struct enclaved_conf *conf)
{
	return &conf->peers[conf->npeers - 1];
}

/* True when all bits of the address behind the prefix are zero. */
static int
prefix_is_clean(const struct enclaved_prefix *p)
{
	unsigned int	 i, bits = p->addr.family == 4 ? 32 : 128;

	for (i = p->plen; i < bits; i++)
		if (p->addr.addr[i / 8] & (0x80 >> (i % 8)))
			return 0;
	return 1;
}

/* "ADDRESS/LENGTH"; without a length the whole address. */
static const char *
prefix_parse(struct enclaved_prefix *p, const char *text)
{
	char		 addr[ENDPOINT_STRLEN];
	const char	*slash = strchr(text, '/'), *reason;
	size_t		 len = slash == NULL ? strlen(text) :
			    (size_t)(slash - text);
	int		 bits;

	memset(p, 0, sizeof(*p));
	if (len >= sizeof(addr))
		return "not an address with a prefix length";
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (endpoint_parse(&p->addr, addr, 0) == -1)
		return "not an address with a prefix length";
	bits = p->addr.family == 4 ? 32 : 128;
	p->plen = (uint8_t)bits;
	if (slash == NULL)
		return NULL;
	if (slash[1] == '\0' || strspn(slash + 1, "0123456789") !=
	    strlen(slash + 1))
		return "not an address with a prefix length";
	p->plen = (uint8_t)strtonum(slash + 1, 0, bits, &reason);
	return reason == NULL ? NULL : "prefix length is out of range";
}

static int
prefix_equal(const struct enclaved_prefix *a, const struct enclaved_prefix *b)
{
	return a->plen == b->plen && endpoint_cmp(&a->addr, &b->addr) == 0;
}

const char *
enclaved_conf_add_address(struct enclaved_conf *conf, const char *text)
{
	struct enclaved_prefix	 p;
	const char		*reason;
	unsigned int		 i;

	if ((reason = prefix_parse(&p, text)) != NULL)
		return reason;
	if (p.plen == 0)
		return "prefix length is out of range";
	if (endpoint_is_unusable(&p.addr))
		return "not an address that a system can have";
	for (i = 0; i < conf->naddress; i++)
		if (endpoint_cmp(&conf->address[i].addr, &p.addr) == 0)
			return "address is given twice";
	if (conf->naddress == SELF_MAX)
		return "more than 4 addresses";
	conf->address[conf->naddress++] = p;
	return NULL;
}

const char *
enclaved_conf_add_peer(struct enclaved_conf *conf, const char *name)
{
	const char	*p;
	unsigned int	 i;

	if (conf->npeers == PEER_STATIC_MAX)
		return "more than 128 peers";
	/* Its statements are judged even when its name is not usable. */
	memset(&conf->peers[conf->npeers], 0, sizeof(conf->peers[0]));
	conf->peers[conf->npeers++].keepalive = -1;
	if (*name == '\0' || strlen(name) >= ENCLAVED_NAME_MAX)
		return "name of a peer must be 1 to 63 characters";
	for (p = name; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			return "name of a peer must be printable ASCII";
	for (i = 0; i < conf->npeers - 1; i++)
		if (strcmp(conf->peers[i].name, name) == 0)
			return "peer is given twice";
	strlcpy(last(conf)->name, name, sizeof(last(conf)->name));
	return NULL;
}

static const char *
key_parse(uint8_t key[32], const char *text)
{
	if (strlen(text) != BASE64_LEN(32) ||
	    base64_decode(text, strlen(text), key, 32) != 32)
		return "key is not 32 bytes in base64";
	return NULL;
}

const char *
enclaved_conf_peer_public(struct enclaved_conf *conf, const char *text)
{
	static const uint8_t	 zero[32];
	struct enclaved_peer	*p = last(conf);
	const char		*reason;
	unsigned int		 i;

	if (p->has_public)
		return "public key is given twice";
	if ((reason = key_parse(p->public, text)) != NULL)
		return reason;
	if (memcmp(p->public, zero, sizeof(zero)) == 0)
		return "key is all zero";
	for (i = 0; i < conf->npeers - 1; i++)
		if (memcmp(conf->peers[i].public, p->public, 32) == 0)
			return "public key is another peer's";
	p->has_public = 1;
	return NULL;
}

const char *
enclaved_conf_peer_psk(struct enclaved_conf *conf, const char *text)
{
	struct enclaved_peer	*p = last(conf);
	const char		*reason;

	if (p->has_psk)
		return "preshared key is given twice";
	if ((reason = key_parse(p->psk, text)) == NULL)
		p->has_psk = 1;
	return reason;
}

const char *
enclaved_conf_peer_endpoint(struct enclaved_conf *conf, const char *addr,
    int64_t port)
{
	struct enclaved_peer	*p = last(conf);
	const char		*reason;

	if (p->endpoint.family != 0)
		return "endpoint is given twice";
	if ((reason = conf_value_endpoint(&p->endpoint, addr, port)) != NULL)
		memset(&p->endpoint, 0, sizeof(p->endpoint));
	return reason;
}

const char *
enclaved_conf_peer_allowed(struct enclaved_conf *conf, const char *text)
{
	struct enclaved_peer	*p = last(conf);
	struct enclaved_prefix	 new;
	const char		*reason;
	unsigned int		 i, k;

	if ((reason = prefix_parse(&new, text)) != NULL)
		return reason;
	if (!prefix_is_clean(&new))
		return "bits behind the prefix length are not zero";
	for (i = 0; i < conf->npeers; i++)
		for (k = 0; k < conf->peers[i].nallowed; k++)
			if (prefix_equal(&conf->peers[i].allowed[k], &new))
				return "allowed prefix is given twice";
	if (p->nallowed == PEER_ROUTES_MAX)
		return "more than 16 allowed prefixes";
	p->allowed[p->nallowed++] = new;
	return NULL;
}

const char *
enclaved_conf_peer_accept(struct enclaved_conf *conf, const char *text)
{
	struct enclaved_peer	*p = last(conf);
	struct acl_entry	 e;
	const char		*reason;

	if (acl_parse(text, &e, &reason) == -1)
		return reason;
	if (p->accept.n == ACCEPT_MAX)
		return "more than 32 rules";
	p->accept.e[p->accept.n++] = e;
	return NULL;
}

const char *
enclaved_conf_peer_keepalive(struct enclaved_conf *conf, int64_t seconds)
{
	struct enclaved_peer	*p = last(conf);

	if (p->keepalive != -1)
		return "keepalive is given twice";
	if (seconds < 0 || seconds > UINT16_MAX)
		return "keepalive must be from 0 to 65535";
	p->keepalive = (int)seconds;
	return NULL;
}

const char *
enclaved_conf_peer_check(const struct enclaved_conf *conf)
{
	const struct enclaved_peer	*p = &conf->peers[conf->npeers - 1];

	if (!p->has_public)
		return "peer has no public key";
	if (p->nallowed == 0)
		return "peer has no allowed prefix";
	return NULL;
}

int
enclaved_conf_has_psk(const struct enclaved_conf *conf)
{
	unsigned int	 i;

	for (i = 0; i < conf->npeers; i++)
		if (conf->peers[i].has_psk)
			return 1;
	return 0;
}

/* --- Printing ------------------------------------------------------ */

static void
print_key(FILE *fp, const char *what, const uint8_t key[32])
{
	char	 text[BASE64_LEN(32) + 1];

	if (base64_encode(key, 32, text, sizeof(text)) != -1)
		fprintf(fp, "\t%s \"%s\"\n", what, text);
	explicit_bzero(text, sizeof(text));
}

static void
print_prefix(FILE *fp, const char *what, const struct enclaved_prefix *p)
{
	char	 buf[ENDPOINT_STRLEN];

	fprintf(fp, "%s \"%s/%u\"\n", what,
	    endpoint_print_addr(&p->addr, buf, sizeof(buf)), p->plen);
}

static void
print_peer(const struct enclaved_peer *p, FILE *fp)
{
	char		 acl[ACL_STRLEN];
	unsigned int	 i;

	fprintf(fp, "peer ");
	conf_print_string(fp, p->name);
	fprintf(fp, " {\n");
	print_key(fp, "public key", p->public);
	if (p->has_psk)
		print_key(fp, "preshared key", p->psk);
	if (p->endpoint.family != 0) {
		fprintf(fp, "\tendpoint ");
		conf_print_endpoint(fp, &p->endpoint);
		fprintf(fp, "\n");
	}
	for (i = 0; i < p->nallowed; i++)
		print_prefix(fp, "\tallowed", &p->allowed[i]);
	for (i = 0; i < p->accept.n; i++)
		fprintf(fp, "\taccept %s\n", acl_print(&p->accept.e[i], acl,
		    sizeof(acl)));
	if (p->keepalive > 0)
		fprintf(fp, "\tkeepalive %d\n", p->keepalive);
	fprintf(fp, "}\n");
}

void
enclaved_conf_print_peers(const struct enclaved_conf *conf, FILE *fp)
{
	unsigned int	 i;

	for (i = 0; i < conf->naddress; i++)
		print_prefix(fp, "address", &conf->address[i]);
	for (i = 0; i < conf->npeers; i++)
		print_peer(&conf->peers[i], fp);
}
