#!/bin/sh
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

# Where the processor's time went, from what "bench.sh -P dir" has kept: for
# each test of a column, the share of each kind of work in the time of the
# tunnel's processes on both hosts. What else ran on the machine is left out.
#
# usage: profile.sh dir [column [test]...]	(enclave-aes, all its tests)

[ -n "$1" ] || { echo "usage: profile.sh dir [column [test]...]" >&2; exit 2; }
DIR=$1
COLUMN=${2:-enclave-aes}
shift
[ $# -eq 0 ] || shift

# The processes of this column, as perf names them.
case $COLUMN in
enclave*) COMMS=netproc,cryptoproc,tunproc,ctlproc,linkproc,enclaved ;;
*) COMMS=${COLUMN%-new} ;;
esac

# kinds TEST FILE
kinds()
{
	perf report -i "$2" --comms "$COMMS" --percentage relative \
	    --sort comm,dso,symbol -t '|' 2>/dev/null | awk -F'|' -v test="$1" '
	function kind(dso, symbol) {
		if (symbol ~ /OSSL_PARAM|_strcmp|get_params|set_params|EVP_/)
			return "parameters of libcrypto"
		if (dso ~ /libcrypto|libsodium|libgcrypt/)
			return "AEAD"
		if (symbol ~ /memmove|memcpy|memset/ && dso ~ /libc/)
			return "copies between rings and private memory"
		if (dso !~ /kernel/)
			return dso ~ /\.so|vdso/ ? "libraries" : "own code"
		if (symbol ~ /copy_(to|from)|_copy_|copy_page|rep_movs/)
			return "copies in and out of the kernel"
		if (symbol ~ /sched|switch|wake|_raw_spin|epoll|ep_|eventfd/ ||
		    symbol ~ /enqueue_|dequeue_|pick_|update_|select_/ ||
		    symbol ~ /hrtimer|rcu|idle|cpu_|preempt/)
			return "scheduling, waking, waiting"
		if (symbol ~ /syscall|seccomp|bpf|fdget|entry|rw_verify/ ||
		    symbol ~ /vfs_|do_readv|iovec|iter_readv/)
			return "entry of system calls, their filter"
		return "network stack, tun, memory of packets"
	}
	$1 ~ /%/ {
		share = $1 + 0
		gsub(/ +$/, "", $3)
		total += share
		work[kind($3, $4)] += share
		gsub(/ /, "", $2)
		of[$2] += share
	}
	END {
		if (total == 0)
			exit
		printf "%s\n", test
		for (k in work)
			printf "  %5.1f %%  %s\n",
			    work[k] * 100 / total, k | "sort -rn"
		close("sort -rn")
		printf "  by process:"
		for (c in of)
			if (of[c] * 100 / total >= 0.5)
				printf " %s %.0f %%", c, of[c] * 100 / total
		printf "\n\n"
	}'
}

for file in "$DIR/$COLUMN"-*.perf; do
	test=${file##*/"$COLUMN"-}
	test=${test%.perf}
	case " $* " in
	'  '|*" $test "*) kinds "$test" "$file" ;;
	esac
done
