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
 * cryptoproc: identity key, tunnel key, session keys, peer certificates.
 * It reaches nothing but its channels and rings.  All secrets lie in one
 * locked, guarded arena that is left out of dumps.
 */

#ifndef CRYPTOPROC_CRYPTO_H
#define CRYPTOPROC_CRYPTO_H

#include <sys/types.h>

#include <event.h>
#include <stdint.h>

#include "cert/cert.h"
#include "noise/aead.h"
#include "noise/wg.h"
#include "proc/port.h"
#include "proc/proc.h"
#include "ring/ring.h"
#include "sandbox/sandbox.h"

#define CRYPTO_PEERS_MAX	1024
#define CRYPTO_PACKET_MAX	(64 * 1024)
/* Part of the arena for bulk AEAD and 1024 keys; more keys are slower. */
#define CRYPTO_REGION		(AEAD_REGION_BASE + 1024 * AEAD_REGION_KEY)
#define CRYPTO_BURST		64	/* records per wake-up and ring */
#define CRYPTO_WAKE		4	/* records, then the others are woken */
#define CRYPTO_BURST_PACKETS	64	/* what one UDP send can take */
#define CRYPTO_BURST_BYTES	65000
#define CRYPTO_PATH_ANSWER	1	/* token: back where it came from */

/* The arena begins with this; the tunnel device and a region follow. */
struct secrets {
	uint8_t		identity_seed[32];
	uint8_t		identity[64];		/* libsodium's form */
	uint8_t		tunnel[32];
	/* The only places where packets are sealed and opened. */
	uint8_t		seal[WG_HEADER_LEN + CRYPTO_PACKET_MAX + 64];
	uint8_t		open[CRYPTO_PACKET_MAX];
};

/* Packets of one size to one peer, put together into one record. */
struct burst {
	struct ring_pair	*pair;
	uint8_t			*room;		/* NULL: none is open */
	uint32_t		 cap;
	uint32_t		 want;		/* bytes that are to come */
	uint8_t			 ecn;		/* of the record at work */
	struct ring_record	 rec;
};

struct crypto_peer {
	uint32_t	 id;		/* 0: free */
	int		 seen;		/* named since ctlproc came up */
	int		 path;		/* netproc has one */
	int		 established;
	uint8_t		 tunnel[32];
	uint8_t		 flags;		/* of the certificate */
	uint8_t		 authority[32];	/* that signed it */
	uint64_t	 not_after;	/* of the certificate, seconds */
	struct endpoint	 from;		/* PEER_STATIC: where it was last */
};

struct env {
	struct proc		 proc;
	struct secrets		*secrets;
	struct wg_device	*device;
	size_t			 device_size;
	struct aead		 aead;
	uint8_t			*region;	/* of its keys */
	uint8_t			 identity_public[32];
	uint8_t			 tunnel_public[32];
	uint8_t			 authority[32];	/* pinned, the newest */
	uint8_t			 previous[32];	/* the one before */
	int			 pinned;	/* how many, 0 to 2 */
	int			 pinning;	/* the parent is storing them */
	int			 have_keys;
	int			 no_aes;	/* configured so */
	uint16_t		 mtu;		/* packets are padded so far */
	int			 aes;		/* this system does it */
	int			 own_aes;	/* our certificate says so */
	struct ring_pair	 net;
	struct ring_pair	 tun;
	struct place		 place;
	struct port		 net_port;
	struct port		 tun_port;
	struct wg_time		 now;		/* of this turn */
	struct burst		 to_net;
	struct burst		 to_tun;
	/* The record being opened: where its sender is. */
	uint32_t		 from_peer;
	struct endpoint		 from;
	struct event		 timer;
	uint64_t		 timer_due;
	struct crypto_peer	 peers[CRYPTO_PEERS_MAX];
	uint64_t		 drop_size;
};

extern const struct sandbox_policy	 cryptoproc_sandbox;
extern const struct handler		 cryptoproc_handlers[];
extern const size_t			 cryptoproc_nhandlers;
extern const struct wg_ops		 cryptoproc_wg_ops;

/* Current times for the protocol. */
struct wg_time		 crypto_now(void);

struct crypto_peer	*crypto_peer_find(struct env *, uint32_t id);
/* A free place for this number, NULL when there is none. */
struct crypto_peer	*crypto_peer_slot(struct env *, uint32_t id);

/* keys.c: make, take over and pin. */
void	 keys_make(struct env *);
void	 keys_set(struct env *);
int	 keys_pin(struct env *, const struct msg_authority_pin *,
	    const char **reason);

/* pins.c: one pinned authority takes the place of another. */
/* The pinned authority that has signed this, or NULL. */
const uint8_t	*pins_signer(const struct env *,
		    const uint8_t cert[CERT_LEN]);
int		 pins_have(const struct env *, const uint8_t authority[32]);
void		 on_authority_cross(void *, struct chan *, const void *, int);
void		 on_pins_stored(void *, struct chan *, const void *, int);

/* main.c: keys are wiped, the place is free. */
void	 crypto_peer_drop(struct env *, struct crypto_peer *);

/* suite.c: ciphers and who does them. */
void	 suite_prepare(struct env *);
uint8_t	 suite_of(const struct env *, uint8_t cert_flags);
void	 suite_own(struct env *, uint8_t cert_flags);
void	 suite_end(struct env *);

/* static.c: peers of the configuration. */
void	 static_run(void *);
void	 static_tell_net(struct env *);
void	 static_tell_ctl(struct env *);
void	 static_source(void *, uint32_t, uint32_t);
void	 on_static_key(void *, struct chan *, const void *, int);

/* data.c: rings, bursts, timer. */
void	 data_tell_endpoint(struct env *, uint32_t, const struct endpoint *);
void	 data_ring(void *, uint32_t, uint32_t, int, size_t, int, int);
void	 data_schedule(struct env *);
void	 data_start(struct env *);

#endif /* CRYPTOPROC_CRYPTO_H */
