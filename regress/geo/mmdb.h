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
 * Makes a small database in MaxMind's DB file format 2.0: a tree of IPv6, with
 * IPv4 at ::/96, records of 24, 28 or 32 bits, and one map for each country.
 */

#ifndef REGRESS_GEO_MMDB_H
#define REGRESS_GEO_MMDB_H

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MMDB_NODES	4096
#define MMDB_DATA	4096
#define MMDB_BUFFER	(MMDB_NODES * 8 + MMDB_DATA + 256)

/* A child: 0 nothing, positive a node, negative a record of the data. */
struct mmdb {
	int		 child[MMDB_NODES][2];
	int		 nodes;
	uint8_t		 data[MMDB_DATA];
	size_t		 len;
};

static inline void
mmdb_init(struct mmdb *m)
{
	memset(m, 0, sizeof(*m));
	m->nodes = 1;
}

static inline size_t
mmdb_put_string(uint8_t *p, const char *s)
{
	size_t	 len = strlen(s);

	/* Below 29 bytes; the others here are not longer. */
	p[0] = (uint8_t)(2 << 5 | len);
	memcpy(p + 1, s, len);
	return len + 1;
}

/* { "country": { "iso_code": code } }; what the record is called. */
static inline int
mmdb_country(struct mmdb *m, const char *code)
{
	size_t	 at = m->len;
	uint8_t	*p = m->data;

	p[m->len++] = 7 << 5 | 1;
	m->len += mmdb_put_string(p + m->len, "country");
	p[m->len++] = 7 << 5 | 2;
	m->len += mmdb_put_string(p + m->len, "geoname_id");
	p[m->len++] = 6 << 5 | 1;
	p[m->len++] = 42;
	m->len += mmdb_put_string(p + m->len, "iso_code");
	m->len += mmdb_put_string(p + m->len, code);
	return -1 - (int)at;
}

/* The prefix, of either family, belongs to the record. */
static inline void
mmdb_add(struct mmdb *m, const char *addr, int plen, int record)
{
	uint8_t	 a[16] = { 0 };
	int	 node = 0, bit, i;

	if (inet_pton(AF_INET, addr, a + 12) == 1)
		plen += 96;
	else if (inet_pton(AF_INET6, addr, a) != 1)
		abort();
	for (i = 0; i < plen; i++) {
		bit = a[i / 8] >> (7 - i % 8) & 1;
		if (i == plen - 1) {
			m->child[node][bit] = record;
			return;
		}
		if (m->child[node][bit] <= 0) {
			/* What covers it goes on beside it. */
			m->child[m->nodes][0] = m->child[node][bit];
			m->child[m->nodes][1] = m->child[node][bit];
			m->child[node][bit] = m->nodes++;
		}
		node = m->child[node][bit];
	}
}

static inline void
mmdb_put_node(uint8_t *p, uint32_t l, uint32_t r, int bits)
{
	int	 i, bytes = bits == 32 ? 4 : 3;

	for (i = 0; i < bytes; i++)
		p[i] = (uint8_t)(l >> 8 * (bytes - 1 - i));
	p += bytes;
	if (bits == 28)
		*p++ = (uint8_t)((l >> 24 & 15) << 4 | (r >> 24 & 15));
	for (i = 0; i < bytes; i++)
		p[i] = (uint8_t)(r >> 8 * (bytes - 1 - i));
}

static inline uint32_t
mmdb_record(const struct mmdb *m, int child)
{
	if (child > 0)
		return (uint32_t)child;
	if (child == 0)
		return (uint32_t)m->nodes;
	return (uint32_t)(m->nodes + 16 - 1 - child);
}

static inline size_t
mmdb_put_u32(uint8_t *p, const char *name, uint32_t n)
{
	size_t	 len = mmdb_put_string(p, name);

	p[len++] = 6 << 5 | 4;
	p[len++] = (uint8_t)(n >> 24);
	p[len++] = (uint8_t)(n >> 16);
	p[len++] = (uint8_t)(n >> 8);
	p[len++] = (uint8_t)n;
	return len;
}

static inline size_t
mmdb_put_u16(uint8_t *p, const char *name, uint16_t n)
{
	size_t	 len = mmdb_put_string(p, name);

	p[len++] = 5 << 5 | 2;
	p[len++] = (uint8_t)(n >> 8);
	p[len++] = (uint8_t)n;
	return len;
}

/* The file, into MMDB_BUFFER bytes; its length. */
static inline size_t
mmdb_write(const struct mmdb *m, int bits, uint8_t *out)
{
	size_t	 off = 0;
	int	 i;

	for (i = 0; i < m->nodes; i++, off += (size_t)bits / 4)
		mmdb_put_node(out + off, mmdb_record(m, m->child[i][0]),
		    mmdb_record(m, m->child[i][1]), bits);
	memset(out + off, 0, 16);
	off += 16;
	memcpy(out + off, m->data, m->len);
	off += m->len;
	memcpy(out + off, "\xab\xcd\xefMaxMind.com", 14);
	off += 14;
	out[off++] = 7 << 5 | 6;
	off += mmdb_put_u16(out + off, "binary_format_major_version", 2);
	off += mmdb_put_u16(out + off, "ip_version", 6);
	off += mmdb_put_u16(out + off, "record_size", (uint16_t)bits);
	off += mmdb_put_u32(out + off, "node_count", (uint32_t)m->nodes);
	off += mmdb_put_string(out + off, "database_type");
	off += mmdb_put_string(out + off, "Test-Country");
	off += mmdb_put_string(out + off, "build_epoch");
	memcpy(out + off, "\x04\x02\x65\x00\x00\x00", 6);
	return off + 6;
}

#endif /* REGRESS_GEO_MMDB_H */
