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

# Reads what bench.sh noted, with tabs between the fields: first the head (name,
# value), then the columns (name, state, text), then the samples (round, column,
# figure, value). Gives the file after it on the command line these:
#
#   heads, head_name[i], head_value[i]
#   cols, col[i], state[column], about[column]
#   figs, fig[i], label[figure], unit[figure], better[figure]: "more" or "less"
#   n[column, figure], med[...], low[...], high[...]; n is 0 without a sample
#   sample[i], samples: the lines as they were
#   ours[1..our]: the columns that are this tree's; best(figure): best other
#   goals, goal_figure[i], goal_ours[i], goal_ref[i] ("" for an absolute goal),
#   goal_sign[i], goal_bound[i], and goal_value(i): "" if it cannot be told

function figure(name, sense, u, text)
{
	fig[++figs] = name
	better[name] = sense
	unit[name] = u
	label[name] = text
}

function goal(name, mine, ref, sign, bound)
{
	goal_figure[++goals] = name
	goal_ours[goals] = mine
	goal_ref[goals] = ref
	goal_sign[goals] = sign
	goal_bound[goals] = bound
}

function tcp_goals(mine, ref, bound)
{
	goal("tcp1_out", mine, ref, ">=", bound)
	goal("tcp1_in", mine, ref, ">=", bound)
	goal("tcp4_out", mine, ref, ">=", bound)
	goal("tcp4_in", mine, ref, ">=", bound)
}

function cpu_goals(mine, ref, bound)
{
	goal("cpu1", mine, ref, "<=", bound)
	goal("cpu4", mine, ref, "<=", bound)
}

function set_goals()
{
	tcp_goals("enclave-aes", "wireguard-go", 10)
	tcp_goals("enclave-aes", "wireguard-go-new", 2.3)
	tcp_goals("enclave-aes", "best other", 1.3)
	tcp_goals("enclave-chacha", "wireguard-go-new", 1.5)
	cpu_goals("enclave-aes", "wireguard-go-new", 0.4)
	cpu_goals("enclave-aes", "wireguard-go", 0.1)
	goal("udp64_peak", "enclave", "wireguard-go", ">=", 3)
	goal("udp64_peak", "enclave", "nebula", ">=", 1.3)
	goal("rtt_p50", "enclave", "fastd", "<=", 1)
	goal("many_idle", "enclave", "", "<=", 0.1)
	goal("many_rss", "enclave", "", "<=", 40)
}

function is_tunnel(c)
{
	return c != "raw" && state[c] == "ok"
}

function is_ours(c)
{
	return c ~ /^enclave/
}

# The column with the best median among the tunnels of others, or "".
function best(f,    i, c, b)
{
	b = ""
	for (i = 1; i <= cols; i++) {
		c = col[i]
		if (!is_tunnel(c) || is_ours(c) || !n[c, f])
			continue
		if (b == "" || (better[f] == "more" && med[c, f] > med[b, f]) ||
		    (better[f] == "less" && med[c, f] < med[b, f]))
			b = c
	}
	return b
}

# A goal of the agent whatever its suite is about the first of our columns that
# has the figure.
function goal_column(i,    k)
{
	if (goal_ours[i] != "enclave")
		return goal_ours[i]
	for (k = 1; k < our && !n[ours[k], goal_figure[i]]; k++)
		continue
	return ours[k]
}

function goal_against(i)
{
	return goal_ref[i] == "best other" ? best(goal_figure[i]) : goal_ref[i]
}

function goal_value(i,    f, mine, ref)
{
	f = goal_figure[i]
	mine = goal_column(i)
	if (mine == "" || !n[mine, f])
		return ""
	if (goal_ref[i] == "")
		return med[mine, f]
	ref = goal_against(i)
	if (ref == "" || !n[ref, f] || med[ref, f] == 0)
		return ""
	return med[mine, f] / med[ref, f]
}

function goal_reached(i,    v)
{
	v = goal_value(i)
	return goal_sign[i] == ">=" ? v >= goal_bound[i] : v <= goal_bound[i]
}

# Median, least and greatest of the samples of one column and figure.
function condense(c, f,    i, j, k, v, t)
{
	k = n[c, f] + 0
	if (k == 0)
		return
	for (i = 1; i <= k; i++)
		v[i] = value[c, f, i]
	for (i = 2; i <= k; i++)
		for (j = i; j > 1 && v[j - 1] > v[j]; j--) {
			t = v[j]
			v[j] = v[j - 1]
			v[j - 1] = t
		}
	low[c, f] = v[1]
	high[c, f] = v[k]
	med[c, f] = k % 2 ? v[(k + 1) / 2] : (v[k / 2] + v[k / 2 + 1]) / 2
}

# What the tunnel adds to the bare path.
function add_added(    i, c)
{
	for (i = 1; i <= cols; i++) {
		c = col[i]
		if (!is_tunnel(c) || !n[c, "rtt_p50"] || !n["raw", "rtt_p50"])
			continue
		n[c, "rtt_added"] = 1
		med[c, "rtt_added"] = med[c, "rtt_p50"] - med["raw", "rtt_p50"]
		low[c, "rtt_added"] = high[c, "rtt_added"] = med[c, "rtt_added"]
	}
}

# Three digits that count.
function short(v)
{
	if (v < 0)
		return "-" short(-v)
	return sprintf(v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : \
	    v >= 1 ? "%.2f" : "%.3f", v)
}

BEGIN {
	figure("tcp1_out", "more", "Gbit/s", "TCP, 1 stream, out")
	figure("tcp1_in", "more", "Gbit/s", "TCP, 1 stream, in")
	figure("tcp4_out", "more", "Gbit/s", "TCP, 4 streams, out")
	figure("tcp4_in", "more", "Gbit/s", "TCP, 4 streams, in")
	figure("cpu1", "less", "s/GiB", "CPU, 1 stream")
	figure("cpu4", "less", "s/GiB", "CPU, 4 streams")
	figure("udp64_peak", "more", "k/s", "UDP 64 bytes, peak")
	figure("udp64_clean", "more", "k/s", "UDP 64 bytes, loss < 1 %")
	figure("udp64_flood", "more", "k/s", "UDP 64 bytes, flood")
	figure("udp1200_peak", "more", "k/s", "UDP 1,200 bytes, peak")
	figure("udp1200_clean", "more", "k/s", "UDP 1,200 bytes, loss < 1 %")
	figure("udp1200_flood", "more", "k/s", "UDP 1,200 bytes, flood")
	figure("rtt_p50", "less", "us", "round trip p50")
	figure("rtt_p99", "less", "us", "round trip p99")
	figure("rtt_added", "less", "us", "p50 beyond the bare path")
	figure("rtt_lost", "less", "", "round trips lost")
	figure("rss", "less", "MiB", "resident memory of a host")
	figure("pss", "less", "MiB", "shared pages once")
	figure("idle", "less", "%", "idle CPU of a host")
	figure("start", "less", "ms", "start to first packet")
	figure("many_rss", "less", "MiB", "resident memory, @ peers")
	figure("many_pss", "less", "MiB", "shared pages once, @ peers")
	figure("many_idle", "less", "%", "idle CPU, @ peers")
	set_goals()
}

FNR == 1 {
	file++
}

file == 1 {
	head_name[++heads] = $1
	head_value[heads] = $2
	if ($1 == "peers")
		for (stats_i = 1; stats_i <= figs; stats_i++)
			sub(/@/, $2, label[fig[stats_i]])
}

# The state that a column had once stays: ok is stronger than failed.
file == 2 {
	if (!($1 in state)) {
		col[++cols] = $1
		if (is_ours($1))
			ours[++our] = $1
	}
	if (!($1 in state) || $2 == "ok") {
		state[$1] = $2
		about[$1] = $3
	}
}

file == 3 {
	sample[++samples] = $0
	value[$2, $3, ++n[$2, $3]] = $4 + 0
}

END {
	for (stats_i = 1; stats_i <= cols; stats_i++)
		for (stats_j = 1; stats_j <= figs; stats_j++)
			condense(col[stats_i], fig[stats_j])
	add_added()
}
