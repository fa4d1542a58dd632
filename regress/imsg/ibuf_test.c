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
 * Buffers: nothing is read past the end or written past the maximum.
 */

#include <atf-c.h>
#include <errno.h>
#include <stdint.h>

#include "imsg/imsg.h"

#define TC(name)							\
	ATF_TC_WITHOUT_HEAD(name);					\
	ATF_TC_BODY(name, tc)

TC(getters_refuse_to_read_past_the_end)
{
	unsigned char	data[] = { 1, 2, 3, 4, 5, 6, 7 }, out[8];
	struct ibuf	buf;
	uint64_t	n64;
	uint32_t	n32;
	uint16_t	n16;
	uint8_t		n8;

	ibuf_from_buffer(&buf, data, sizeof(data));
	ATF_CHECK_ERRNO(EBADMSG, ibuf_get_n64(&buf, &n64) == -1);
	ATF_CHECK_ERRNO(EBADMSG, ibuf_get(&buf, out, 8) == -1);
	ATF_CHECK_ERRNO(EBADMSG, ibuf_skip(&buf, 8) == -1);
	ATF_CHECK_ERRNO(EBADMSG, ibuf_skip(&buf, SIZE_MAX) == -1);
	ATF_CHECK_EQ(7, ibuf_size(&buf));
	ATF_CHECK_EQ(0, ibuf_get_n32(&buf, &n32));
	ATF_CHECK_EQ(0x01020304, n32);
	ATF_CHECK_ERRNO(EBADMSG, ibuf_get_n32(&buf, &n32) == -1);
	ATF_CHECK_EQ(0, ibuf_get_n16(&buf, &n16));
	ATF_CHECK_EQ(0x0506, n16);
	ATF_CHECK_ERRNO(EBADMSG, ibuf_get_n16(&buf, &n16) == -1);
	ATF_CHECK_EQ(0, ibuf_get_n8(&buf, &n8));
	ATF_CHECK_EQ(7, n8);
	ATF_CHECK_ERRNO(EBADMSG, ibuf_get_n8(&buf, &n8) == -1);
	ATF_CHECK_EQ(0, ibuf_get(&buf, out, 0));
	ibuf_rewind(&buf);
	ATF_CHECK_EQ(0, ibuf_skip(&buf, 7));
	ATF_CHECK_EQ(0, ibuf_size(&buf));
	ATF_CHECK_EQ(0, ibuf_left(&buf));
	ATF_CHECK_ERRNO(ERANGE, ibuf_add(&buf, data, 1) == -1);
}

TC(numbers_survive_the_round_trip_or_are_refused)
{
	struct ibuf	*buf;
	uint64_t	 n64;
	uint32_t	 n32;
	uint16_t	 n16;
	uint8_t		 n8;

	ATF_REQUIRE((buf = ibuf_dynamic(0, 64)) != NULL);
	ATF_CHECK_ERRNO(EINVAL, ibuf_add_n8(buf, 0x100) == -1);
	ATF_CHECK_ERRNO(EINVAL, ibuf_add_n16(buf, 0x10000) == -1);
	ATF_CHECK_ERRNO(EINVAL, ibuf_add_n32(buf, 0x100000000ULL) == -1);
	ATF_CHECK_EQ(0, ibuf_size(buf));
	ATF_CHECK_EQ(0, ibuf_add_n8(buf, 0xff));
	ATF_CHECK_EQ(0, ibuf_add_n16(buf, 0xfffe));
	ATF_CHECK_EQ(0, ibuf_add_n32(buf, 0xfffefdfc));
	ATF_CHECK_EQ(0, ibuf_add_n64(buf, 0x0102030405060708ULL));
	ATF_CHECK_EQ(0, ibuf_add_zero(buf, 2));
	ATF_CHECK_EQ(17, ibuf_size(buf));
	ATF_CHECK_EQ(47, ibuf_left(buf));
	ATF_REQUIRE_EQ(0, ibuf_get_n8(buf, &n8));
	ATF_REQUIRE_EQ(0, ibuf_get_n16(buf, &n16));
	ATF_REQUIRE_EQ(0, ibuf_get_n32(buf, &n32));
	ATF_REQUIRE_EQ(0, ibuf_get_n64(buf, &n64));
	ATF_CHECK_EQ(0xff, n8);
	ATF_CHECK_EQ(0xfffe, n16);
	ATF_CHECK_EQ(0xfffefdfc, n32);
	ATF_CHECK_EQ(0x0102030405060708ULL, n64);
	ATF_REQUIRE_EQ(0, ibuf_get_n16(buf, &n16));
	ATF_CHECK_EQ(0, n16);
	ibuf_free(buf);
	ibuf_free(NULL);
}

TC(a_buffer_grows_to_its_maximum_and_no_further)
{
	struct ibuf	*buf;
	size_t		 i;

	ATF_CHECK_ERRNO(EINVAL, ibuf_open(0) == NULL);
	ATF_CHECK_ERRNO(EINVAL, ibuf_dynamic(2, 1) == NULL);
	ATF_REQUIRE((buf = ibuf_dynamic(1, 100)) != NULL);
	for (i = 0; i < 100; i++)
		ATF_REQUIRE_EQ(0, ibuf_add_n8(buf, i));
	ATF_CHECK_EQ(0, ibuf_left(buf));
	ATF_CHECK_ERRNO(ERANGE, ibuf_add_n8(buf, 1) == -1);
	ATF_CHECK_ERRNO(ERANGE, ibuf_add_zero(buf, SIZE_MAX) == -1);
	ATF_CHECK_EQ(100, ibuf_size(buf));
	for (i = 0; i < 100; i++)
		ATF_CHECK_EQ(i, ((unsigned char *)ibuf_data(buf))[i]);
	ibuf_free(buf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, getters_refuse_to_read_past_the_end);
	ATF_TP_ADD_TC(tp, numbers_survive_the_round_trip_or_are_refused);
	ATF_TP_ADD_TC(tp, a_buffer_grows_to_its_maximum_and_no_further);

	return atf_no_error();
}
