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
 * One TLS 1.3 connection on the event loop, either side of it.  Used by the
 * two processes that hold one; the bytes inside are hostile and are handed
 * on unseen.  Opens no file: trusted certificates and keys are given as
 * memory.
 */

#ifndef TLSIO_TLSIO_H
#define TLSIO_TLSIO_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <tls.h>

#define TLSIO_REASON_MAX	256	/* text, with its NUL */
#define TLSIO_CLOSE_MS		5000	/* to flush and say good-bye */

/* What the two sides agree to speak (RFC 7301). */
#define TLSIO_ALPN_LINK		"enclave/1"
#define TLSIO_ALPN_HTTP		"http/1.1"

struct tlsio;

/*
 * Any of these may call any function of this module, tlsio_free among them.
 * ready comes before the first byte is read; closed comes once and last,
 * never from inside a call into this module.  reason is never NULL.
 * drained, which may be NULL, comes when all that was queued is sent.
 */
struct tlsio_ops {
	void	(*ready)(void *arg);
	void	(*data)(void *arg, const uint8_t *, size_t);
	void	(*closed)(void *arg, const char *reason);
	void	(*drained)(void *arg);
};

/*
 * A client's configuration: trust these certificates (PEM) and the name, or
 * with ca NULL anybody, in which case the caller compares tlsio_peer_hash
 * in ready.  NULL with *errstr; freed with tls_config_free.
 */
struct tls_config	*tlsio_client_config(const uint8_t *ca, size_t ca_len,
			    const char **errstr);

/* The same for servers of others, of which some know TLS 1.2 only. */
struct tls_config	*tlsio_web_config(const uint8_t *ca, size_t ca_len,
			    const char **errstr);

/*
 * A server with this certificate chain and key (PEM).  NULL with *errstr;
 * freed with tls_free.
 */
struct tls		*tlsio_server(const uint8_t *cert, size_t cert_len,
			    const uint8_t *key, size_t key_len,
			    const char **errstr);

/*
 * Begin a handshake on a connected non-blocking socket, which is owned from
 * here on; on failure (NULL and errno) it stays the caller's.  queue_max:
 * bytes that may wait to be sent.
 */
struct tlsio	*tlsio_connect(struct tls_config *, int fd, const char *name,
		    size_t queue_max, const struct tlsio_ops *, void *arg);
struct tlsio	*tlsio_accept(struct tls *server, int fd, size_t queue_max,
		    const struct tlsio_ops *, void *arg);

/*
 * Queue bytes.  0, or -1 when the connection is not open or would have more
 * than queue_max waiting; then it ends and closed will tell.
 */
int		 tlsio_write(struct tlsio *, const void *, size_t);

/*
 * Send what is queued, then close; nothing is read any more.  closed comes
 * with the reason given here, after TLSIO_CLOSE_MS at the latest.
 */
void		 tlsio_close(struct tlsio *, const char *reason);

/* Drop the connection and forget it; NULL is nothing. */
void		 tlsio_free(struct tlsio *);

/* End it when nothing was received for so long; 0: never. */
void		 tlsio_set_idle(struct tlsio *, uint64_t ms);

/* End it in so long whatever happens; 0: never. */
void		 tlsio_set_deadline(struct tlsio *, uint64_t ms,
		    const char *reason);

/* Stop and resume reading; time limits go on. */
void		 tlsio_pause(struct tlsio *);
void		 tlsio_resume(struct tlsio *);

/* The protocol agreed on, "" for none; lives as long as the connection. */
const char	*tlsio_protocol(const struct tlsio *);

/* SHA-256 of the other side's certificate (DER).  0 or -1. */
int		 tlsio_peer_hash(const struct tlsio *, uint8_t hash[32]);

/* Bytes inside TLS so far, and waiting to be sent. */
uint64_t	 tlsio_rx(const struct tlsio *);
uint64_t	 tlsio_tx(const struct tlsio *);
size_t		 tlsio_queued(const struct tlsio *);

/*
 * Before the sandbox: one complete connection with itself, so that the
 * library has loaded, opened and drawn all it ever will.  0 or -1 with
 * *errstr.
 */
int		 tlsio_warm_up(const char **errstr);

#endif /* TLSIO_TLSIO_H */
