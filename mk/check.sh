#!/bin/sh
# Runs every test and the corpus of every fuzz target; the last line counts
# them.  Two at a time: no test may depend on another or on an idle machine.
set -eu

top=$(pwd)
ENCLAVE_BUILD=$top/build
export ENCLAVE_BUILD
cat > build/kyua.conf <<EOT
syntax(2)
parallelism = 2
test_suites.enclave.top = '$top'
EOT
rm -f build/results.db
bad=0
(cd build && kyua -c kyua.conf test -r "$top/build/results.db") || bad=1
if [ "$bad" -ne 0 ]; then
	(cd build && kyua -c kyua.conf report -r "$top/build/results.db" \
	    --verbose --results-filter=broken,failed) || true
fi
(cd build && kyua report -r "$top/build/results.db" \
    --results-filter=passed,failed,broken,skipped,xfail) > build/report.txt
passed=$(grep -c -- '  ->  passed' build/report.txt || true)
skipped=$(grep -c -- '  ->  skipped' build/report.txt || true)
failed=$(grep -c -E -- '  ->  (failed|broken)' build/report.txt || true)
grep -- '  ->  skipped' build/report.txt || true

for replay in build/regress/fuzz/*_replay; do
	[ -x "$replay" ] || continue
	name=$(basename "$replay" _fuzz_replay)
	if "$replay" regress/fuzz/corpus/"$name"/* > build/replay.log 2>&1
	then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "corpus of $name: failed"
		cat build/replay.log
	fi
done
# A test that was skipped proved nothing.
[ "$skipped" -eq 0 ] || bad=1
[ "$failed" -eq 0 ] || bad=1
echo "$passed passed, $failed failed, $skipped skipped"
exit $bad
