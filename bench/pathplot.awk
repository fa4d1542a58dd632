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

# The results of paths.sh as a picture: a row for each figure in milliseconds
# with a dot for each repetition, a line at p50 and, in red, the goal, on one
# logarithmic axis. Runs after pathstats.awk; what it prints is SVG.

function escape(s)
{
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	return s
}

function text(x, y, class, s)
{
	printf "<text x=\"%.1f\" y=\"%d\" class=\"%s\">%s</text>\n", x, y,
	    class, escape(s)
}

function across(v)
{
	if (v < LEAST)
		v = LEAST
	return LEFT + log(v / LEAST) / log(MOST / LEAST) * (RIGHT - LEFT)
}

function upright(v, y, class)
{
	printf "<path d=\"M%.1f %dv%d\" class=\"%s\"/>\n", across(v), y - 8,
	    16, class
}

function row(f, y,    i, mark)
{
	text(LEFT - 10, y + 4, "name", label[f])
	for (i = 1; i <= n[f]; i++)
		printf "<circle cx=\"%.1f\" cy=\"%d\" r=\"3.5\"/>\n",
		    across(seen[f, i]), y
	mark = rank(f, 50)
	if (mark != "" && mark != "failed")
		upright(mark, y, "median")
	for (i = 1; i <= goals; i++)
		if (goal_figure[i] == f)
			upright(goal_bound[i], y, "goal")
	text(RIGHT + 10, y + 4, "value", short(mark) " / " \
	    short(rank(f, 99)) (failed[f] ? ", failed " failed[f] : ""))
}

END {
	LEAST = 10
	MOST = 50000
	LEFT = 250
	RIGHT = 800
	top = 60 + heads * 15
	for (i = 1; i <= figs; i++)
		if (unit[fig[i]] == "ms" && n[fig[i]] + failed[fig[i]] && \
		    fig[i] !~ /^alone/)
			shown[++rows] = fig[i]
	tall = top + rows * 26 + 30
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" " \
	    "height=\"%d\" viewBox=\"0 0 960 %d\">\n", tall, tall
	print "<style>text { font: 12px sans-serif; fill: #222 } " \
	    ".name { text-anchor: end } .tick { text-anchor: middle; " \
	    "fill: #555 } .head { font-size: 11px; fill: #555 } " \
	    "circle { fill: #1b7f5c; fill-opacity: .45 } " \
	    ".median { stroke: #222; stroke-width: 2 } " \
	    ".goal { stroke: #c0392b; stroke-width: 2 } " \
	    ".grid { stroke: #ddd }</style>"
	print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
	for (i = 1; i <= heads; i++)
		text(16, 10 + i * 15, "head",
		    head_name[i] ": " head_value[i])
	text(RIGHT + 10, top - 14, "value", "p50 / p99, ms")
	for (v = LEAST; v < MOST; v *= 10) {
		printf "<path d=\"M%.1f %dV%d\" class=\"grid\"/>\n",
		    across(v), top, tall - 22
		text(across(v), tall - 8, "tick", v " ms")
	}
	for (i = 1; i <= rows; i++)
		row(shown[i], top + i * 26 - 8)
	print "</svg>"
}
