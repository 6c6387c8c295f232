#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The arrows between the folders of src/ run one way. This is the table; a folder that
# is not in it, an include that it does not allow, a library used outside its one place,
# and a program linked with what it must not know are findings.

# shellcheck source=tools/lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

# Folder, and the folders whose headers it may include besides its own.
# "api" is repin/repin.h, "types" the other headers of include/repin: the shared words.
readonly ARROWS='
base    types
card    base types api
rules   base types
lib     card rules base types api
cli     lib client rules tlog base types api
agent   lib client http base types api
vcard   base types
client  base types api
http    base types
keys    base types
tlog    base types
store   base types
issuer  rules keys tlog store base types api
server  issuer rules http keys store tlog base types api
'

# Header of a library, and the files that may include it (shell patterns). A library has
# one place, so that it can be replaced there.
readonly PLACES='
winscard.h      src/card/pcsc_worker.h
reader.h        src/card/transport_pcsc.c
pcsclite.h      src/card/transport_pcsc.c
sodium.h        src/base/secret.c src/base/hash.c
utf8proc.h      src/base/text.c
confuse.h       src/base/conf.c src/server/settings.c
gnutls/*        src/card/cert.c src/card/device_key.c src/card/hicos.c src/card/late_gnutls.[ch] src/vcard/*.[ch] src/issuer/x509.c src/issuer/totp.c src/http/*.c src/server/*.c
gmp.h           src/server/wrap_key.c
jansson.h       src/vcard/*.[ch] src/cli/*.[ch] src/base/json.[ch] src/http/*.[ch] src/agent/*.[ch] src/client/*.[ch] src/issuer/*.c src/server/*.[ch]
curl/*          src/client/*.[ch]
microhttpd.h    src/http/*.[ch]
sqlite3.h       src/store/*.c
libpq-fe.h      src/store/*.c
p11-kit/*       src/keys/*.[ch]
qrencode.h      src/http/*.c src/agent/*.c src/server/*.c
'

# Built file (below the build folder) and the libraries that it must not need.
readonly UNLINKED='
src/lib/librepin.so   microhttpd jansson curl confuse sqlite3 pq
src/cli/repin         microhttpd sqlite3 pq
src/vcard/repin-card  pcsclite curl microhttpd sqlite3 pq
src/agent/repin-agent sqlite3 pq
src/server/repind     pcsclite
'

# FILE:LINE:HEADER for the includes of $1 (" or <) in the files on standard input.
includes() {
	xargs -r grep -HnoE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[$1][^\">]+" |
		sed -E "s/:[[:space:]]*#[[:space:]]*include[[:space:]]*[\"<]/:/"
}

# True when word $1 stands in the list $2.
is_in() {
	[[ " $2 " == *" $1 "* ]]
}

# The folders that src/$1 may include.
allowed() {
	local folder rest
	while read -r folder rest; do
		[[ $folder != "$1" ]] || { printf '%s %s\n' "$folder" "$rest" && return; }
	done <<<"$ARROWS"
	return 1
}

check_arrows() {
	local file line header folder target list
	while IFS=: read -r file line header; do
		folder=${file#src/}
		folder=${folder%%/*}
		case $header in
		repin/repin.h) target=api ;;
		repin/*) target=types ;;
		*/*) target=${header%%/*} ;;
		*)
			finding "$file:$line: \"$header\" names no folder (write \"$folder/$header\")"
			continue
			;;
		esac
		list=$(allowed "$folder") || continue
		# The one part of a layer that a neighbour must never see, whatever the table says.
		if [[ $header == card/profiles/* && $folder != card ]]; then
			finding "$file:$line: card/profiles is for src/card alone"
		elif ! is_in "$target" "$list"; then
			finding "$file:$line: $folder must not include \"$header\" (it may: $list)"
		fi
	done
}

check_folders() {
	local folder
	for folder in src/*/; do
		folder=${folder#src/}
		allowed "${folder%/}" >/dev/null || finding "src/$folder is not in the table of check-layers.sh"
	done
	must_exist include/repin/types.h
	findings_from "an installed header includes installed headers only" < <(
		files include -- '*.h' | includes '"<' | grep -E ':(base|card|rules|lib|cli|agent|vcard)/')
}

check_places() {
	local file line header row place ok
	while IFS=: read -r file line header; do
		while read -ra row; do
			# shellcheck disable=SC2053 # a pattern on purpose
			[[ $header == ${row[0]:-} ]] || continue
			ok=0
			for place in "${row[@]:1}"; do
				# shellcheck disable=SC2053
				[[ $file != $place ]] || ok=1
			done
			((ok)) || finding "$file:$line: <$header> belongs in ${row[*]:1}"
		done <<<"$PLACES"
	done
}

check_links() {
	local built libraries library needed
	while read -r built libraries; do
		[[ -n $built && -d ${built%/*} ]] || continue
		must_exist "$BUILD/$built" "a built file" || continue
		needed=$(readelf -d "$BUILD/$built" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
		for library in $libraries; do
			[[ $needed != *"lib$library"[.-]* ]] || finding "$built must not be linked with lib$library"
		done
	done <<<"$UNLINKED"
}

sources=$(files src -- '*.c' '*.h')
[[ -n $sources ]] || finding "there is no source"
check_folders
check_arrows < <(includes '"' <<<"$sources")
findings_from "our own headers stand in quotes" < <(
	includes '<' <<<"$sources" | grep -E ":($(awk 'NF { printf "%s|", $1 }' <<<"$ARROWS")repin)/")
check_places < <(includes '"<' <<<"$sources")
is_built && check_links
finish
