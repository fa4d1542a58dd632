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


# The manual pages: well formed, and in step with the program.  What a page
# says of options, keywords and messages is compared with the source of each.
# Reads the tree only.

# The tree is the variable "top", or a folder that holds this program.
find_top()
{
	_dir=$(atf_config_get top "$(atf_get_srcdir)")
	for _up in 1 2 3 4 5 6; do
		if [ -f "${_dir}/lib/msg/messages.def" ]; then
			(cd "${_dir}" && pwd)
			return
		fi
		_dir=${_dir}/..
	done
	return 1
}

enter_top()
{
	top=$(find_top) || atf_fail "tree not found: set the variable top"
}

# "program folder" for each program that people start themselves.
programs()
{
	awk '!/^#/ && ($2 == "sbin" || $2 == "bin") {
		sub(/,.*/, "", $3); print $1, $3 }' "${top}/mk/programs.tab"
}

# The letters of all option strings in the source of a folder, one a line:
# those of getopt, of ctl_next, and of the lists in struct listing.
options_of_source()
{
	cat "${top}/$1"/*.c | tr '\n' ' ' | {
		cat
		echo
	} | grep -o -e 'getopt([^"]*"[A-Za-z0-9:]*")' \
	    -e 'ctl_next([^"]*"[A-Za-z0-9:]*")' \
	    -e 'MSG_[A-Z_]*, "[A-Za-z0-9:]*", [a-z]*_titles' |
	    sed 's/^[^"]*"//;s/".*//' | grep -o '[A-Za-z0-9]' | sort -u
}

# The letters that the body of a page explains, without its synopsis.
options_of_page()
{
	sed '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/d' "$1" | grep '^\.' |
	    grep -o 'Fl [A-Za-z0-9]*' | sed 's/^Fl //' | grep -o '.' | sort -u
}

# The letters in the synopsis of a page.
options_of_synopsis()
{
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$1" |
	    grep -o 'Fl [A-Za-z0-9]*' | sed 's/^Fl //' | grep -o '.' | sort -u
}

keywords_of_grammar()
{
	sed -n '/keywords\[\] = {/,/^};/s/^	{ "\([a-z]*\)",.*/\1/p' "$1"
}

atf_test_case every_program_has_a_page
every_program_has_a_page_body()
{
	enter_top
	programs >list
	[ "$(wc -l <list)" -ge 4 ] || atf_fail "no programs in the table"
	while read -r name folder; do
		[ -d "${top}/${folder}" ] || echo "no folder ${folder}"
		[ -f "${top}/man/${name}.8" ] || echo "no man/${name}.8"
		[ ! -f "${top}/${folder}/parse.y" ] ||
		    [ -f "${top}/man/${name}.conf.5" ] ||
		    echo "no man/${name}.conf.5"
	done <list >missing
	atf_check -o empty cat missing
}

atf_test_case every_option_is_documented
every_option_is_documented_body()
{
	enter_top
	programs >list
	while read -r name folder; do
		[ -f "${top}/man/${name}.8" ] || continue
		options_of_source "${folder}" >source
		# An empty list would pass any check.
		[ "$(wc -l <source)" -ge 2 ] ||
		    atf_fail "no options found in ${folder}"
		options_of_page "${top}/man/${name}.8" >page
		comm -23 source page | sed "s/^/${name}: -/" >missing
		atf_check -o empty cat missing
	done <list
}

atf_test_case every_option_in_a_synopsis_exists
every_option_in_a_synopsis_exists_body()
{
	enter_top
	programs >list
	while read -r name folder; do
		[ -f "${top}/man/${name}.8" ] || continue
		options_of_source "${folder}" >source
		options_of_synopsis "${top}/man/${name}.8" >page
		[ -s page ] || atf_fail "no options in man/${name}.8"
		comm -13 source page | sed "s/^/${name}: -/" >unknown
		atf_check -o empty cat unknown
	done <list
}

atf_test_case every_keyword_is_documented
every_keyword_is_documented_body()
{
	enter_top
	programs >list
	while read -r name folder; do
		[ -f "${top}/${folder}/parse.y" ] || continue
		keywords_of_grammar "${top}/${folder}/parse.y" >keywords
		[ "$(wc -l <keywords)" -ge 10 ] ||
		    atf_fail "no keywords in ${folder}/parse.y"
		grep '^\.It Cm' "${top}/man/${name}.conf.5" >items
		while read -r word; do
			grep -q -w -e "${word}" items ||
			    echo "${name}.conf: ${word}"
		done <keywords >missing
		atf_check -o empty cat missing
	done <list
}

atf_test_case every_command_of_the_tools_is_documented
every_command_of_the_tools_is_documented_body()
{
	enter_top
	for pair in enclavectl:enclavectl \
	    enclave-discoveryctl:discoveryctl; do
		page=${top}/man/${pair%%:*}.8
		[ -f "${page}" ] || continue
		sed -n '/commands\[\] = {/,/^};/p' "${top}/${pair#*:}/ctl.c" |
		    sed -n -e 's/^	{ "\([a-z]*\)", "\([a-z]*\)".*/\1 \2/p' \
		    -e 's/^	{ "\([a-z]*\)", [^"].*/\1/p' >commands
		[ "$(wc -l <commands)" -ge 4 ] ||
		    atf_fail "no commands in ${pair#*:}/ctl.c"
		sed 's/^\.It Xo /.It /' "${page}" | grep '^\.It Cm' |
		    sed -e 's/^\.It Cm //' -e 's/ Cm / /g' >items
		while read -r words; do
			grep -q -e "^${words}\( \|\$\)" items ||
			    echo "${pair%%:*} ${words}"
		done <commands >missing
		atf_check -o empty cat missing
	done
}

atf_test_case page_of_messages_is_up_to_date
page_of_messages_is_up_to_date_body()
{
	enter_top
	sh "${top}/mk/messages.sh" >page || atf_fail "mk/messages.sh failed"
	cmp -s page "${top}/man/enclave-messages.7" ||
	    atf_fail "run: sh mk/messages.sh >man/enclave-messages.7"
}

atf_test_case page_of_messages_names_every_message
page_of_messages_names_every_message_body()
{
	enter_top
	grep -c '^MSG_BEGIN' "${top}/lib/msg/messages.def" >rows
	grep '^\.It Cm [a-z_]*$' "${top}/man/enclave-messages.7" | sort -u |
	    wc -l | tr -d ' ' >items
	[ "$(cat rows)" -ge 50 ] || atf_fail "no rows in the table"
	atf_check -o file:rows cat items
}

# Pages that are not installed here are no fault of ours, nor is the age of
# this machine's index of pages.
atf_test_case pages_are_clean_under_mandoc
pages_are_clean_under_mandoc_head()
{
	atf_set require.progs mandoc
}
pages_are_clean_under_mandoc_body()
{
	enter_top
	n=0
	for page in "${top}"/man/*.[1-9]; do
		n=$((n + 1))
		mandoc -T lint -W style "${page}" 2>&1 |
		    grep -v -e 'referenced manual not found' \
		    -e 'outdated mandoc.db'
	done >found
	[ "${n}" -ge 4 ] || atf_fail "no pages in man/"
	atf_check -o empty cat found
}

# A page that nobody can find by name is lost.
atf_test_case pages_carry_their_own_name
pages_carry_their_own_name_body()
{
	enter_top
	for page in "${top}"/man/*.[1-9]; do
		file=${page##*/}
		name=${file%.*}
		title=$(echo "${name}" | tr '[:lower:]' '[:upper:]')
		grep -q "^\.Dt ${title} ${file##*.}\$" "${page}" ||
		    echo "${file}: title"
		grep -q "^\.Nm ${name}\( \|\$\)" "${page}" ||
		    echo "${file}: name"
	done >wrong
	atf_check -o empty cat wrong
}

# Every reference to a page of ours leads to one.
atf_test_case references_between_our_pages_hold
references_between_our_pages_hold_body()
{
	enter_top
	cat "${top}"/man/*.[1-9] | grep -o 'Xr enclave[a-z.-]* [1-9]' |
	    sort -u >references
	[ -s references ] || atf_fail "no references in man/"
	while read -r _ name section; do
		[ -f "${top}/man/${name}.${section}" ] ||
		    echo "${name}(${section})"
	done <references >missing
	atf_check -o empty cat missing
}

atf_init_test_cases()
{
	atf_add_test_case every_program_has_a_page
	atf_add_test_case every_option_is_documented
	atf_add_test_case every_option_in_a_synopsis_exists
	atf_add_test_case every_keyword_is_documented
	atf_add_test_case every_command_of_the_tools_is_documented
	atf_add_test_case page_of_messages_is_up_to_date
	atf_add_test_case page_of_messages_names_every_message
	atf_add_test_case pages_are_clean_under_mandoc
	atf_add_test_case pages_carry_their_own_name
	atf_add_test_case references_between_our_pages_hold
}
