#!/bin/sh
# Builds the fuzz targets for libFuzzer, every library with them, in a copy of
# the tree, and runs each for some seconds from its stored inputs.  Inputs that
# are found stay in build/fuzzed/found/NAME; one that breaks a target in
# build/fuzzed/NAME-*.  Fails when any target did.
#
# usage: fuzz.sh seconds [target ...]		(without: all; 0: only build)
set -eu

seconds=${1:?usage: fuzz.sh seconds [target ...]}
shift
copy=$(pwd)/build/fuzzed
mkdir -p "$copy"
# What is no longer in the tree must not be built.
find "$copy" -path "$copy/build" -prune -o -name '*.[chy]' -exec rm -f {} +
tar -cf - --exclude ./build --exclude ./.git --exclude '*.o' . |
    tar -xf - -C "$copy"
cd "$copy"
make -j 2 CC=clang OPT="-O1 -g" HARDEN=-fPIE WARN=-Wall \
    SAN="-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer" \
    targets
[ "$seconds" -gt 0 ] || exit 0
[ $# -gt 0 ] || set -- regress/fuzz/*_fuzz.c
failed=0
for name in "$@"; do
	name=$(basename "$name" _fuzz.c)
	mkdir -p "found/$name"
	printf '%-10s %s s ... ' "$name" "$seconds"
	if "build/regress/fuzz/${name}_fuzz" -max_total_time="$seconds" \
	    -rss_limit_mb=1024 -print_final_stats=1 \
	    -artifact_prefix="$name-" "found/$name" \
	    "regress/fuzz/corpus/$name" >"$name.log" 2>&1; then
		result=fine
	else
		result="FAILED, see $copy/$name.log"
		failed=1
	fi
	awk -v result="$result" '/number_of_executed_units/ { n = $2 }
	    { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
	    END { printf "%d runs, %d edges, %s\n", n, cov, result }' \
	    "$name.log"
done
exit "$failed"
