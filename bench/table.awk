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

# The results for people: medians, ratios, goals. Runs after stats.awk.

function width(c)
{
	return length(c) < 8 ? 10 : length(c) + 2
}

function heading(first, skip,    i)
{
	printf "%-46s", first
	for (i = 1; i <= cols; i++)
		if (col[i] != skip)
			printf "%*s", width(col[i]), col[i]
	print ""
}

function cell(c, text)
{
	printf "%*s", width(c), text
}

function medians(    i, j, c, f)
{
	heading("medians", "")
	for (j = 1; j <= figs; j++) {
		f = fig[j]
		for (i = 1; i <= cols && !n[col[i], f]; i++)
			continue
		if (i > cols)
			continue
		printf "%-46s", label[f] (unit[f] == "" ? "" : ", " unit[f])
		for (i = 1; i <= cols; i++) {
			c = col[i]
			cell(c, n[c, f] ? short(med[c, f]) : \
			    state[c] == "ok" ? "-" : state[c])
		}
		print ""
	}
}

function is_alone(mine, f,    i)
{
	for (i = 1; i <= cols; i++)
		if (col[i] != mine && n[col[i], f])
			return 0
	return 1
}

function ratios(mine,    i, j, c, f)
{
	heading(mine " divided by", mine)
	for (j = 1; j <= figs; j++) {
		f = fig[j]
		if (!n[mine, f] || f == "rtt_lost" || is_alone(mine, f))
			continue
		printf "%-46s", label[f] " (" better[f] " is better)"
		for (i = 1; i <= cols; i++) {
			c = col[i]
			if (c == mine)
				continue
			cell(c, n[c, f] && med[c, f] > 0 ? \
			    short(med[mine, f] / med[c, f]) : \
			    state[c] == "ok" ? "-" : state[c])
		}
		print ""
	}
}

function why_not(i,    mine, ref)
{
	mine = goal_column(i)
	ref = goal_against(i)
	if (mine == "" || !n[mine, goal_figure[i]])
		return (mine == "" ? "enclave" : mine) " " \
		    (mine in state && state[mine] != "ok" ? state[mine] : \
		    "not measured")
	return (ref == "" ? goal_ref[i] : ref) " " \
	    (ref in state && state[ref] != "ok" ? state[ref] : "not measured")
}

function print_goal(i,    v, ref)
{
	v = goal_value(i)
	ref = goal_against(i)
	if (goal_ref[i] == "best other")
		ref = "best other" (ref == "" ? "" : " (" ref ")")
	if (ref == "")
		ref = "itself, " unit[goal_figure[i]]
	printf "%-28s%-16s%-30s%2s%6s%10s  %s\n", label[goal_figure[i]],
	    goal_column(i) == "" ? goal_ours[i] : goal_column(i), ref,
	    goal_sign[i], goal_bound[i], v == "" ? "-" : short(v),
	    v == "" ? why_not(i) : goal_reached(i) ? "reached" : "NOT REACHED"
}

END {
	for (i = 1; i <= heads; i++)
		printf "%-14s%s\n", head_name[i], head_value[i]
	print ""
	for (i = 1; i <= cols; i++)
		printf "%-18s%s%s\n", col[i], state[col[i]] == "ok" ? "" : \
		    state[col[i]] ": ", about[col[i]]
	print ""
	medians()
	for (k = 1; k <= our; k++) {
		if (state[ours[k]] != "ok" || cols == 1)
			continue
		print ""
		ratios(ours[k])
	}
	print ""
	printf "%-28s%-16s%-30s%8s%10s\n", "goals", "of", "against", "goal",
	    "here"
	for (i = 1; i <= goals; i++)
		print_goal(i)
}
