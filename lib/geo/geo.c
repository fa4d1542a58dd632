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
 * A database of countries in memory.  The library opens files only by their
 * names, and the process that needs countries has no files: so what opening
 * does, finding the metadata and laying out the sections, is done here, and
 * the library's struct, which its ABI keeps as it is, is filled with the
 * result.  Walking the tree and reading the data is the library's.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <maxminddb.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geo.h"

#define MARKER		"\xab\xcd\xefMaxMind.com"
#define MARKER_LEN	(sizeof(MARKER) - 1)
#define METADATA_MAX	(128 * 1024)	/* it starts this near to the end */
#define SEPARATOR	16		/* zeros between tree and data */
#define DATA_MIN	3		/* the smallest that can be read */
#define IPV4_DEPTH	96		/* ::/96 is IPv4 */

struct geo {
	MMDB_s	 db;
};

/* The last marker; what follows it is the metadata. */
static const uint8_t *
metadata_find(const uint8_t *data, size_t len)
{
	size_t	 off, end = len > METADATA_MAX ? len - METADATA_MAX : 0;

	if (len < MARKER_LEN)
		return NULL;
	for (off = len - MARKER_LEN + 1; off-- > end;)
		if (memcmp(data + off, MARKER, MARKER_LEN) == 0)
			return data + off + MARKER_LEN;
	return NULL;
}

/* A number of the metadata, of any width that numbers have there. */
static int
metadata_number(const MMDB_s *db, const char *name, uint64_t *out)
{
	const char		*path[] = { name, NULL };
	MMDB_s			 section;
	MMDB_entry_s		 start;
	MMDB_entry_data_s	 value;

	memset(&section, 0, sizeof(section));
	section.data_section = db->metadata_section;
	section.data_section_size = db->metadata_section_size;
	memset(&start, 0, sizeof(start));
	start.mmdb = &section;
	if (MMDB_aget_value(&start, &value, path) != MMDB_SUCCESS ||
	    !value.has_data)
		return -1;
	switch (value.type) {
	case MMDB_DATA_TYPE_UINT16:
		*out = value.uint16;
		return 0;
	case MMDB_DATA_TYPE_UINT32:
		*out = value.uint32;
		return 0;
	case MMDB_DATA_TYPE_UINT64:
		*out = value.uint64;
		return 0;
	}
	return -1;
}

static const char *
metadata_read(MMDB_s *db)
{
	uint64_t	 major, nodes, bits, version, made;

	if (metadata_number(db, "binary_format_major_version", &major) == -1 ||
	    metadata_number(db, "node_count", &nodes) == -1 ||
	    metadata_number(db, "record_size", &bits) == -1 ||
	    metadata_number(db, "ip_version", &version) == -1)
		return "its metadata is incomplete";
	if (major != 2)
		return "it is of another version of the format than 2";
	if (bits != 24 && bits != 28 && bits != 32)
		return "its records are not of 24, 28 or 32 bits";
	if (version != 4 && version != 6)
		return "it is neither of IPv4 nor of IPv6";
	if (nodes == 0 || nodes > UINT32_MAX)
		return "it has no nodes";
	db->metadata.binary_format_major_version = 2;
	db->metadata.node_count = (uint32_t)nodes;
	db->metadata.record_size = (uint16_t)bits;
	db->metadata.ip_version = (uint16_t)version;
	if (metadata_number(db, "build_epoch", &made) == 0)
		db->metadata.build_epoch = made;
	return NULL;
}

/* Tree, separator, data, marker, metadata: everything where it belongs. */
static const char *
sections_set(MMDB_s *db)
{
	uint64_t	 tree, data;

	db->full_record_byte_size = (uint16_t)(db->metadata.record_size / 4);
	db->depth = db->metadata.ip_version == 4 ? 32 : 128;
	tree = (uint64_t)db->metadata.node_count * db->full_record_byte_size;
	data = (uint64_t)(db->metadata_section - db->file_content) -
	    MARKER_LEN;
	if (tree > data || data - tree < SEPARATOR + DATA_MIN)
		return "it is shorter than its tree";
	db->data_section = db->file_content + tree + SEPARATOR;
	db->data_section_size = (uint32_t)(data - tree - SEPARATOR);
	return NULL;
}

/* In a tree of IPv6, the node below which IPv4 is. */
static const char *
ipv4_start(MMDB_s *db)
{
	MMDB_search_node_s	 node;
	uint64_t		 at = 0;
	uint16_t		 depth;

	if (db->metadata.ip_version == 4)
		return NULL;
	for (depth = 0; depth < IPV4_DEPTH && at < db->metadata.node_count;
	    depth++) {
		if (MMDB_read_node(db, (uint32_t)at, &node) != MMDB_SUCCESS)
			return "its tree is not one";
		at = node.left_record;
	}
	db->ipv4_start_node.node_value = (uint32_t)at;
	db->ipv4_start_node.netmask = depth;
	return NULL;
}

struct geo *
geo_open(const void *data, size_t len, const char **why)
{
	struct geo	*g;
	MMDB_s		*db;

	if (len > GEO_SIZE_MAX) {
		*why = "it is larger than 256 MB";
		return NULL;
	}
	if ((g = calloc(1, sizeof(*g))) == NULL) {
		*why = "out of memory";
		return NULL;
	}
	db = &g->db;
	db->file_content = data;
	db->file_size = (ssize_t)len;
	if ((db->metadata_section = metadata_find(data, len)) == NULL) {
		*why = "it is not in MaxMind's DB format";
		free(g);
		return NULL;
	}
	db->metadata_section_size = (uint32_t)(len -
	    (size_t)(db->metadata_section - db->file_content));
	if ((*why = metadata_read(db)) != NULL ||
	    (*why = sections_set(db)) != NULL ||
	    (*why = ipv4_start(db)) != NULL) {
		free(g);
		return NULL;
	}
	return g;
}

void
geo_close(struct geo *g)
{
	/* Nothing of it is the library's to free. */
	free(g);
}

uint64_t
geo_made(const struct geo *g)
{
	return g->db.metadata.build_epoch;
}

/* An address of IPv6 that stands for one of IPv4 (RFC 4291, 2.5.5.2). */
static socklen_t
to_sockaddr(const struct endpoint *ep, struct sockaddr_storage *ss)
{
	static const uint8_t	 mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct endpoint		 v4;

	if (ep->family != 6 || memcmp(ep->addr, mapped, sizeof(mapped)) != 0)
		return endpoint_to_sockaddr(ep, ss);
	memset(&v4, 0, sizeof(v4));
	v4.family = 4;
	memcpy(v4.addr, ep->addr + sizeof(mapped), 4);
	return endpoint_to_sockaddr(&v4, ss);
}

int
geo_country(const struct geo *g, const struct endpoint *ep, char out[3])
{
	static const char *const	 path[] = { "country", "iso_code",
					    NULL };
	struct sockaddr_storage		 ss;
	MMDB_lookup_result_s		 found;
	MMDB_entry_data_s		 value;
	int				 error = MMDB_SUCCESS;

	memset(out, 0, 3);
	memset(&ss, 0, sizeof(ss));
	if (to_sockaddr(ep, &ss) == 0)
		return 0;
	found = MMDB_lookup_sockaddr(&g->db, (struct sockaddr *)&ss, &error);
	if (error != MMDB_SUCCESS || !found.found_entry)
		return 0;
	if (MMDB_aget_value(&found.entry, &value, path) != MMDB_SUCCESS ||
	    !value.has_data || value.type != MMDB_DATA_TYPE_UTF8_STRING ||
	    value.data_size != 2)
		return 0;
	if (value.utf8_string[0] < 'A' || value.utf8_string[0] > 'Z' ||
	    value.utf8_string[1] < 'A' || value.utf8_string[1] > 'Z')
		return 0;
	memcpy(out, value.utf8_string, 2);
	return 1;
}
