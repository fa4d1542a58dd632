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

# The tunnels that bench.sh measures, to be sourced by it after lab.sh. NAME has
# these functions, with every '-' of NAME as '_':
#
# NAME_have       0 if its programs are here, else NOTE says what is missing
# NAME_about      prints what is measured, on one line
# NAME_prepare    what comes before the clock runs: keys, files, enrolment;
#                 sets FAR, the address of bob inside the tunnel
# NAME_start      starts the tunnel on both hosts, through run_alice and run_bob
# NAME_check      once the tunnel is up: is it what it was meant to be?
#
# Each works in $WORK, its own empty folder. The hosts are joined by one cable,
# alice 192.0.2.1 and bob 192.0.2.2; a third, disco, is for the discovery
# service alone, which never carries what is measured.
#
# What a variable is set to here is used in bench.sh, and the other way round.
# shellcheck disable=SC2034,SC2154,SC2317

NEAR4=10.99.0.1
FAR4=10.99.0.2
MTU=1420

# program VALUE NAME: is VALUE, from the environment variable NAME, a program?
program()
{
	[ -n "$1" ] || { NOTE="$2 names no program"; return 1; }
	[ -x "$1" ] || { NOTE="$2: no program $1"; return 1; }
}

have_commands()
{
	for have_c in "$@"; do
		command -v "$have_c" >/dev/null ||
		    { NOTE="$have_c is not installed"; return 1; }
	done
}

has_device()
{
	lab_exec "$1" ip link show dev "$2" >/dev/null 2>&1
}

wait_device()
{
	lab_wait 10 has_device "$1" "$2" || no "no interface $2 on $1"
}

# address HOST IFACE: give it its address inside the tunnel
address()
{
	address_a=$NEAR4
	[ "$1" = alice ] || address_a=$FAR4
	lab_exec "$1" ip addr add "$address_a/24" dev "$2" &&
	    lab_exec "$1" ip link set "$2" mtu "$MTU" up
}

# other HOST: the host at the far end; under HOST: its address on the cable
other()
{
	case $1 in alice) echo bob ;; *) echo alice ;; esac
}

under()
{
	case $1 in alice) echo 192.0.2.1 ;; *) echo 192.0.2.2 ;; esac
}

# --- raw: the cable itself ---------------------------------------------------

raw_have() { :; }
raw_about() { echo 'the veth pair itself, no tunnel'; }
raw_prepare() { FAR=192.0.2.2; }
raw_start() { :; }
raw_check() { :; }

# --- enclave: the agents of this tree ----------------------------------------

agent()
{
	agent_host=$1
	shift
	lab_exec "$agent_host" "$BUILD/enclavectl" \
	    -s "$WORK/$agent_host.sock" "$@"
}

admin()
{
	lab_exec disco "$BUILD/enclave-discoveryctl" -s "$WORK/disco.sock" "$@"
}

flat()
{
	awk -f "$TOP/regress/netns/json.awk"
}

# field NAME: of flattened JSON on standard input
field()
{
	awk -v name="$1" 'index($0, name "=") == 1 {
		print substr($0, length(name) + 2); exit }'
}

address4()
{
	agent "$1" -j status 2>/dev/null | flat |
	    awk '/^addresses\.[0-9]+=[0-9.]+(\/[0-9]+)?$/ {
		sub(/^[^=]*=/, ""); sub(/\/.*/, ""); print; exit }'
}

has_address()
{
	[ -n "$(address4 "$1")" ]
}

# An agent that runs says at least that it is not enrolled, exit code 4.
agent_answers()
{
	agent "$1" status >/dev/null 2>&1
	case $? in 0|4) return 0 ;; esac
	return 1
}

enclave_have()
{
	for have_c in enclaved enclavectl enclave-discoveryd \
	    enclave-discoveryctl; do
		[ -x "$BUILD/$have_c" ] ||
		    { NOTE="no $have_c in $BUILD; do: make"; return 1; }
	done
}

# enclave_about CIPHER
enclave_about()
{
	echo "enclaved of this tree, six processes on each host, $1"
}

enclave_discovery()
{
	mkdir -m 0755 "$WORK/disco"
	cat >"$WORK/discoveryd.conf" <<END
listen on 198.51.100.2 port 443
stun on 198.51.100.2 port 3478
state directory "$WORK/disco"
socket "$WORK/disco.sock"
END
	lab_spawn disco "$WORK/discoveryd.log" \
	    "$BUILD/enclave-discoveryd" -d -f "$WORK/discoveryd.conf" \
	    -L "$BUILD"
	lab_wait 15 admin status || no 'the discovery service does not answer'
}

enclave_policy()
{
	if ! admin org add bench >/dev/null || ! admin policy add -o bench \
	    -s near -r far -a any bench >/dev/null; then
		no 'the discovery service refused'
		return 1
	fi
	KEY_alice=$(admin key add -a -o bench -t near -u 1)
	KEY_bob=$(admin key add -a -o bench -t far -u 1)
	PIN=$(admin pin)
	case ,$KEY_alice,$KEY_bob,$PIN, in
	*,,*) no 'no keys from the discovery service' ;;
	esac
}

enclave_agent()
{
	"run_$1" "$BUILD/enclaved" -d -f "$WORK/$1.conf" -L "$BUILD"
}

enclave_enrol()
{
	mkdir -m 0755 "$WORK/$1"
	cat >"$WORK/$1.conf" <<END
discovery "198.51.100.2" port 443
discovery pin "$PIN"
interface "enclave0"
state directory "$WORK/$1"
socket "$WORK/$1.sock"
$ENCLAVE_MORE
END
	enclave_agent "$1"
	lab_wait 15 agent_answers "$1" ||
	    no "the agent of $1 does not answer" || return 1
	printf '%s\n' "$2" | agent "$1" enrol >/dev/null ||
	    no "$1 could not enrol" || return 1
	lab_wait 15 has_address "$1" || no "$1 got no address"
}

# enclave_prepare [STATEMENT]: with one more line in enclaved.conf. Enrolled
# once, then ended: what is timed is how agents start every day.
enclave_prepare()
{
	ENCLAVE_MORE=${1:-}
	enclave_discovery && enclave_policy &&
	    enclave_enrol alice "$KEY_alice" &&
	    enclave_enrol bob "$KEY_bob" || return 1
	FAR=$(address4 bob)
	end_tunnel
	rm -f "$WORK/alice.sock" "$WORK/bob.sock"
}

enclave_start()
{
	enclave_agent alice
	enclave_agent bob
}

enclave_suite()
{
	SUITE=$(agent alice -j status 2>/dev/null | flat | field peers.0.suite)
	[ -n "$SUITE" ]
}

# enclave_agreed SUITE: what the agents use must be what the column says
enclave_agreed()
{
	SUITE=
	lab_wait 3 enclave_suite || :
	[ "$SUITE" = "$1" ] || no "the agents agreed on ${SUITE:-nothing}"
}

enclave_aes_have()
{
	enclave_have || return 1
	grep -qw aes /proc/cpuinfo || no 'no AES instructions here'
}
enclave_aes_about() { enclave_about AES-256-GCM; }
enclave_aes_prepare() { enclave_prepare; }
enclave_aes_start() { enclave_start; }
enclave_aes_check() { enclave_agreed aes-256-gcm; }

enclave_chacha_have() { enclave_have; }
enclave_chacha_about() { enclave_about ChaCha20-Poly1305; }
enclave_chacha_prepare() { enclave_prepare 'no aes'; }
enclave_chacha_start() { enclave_start; }
enclave_chacha_check() { enclave_agreed chacha20-poly1305; }

# --- whatever is set up as WireGuard is, through its socket ------------------

wg_keys()
{
	FAR=$FAR4
	for wg_h in alice bob; do
		(umask 077 && wg genkey >"$WORK/$wg_h.key") &&
		    wg pubkey <"$WORK/$wg_h.key" >"$WORK/$wg_h.pub" || return 1
	done
}

wg_device()
{
	case $1 in alice) echo "eba$$" ;; *) echo "ebb$$" ;; esac
}

wg_set()
{
	wg_o=$(other "$1")
	wait_device "$1" "$(wg_device "$1")" || return 1
	lab_wait 5 test -S "/var/run/wireguard/$(wg_device "$1").sock" ||
	    no "no socket of $1" || return 1
	lab_exec "$1" wg set "$(wg_device "$1")" \
	    private-key "$WORK/$1.key" listen-port 51820 \
	    peer "$(cat "$WORK/$wg_o.pub")" endpoint "$(under "$wg_o"):51820" \
	    allowed-ips 0.0.0.0/0 && address "$1" "$(wg_device "$1")"
}

# wg_start cmd...: the name of the interface is put behind it
wg_start()
{
	run_alice "$@" "$(wg_device alice)"
	run_bob "$@" "$(wg_device bob)"
	wg_set alice && wg_set bob
}

wireguard_go_have() { have_commands wireguard-go wg; }
wireguard_go_about() { wireguard-go --version | head -n 1; }
wireguard_go_prepare() { wg_keys; }
wireguard_go_start() { wg_start env LOG_LEVEL=error wireguard-go -f; }
wireguard_go_check() { :; }

wireguard_go_new_have()
{
	program "${WIREGUARD_GO_NEW:-}" WIREGUARD_GO_NEW && have_commands wg
}
wireguard_go_new_about() { "$WIREGUARD_GO_NEW" --version | head -n 1; }
wireguard_go_new_prepare() { wg_keys; }
wireguard_go_new_start()
{
	wg_start env LOG_LEVEL=error "$WIREGUARD_GO_NEW" -f
}
wireguard_go_new_check() { :; }

gotatun_have() { program "${GOTATUN:-}" GOTATUN && have_commands wg; }
gotatun_about() { "$GOTATUN" --version | head -n 1; }
gotatun_prepare() { wg_keys; }
gotatun_start() { wg_start "$GOTATUN" -f --disable-drop-privileges -v error; }
gotatun_check() { :; }

# --- fastd -------------------------------------------------------------------

fastd_have() { have_commands fastd; }
fastd_about() { echo "$(fastd --version), salsa2012+umac"; }

fastd_prepare()
{
	FAR=$FAR4
	for fastd_h in alice bob; do
		fastd --generate-key >"$WORK/$fastd_h.keys" 2>/dev/null ||
		    return 1
	done
	for fastd_h in alice bob; do
		fastd_o=$(other "$fastd_h")
		cat >"$WORK/$fastd_h.conf" <<END
log level warn;
mode tun;
interface "fastd0";
method "salsa2012+umac";
mtu $MTU;
bind any:10000;
secret "$(awk '/^Secret/ { print $2 }' "$WORK/$fastd_h.keys")";
peer "other" {
	key "$(awk '/^Public/ { print $2 }' "$WORK/$fastd_o.keys")";
	remote $(under "$fastd_o"):10000;
}
END
	done
}

fastd_start()
{
	run_alice fastd --config "$WORK/alice.conf"
	run_bob fastd --config "$WORK/bob.conf"
	for fastd_h in alice bob; do
		wait_device "$fastd_h" fastd0 && address "$fastd_h" fastd0 ||
		    return 1
	done
}

fastd_check() { :; }

# --- nebula ------------------------------------------------------------------

nebula_cert()
{
	printf '%s\n' "${NEBULA_CERT:-${NEBULA%/*}/nebula-cert}"
}

nebula_have()
{
	program "${NEBULA:-}" NEBULA && program "$(nebula_cert)" NEBULA_CERT
}

nebula_about()
{
	echo "nebula $("$NEBULA" -version), AES, two routines"
}

nebula_sign()
{
	"$(nebula_cert)" sign -ca-crt "$WORK/ca.crt" -ca-key "$WORK/ca.key" \
	    -name "$1" -ip "$2/24" -out-crt "$WORK/$1.crt" \
	    -out-key "$WORK/$1.key" >/dev/null
}

# nebula_conf HOST INSIDE: INSIDE is the address of the other one
nebula_conf()
{
	cat >"$WORK/$1.yml" <<END
pki: { ca: $WORK/ca.crt, cert: $WORK/$1.crt, key: $WORK/$1.key }
static_host_map: { "$2": ["$(under "$(other "$1")"):4242"] }
lighthouse: { am_lighthouse: false, hosts: [] }
listen:
  host: 0.0.0.0
  port: 4242
  read_buffer: 10485760
  write_buffer: 10485760
routines: 2
cipher: aes
tun: { dev: nebula0, mtu: $MTU, tx_queue: 500 }
logging: { level: error, format: text }
firewall:
  outbound: [ { port: any, proto: any, host: any } ]
  inbound: [ { port: any, proto: any, host: any } ]
END
}

nebula_prepare()
{
	FAR=$FAR4
	"$(nebula_cert)" ca -name bench -out-crt "$WORK/ca.crt" \
	    -out-key "$WORK/ca.key" >/dev/null &&
	    nebula_sign alice "$NEAR4" && nebula_sign bob "$FAR4" &&
	    nebula_conf alice "$FAR4" && nebula_conf bob "$NEAR4"
}

nebula_start()
{
	run_alice "$NEBULA" -config "$WORK/alice.yml"
	run_bob "$NEBULA" -config "$WORK/bob.yml"
}

nebula_check() { :; }
