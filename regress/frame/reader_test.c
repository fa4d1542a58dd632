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
 * The reader that cuts a stream into frames, base64, and jansson's memory.
 */

#include "regress/frame/fixture.h"

ATF_TC_WITHOUT_HEAD(reader_cuts_a_stream_fed_byte_by_byte);
ATF_TC_BODY(reader_cuts_a_stream_fed_byte_by_byte, tc)
{
	struct frame_reader	 r = { 0 };
	const uint8_t		*json;
	uint8_t			 head[4] = { 0 };
	size_t			 i, k, n, len;

	for (i = 0; i < TYPES; i++) {
		n = strlen(good[i]);
		head[2] = (uint8_t)(n >> 8);
		head[3] = (uint8_t)n;
		for (k = 0; k < n + 4; k++) {
			ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 0);
			ATF_REQUIRE_EQ(frame_reader_add(&r, k < 4 ?
			    (const void *)(head + k) : good[i] + k - 4, 1), 0);
		}
		ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 1);
		ATF_REQUIRE_EQ(len, n);
		ATF_CHECK_EQ(memcmp(json, good[i], n), 0);
	}
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), 0);
	frame_reader_free(&r);
	ATF_CHECK(r.buf == NULL);
}

ATF_TC_WITHOUT_HEAD(reader_cuts_many_frames_of_one_read);
ATF_TC_BODY(reader_cuts_many_frames_of_one_read, tc)
{
	struct frame_reader	 r = { 0 };
	const uint8_t		*json;
	uint8_t			*stream;
	size_t			 i, len, n = 13000;

	stream = calloc(n, 5);
	ATF_REQUIRE(stream != NULL);
	for (i = 0; i < n; i++) {
		stream[i * 5 + 3] = 1;
		stream[i * 5 + 4] = (uint8_t)i;
	}
	ATF_REQUIRE_EQ(frame_reader_add(&r, stream, n * 5), 0);
	for (i = 0; i < n; i++) {
		ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 1);
		ATF_REQUIRE_EQ(len, 1);
		ATF_REQUIRE_EQ(json[0], (uint8_t)i);
	}
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), 0);
	/* A big buffer is not kept for an idle connection. */
	ATF_CHECK(r.cap <= 16384);
	frame_reader_free(&r);
	free(stream);
}

ATF_TC_WITHOUT_HEAD(reader_believes_bytes_not_headers);
ATF_TC_BODY(reader_believes_bytes_not_headers, tc)
{
	static const uint8_t	 max[4] = { 0, 0x10, 0, 0 };
	static const uint8_t	 over[4] = { 0, 0x10, 0, 1 };
	static const uint8_t	 huge[4] = { 0xff, 0xff, 0xff, 0xff };
	static uint8_t		 chunk[16384];
	struct frame_reader	 r = { 0 };
	const uint8_t		*json;
	size_t			 len, sent;

	ATF_REQUIRE_EQ(frame_reader_add(&r, max, 4), 0);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), 0);
	ATF_CHECK(r.cap <= 4096);
	for (sent = 0; sent < FRAME_MAX; sent += sizeof(chunk)) {
		ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 0);
		ATF_REQUIRE_EQ(frame_reader_add(&r, chunk, sizeof(chunk)), 0);
		ATF_REQUIRE(r.cap <= 4096 || r.cap <= 2 * r.len);
	}
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), 1);
	ATF_CHECK_EQ(len, FRAME_MAX);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), 0);
	ATF_REQUIRE_EQ(frame_reader_add(&r, over, 4), 0);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), -1);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), -1);
	frame_reader_free(&r);
	ATF_REQUIRE_EQ(frame_reader_add(&r, huge, 4), 0);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), -1);
	frame_reader_free(&r);

	r.max = 16;
	ATF_REQUIRE_EQ(frame_reader_add(&r, "\0\0\0\021", 4), 0);
	ATF_CHECK_EQ(frame_reader_next(&r, &json, &len), -1);
	while (frame_reader_add(&r, chunk, sizeof(chunk)) == 0)
		ATF_REQUIRE(r.len <= 4 + 16 + FRAME_READER_SLACK);
	ATF_CHECK_EQ(errno, EMSGSIZE);
	frame_reader_free(&r);
	ATF_CHECK_EQ(r.max, 16);
}

ATF_TC_WITHOUT_HEAD(reader_wipes_what_it_handed_out);
ATF_TC_BODY(reader_wipes_what_it_handed_out, tc)
{
	struct frame_reader	 r = { 0 };
	const uint8_t		*json;
	size_t			 i, len;

	ATF_REQUIRE_EQ(frame_reader_add(&r, "\0\0\0\6secret\0\0", 12), 0);
	ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 1);
	ATF_CHECK_EQ(memcmp(json, "secret", 6), 0);
	ATF_REQUIRE_EQ(frame_reader_next(&r, &json, &len), 0);
	ATF_CHECK_EQ(r.len, 2);
	for (i = 0; i < 12; i++)
		ATF_CHECK_EQ(r.buf[i], 0);
	frame_reader_free(&r);
}

ATF_TC_WITHOUT_HEAD(base64_has_one_form);
ATF_TC_BODY(base64_has_one_form, tc)
{
	static const char *const	 bad[] = {
		"A", "AA", "AAA", "A===", "====", "AB==", "AAB=", "AA=A",
		"AA==AAAA", "AAA\n", " AAA", "AA-_", "=AAA", "AAAA===="
	};
	uint8_t				 in[256], out[256];
	char				 text[345];
	size_t				 i;

	/* RFC 4648 section 10 */
	ATF_CHECK_EQ(base64_encode((const uint8_t *)"foob", 4, text, 9), 8);
	ATF_CHECK_STREQ(text, "Zm9vYg==");
	ATF_CHECK_EQ(base64_encode((const uint8_t *)"fooba", 5, text, 9), 8);
	ATF_CHECK_STREQ(text, "Zm9vYmE=");
	ATF_CHECK_EQ(base64_encode((const uint8_t *)"fooba", 5, text, 8), -1);
	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 167 + 13);
	for (i = 0; i <= sizeof(in); i++) {
		ATF_REQUIRE_EQ(base64_encode(in, i, text, sizeof(text)),
		    (ssize_t)BASE64_LEN(i));
		ATF_REQUIRE_EQ(base64_decode(text, strlen(text), out, i),
		    (ssize_t)i);
		ATF_REQUIRE_EQ(memcmp(in, out, i), 0);
		if (i > 0)
			ATF_REQUIRE_EQ(base64_decode(text, strlen(text), out,
			    i - 1), -1);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(base64_decode(bad[i], strlen(bad[i]), out,
		    sizeof(out)) == -1, "%s", bad[i]);
}

ATF_TC_WITHOUT_HEAD(init_gives_jansson_an_allocator_of_ours);
ATF_TC_BODY(init_gives_jansson_an_allocator_of_ours, tc)
{
	void		*(*alloc)(size_t), (*release)(void *);
	struct frame	*f;
	const char	*why;

	frame_init(0);
	json_get_alloc_funcs(&alloc, &release);
	ATF_CHECK(alloc != malloc);
	ATF_CHECK(release != free);
	ATF_CHECK(alloc(SIZE_MAX) == NULL);
	release(NULL);
	f = parse_text(good[FRAME_ENROL], &why);
	ATF_CHECK(f != NULL);
	frame_free(f);
}
ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reader_cuts_a_stream_fed_byte_by_byte);
	ATF_TP_ADD_TC(tp, reader_cuts_many_frames_of_one_read);
	ATF_TP_ADD_TC(tp, reader_believes_bytes_not_headers);
	ATF_TP_ADD_TC(tp, reader_wipes_what_it_handed_out);
	ATF_TP_ADD_TC(tp, base64_has_one_form);
	ATF_TP_ADD_TC(tp, init_gives_jansson_an_allocator_of_ours);
	return atf_no_error();
}
