#! /usr/bin/env atf-sh
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
#

# The rules of layers.tab, checked in the sources and in what was built from
# them: who includes, links and calls what.

# The tree: given as a configuration variable, or above the test itself.
find_top()
{
	top=$(atf_config_get top '')
	[ -n "$top" ] || top=$(cd "$(atf_get_srcdir)" && pwd)
	while [ ! -f "$top/mk/programs.tab" ] && [ "$top" != / ]; do
		top=$(dirname "$top")
	done
	[ -f "$top/mk/programs.tab" ] || atf_fail 'the tree is not found'
	tab=$top/regress/layers/layers.tab
	cd "$top" || atf_fail "cannot go to $top"
}

# folders: all rows; column FOLDER NUMBER: one of its fields
folders()
{
	awk -F'[ ]*[|][ ]*' '!/^[#@]/ && NF == 6 { print $1 }' "$tab"
}

column()
{
	awk -F'[ ]*[|][ ]*' -v f="$1" -v n="$2" \
	    '!/^[#@]/ && $1 == f { print $n == "-" ? "" : $n; found = 1 }
	    END { exit !found }' "$tab" || atf_fail "no row for $1"
}

# forbidden FOLDER: its patterns with the names put in
forbidden()
{
	for word in $(column "$1" 5); do
		case $word in
		@*)	sed -n "s/^$word = //p" "$tab" | grep . ||
			    atf_fail "no pattern $word" ;;
		*)	echo "$word" ;;
		esac
	done
}

# folder_of PROGRAM: its first folder
folder_of()
{
	awk -v p="$1" '$1 == p { sub(/,.*/, "", $3); print $3 }' \
	    mk/programs.tab
}

programs()
{
	awk '!/^#/ && NF > 2 { print $1 }' mk/programs.tab
}

# built: every program is there, and built for real use
built()
{
	for p in $(programs); do
		[ -x "build/$p" ] || atf_fail "build/$p is not built"
		readelf -d "build/$p" | grep -q 'NEEDED.*lib[au].*san' &&
		    atf_skip 'built with sanitizers'
	done
	return 0
}

# matches SYMBOL PATTERN...
matches()
{
	s=$1
	shift
	for pattern; do
		# shellcheck disable=SC2254
		case $s in
		$pattern)	return 0 ;;
		esac
	done
	return 1
}

# sources: every C file of ours
sources()
{
	find . -name build -prune -o -name '*.[chy]' -print | sed 's,^\./,,'
}

# report FILE: fail with what it holds
report()
{
	[ ! -s "$1" ] || {
		cat "$1" >&2
		atf_fail "$(wc -l <"$1") breaches, see above"
	}
}

describe()
{
	atf_set descr "$1"
	atf_set require.progs "awk nm readelf"
	atf_set timeout 120
}

atf_test_case every_folder_has_a_row_and_every_row_a_folder
every_folder_has_a_row_and_every_row_a_folder_head()
{
	describe 'nothing of the tree is left out of the table'
}
every_folder_has_a_row_and_every_row_a_folder_body()
{
	here=$(pwd)
	find_top
	folders | sort >"$here/rows"
	# bench measures, it is not installed.
	find . -name build -prune -o -name regress -prune -o \
	    -name bench -prune -o -name '*.c' -print | sed 's,^\./,,; s,/[^/]*$,,' | sort -u \
	    >"$here/there"
	atf_check -o empty diff "$here/rows" "$here/there"
}

# L1
atf_test_case a_folder_includes_only_what_the_table_allows
a_folder_includes_only_what_the_table_allows_head()
{
	describe 'no include goes up, or aside, but where a row says so'
}
a_folder_includes_only_what_the_table_allows_body()
{
	here=$(pwd)
	find_top
	: >"$here/bad"
	for f in $(folders); do
		allowed=" $(column "$f" 2) ${f#lib/} "
		for s in "$f"/*.[chy]; do
			[ -f "$s" ] || continue
			sed -n 's/^#[ ]*include "\([^"]*\)".*/\1/p' "$s" |
			    while read -r i; do
				case $i in
				*/*)	m=${i%%/*} ;;
				*)	m=${f#lib/} ;;
				esac
				case $allowed in
				*" $m "*) ;;
				*)	echo "$s includes $i" ;;
				esac
			done
		done
	done >>"$here/bad"
	report "$here/bad"
}

# L2
atf_test_case a_program_needs_exactly_its_libraries
a_program_needs_exactly_its_libraries_head()
{
	describe 'what is not loaded cannot be called'
}
a_program_needs_exactly_its_libraries_body()
{
	here=$(pwd)
	find_top
	built
	for p in $(programs); do
		want=$(column "$(folder_of "$p")" 4 | tr ' ' '\n' | sort |
		    tr '\n' ' ')
		got=$(readelf -d "build/$p" |
		    sed -n 's/.*NEEDED.*\[lib\([a-z0-9]*\)[-.].*/\1/p' |
		    grep -vx c | sort | tr '\n' ' ')
		[ "$want" = "$got" ] ||
		    echo "$p needs $got, the table says $want"
	done >"$here/bad"
	report "$here/bad"
}

atf_test_case the_process_on_the_network_has_no_cryptographic_library
the_process_on_the_network_has_no_cryptographic_library_head()
{
	describe 'netproc is without libsodium, libtls, libcrypto and sqlite'
}
the_process_on_the_network_has_no_cryptographic_library_body()
{
	find_top
	built
	atf_check -o not-match:sodium -o not-match:libtls \
	    -o not-match:libcrypto -o not-match:libssl -o not-match:sqlite \
	    -o match:NEEDED readelf -d build/netproc
}

# objects_of PROGRAM: what the linker took, as the map tells
objects_of()
{
	sed -n 's,^LOAD \(.*\.o\)$,\1,p' "build/$1.map" | grep -v '^/'
}

members_of()
{
	sed -n 's,^\(build/lib[a-z]*\.a([^)]*)\).*,\1,p' "build/$1.map" |
	    sort -u
}

# calls PROGRAM: undefined symbols of all its objects but lib/sandbox's
calls()
{
	objects_of "$1" | xargs nm -u | awk '$1 == "U" { print $2 }'
	members_of "$1" | grep -v '^build/libsandbox' |
	    sed 's/(/:/; s/)/:/' >"$here/members"
	awk 'NR == FNR { member[$1] = 1; next }
	    $2 == "U" && ($1 in member) { print $3 }' \
	    "$here/members" "$here/archives"
}

# L3
atf_test_case a_program_calls_nothing_that_is_forbidden_to_it
a_program_calls_nothing_that_is_forbidden_to_it_head()
{
	describe 'symbols of the shared libraries that a process must not use'
}
a_program_calls_nothing_that_is_forbidden_to_it_body()
{
	here=$(pwd)
	find_top
	built
	nm -u -A build/lib*.a >"$here/archives" 2>/dev/null
	for p in $(programs); do
		f=$(folder_of "$p")
		calls "$p" | sort -u >"$here/calls"
		[ -s "$here/calls" ] || echo "$p calls nothing at all"
		set -f
		# shellcheck disable=SC2046
		set -- $(forbidden "$f")
		for s in $(nm -D --undefined-only "build/$p" |
		    awk '{ sub(/@.*/, "", $NF); print $NF }'); do
			matches "$s" "$@" && grep -qx "$s" "$here/calls" &&
			    echo "$p calls $s"
		done
		set +f
	done >"$here/bad"
	report "$here/bad"
}

atf_test_case a_module_calls_nothing_that_is_forbidden_to_it
a_module_calls_nothing_that_is_forbidden_to_it_head()
{
	describe 'a pure library makes no system call and reads no clock'
}
a_module_calls_nothing_that_is_forbidden_to_it_body()
{
	here=$(pwd)
	find_top
	built
	for f in $(folders); do
		case $f in
		lib/*)	set -- "build/lib${f#lib/}.a" ;;
		*)	set -- "$f"/*.o ;;
		esac
		[ -f "$1" ] || echo "$1 is not built"
		nm -u "$@" 2>/dev/null | awk '$1 == "U" { print $2 }' |
		    sort -u >"$here/calls"
		set -f
		# shellcheck disable=SC2046
		set -- $(forbidden "$f")
		while read -r s; do
			matches "$s" "$@" && echo "$f calls $s"
		done <"$here/calls"
		set +f
	done >"$here/bad"
	report "$here/bad"
}

# L4
atf_test_case a_program_is_linked_from_its_own_archives_only
a_program_is_linked_from_its_own_archives_only_head()
{
	describe 'the link maps name no object of another folder'
}
a_program_is_linked_from_its_own_archives_only_body()
{
	here=$(pwd)
	find_top
	built
	for p in $(programs); do
		f=$(folder_of "$p")
		want=$(column "$f" 3 | tr ' ' '\n' | sort | tr '\n' ' ')
		got=$(members_of "$p" | sed 's,build/lib\([a-z]*\).*,\1,' |
		    sort -u | tr '\n' ' ')
		[ "$want" = "$got" ] ||
		    echo "$p has objects of $got, the table says $want"
		own=$(awk -v p="$p" '$1 == p { gsub(/,/, " ", $3); print $3 }' \
		    mk/programs.tab)
		for o in $(objects_of "$p"); do
			ok=
			for d in $own; do
				case $o in
				"$d"/*|"build/${d}_parse.o") ok=1 ;;
				esac
			done
			[ -n "$ok" ] || echo "$p has $o"
		done
	done >"$here/bad"
	report "$here/bad"
}

# L5
atf_test_case every_program_is_hardened
every_program_is_hardened_head()
{
	describe 'position independent, read-only relocations, no code on stack'
}
every_program_is_hardened_body()
{
	here=$(pwd)
	find_top
	built
	for p in $(programs); do
		e="build/$p"
		readelf -h "$e" | grep -q 'Type:.*DYN' || echo "$p: no PIE"
		readelf -lW "$e" | grep -q GNU_RELRO || echo "$p: no RELRO"
		readelf -d "$e" | grep -q 'BIND_NOW\|FLAGS.*NOW' ||
		    echo "$p: no BIND_NOW"
		readelf -lW "$e" | grep 'GNU_STACK' | grep -q 'RW ' ||
		    echo "$p: executable stack"
		readelf -lW "$e" | grep -q 'LOAD.*RWE' &&
		    echo "$p: memory both written and executed"
		readelf -sW "$e" | grep -q __stack_chk_fail ||
		    echo "$p: no stack protector"
		readelf -d "$e" | grep -q TEXTREL && echo "$p: TEXTREL"
		readelf -d "$e" | grep -q 'RPATH\|RUNPATH' &&
		    echo "$p: search path of its own"
	done >"$here/bad"
	report "$here/bad"
}

# L6
atf_test_case no_source_has_a_banned_call
no_source_has_a_banned_call_head()
{
	describe 'unsafe string functions, weak random numbers, shells'
}
no_source_has_a_banned_call_body()
{
	here=$(pwd)
	find_top
	names='strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|rand|random'
	names="$names|srand|srandom|system|popen|dlopen|alloca|tmpnam|mktemp"
	sources | xargs grep -nE "(^|[^A-Za-z0-9_>.])($names)[ 	]*\\(" |
	    grep -v '^[^:]*:[^:]*: \* ' >"$here/bad"
	# The environment is an input: main.c alone may read it.
	sources | grep -v '/main\.c$\|^regress/' |
	    xargs grep -nE '(^|[^A-Za-z0-9_])(secure_)?getenv[ 	]*\(' \
	    >>"$here/bad"
	report "$here/bad"
}

# L7
atf_test_case the_system_is_told_apart_by_file_names_only
the_system_is_told_apart_by_file_names_only_head()
{
	describe 'no condition on the operating system in a source'
}
the_system_is_told_apart_by_file_names_only_body()
{
	here=$(pwd)
	find_top
	sources | xargs grep -nE \
	    '__linux__|__OpenBSD__|__FreeBSD__|__APPLE__|__GLIBC__' \
	    >"$here/bad"
	for s in $(sources | grep '_linux\.c$'); do
		[ -f "${s%_linux.c}_openbsd.c" ] ||
		    case $s in
		    regress/*) ;;
		    *)	echo "$s has no counterpart for OpenBSD" ;;
		    esac
	done >>"$here/bad"
	report "$here/bad"
}

# L9
atf_test_case every_message_is_in_the_manual
every_message_is_in_the_manual_head()
{
	describe 'man/enclave-messages.7 tells of every row of messages.def'
}
every_message_is_in_the_manual_body()
{
	here=$(pwd)
	find_top
	[ -f man/enclave-messages.7 ] || atf_fail 'there is no such manual'
	sed -n 's/^MSG_BEGIN([A-Z0-9_]*, \([a-z0-9_]*\),.*/\1/p' \
	    lib/msg/messages.def >"$here/messages"
	# Rows that the pattern misses would be missed in silence.
	atf_check_equal "$(grep -c '^MSG_BEGIN' lib/msg/messages.def)" \
	    "$(grep -c . "$here/messages")"
	while read -r m; do
		grep -qx "\.It Cm $m" man/enclave-messages.7 ||
		    echo "$m is not in the manual"
	done <"$here/messages" >"$here/bad"
	report "$here/bad"
}

# L10
atf_test_case functions_and_files_keep_their_length
functions_and_files_keep_their_length_head()
{
	describe '100 lines for a function, 800 for a file, 80 columns'
}
functions_and_files_keep_their_length_body()
{
	here=$(pwd)
	find_top
	sources | xargs awk '
	FNR == 1 { start = 0 }
	/^{/ { start = FNR }
	/^}/ {
		if (start && FNR - start - 1 > 100)
			printf "%s:%d: function of %d lines\n", FILENAME,
			    start, FNR - start - 1
		start = 0
	}
	FNR == 801 { printf "%s: more than 800 lines\n", FILENAME }' \
	    >"$here/bad"
	# shellcheck disable=SC2016
	sources | xargs awk '
	{
		width = 0
		n = split($0, part, "\t")
		for (i = 1; i < n; i++)
			width += length(part[i]) + 8 - \
			    (width + length(part[i])) % 8
		width += length(part[n])
		if (width > 80)
			printf "%s:%d: %d columns\n", FILENAME, FNR, width
	}' >>"$here/bad"
	report "$here/bad"
}

atf_init_test_cases()
{
	atf_add_test_case every_folder_has_a_row_and_every_row_a_folder
	atf_add_test_case a_folder_includes_only_what_the_table_allows
	atf_add_test_case a_program_needs_exactly_its_libraries
	atf_add_test_case \
	    the_process_on_the_network_has_no_cryptographic_library
	atf_add_test_case a_program_calls_nothing_that_is_forbidden_to_it
	atf_add_test_case a_module_calls_nothing_that_is_forbidden_to_it
	atf_add_test_case a_program_is_linked_from_its_own_archives_only
	atf_add_test_case every_program_is_hardened
	atf_add_test_case no_source_has_a_banned_call
	atf_add_test_case the_system_is_told_apart_by_file_names_only
	atf_add_test_case every_message_is_in_the_manual
	atf_add_test_case functions_and_files_keep_their_length
}
