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
 * Signed statements: each holds for exactly what was signed, and none can
 * stand in for another.
 */

#include <atf-c.h>
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "cert/sign.h"

static uint8_t	 pk[32], sk[64], sig[64], nonce[32], hash[32], tunnel[32];

static void
setup(void)
{
	static const uint8_t	 seed[32] = { 5 };

	ATF_REQUIRE(sodium_init() != -1);
	crypto_sign_seed_keypair(pk, sk, seed);
	memset(nonce, 0x51, sizeof(nonce));
	memset(hash, 0x52, sizeof(hash));
	memset(tunnel, 0x53, sizeof(tunnel));
}

static uint8_t *
append(uint8_t *p, const void *field, size_t len)
{
	memcpy(p, field, len);
	return p + len;
}

/* Flip one bit of each byte in turn and expect refusal each time. */
#define CHECK_EACH_BYTE(field, call) do {				\
	size_t	 each_;							\
	for (each_ = 0; each_ < sizeof(field); each_++) {		\
		(field)[each_] ^= 0x10;					\
		ATF_CHECK_ERRNO(EACCES, (call) == -1);			\
		(field)[each_] ^= 0x10;					\
	}								\
	ATF_CHECK_EQ((call), 0);					\
} while (0)

ATF_TC_WITHOUT_HEAD(a_link_answer_holds_for_what_was_signed_only);
ATF_TC_BODY(a_link_answer_holds_for_what_was_signed_only, tc)
{
	setup();
	ATF_REQUIRE_EQ(sign_link_auth(sig, sk, nonce, hash, "V88RY"), 0);
	CHECK_EACH_BYTE(sig, verify_link_auth(sig, pk, nonce, hash, "V88RY"));
	CHECK_EACH_BYTE(pk, verify_link_auth(sig, pk, nonce, hash, "V88RY"));
	CHECK_EACH_BYTE(nonce,
	    verify_link_auth(sig, pk, nonce, hash, "V88RY"));
	CHECK_EACH_BYTE(hash, verify_link_auth(sig, pk, nonce, hash, "V88RY"));
	ATF_CHECK_ERRNO(EACCES,
	    verify_link_auth(sig, pk, nonce, hash, "V88RX") == -1);
}

ATF_TC_WITHOUT_HEAD(a_bad_name_is_neither_signed_nor_verified);
ATF_TC_BODY(a_bad_name_is_neither_signed_nor_verified, tc)
{
	static const char	*bad[] = { "", "V88R", "V88RYY", "v88ry",
				    "V88R0" };
	size_t			 i;

	setup();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_CHECK_ERRNO(EINVAL,
		    sign_link_auth(sig, sk, nonce, hash, bad[i]) == -1);
		ATF_CHECK_ERRNO(EACCES,
		    verify_link_auth(sig, pk, nonce, hash, bad[i]) == -1);
	}
}

ATF_TC_WITHOUT_HEAD(an_enrolment_holds_for_what_was_signed_only);
ATF_TC_BODY(an_enrolment_holds_for_what_was_signed_only, tc)
{
	setup();
	ATF_REQUIRE_EQ(sign_enrol(sig, sk, pk, tunnel, nonce, hash), 0);
	CHECK_EACH_BYTE(sig, verify_enrol(sig, pk, tunnel, nonce, hash));
	CHECK_EACH_BYTE(pk, verify_enrol(sig, pk, tunnel, nonce, hash));
	CHECK_EACH_BYTE(tunnel, verify_enrol(sig, pk, tunnel, nonce, hash));
	CHECK_EACH_BYTE(nonce, verify_enrol(sig, pk, tunnel, nonce, hash));
	CHECK_EACH_BYTE(hash, verify_enrol(sig, pk, tunnel, nonce, hash));
	ATF_CHECK_EQ(verify_enrol(sig, pk, nonce, tunnel, hash), -1);
	ATF_CHECK_EQ(verify_enrol(sig, pk, tunnel, hash, nonce), -1);
}

ATF_TC_WITHOUT_HEAD(an_enrolment_names_the_key_that_signs_it);
ATF_TC_BODY(an_enrolment_names_the_key_that_signs_it, tc)
{
	setup();
	pk[0] ^= 1;
	ATF_CHECK_ERRNO(EINVAL,
	    sign_enrol(sig, sk, pk, tunnel, nonce, hash) == -1);
}

/*
 * One key for everything, which no deployment has: even then a signature
 * of one kind is refused as any other.
 */
ATF_TC_WITHOUT_HEAD(a_signature_of_one_kind_is_refused_as_another);
ATF_TC_BODY(a_signature_of_one_kind_is_refused_as_another, tc)
{
	struct cert	 c;
	uint8_t		 buf[CERT_LEN], link[64], enrol[64];

	setup();
	memset(&c, 0, sizeof(c));
	c.serial[0] = 1;
	c.org[0] = 'x';
	memcpy(c.name, "V88RY", 5);
	memcpy(c.identity, pk, 32);
	memcpy(c.tunnel, tunnel, 32);
	c.addr4[0] = 100;
	c.prefix4 = 10;
	c.addr6[0] = 0xfd;
	c.prefix6 = 64;
	ATF_REQUIRE_EQ(cert_encode(&c, buf), 0);
	ATF_REQUIRE_EQ(cert_sign(buf, sk), 0);
	ATF_REQUIRE_EQ(sign_link_auth(link, sk, nonce, hash, "V88RY"), 0);
	ATF_REQUIRE_EQ(sign_enrol(enrol, sk, pk, tunnel, nonce, hash), 0);

	ATF_CHECK_EQ(cert_verify(buf, pk), 0);
	ATF_CHECK_EQ(verify_enrol(link, pk, tunnel, nonce, hash), -1);
	ATF_CHECK_EQ(verify_enrol(buf + CERT_SIGNED_LEN, pk, tunnel, nonce,
	    hash), -1);
	ATF_CHECK_EQ(verify_link_auth(enrol, pk, nonce, hash, "V88RY"), -1);
	ATF_CHECK_EQ(verify_link_auth(buf + CERT_SIGNED_LEN, pk, nonce, hash,
	    "V88RY"), -1);
	memcpy(buf + CERT_SIGNED_LEN, link, 64);
	ATF_CHECK_EQ(cert_verify(buf, pk), -1);
	memcpy(buf + CERT_SIGNED_LEN, enrol, 64);
	ATF_CHECK_EQ(cert_verify(buf, pk), -1);
}

/* Fields without their domain: the same bytes, signed bare. */
ATF_TC_WITHOUT_HEAD(a_signature_without_a_domain_is_refused);
ATF_TC_BODY(a_signature_without_a_domain_is_refused, tc)
{
	uint8_t	 text[128];

	setup();
	memcpy(text, nonce, 32);
	memcpy(text + 32, hash, 32);
	memcpy(text + 64, "V88RY", 5);
	crypto_sign_detached(sig, NULL, text, 69, sk);
	ATF_CHECK_EQ(verify_link_auth(sig, pk, nonce, hash, "V88RY"), -1);
	memcpy(text, pk, 32);
	memcpy(text + 32, tunnel, 32);
	memcpy(text + 64, nonce, 32);
	memcpy(text + 96, hash, 32);
	crypto_sign_detached(sig, NULL, text, 128, sk);
	ATF_CHECK_EQ(verify_enrol(sig, pk, tunnel, nonce, hash), -1);
}

/* The domain with its NUL, then the fields: what other programs will sign. */
ATF_TC_WITHOUT_HEAD(the_signed_bytes_begin_with_the_domain);
ATF_TC_BODY(the_signed_bytes_begin_with_the_domain, tc)
{
	static const char	 link_domain[] =
				    "enclave discovery link answer, form 1";
	static const char	 enrol_domain[] =
				    "enclave enrolment request, form 1";
	uint8_t			 text[256], *p;

	setup();
	p = append(text, link_domain, sizeof(link_domain));
	p = append(p, nonce, 32);
	p = append(p, hash, 32);
	p = append(p, "V88RY", 5);
	crypto_sign_detached(sig, NULL, text, (size_t)(p - text), sk);
	ATF_CHECK_EQ(verify_link_auth(sig, pk, nonce, hash, "V88RY"), 0);

	p = append(text, enrol_domain, sizeof(enrol_domain));
	p = append(p, pk, 32);
	p = append(p, tunnel, 32);
	p = append(p, nonce, 32);
	p = append(p, hash, 32);
	crypto_sign_detached(sig, NULL, text, (size_t)(p - text), sk);
	ATF_CHECK_EQ(verify_enrol(sig, pk, tunnel, nonce, hash), 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_link_answer_holds_for_what_was_signed_only);
	ATF_TP_ADD_TC(tp, a_bad_name_is_neither_signed_nor_verified);
	ATF_TP_ADD_TC(tp, an_enrolment_holds_for_what_was_signed_only);
	ATF_TP_ADD_TC(tp, an_enrolment_names_the_key_that_signs_it);
	ATF_TP_ADD_TC(tp, a_signature_of_one_kind_is_refused_as_another);
	ATF_TP_ADD_TC(tp, a_signature_without_a_domain_is_refused);
	ATF_TP_ADD_TC(tp, the_signed_bytes_begin_with_the_domain);
	return atf_no_error();
}
