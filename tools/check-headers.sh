#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every header compiles alone and twice, with both compilers and all our warnings; no two
# headers have the same include guard.

# shellcheck source=tools/lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

readonly WARNINGS='-std=gnu17 -D_GNU_SOURCE -Wall -Wextra -pedantic -Wshadow -Wcast-qual -Wwrite-strings
	-Wmissing-prototypes -Wbad-function-cast -Wconversion -Wsign-conversion -Wimplicit-fallthrough
	-Wswitch-enum -Wvla -Werror'

libraries=$(pkg-config --cflags libsodium gnutls jansson libpcsclite) || finding "pkg-config does not know a library"
headers=$(files src include tests fuzz bench -- '*.h')
[[ -n $headers ]] || finding "there is no header"
for header in $headers; do
	include=${header#src/}
	include=${include#include/}
	for compiler in gcc clang; do
		# shellcheck disable=SC2086 # lists of options
		said=$(printf '#include "%s"\n#include "%s"\n' "$include" "$include" |
			"$compiler" $WARNINGS $libraries -Isrc -Iinclude -Itests -Ifuzz -I. -xc -fsyntax-only - 2>&1) ||
			finding "$header does not compile alone with $compiler: ${said%%$'\n\n'*}"
	done
done
# shellcheck disable=SC2086 # a list of files
guards=$(grep -hm 1 '^#ifndef REPIN_' $headers)
findings_from "this guard is that of two headers" < <(LC_ALL=C sort <<<"$guards" | uniq -d)
finish
