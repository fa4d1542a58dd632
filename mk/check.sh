#!/bin/sh
# Runs all tests that are built, then feeds the fuzz targets their corpus.
# The last line is "N passed, N failed, N skipped".  Fails when a test does,
# or when one is skipped for a reason that mk/skips.txt does not name.
# Runs in the top folder of the tree, after "make tests".
#
# usage: check.sh [regress/folder[/program[:case]] ...]	(without: all)
set -eu

top=$(pwd)
results=$top/build/results.db
out=$top/build/check
passed=0
failed=0
skipped=0

[ -f build/Kyuafile ] || {
	echo "there is no build/Kyuafile: use \"make check\"" >&2
	exit 1
}
umask 022
rm -rf "$out" "$results"
mkdir -p "$out"
ENCLAVE_BUILD=$top/build
# Tests are scripts for any shell; the smallest costs them a third less.
ATF_SHELL=/bin/sh
export ENCLAVE_BUILD ATF_SHELL

kyua_run()
{
	kyua --logfile="$out/kyua.log" -c "$out/kyua.conf" \
	    -v "test_suites.enclave.top=$top" "$@"
}

# The programs that kyua cannot even list are lost to it: they are failures.
run_tests()
{
	printf 'syntax(2)\n\nparallelism = 3\n' >"$out/kyua.conf"
	echo "running the tests"
	(cd build && kyua_run test --kyuafile=Kyuafile \
	    --results-file="$results" "$@") >"$out/run" 2>&1 || true
	kyua_run report --results-file="$results" \
	    --results-filter=passed,skipped,xfail,broken,failed \
	    >"$out/report" 2>&1 || true
	grep -E '^[^ ]+:[^ ]+  ->  ' "$out/run" >"$out/lines" || true
}

# Results of kyua: "program:case  ->  passed  [0.1s]".
count_tests()
{
	passed=$(grep -cE -- '->  (passed|expected_failure)' "$out/lines" ||
	    true)
	skipped=$(grep -c -- '->  skipped' "$out/lines" || true)
	failed=$(grep -cE -- '->  (failed|broken)' "$out/lines" || true)
	if [ ! -s "$out/lines" ]; then
		cat "$out/run"
		failed=1
	fi
}

show_failures()
{
	[ "$failed" -gt 0 ] || return 0
	kyua_run report --verbose --results-file="$results" \
	    --results-filter=broken,failed 2>/dev/null |
	    awk '/^===> / { show = $2 ~ /^regress/ }
	    /^Metadata:/ { skip = 1 }
	    show && !skip && !/^(Start|End) time:/
	    /^$/ { skip = 0 }' || true
	grep -E -- '->  (failed|broken)' "$out/lines"
}

# Each line of mk/skips.txt is a reason for which a test may be skipped.
check_skips()
{
	sed -n 's/^\([^ ]*\)  ->  skipped: \(.*\)  \[.*$/\1 \2/p' \
	    "$out/lines" >"$out/skipped"
	while read -r case why; do
		echo "skipped: $case: $why"
		grep -v '^#' mk/skips.txt | grep -qxF -e "$why" && continue
		echo "that is no reason that mk/skips.txt allows"
		unexpected=1
	done <"$out/skipped"
}

# One test for each file of each corpus.
replay()
{
	for target in build/regress/fuzz/*_fuzz_replay; do
		[ -x "$target" ] || continue
		name=$(basename "$target" _fuzz_replay)
		[ -f "regress/fuzz/${name}_fuzz.c" ] || continue
		n=0
		for input in "regress/fuzz/corpus/$name"/*; do
			[ -f "$input" ] || continue
			n=$((n + 1))
			if timeout 60 "$target" "$input" >"$out/fuzz" 2>&1
			then
				passed=$((passed + 1))
				continue
			fi
			failed=$((failed + 1))
			echo "fuzz target $name fails with $input:"
			cat "$out/fuzz"
		done
		[ "$n" -gt 0 ] || {
			echo "fuzz target $name has no corpus"
			failed=$((failed + 1))
		}
	done
}

unexpected=0
run_tests "$@"
count_tests
show_failures
check_skips
if [ $# -eq 0 ]; then
	echo "replaying the inputs of the fuzz targets"
	replay
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$unexpected" -eq 0 ] && [ "$passed" -gt 0 ]
