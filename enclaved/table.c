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
 * The agent's processes, and who may talk to whom.  There is no row between
 * netproc and tunproc, netproc and linkproc, or tunproc and linkproc.
 */

#include "enclaved/enclaved.h"
#include "ring/ring.h"

#define KIB	1024ULL
#define MIB	(1024 * KIB)

static const struct parent_child_desc children[] = {
	/* role, instances, program, user, state, files, locked memory */
	{ ROLE_CRYPTO, 1, "cryptoproc", "_enclave_crypto", NULL, 32,
	    256 * MIB },
	{ ROLE_TUN, 1, "tunproc", "_enclave_tun", NULL, 32, 0 },
	/* Streams and sockets of paths, see NET_STREAMS_MAX. */
	{ ROLE_NET, 1, "netproc", "_enclave_net", NULL, 4096, 0 },
	{ ROLE_CTL, 1, "ctlproc", "_enclave_ctl", "ctl", 64, 0 },
	{ ROLE_LINK, 1, "linkproc", "_enclave_link", NULL, 32, 0 },
};

static const struct parent_edge edges[] = {
	{ ROLE_CTL, ROLE_CRYPTO },	/* peers, signatures */
	{ ROLE_CTL, ROLE_TUN },		/* addresses, routes, rules */
	{ ROLE_CTL, ROLE_NET },		/* introductions, candidates */
	{ ROLE_CTL, ROLE_LINK },	/* discovery */
};

static const struct parent_edge rings[] = {
	{ ROLE_NET, ROLE_CRYPTO },	/* ciphertext */
	{ ROLE_TUN, ROLE_CRYPTO },	/* plaintext */
};

static const struct handler handlers[] = {
	{ MSG_KEYS_STORE, on_keys_store },
	{ MSG_AUTHORITY_STORE, on_authority_store },
	{ MSG_PINS_STORE, on_pins_store },
	{ MSG_TUN_CONFIGURE, on_tun_configure },
	{ MSG_IDENTITY_RESET, on_identity_reset },
};

static void
child_ready(struct parent *pa, struct parent_child *ch)
{
	(void)ch;
	facts_start(pa);
}

const struct parent_desc enclaved_desc = {
	.name = "enclaved",
	.children = children,
	.nchildren = sizeof(children) / sizeof(children[0]),
	.edges = edges,
	.nedges = sizeof(edges) / sizeof(edges[0]),
	.rings = rings,
	.nrings = sizeof(rings) / sizeof(rings[0]),
	.handlers = handlers,
	.nhandlers = sizeof(handlers) / sizeof(handlers[0]),
	.setup = provide_setup,
	.reload = config_reload,
	.ready = child_ready,
};
