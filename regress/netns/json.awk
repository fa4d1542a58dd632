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

# Prints one line "path=value" for each scalar of a JSON text, so that shell
# scripts can read it without a JSON tool: {"a": [{"b": 1}]} gives a.0.b=1, and
# an empty object or array gives its path and nothing. For the output of our own
# programs: it does not judge the text, but ends with 1 if it cannot follow it.

{ text = text $0 "\n" }

END {
	at = 1
	value("")
	blank()
	exit(bad || at <= length(text))
}

function blank() {
	while (substr(text, at, 1) ~ /[ \t\r\n]/)
		at++
}

function below(path, name) {
	return path == "" ? name : path "." name
}

function string(    out, c) {
	for (at++; at <= length(text); at++) {
		c = substr(text, at, 1)
		if (c == "\"") {
			at++
			return out
		}
		if (c == "\\")
			c = substr(text, ++at, 1)
		out = out c
	}
	bad = 1
	return out
}

function members(path, array,    n, name, c) {
	at++
	blank()
	c = substr(text, at, 1)
	if (c == "}" || c == "]") {
		at++
		print path "="
		return
	}
	for (n = 0; !bad; n++) {
		name = n
		blank()
		if (!array) {
			name = string()
			blank()
			at++
		}
		value(below(path, name))
		blank()
		c = substr(text, at++, 1)
		if (c == (array ? "]" : "}"))
			return
		if (c != ",")
			bad = 1
	}
}

function value(path,    c) {
	blank()
	c = substr(text, at, 1)
	if (c == "{" || c == "[")
		members(path, c == "[")
	else if (c == "\"")
		print path "=" string()
	else if (match(substr(text, at), /^[a-z0-9.eE+-]+/)) {
		print path "=" substr(text, at, RLENGTH)
		at += RLENGTH
	} else
		bad = 1
}
