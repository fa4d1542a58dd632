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

# One figure out of what relay.sh prints: "want" is pairs, memory (MiB), splice
# (bytes for each second of processor time, of those of a bare loop), turn (of
# those of coturn; nothing when it was not there), codes (how
# many bad ones) or codes_rtt (worst round trip of a session meanwhile, ms).

# before WORD: the field before it
function before(word,    i)
{
	for (i = 2; i <= NF; i++)
		if (index($i, word) == 1)
			return $(i - 1)
	return ""
}

/^memory:/ && want == "pairs" { print before("pairs") }
/^memory:/ && want == "memory" { print before("KiB") / 1024 }
/medians:/ && want == "splice" {
	sub(/.*relay [0-9.]+ \(/, "")
	print $1
}
/^TURN server, median:/ && want == "turn" { print before("times") }
/^bad codes:/ && want == "codes" { print $3 }
/^bad codes:/ && want == "codes_rtt" {
	sub(/.*session /, "")
	print $1
}
