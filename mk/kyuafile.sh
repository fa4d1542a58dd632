#!/bin/sh
# Writes the Kyuafiles for what was built, and puts what shell tests read
# beside them.
set -eu

cd build
for d in regress/*/; do
	d=${d%/}
	exclusive=
	limit=300
	case $d in
	regress/fuzz)	continue ;;
	regress/suite|regress/interop)
		limit=600 ;;
	esac
	find "../$d" -maxdepth 1 -type f \
	    \( -name '*.sh' ! -name '*_test.sh' -o -name '*.tab' \
	    -o -name '*.awk' \) -exec cp {} "$d/" \;
	{
		echo 'syntax(2)'
		echo 'test_suite("enclave")'
		for t in "$d"/*_test; do
			[ -x "$t" ] || continue
			echo "atf_test_program{name=\"$(basename "$t")\"," \
			    "timeout=$limit$exclusive}"
		done
	} > "$d/Kyuafile"
done
{
	echo 'syntax(2)'
	echo 'test_suite("enclave")'
	for k in regress/*/Kyuafile; do
		echo "include(\"$k\")"
	done
} > Kyuafile
