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
 * Certificates for TLS: make one that signs itself, and name one by its
 * pin.  Pure functions over caller memory, but for libcrypto's random
 * numbers and the wall clock.
 */

#ifndef TLSIO_TLSCERT_H
#define TLSIO_TLSCERT_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define TLSCERT_PEM_MAX		8000	/* of one field of a message */
#define TLSCERT_PIN_LEN		71	/* "SHA256:" and 64 digits */

/*
 * An EC P-256 key and a self-signed certificate for this name or address, as
 * PEM.
 * 0 with the lengths set, or -1.  The caller wipes the key.
 */
int	tlscert_make(const char *name, int years,
	    uint8_t cert[TLSCERT_PEM_MAX], size_t *cert_len,
	    uint8_t key[TLSCERT_PEM_MAX], size_t *key_len);

/* SHA-256 of the DER of the first certificate in the PEM.  0 or -1. */
int	tlscert_hash(const uint8_t *pem, size_t len, uint8_t hash[32]);

/* The hash as text, as tls_peer_cert_hash(3) writes it. */
void	tlscert_pin(const uint8_t hash[32], char pin[TLSCERT_PIN_LEN + 1]);

/* The text as hash, upper or lower case.  0 or -1. */
int	tlscert_pin_parse(const char *pin, uint8_t hash[32]);

#endif /* TLSIO_TLSCERT_H */
