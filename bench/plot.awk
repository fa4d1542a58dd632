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

# The results as a picture: a panel of bars for each figure that matters, two
# panels side by side; a bar is the median, the line in it goes from the least
# to the greatest of the rounds. Runs after stats.awk; what it prints is SVG.

function escape(s)
{
	gsub(/&/, "\\&amp;", s)
	gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s)
	return s
}

function text(x, y, class, s)
{
	printf "<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, class,
	    escape(s)
}

function bar(c, f, x, y, most,    w, b, class)
{
	text(x + NAME - 8, y + 12, "name", c)
	if (!n[c, f]) {
		text(x + NAME, y + 12, "none",
		    state[c] == "ok" ? "-" : state[c])
		return
	}
	w = most > 0 ? med[c, f] / most * BAR : 0
	if (w < 1)
		w = 1
	b = most > 0 ? high[c, f] / most * BAR : 0
	class = is_ours(c) ? "ours" : c == "raw" ? "raw" : "other"
	printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"14\" " \
	    "class=\"%s\"/>\n", x + NAME, y, w, class
	if (n[c, f] > 1)
		printf "<path d=\"M%.1f %dH%.1f\" class=\"range\"/>\n",
		    x + NAME + low[c, f] / most * BAR, y + 7, x + NAME + b
	text(x + NAME + (b > w ? b : w) + 4, y + 12, "value",
	    short(med[c, f]))
}

function panel(f, x, y,    i, most)
{
	text(x, y + 12, "title", label[f] \
	    (unit[f] == "" ? "" : ", " unit[f]) " (" better[f] " is better)")
	for (i = 1; i <= cols; i++)
		if (n[col[i], f] && high[col[i], f] > most)
			most = high[col[i], f]
	for (i = 1; i <= cols; i++)
		bar(col[i], f, x, y + 4 + i * ROW, most)
}

END {
	WIDTH = 960
	NAME = 130
	BAR = 250
	ROW = 19
	k = split("tcp1_out tcp4_out tcp1_in tcp4_in cpu1 cpu4 udp64_peak " \
	    "udp1200_peak rtt_p50 rtt_p99 rss pss idle start", shown, " ")
	tall = (cols + 2) * ROW
	top = 40 + heads * 15
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" " \
	    "height=\"%d\" viewBox=\"0 0 %d %d\">\n", WIDTH,
	    top + int((k + 1) / 2) * tall, WIDTH, top + int((k + 1) / 2) * tall
	print "<style>text { font: 12px sans-serif; fill: #222 } " \
	    ".title { font-weight: bold } .name { text-anchor: end } " \
	    ".none { fill: #999 } .head { font-size: 11px; fill: #555 } " \
	    ".ours { fill: #1b7f5c } .other { fill: #8a94a6 } " \
	    ".raw { fill: #d5d9e0 } .range { stroke: #222 }</style>"
	print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
	for (i = 1; i <= heads; i++)
		text(16, 10 + i * 15, "head", head_name[i] ": " head_value[i])
	for (i = 1; i <= k; i++)
		panel(shown[i], 16 + (i - 1) % 2 * (WIDTH / 2),
		    top + int((i - 1) / 2) * tall)
	print "</svg>"
}
