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

# Reads what paths.sh noted, with tabs between the fields: first the head (name,
# value), then the samples (figure, turn, value or "failed"). Gives the file
# after it on the command line these, for times in milliseconds:
#
#   heads, head_name[i], head_value[i]
#   figs, fig[i], label[figure], unit[figure]
#   n[f], failed[f], value[f, 1..n]: sorted; seen[f, 1..n]: in their order
#   samples, sample[i]: the lines as they were
#   rank(f, p): the least value that p per cent of all do not exceed
#   goals, goal_figure[i], goal_rank[i], goal_sign[i], goal_bound[i]

function figure(name, u, text)
{
	fig[++figs] = name
	unit[name] = u
	label[name] = text
}

function goal(name, p, sign, bound)
{
	goal_figure[++goals] = name
	goal_rank[goals] = p
	goal_sign[goals] = sign
	goal_bound[goals] = bound
}

# A repetition that failed lies beyond all others.
function rank(f, p,    all, i)
{
	all = n[f] + failed[f]
	if (!all)
		return ""
	i = int(all * p / 100)
	if (i < all * p / 100)
		i++
	if (i < 1)
		i = 1
	return i > n[f] ? "failed" : value[f, i]
}

function reached(i,    v)
{
	v = rank(goal_figure[i], goal_rank[i])
	if (v == "failed" || v == "")
		return 0
	return goal_sign[i] == ">=" ? v >= goal_bound[i] : \
	    v <= goal_bound[i]
}

function place(f, v,    i)
{
	for (i = ++n[f]; i > 1 && value[f, i - 1] > v; i--)
		value[f, i] = value[f, i - 1]
	value[f, i] = v
	seen[f, n[f]] = v
}

function short(v)
{
	return v == "" ? "-" : v == "failed" ? v : \
	    v >= 100 || v == int(v) ? sprintf("%.0f", v) : sprintf("%.2f", v)
}

BEGIN {
	figure("udp", "ms", "introduction to first data, UDP")
	figure("udp_reply", "ms", "command to first reply, UDP")
	figure("tcp", "ms", "introduction to first data, TCP")
	figure("tcp_reply", "ms", "command to first reply, TCP")
	figure("relay", "ms", "introduction to first data, relay")
	figure("relay_reply", "ms", "command to first reply, relay")
	figure("upgrade", "ms", "relay to direct")
	figure("upgrade_lost", "pings", "lost from relay to direct")
	figure("router", "ms", "new address of the router")
	figure("host", "ms", "new network of the host")
	figure("dead", "ms", "relay killed to another")
	figure("alone_pairs", "", "pairs of clients of a relay")
	figure("alone_memory", "MiB", "memory of the relay with them")
	figure("alone_splice", "", "bytes by CPU time, of a bare splice")
	figure("alone_turn", "", "bytes by CPU time, of coturn's")
	figure("alone_codes", "", "bad codes refused")
	figure("alone_codes_rtt", "ms", "worst round trip meanwhile")
	goal("udp", 50, "<=", 150 + 2 * rtt)
	goal("udp", 99, "<=", 1000)
	goal("tcp", 99, "<=", 3000)
	goal("relay", 99, "<=", 2500)
	goal("upgrade", 99, "<=", 30000)
	goal("upgrade_lost", 99, "<=", 3)
	goal("router", 99, "<=", 3000)
	goal("host", 99, "<=", 3000)
	goal("dead", 99, "<=", 5000)
	goal("alone_pairs", 50, ">=", 10000)
	goal("alone_memory", 50, "<=", 100)
	goal("alone_splice", 50, ">=", 0.9)
	goal("alone_turn", 50, ">=", 1)
	goal("alone_codes", 50, ">=", 100000)
}

FILENAME == ARGV[1] {
	head_name[++heads] = $1
	head_value[heads] = $2
	next
}

{
	sample[++samples] = $0
	if ($3 == "failed")
		failed[$1]++
	else
		place($1, $3 + 0)
}
