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
 * Every row of messages.def: what its row says is what is accepted, and
 * nothing else is.  Structs are filled and compared through the table's own
 * macros, lengths are counted apart from the codec.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "regress/msg/fill.h"

/* What the row of a message says, and typed access to its struct. */
struct row {
	const char	*name;
	uint32_t	 type;
	uint32_t	 from;
	uint32_t	 to;
	uint32_t	 phase;
	uint32_t	 flags;
	size_t		 shortest;	/* encoded */
	size_t		 longest;
	void		(*fill)(void *, int full);
	int		(*same)(const void *, const void *);
};

static union msg_any	 a, b;
static uint8_t		 buf[MSG_MAX_SIZE + 1];

#define MSG_BEGIN(NAME, name, from, to, phase, flags)			\
	{ #NAME, MSG_##NAME, from, to, phase, flags, shortest_##name,	\
	    longest_##name, fill_##name, same_##name },
#define MSG_END(NAME, name)
#define F_U8(t, f)
#define F_U16(t, f)
#define F_U32(t, f)
#define F_U64(t, f)
#define F_BYTES(t, f, n)
#define F_STR(t, f, n)
#define F_BLOB(t, f, n)
#define F_EP(t, f)
#define F_EPS(t, f)
#define F_ACLS(t, f)
#define F_TIMED(t, f)
#define F_WINDOWS(t, f)
#define F_CANDS(t, f)
#define F_U32S(t, f)
#define F_TAGS(t, f)
#define F_RANGES(t, f)
static const struct row rows[] = {
#include "msg/messages.def"
};
#include "msg/undef.h"

#define NROWS	(sizeof(rows) / sizeof(rows[0]))

/* Decode from memory of exactly this size, so that a checker sees more. */
static enum msg_error
decode(const struct row *r, const uint8_t *p, size_t len)
{
	uint8_t		*copy;
	enum msg_error	 error;

	ATF_REQUIRE((copy = malloc(len == 0 ? 1 : len)) != NULL);
	memcpy(copy, p, len);
	error = msg_decode(msg_lookup(r->type), copy, len, &b);
	free(copy);
	return error;
}

static size_t
encode(const struct row *r)
{
	ssize_t	 n = msg_encode(msg_lookup(r->type), &a, buf, MSG_MAX_SIZE);

	ATF_REQUIRE_MSG(n != -1, "%s is not encoded", r->name);
	return (size_t)n;
}

static size_t
array_size(const struct msg_field *f, const void *p)
{
	const struct msg_tags	*tags = p;
	const struct msg_ranges	*ranges = p;
	size_t			 len = 2;
	uint16_t		 i, n = tags->n;

	switch (f->kind) {
	case KIND_EPS:
		return 2 + n * 19U;
	case KIND_ACLS:
		return 2 + n * 5U;
	case KIND_TIMED:
		return 2 + n * 21U;
	case KIND_WINDOWS:
		return 2 + n * 16U;
	case KIND_CANDS:
		return 2 + n * 25U;
	case KIND_U32S:
		return 2 + n * 4U;
	case KIND_TAGS:
		for (i = 0; i < n; i++)
			len += 2 + strlen(tags->e[i]);
		return len;
	case KIND_RANGES:
		for (i = 0; i < n; i++)
			len += 35 + strlen(ranges->e[i].text);
		return len;
	default:
		atf_tc_fail("field %s is of an unknown kind", f->name);
	}
}

/* Bytes of one field of the struct a in its encoded form. */
static size_t
field_size(const struct msg_field *f)
{
	const uint8_t	*p = (const uint8_t *)&a + f->offset;
	uint16_t	 len;

	switch (f->kind) {
	case KIND_U8:
		return 1;
	case KIND_U16:
		return 2;
	case KIND_U32:
		return 4;
	case KIND_U64:
		return 8;
	case KIND_BYTES:
		return f->limit;
	case KIND_STR:
		return 2 + strlen((const char *)p);
	case KIND_BLOB:
		memcpy(&len, (const uint8_t *)&a + f->len_offset, 2);
		return 2 + len;
	case KIND_EP:
		return 19;
	default:
		return array_size(f, p);
	}
}

/* Each field of a full message of each row, and where it is encoded. */
typedef void (*field_visitor)(const struct row *, const struct msg_field *,
    size_t offset, size_t len);

static void
each_field(field_visitor visit)
{
	const struct msg_desc	*d;
	size_t			 i, k, len, offset;

	for (i = 0; i < NROWS; i++) {
		rows[i].fill(&a, 1);
		len = encode(&rows[i]);
		d = msg_lookup(rows[i].type);
		for (k = 0, offset = 0; k < d->nfields; k++) {
			visit(&rows[i], &d->fields[k], offset, len);
			offset += field_size(&d->fields[k]);
		}
		ATF_CHECK_EQ_MSG(offset, len, "%s", rows[i].name);
	}
}

static void
expect(const struct row *r, const struct msg_field *f, size_t len,
    enum msg_error want)
{
	enum msg_error	 got = decode(r, buf, len);

	ATF_CHECK_MSG(got == want, "%s, field %s: %s instead of %s", r->name,
	    f->name, msg_strerror(got), msg_strerror(want));
}

/* Change one byte, expect this, change it back. */
static void
expect_byte(const struct row *r, const struct msg_field *f, size_t len,
    size_t at, uint8_t value, enum msg_error want)
{
	uint8_t	 old = buf[at];

	buf[at] = value;
	expect(r, f, len, want);
	buf[at] = old;
}

ATF_TC_WITHOUT_HEAD(the_table_in_force_is_the_table_written);
ATF_TC_BODY(the_table_in_force_is_the_table_written, tc)
{
	const struct msg_desc	*d;
	size_t			 i;

	ATF_REQUIRE_EQ(NROWS, MSG_TYPE_MAX - 1);
	for (i = 0; i < NROWS; i++) {
		d = msg_lookup(rows[i].type);
		ATF_REQUIRE(d != NULL);
		ATF_CHECK_STREQ(d->name, rows[i].name);
		ATF_CHECK_STREQ(msg_name(rows[i].type), rows[i].name);
		ATF_CHECK_EQ(d->type, rows[i].type);
		ATF_CHECK_EQ(d->from, rows[i].from);
		ATF_CHECK_EQ(d->to, rows[i].to);
		ATF_CHECK_EQ(d->phase, rows[i].phase);
		ATF_CHECK_EQ(d->flags, rows[i].flags);
		ATF_CHECK(d->size <= sizeof(union msg_any));
	}
}

ATF_TC_WITHOUT_HEAD(a_number_outside_the_table_is_no_message);
ATF_TC_BODY(a_number_outside_the_table_is_no_message, tc)
{
	ATF_CHECK(msg_lookup(MSG_NONE) == NULL);
	ATF_CHECK(msg_lookup(MSG_TYPE_MAX) == NULL);
	ATF_CHECK(msg_lookup(UINT32_MAX) == NULL);
	ATF_CHECK_STREQ(msg_name(MSG_TYPE_MAX), "unknown message");
}

ATF_TC_WITHOUT_HEAD(every_role_and_every_error_has_words);
ATF_TC_BODY(every_role_and_every_error_has_words, tc)
{
	uint32_t	 i;

	for (i = 0; i < ROLE_MAX; i++)
		ATF_CHECK(role_name(i) != NULL && role_name(i)[0] != '\0');
	ATF_CHECK_STREQ(role_name(ROLE_MAX), "unknown");
	for (i = 0; i <= MSG_ERR_VALUE; i++)
		ATF_CHECK(msg_strerror(i) != NULL &&
		    strcmp(msg_strerror(i), "unknown error") != 0);
	ATF_CHECK_STREQ(msg_strerror(MSG_ERR_VALUE + 1), "unknown error");
}

ATF_TC_WITHOUT_HEAD(every_message_survives_a_round_trip);
ATF_TC_BODY(every_message_survives_a_round_trip, tc)
{
	size_t	 i, len;
	int	 round;

	for (i = 0; i < NROWS; i++) {
		for (round = 0; round < 20; round++) {
			rows[i].fill(&a, 0);
			memset(&b, 0xa5, sizeof(b));
			len = encode(&rows[i]);
			ATF_CHECK_EQ_MSG(MSG_OK, decode(&rows[i], buf, len),
			    "%s", rows[i].name);
			ATF_CHECK_MSG(rows[i].same(&a, &b), "%s",
			    rows[i].name);
		}
	}
}

ATF_TC_WITHOUT_HEAD(the_shortest_and_the_longest_form_have_known_lengths);
ATF_TC_BODY(the_shortest_and_the_longest_form_have_known_lengths, tc)
{
	size_t	 i;

	for (i = 0; i < NROWS; i++) {
		memset(&a, 0, sizeof(a));
		ATF_CHECK_EQ_MSG(encode(&rows[i]), rows[i].shortest, "%s",
		    rows[i].name);
		rows[i].fill(&a, 1);
		ATF_CHECK_EQ_MSG(encode(&rows[i]), rows[i].longest, "%s",
		    rows[i].name);
		ATF_CHECK_MSG(rows[i].longest <= MSG_MAX_SIZE, "%s",
		    rows[i].name);
		ATF_CHECK_EQ(MSG_OK, decode(&rows[i], buf, rows[i].longest));
		ATF_CHECK_MSG(rows[i].same(&a, &b), "%s", rows[i].name);
	}
}

ATF_TC_WITHOUT_HEAD(every_truncation_is_refused_as_too_short);
ATF_TC_BODY(every_truncation_is_refused_as_too_short, tc)
{
	size_t	 i, k, len;

	for (i = 0; i < NROWS; i++) {
		rows[i].fill(&a, 0);
		len = encode(&rows[i]);
		for (k = 0; k < len; k++)
			ATF_CHECK_EQ_MSG(MSG_ERR_SHORT,
			    decode(&rows[i], buf, k), "%s cut to %zu of %zu",
			    rows[i].name, k, len);
	}
}

ATF_TC_WITHOUT_HEAD(one_byte_more_is_refused_as_too_long);
ATF_TC_BODY(one_byte_more_is_refused_as_too_long, tc)
{
	size_t	 i, len;

	for (i = 0; i < NROWS; i++) {
		rows[i].fill(&a, 0);
		len = encode(&rows[i]);
		buf[len] = 0;
		ATF_CHECK_EQ_MSG(MSG_ERR_LONG,
		    decode(&rows[i], buf, len + 1), "%s", rows[i].name);
	}
}

ATF_TC_WITHOUT_HEAD(a_message_is_taken_from_its_senders_only);
ATF_TC_BODY(a_message_is_taken_from_its_senders_only, tc)
{
	const struct row	*r;
	uint32_t		 from, to;
	enum msg_error		 error;

	for (r = rows; r < rows + NROWS; r++) {
		for (to = 0; (r->to & ROLE_BIT(to)) == 0; to++)
			ATF_REQUIRE(to < ROLE_MAX);
		for (from = 0; from < ROLE_MAX; from++) {
			error = msg_permit(msg_lookup(r->type), from, to,
			    r->phase, (r->flags & M_FD) != 0);
			ATF_CHECK_EQ_MSG(error, (r->from & ROLE_BIT(from)) ?
			    MSG_OK : MSG_ERR_FROM, "%s from %s", r->name,
			    role_name(from));
		}
		ATF_CHECK((r->from & ROLE_BIT(ROLE_NONE)) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(a_message_is_taken_by_its_receivers_only);
ATF_TC_BODY(a_message_is_taken_by_its_receivers_only, tc)
{
	const struct row	*r;
	uint32_t		 from, to;
	enum msg_error		 error;

	for (r = rows; r < rows + NROWS; r++) {
		for (from = 0; (r->from & ROLE_BIT(from)) == 0; from++)
			ATF_REQUIRE(from < ROLE_MAX);
		for (to = 0; to < ROLE_MAX; to++) {
			error = msg_permit(msg_lookup(r->type), from, to,
			    r->phase, (r->flags & M_FD) != 0);
			ATF_CHECK_EQ_MSG(error, (r->to & ROLE_BIT(to)) ?
			    MSG_OK : MSG_ERR_TO, "%s to %s", r->name,
			    role_name(to));
		}
		ATF_CHECK((r->to & ROLE_BIT(ROLE_NONE)) == 0);
	}
}

ATF_TC_WITHOUT_HEAD(phase_and_descriptor_must_be_those_of_the_row);
ATF_TC_BODY(phase_and_descriptor_must_be_those_of_the_row, tc)
{
	const struct row	*r;
	const struct msg_desc	*d;
	uint32_t		 from, to, phase;
	int			 fd;

	for (r = rows; r < rows + NROWS; r++) {
		d = msg_lookup(r->type);
		fd = (r->flags & M_FD) != 0;
		for (from = 0; (r->from & ROLE_BIT(from)) == 0; from++)
			;
		for (to = 0; (r->to & ROLE_BIT(to)) == 0; to++)
			;
		for (phase = P_SETUP; phase <= P_RUN; phase <<= 1)
			ATF_CHECK_EQ_MSG(msg_permit(d, from, to, phase, fd),
			    (r->phase & phase) ? MSG_OK : MSG_ERR_PHASE,
			    "%s in phase %u", r->name, phase);
		ATF_CHECK_EQ_MSG(msg_permit(d, from, to, r->phase, !fd),
		    fd ? MSG_ERR_FD_MISSING : MSG_ERR_FD_EXTRA, "%s",
		    r->name);
	}
}

static void
visit_string(const struct row *r, const struct msg_field *f, size_t offset,
    size_t len)
{
	size_t	 over = f->limit + 1;

	if (f->kind != KIND_STR)
		return;
	expect_byte(r, f, len, offset + 2, 0, MSG_ERR_STRING);
	expect_byte(r, f, len, offset + 1 + f->limit, 0, MSG_ERR_STRING);
	memmove(buf + offset + 3, buf + offset + 2, len - offset - 2);
	buf[offset] = (uint8_t)(over >> 8);
	buf[offset + 1] = (uint8_t)over;
	expect(r, f, len + 1, MSG_ERR_LONG);
	buf[offset] = (uint8_t)(f->limit >> 8);
	buf[offset + 1] = (uint8_t)f->limit;
	memmove(buf + offset + 2, buf + offset + 3, len - offset - 2);
	expect(r, f, len, MSG_OK);
}

ATF_TC_WITHOUT_HEAD(a_string_holds_no_nul_and_keeps_its_limit);
ATF_TC_BODY(a_string_holds_no_nul_and_keeps_its_limit, tc)
{
	each_field(visit_string);
}

static void
visit_count(const struct row *r, const struct msg_field *f, size_t offset,
    size_t len)
{
	size_t		 over = f->limit + 1;
	enum msg_error	 want = f->kind == KIND_BLOB ? MSG_ERR_LONG :
			    MSG_ERR_COUNT;
	uint8_t		 old[2];

	if (f->kind < KIND_BLOB || f->kind == KIND_EP)
		return;
	memcpy(old, buf + offset, 2);
	buf[offset] = (uint8_t)(over >> 8);
	buf[offset + 1] = (uint8_t)over;
	expect(r, f, len, want);
	buf[offset] = buf[offset + 1] = 0xff;
	expect(r, f, len, want);
	memcpy(buf + offset, old, 2);
	if (f->kind != KIND_TAGS)
		return;
	/* The first tag, which has its full length. */
	expect_byte(r, f, len, offset + 3, MSG_TAG_LEN + 1, MSG_ERR_LONG);
	expect_byte(r, f, len, offset + 4, 0, MSG_ERR_STRING);
}

ATF_TC_WITHOUT_HEAD(a_blob_or_array_keeps_its_limit);
ATF_TC_BODY(a_blob_or_array_keeps_its_limit, tc)
{
	each_field(visit_count);
}

static void
visit_acl(const struct row *r, const struct msg_field *f, size_t at,
    size_t len)
{
	uint8_t	 old[5];

	memcpy(old, buf + at, sizeof(old));
	memcpy(buf + at, "\4\0\1\0\2", 5);		/* no such protocol */
	expect(r, f, len, MSG_ERR_VALUE);
	memcpy(buf + at, "\1\0\2\0\1", 5);		/* low above high */
	expect(r, f, len, MSG_ERR_VALUE);
	memcpy(buf + at, "\3\0\1\0\1", 5);		/* a port of ICMP */
	expect(r, f, len, MSG_ERR_VALUE);
	memcpy(buf + at, "\2\0\0\0\1", 5);		/* port 0 */
	expect(r, f, len, MSG_ERR_VALUE);
	memcpy(buf + at, "\2\0\1\0\1", 5);
	expect(r, f, len, MSG_OK);
	memcpy(buf + at, old, sizeof(old));
}

static void
visit_window(const struct row *r, const struct msg_field *f, size_t at,
    size_t len)
{
	uint8_t	 old[16];

	memcpy(old, buf + at, sizeof(old));
	memset(buf + at, 0, sizeof(old));
	expect(r, f, len, MSG_OK);			/* always */
	buf[at] = 1;
	expect(r, f, len, MSG_OK);			/* no end */
	buf[at + 15] = 1;
	expect(r, f, len, MSG_ERR_VALUE);		/* ends before */
	buf[at] = 0;
	buf[at + 7] = 1;
	expect(r, f, len, MSG_ERR_VALUE);		/* is empty */
	buf[at + 15] = 2;
	expect(r, f, len, MSG_OK);
	memcpy(buf + at, old, sizeof(old));
}

static void
visit_value(const struct row *r, const struct msg_field *f, size_t offset,
    size_t len)
{
	uint8_t	 port[2];

	switch (f->kind) {
	case KIND_EP:
		expect_byte(r, f, len, offset, 5, MSG_ERR_VALUE);
		expect_byte(r, f, len, offset, 0xff, MSG_ERR_VALUE);
		expect_byte(r, f, len, offset, 0, MSG_OK);
		break;
	case KIND_EPS:
		expect_byte(r, f, len, offset + 2, 7, MSG_ERR_VALUE);
		break;
	case KIND_ACLS:
		visit_acl(r, f, offset + 2, len);
		break;
	case KIND_TIMED:
		visit_acl(r, f, offset + 2, len);
		visit_window(r, f, offset + 7, len);
		break;
	case KIND_WINDOWS:
		visit_window(r, f, offset + 2, len);
		break;
	case KIND_CANDS:
		offset += 2;
		expect_byte(r, f, len, offset, 0, MSG_ERR_VALUE);
		expect_byte(r, f, len, offset, ICE_PEER_REFLEXIVE + 1,
		    MSG_ERR_VALUE);
		expect_byte(r, f, len, offset + 1, 0, MSG_ERR_VALUE);
		expect_byte(r, f, len, offset + 1, ICE_TCP + 1,
		    MSG_ERR_VALUE);
		expect_byte(r, f, len, offset + 6, 0, MSG_ERR_VALUE);
		expect_byte(r, f, len, offset + 6, 5, MSG_ERR_VALUE);
		memcpy(port, buf + offset + 23, 2);
		memset(buf + offset + 23, 0, 2);
		expect(r, f, len, MSG_ERR_VALUE);
		memcpy(buf + offset + 23, port, 2);
		break;
	case KIND_RANGES:
		expect_byte(r, f, len, offset + 2, 5, MSG_ERR_VALUE);
		/* The low end is above the high one. */
		buf[offset + 19] &= 0x7f;
		expect_byte(r, f, len, offset + 3, 0xff, MSG_ERR_VALUE);
		buf[offset + 19] |= 0x80;
		break;
	default:
		break;
	}
}

ATF_TC_WITHOUT_HEAD(a_value_outside_its_range_is_refused);
ATF_TC_BODY(a_value_outside_its_range_is_refused, tc)
{
	each_field(visit_value);
}

/* A struct that breaks the limit of this field is not encoded. */
static void
visit_struct(const struct row *r, const struct msg_field *f, size_t offset,
    size_t len)
{
	uint8_t		*base = (uint8_t *)&a, *at;
	uint16_t	 over = (uint16_t)(f->limit + 1), old;

	(void)offset;
	(void)len;
	if (f->kind == KIND_STR) {
		/* The terminator is the last byte of the field. */
		at = base + f->offset + f->limit;
		*at = 'x';
		ATF_CHECK_MSG(msg_encode(msg_lookup(r->type), &a, buf,
		    MSG_MAX_SIZE) == -1, "%s, field %s", r->name, f->name);
		*at = '\0';
	} else if (f->kind >= KIND_BLOB && f->kind != KIND_EP) {
		at = base + (f->kind == KIND_BLOB ? f->len_offset :
		    f->offset);
		memcpy(&old, at, sizeof(old));
		memcpy(at, &over, sizeof(over));
		ATF_CHECK_MSG(msg_encode(msg_lookup(r->type), &a, buf,
		    MSG_MAX_SIZE) == -1, "%s, field %s", r->name, f->name);
		memcpy(at, &old, sizeof(old));
	}
}

ATF_TC_WITHOUT_HEAD(a_struct_that_breaks_its_limits_is_not_encoded);
ATF_TC_BODY(a_struct_that_breaks_its_limits_is_not_encoded, tc)
{
	each_field(visit_struct);
}

ATF_TC_WITHOUT_HEAD(a_buffer_one_byte_too_small_is_not_overrun);
ATF_TC_BODY(a_buffer_one_byte_too_small_is_not_overrun, tc)
{
	const struct msg_desc	*d;
	uint8_t			*exact;
	size_t			 i, len;

	for (i = 0; i < NROWS; i++) {
		d = msg_lookup(rows[i].type);
		rows[i].fill(&a, 0);
		len = encode(&rows[i]);
		if (len == 0)
			continue;
		ATF_REQUIRE((exact = malloc(len)) != NULL);
		exact[len - 1] = 0x5a;
		ATF_CHECK_EQ_MSG(-1, msg_encode(d, &a, exact, len - 1), "%s",
		    rows[i].name);
		ATF_CHECK_EQ(0x5a, exact[len - 1]);
		ATF_CHECK_EQ_MSG((ssize_t)len, msg_encode(d, &a, exact, len),
		    "%s", rows[i].name);
		free(exact);
	}
}

ATF_TC_WITHOUT_HEAD(two_calls_name_the_same_build);
ATF_TC_BODY(two_calls_name_the_same_build, tc)
{
	ATF_CHECK(msg_build() != 0);
	ATF_CHECK_EQ(msg_build(), msg_build());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_table_in_force_is_the_table_written);
	ATF_TP_ADD_TC(tp, a_number_outside_the_table_is_no_message);
	ATF_TP_ADD_TC(tp, every_role_and_every_error_has_words);
	ATF_TP_ADD_TC(tp, every_message_survives_a_round_trip);
	ATF_TP_ADD_TC(tp,
	    the_shortest_and_the_longest_form_have_known_lengths);
	ATF_TP_ADD_TC(tp, every_truncation_is_refused_as_too_short);
	ATF_TP_ADD_TC(tp, one_byte_more_is_refused_as_too_long);
	ATF_TP_ADD_TC(tp, a_message_is_taken_from_its_senders_only);
	ATF_TP_ADD_TC(tp, a_message_is_taken_by_its_receivers_only);
	ATF_TP_ADD_TC(tp, phase_and_descriptor_must_be_those_of_the_row);
	ATF_TP_ADD_TC(tp, a_string_holds_no_nul_and_keeps_its_limit);
	ATF_TP_ADD_TC(tp, a_blob_or_array_keeps_its_limit);
	ATF_TP_ADD_TC(tp, a_value_outside_its_range_is_refused);
	ATF_TP_ADD_TC(tp, a_struct_that_breaks_its_limits_is_not_encoded);
	ATF_TP_ADD_TC(tp, a_buffer_one_byte_too_small_is_not_overrun);
	ATF_TP_ADD_TC(tp, two_calls_name_the_same_build);
	return atf_no_error();
}
