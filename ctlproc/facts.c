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
 * What the parent says of this system, on its way to discovery: signed by
 * cryptoproc for this one connection, with a number that only grows, and sent
 * when it is another than what was sent last, once a second at most.  And
 * what discovery says back: which requirements we do not meet.
 */

#include <sys/types.h>

#include <string.h>

#include "base/clock.h"
#include "ctlproc/ctl.h"

#define LOST_MS	5000	/* a signature takes less */

/* Have it signed, if discovery does not know it yet. */
void
facts_push(struct env *env, uint64_t now)
{
	struct facts		*f = &env->facts;
	struct msg_sign_facts	 m;

	/* cryptoproc may have ended over it. */
	if (f->sign_id != 0 && now - f->asked_ms >= LOST_MS)
		f->told = 0;
	if (env->link.state != LINK_UP || !env->self.enrolled ||
	    f->text[0] == '\0' || f->told ||
	    (f->asked_ms != 0 && now - f->asked_ms < CTL_FACTS_MS))
		return;
	memset(&m, 0, sizeof(m));
	/* Signatures that no one waits for any more are of other numbers. */
	f->serial = (f->serial + 1) & (CTL_FACTS_ID - 1);
	m.id = f->sign_id = CTL_FACTS_ID | f->serial;
	m.number = f->number = f->number + 1;
	memcpy(m.nonce, env->challenge.nonce, sizeof(m.nonce));
	memcpy(m.server_hash, env->challenge.server_hash,
	    sizeof(m.server_hash));
	strlcpy(m.system, env->self.system, sizeof(m.system));
	memcpy(m.text, f->text, sizeof(m.text));
	if (msg_send_sign_facts(proc_peer(&env->proc, ROLE_CRYPTO), &m, -1) ==
	    -1)
		return;
	f->asked_ms = now;
	f->told = 1;
	memcpy(f->signing, f->text, sizeof(f->signing));
}

int
facts_signed(struct env *env, const struct msg_signature *sig)
{
	struct facts		*f = &env->facts;
	struct msg_link_facts	 m;

	if (f->sign_id == 0 || sig->id != f->sign_id)
		return 0;
	f->sign_id = 0;
	if (env->link.state != LINK_UP)
		return 1;
	memset(&m, 0, sizeof(m));
	m.number = f->number;
	memcpy(m.signature, sig->signature, sizeof(m.signature));
	memcpy(m.text, f->signing, sizeof(m.text));
	msg_send_link_facts(proc_peer(&env->proc, ROLE_LINK), &m, -1);
	return 1;
}

/* A new connection has a challenge of its own. */
void
facts_forget(struct env *env)
{
	env->facts.told = 0;
	env->facts.sign_id = 0;
	env->facts.number = 0;
	env->facts.asked_ms = 0;
}

void
on_facts(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_facts	*m = data;
	struct env		*env = arg;

	(void)c;
	(void)fd;
	if (strcmp(m->text, env->facts.text) == 0)
		return;
	memcpy(env->facts.text, m->text, sizeof(env->facts.text));
	env->facts.told = 0;
	facts_push(env, clock_mono_ms());
}

void
on_link_trust(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_link_trust	*m = data;
	struct env			*env = arg;

	(void)c;
	(void)fd;
	env->unmet = m->unmet;
}
