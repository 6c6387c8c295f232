#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every sentence for people is in every language: none missing, doubtful or left over, the
# format directives of translations fit, and no file with sentences is forgotten.

# shellcheck source=tools/lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

readonly KEYWORDS='--from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=ngettext:1,2'
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT

potfiles() {
	grep -vE '^(#|$)' po/POTFILES
}

# Files of the programs that have a sentence to translate.
with_sentences() {
	files src -- '*.c' | xargs -r grep -lE '\b(_|N_|ngettext)\("' | LC_ALL=C sort
}

check_catalogue() {
	local po=$1 said
	said=$(LC_ALL=C msgfmt --check --statistics -o /dev/null "$po" 2>&1) || finding "$po: $said"
	[[ $said != *fuzzy* ]] || finding "$po has doubtful (fuzzy) translations: $said"
	# shellcheck disable=SC2086 # words
	findings_from "$po: not translated, or another sentence than in the sources" < <(
		LC_ALL=C msgcmp "$po" "$scratch/repin.pot" 2>&1 | grep -v 'found [0-9]* fatal error')
	LC_ALL=C msgmerge -q --no-fuzzy-matching -o "$scratch/merged.po" "$po" "$scratch/repin.pot" ||
		finding "$po cannot be merged"
	findings_from "$po: left over" < <(msgattrib --only-obsolete "$scratch/merged.po" | grep '^#~ msgid' | cut -c1-100)
	! grep -q '^#~' "$po" || finding "$po keeps obsolete entries"
}

must_exist po/POTFILES || finish
must_exist po/LINGUAS || finish
findings_from "po/POTFILES does not name this file" < <(comm -13 <(potfiles | LC_ALL=C sort) <(with_sentences))
while IFS= read -r file; do
	must_exist "$file" "named in po/POTFILES"
done < <(potfiles)
# shellcheck disable=SC2086 # words
potfiles | LC_ALL=C xgettext $KEYWORDS -f - -o "$scratch/repin.pot" 2>"$scratch/said" ||
	finding "xgettext: $(cat "$scratch/said")"
while IFS= read -r lang; do
	must_exist "po/$lang.po" "named in po/LINGUAS" && check_catalogue "po/$lang.po"
done < <(grep -vE '^(#|$)' po/LINGUAS)
finish
