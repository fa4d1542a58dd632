#!/bin/sh
# Installs the packages given, unless all of them are there already, and
# makes the users of the children.
set -eu

need_root()
{
	[ "$(id -u)" -eq 0 ] && return 0
	echo "run this as root once: $1" >&2
	exit 1
}

case $(uname -s) in
Linux)
	missing=
	for p in "$@"; do
		dpkg-query -W -f '${Status}' "$p" 2>/dev/null |
		    grep -q 'ok installed' || missing="$missing $p"
	done
	if [ -n "$missing" ]; then
		need_root "packages are missing:$missing"
		echo "installing:$missing"
		export DEBIAN_FRONTEND=noninteractive
		apt-get update -q
		# shellcheck disable=SC2086
		apt-get install -q -y --no-install-recommends $missing
	fi ;;
OpenBSD)
	for p in "$@"; do
		pkg_info -e "$p-*" >/dev/null && continue
		need_root "package $p is missing"
		pkg_add -I "$p"
	done ;;
*)
	echo "unknown system: install by hand: $*" >&2 ;;
esac
for u in net crypto tun ctl link tls policy store auth stun oidc splice api; do
	id "_enclave_$u" >/dev/null 2>&1 && continue
	need_root "user _enclave_$u is missing"
	sh etc/users.sh
	break
done
