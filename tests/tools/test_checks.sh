#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The check scripts, each on a small tree that is right and on one with a single wrong
# line: a check that finds nothing in the second is worse than none. Run by .ci/run, since
# the checks need more packages than `make test` does.

# shellcheck source=tests/tools/tap.sh
source "${BASH_SOURCE[0]%/*}/tap.sh" "$@"

unset CI
tree=$scratch/tree

# A tree in which no check finds anything.
right_tree() {
	rm -rf "$tree"
	mkdir -p "$tree"/src/{base,card/profiles,lib,cli,vcard} "$tree"/include/repin "$tree"/{man,docs}
	put include/repin/types.h '#ifndef REPIN_TYPES_H' '#define REPIN_TYPES_H' '#define RP_API' 'int rp_x;' '#endif'
	put include/repin/repin.h '#ifndef REPIN_REPIN_H' '#define REPIN_REPIN_H' '#include "repin/types.h"' \
		'RP_API int rp_do(int a);' '#endif'
	put src/lib/repin.map 'REPIN_0 {' 'global:' '	rp_do;' 'local:' '	*;' '};'
	put src/base/bytes.c '#include "repin/types.h"' 'int x;'
	put src/card/pin.c '#include "base/bytes.h"' 'int y;'
	put src/cli/main.c '#include "repin/repin.h"' 'int z;'
	cp "$top/LICENSE" "$tree/"
}

# put FILE LINE…: a file with its licence line, which is not counted in the tests below.
put() {
	local mark='/* SPDX-License-Identifier: Apache-2.0 */'
	printf '%s\n' "$mark" "${@:2}" >"$tree/$1"
}

# What a check says of the tree, without its own name.
said_by() {
	"$top/tools/check-$1.sh" "$tree" 2>/dev/null | sed 's/^[^ ]* //'
}

# finds CHECK FILE PART LINE…: with these lines added to FILE it says something with PART.
finds() {
	local check=$1 file=$2 part=$3 said
	right_tree
	[[ -e $tree/$file ]] || put "$file"
	printf '%s\n' "${@:4}" >>"$tree/$file"
	said=$(said_by "$check")
	has "$check finds: ${4%%$'\n'*}" "$said" "$part"
}

# passes CHECK FILE LINE…: with these lines added it still says nothing.
passes() {
	right_tree
	[[ -e $tree/$2 ]] || put "$2"
	printf '%s\n' "${@:3}" >>"$tree/$2"
	is "$1 takes: $3" "$(said_by "$1")" ""
}

right_tree
for check in layers headers banned sizes spdx symbols; do
	is "$check finds nothing in a right tree" "$(said_by $check)" ""
	is "$check: a tree without anything is wrong" \
		"$(mkdir -p "$scratch/empty" && "$top/tools/check-$check.sh" "$scratch/empty" >/dev/null 2>&1 || echo fails)" fails
done

finds layers src/base/bytes.c 'base must not include "card/pin.h"' '#include "card/pin.h"'
finds layers src/vcard/a.c 'vcard must not include' '#include "card/apdu.h"'
finds layers src/lib/a.c 'card/profiles is for src/card alone' '  #  include "card/profiles/x.h"'
finds layers src/cli/main.c 'belongs in' '#include <winscard.h>'
finds layers src/card/pin.c 'stand in quotes' '#include <base/bytes.h>'
finds layers src/card/pin.c 'names no folder' '#include "pin.h"'
mkdir -p "$tree/src/attic" && has "layers finds: a folder out of the table" "$(said_by layers)" "src/attic/ is not in the table"
passes layers src/base/secret.c '#include <sodium.h>'

finds headers src/card/a.h 'does not compile alone' '#ifndef REPIN_A_H' '#define REPIN_A_H' 'size_t f(void);' '#endif'
finds headers src/card/a.h 'of two headers' '#ifndef REPIN_TYPES_H' '#define REPIN_TYPES_H' '#endif'

finds banned src/card/pin.c 'without a limit' 'strcpy(a, b);'
finds banned src/card/pin.c 'cannot tell an error' 'n = atoi (a);'
finds banned src/card/pin.c 'no shell' 'system("ls");'
finds banned src/card/pin.c 'length from outside' 'memcpy(a, b,' '       len);'
finds banned src/card/pin.c 'length from outside' 'if (memcmp(a, f(b, 4), c[SIZE - 1]) == 0) x();'
finds banned src/card/pin.c 'secret in a message' 'log_event(LOG_LVL_INFO, "x", "%s",' '	rp_secret_bytes(s));'
# shellcheck disable=SC1003 # the line does end in a backslash
finds banned src/card/pin.c 'hides a return' '#define CHECK(x) do { if (!(x)) \' '	return 1; } while (0)'
finds banned src/card/pin.c 'inside a function' 'int f(void)' '{' '#ifdef LINUX' 'g();' '#endif' '}'
finds banned src/card/pin.c 'number of its issue' "/* TO""DO: later */"
finds banned docs/a.md 'path of one machine' "see /ho""me/me/repin"
finds banned docs/a.md 'package registry' "from https://registry.npm""js.org/x"
passes banned src/card/pin.c '/* strcpy(a, b); */ const char *s = "system(1)";'
passes banned src/card/pin.c 'memcpy(a, b, sizeof a);'
passes banned src/card/pin.c 'memcmp(a, b + 1, AID_LEN);'
passes banned src/card/pin.c '/* checked: one byte a row */' 'memcpy(a, b, len);'
passes banned src/card/pin.c 'memcpy(a, b, len); /* checked: len <= sizeof a above */'
passes banned src/base/bytes.c 'memcpy(a, b, len);'
passes banned src/card/pin.c "/* TO""DO(#12): later */"

finds sizes src/card/pin.c '61 lines' 'void f(void)' '{' "$(yes '	x();' | head -n 58)" '}'
finds sizes src/card/pin.c 'lines' "$(seq 601)"
finds sizes src/card/pin.c 'columns' "$(printf '\tint %0110d;' 0)"

right_tree && echo 'int a;' >"$tree/src/card/a.c"
has "spdx finds: a source without its licence" "$(said_by spdx)" "src/card/a.c does not say its licence"

finds symbols include/repin/repin.h 'declared in include/repin, not in' 'RP_API RP_MUST_CHECK int' '	rp_more(void);'
finds symbols src/lib/repin.map 'declared nowhere' 'X { global: rp_less; };'

finish
