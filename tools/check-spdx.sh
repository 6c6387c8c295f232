#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every file that a person wrote and that can hold a comment says its licence in its
# first lines, and it is the licence of the project.

# shellcheck source=tools/lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

readonly MARK='SPDX-License-Identifier: Apache-2.0'

# Sources by their name, and scripts by their first line.
all=$(
	files . -- '*.c' '*.h' '*.S' '*.sh' '*.py' '*.js' '*.mjs' '*.css' '*.html' '*.sql' '*.map' '*.in' \
		meson.build meson_options.txt Makefile
	files man -- '*.[1-9]'
	files . -- '*' | xargs -r grep -lIm 1 '^#!' 2>/dev/null
)
while IFS= read -r file; do
	head -n 5 "$file" | grep -qF "$MARK" || finding "$file does not say its licence"
done < <(LC_ALL=C sort -u <<<"$all")
must_exist LICENSE && { grep -q 'Apache License' LICENSE || finding "LICENSE is not the Apache licence"; }
finish
