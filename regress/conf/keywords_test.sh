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

# Keeps the grammars of the configuration files and their manual pages
# together.  Reads the tree only.

# The tree is the variable "top", or a folder that holds this program.
find_top()
{
	_dir=$(atf_config_get top "$(atf_get_srcdir)")
	for _up in 1 2 3 4 5 6; do
		if [ -f "${_dir}/man/enclaved.conf.5" ]; then
			echo "${_dir}"
			return
		fi
		_dir=${_dir}/..
	done
	atf_fail "tree not found: set the variable top"
}

# Words in the keyword table of a grammar.
grammar_keywords()
{
	sed -n '/keywords\[\] = {/,/^};/s/^	{ "\([a-z]*\)",.*/\1/p' "$1"
}

# All words that the page shows as keywords: neither arguments nor macros.
manual_keywords()
{
	sed -n '/^\.Sh GRAMMAR/,/^\.Sh FILES/p' "$1" | grep '^\.It Cm' |
	    sed 's/Ar [a-z]*//g' | tr -cs 'A-Za-z0-9' '\n' |
	    grep '^[a-z][a-z]*$' | sort -u
}

check_documented()
{
	grammar_keywords "$1" | sort >keywords
	manual_keywords "$2" >words
	# An empty list would pass any check.
	[ "$(wc -l <keywords)" -ge 10 ] || atf_fail "no keywords in $1"
	comm -23 keywords words >missing
	atf_check -o empty cat missing
}

check_known()
{
	grammar_keywords "$1" | sort >keywords
	manual_keywords "$2" >words
	[ "$(wc -l <words)" -ge 10 ] || atf_fail "no keywords in $2"
	comm -13 keywords words >unknown
	atf_check -o empty cat unknown
}

atf_test_case every_keyword_of_enclaved_conf_is_documented
every_keyword_of_enclaved_conf_is_documented_body()
{
	top=$(find_top)
	check_documented "${top}/enclaved/parse.y" \
	    "${top}/man/enclaved.conf.5"
}

atf_test_case every_documented_keyword_of_enclaved_conf_exists
every_documented_keyword_of_enclaved_conf_exists_body()
{
	top=$(find_top)
	check_known "${top}/enclaved/parse.y" "${top}/man/enclaved.conf.5"
}

atf_test_case every_keyword_of_discoveryd_conf_is_documented
every_keyword_of_discoveryd_conf_is_documented_body()
{
	top=$(find_top)
	check_documented "${top}/discoveryd/parse.y" \
	    "${top}/man/enclave-discoveryd.conf.5"
}

atf_test_case every_documented_keyword_of_discoveryd_conf_exists
every_documented_keyword_of_discoveryd_conf_exists_body()
{
	top=$(find_top)
	check_known "${top}/discoveryd/parse.y" \
	    "${top}/man/enclave-discoveryd.conf.5"
}

atf_test_case every_keyword_of_relayd_conf_is_documented
every_keyword_of_relayd_conf_is_documented_body()
{
	top=$(find_top)
	check_documented "${top}/relayd/parse.y" \
	    "${top}/man/enclave-relayd.conf.5"
}

atf_test_case every_documented_keyword_of_relayd_conf_exists
every_documented_keyword_of_relayd_conf_exists_body()
{
	top=$(find_top)
	check_known "${top}/relayd/parse.y" \
	    "${top}/man/enclave-relayd.conf.5"
}

# Pages that are not installed here are no fault of these.
atf_test_case pages_are_clean_under_mandoc
pages_are_clean_under_mandoc_head()
{
	atf_set require.progs mandoc
}
pages_are_clean_under_mandoc_body()
{
	top=$(find_top)
	for page in enclaved.conf.5 enclave-discoveryd.conf.5 \
	    enclave-relayd.conf.5; do
		mandoc -T lint -W style "${top}/man/${page}" |
		    grep -v 'referenced manual not found' >findings
		atf_check -o empty cat findings
	done
}

atf_init_test_cases()
{
	atf_add_test_case every_keyword_of_enclaved_conf_is_documented
	atf_add_test_case every_documented_keyword_of_enclaved_conf_exists
	atf_add_test_case every_keyword_of_discoveryd_conf_is_documented
	atf_add_test_case every_documented_keyword_of_discoveryd_conf_exists
	atf_add_test_case every_keyword_of_relayd_conf_is_documented
	atf_add_test_case every_documented_keyword_of_relayd_conf_exists
	atf_add_test_case pages_are_clean_under_mandoc
}
