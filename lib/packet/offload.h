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
 * Bursts between tunproc and a tun device that offloads: one large packet
 * with a virtio header is cut into the packets it stands for, and adjacent
 * packets of one flow are put together again.  Every byte and every field
 * is hostile, the kernel's too.  Pure: no allocation, no system call, no
 * clock; input is never written to and output never read back, so it may
 * lie in memory that others can change.
 */

#ifndef PACKET_OFFLOAD_H
#define PACKET_OFFLOAD_H

#include <sys/types.h>
#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"

#define VNET_F_NEEDS_CSUM	0x01	/* checksum from csum_start is due */
#define VNET_F_DATA_VALID	0x02	/* checksums were found right */

#define VNET_GSO_NONE		0
#define VNET_GSO_TCPV4		1
#define VNET_GSO_TCPV6		4
#define VNET_GSO_UDP_L4		5
#define VNET_GSO_ECN		0x80	/* joined with a TCP type */

/* The header without a buffer count, VIRTIO 1.2 5.1.6; host byte order. */
struct vnet_hdr {
	uint8_t		flags;		/* VNET_F_* */
	uint8_t		gso_type;	/* VNET_GSO_* */
	uint16_t	hdr_len;	/* only a hint */
	uint16_t	gso_size;	/* payload of each segment, bytes */
	uint16_t	csum_start;	/* offset of the first byte summed */
	uint16_t	csum_offset;	/* of the field, from csum_start */
};

_Static_assert(sizeof(struct vnet_hdr) == 10, "as the kernel has it");

#define SEGMENT_MAX		2048	/* segments out of one packet */

enum segment_result {
	SEGMENT_OK,
	SEGMENT_BAD_PACKET,	/* packet_parse refuses it */
	SEGMENT_BAD_FLAGS,	/* an unknown flag of the virtio header */
	SEGMENT_BAD_TYPE,	/* unknown type, or not that of the packet */
	SEGMENT_BAD_HEADER,	/* hdr_len or the UDP length is untrue */
	SEGMENT_BAD_CHECKSUM,	/* field elsewhere, or its state unknown */
	SEGMENT_BAD_SIZE,	/* gso_size 0, no payload, too many segments */
	SEGMENT_BAD_TCP,	/* SYN or RST cannot be on many segments */
	SEGMENT_FRAGMENT,	/* a fragment cannot be cut or summed */
	SEGMENT_TOO_BIG,	/* longer than the MTU, alone or each segment */
	SEGMENT_RESULT_MAX
};

/* One packet from tun on its way into segments; members are private. */
struct segmenter {
	const uint8_t	*data;
	uint64_t	 ip_sum;	/* IPv4 header, what never changes */
	uint64_t	 pseudo_sum;	/* without the length */
	uint64_t	 upper_sum;	/* and of the upper header, likewise */
	size_t		 header;	/* bytes before the payload */
	size_t		 transport;	/* offset of the upper header */
	size_t		 payload;	/* bytes in all */
	size_t		 each;		/* payload bytes of one segment */
	size_t		 count;
	size_t		 done;		/* segments written */
	size_t		 csum_start;	/* 0: no checksum is due */
	size_t		 csum_at;	/* offset of the field */
	uint32_t	 seq;
	uint16_t	 ident;
	uint16_t	 urgent;
	uint8_t		 offset_byte;	/* TCP data offset and reserved bits */
	uint8_t		 flags;
	uint8_t		 version;
	uint8_t		 proto;		/* 0: not cut, goes as it is */
	uint8_t		 normal;	/* a coalescer knows the field */
	uint8_t		 partial;
};

/*
 * Begin with one packet and the virtio header that came with it; bytes
 * after the length the packet states are ignored.  mtu is in bytes of
 * inner IP packet.  The packet must stay, unchanged and in memory that is
 * ours alone, until the last segment is out.  Upon any result but OK there
 * are no segments.  A packet that is not to be cut gives one segment, its
 * checksum completed if that is due.
 */
enum segment_result	 segment_begin(struct segmenter *,
			    const struct vnet_hdr *, const uint8_t *pkt,
			    size_t len, size_t mtu);

/*
 * Call between begin and the first segment: TCP and UDP checksums that the
 * kernel left to us are then not completed but hold the sum of the pseudo
 * header, for a peer whose coalescer is told COALESCE_TRUSTED.  Returns 1
 * if that is so, 0 if the checksums of this packet will be complete.
 */
int			 segment_leave_partial(struct segmenter *);

size_t			 segment_count(const struct segmenter *);

/* Bytes of each segment but the last; bytes of all segments together. */
size_t			 segment_size(const struct segmenter *);
size_t			 segment_total(const struct segmenter *);

/*
 * Write the next whole IP packet.  Returns its length, 0 after the last, or
 * -1 with ENOBUFS if cap is too small (try again with more).
 */
ssize_t			 segment_next(struct segmenter *, uint8_t *out,
			    size_t cap);

/* Name of a result, for logs and counters; never NULL. */
const char		*segment_result_name(enum segment_result);

#define COALESCE_PIECES		64	/* packets in one, as UDP GSO has it */
#define COALESCE_IOV_MAX	(COALESCE_PIECES + 1)
#define COALESCE_HEADER_MAX	100	/* IPv6 and the longest TCP header */
#define COALESCE_LENGTH_MAX	65535	/* whole packet, either version */

/*
 * Checksum fields of TCP and UDP hold nothing: the peer's agent left them
 * partial (segment_leave_partial) and the tag has vouched for the bytes.
 */
#define COALESCE_TRUSTED	0x01
#define COALESCE_UDP		0x02	/* tun takes VNET_GSO_UDP_L4 */

struct coalesce_piece {
	const uint8_t	*data;
	size_t		 len;
};

/* Adjacent packets that will be one; the caller's memory, private members. */
struct coalescer {
	struct coalesce_piece	 pieces[COALESCE_PIECES];
	uint8_t			 header[COALESCE_HEADER_MAX];
	uint8_t			 check[2];	/* of a packet alone */
	const uint8_t		*first;		/* header of the first packet */
	size_t			 header_len;
	size_t			 transport;
	size_t			 payload;	/* bytes in all pieces */
	size_t			 count;
	uint32_t		 seq;		/* of the next segment */
	uint16_t		 ident;
	uint8_t			 version;
	uint8_t			 proto;
	uint8_t			 flags;		/* COALESCE_* */
	uint8_t			 open;		/* another may follow */
	uint8_t			 verified;	/* checksums of the first */
	uint8_t			 whole;		/* no fragment, no extension */
	uint8_t			 push;
};

/* Empty, with COALESCE_* flags; call again, when empty, to change them. */
void			 coalesce_init(struct coalescer *, unsigned int flags);

/*
 * Feed one packet that the rules let in.  parsed is what packet_parse said
 * of it, hdr its first parsed->payload bytes in memory that is ours alone,
 * payload the rest up to parsed->length, which may lie elsewhere; hdr and
 * payload must stay until the flush.  Returns 1 when taken, 0 when it does
 * not fit (flush, then feed it again: an empty coalescer takes anything),
 * -1 when payload_len contradicts parsed and the packet is to be dropped.
 */
int			 coalesce_add(struct coalescer *,
			    const struct packet *parsed, const uint8_t *hdr,
			    const uint8_t *payload, size_t payload_len);

/*
 * What goes to tun in one writev: the virtio header, then iov, an array of
 * COALESCE_IOV_MAX of which niov are used.  The first pieces point into the
 * coalescer, so it must not be fed before the write.  Returns the number of
 * packets that are in it, 0 when there was none; it is empty then.
 */
size_t			 coalesce_flush(struct coalescer *,
			    struct vnet_hdr *out, struct iovec *iov,
			    size_t *niov);

/*
 * As packet_sum, but fast over long pieces: the sum of big-endian words so
 * far, plus that of the buffer, in the second case copied to dst on the way.
 * Nothing but the last piece of a sum may be of odd length.
 */
uint64_t		 offload_sum(uint64_t, const void *, size_t);
uint64_t		 offload_sum_copy(uint64_t, void *dst, const void *,
			    size_t);

#endif /* PACKET_OFFLOAD_H */
