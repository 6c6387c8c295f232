#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Texts that lie break the build: the man pages name the options and commands that the
# programs name, and no others; librepin.3 names what the library exports, and no more;
# the code tour in HACKING.md names every folder of src/; the completions know every
# option.

# shellcheck source=tools/lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

# Program, its man page, and how it names its commands in --help: one on a line, indented.
readonly PROGRAMS='
repin       man/repin.1       src/cli
repin-card  man/repin-card.1  src/vcard
repin-agent man/repin-agent.1 src/agent
repind      man/repind.8      src/server
'

# A man page as plain text.
page() {
	mandoc -T ascii -O width=500 "$1" | sed 's/.\x08//g'
}

# Long and short options in a text, one on a line. An option is what follows a blank or a
# bracket; "--" alone is none.
options() {
	grep -oP '(?<![\w-])(?:--[a-z][a-z0-9-]*|-[A-Za-z](?![\w-]))' | LC_ALL=C sort -u
}

# "Usage"-like command lists: indented words at the start of a line, before two blanks or
# an argument in capitals or brackets.
commands() {
	grep -oP '^ {2,8}\K[a-z][a-z-]+(?= {2,}| [A-Z\[<-]|$)' | LC_ALL=C sort -u
}

check_program() {
	local name=$1 manual=$2 program=$BUILD/bin/$1 help text word
	must_exist "$manual" "the man page of $name" || return
	is_built || return
	must_exist "$program" "a built program" || return
	if ! help=$(LC_ALL=C LANGUAGE='' "$program" --help </dev/null 2>&1); then
		finding "$name --help fails: ${help:0:200}"
		return
	fi
	text=$(page "$manual")
	findings_from "$manual does not tell of this option of $name" < <(
		comm -23 <(options <<<"$help") <(options <<<"$text"))
	findings_from "$name --help does not know this option of $manual" < <(
		comm -13 <(options <<<"$help") <(own_options "$manual"))
	while IFS= read -r word; do
		grep -qw -e "$word" <<<"$text" || finding "$manual does not tell of the command $word"
	done < <(commands <<<"$help")
	check_completions "$name" "$help"
}

# Options that the page marks as its program's own (mdoc: .Fl, man: \-\-), so that a page
# may speak of another program's options in its text.
own_options() {
	if grep -q '^\.Fl\|[ .]Fl ' "$1"; then
		grep -oP '\bFl (?:Fl |\\?-)?\K[A-Za-z][\w-]*' "$1" | awk '{ print (length($0) > 1 ? "--" : "-") $0 }'
	else
		page "$1" | options
	fi | LC_ALL=C sort -u
}

# bash, zsh and fish each know the long options, where there is a completion; people
# have to get one for repin.
check_completions() {
	local name file option
	for name in "$1" "_$1" "$1.fish"; do
		file=$(files data -- "$name" "$name.bash" | grep completion | head -n 1)
		if [[ -z $file ]]; then
			[[ $1 != repin ]] || finding "there is no completion $name in data/completion*/"
			continue
		fi
		while IFS= read -r option; do
			grep -qP "(?:--|(?<![a-z-]))\Q${option#--}\E(?![a-z-])" "$file" || finding "$file does not know $option"
		done < <(options <<<"$2" | grep '^--')
	done
}

check_library() {
	local manual=man/librepin.3 declared
	must_exist "$manual" "the man page of the library" || return
	# shellcheck disable=SC2046 # a list of files
	declared=$(c_code $(files include/repin -- '*.h') | grep -oP ':RP_API\b.*?\b\Krp_[a-z0-9_]+(?=\s*\()' |
		LC_ALL=C sort -u)
	findings_from "$manual does not tell of this function" < <(
		comm -23 <(echo "$declared") <(grep -oP '\brp_[a-z0-9_]+' "$manual" | LC_ALL=C sort -u))
	findings_from "$manual tells of a function that no header declares" < <(
		comm -13 <(echo "$declared") <(grep -oP '^\.(?:Fn|Fo) \K\w+' "$manual" | LC_ALL=C sort -u))
}

check_tour() {
	local folder file
	for file in README.md HACKING.md CHANGELOG.md CONTRIBUTING.md SECURITY.md docs/decisions.md; do
		must_exist "$file"
	done
	[[ -e HACKING.md ]] || return
	for folder in src/*/; do
		grep -qF "$folder" HACKING.md || finding "HACKING.md does not tell of $folder"
	done
	findings_from "HACKING.md tells of a folder that is not there" < <(
		grep -oP '(?<![\w/])src/[a-z]+/(?!\w)' HACKING.md | sort -u | while IFS= read -r folder; do
			[[ -d $folder ]] || echo "$folder"
		done)
}

# Links from one text to another.
check_links() {
	local file target
	while IFS= read -r file; do
		while IFS= read -r target; do
			[[ -e ${file%/*}/$target || ($file != */* && -e $target) ]] || finding "$file points to $target, which is not there"
		done < <(grep -oP '\]\(\K(?![a-z]+:|#)[^)#\s]+' "$file")
	done < <(files . -- '*.md')
}

while read -r name manual folder; do
	[[ -n $name && -d $folder ]] || continue
	check_program "$name" "$manual"
done <<<"$PROGRAMS"
check_library
check_tour
check_links
finish
