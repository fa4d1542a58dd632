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
 * Hostile datagrams for the STUN parser, the Binding server and the check
 * list.  The input is tried as it is, and as the attributes of a request and
 * of an answer that are authentic, so that what lies behind the integrity
 * check is reached too.
 */

#include <sys/types.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ice/ice.h"
#include "stun/stun.h"

#define FUZZ_BODY_MAX	400

int	 LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct ice_credentials	local = {
	"aaaa", "0123456789abcdef012345"
};
static const struct ice_credentials	remote = {
	"bbbb", "543210fedcba9876543210"
};
static struct ice			ice;

static void
must_be_good(const uint8_t *pkt, size_t len)
{
	struct stun_msg	 m;

	/* Whatever we send must be good. */
	if (stun_parse(&m, pkt, len) != STUN_OK ||
	    !(m.have & STUN_HAVE_FINGERPRINT))
		abort();
}

static void
fuzz_send(void *arg, enum ice_via via, const struct endpoint *to,
    const uint8_t *pkt, size_t len, unsigned int ttl)
{
	(void)arg;
	(void)to;
	(void)ttl;
	if (via != ICE_VIA_UDP)
		abort();
	must_be_good(pkt, len);
}

static void
fuzz_selected(void *arg, const struct ice_path *path)
{
	(void)arg;
	if (path->remote.family == 0)
		abort();
}

static void
fuzz_lost(void *arg)
{
	(void)arg;
}

static const struct ice_ops	ops = {
	.send = fuzz_send,
	.selected = fuzz_selected,
	.lost = fuzz_lost,
};

static void
fuzz_setup(void)
{
	static const uint8_t	 seed[ICE_SEED_LEN];
	struct ice_candidate	 c;

	if (ice_init(&ice, &ops, NULL, ICE_CONTROLLED, 7, &local, &remote,
	    seed) == -1)
		abort();
	memset(&c, 0, sizeof(c));
	c.type = ICE_PUBLIC;
	c.transport = ICE_UDP;
	(void)endpoint_parse(&c.ep, "192.0.2.1", 1);
	(void)ice_add_remote(&ice, &c);
	ice_start(&ice, 1000);
}

static void
fuzz_input(const uint8_t *pkt, size_t len)
{
	struct endpoint	 from, self;
	struct stun_msg	 m;
	uint8_t		 out[STUN_MESSAGE_MAX];
	ssize_t		 n;

	(void)endpoint_parse(&from, "192.0.2.1", 1);
	(void)endpoint_parse(&self, "192.0.2.2", 2);
	n = stun_server_answer(pkt, len, &from, out, sizeof(out));
	if (n > 0)
		must_be_good(out, (size_t)n);
	if (stun_parse(&m, pkt, len) != STUN_OK)
		return;
	(void)stun_check_integrity_sha1(&m, pkt, len);
	(void)ice_input(&ice, &m, pkt, len, ICE_VIA_UDP, &from, &self,
	    1050);
	(void)ice_tick(&ice, 1100);
	from.port = 3;
	(void)ice_input(&ice, &m, pkt, len, ICE_VIA_UDP, &from, &self,
	    1150);
	(void)ice_tick(&ice, 60000);
}

/* The input as attributes of a message with good credentials. */
static void
fuzz_signed(enum stun_class class, const uint8_t *data, size_t size)
{
	struct stun_builder	 b;
	const char		*key;
	uint8_t			 buf[STUN_MESSAGE_MAX];

	if (size > FUZZ_BODY_MAX)
		size = FUZZ_BODY_MAX;
	size &= ~(size_t)3;
	fuzz_setup();
	stun_build_start(&b, buf, sizeof(buf), class, STUN_BINDING,
	    ice.pairs[0].tx[0].id);
	key = remote.pwd;
	if (class == STUN_REQUEST) {
		stun_build_bytes(&b, STUN_ATTR_USERNAME, "aaaa:bbbb", 9);
		key = local.pwd;
	}
	if (b.failed || size > b.cap - b.len)
		return;
	if (size > 0)
		memcpy(buf + b.len, data, size);
	b.len += size;
	stun_build_integrity_sha256(&b, (const uint8_t *)key, strlen(key));
	stun_build_fingerprint(&b);
	if (stun_build_finish(&b) != -1)
		fuzz_input(buf, b.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_setup();
	fuzz_input(data, size);
	fuzz_signed(STUN_REQUEST, data, size);
	fuzz_signed(STUN_SUCCESS, data, size);
	fuzz_signed(STUN_ERROR, data, size);
	return 0;
}
