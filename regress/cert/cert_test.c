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
 * The system certificate: what decodes, what is refused and with which
 * reason, what a signature covers, and what is said of the clock.
 */

#include <atf-c.h>
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "cert/cert.h"

#define DAY	86400ULL

static uint8_t	 authority[32], secret[64];

static void
sample(struct cert *c)
{
	static const uint8_t	 addr4[4] = { 100, 64, 1, 2 };
	static const uint8_t	 seed[32] = { 7 };

	ATF_REQUIRE(sodium_init() != -1);
	crypto_sign_seed_keypair(authority, secret, seed);
	memset(c, 0, sizeof(*c));
	c->flags = CERT_FLAG_AES;
	memset(c->serial, 0x11, sizeof(c->serial));
	memcpy(c->org, "example-1.org", 13);
	memcpy(c->name, "V88RY", 5);
	memset(c->identity, 0x22, sizeof(c->identity));
	memset(c->tunnel, 0x33, sizeof(c->tunnel));
	memcpy(c->addr4, addr4, sizeof(addr4));
	c->prefix4 = 10;
	c->addr6[0] = 0xfd;
	c->addr6[15] = 9;
	c->prefix6 = 48;
	c->not_before = 20000 * DAY;
	c->not_after = 20365 * DAY;
}

static void
sample_bytes(uint8_t buf[CERT_LEN])
{
	struct cert	 c;

	sample(&c);
	ATF_REQUIRE_EQ(cert_encode(&c, buf), 0);
	ATF_REQUIRE_EQ(cert_sign(buf, secret), 0);
}

ATF_TC_WITHOUT_HEAD(what_is_encoded_decodes_to_the_same);
ATF_TC_BODY(what_is_encoded_decodes_to_the_same, tc)
{
	struct cert	 c, d;
	uint8_t		 buf[CERT_LEN], again[CERT_LEN];
	const char	*why = "unset";

	sample(&c);
	memset(c.signature, 0x44, sizeof(c.signature));
	ATF_REQUIRE_EQ(cert_encode(&c, buf), 0);
	ATF_REQUIRE_EQ(cert_decode(&d, buf, sizeof(buf), &why), 0);
	ATF_CHECK(why == NULL);
	ATF_CHECK_EQ(d.flags, c.flags);
	ATF_CHECK_STREQ(d.org, "example-1.org");
	ATF_CHECK_STREQ(d.name, "V88RY");
	ATF_CHECK_EQ(memcmp(d.serial, c.serial, 16), 0);
	ATF_CHECK_EQ(memcmp(d.identity, c.identity, 32), 0);
	ATF_CHECK_EQ(memcmp(d.tunnel, c.tunnel, 32), 0);
	ATF_CHECK_EQ(memcmp(d.addr4, c.addr4, 4), 0);
	ATF_CHECK_EQ(memcmp(d.addr6, c.addr6, 16), 0);
	ATF_CHECK_EQ(d.prefix4, 10);
	ATF_CHECK_EQ(d.prefix6, 48);
	ATF_CHECK_EQ(d.not_before, c.not_before);
	ATF_CHECK_EQ(d.not_after, c.not_after);
	ATF_CHECK_EQ(memcmp(d.signature, c.signature, 64), 0);
	ATF_REQUIRE_EQ(cert_encode(&d, again), 0);
	ATF_CHECK_EQ(memcmp(buf, again, CERT_LEN), 0);
}

ATF_TC_WITHOUT_HEAD(the_form_is_fixed_to_the_byte);
ATF_TC_BODY(the_form_is_fixed_to_the_byte, tc)
{
	uint8_t	 buf[CERT_LEN];

	sample_bytes(buf);
	ATF_CHECK_EQ(memcmp(buf, "ENCC\001\001\021\021", 8), 0);
	ATF_CHECK_EQ(memcmp(buf + 22, "example-1.org\0", 14), 0);
	ATF_CHECK_EQ(memcmp(buf + 86, "V88RY\042", 6), 0);
	ATF_CHECK_EQ(buf[122], 0x22);
	ATF_CHECK_EQ(buf[123], 0x33);
	ATF_CHECK_EQ(memcmp(buf + 155, "\144\100\001\002\012\375", 6), 0);
	ATF_CHECK_EQ(buf[176], 48);
	/* 20000 days are 0x66ff3000 seconds. */
	ATF_CHECK_EQ(memcmp(buf + 177, "\0\0\0\0\x66\xff\x30\0", 8), 0);
}

ATF_TC_WITHOUT_HEAD(a_signed_certificate_verifies);
ATF_TC_BODY(a_signed_certificate_verifies, tc)
{
	uint8_t	 buf[CERT_LEN];

	sample_bytes(buf);
	ATF_CHECK_EQ(cert_verify(buf, authority), 0);
}

ATF_TC_WITHOUT_HEAD(any_flipped_bit_fails_verification);
ATF_TC_BODY(any_flipped_bit_fails_verification, tc)
{
	uint8_t	 buf[CERT_LEN];
	size_t	 i;
	int	 bit;

	sample_bytes(buf);
	for (i = 0; i < CERT_LEN; i++) {
		for (bit = 0; bit < 8; bit++) {
			buf[i] ^= (uint8_t)(1 << bit);
			ATF_CHECK_ERRNO(EACCES,
			    cert_verify(buf, authority) == -1);
			buf[i] ^= (uint8_t)(1 << bit);
		}
	}
	ATF_CHECK_EQ(cert_verify(buf, authority), 0);
}

ATF_TC_WITHOUT_HEAD(another_authority_does_not_verify);
ATF_TC_BODY(another_authority_does_not_verify, tc)
{
	uint8_t	 buf[CERT_LEN], other[32], sk[64];

	sample_bytes(buf);
	crypto_sign_keypair(other, sk);
	ATF_CHECK_ERRNO(EACCES, cert_verify(buf, other) == -1);
	memset(other, 0, sizeof(other));
	ATF_CHECK_ERRNO(EACCES, cert_verify(buf, other) == -1);
}

ATF_TC_WITHOUT_HEAD(a_signature_without_the_domain_is_refused);
ATF_TC_BODY(a_signature_without_the_domain_is_refused, tc)
{
	uint8_t	 buf[CERT_LEN];

	sample_bytes(buf);
	crypto_sign_detached(buf + CERT_SIGNED_LEN, NULL, buf,
	    CERT_SIGNED_LEN, secret);
	ATF_CHECK_ERRNO(EACCES, cert_verify(buf, authority) == -1);
}

ATF_TC_WITHOUT_HEAD(the_signed_bytes_begin_with_the_domain);
ATF_TC_BODY(the_signed_bytes_begin_with_the_domain, tc)
{
	static const char	 domain[] =
	    "enclave system certificate, form 1";
	uint8_t			 buf[CERT_LEN], text[256];

	sample_bytes(buf);
	memcpy(text, domain, sizeof(domain));
	memcpy(text + sizeof(domain), buf, CERT_SIGNED_LEN);
	ATF_CHECK_EQ(crypto_sign_verify_detached(buf + CERT_SIGNED_LEN, text,
	    sizeof(domain) + CERT_SIGNED_LEN, authority), 0);
}

ATF_TC_WITHOUT_HEAD(a_wrong_length_is_refused);
ATF_TC_BODY(a_wrong_length_is_refused, tc)
{
	struct cert	 c;
	uint8_t		 buf[CERT_LEN + 1] = { 0 };
	const char	*why;
	size_t		 len;

	sample_bytes(buf);
	for (len = 0; len <= CERT_LEN + 1; len++) {
		if (len == CERT_LEN)
			continue;
		ATF_CHECK_ERRNO(EINVAL,
		    cert_decode(&c, buf, len, &why) == -1);
		ATF_CHECK_STREQ(why, "wrong length");
	}
	ATF_CHECK_EQ(cert_decode(&c, buf, CERT_LEN, NULL), 0);
}

struct malformed {
	size_t		 off;
	size_t		 len;
	const char	*bytes;
	const char	*why;
};

static const char	 zeros[64];

static const struct malformed	 malformed[] = {
	{ 0, 1, "X", "not a certificate" },
	{ 3, 1, "X", "not a certificate" },
	{ 4, 1, "\0", "unknown version" },
	{ 4, 1, "\002", "unknown version" },
	{ 5, 1, "\002", "unknown flags" },
	{ 5, 1, "\200", "unknown flags" },
	{ 6, 16, zeros, "serial number is zero" },
	{ 22, 64, zeros, "organisation name is empty" },
	{ 22, 64, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "organisation name is too long" },
	{ 22, 1, "E", "organisation name has a bad character" },
	{ 23, 1, "/", "organisation name has a bad character" },
	{ 24, 1, "_", "organisation name has a bad character" },
	{ 24, 1, "\xe4", "organisation name has a bad character" },
	{ 24, 1, " ", "organisation name has a bad character" },
	{ 35, 1, "a", "" },			/* one letter more is fine */
	{ 36, 1, "a", "organisation name is not padded with zeros" },
	{ 85, 1, "a", "organisation name is not padded with zeros" },
	{ 85, 1, "\001", "organisation name is not padded with zeros" },
	{ 86, 1, "A", "bad system name" },
	{ 88, 1, "0", "bad system name" },
	{ 90, 1, "\0", "bad system name" },
	{ 90, 1, "y", "bad system name" },
	{ 91, 32, zeros, "identity key is zero" },
	{ 123, 32, zeros, "tunnel key is zero" },
	{ 155, 4, zeros, "IPv4 address cannot be a system's" },
	{ 155, 1, "\177", "IPv4 address cannot be a system's" },
	{ 155, 1, "\340", "IPv4 address cannot be a system's" },
	{ 155, 4, "\377\377\377\377", "IPv4 address cannot be a system's" },
	{ 159, 1, "\0", "IPv4 prefix length out of range" },
	{ 159, 1, "\040", "" },
	{ 159, 1, "\041", "IPv4 prefix length out of range" },
	{ 160, 16, zeros, "IPv6 address cannot be a system's" },
	{ 160, 16, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\001",
	    "IPv6 address cannot be a system's" },
	{ 160, 16, "\0\0\0\0\0\0\0\0\0\0\377\377\012\0\0\001",
	    "IPv6 address cannot be a system's" },
	{ 160, 1, "\377", "IPv6 address cannot be a system's" },
	{ 176, 1, "\0", "IPv6 prefix length out of range" },
	{ 176, 1, "\200", "" },
	{ 176, 1, "\201", "IPv6 prefix length out of range" },
	{ 177, 1, "\377", "not-before time out of range" },
	{ 185, 1, "\377", "not-after time out of range" },
	{ 185, 8, zeros, "" },			/* for ever */
	{ 185, 8, "\0\0\0\0\0\0\0\001", "ends before it begins" },
};

ATF_TC_WITHOUT_HEAD(each_malformed_field_has_its_own_error);
ATF_TC_BODY(each_malformed_field_has_its_own_error, tc)
{
	struct cert		 c, zero;
	uint8_t			 buf[CERT_LEN];
	const struct malformed	*m;
	const char		*why;
	size_t			 i;

	memset(&zero, 0, sizeof(zero));
	for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		m = &malformed[i];
		sample_bytes(buf);
		memcpy(buf + m->off, m->bytes, m->len);
		if (m->why[0] == '\0') {
			ATF_CHECK_EQ_MSG(cert_decode(&c, buf, CERT_LEN, &why),
			    0, "row %zu: %s", i, why);
			continue;
		}
		errno = 0;
		ATF_CHECK_EQ_MSG(cert_decode(&c, buf, CERT_LEN, &why), -1,
		    "row %zu", i);
		ATF_CHECK_EQ(errno, EINVAL);
		ATF_REQUIRE(why != NULL);
		ATF_CHECK_STREQ_MSG(why, m->why, "row %zu", i);
		ATF_CHECK_EQ(memcmp(&c, &zero, sizeof(c)), 0);
		/* The authority does not sign it either. */
		ATF_CHECK_EQ(cert_sign(buf, secret), -1);
	}
}

ATF_TC_WITHOUT_HEAD(what_would_not_decode_is_not_encoded);
ATF_TC_BODY(what_would_not_decode_is_not_encoded, tc)
{
	struct cert	 c;
	uint8_t		 buf[CERT_LEN];

	sample(&c);
	memset(c.org, 'a', sizeof(c.org));
	ATF_CHECK_ERRNO(EINVAL, cert_encode(&c, buf) == -1);
	sample(&c);
	c.name[5] = 'X';
	ATF_CHECK_ERRNO(EINVAL, cert_encode(&c, buf) == -1);
	sample(&c);
	c.not_after = c.not_before;
	ATF_CHECK_ERRNO(EINVAL, cert_encode(&c, buf) == -1);
	sample(&c);
	c.not_after = CERT_TIME_MAX + 1;
	ATF_CHECK_ERRNO(EINVAL, cert_encode(&c, buf) == -1);
	c.not_after = CERT_TIME_MAX;
	ATF_CHECK_EQ(cert_encode(&c, buf), 0);
}

ATF_TC_WITHOUT_HEAD(validity_names_the_clock_when_it_looks_wrong);
ATF_TC_BODY(validity_names_the_clock_when_it_looks_wrong, tc)
{
	struct cert	 c;
	const char	*why = "unset";

	sample(&c);
	ATF_CHECK_EQ(cert_check_time(&c, c.not_before, &why), 0);
	ATF_CHECK(why == NULL);
	ATF_CHECK_EQ(cert_check_time(&c, c.not_after - 1, NULL), 0);
	ATF_CHECK_ERRNO(ERANGE,
	    cert_check_time(&c, c.not_before - 1, &why) == -1);
	ATF_CHECK_STREQ(why, "not valid before 2024-10-04T00:00:00Z, and now "
	    "it is 2024-10-03T23:59:59Z: is the clock right?");
	ATF_CHECK_EQ(cert_check_time(&c, 0, &why), -1);
	ATF_CHECK_STREQ(why, "not valid before 2024-10-04T00:00:00Z, and now "
	    "it is 1970-01-01T00:00:00Z: is the clock right?");
	ATF_CHECK_EQ(cert_check_time(&c, c.not_after, &why), -1);
	ATF_CHECK_STREQ(why, "expired at 2025-10-04T00:00:00Z, and now it is "
	    "2025-10-04T00:00:00Z");
	ATF_CHECK_EQ(cert_check_time(&c, CERT_TIME_MAX, &why), -1);
	ATF_CHECK_STREQ(why, "expired at 2025-10-04T00:00:00Z, and now it is "
	    "9999-12-31T23:59:59Z: is the clock right?");
	ATF_CHECK_EQ(cert_check_time(&c, UINT64_MAX, &why), -1);
	ATF_CHECK(strstr(why, "after the year 9999") != NULL);
	c.not_after = 0;
	ATF_CHECK_EQ(cert_check_time(&c, UINT64_MAX, &why), 0);
}

ATF_TC_WITHOUT_HEAD(dates_know_leap_years);
ATF_TC_BODY(dates_know_leap_years, tc)
{
	struct cert	 c;
	const char	*why;

	sample(&c);
	c.not_after = 1709164800;	/* 29 February 2024 */
	c.not_before = 951782400;	/* 29 February 2000 */
	ATF_CHECK_EQ(cert_check_time(&c, c.not_before - 1, &why), -1);
	ATF_CHECK(strstr(why, "before 2000-02-29T00:00:00Z") != NULL);
	ATF_CHECK(strstr(why, "is 2000-02-28T23:59:59Z") != NULL);
	ATF_CHECK_EQ(cert_check_time(&c, c.not_after + DAY, &why), -1);
	ATF_CHECK(strstr(why, "at 2024-02-29T00:00:00Z") != NULL);
	ATF_CHECK(strstr(why, "is 2024-03-01T00:00:00Z") != NULL);
	/* 2100 has no 29 February. */
	ATF_CHECK_EQ(cert_check_time(&c, 4107542400ULL, &why), -1);
	ATF_CHECK(strstr(why, "is 2100-03-01T00:00:00Z") != NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_is_encoded_decodes_to_the_same);
	ATF_TP_ADD_TC(tp, the_form_is_fixed_to_the_byte);
	ATF_TP_ADD_TC(tp, a_signed_certificate_verifies);
	ATF_TP_ADD_TC(tp, any_flipped_bit_fails_verification);
	ATF_TP_ADD_TC(tp, another_authority_does_not_verify);
	ATF_TP_ADD_TC(tp, a_signature_without_the_domain_is_refused);
	ATF_TP_ADD_TC(tp, the_signed_bytes_begin_with_the_domain);
	ATF_TP_ADD_TC(tp, a_wrong_length_is_refused);
	ATF_TP_ADD_TC(tp, each_malformed_field_has_its_own_error);
	ATF_TP_ADD_TC(tp, what_would_not_decode_is_not_encoded);
	ATF_TP_ADD_TC(tp, validity_names_the_clock_when_it_looks_wrong);
	ATF_TP_ADD_TC(tp, dates_know_leap_years);
	return atf_no_error();
}
