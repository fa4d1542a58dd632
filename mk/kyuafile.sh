#!/bin/sh
# Writes the Kyuafiles for what is built below build/regress, and puts beside
# the tests the files they read: libraries of shell tests, tables, samples.
# Runs in the top folder of the tree.
set -eu

[ -d build/regress ] || {
	echo "nothing is built, see \"make tests\"" >&2
	exit 1
}

# Networks stand side by side and their tests wait most of the time: two of them
# run at once as any others do.
properties()
{
	case $1 in
	netns)	echo ', timeout=300' ;;
	suite)	echo ', timeout=300' ;;
	*)	echo ', timeout=180' ;;
	esac
}

# Everything in the folder that the build does not make a program of.
copy_files()
{
	for f in "regress/$1"/*; do
		case $f in
		*_test.sh|*_test.c|*_fuzz.c|*_helper.c|*.h|*.o)	continue ;;
		esac
		[ -f "$f" ] || continue
		cp -p "$f" "build/regress/$1/"
	done
}

# A test whose source is gone is not run again.
tests_of()
{
	for t in "build/regress/$1"/*_test; do
		[ -x "$t" ] || continue
		[ -f "${t#build/}.c" ] || [ -f "${t#build/}.sh" ] || continue
		basename "$t"
	done
}

write_kyuafile()
{
	printf 'syntax(2)\n\ntest_suite("enclave")\n\n'
	for t in $2; do
		printf 'atf_test_program{name="%s"%s}\n' "$t" \
		    "$(properties "$1")"
	done
}

folders=
for d in regress/*/; do
	d=$(basename "$d")
	[ -d "build/regress/$d" ] || continue
	copy_files "$d"
	tests=$(tests_of "$d")
	rm -f "build/regress/$d/Kyuafile"
	[ -n "$tests" ] || continue
	write_kyuafile "$d" "$tests" >"build/regress/$d/Kyuafile"
	folders="$folders $d"
done

{
	printf 'syntax(2)\n\ntest_suite("enclave")\n\n'
	for d in $folders; do
		printf 'include("regress/%s/Kyuafile")\n' "$d"
	done
} >build/Kyuafile
