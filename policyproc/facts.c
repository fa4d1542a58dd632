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
 * What systems say of themselves, with a signature that authproc has
 * verified, and the address that tlsproc sees.  A system can still lie: what
 * is said here is as good as the system is.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "packet/siphash.h"
#include "policy/facts.h"
#include "policyproc/policyproc.h"

void
facts_address(struct env *env, struct system *s, const struct endpoint *from)
{
	s->facts.address = *from;
	country_find(env, s);
	trust_changed(env, s);
}

/* Everything it has said before is replaced. */
static void
facts_take(struct system *s, const struct facts *in)
{
	struct endpoint		 address = s->facts.address;
	char			 country[sizeof(s->facts.country)];
	struct trust_fact	*factv = NULL;
	size_t			 n = in->facts.nfacts;

	if (n != 0 && (factv = calloc(n, sizeof(*factv))) == NULL)
		fatal("facts of system %s", s->name);
	if (n != 0)
		memcpy(factv, in->fact, n * sizeof(*factv));
	free(s->factv);
	memcpy(country, s->facts.country, sizeof(country));
	s->facts = in->facts;
	s->facts.address = address;
	memcpy(s->facts.country, country, sizeof(country));
	s->facts.facts = s->factv = factv;
}

static uint64_t
digest(const char *text)
{
	static const uint8_t	 key[SIPHASH_KEY_LENGTH];

	return siphash24(key, text, strlen(text));
}

/* What is new is kept over a restart of this process. */
static void
facts_keep(struct env *env, struct system *s, const char *text)
{
	struct msg_facts_keep	 m;
	uint64_t		 d = digest(text);

	s->told = 1;
	if (s->kept == d)
		return;
	memset(&m, 0, sizeof(m));
	m.system = s->id;
	strlcpy(m.text, text, sizeof(m.text));
	if (msg_send_facts_keep(proc_peer(&env->proc, ROLE_STORE), &m,
	    -1) == 0)
		s->kept = d;
}

void
facts_model(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_model_facts	*m = data;
	struct env			*env = arg;
	struct system			*s = model_find(env, m->system);
	struct facts			 in;
	const char			*why;

	(void)fd;
	if (s == NULL)
		return;
	if (facts_parse(m->text, &in, &why) == -1) {
		proc_violation(&env->proc, c, MSG_MODEL_FACTS, why);
		return;
	}
	s->kept = digest(m->text);
	/* What it has said to us, and where it is now, is newer. */
	if (!s->told)
		facts_take(s, &in);
	if (s->facts.address.family == 0) {
		s->facts.address = m->source;
		country_find(env, s);
	}
	trust_changed(env, s);
	push_run(env);
}

void
facts_told(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_system_facts	*m = data;
	struct env			*env = arg;
	struct link			*l;
	struct facts			 in;
	const char			*why;

	(void)c;
	(void)fd;
	/* It may have ended, or been refused, since. */
	if ((l = link_find(env, m->conn)) == NULL)
		return;
	if (facts_parse(m->text, &in, &why) == -1) {
		log_debug("facts of system %s: %s", l->system->name, why);
		link_refuse(env, l, "facts: not as they should be");
		push_run(env);
		return;
	}
	facts_take(l->system, &in);
	facts_keep(env, l->system, m->text);
	trust_changed(env, l->system);
	push_run(env);
}
