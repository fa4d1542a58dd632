#!/bin/sh
# Makes the users that the children run as, one for each process.  They own
# nothing, cannot log in and have no home.
set -eu

if [ "$(id -u)" -ne 0 ]; then
	echo "making users needs root" >&2
	exit 1
fi
for u in net crypto tun ctl link tls policy store auth stun oidc splice api; do
	name=_enclave_$u
	id "$name" >/dev/null 2>&1 && continue
	case $(uname -s) in
	Linux)
		groupadd --system "$name" 2>/dev/null || true
		useradd --system --gid "$name" --no-create-home \
		    --home-dir /nonexistent --shell /usr/sbin/nologin \
		    --comment "Enclave $u process" "$name" ;;
	*)
		groupadd "$name" 2>/dev/null || true
		useradd -g "$name" -d /var/empty -s /sbin/nologin \
		    -c "Enclave $u process" "$name" ;;
	esac
done
