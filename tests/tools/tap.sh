# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# TAP for tests written in shell: source it, use the functions, end with `finish`.
# $1 of the test is the top of the sources; $scratch is a folder that goes at the end.

set -u

# shellcheck disable=SC2034 # for the tests
top=$(cd "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tap_n=0
tap_bad=0

# is WHAT GOT WANTED
is() {
	tap_n=$((tap_n + 1))
	if [[ $2 == "$3" ]]; then
		printf 'ok %d - %s\n' "$tap_n" "$1"
	else
		tap_bad=$((tap_bad + 1))
		printf 'not ok %d - %s\n' "$tap_n" "$1"
		printf '%s\n' "got:    $2" "wanted: $3" | sed 's/^/# /'
	fi
}

# has WHAT TEXT PART
has() {
	if [[ $2 == *"$3"* ]]; then
		is "$1" yes yes
	else
		is "$1" "$2" "…$3…"
	fi
}

# within SECONDS COMMAND…: true as soon as the command is, false when the time is over.
within() {
	local end=$((SECONDS + $1 + 1))
	shift
	while ((SECONDS < end)); do
		"$@" && return 0
		sleep 0.05
	done
	return 1
}

finish() {
	printf '1..%d\n' "$tap_n"
	exit $((tap_bad > 0))
}
