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

# The results for programs, an object on each line: head, columns, samples,
# medians, goals. Runs after stats.awk.

function quote(s,    out, i, c)
{
	out = ""
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\"" || c == "\\")
			c = "\\" c
		else if (c < " ")
			c = " "
		out = out c
	}
	return "\"" out "\""
}

function pair(name, text)
{
	return "," quote(name) ":" quote(text)
}

END {
	printf "{\"type\":\"head\""
	for (i = 1; i <= heads; i++)
		printf "%s", pair(head_name[i], head_value[i])
	print "}"
	for (i = 1; i <= cols; i++)
		print "{\"type\":\"column\"" pair("column", col[i]) \
		    pair("state", state[col[i]]) \
		    pair("about", about[col[i]]) "}"
	for (i = 1; i <= samples; i++) {
		split(sample[i], s, "\t")
		print "{\"type\":\"sample\",\"round\":" s[1] \
		    pair("column", s[2]) pair("figure", s[3]) \
		    ",\"value\":" s[4] pair("unit", unit[s[3]]) "}"
	}
	for (i = 1; i <= cols; i++)
		for (j = 1; j <= figs; j++) {
			c = col[i]
			f = fig[j]
			if (!n[c, f])
				continue
			printf "{\"type\":\"median\"%s%s%s,\"median\":%.6g," \
			    "\"min\":%.6g,\"max\":%.6g,\"samples\":%d}\n",
			    pair("column", c), pair("figure", f),
			    pair("unit", unit[f]), med[c, f], low[c, f],
			    high[c, f], n[c, f]
		}
	for (i = 1; i <= goals; i++) {
		v = goal_value(i)
		printf "{\"type\":\"goal\"%s%s%s%s,\"bound\":%s,\"value\":%s," \
		    "\"reached\":%s}\n", pair("figure", goal_figure[i]),
		    pair("of", goal_column(i)),
		    pair("against", goal_against(i)),
		    pair("sign", goal_sign[i]),
		    goal_bound[i], v == "" ? "null" : sprintf("%.4g", v),
		    v == "" ? "null" : goal_reached(i) ? "true" : "false"
	}
}
