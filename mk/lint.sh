#!/bin/sh
# Looks over the tree without running it: C with cppcheck, manual pages with
# mandoc, shell with shellcheck, and by text for what the house rules forbid.
# Prints what it checks and every finding; the end is 0 when there is none.
#
# usage: lint.sh [-q] [-t]
#   -q  leave out cppcheck, which takes the longest
#   -t  clang-tidy as well, with the checks of .clang-tidy
set -eu

cd "$(dirname "$0")/.."
BUILD=build/lint
FAILED=
CPPCHECK=yes
TIDY=no

usage()
{
	echo "usage: lint.sh [-qt]" >&2
	exit 2
}

# check "what" cmd...: cmd prints its findings and fails when it has some
check()
{
	what=$1
	shift
	printf '%s ... ' "$what"
	if "$@" >"$BUILD/findings" 2>&1; then
		echo ok
		return 0
	fi
	echo FINDINGS
	sed 's/^/    /' "$BUILD/findings"
	FAILED=yes
}

# Files of the tree, without what was built and without version control.
files()
{
	find . -name build -prune -o -name .git -prune -o -type f \
	    "$@" -print | sed 's,^\./,,' | sort
}

# Those of this system, since the other's headers are not here.
c_files()
{
	files -name '*.c' | grep -v '_openbsd\.c$'
}

# Scripts by name, and the two of rc.d, which have none.
shell_files()
{
	files -name '*.sh'
	[ ! -d .ci ] || grep -l '^#!.*sh$' .ci/* 2>/dev/null || true
	ls etc/rc.d/*
}

# none FILE: prints what was found, if anything was
none()
{
	cat "$1"
	[ ! -s "$1" ]
}

# --- checks ------------------------------------------------------------------

lint_cppcheck()
{
	c_files >"$BUILD/c_files"
	# Lists and trees are macros that it must see; other headers of the
	# system would take minutes.
	h=/usr/include
	[ ! -f $h/bsd/sys/tree.h ] || h=$h/bsd
	# One configuration of each file: that of this system.
	cppcheck --quiet -j 2 --std=c11 --language=c --max-configs=1 \
	    --enable=warning,performance,portability --inconclusive \
	    --error-exitcode=1 --inline-suppr \
	    --suppressions-list=mk/cppcheck.supp \
	    --template='{file}:{line}: {severity}: {message} [{id}]' \
	    -D_GNU_SOURCE -DLIBBSD_OVERLAY -D__linux__ -D__x86_64__ \
	    -I. -Ilib --include=$h/sys/queue.h --include=$h/sys/tree.h \
	    --file-list="$BUILD/c_files"
}

lint_tidy()
{
	rc=0
	c_files | grep -v '^regress/' >"$BUILD/c_files"
	while read -r f; do
		clang-tidy --quiet "$f" -- -std=gnu11 -I. -Ilib \
		    -isystem /usr/include/bsd -DLIBBSD_OVERLAY \
		    -D_GNU_SOURCE 2>/dev/null || rc=1
	done <"$BUILD/c_files"
	return $rc
}

# What is not installed here is no fault of a page.
lint_mandoc()
{
	for f in man/*.[1-9]; do
		mandoc -T lint -W style "$f" 2>&1 |
		    grep -v -e 'referenced manual not found' \
		    -e 'outdated mandoc.db' || true
	done >"$BUILD/mandoc"
	none "$BUILD/mandoc"
}

lint_messages()
{
	sh mk/messages.sh >"$BUILD/messages.7" || return 1
	cmp -s "$BUILD/messages.7" man/enclave-messages.7 && return 0
	echo "man/enclave-messages.7 is not up to date; do:"
	echo "sh mk/messages.sh >man/enclave-messages.7"
	return 1
}

# Tests are given their first line by the build, hence 2148; what a sourced
# file defines or uses is not seen from the other, hence 2034 and 2154;
# helpers are called by name through others, hence 2317.  Text for make and
# awk stands in single quotes, hence 2016.
# What is meant: "a && b || fail" where fail ends the script, a file's name
# on both sides of a pipe that only tells where it is.
SHELL_FINE=SC2015,SC2094

lint_shellcheck()
{
	shell_files >"$BUILD/shell_files"
	rc=0
	while read -r f; do
		case $f in
		regress/*)
			shellcheck -s sh -x -f gcc -e "$SHELL_FINE" -P SCRIPTDIR \
			    -e SC2034,SC2148,SC2154,SC2317 "$f" || rc=1 ;;
		etc/rc.d/*)
			shellcheck -s ksh -f gcc "$f" || rc=1 ;;
		*)
			shellcheck -s sh -x -f gcc -e "$SHELL_FINE,SC2016" "$f" || rc=1 ;;
		esac
	done <"$BUILD/shell_files"
	return $rc
}

# Calls that the house rules forbid; members and texts of that name are not.
lint_banned()
{
	calls='strcpy|strcat|sprintf|gets|atoi|atol|rand|random|system|popen'
	calls="$calls|dlopen|alloca|strtok|tmpnam|mktemp"
	c_files | xargs grep -n -E "(^|[^A-Za-z0-9_>.])($calls) ?\\(" |
	    grep -v -E -e ':[0-9]+:[[:space:]]*/?\*' \
	    -e "\"[^\"]*($calls) ?\\(" >"$BUILD/banned" || true
	none "$BUILD/banned"
}

lint_getenv()
{
	c_files | grep -v -e '^regress/' -e '/main\.c$' |
	    xargs grep -n -w 'getenv' >"$BUILD/getenv" || true
	none "$BUILD/getenv"
}

# A tab counts as eight.
lint_width()
{
	files -name '*.[chy]' >"$BUILD/width_files"
	while read -r f; do
		expand "$f" | awk -v f="$f" 'length($0) > 80 {
			print f ":" NR ": " length($0) " columns" }'
	done <"$BUILD/width_files" >"$BUILD/width"
	none "$BUILD/width"
}

lint_blanks()
{
	files '(' -name '*.[chy]' -o -name '*.sh' -o -name '*.[1-9]' \
	    -o -name '*.md' -o -name Makefile ')' |
	    xargs grep -n -E '[[:space:]]+$' >"$BUILD/blanks" || true
	none "$BUILD/blanks"
}

# Tests may be longer: they are lists.
lint_length()
{
	files -name '*.[chy]' | grep -v '^regress/' | xargs wc -l |
	    awk '$2 != "total" && $1 > 800 {
		print $2 ": " $1 " lines" }' >"$BUILD/length"
	none "$BUILD/length"
}

lint_licence()
{
	files '(' -name '*.[chy]' -o -name '*.[1-9]' ')' |
	    xargs grep -L 'Copyright (c) 2026 The Enclave authors' \
	    >"$BUILD/licence" || true
	none "$BUILD/licence"
}

while getopts qt opt; do
	case $opt in
	q)	CPPCHECK=no ;;
	t)	TIDY=yes ;;
	*)	usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 0 ] || usage
missing=
for tool in mandoc shellcheck cppcheck; do
	[ "$tool $CPPCHECK" = "cppcheck no" ] ||
	    command -v "$tool" >/dev/null || missing="$missing $tool"
done
[ "$TIDY" = no ] || command -v clang-tidy >/dev/null ||
    missing="$missing clang-tidy"
if [ -n "$missing" ]; then
	echo "missing:$missing; do: make deps" >&2
	exit 1
fi
mkdir -p "$BUILD"
check 'manual pages (mandoc)' lint_mandoc
check 'page of messages against the table' lint_messages
check 'shell (shellcheck)' lint_shellcheck
check 'calls that are banned' lint_banned
check 'environment read outside of main.c' lint_getenv
check 'lines of more than 80 columns' lint_width
check 'blanks at the ends of lines' lint_blanks
check 'files of more than 800 lines' lint_length
check 'files without a licence' lint_licence
[ "$CPPCHECK" = no ] || check 'C (cppcheck)' lint_cppcheck
[ "$TIDY" = no ] || check 'C (clang-tidy)' lint_tidy
[ -z "$FAILED" ]
