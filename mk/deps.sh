#!/bin/sh
# Installs the packages given, unless all of them are there already, and
# makes the users of the children.
set -eu

os=$(uname -s)
if [ "$(id -u)" -ne 0 ]; then
	echo "make deps must be run as root: it installs packages" >&2
	exit 1
fi
case $os in
Linux)
	missing=
	for p in "$@"; do
		dpkg-query -W -f '${Status}' "$p" 2>/dev/null |
		    grep -q 'ok installed' || missing="$missing $p"
	done
	if [ -n "$missing" ]; then
		echo "installing:$missing"
		export DEBIAN_FRONTEND=noninteractive
		apt-get update -q
		# shellcheck disable=SC2086
		apt-get install -q -y --no-install-recommends $missing
	fi ;;
OpenBSD)
	pkg_add -I "$@" ;;
*)
	echo "unknown system $os: install by hand: $*" >&2
	exit 1 ;;
esac
sh etc/users.sh
