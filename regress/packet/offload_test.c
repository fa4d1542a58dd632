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
 * Cutting large packets of a tun device: what every segment must say, and
 * that odd virtio headers are refused.
 */

#include "regress/packet/burst.h"

/* What segment i of n must look like. */
static void
check_segment(const struct piece *whole, const struct piece *p, size_t i,
    size_t n, size_t size)
{
	struct packet	 all = parsed(whole->data, whole->len);
	struct packet	 pkt = parsed(p->data, p->len);
	uint8_t		 flags = all.tcp_flags;

	ATF_REQUIRE(is_right(p->data, p->len));
	ATF_REQUIRE_EQ(pkt.payload, all.payload);
	ATF_REQUIRE_EQ(pkt.length, i + 1 < n ? all.payload + size :
	    all.length - i * size);
	ATF_REQUIRE(memcmp(p->data + pkt.payload, whole->data + all.payload +
	    i * size, p->len - pkt.payload) == 0);
	if (pkt.version == 4) {
		ATF_REQUIRE_EQ((uint16_t)(p->data[4] << 8 | p->data[5]),
		    (uint16_t)((whole->data[4] << 8 | whole->data[5]) + i));
		ATF_REQUIRE(memcmp(p->data + 6, whole->data + 6, 4) == 0);
	} else
		ATF_REQUIRE(memcmp(p->data, whole->data, 4) == 0);
	if (pkt.proto == 17)
		return;
	ATF_REQUIRE_EQ(pkt.tcp_seq, (uint32_t)(all.tcp_seq + i * size));
	if (i > 0)
		flags &= (uint8_t)~CWR;
	if (i + 1 < n)
		flags &= (uint8_t)~(FIN | PSH);
	ATF_REQUIRE_EQ(pkt.tcp_flags & ~URG, flags & ~URG);
	ATF_REQUIRE(memcmp(p->data + pkt.transport + 20, whole->data +
	    all.transport + 20, pkt.payload - pkt.transport - 20) == 0);
}

ATF_TC_WITHOUT_HEAD(every_segment_is_a_whole_packet_with_right_checksums);
ATF_TC_BODY(every_segment_is_a_whole_packet_with_right_checksums, tc)
{
	struct piece	 whole, out[NMAX];
	struct vnet_hdr	 v;
	struct shape	 s;
	size_t		 i, n, round, size;

	for (round = 0; round < 1000; round++) {
		s = random_shape();
		size = s.payload / NMAX + 1 + pick(s.payload + 20);
		whole = make(&s);
		v = vnet(&whole, size);
		/* The kernel's own state of the checksum is of no concern. */
		whole.data[v.csum_start + v.csum_offset] ^= (uint8_t)round;
		n = cut(&whole, &v, 0, out);
		ATF_REQUIRE_EQ(n, (s.payload + size - 1) / size);
		for (i = 0; i < n; i++)
			check_segment(&whole, &out[i], i, n, size);
		drop(out, n);
		free(whole.data);
	}
}

ATF_TC_WITHOUT_HEAD(each_tcp_flag_is_on_the_segments_it_belongs_to);
ATF_TC_BODY(each_tcp_flag_is_on_the_segments_it_belongs_to, tc)
{
	struct shape		 s = random_shape();
	struct segmenter	 seg;
	struct piece		 whole, out[NMAX];
	struct vnet_hdr		 v;
	unsigned int		 f, ecn;
	size_t			 i;

	s.proto = 6;
	s.payload = 2500;
	for (f = 0; f < 512; f++) {
		s.version = f & 256 ? 4 : 6;
		s.flags = (uint8_t)f;
		ecn = f & CWR ? VNET_GSO_ECN : 0;
		whole = make(&s);
		v = vnet(&whole, 1000);
		v.gso_type |= (uint8_t)ecn;
		if (f & (SYN | RST))
			ATF_CHECK_EQ(segment_begin(&seg, &v, whole.data,
			    whole.len, 1500), SEGMENT_BAD_TCP);
		else {
			ATF_REQUIRE_EQ(cut(&whole, &v, 0, out), 3);
			for (i = 0; i < 3; i++)
				check_segment(&whole, &out[i], i, 3, 1000);
			drop(out, 3);
		}
		free(whole.data);
	}
}

ATF_TC_WITHOUT_HEAD(urgent_data_stays_where_it_was_in_the_stream);
ATF_TC_BODY(urgent_data_stays_where_it_was_in_the_stream, tc)
{
	static const uint16_t	 want[2][3] = { { 1500, 500, 0 }, { 1000 } };
	struct shape		 s = random_shape();
	struct piece		 whole, out[NMAX];
	struct packet		 pkt;
	struct vnet_hdr		 v;
	size_t			 i, k;

	s.proto = 6;
	s.payload = 2500;
	s.flags = ACK | URG;
	whole = make(&s);
	v = vnet(&whole, 1000);
	for (k = 0; k < 2; k++) {
		build_put16(whole.data + v.csum_start + 18, want[k][0]);
		ATF_REQUIRE_EQ(cut(&whole, &v, 0, out), 3);
		for (i = 0; i < 3; i++) {
			check_segment(&whole, &out[i], i, 3, 1000);
			pkt = parsed(out[i].data, out[i].len);
			ATF_CHECK_EQ((pkt.tcp_flags & URG) != 0,
			    want[k][i] != 0);
			ATF_CHECK_EQ(out[i].data[pkt.transport + 18] << 8 |
			    out[i].data[pkt.transport + 19], want[k][i]);
		}
		drop(out, 3);
	}
	free(whole.data);
}

ATF_TC_WITHOUT_HEAD(a_checksum_that_is_due_is_completed);
ATF_TC_BODY(a_checksum_that_is_due_is_completed, tc)
{
	struct piece	 whole, out[NMAX], want;
	struct packet	 pkt;
	struct vnet_hdr	 v;
	struct shape	 s;
	size_t		 i;

	for (i = 0; i < 1000; i++) {
		s = random_shape();
		s.payload %= 1400;
		want = make(&s);
		whole.data = exact(want.data, want.len);
		whole.len = want.len;
		pkt = parsed(whole.data, whole.len);
		v = vnet(&whole, 0);
		v.gso_type = VNET_GSO_NONE;
		build_put16(whole.data + check_at(&pkt), (uint16_t)
		    ~packet_sum_finish(packet_sum_pseudo(pkt.version, pkt.src,
		    pkt.dst, pkt.proto, pkt.length - pkt.transport)));
		ATF_REQUIRE_EQ(cut(&whole, &v, 0, out), 1);
		ATF_REQUIRE(is_right(out[0].data, out[0].len));
		drop(out, 1);
		/* And one that is not due is let be, right or wrong. */
		v.flags = (uint8_t)(pick(2) * VNET_F_DATA_VALID);
		ATF_REQUIRE_EQ(cut(&whole, &v, 0, out), 1);
		ATF_REQUIRE_EQ(out[0].len, whole.len);
		ATF_REQUIRE(memcmp(out[0].data, whole.data, whole.len) == 0);
		drop(out, 1);
		free(whole.data);
		free(want.data);
	}
}

ATF_TC_WITHOUT_HEAD(a_checksum_within_an_inner_packet_is_completed);
ATF_TC_BODY(a_checksum_within_an_inner_packet_is_completed, tc)
{
	struct shape	 s = random_shape();
	struct piece	 whole, out[NMAX];
	struct vnet_hdr	 v;
	size_t		 start;

	s.proto = 17;
	s.payload = 501;
	whole = make(&s);
	v = vnet(&whole, 0);
	v.gso_type = VNET_GSO_NONE;
	start = v.csum_start = (uint16_t)(v.csum_start + 8 + 40);
	ATF_REQUIRE_EQ(cut(&whole, &v, 0, out), 1);
	ATF_CHECK_EQ(packet_checksum(whole.data + start, whole.len - start),
	    out[0].data[start + 6] << 8 | out[0].data[start + 7]);
	ATF_CHECK(memcmp(out[0].data, whole.data, start + 6) == 0);
	drop(out, 1);
	free(whole.data);
}

ATF_TC_WITHOUT_HEAD(odd_virtio_headers_are_refused);
ATF_TC_BODY(odd_virtio_headers_are_refused, tc)
{
	struct segmenter	 seg;
	struct shape		 s;
	struct vnet_hdr		 v, good;
	struct piece		 p;
	int			 proto, version;

#define REFUSED(field, value, result) do {				\
	v = good;							\
	v.field = (value);						\
	ATF_CHECK_EQ(segment_begin(&seg, &v, p.data, p.len, 1500),	\
	    (result));							\
	ATF_CHECK_EQ(segment_count(&seg), 0);				\
	ATF_CHECK_EQ(segment_next(&seg, NULL, 0), 0);			\
} while (0)
	memset(&s, 0, sizeof(s));
	for (proto = 6; proto <= 17; proto += 11)
		for (version = 4; version <= 6; version += 2) {
			s.proto = (uint8_t)proto;
			s.version = version;
			s.payload = 3001;
			s.flags = ACK;
			p = make(&s);
			good = vnet(&p, 1000);
			REFUSED(flags, 0, SEGMENT_BAD_CHECKSUM);
			REFUSED(flags, 5, SEGMENT_BAD_FLAGS);
			REFUSED(flags, 0x81, SEGMENT_BAD_FLAGS);
			REFUSED(gso_type, 2, SEGMENT_BAD_TYPE);
			REFUSED(gso_type, 3, SEGMENT_BAD_TYPE);
			REFUSED(gso_type, 0x80, SEGMENT_BAD_TYPE);
			REFUSED(gso_type, 0x85, SEGMENT_BAD_TYPE);
			REFUSED(gso_type, proto == 6 ? 5 : version == 4 ?
			    1 : 4, SEGMENT_BAD_TYPE);
			REFUSED(gso_type, version == 4 ? 4 : 1,
			    SEGMENT_BAD_TYPE);
			REFUSED(hdr_len, (uint16_t)(p.len + 1),
			    SEGMENT_BAD_HEADER);
			REFUSED(gso_size, 0, SEGMENT_BAD_SIZE);
			REFUSED(gso_size, 1, SEGMENT_BAD_SIZE);
			REFUSED(gso_size, 1500, SEGMENT_TOO_BIG);
			REFUSED(gso_size, 65535, SEGMENT_TOO_BIG);
			REFUSED(csum_start, 0, SEGMENT_BAD_CHECKSUM);
			REFUSED(csum_start, 65535, SEGMENT_BAD_CHECKSUM);
			REFUSED(csum_offset, 18, SEGMENT_BAD_CHECKSUM);
			REFUSED(csum_offset, 65535, SEGMENT_BAD_CHECKSUM);
			/* Cut off: the packet says more than there is. */
			p.len--;
			REFUSED(hdr_len, 0, SEGMENT_BAD_PACKET);
			free(p.data);
			s.payload = 100;
			p = make(&s);
			good = vnet(&p, 0);
			good.gso_type = VNET_GSO_NONE;
			REFUSED(csum_start, 0, SEGMENT_BAD_CHECKSUM);
			REFUSED(csum_start, 8, SEGMENT_BAD_CHECKSUM);
			REFUSED(csum_start, (uint16_t)p.len,
			    SEGMENT_BAD_CHECKSUM);
			REFUSED(csum_start, (uint16_t)(p.len - 7),
			    SEGMENT_BAD_CHECKSUM);
			REFUSED(csum_offset, (uint16_t)(p.len -
			    good.csum_start - 1), SEGMENT_BAD_CHECKSUM);
			REFUSED(csum_offset, 65535, SEGMENT_BAD_CHECKSUM);
			REFUSED(flags, 4, SEGMENT_BAD_FLAGS);
			free(p.data);
			s.payload = 0;
			p = make(&s);
			good = vnet(&p, 0);
			REFUSED(gso_size, 1000, SEGMENT_BAD_SIZE);
			free(p.data);
		}
#undef REFUSED
}

ATF_TC_WITHOUT_HEAD(a_udp_length_that_is_untrue_is_refused);
ATF_TC_BODY(a_udp_length_that_is_untrue_is_refused, tc)
{
	struct shape		 s = random_shape();
	struct segmenter	 seg;
	struct vnet_hdr		 v;
	struct piece		 p;

	s.proto = 17;
	s.payload = 3000;
	p = make(&s);
	v = vnet(&p, 1000);
	build_put16(p.data + v.csum_start + 4, 3007);
	ATF_CHECK_EQ(segment_begin(&seg, &v, p.data, p.len, 1500),
	    SEGMENT_BAD_HEADER);
	free(p.data);
}

ATF_TC_WITHOUT_HEAD(a_fragment_is_neither_cut_nor_summed);
ATF_TC_BODY(a_fragment_is_neither_cut_nor_summed, tc)
{
	struct segmenter	 seg;
	struct vnet_hdr		 v;
	uint8_t			 buf[BUILD_MAX];
	size_t			 n;
	int			 version;

	for (version = 4; version <= 6; version += 2) {
		n = build_fragment(buf, version, OUT, 7, 0, 1, 53, 800);
		memset(&v, 0, sizeof(v));
		ATF_CHECK_EQ(segment_begin(&seg, &v, buf, n, 1500),
		    SEGMENT_OK);
		v.flags = VNET_F_NEEDS_CSUM;
		v.csum_start = version == 4 ? 20 : 48;
		v.csum_offset = 6;
		ATF_CHECK_EQ(segment_begin(&seg, &v, buf, n, 1500),
		    SEGMENT_FRAGMENT);
		v.gso_type = VNET_GSO_UDP_L4;
		v.gso_size = 100;
		ATF_CHECK_EQ(segment_begin(&seg, &v, buf, n, 1500),
		    SEGMENT_FRAGMENT);
	}
}

ATF_TC_WITHOUT_HEAD(no_segment_is_longer_than_the_mtu);
ATF_TC_BODY(no_segment_is_longer_than_the_mtu, tc)
{
	struct segmenter	 seg;
	struct vnet_hdr		 v;
	struct shape		 s;
	struct piece		 p;
	size_t			 i, size;

	for (i = 0; i < 1000; i++) {
		s = random_shape();
		s.payload = 1 + pick(9000);
		p = make(&s);
		v = vnet(&p, s.payload / NMAX + 1 + pick(1500));
		if (i % 4 == 0)
			v.gso_type = VNET_GSO_NONE;
		ATF_REQUIRE_EQ(segment_begin(&seg, &v, p.data, p.len, 9999),
		    SEGMENT_OK);
		size = segment_size(&seg);
		ATF_REQUIRE_EQ(segment_begin(&seg, &v, p.data, p.len, size),
		    SEGMENT_OK);
		ATF_REQUIRE_EQ(segment_begin(&seg, &v, p.data, p.len,
		    size - 1), SEGMENT_TOO_BIG);
		ATF_REQUIRE_EQ(segment_begin(&seg, &v, p.data, p.len,
		    pick(size)), SEGMENT_TOO_BIG);
		free(p.data);
	}
}

ATF_TC_WITHOUT_HEAD(the_fast_sum_is_the_plain_sum);
ATF_TC_BODY(the_fast_sum_is_the_plain_sum, tc)
{
	uint8_t		 buf[2100], *dst, *src;
	size_t		 i, len, off;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(pick(4) ? pick(256) : 0xff);
	for (i = 0; i < 4000; i++) {
		off = pick(32);
		len = i < 300 ? i : pick(2000);
		src = exact(buf + off, len);
		ATF_REQUIRE((dst = malloc(len + 1)) != NULL);
		dst[len] = 0x5a;
		ATF_REQUIRE_EQ(packet_sum_finish(offload_sum(i, src, len)),
		    packet_sum_finish(packet_sum(i, src, len)));
		ATF_REQUIRE_EQ(packet_sum_finish(offload_sum_copy(i, dst, src,
		    len)), packet_sum_finish(packet_sum(i, src, len)));
		ATF_REQUIRE(memcmp(dst, src, len) == 0);
		ATF_REQUIRE_EQ(dst[len], 0x5a);
		free(src);
		free(dst);
	}
}

ATF_TC_WITHOUT_HEAD(every_result_has_a_name);
ATF_TC_BODY(every_result_has_a_name, tc)
{
	int	 i;

	for (i = 0; i < SEGMENT_RESULT_MAX; i++)
		ATF_CHECK(segment_result_name((enum segment_result)i) !=
		    NULL);
	ATF_CHECK_STREQ(segment_result_name(SEGMENT_RESULT_MAX), "unknown");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_segment_is_a_whole_packet_with_right_checksums);
	ATF_TP_ADD_TC(tp, each_tcp_flag_is_on_the_segments_it_belongs_to);
	ATF_TP_ADD_TC(tp, urgent_data_stays_where_it_was_in_the_stream);
	ATF_TP_ADD_TC(tp, a_checksum_that_is_due_is_completed);
	ATF_TP_ADD_TC(tp, a_checksum_within_an_inner_packet_is_completed);
	ATF_TP_ADD_TC(tp, odd_virtio_headers_are_refused);
	ATF_TP_ADD_TC(tp, a_udp_length_that_is_untrue_is_refused);
	ATF_TP_ADD_TC(tp, a_fragment_is_neither_cut_nor_summed);
	ATF_TP_ADD_TC(tp, no_segment_is_longer_than_the_mtu);
	ATF_TP_ADD_TC(tp, the_fast_sum_is_the_plain_sum);
	ATF_TP_ADD_TC(tp, every_result_has_a_name);
	return (atf_no_error());
}
