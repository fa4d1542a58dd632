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

# The results of paths.sh for programs, an object a line: head, samples,
# figures, goals. Runs after pathstats.awk.

function quote(s)
{
	gsub(/[\\"]/, "\\\\&", s)
	gsub(/[[:cntrl:]]/, " ", s)
	return "\"" s "\""
}

function pair(name, text)
{
	return "," quote(name) ":" quote(text)
}

function bare(v)
{
	return v == "" || v == "failed" ? "null" : sprintf("%.6g", v)
}

END {
	printf "{\"type\":\"head\""
	for (i = 1; i <= heads; i++)
		printf "%s", pair(head_name[i], head_value[i])
	print "}"
	for (i = 1; i <= samples; i++) {
		split(sample[i], s, "\t")
		print "{\"type\":\"sample\"" pair("figure", s[1]) \
		    ",\"turn\":" s[2] ",\"value\":" bare(s[3]) \
		    pair("unit", unit[s[1]]) "}"
	}
	for (i = 1; i <= figs; i++) {
		f = fig[i]
		if (!(n[f] + failed[f]))
			continue
		print "{\"type\":\"figure\"" pair("figure", f) \
		    pair("unit", unit[f]) ",\"p50\":" bare(rank(f, 50)) \
		    ",\"p99\":" bare(rank(f, 99)) \
		    ",\"min\":" bare(rank(f, 0)) \
		    ",\"max\":" bare(rank(f, 100)) \
		    ",\"samples\":" (n[f] + failed[f]) \
		    ",\"failed\":" (failed[f] + 0) "}"
	}
	for (i = 1; i <= goals; i++) {
		v = rank(goal_figure[i], goal_rank[i])
		print "{\"type\":\"goal\"" pair("figure", goal_figure[i]) \
		    ",\"rank\":" goal_rank[i] pair("sign", goal_sign[i]) \
		    ",\"bound\":" goal_bound[i] ",\"value\":" bare(v) \
		    ",\"reached\":" (v == "" ? "null" : \
		    reached(i) ? "true" : "false") "}"
	}
}
