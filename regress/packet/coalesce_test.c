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
 * Putting packets of one flow together: that it undoes cutting, that
 * nothing which differs is merged, that nothing is reordered or lost.
 */

#include "regress/packet/burst.h"

#define CASES	20000

static int
feed(struct coalescer *c, const struct piece *p)
{
	struct packet	 pkt = parsed(p->data, p->len);

	return (coalesce_add(c, &pkt, p->data, p->data + pkt.payload,
	    pkt.length - pkt.payload));
}

/* What one writev would hand to tun. */
static size_t
flush(struct coalescer *c, struct vnet_hdr *v, struct piece *out)
{
	struct iovec	 iov[COALESCE_IOV_MAX];
	size_t		 i, n, niov, at = 0;

	n = coalesce_flush(c, v, iov, &niov);
	ATF_REQUIRE(niov <= COALESCE_IOV_MAX);
	for (out->len = 0, i = 0; i < niov; i++)
		out->len += iov[i].iov_len;
	ATF_REQUIRE((out->data = malloc(out->len + 1)) != NULL);
	for (i = 0; i < niov; at += iov[i++].iov_len)
		memcpy(out->data + at, iov[i].iov_base, iov[i].iov_len);
	return (n);
}

/* What the kernel does about a checksum that is due. */
static void
complete(struct piece *p, const struct vnet_hdr *v)
{
	size_t	 at = (size_t)v->csum_start + v->csum_offset;

	ATF_REQUIRE_EQ(v->flags, VNET_F_NEEDS_CSUM);
	ATF_REQUIRE(at + 2 <= p->len);
	build_put16(p->data + at, packet_checksum(p->data + v->csum_start,
	    p->len - v->csum_start));
}

/* Equal but for the IPv4 identification where DF makes it idle. */
static int
same(const struct piece *a, const struct piece *b, int ident)
{
	struct packet	 pkt = parsed(a->data, a->len);
	size_t		 from = 0;

	if (a->len != b->len)
		return (0);
	if (pkt.version == 4 && (!ident || (a->data[6] & DF))) {
		if (memcmp(a->data, b->data, 4) != 0 ||
		    memcmp(a->data + 6, b->data + 6, 4) != 0)
			return (0);
		from = 12;
	}
	return (memcmp(a->data + from, b->data + from, a->len - from) == 0);
}

/*
 * Cut, merge and compare: all but identification and checksums is as it
 * was, and the checksum that is left to the kernel comes out right.
 */
static void
round_trip(int partial)
{
	struct piece		 whole, out[NMAX], back;
	struct coalescer	 c;
	struct vnet_hdr		 v, w;
	struct shape		 s = random_shape();
	size_t			 i, n, size;

	size = s.payload / COALESCE_PIECES + 1 + pick(s.payload);
	whole = make(&s);
	v = vnet(&whole, size);
	n = cut(&whole, &v, partial, out);
	coalesce_init(&c, COALESCE_UDP | (partial ? COALESCE_TRUSTED : 0));
	for (i = 0; i < n; i++)
		ATF_REQUIRE_EQ(feed(&c, &out[i]), 1);
	ATF_REQUIRE_EQ(flush(&c, &w, &back), n);
	if (n > 1) {
		ATF_REQUIRE_EQ(w.gso_type, v.gso_type);
		ATF_REQUIRE_EQ(w.gso_size, size);
		ATF_REQUIRE_EQ(w.hdr_len, v.hdr_len);
	} else
		ATF_REQUIRE_EQ(w.gso_type, VNET_GSO_NONE);
	if (n > 1 || partial) {
		ATF_REQUIRE_EQ(w.csum_start, v.csum_start);
		ATF_REQUIRE_EQ(w.csum_offset, v.csum_offset);
		complete(&back, &w);
	} else
		ATF_REQUIRE_EQ(w.flags, 0);
	ATF_REQUIRE(is_right(back.data, back.len));
	/* TCP's checksum of all ones or zero is one and the same. */
	fix(back.data, back.len);
	ATF_REQUIRE(same(&whole, &back, 1));
	ATF_REQUIRE_EQ(coalesce_flush(&c, &w, NULL, &i), 0);
	ATF_REQUIRE_EQ(i, 0);
	free(back.data);
	free(whole.data);
	drop(out, n);
}

ATF_TC_WITHOUT_HEAD(merging_undoes_cutting);
ATF_TC_BODY(merging_undoes_cutting, tc)
{
	size_t	 i;

	for (i = 0; i < CASES; i++)
		round_trip(0);
}

ATF_TC_WITHOUT_HEAD(merging_undoes_cutting_with_checksums_left_partial);
ATF_TC_BODY(merging_undoes_cutting_with_checksums_left_partial, tc)
{
	size_t	 i;

	for (i = 0; i < CASES / 4; i++)
		round_trip(1);
}

/* Give a TCP packet the window, options and so on of another. */
static void
like(struct piece *to, const struct piece *from)
{
	struct packet	 pkt = parsed(from->data, from->len);
	size_t		 at = pkt.transport + 14;
	uint8_t		 flags = to->data[at - 1];

	ATF_REQUIRE_EQ(parsed(to->data, to->len).payload, pkt.payload);
	memcpy(to->data + at - 6, from->data + at - 6, pkt.payload - at + 6);
	to->data[at - 1] = flags;
	fix(to->data, to->len);
}

/* Two packets of one flow that would merge. */
static void
pair(struct piece *p, int version, uint8_t proto, uint8_t df)
{
	struct shape	 s;

	memset(&s, 0, sizeof(s));
	s.version = version;
	s.proto = proto;
	s.df = df;
	s.options = 12;
	s.payload = 100;
	s.flags = ACK;
	s.ident = 77;
	p[0] = make(&s);
	s.seq += 100;
	s.ident++;
	p[1] = make(&s);
	if (proto == 6)
		like(&p[1], &p[0]);
}

/* Feed both with one bit of the second header turned; did they merge? */
static int
merges(struct piece *p, size_t bit, unsigned int flags)
{
	struct coalescer	 c;
	struct piece		 changed, out;
	struct vnet_hdr		 v;
	struct packet		 pkt;
	size_t			 i, n;

	changed.len = p[1].len;
	changed.data = exact(p[1].data, changed.len);
	changed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	if (packet_parse(&pkt, changed.data, changed.len) != PACKET_OK) {
		free(changed.data);
		return (0);
	}
	changed.len = pkt.length;
	fix(changed.data, changed.len);
	coalesce_init(&c, flags);
	ATF_REQUIRE_EQ(feed(&c, &p[0]), 1);
	if (feed(&c, &changed) == 1) {
		free(changed.data);
		return (1);
	}
	for (i = 0; i < 2; i++) {
		n = flush(&c, &v, &out);
		ATF_REQUIRE_EQ(n, 1);
		ATF_REQUIRE_EQ(v.gso_type, VNET_GSO_NONE);
		if ((flags & COALESCE_TRUSTED) == 0)
			ATF_REQUIRE(same(&out, i == 0 ? &p[0] : &changed, 1));
		free(out.data);
		if (i == 0)
			ATF_REQUIRE_EQ(feed(&c, &changed), 1);
	}
	free(changed.data);
	return (0);
}

static void
turn_every_bit(int version, uint8_t proto, uint8_t df, unsigned int flags)
{
	struct piece	 p[2];
	struct packet	 pkt;
	size_t		 bit, at, n = 0;
	int		 expected;

	pair(p, version, proto, df);
	pkt = parsed(p[0].data, p[0].len);
	for (bit = 0; bit < pkt.payload * 8; bit++) {
		at = bit / 8;
		/* TCP in a shorter packet is shorter, and nothing else. */
		if (proto == 6 && at / 2 == (version == 4 ? 1 : 2))
			continue;
		expected = (proto == 6 && at == pkt.transport + 13 &&
		    bit % 8 == 3) || at == check_at(&pkt) ||
		    at == check_at(&pkt) + 1;
		/* Checksums are put right again, and so are no change. */
		if (version == 4 && (at == 10 || at == 11 ||
		    (df && (at == 4 || at == 5))))
			expected = 1;
		ATF_CHECK_EQ_MSG(merges(p, bit, flags), expected,
		    "IPv%d proto %d byte %zu bit %zu", version, proto, at,
		    bit % 8);
		n += (size_t)!expected;
	}
	ATF_CHECK(n > 100);
	drop(p, 2);
}

ATF_TC_WITHOUT_HEAD(no_two_headers_that_differ_in_one_bit_merge);
ATF_TC_BODY(no_two_headers_that_differ_in_one_bit_merge, tc)
{
	unsigned int	 flags, i;

	for (i = 0; i < 2; i++) {
		flags = COALESCE_UDP | (i ? COALESCE_TRUSTED : 0);
		turn_every_bit(4, 6, DF, flags);
		turn_every_bit(4, 6, 0, flags);
		turn_every_bit(6, 6, 0, flags);
		turn_every_bit(4, 17, DF, flags);
		turn_every_bit(4, 17, 0, flags);
		turn_every_bit(6, 17, 0, flags);
	}
}

ATF_TC_WITHOUT_HEAD(a_wrong_checksum_is_never_hidden_by_a_merge);
ATF_TC_BODY(a_wrong_checksum_is_never_hidden_by_a_merge, tc)
{
	struct coalescer	 c;
	struct vnet_hdr		 v;
	struct piece		 p[2], out;
	size_t			 i, bad, at;
	int			 version;

	for (i = 0; i < 400; i++) {
		version = i & 1 ? 4 : 6;
		bad = i >> 1 & 1;
		pair(p, version, i & 4 ? 6 : 17, DF);
		at = p[bad].len - 1 - pick(i & 8 ? 1 : 100);
		/* Also that of the IPv4 header. */
		if ((i & 16) && version == 4)
			at = 10;
		p[bad].data[at] ^= (uint8_t)(1 + pick(255));
		coalesce_init(&c, COALESCE_UDP);
		ATF_REQUIRE_EQ(feed(&c, &p[0]), 1);
		ATF_REQUIRE_EQ(feed(&c, &p[1]), 0);
		ATF_REQUIRE_EQ(flush(&c, &v, &out), 1);
		ATF_REQUIRE_EQ(v.flags, 0);
		ATF_REQUIRE_EQ(out.len, p[0].len);
		ATF_REQUIRE(memcmp(out.data, p[0].data, out.len) == 0);
		free(out.data);
		coalesce_init(&c, COALESCE_UDP | COALESCE_TRUSTED);
		ATF_REQUIRE_EQ(feed(&c, &p[0]), 1);
		ATF_REQUIRE_EQ(feed(&c, &p[1]), at != 10);
		drop(p, 2);
	}
}

ATF_TC_WITHOUT_HEAD(packets_with_reserved_bits_go_alone);
ATF_TC_BODY(packets_with_reserved_bits_go_alone, tc)
{
	/* Offset and value in the IPv4 or the TCP header. */
	static const uint8_t	 bits[][2] = {
		{ 6, 0x80 }, { 32, 1 }, { 32, 2 }, { 32, 4 }, { 32, 8 }
	};
	struct coalescer	 c;
	struct piece		 p[2];
	size_t			 i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		pair(p, 4, 6, DF);
		coalesce_init(&c, 0);
		ATF_CHECK_EQ(feed(&c, &p[0]), 1);
		ATF_CHECK_EQ(feed(&c, &p[1]), 1);
		p[0].data[bits[i][0]] |= bits[i][1];
		p[1].data[bits[i][0]] |= bits[i][1];
		fix(p[0].data, p[0].len);
		fix(p[1].data, p[1].len);
		coalesce_init(&c, 0);
		ATF_CHECK_EQ(feed(&c, &p[0]), 1);
		ATF_CHECK_EQ(feed(&c, &p[1]), 0);
		drop(p, 2);
	}
}

ATF_TC_WITHOUT_HEAD(udp_without_checksum_or_leave_goes_alone);
ATF_TC_BODY(udp_without_checksum_or_leave_goes_alone, tc)
{
	struct coalescer	 c;
	struct vnet_hdr		 v;
	struct piece		 p[2], out;
	unsigned int		 flags;

	pair(p, 4, 17, DF);
	coalesce_init(&c, 0);
	ATF_CHECK_EQ(feed(&c, &p[0]), 1);
	ATF_CHECK_EQ(feed(&c, &p[1]), 0);
	build_put16(p[0].data + 26, 0);
	build_put16(p[1].data + 26, 0);
	for (flags = 0; flags < 2; flags++) {
		coalesce_init(&c, COALESCE_UDP | flags);
		ATF_CHECK_EQ(feed(&c, &p[0]), 1);
		ATF_CHECK_EQ(feed(&c, &p[1]), 0);
		ATF_CHECK_EQ(flush(&c, &v, &out), 1);
		ATF_CHECK_EQ(v.flags, 0);
		ATF_CHECK(memcmp(out.data, p[0].data, out.len) == 0);
		free(out.data);
	}
	drop(p, 2);
}

/* How many of a run of equal segments, and then one of size last, merge. */
static size_t
run_length(size_t size, size_t last, size_t at, uint8_t flags)
{
	static struct piece	 p[NMAX];
	struct coalescer	 c;
	struct packet		 pkt;
	struct shape		 s;
	size_t			 i, n;

	memset(&s, 0, sizeof(s));
	s.version = 6;
	s.proto = 6;
	coalesce_init(&c, 0);
	for (i = n = 0; i < NMAX && n == i; i++) {
		s.payload = i == at ? last : size;
		s.flags = ACK | (i == at ? flags : 0);
		p[i] = make(&s);
		if (i > 0)
			like(&p[i], &p[0]);
		s.seq += (uint32_t)s.payload;
		pkt = parsed(p[i].data, p[i].len);
		n += (size_t)coalesce_add(&c, &pkt, p[i].data,
		    p[i].data + pkt.payload, s.payload);
	}
	drop(p, i);
	return (n);
}

ATF_TC_WITHOUT_HEAD(a_merge_ends_where_it_must);
ATF_TC_BODY(a_merge_ends_where_it_must, tc)
{
	/* At the number of pieces, at the length of a packet. */
	ATF_CHECK_EQ(run_length(100, 100, NMAX, 0), COALESCE_PIECES);
	ATF_CHECK_EQ(run_length(13095, 13095, NMAX, 0), 5);
	ATF_CHECK_EQ(run_length(13096, 13096, NMAX, 0), 4);
	ATF_CHECK_EQ(run_length(13096, 13091, 4, 0), 5);
	ATF_CHECK_EQ(run_length(13096, 13092, 4, 0), 4);
	ATF_CHECK_EQ(run_length(65475, 1, 1, 0), 1);
	ATF_CHECK_EQ(run_length(65515, 1, 1, 0), 1);
	/* After a smaller one, before a larger one, never with none. */
	ATF_CHECK_EQ(run_length(100, 99, 7, 0), 8);
	ATF_CHECK_EQ(run_length(100, 101, 7, 0), 7);
	ATF_CHECK_EQ(run_length(100, 0, 7, 0), 7);
	ATF_CHECK_EQ(run_length(100, 0, 0, 0), 1);
	/* After PSH, before any other flag. */
	ATF_CHECK_EQ(run_length(100, 100, 7, PSH), 8);
	ATF_CHECK_EQ(run_length(100, 100, 0, PSH), 1);
	ATF_CHECK_EQ(run_length(100, 100, 7, FIN), 7);
	ATF_CHECK_EQ(run_length(100, 100, 7, SYN), 7);
	ATF_CHECK_EQ(run_length(100, 100, 7, RST), 7);
	ATF_CHECK_EQ(run_length(100, 100, 7, URG), 7);
	ATF_CHECK_EQ(run_length(100, 100, 7, CWR), 7);
	ATF_CHECK_EQ(run_length(100, 100, 7, ECE), 7);
	ATF_CHECK_EQ(run_length(100, 100, 0, FIN), 1);
	ATF_CHECK_EQ(run_length(100, 100, 0, SYN), 1);
	ATF_CHECK_EQ(run_length(100, 100, 0, CWR), 1);
}

ATF_TC_WITHOUT_HEAD(what_is_neither_tcp_nor_udp_goes_as_it_came);
ATF_TC_BODY(what_is_neither_tcp_nor_udp_goes_as_it_came, tc)
{
	struct coalescer	 c;
	struct vnet_hdr		 v, none;
	struct piece		 p, out;
	struct packet		 pkt;
	uint8_t			 buf[BUILD_MAX];
	int			 i, version;

	memset(&none, 0, sizeof(none));
	for (i = 0; i < 6; i++) {
		version = i & 1 ? 4 : 6;
		p.data = buf;
		if (i < 2)
			p.len = build_icmp(buf, version, IN, 8, 0, 7);
		else if (i < 4)
			p.len = build_fragment(buf, version, IN, 7, 0, 1, 53,
			    800);
		else
			p.len = build_fragment(buf, version, IN, 7, 800, 0,
			    53, 100);
		coalesce_init(&c, COALESCE_UDP | COALESCE_TRUSTED);
		ATF_REQUIRE_EQ(feed(&c, &p), 1);
		ATF_CHECK_EQ(feed(&c, &p), 0);
		ATF_CHECK_EQ(flush(&c, &v, &out), 1);
		ATF_CHECK(memcmp(&v, &none, sizeof(v)) == 0);
		ATF_CHECK_EQ(out.len, p.len);
		ATF_CHECK(memcmp(out.data, buf, p.len) == 0);
		free(out.data);
		pkt = parsed(buf, p.len);
		ATF_CHECK_EQ(coalesce_add(&c, &pkt, buf, buf + pkt.payload,
		    pkt.length - pkt.payload + 1), -1);
		ATF_CHECK_EQ(coalesce_flush(&c, &v, NULL, &out.len), 0);
	}
}

/* Flush, cut again, and compare with what was fed, packet by packet. */
static void
compare_flushed(struct coalescer *c, const struct piece *fed, size_t n)
{
	struct piece	 whole, out[NMAX];
	struct vnet_hdr	 v;
	size_t		 i, made;

	ATF_REQUIRE_EQ(flush(c, &v, &whole), n);
	ATF_REQUIRE_EQ(v.gso_type == VNET_GSO_NONE, n == 1);
	made = cut(&whole, &v, 0, out);
	ATF_REQUIRE_EQ(made, n);
	for (i = 0; i < n; i++) {
		if (n > 1)
			fix(out[i].data, out[i].len);
		ATF_REQUIRE(same(&fed[i], &out[i], 1));
	}
	drop(out, made);
	free(whole.data);
}

/* The next packet of a random one of two flows, sometimes spoiled. */
static struct piece
next_packet(struct shape *flows, struct piece *models)
{
	size_t		 i = pick(8) == 0;
	struct shape	*s = &flows[i];
	struct piece	 p;

	s->payload = pick(6) ? 200 : pick(300);
	s->flags = ACK | (pick(8) ? 0 : PSH) | (pick(30) ? 0 : FIN);
	p = make(s);
	if (s->proto == 6 && pick(30))
		like(&p, &models[i]);
	s->seq += (uint32_t)s->payload + !pick(30);
	s->ident += 1 + !pick(30);
	if (!pick(20))
		p.data[pick(p.len)] ^= (uint8_t)(1 << pick(8));
	return (p);
}

ATF_TC_WITHOUT_HEAD(a_stream_comes_out_as_it_went_in_and_in_order);
ATF_TC_BODY(a_stream_comes_out_as_it_went_in_and_in_order, tc)
{
	struct coalescer	 c;
	struct packet		 pkt;
	struct shape		 flows[2];
	struct piece		 models[2], p[NMAX];
	size_t			 fed, merged = 0, n, round;

	for (round = 0; round < CASES / 40; round++) {
		flows[0] = random_shape();
		flows[1] = pick(2) ? flows[0] : random_shape();
		flows[0].payload = flows[1].payload = 200;
		models[0] = make(&flows[0]);
		models[1] = make(&flows[1]);
		coalesce_init(&c, COALESCE_UDP);
		for (fed = n = 0; fed < 40; ) {
			p[n] = next_packet(flows, models);
			if (packet_parse(&pkt, p[n].data, p[n].len) !=
			    PACKET_OK || pkt.length != p[n].len) {
				free(p[n].data);
				continue;
			}
			fed++;
			if (feed(&c, &p[n]) == 0) {
				compare_flushed(&c, p, n);
				merged += n - 1;
				drop(p, n);
				p[0] = p[n];
				ATF_REQUIRE_EQ(feed(&c, &p[0]), 1);
				n = 0;
			}
			n++;
		}
		compare_flushed(&c, p, n);
		drop(p, n);
		drop(models, 2);
	}
	ATF_CHECK(merged > CASES / 8);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, merging_undoes_cutting);
	ATF_TP_ADD_TC(tp, merging_undoes_cutting_with_checksums_left_partial);
	ATF_TP_ADD_TC(tp, no_two_headers_that_differ_in_one_bit_merge);
	ATF_TP_ADD_TC(tp, a_wrong_checksum_is_never_hidden_by_a_merge);
	ATF_TP_ADD_TC(tp, packets_with_reserved_bits_go_alone);
	ATF_TP_ADD_TC(tp, udp_without_checksum_or_leave_goes_alone);
	ATF_TP_ADD_TC(tp, a_merge_ends_where_it_must);
	ATF_TP_ADD_TC(tp, what_is_neither_tcp_nor_udp_goes_as_it_came);
	ATF_TP_ADD_TC(tp, a_stream_comes_out_as_it_went_in_and_in_order);
	return (atf_no_error());
}
