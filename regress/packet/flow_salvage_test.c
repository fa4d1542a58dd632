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
 * Flows taken over from the memory of a process that has ended.
 */

#include <atf-c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "packet/flow_store.h"
#include "regress/packet/world.h"

#define FLOWS	64

/* A second table that salvages what the first one left in its memory. */
static uint32_t
succeed(struct world *old, struct world *new)
{
	world_init(new, FLOWS, NULL);
	new->now = old->now;
	memcpy(new->acl, old->acl, sizeof(new->acl));
	new->nacl = old->nacl;
	return flow_salvage(new->table, old->mem, flow_table_size(FLOWS),
	    FLOWS, new->now);
}

ATF_TC_WITHOUT_HEAD(live_flows_of_both_origins_go_on);
ATF_TC_BODY(live_flows_of_both_origins_go_on, tc)
{
	struct world	 old, new;

	world_init(&old, FLOWS, "tcp/80");
	establish(&old, 1, 4000, 443);
	establish(&old, 0, 80, 5000);
	ATF_REQUIRE_EQ(send_udp(&old, 1, 6000, 53), FLOW_PASS_NEW);
	ATF_REQUIRE_EQ(succeed(&old, &new), 3);
	ATF_CHECK_EQ(send_tcp(&new, 0, 4000, 443, ACK),
	    FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_tcp(&new, 0, 80, 5000, ACK),
	    FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_udp(&new, 0, 6000, 53), FLOW_PASS_ESTABLISHED);
	ATF_CHECK_EQ(send_tcp(&new, 0, 80, 5001, ACK), FLOW_DROP_STATE);
	world_free(&old);
	world_free(&new);
}

ATF_TC_WITHOUT_HEAD(origin_is_kept_so_that_amended_rules_still_hold);
ATF_TC_BODY(origin_is_kept_so_that_amended_rules_still_hold, tc)
{
	struct world	 old, new;

	world_init(&old, FLOWS, "tcp/80");
	establish(&old, 1, 4000, 443);
	establish(&old, 0, 80, 5000);
	ATF_REQUIRE_EQ(succeed(&old, &new), 2);
	ATF_CHECK_EQ(flow_recheck(new.table, PEER, NULL, 0), 1);
	ATF_CHECK_EQ(send_tcp(&new, 0, 4000, 443, ACK),
	    FLOW_PASS_ESTABLISHED);
	world_free(&old);
	world_free(&new);
}

ATF_TC_WITHOUT_HEAD(time_outs_run_on);
ATF_TC_BODY(time_outs_run_on, tc)
{
	struct world	 old, new;

	world_init(&old, FLOWS, NULL);
	ATF_REQUIRE_EQ(send_udp(&old, 1, 6000, 53), FLOW_PASS_NEW);
	old.now += 20 * SECOND;
	ATF_REQUIRE_EQ(succeed(&old, &new), 1);
	new.now += 11 * SECOND;
	ATF_CHECK(!flow_verdict_passes(send_udp(&new, 0, 6000, 53)));
	world_free(&old);
	world_free(&new);
}

ATF_TC_WITHOUT_HEAD(zeroes_are_an_empty_table);
ATF_TC_BODY(zeroes_are_an_empty_table, tc)
{
	struct world	 old, new;

	world_init(&old, FLOWS, NULL);
	memset(old.mem, 0, flow_table_size(FLOWS));
	ATF_CHECK_EQ(succeed(&old, &new), 0);
	ATF_CHECK_EQ(flow_get_stats(new.table)->live, 0);
	world_free(&old);
	world_free(&new);
}

ATF_TC_WITHOUT_HEAD(any_bytes_leave_a_sound_table);
ATF_TC_BODY(any_bytes_leave_a_sound_table, tc)
{
	struct world	 old, new;
	uint32_t	 seed = 12345;
	size_t		 i, k, size = flow_table_size(FLOWS);

	for (i = 0; i < 2000; i++) {
		world_init(&old, FLOWS, "tcp/80");
		establish(&old, 1, 4000, 443);
		establish(&old, 0, 80, 5000);
		/* All random, or a sound table with some bytes changed. */
		for (k = 0; k < (i % 2 ? size : 40); k++) {
			seed = seed * 1103515245 + 12345;
			((uint8_t *)old.mem)[i % 2 ? k : seed % size] =
			    (uint8_t)(seed >> 16);
		}
		succeed(&old, &new);
		ATF_REQUIRE(flow_get_stats(new.table)->live <= FLOWS);
		establish(&new, 1, 4001, 443);
		flow_expire(new.table, new.now + 48 * 3600 * SECOND);
		ATF_REQUIRE_EQ(flow_get_stats(new.table)->live, 0);
		world_free(&old);
		world_free(&new);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, live_flows_of_both_origins_go_on);
	ATF_TP_ADD_TC(tp, origin_is_kept_so_that_amended_rules_still_hold);
	ATF_TP_ADD_TC(tp, time_outs_run_on);
	ATF_TP_ADD_TC(tp, zeroes_are_an_empty_table);
	ATF_TP_ADD_TC(tp, any_bytes_leave_a_sound_table);
	return atf_no_error();
}
