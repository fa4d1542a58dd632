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
 * What oidcproc says of users.  Nobody is asked to sign in yet, so that
 * nothing of it is expected.
 */

#include <sys/types.h>

#include "policyproc/policyproc.h"

static void
unasked(void *arg, struct chan *c, uint32_t type)
{
	struct env	*env = arg;

	proc_violation(&env->proc, c, type, "of a sign-in that nobody began");
}

void
signin_code(void *arg, struct chan *c, const void *data, int fd)
{
	(void)data;
	(void)fd;
	unasked(arg, c, MSG_OIDC_CODE);
}

void
signin_done(void *arg, struct chan *c, const void *data, int fd)
{
	(void)data;
	(void)fd;
	unasked(arg, c, MSG_OIDC_SIGNED_IN);
}

void
signin_failed(void *arg, struct chan *c, const void *data, int fd)
{
	(void)data;
	(void)fd;
	unasked(arg, c, MSG_OIDC_FAILED);
}
