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
# Every pair of kinds of routers, in both orders: which path comes about, and
# whether it is the one that should, see cells.sh.  Two networks at a time.
#
# usage: matrix.sh [-j jobs] [-k kinds] [-l kinds] builddir
#	-j	networks at a time (2)
#	-k	kinds in front of alice, separated by commas; all
#	-l	the same in front of bob

SUITE=$(cd "$(dirname "$0")/../suite" && pwd) || exit 1
TOP=$(cd "$SUITE/../.." && pwd) || exit 1
DIR=
LAB_ID=em$$-

die()
{
	printf 'matrix: %s\n' "$*" >&2
	exit 1
}

atf_fail()
{
	die "$@"
}

usage()
{
	echo 'usage: matrix.sh [-j jobs] [-k kinds] [-l kinds] builddir' >&2
	exit 2
}

JOBS=2
ROWS=
COLUMNS=
while getopts j:k:l: opt; do
	case $opt in
	j) JOBS=$OPTARG ;;
	k) ROWS=$(printf '%s' "$OPTARG" | tr , ' ') ;;
	l) COLUMNS=$(printf '%s' "$OPTARG" | tr , ' ') ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || usage
BUILD=$(cd "$1" && pwd) || exit 1
ENCLAVE_BUILD=$BUILD
[ "$(id -u)" -eq 0 ] || die 'run it as root: it makes namespaces'

# shellcheck source=regress/netns/lab.sh
. "$TOP/regress/netns/lab.sh" || exit 1
# shellcheck source=regress/suite/suite.sh
. "$TOP/regress/suite/suite.sh" || exit 1
# shellcheck source=regress/netns/nat.sh
. "$TOP/regress/netns/nat.sh" || exit 1
# shellcheck source=regress/paths/cells.sh
. "$TOP/regress/paths/cells.sh" || exit 1

ROWS=${ROWS:-$CELL_KINDS}
COLUMNS=${COLUMNS:-$CELL_KINDS}
umask 022
base=/tmp
[ ! -w /dev/shm ] || base=/dev/shm
ALL=$(mktemp -d "$base/enclave-matrix.XXXXXX") || exit 1
chmod 0711 "$ALL"

clean_up()
{
	rc=$?
	trap '' INT TERM HUP
	trap - EXIT
	for pid in $WORKERS; do
		kill -TERM "$pid" 2>/dev/null
		wait "$pid"
	done
	rm -rf "$ALL"
	exit "$rc"
}

# worker N: the rows N, N + JOBS, ... in a network of its own
worker()
{
	LAB_ID=em$$-$1-
	DIR=$ALL/$1
	mkdir -m 0711 "$DIR" && mkdir -m 0755 "$DIR/log" || exit 1
	trap 'rc=$?; trap - EXIT; lab_down; exit $rc' EXIT
	trap 'exit 143' TERM INT HUP
	paths_network
	start_relay 198.51.100.3/24
	worker_n=0
	for a in $ROWS; do
		worker_n=$((worker_n + 1))
		[ $((worker_n % JOBS)) -eq $(($1 % JOBS)) ] || continue
		for b in $COLUMNS; do
			result=ok
			began=$(date +%s)
			run_cell "$a" "$b" || result=WRONG
			printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$a" "$b" \
			    "$(expected "$a" "$b")" "$CELL" "$result" \
			    "$(($(date +%s) - began))" >>"$ALL/cells"
			echo "$a $b: $CELL, $result" >&2
			[ "$result" = ok ] || cat "$DIR/log/cell.log" >&2
		done
	done
}

# The table, as NxN words; what is wrong has an exclamation mark.
table_of()
{
	awk -F'\t' -v rows="$ROWS" -v columns="$COLUMNS" '{
		is[$1, $2] = $4 ($5 == "ok" ? "" : "!")
		late[$1, $2] = $3 == "late"
	} END {
		n = split(rows, row, " ")
		m = split(columns, column, " ")
		printf "%-8s", ""
		for (k = 1; k <= m; k++)
			printf " %-6s", column[k]
		print ""
		for (i = 1; i <= n; i++) {
			printf "%-8s", row[i]
			for (k = 1; k <= m; k++)
				printf " %-6s", is[row[i], column[k]] \
				    (late[row[i], column[k]] ? "*" : "")
			print ""
		}
		print "*: by many ports and many probes"
	}' "$ALL/cells"
}

WORKERS=
trap clean_up EXIT
trap 'exit 143' TERM INT HUP
: >"$ALL/cells"
n=1
while [ "$n" -le "$JOBS" ]; do
	worker "$n" &
	WORKERS="$WORKERS $!"
	n=$((n + 1))
done
failed=0
for pid in $WORKERS; do
	wait "$pid" || failed=1
done
WORKERS=
table_of
wrong=$(grep -c WRONG "$ALL/cells")
cells=$(wc -l <"$ALL/cells")
want=$(($(echo "$ROWS" | wc -w) * $(echo "$COLUMNS" | wc -w)))
echo "$cells of $want cells, $wrong wrong"
[ "$failed" -eq 0 ] && [ "$wrong" -eq 0 ] && [ "$cells" -eq "$want" ]
