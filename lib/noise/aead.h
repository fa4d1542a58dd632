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
 * Bulk AEAD behind one interface with several providers, libsodium and
 * what else the system has, which give the same bytes; the fastest one is
 * found by measuring, for each cipher, direction and size.  Keys live in the
 * caller's memory; what is derived from them for speed comes from a region
 * that the caller gives as well, so that all of it can be locked.
 *
 * One thread only: what is taken from the region is not guarded by a lock.
 * sodium_init() must have been called.
 */

#ifndef NOISE_AEAD_H
#define NOISE_AEAD_H

#include <stddef.h>
#include <stdint.h>

#define AEAD_KEY_LEN	32
#define AEAD_TAG_LEN	16
#define AEAD_NONCE_LEN	12
#define AEAD_LEN_MAX	(1024 * 1024)	/* bytes of one message */

/*
 * Bytes of the region for the libraries themselves and for each key, at most
 * (where the sizes of one key are divided among all providers).
 */
#define AEAD_REGION_BASE	(320 * 1024)
#define AEAD_REGION_KEY		4608

enum aead_cipher {
	AEAD_CHACHA20POLY1305,		/* RFC 8439 */
	AEAD_AES256GCM,			/* NIST SP 800-38D */
	AEAD_CIPHERS
};

enum aead_provider {
	AEAD_SODIUM,
	AEAD_CRYPTO,			/* OpenSSL 3 */
	AEAD_GCRYPT,			/* libgcrypt: AES-256-GCM */
	AEAD_PROVIDERS,
	AEAD_CHOSEN = AEAD_PROVIDERS	/* what struct aead says */
};

enum aead_direction {
	AEAD_SEAL,
	AEAD_OPEN,
	AEAD_DIRECTIONS
};

/* Classes of size, told apart for the choice. */
enum aead_size {
	AEAD_SMALL,		/* acknowledgements, voice */
	AEAD_MIDDLE,
	AEAD_LARGE,		/* full packets */
	AEAD_SIZES
};

/* What was found out at start; no secrets. */
struct aead {
	/* The library's own, NULL when it does not do it. */
	const void	*cipher[AEAD_PROVIDERS][AEAD_CIPHERS];
	uint8_t		 fast[AEAD_CIPHERS][AEAD_DIRECTIONS][AEAD_SIZES];
	/* Nanoseconds a message, 0 when not measured. */
	uint32_t	 ns[AEAD_CIPHERS][AEAD_PROVIDERS][AEAD_DIRECTIONS]
			    [AEAD_SIZES];
};

/*
 * One key for one direction.  Must be zero before its first use and may only
 * be forgotten by wiping it.  The pointers lead into the region.
 */
struct aead_key {
	uint8_t		 key[AEAD_KEY_LEN];
	void		*expanded;	/* libsodium's AES, or NULL */
	void		*context[AEAD_PROVIDERS];	/* or NULL */
	uint8_t		 live;
	uint8_t		 cipher;
	uint8_t		 direction;
	uint8_t		 provider[AEAD_SIZES];
};

/* libsodium for everything. */
void	 aead_init(struct aead *);

/*
 * Take mem (aligned to 16 bytes, AEAD_REGION_BASE and AEAD_REGION_KEY for
 * each key) as the region and start the other libraries in it.  Once in a
 * process, before any other use of OpenSSL and libgcrypt and before the
 * sandbox.  -1 when there is none: libsodium goes on alone, with what it can
 * of mem.
 */
int	 aead_start(struct aead *, void *mem, size_t len);

/*
 * Wipe the memory of aead_start; all keys must have been wiped and those
 * libraries must not be used any more.
 */
void	 aead_end(struct aead *);

/* Measure all providers (a few milliseconds) and choose. */
void	 aead_choose(struct aead *, uint64_t (*clock_ns)(void));

/*
 * Choose by hand; libsodium does what the provider cannot.  -1 when it is
 * not there at all.
 */
int	 aead_force(struct aead *, enum aead_provider);

/* Can this provider do this cipher on this processor? */
int	 aead_usable(const struct aead *, enum aead_cipher,
	    enum aead_provider);

/* Its library, for the log. */
const char *
	 aead_provider_name(enum aead_provider);

/*
 * Make a key.  With AEAD_CHOSEN and the region used up, libsodium takes the
 * sizes for which there was no room, and expands AES keys for each message.
 * -1 when the provider is not usable; nothing is kept.
 */
int	 aead_key_init(struct aead_key *, const struct aead *,
	    enum aead_cipher, enum aead_direction,
	    const uint8_t key[AEAD_KEY_LEN], enum aead_provider);

/* Wipe it and give its part of the region back, which is wiped as well. */
void	 aead_key_wipe(struct aead_key *);

/*
 * In place, with the counter as nonce in the cipher's Noise form: 4 zero
 * bytes, then little-endian for ChaCha20-Poly1305 (as WireGuard has it),
 * big-endian for AES-256-GCM.  seal puts the tag behind the len bytes; len
 * of open counts the tag.  0 or -1; after -1 the text is zeroed.
 */
int	 aead_key_seal(struct aead_key *, uint8_t *buf, size_t len,
	    uint64_t counter);
int	 aead_key_open(struct aead_key *, uint8_t *buf, size_t len,
	    uint64_t counter);

/* The same with any nonce and additional data. */
int	 aead_key_seal_nonce(struct aead_key *, uint8_t *buf, size_t len,
	    const uint8_t nonce[AEAD_NONCE_LEN], const uint8_t *ad,
	    size_t adlen);
int	 aead_key_open_nonce(struct aead_key *, uint8_t *buf, size_t len,
	    const uint8_t nonce[AEAD_NONCE_LEN], const uint8_t *ad,
	    size_t adlen);

/* The nonce of a counter. */
void	 aead_nonce(uint8_t out[AEAD_NONCE_LEN], enum aead_cipher,
	    uint64_t counter);

#endif /* NOISE_AEAD_H */
