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
 * Between the database's structs and messages.  The database checks every
 * value again; here only sizes are made to fit.
 */

#include <sys/types.h>

#include <string.h>

#include "storeproc/storeproc.h"

int
convert_tags_in(struct db_tag *out, size_t *n, const struct msg_tags *in)
{
	uint16_t	 i;

	*n = 0;
	for (i = 0; i < in->n; i++) {
		if (i == DB_TAGS_MAX || !db_tag_name_valid(in->e[i]))
			return -1;
		strlcpy(out[i].name, in->e[i], sizeof(out[i].name));
		(*n)++;
	}
	return 0;
}

void
convert_tags_out(struct msg_tags *out, const struct db_tag *in, size_t n)
{
	size_t	 i;

	out->n = (uint16_t)n;
	for (i = 0; i < n; i++)
		strlcpy(out->e[i], in[i].name, sizeof(out->e[i]));
}

void
convert_tag_ids(struct msg_u32s *out, const struct db_tag *in, size_t n)
{
	size_t	 i;

	out->n = (uint16_t)n;
	for (i = 0; i < n; i++)
		out->e[i] = (uint32_t)in[i].id;
}

void
convert_sources_in(struct db_key *key, const struct msg_ranges *in)
{
	uint16_t	 i;

	memset(key->sources, 0, sizeof(key->sources));
	key->nsources = in->n;
	for (i = 0; i < in->n && i < DB_SOURCES_MAX; i++) {
		key->sources[i].range = in->e[i].range;
		strlcpy(key->sources[i].description, in->e[i].text,
		    sizeof(key->sources[i].description));
	}
}

void
convert_sources_out(struct msg_ranges *out, const struct db_key *key)
{
	size_t	 i;

	out->n = (uint16_t)key->nsources;
	for (i = 0; i < key->nsources; i++) {
		out->e[i].range = key->sources[i].range;
		strlcpy(out->e[i].text, key->sources[i].description,
		    sizeof(out->e[i].text));
	}
}

uint8_t
convert_protocol_in(uint8_t acl)
{
	static const uint8_t	 protocol[] = { DB_PROTO_ANY, DB_PROTO_TCP,
				    DB_PROTO_UDP, DB_PROTO_ICMP };

	return protocol[acl & 3];
}

uint8_t
convert_protocol_out(uint8_t protocol)
{
	switch (protocol) {
	case DB_PROTO_TCP:
		return ACL_TCP;
	case DB_PROTO_UDP:
		return ACL_UDP;
	case DB_PROTO_ICMP:
		return ACL_ICMP;
	default:
		return ACL_ANY;
	}
}

void
convert_acls_in(struct db_policy *p, const struct msg_acls *in)
{
	uint16_t	 i;

	p->nacls = in->n;
	for (i = 0; i < in->n; i++) {
		p->acls[i].protocol = convert_protocol_in(in->e[i].protocol);
		p->acls[i].port_low = in->e[i].port_low;
		p->acls[i].port_high = in->e[i].port_high;
		p->acls[i].description[0] = '\0';
	}
}

void
convert_acls_out(struct msg_acls *out, const struct db_policy *p)
{
	size_t	 i;

	out->n = (uint16_t)p->nacls;
	for (i = 0; i < p->nacls; i++) {
		out->e[i].port_low = p->acls[i].port_low;
		out->e[i].port_high = p->acls[i].port_high;
		out->e[i].protocol = convert_protocol_out(p->acls[i].protocol);
		/* The forms differ where there are no ports. */
		if (out->e[i].protocol == ACL_ANY ||
		    out->e[i].protocol == ACL_ICMP) {
			out->e[i].port_low = 0;
			out->e[i].port_high = 65535;
		}
	}
}

void
convert_ipv4(uint8_t out[4], uint32_t v)
{
	out[0] = (uint8_t)(v >> 24);
	out[1] = (uint8_t)(v >> 16);
	out[2] = (uint8_t)(v >> 8);
	out[3] = (uint8_t)v;
}

uint8_t
convert_state(const struct db_system *s)
{
	switch (s->state) {
	case DB_SYSTEM_ENABLED:
		return s->quarantined ? SYSTEM_QUARANTINED : SYSTEM_ENABLED;
	case DB_SYSTEM_DISABLED:
		return SYSTEM_DISABLED;
	case DB_SYSTEM_REVOKED:
		return SYSTEM_REVOKED;
	default:
		return SYSTEM_UNAPPROVED;
	}
}

void
convert_text(char *out, size_t size, const char *in)
{
	size_t	 n = strlcpy(out, in, size);

	if (n < size)
		return;
	/* No first bytes of a character without the rest. */
	for (n = size - 1; n > 0 && ((uint8_t)in[n] & 0xc0) == 0x80; n--)
		continue;
	out[n] = '\0';
}
