#
# Copyright (c) 2026 The Enclave authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
#

# The results of paths.sh for people. Runs after pathstats.awk.

END {
	for (i = 1; i <= heads; i++)
		printf "%-14s%s\n", head_name[i], head_value[i]
	printf "\n%-44s%8s%8s%8s%8s%8s%8s\n", "", "least", "p50", "p99",
	    "most", "times", "failed"
	for (i = 1; i <= figs; i++) {
		f = fig[i]
		if (!(n[f] + failed[f]))
			continue
		printf "%-44s%8s%8s%8s%8s%8d%8d\n", label[f] \
		    (unit[f] == "" ? "" : ", " unit[f]),
		    short(rank(f, 0)), short(rank(f, 50)),
		    short(rank(f, 99)), short(rank(f, 100)),
		    n[f] + failed[f], failed[f]
	}
	printf "\n%-44s%8s%14s%10s\n", "goals", "rank", "goal", "here"
	for (i = 1; i <= goals; i++) {
		f = goal_figure[i]
		v = rank(f, goal_rank[i])
		printf "%-44s%8s%4s%10s%10s  %s\n", label[f] \
		    (unit[f] == "" ? "" : ", " unit[f]), "p" goal_rank[i],
		    goal_sign[i], goal_bound[i], short(v),
		    v == "" ? "not measured" : \
		    reached(i) ? "reached" : "NOT REACHED"
	}
}
