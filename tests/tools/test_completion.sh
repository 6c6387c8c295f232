#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The completion of repind in bash, zsh and fish: each command with exactly its options, as the program's help has them.
#
#     test_completion.sh SOURCES REPIND

# shellcheck source=tests/tools/tap.sh
source "${BASH_SOURCE[0]%/*}/tap.sh" "$@"

repind=$2
folder=$top/data/completion

commands() {
	"$repind" --help | sed -n '/^commands/,/^options/s/^  \([a-z-]*\( [a-z-]\+\)\{0,1\}\).*/\1/p' | sed 's/ *$//; /^$/d'
}

options_of() {
	# shellcheck disable=SC2086 # a command may have two words
	"$repind" $1 --help | grep -oP '^  \K--[a-z-]+' | LC_ALL=C sort
}

# shellcheck source=data/completion/repind.bash
source "$folder/repind.bash"

# What bash offers for the last of these words.
offers() {
	COMP_WORDS=(repind "$@")
	COMP_CWORD=$#
	_repind
	printf '%s\n' "${COMPREPLY[@]}"
}

all=$(commands)
is "the help has commands" "$(wc -l <<<"$all" | awk '{ print ($1 > 25 ? "many" : $1) }')" many
while IFS= read -r command; do
	read -ra words <<<"$command"
	is "bash: options of $command" "$(offers "${words[@]}" -- | LC_ALL=C sort)" "$(options_of "$command")"
	for file in _repind repind.fish; do
		for word in "${words[@]}"; do
			is "$file: $word" "$(grep -cw -e "$word" "$folder/$file" | sed 's/^[1-9].*/yes/')" yes
		done
	done
done <<<"$all"

is "a command" "$(offers ca)" card
is "its second word" "$(offers card st)" status
is "what it takes" "$(offers card status su)" suspended
is "the value of an option" "$(offers card key --profile hi)" hicos
is "a value that nobody knows" "$(offers card key --number '')" ""
is "after an option with its value" "$(offers --config x stop l)" $'lift\nlist'
is "bash reads it" "$(bash -n "$folder/repind.bash" 2>&1)" ""
for shell in "zsh _repind" "fish repind.fish"; do
	command -v "${shell% *}" >/dev/null || continue
	is "${shell% *} reads it" "$("${shell% *}" -n "$folder/${shell#* }" 2>&1)" ""
done
finish
