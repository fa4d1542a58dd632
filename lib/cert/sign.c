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
 * Signed statements: the domain with its NUL, then the fields at fixed
 * lengths, so that no two statements have the same bytes.  Nothing of a
 * secret key is copied here.
 */

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "cert/sign.h"

static const char	 link_domain[] =
    "enclave discovery link answer, form 1";
static const char	 enrol_domain[] = "enclave enrolment request, form 1";

static const char	 facts_domain[] = "enclave facts of a system, form 1";

struct link_text {
	uint8_t	 domain[sizeof(link_domain)];
	uint8_t	 nonce[SIGN_NONCE_LEN];
	uint8_t	 hash[SIGN_HASH_LEN];
	uint8_t	 name[NAME_LEN];
};

struct enrol_text {
	uint8_t	 domain[sizeof(enrol_domain)];
	uint8_t	 identity[CERT_KEY_LEN];
	uint8_t	 tunnel[CERT_KEY_LEN];
	uint8_t	 nonce[SIGN_NONCE_LEN];
	uint8_t	 hash[SIGN_HASH_LEN];
};

/* The text is last, and alone has no fixed length. */
struct facts_text {
	uint8_t	 domain[sizeof(facts_domain)];
	uint8_t	 nonce[SIGN_NONCE_LEN];
	uint8_t	 hash[SIGN_HASH_LEN];
	uint8_t	 name[NAME_LEN];
	uint8_t	 number[8];
	uint8_t	 text[SIGN_FACTS_MAX];
};

/* Bytes only, hence no padding: the struct is the signed text. */
_Static_assert(sizeof(struct link_text) == sizeof(link_domain) +
    SIGN_NONCE_LEN + SIGN_HASH_LEN + NAME_LEN, "padding");
_Static_assert(sizeof(struct enrol_text) == sizeof(enrol_domain) +
    2 * CERT_KEY_LEN + SIGN_NONCE_LEN + SIGN_HASH_LEN, "padding");

_Static_assert(sizeof(struct facts_text) == sizeof(facts_domain) +
    SIGN_NONCE_LEN + SIGN_HASH_LEN + NAME_LEN + 8 + SIGN_FACTS_MAX,
    "padding");

static void
link_compose(struct link_text *t, const uint8_t *nonce, const uint8_t *hash,
    const char *name)
{
	memcpy(t->domain, link_domain, sizeof(t->domain));
	memcpy(t->nonce, nonce, sizeof(t->nonce));
	memcpy(t->hash, hash, sizeof(t->hash));
	memcpy(t->name, name, sizeof(t->name));
}

static void
enrol_compose(struct enrol_text *t, const uint8_t *identity,
    const uint8_t *tunnel, const uint8_t *nonce, const uint8_t *hash)
{
	memcpy(t->domain, enrol_domain, sizeof(t->domain));
	memcpy(t->identity, identity, sizeof(t->identity));
	memcpy(t->tunnel, tunnel, sizeof(t->tunnel));
	memcpy(t->nonce, nonce, sizeof(t->nonce));
	memcpy(t->hash, hash, sizeof(t->hash));
}

/* The length of the whole, 0 when it cannot be. */
static size_t
facts_compose(struct facts_text *t, const uint8_t *nonce, const uint8_t *hash,
    const char *name, uint64_t number, const char *text, size_t len)
{
	size_t	 i;

	if (!name_valid(name) || len > sizeof(t->text))
		return 0;
	memcpy(t->domain, facts_domain, sizeof(t->domain));
	memcpy(t->nonce, nonce, sizeof(t->nonce));
	memcpy(t->hash, hash, sizeof(t->hash));
	memcpy(t->name, name, sizeof(t->name));
	for (i = 0; i < sizeof(t->number); i++)
		t->number[i] = (uint8_t)(number >> (56 - 8 * i));
	memcpy(t->text, text, len);
	return sizeof(*t) - sizeof(t->text) + len;
}

static int
verify(const uint8_t *sig, const void *text, size_t len, const uint8_t *key)
{
	if (crypto_sign_verify_detached(sig, text, len, key) == 0)
		return 0;
	errno = EACCES;
	return -1;
}

int
sign_link_auth(uint8_t out[CERT_SIGNATURE_LEN],
    const uint8_t sk[CERT_SECRET_LEN], const uint8_t nonce[SIGN_NONCE_LEN],
    const uint8_t server_cert_hash[SIGN_HASH_LEN], const char *name)
{
	struct link_text	 text;

	if (!name_valid(name)) {
		errno = EINVAL;
		return -1;
	}
	link_compose(&text, nonce, server_cert_hash, name);
	crypto_sign_detached(out, NULL, (const uint8_t *)&text, sizeof(text),
	    sk);
	return 0;
}

int
verify_link_auth(const uint8_t sig[CERT_SIGNATURE_LEN],
    const uint8_t identity[CERT_KEY_LEN], const uint8_t nonce[SIGN_NONCE_LEN],
    const uint8_t server_cert_hash[SIGN_HASH_LEN], const char *name)
{
	struct link_text	 text;

	if (!name_valid(name)) {
		errno = EACCES;
		return -1;
	}
	link_compose(&text, nonce, server_cert_hash, name);
	return verify(sig, &text, sizeof(text), identity);
}

int
sign_enrol(uint8_t out[CERT_SIGNATURE_LEN],
    const uint8_t sk[CERT_SECRET_LEN], const uint8_t identity[CERT_KEY_LEN],
    const uint8_t tunnel[CERT_KEY_LEN], const uint8_t nonce[SIGN_NONCE_LEN],
    const uint8_t server_cert_hash[SIGN_HASH_LEN])
{
	struct enrol_text	 text;
	uint8_t			 public[CERT_KEY_LEN];

	if (crypto_sign_ed25519_sk_to_pk(public, sk) != 0 ||
	    memcmp(public, identity, sizeof(public)) != 0) {
		errno = EINVAL;
		return -1;
	}
	enrol_compose(&text, identity, tunnel, nonce, server_cert_hash);
	crypto_sign_detached(out, NULL, (const uint8_t *)&text, sizeof(text),
	    sk);
	return 0;
}

int
verify_enrol(const uint8_t sig[CERT_SIGNATURE_LEN],
    const uint8_t identity[CERT_KEY_LEN], const uint8_t tunnel[CERT_KEY_LEN],
    const uint8_t nonce[SIGN_NONCE_LEN],
    const uint8_t server_cert_hash[SIGN_HASH_LEN])
{
	struct enrol_text	 text;

	enrol_compose(&text, identity, tunnel, nonce, server_cert_hash);
	return verify(sig, &text, sizeof(text), identity);
}

int
sign_facts(uint8_t out[CERT_SIGNATURE_LEN],
    const uint8_t sk[CERT_SECRET_LEN], const uint8_t nonce[SIGN_NONCE_LEN],
    const uint8_t server_cert_hash[SIGN_HASH_LEN], const char *name,
    uint64_t number, const char *facts, size_t len)
{
	struct facts_text	 text;

	len = facts_compose(&text, nonce, server_cert_hash, name, number,
	    facts, len);
	if (len == 0) {
		errno = EINVAL;
		return -1;
	}
	crypto_sign_detached(out, NULL, (const uint8_t *)&text, len, sk);
	return 0;
}

int
verify_facts(const uint8_t sig[CERT_SIGNATURE_LEN],
    const uint8_t identity[CERT_KEY_LEN], const uint8_t nonce[SIGN_NONCE_LEN],
    const uint8_t server_cert_hash[SIGN_HASH_LEN], const char *name,
    uint64_t number, const char *facts, size_t len)
{
	struct facts_text	 text;

	len = facts_compose(&text, nonce, server_cert_hash, name, number,
	    facts, len);
	if (len == 0) {
		errno = EACCES;
		return -1;
	}
	return verify(sig, &text, len, identity);
}
