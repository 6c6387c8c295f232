#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Files and functions that have grown more than one job: over 600 lines a file, over 60
# lines a function, over 110 columns a line of C (a tab counts 8; a line that holds a
# sentence for people is left whole, so that it can be found).

# shellcheck source=tools/lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

readonly FILE_LINES=600 FUNCTION_LINES=60 COLUMNS_MAX=110

long_files() {
	xargs -r wc -l <<<"$1" | awk -v max=$FILE_LINES '$2 != "total" && $1 > max { print $2 ": " $1 " lines" }'
}

long_functions() {
	ctags -L - -f - --language-force=C --fields=+ne --kinds-C=f --pattern-length-limit=0 <<<"$1" |
		awk -F '\t' -v max=$FUNCTION_LINES '{
			first = last = 0
			for (i = 4; i <= NF; i++) {
				if ($i ~ /^line:/) first = substr($i, 6)
				if ($i ~ /^end:/) last = substr($i, 5)
			}
			if (last - first + 1 > max) print $2 ":" first ": " $1 ", " last - first + 1 " lines"
		}'
}

wide_lines() {
	# shellcheck disable=SC2016 # these are Perl's
	xargs -r perl -CSD -lne '
		1 while s/\t+/" " x (8 * length($&) - length($`) % 8)/e;
		print "$ARGV:$.: ", length, " columns" if length > '$COLUMNS_MAX' && !/"[^"]* [^"]*"/;
		close ARGV if eof' <<<"$1"
}

code=$(files src include tests fuzz bench -- '*.c' '*.h')
scripts=$(files tools .ci tests -- '*.sh' '*.py' run setup demo with-reader with-postgres)
[[ -n $code ]] || finding "there is no source"
findings_from "too long" < <(long_files "$code"$'\n'"$scripts")
findings_from "too long" < <(long_functions "$(grep '\.c$' <<<"$code")")
findings_from "too wide" < <(wide_lines "$code")
finish
