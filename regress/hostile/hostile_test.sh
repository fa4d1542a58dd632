#! /usr/bin/env atf-sh
# shellcheck shell=sh
#
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


# What comes of it when netproc or tunproc is in hostile hands: two agents that
# know each other from their files, one of which runs netproc_helper or
# tunproc_helper in place of the real program.  Marked packets go both ways all
# the time; whatever comes out of a tunnel must be one of them, and once only.
# How the helper misuses its rings is a word in the file $PAGE.

# shellcheck source=../suite/suite.sh
. "${0%/*}/../suite/suite.sh"

ALICE4=10.9.0.1
BOB4=10.9.0.2
CAROL4=10.9.0.3		# known to both, and never there
PORT=51820
MARKED_PORT=7000
# The secret keys are 32 bytes of 1, of 2 and of 3.
ALICE_KEY=pOCSkrZRwni5dyxWn1+puxPZBrRqtoyd+dwrRAn4ogk=
BOB_KEY=zo060cy2M+x7cMF4FKXHbs0CloUFDTRHRboFhw5YfVk=
CAROL_KEY=Xf7dO2vUf2+ijuFdlp1bsOpTd01Ii9r53xxuASSz7yI=
# Flips are millions, records only as many as there are real ones.
WRITES=300000
RECORDS=3000
PASSED=600		# marked packets that arrive meanwhile
GROWTH_KB=1024		# of memory that is not the rings'
ATTACK_SECONDS=12

hostile_case()
{
	suite_case "$1" 120 "$2"
}

hostile_case ciphertext_changed_at_work_is_never_delivered \
    'netproc flips bits while cryptoproc opens and seals'
hostile_case headers_changed_at_work_do_no_harm \
    'netproc rewrites peers, sizes, addresses and lengths of records'
hostile_case replays_are_never_delivered_twice \
    'netproc repeats what went by, to us and to the peer'
hostile_case floods_of_messages_do_no_harm \
    'netproc sends messages of all types, noise and torsos'
hostile_case a_full_ring_does_not_starve_the_other \
    'netproc never lets its ring become empty'
hostile_case indices_that_lie_do_no_harm \
    'netproc writes its index as consumer and the flags of sleepers'
hostile_case a_corrupt_ring_ends_netproc_alone \
    'each way to break a ring is told, and netproc replaced'
hostile_case netproc_cannot_accuse_cryptoproc \
    'who says that its ring is broken is itself replaced'
hostile_case plaintext_changed_at_work_does_no_harm \
    'tunproc flips bits and rewrites headers while cryptoproc seals'
hostile_case floods_of_packets_do_no_harm \
    'tunproc repeats packets and sends noise to peers, real and not'
hostile_case false_sources_are_dropped_by_the_peer \
    'tunproc sends in the name of another system'
hostile_case a_corrupt_ring_ends_tunproc_alone \
    'each way to break a ring is told, and tunproc replaced'
hostile_case tunproc_cannot_accuse_cryptoproc \
    'who says that its ring is broken is itself replaced'

# --- two agents --------------------------------------------------------------

# key_file HOST BYTE: secret keys, before the daemon makes some
key_file()
{
	mkdir -m 0711 "$DIR/$1"
	(umask 077
	{
		printf 'ENCKEY1\0'
		head -c 32 /dev/urandom
		head -c 32 /dev/zero | tr '\0' "\\$2"
		head -c 33 /dev/zero
	} >"$DIR/$1/keys")
}

# hostile_conf HOST ADDRESS PEER PEER_KEY PEER_ADDRESS PEER_ENDPOINT
hostile_conf()
{
	cat >"$DIR/$1.conf" <<EOC
interface "enclave0"
port $PORT
state directory "$DIR/$1"
socket "$DIR/$1.sock"
address "$2/24"
peer "$3" {
	public key "$4"
	allowed "$5/32"
	endpoint "$6" port $PORT
	accept udp/$MARKED_PORT, icmp
}
peer "carol" {
	public key "$CAROL_KEY"
	allowed "$CAROL4/32"
}
EOC
}

# hostile_begin PROGRAM: alice's PROGRAM is the hostile one
hostile_begin()
{
	suite_begin
	lab_two_hosts || atf_fail 'no network'
	HOSTILE=$1
	MARKED=$BUILD/regress/hostile/marked_helper
	PAGE=$DIR/exec/$1.page
	key_file alice 1
	key_file bob 2
	hostile_conf alice "$ALICE4" bob "$BOB_KEY" "$BOB4" 192.0.2.2
	hostile_conf bob "$BOB4" alice "$ALICE_KEY" "$ALICE4" 192.0.2.1
	mkdir -m 0755 "$DIR/exec"
	for name in $AGENT_CHILDREN; do
		ln -s "$BUILD/$name" "$DIR/exec/$name"
	done
	ln -sf "$BUILD/regress/hostile/$1_helper" "$DIR/exec/$1"
	head -c 4096 /dev/zero >"$PAGE"
	AGENT_ARGS="-L $DIR/exec"
	need_agent alice
	AGENT_ARGS=
	need_agent bob
	A=$(agent_pid alice)
	B=$(agent_pid bob)
	need_reach alice "$BOB4"
}

# watch HOST FROM TO [source]
watch()
{
	lab_spawn "$1" "$DIR/log/watch-$1.log" "$MARKED" watch enclave0 \
	    "$2" "$3" "$MARKED_PORT" "$DIR/watch-$1" ${4:+"$4"}
	lab_wait 5 grep -q '^delivered' "$DIR/watch-$1" ||
	    atf_fail "nobody watches on $1"
}

# marked HOST FROM TO: packets, from now on
marked()
{
	lab_spawn "$1" "$DIR/log/marked-$1.log" "$MARKED" send "$2" "$3" \
	    "$MARKED_PORT"
}

both_ways()
{
	watch bob "$ALICE4" "$BOB4"
	watch alice "$BOB4" "$ALICE4"
	marked alice "$ALICE4" "$BOB4"
	marked bob "$BOB4" "$ALICE4"
	need_more bob 100 'at first'
	need_more alice 100 'at first'
	remember
}

# watched HOST delivered|forged|twice
watched()
{
	awk -v name="$2" '$1 == name { print $2 + 0; exit }' "$DIR/watch-$1"
}

# delivered HOST NUMBER: that many, since the beginning
delivered()
{
	[ "$(watched "$1" delivered)" -ge "$2" ]
}

# need_more HOST NUMBER WHEN: that many more are delivered
need_more()
{
	lab_wait 10 delivered "$1" $(($(watched "$1" delivered) + $2)) &&
	    return 0
	# What became of them, for who has to find out why.
	for host in alice bob; do
		agent "$host" -j status || :
	done
	cat "$DIR/watch-$1" "$DIR"/log/marked-*.log
	atf_fail "$3, packets do not reach $1"
}

need_nothing_forged()
{
	for host in alice bob; do
		[ -f "$DIR/watch-$host" ] || continue
		atf_check_equal "$host 0 0" \
		    "$host $(watched "$host" forged) $(watched "$host" twice)"
	done
}

# --- what must stay ----------------------------------------------------------

# memory PID: in kB, without the rings
memory()
{
	awk '$1 == "VmData:" || $1 == "RssAnon:" { sum += $2 }
	    END { print sum }' "/proc/$1/status"
}

# remember: alice's processes but the hostile one, bob's, and their memory
remember()
{
	: >"$DIR/stay"
	for name in $AGENT_CHILDREN; do
		pid=$(child "$B" "$name") || atf_fail "bob has no $name"
		echo "bob $B $name $pid $(memory "$pid")" >>"$DIR/stay"
		[ "$name" != "$HOSTILE" ] || continue
		pid=$(child "$A" "$name") || atf_fail "alice has no $name"
		echo "alice $A $name $pid $(memory "$pid")" >>"$DIR/stay"
	done
}

need_stay()
{
	while read -r host parent name pid kb; do
		[ "$(child "$parent" "$name")" = "$pid" ] ||
		    atf_fail "$name of $host has ended"
		now=$(memory "$pid")
		[ "$now" -le $((kb + GROWTH_KB)) ] ||
		    atf_fail "$name of $host has grown from $kb to $now kB"
	done <"$DIR/stay"
}

# --- attacks -----------------------------------------------------------------

# mode WORD
mode()
{
	printf '%-15s\n' "$1" | dd of="$PAGE" conv=notrunc 2>/dev/null
}

mode_is()
{
	[ "$(head -c 15 "$PAGE" | tr -d ' \0')" = "$1" ]
}

# How often it has happened.
attacks()
{
	tail -c +65 "$PAGE" | head -n 1 | tr -d '\0' |
	    awk '{ printf "%.0f\n", $1 + 0 }'
}

# attacked NUMBER
attacked()
{
	[ "$(attacks)" -ge "$1" ]
}

# attack WORD NUMBER [HOST...]: at least so often, while packets reach HOST
attack()
{
	word=$1
	until=$(($(attacks) + $2))
	shift 2
	mode "$word"
	for host in "$@"; do
		need_more "$host" "$PASSED" "while $HOSTILE does $word"
	done
	lab_wait "$ATTACK_SECONDS" attacked "$until" ||
	    atf_fail "$word: $(attacks) attacks instead of $until"
	mode benign
	need_stay
	need_nothing_forged
}

need_peace()
{
	for host in "$@"; do
		need_more "$host" 100 'after the attack'
	done
	need_stay
	need_nothing_forged
}

ciphertext_changed_at_work_is_never_delivered_body()
{
	hostile_begin netproc
	both_ways
	attack flip $((10 * WRITES)) alice bob
	need_peace alice bob
}

headers_changed_at_work_do_no_harm_body()
{
	hostile_begin netproc
	both_ways
	attack header "$WRITES" alice bob
	attack length "$WRITES" alice bob
	need_peace alice bob
}

replays_are_never_delivered_twice_body()
{
	hostile_begin netproc
	both_ways
	attack replay $((10 * RECORDS)) alice bob
	need_peace alice bob
}

floods_of_messages_do_no_harm_body()
{
	hostile_begin netproc
	both_ways
	attack flood $((10 * RECORDS)) alice bob
	need_peace alice bob
}

# answers_soon HOST: cryptoproc answers ctlproc for this
answers_soon()
{
	lab_exec "$1" timeout 2 "$BUILD/enclavectl" -s "$DIR/$1.sock" status \
	    >/dev/null 2>&1
}

# kill_hostile: the ring that it gets is a new one
kill_hostile()
{
	pid=$(child "$A" "$HOSTILE") || atf_fail "no $HOSTILE"
	kill -KILL "$pid"
	lab_wait 10 replaced "$A" "$HOSTILE" "$pid" ||
	    atf_fail "$HOSTILE is not started again"
}

a_full_ring_does_not_starve_the_other_body()
{
	hostile_begin netproc
	both_ways
	mode starve
	lab_wait 5 attacked "$WRITES" || atf_fail 'it does not begin'
	need_more bob "$PASSED" 'while the ring of netproc is full'
	answers_soon alice ||
	    atf_fail 'cryptoproc does not answer while the ring is full'
	mode benign
	need_stay
	need_nothing_forged
	kill_hostile
	need_peace alice bob
}

indices_that_lie_do_no_harm_body()
{
	hostile_begin netproc
	both_ways
	attack tail "$WRITES" alice
	need_peace alice bob
}

# told NUMBER: in alice's log, about the hostile process
told()
{
	[ "$(grep -c "$HOSTILE is ended and restarted: .*its ring is corrupt" \
	    "$DIR/log/alice.log")" -ge "$1" ]
}

# need_replaced WORD COUNT: it does that, is told of and is replaced
need_replaced()
{
	pid=$(child "$A" "$HOSTILE") || atf_fail "no $HOSTILE"
	mode "$1"
	lab_wait 10 told "$2" || atf_fail "$1: nobody tells of it"
	lab_wait 10 replaced "$A" "$HOSTILE" "$pid" ||
	    atf_fail "$1: $HOSTILE is not replaced"
	mode_is benign || atf_fail "$1: it did nothing"
	need_more bob 50 "after $1"
	[ ! -f "$DIR/watch-alice" ] || need_more alice 50 "after $1"
	need_stay
}

break_each_way()
{
	told=0
	for word in head overlong skip family; do
		told=$((told + 1))
		need_replaced "$word" "$told"
	done
	# And the last one by the real program.
	ln -sfn "$BUILD/$HOSTILE" "$DIR/exec/$HOSTILE"
	need_replaced short $((told + 1))
	[ "$(readlink "/proc/$(child "$A" "$HOSTILE")/exe")" = \
	    "$BUILD/$HOSTILE" ] || atf_fail 'that is not the real one'
}

a_corrupt_ring_ends_netproc_alone_body()
{
	hostile_begin netproc
	both_ways
	break_each_way
	need_peace alice bob
}

netproc_cannot_accuse_cryptoproc_body()
{
	hostile_begin netproc
	both_ways
	need_replaced accuse 1
	need_peace alice bob
}

# What a hostile tunproc sends is its system's: only where it comes from is
# certain.
from_alice()
{
	watch bob "$ALICE4" "$BOB4" source
	marked alice "$ALICE4" "$BOB4"
	need_more bob 100 'at first'
	remember
}

plaintext_changed_at_work_does_no_harm_body()
{
	hostile_begin tunproc
	from_alice
	for word in flip header length; do
		attack "$word" "$WRITES" bob
	done
	attack tail "$WRITES"
	need_peace bob
}

floods_of_packets_do_no_harm_body()
{
	hostile_begin tunproc
	from_alice
	attack replay $((3 * RECORDS)) bob
	attack flood $((3 * RECORDS)) bob
	need_peace bob
	answers_soon alice || atf_fail 'alice does not answer'
	answers_soon bob || atf_fail 'bob does not answer'
}

spoofed()
{
	[ "$(agent_field bob counters.drop_spoofed)" -gt "$1" ]
}

false_sources_are_dropped_by_the_peer_body()
{
	hostile_begin tunproc
	from_alice
	before=$(agent_field bob counters.drop_spoofed)
	attack spoof 300 bob
	lab_wait 5 spoofed $((before + 200)) || atf_fail 'not counted'
	need_peace bob
}

a_corrupt_ring_ends_tunproc_alone_body()
{
	hostile_begin tunproc
	from_alice
	break_each_way
	need_peace bob
}

tunproc_cannot_accuse_cryptoproc_body()
{
	hostile_begin tunproc
	from_alice
	# It is cryptoproc's records that it complains about.
	marked bob "$BOB4" "$ALICE4"
	need_replaced accuse 1
	need_peace bob
}
