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
 * The times and numbers that the protocol keeps to, as the paper has them.
 * A file of its own, so that a test can be linked with shorter ones; no
 * program that is installed has others.
 */

#include "noise/wg.h"

const struct wg_limits wg_limits = {
	.rekey_after = WG_REKEY_AFTER_TIME_MS,
	.reject_after = WG_REJECT_AFTER_TIME_MS,
	.attempt = WG_REKEY_ATTEMPT_TIME_MS,
	.retry = WG_REKEY_TIMEOUT_MS,
	.keepalive = WG_KEEPALIVE_TIMEOUT_MS,
	.rekey_messages = WG_REKEY_AFTER_MESSAGES,
	.reject_messages = WG_REJECT_AFTER_MESSAGES,
};
