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
 * What the providers of bulk AEAD show to the dispatcher, and the memory
 * they are given.  Lengths were checked by the dispatcher.
 */

#ifndef NOISE_AEAD_LOCAL_H
#define NOISE_AEAD_LOCAL_H

#include "noise/aead.h"

/* aead_sodium.c: len counts no tag, the tag lies behind the text. */
int	 aead_sodium_usable(enum aead_cipher);
void	 aead_sodium_key(struct aead_key *);
void	 aead_sodium_seal(const struct aead_key *, uint8_t *buf, size_t len,
	    const uint8_t *nonce, const uint8_t *ad, size_t adlen);
int	 aead_sodium_open(const struct aead_key *, uint8_t *buf, size_t len,
	    const uint8_t *nonce, const uint8_t *ad, size_t adlen);

/*
 * A library that keeps a context for each key.  All that it allocates comes
 * from the region.
 */
struct aead_library {
	/* Fill in the ciphers that it can do.  -1: not to be used. */
	int	 (*start)(const void *cipher[AEAD_CIPHERS]);
	/* cipher is one of start's; NULL without memory. */
	void	*(*key)(const void *cipher, enum aead_direction,
		    const uint8_t *key);
	/* Wipe and free. */
	void	 (*free)(void *context);
	/* The nonce has AEAD_NONCE_LEN bytes.  0 or -1. */
	int	 (*seal)(void *context, uint8_t *buf, size_t len,
		    const uint8_t *nonce, const uint8_t *ad, size_t adlen);
	int	 (*open)(void *context, uint8_t *buf, size_t len,
		    const uint8_t *nonce, const uint8_t *ad, size_t adlen);
};

/* aead_libraries_*.c: those of this system, NULL for the others. */
extern const struct aead_library *const	 aead_libraries[AEAD_PROVIDERS];

extern const struct aead_library	 aead_crypto;	/* aead_crypto.c */
extern const struct aead_library	 aead_gcrypt;	/* aead_gcrypt.c */

/* aead_memory.c: the region. */
int	 aead_memory_start(void *mem, size_t len);
void	 aead_memory_end(void);
size_t	 aead_memory_left(void);	/* never handed out so far, bytes */
void	*aead_memory_get(size_t len);
void	*aead_memory_resize(void *, size_t len);
void	 aead_memory_put(void *);

#endif /* NOISE_AEAD_LOCAL_H */
