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
# A clock that is far off: whoever meets it says so, in one line that names the
# clock, and once it is right nothing is lost.

# shellcheck source=suite.sh
. "${0%/*}/suite.sh"
# shellcheck source=judge.sh
. "${0%/*}/judge.sh"

suite_case enrolment_with_a_clock_behind 60 '400 days slow: 1, then right: 0'
suite_case enrolment_with_a_clock_ahead 60 'ten years fast: 1, then right: 0'
suite_case certificate_file_with_a_clock_behind 60 'TLS says so: 1, later not'
suite_case clock_that_jumps_after_enrolment 60 'told in log and status'

SLOW=-34560000
FAST=315360000
CLOCK='[cC]lock'

# skewed SECONDS: a folder of programs whose wall clock is off by this
skewed()
{
	LIBEXEC=$DIR/skew$1
	mkdir -p "$LIBEXEC"
	chmod 755 "$LIBEXEC"
	for name in netproc tunproc; do
		ln -sf "$BUILD/$name" "$LIBEXEC/$name"
	done
	cp "$BUILD/skewed/cryptoproc" "$BUILD/skewed/ctlproc" \
	    "$BUILD/skewed/linkproc" "$LIBEXEC/"
	AGENT_ARGS="-L $LIBEXEC"
}

# The agent again, with the machine's clock.
clock_is_set()
{
	stop_agent alice
	AGENT_ARGS=
	need_agent alice
}

# With a key for one system: the attempt that failed has not used it up.
enrol_then_set_the_clock()
{
	suite_begin
	suite_nat
	need_discovery
	KEY=$(admin key add -a -o "$ORG" -u 1) || atf_fail 'key add'
	skewed "$1"
	need_agent alice
	tool alice enrol
	judge "clock off by $1 s" "$RC" 1 "$2" "$CLOCK"
	tool alice status
	atf_check_equal 4 "$RC"
	grep -q "the clock differs from discovery's by" "$DIR/log/alice.log" ||
	    echo 'not told in the log either'
	clock_is_set
	tool alice enrol
	cat err
	atf_check_equal 0 "$RC"
}

enrolment_with_a_clock_behind_body()
{
	enrol_then_set_the_clock "$SLOW" 'not valid before .* and now it is'
}

enrolment_with_a_clock_ahead_body()
{
	enrol_then_set_the_clock "$FAST" 'expired at .* and now it is'
}

certificate_file_with_a_clock_behind_body()
{
	suite_begin
	suite_nat
	need_discovery
	agent_conf alice
	cp "$DIR/disco/tls.crt" "$DIR/ca.pem"
	sed "s|^discovery pin.*|discovery ca \"$DIR/ca.pem\"|" \
	    "$DIR/alice.conf" >conf
	cat conf >"$DIR/alice.conf"
	KEY=$(admin key add -a -o "$ORG" -u 1) || atf_fail 'key add'
	skewed "$SLOW"
	need_agent alice
	tool alice enrol
	judge 'clock behind' "$RC" 1 'not yet valid' "$CLOCK"
	clock_is_set
	tool alice enrol
	judge 'self-made certificate' "$RC" 1 "name .* not present" \
	    "check the host"
}

told()
{
	grep -q "the clock differs from discovery's by .*: set it" \
	    "$DIR/log/alice.log"
}

clock_that_jumps_after_enrolment_body()
{
	suite_begin
	suite_nat
	suite_pair
	stop_agent alice
	skewed "$SLOW"
	need_agent alice
	lab_wait 20 told || {
		cat "$DIR/log/alice.log"
		atf_fail 'the log does not tell of it'
	}
	lab_wait 20 reason_names_the_clock || {
		agent alice -j status
		atf_fail 'status does not name the clock'
	}
	clock_is_set
	need_up
}

reason_names_the_clock()
{
	agent alice -j status | flat | grep -q 'reason=.*clock'
}

