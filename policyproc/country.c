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
 * Countries of the addresses that systems connect from, by a database that
 * the parent hands over as memory.  One that cannot be read is as good as
 * none: then no country is known, and what asks for one is not met.
 */

#include <sys/types.h>
#include <sys/mman.h>

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "policyproc/policyproc.h"

void
country_find(struct env *env, struct system *s)
{
	memset(s->facts.country, 0, sizeof(s->facts.country));
	if (env->geo != NULL)
		geo_country(env->geo, &s->facts.address, s->facts.country);
}

/* The database is another: so may countries be. */
static void
look_again(struct env *env)
{
	char		 before[sizeof(((struct trust_facts *)0)->country)];
	struct system	*s;

	RB_FOREACH(s, system_tree, &env->systems) {
		memcpy(before, s->facts.country, sizeof(before));
		country_find(env, s);
		if (memcmp(before, s->facts.country, sizeof(before)) != 0)
			trust_changed(env, s);
	}
	push_run(env);
}

static void
let_go(struct env *env)
{
	geo_close(env->geo);
	env->geo = NULL;
	if (env->geo_data != NULL)
		munmap(env->geo_data, env->geo_len);
	env->geo_data = NULL;
}

/* How old it is, as its maker says. */
static unsigned long long
days_old(const struct env *env)
{
	uint64_t	 now = clock_wall_sec(), made = geo_made(env->geo);

	return made < now ? (now - made) / 86400 : 0;
}

void
geo_set(void *arg, struct chan *c, const void *data, int fd)
{
	const struct msg_geo	*m = data;
	struct env		*env = arg;
	const char		*why;

	(void)c;
	let_go(env);
	if (m->size == 0 || m->size > GEO_SIZE_MAX)
		fatalx("database of countries: not a size");
	env->geo_len = m->size;
	env->geo_data = mmap(NULL, m->size, PROT_READ, MAP_SHARED, fd, 0);
	if (env->geo_data == MAP_FAILED)
		fatal("database of countries");
	close(fd);
	if ((env->geo = geo_open(env->geo_data, env->geo_len, &why)) == NULL) {
		log_warnx("the geo database cannot be used: %s; requirements "
		    "that name countries are not met", why);
		let_go(env);
	} else
		log_info("countries are known from a database that is %llu "
		    "days old", days_old(env));
	look_again(env);
}

void
geo_unset(void *arg, struct chan *c, const void *data, int fd)
{
	struct env	*env = arg;

	(void)c;
	(void)data;
	(void)fd;
	let_go(env);
	look_again(env);
}
