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
 * The processes of the relay, and who may talk to whom.
 */

#include <sys/types.h>
#include <sys/resource.h>

#include "relayd/relayd.h"

#define FILES_LINK	32
#define FILES_BASE	64
#define FILES_STRANGERS	4096	/* clients without a code */
#define FILES_PIPES	8192	/* for bytes that must wait */

static struct parent_child_desc children[] = {
	/* role, instances, program, user, state, files, locked memory */
	{ ROLE_LINK, 1, "linkproc", "_enclave_link", NULL, FILES_LINK, 0 },
	{ ROLE_SPLICE, 0, "spliceproc", "_enclave_splice", NULL, 0, 0 },
};

static const struct parent_edge edges[] = {
	{ ROLE_LINK, ROLE_SPLICE },	/* codes, load */
};

static const struct parent_desc desc = {
	.name = "enclave-relayd",
	.children = children,
	.nchildren = sizeof(children) / sizeof(children[0]),
	.edges = edges,
	.nedges = sizeof(edges) / sizeof(edges[0]),
	.setup = provide_setup,
	.reload = relayd_reload,
};

/*
 * What a spliceproc wants is more than most systems give to begin with.  It
 * makes do with less, and says so.
 */
static uint64_t
files_of(const struct relayd_conf *conf)
{
	uint64_t	 want = FILES_BASE + 2 * (uint64_t)conf->pairs;
	struct rlimit	 rl;

	want += FILES_STRANGERS + FILES_PIPES;
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1 || rl.rlim_max >= want)
		return want;
	rl.rlim_max = want;
	if (setrlimit(RLIMIT_NOFILE, &rl) == 0 ||
	    getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return want;
	return rl.rlim_max;
}

const struct parent_desc *
relayd_table(const struct relayd_conf *conf)
{
	children[1].files = files_of(conf);
	return &desc;
}
