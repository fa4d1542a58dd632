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
 * Self-signed certificates and pins, on libcrypto.  Trusts its arguments'
 * lengths; the PEM it reads is the administrator's.
 */

#include <sys/types.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/endpoint.h"
#include "tlsio/tlscert.h"

static const char	prefix[] = "SHA256:";

/* A positive random serial of 16 bytes (RFC 5280 4.1.2.2). */
static int
set_serial(X509 *x)
{
	uint8_t		 raw[16];
	BIGNUM		*bn;
	int		 ok;

	if (RAND_bytes(raw, sizeof(raw)) != 1)
		return -1;
	raw[0] = (raw[0] & 0x7f) | 0x40;
	if ((bn = BN_bin2bn(raw, sizeof(raw), NULL)) == NULL)
		return -1;
	ok = BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL;
	BN_free(bn);
	return ok ? 0 : -1;
}

static int
add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION	*ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	int		 ok;

	if (ext == NULL)
		return -1;
	ok = X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	return ok == 1 ? 0 : -1;
}

static int
set_subject(X509 *x, const char *name)
{
	X509_NAME	*subject = X509_get_subject_name(x);
	struct endpoint	 ep;
	char		 san[128];

	if (X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0) != 1 ||
	    X509_set_issuer_name(x, subject) != 1)
		return -1;
	if ((size_t)snprintf(san, sizeof(san), "%s:%s",
	    endpoint_parse(&ep, name, 0) == 0 ? "IP" : "DNS", name) >=
	    sizeof(san))
		return -1;
	return add_extension(x, NID_subject_alt_name, san);
}

static X509 *
make_certificate(EVP_PKEY *key, const char *name, int years)
{
	time_t	 now = time(NULL);
	X509	*x = X509_new();
	/* Clocks differ: it is valid a day before it was made. */
	int	 ok = x != NULL && X509_set_version(x, 2) == 1 &&
		    set_serial(x) == 0 &&
		    X509_time_adj_ex(X509_getm_notBefore(x), -1, 0, &now) !=
		    NULL &&
		    X509_time_adj_ex(X509_getm_notAfter(x),
		    years * 365 + years / 4, 0, &now) != NULL &&
		    set_subject(x, name) == 0 &&
		    X509_set_pubkey(x, key) == 1 &&
		    X509_sign(x, key, EVP_sha256()) > 0;

	if (!ok) {
		X509_free(x);
		return NULL;
	}
	return x;
}

/* What was written to a memory BIO, if it fits. */
static int
take_pem(BIO *bio, uint8_t out[TLSCERT_PEM_MAX], size_t *len)
{
	int	 n = BIO_read(bio, out, TLSCERT_PEM_MAX);

	if (n <= 0 || BIO_pending(bio) != 0)
		return -1;
	*len = (size_t)n;
	return 0;
}

int
tlscert_make(const char *name, int years, uint8_t cert[TLSCERT_PEM_MAX],
    size_t *cert_len, uint8_t key[TLSCERT_PEM_MAX], size_t *key_len)
{
	EVP_PKEY	*pkey = EVP_EC_gen("P-256");
	BIO		*cert_bio = BIO_new(BIO_s_mem());
	BIO		*key_bio = BIO_new(BIO_s_mem());
	X509		*x = NULL;
	int		 ret = -1;

	if (pkey == NULL || cert_bio == NULL || key_bio == NULL ||
	    (x = make_certificate(pkey, name, years)) == NULL)
		goto done;
	if (PEM_write_bio_X509(cert_bio, x) != 1 ||
	    PEM_write_bio_PrivateKey(key_bio, pkey, NULL, NULL, 0, NULL,
	    NULL) != 1)
		goto done;
	if (take_pem(cert_bio, cert, cert_len) == -1 ||
	    take_pem(key_bio, key, key_len) == -1)
		goto done;
	ret = 0;
 done:
	X509_free(x);
	EVP_PKEY_free(pkey);
	BIO_free(cert_bio);
	BIO_free(key_bio);	/* wipes */
	if (ret == -1)
		explicit_bzero(key, TLSCERT_PEM_MAX);
	return ret;
}

int
tlscert_hash(const uint8_t *pem, size_t len, uint8_t hash[32])
{
	unsigned int	 n = 0;
	BIO		*bio;
	X509		*x;
	int		 ok;

	if (len > TLSCERT_PEM_MAX ||
	    (bio = BIO_new_mem_buf(pem, (int)len)) == NULL)
		return -1;
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (x == NULL)
		return -1;
	ok = X509_digest(x, EVP_sha256(), hash, &n) == 1 && n == 32;
	X509_free(x);
	return ok ? 0 : -1;
}

void
tlscert_pin(const uint8_t hash[32], char pin[TLSCERT_PIN_LEN + 1])
{
	static const char	 digits[] = "0123456789abcdef";
	char			*p = pin + sizeof(prefix) - 1;
	int			 i;

	memcpy(pin, prefix, sizeof(prefix) - 1);
	for (i = 0; i < 32; i++) {
		*p++ = digits[hash[i] >> 4];
		*p++ = digits[hash[i] & 15];
	}
	*p = '\0';
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
tlscert_pin_parse(const char *pin, uint8_t hash[32])
{
	int	 i, high, low;

	if (strlen(pin) != TLSCERT_PIN_LEN ||
	    strncasecmp(pin, prefix, sizeof(prefix) - 1) != 0)
		return -1;
	pin += sizeof(prefix) - 1;
	for (i = 0; i < 32; i++) {
		high = digit(pin[2 * i]);
		low = digit(pin[2 * i + 1]);
		if (high == -1 || low == -1)
			return -1;
		hash[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}
