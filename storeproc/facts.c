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
 * What systems say of themselves: kept for policyproc's next start, and shown
 * to administrators.  It comes from systems that may lie, in the words that
 * policyproc has read; it is read again here.
 */

#include <sys/types.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "policy/facts.h"
#include "storeproc/storeproc.h"

void
facts_flush(struct env *env)
{
	if (env->nfacts > 0 && db_facts_set(env->db, env->facts,
	    env->nfacts) != DB_OK)
		log_warnx("facts of %zu systems are not kept: %s",
		    env->nfacts, db_errstr(env->db));
	env->nfacts = 0;
}

void
facts_timer(int fd, short event, void *arg)
{
	struct env	*env = arg;

	(void)fd;
	(void)event;
	if (!batch_stalls(env, &env->facts_timer))
		facts_flush(env);
}

/* Where this system's are to be; what waits there of before is replaced. */
static struct db_facts *
facts_slot(struct env *env, int64_t system)
{
	struct timeval	 tv = { STORE_FACTS_SEC, 0 };
	size_t		 i;

	if (env->facts == NULL && (env->facts = calloc(STORE_FACTS_MAX,
	    sizeof(*env->facts))) == NULL)
		fatal("facts");
	for (i = 0; i < env->nfacts; i++)
		if (env->facts[i].system == system)
			return &env->facts[i];
	if (env->nfacts == STORE_FACTS_MAX)
		facts_flush(env);
	if (env->nfacts == 0)
		evtimer_add(&env->facts_timer, &tv);
	return &env->facts[env->nfacts++];
}

void
facts_keep(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_facts_keep	*m = data;
	struct env			*env = arg;
	struct db_facts			*f;
	struct facts			 in;
	const char			*why;

	(void)fd;
	if (facts_parse(m->text, &in, &why) == -1) {
		proc_violation(&env->proc, c, MSG_FACTS_KEEP, why);
		return;
	}
	f = facts_slot(env, m->system);
	memset(f, 0, sizeof(*f));
	f->system = m->system;
	strlcpy(f->text, m->text, sizeof(f->text));
	strlcpy(f->hostname, in.hostname, sizeof(f->hostname));
	/* "debian" says more than "linux", and the version is of that. */
	strlcpy(f->os, in.facts.distribution[0] != '\0' ?
	    in.facts.distribution : in.facts.os, sizeof(f->os));
	strlcpy(f->os_version, in.facts.os_version, sizeof(f->os_version));
	strlcpy(f->agent, in.facts.agent, sizeof(f->agent));
}

void
facts_model_send(struct env *env, int64_t system)
{
	struct msg_model_facts	 m;
	struct db_system	 s;
	struct db_facts		 f;
	enum db_result		 result;

	if (model_chan(env) == NULL)
		return;
	result = db_facts_get(env->db, system, &f);
	if ((result != DB_OK && result != DB_NOTFOUND) ||
	    db_system_get(env->db, system, &s) != DB_OK) {
		log_warnx("database: %s", db_errstr(env->db));
		return;
	}
	if (result == DB_NOTFOUND && s.source[0] == '\0')
		return;
	memset(&m, 0, sizeof(m));
	m.system = (uint32_t)system;
	(void)endpoint_parse(&m.source, s.source, 0);
	strlcpy(m.text, f.text, sizeof(m.text));
	msg_send_model_facts(model_chan(env), &m, -1);
}
