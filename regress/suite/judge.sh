# shellcheck shell=sh
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

# What people are told when something goes wrong: run, keep, and judge it.

# $WRAP and the like are set by the test that sources this.
# shellcheck disable=SC2034

REMEDY='check|ask|try|start|use |using|choose|make |load|restore|run |'
REMEDY=$REMEDY'install|give|enrol|is it|is the|is this|is its|leave|must be|'
REMEDY=$REMEDY'does another|needs|chmod|move'

# judge WHAT CODE EXPECTED CAUSE [REMEDY]: one line in err that names the cause
# and says what to do
judge()
{
	[ "$2" = "$3" ] || {
		cat err
		[ "$2" != 124 ] || atf_fail "$1: it goes on"
		atf_fail "$1: ends with $2, not with $3"
	}
	[ "$(wc -l <err)" -eq 1 ] || {
		cat err
		atf_fail "$1: $(wc -l <err) lines instead of one"
	}
	grep -E -q -e "$4" err || {
		cat err
		atf_fail "$1: the cause is not named: $(cat err)"
	}
	grep -E -q -i -e "${5:-$REMEDY}" err || {
		cat err
		atf_fail "$1: nothing says what to do: $(cat err)"
	}
	LC_ALL=C grep -q '[^[:print:]]' err &&
	    atf_fail "$1: there is more than text in it"
	:
}

# try HOST cmd...: its output is in out and err, its code in RC
try()
{
	lab_exec_at=$1
	shift
	lab_exec "$lab_exec_at" timeout -k 2 30 "$@" >out 2>err </dev/null
	RC=$?
}

# tool HOST ARGUMENT...: enclavectl, with $KEY on standard input
tool()
{
	printf '%s\n' "${KEY:-}" >stdin
	agent "$@" >out 2>err <stdin
	RC=$?
}
