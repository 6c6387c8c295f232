# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the check scripts share. Each begins with
#
#     source "${BASH_SOURCE[0]%/*}/lib.sh"
#
# works on the project it lies in, or on the folder given as its first argument (so that
# a test can show it a wrong tree), tells each finding on a line of its own, and ends
# with `finish`. Where a file that has to be there is missing, that is a finding.

set -u

TOOLS=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
readonly TOOLS
readonly CHECK=${0##*/}
readonly BUILD=${REPIN_BUILD:-build}
findings=0

cd "${1:-$TOOLS/..}" || exit 2

# files FOLDER… -- PATTERN…: the project's own files below the folders, by name; no
# build folders. Not from git: a tarball and a checkout of another user are checked too.
files() {
	local where=() names=()
	while [[ $1 != -- ]]; do
		[[ ! -e $1 ]] || where+=("$1")
		shift
	done
	shift
	((${#where[@]} > 0)) || return 0
	while (($# > 0)); do
		names+=(-o -name "$1")
		shift
	done
	find "${where[@]}" -type d \( -name .git -o -name 'build*' -o -name node_modules \) -prune -o \
		-type f \( "${names[@]:1}" \) -print | sed 's|^\./||' | LC_ALL=C sort
}

# The code of C files without comments and strings, a statement on a line:
# FILE:LINE:DEPTH:CODE (tools/c-code tells more).
c_code() {
	"$TOOLS/c-code" "$@"
}

finding() {
	printf '%s: %s\n' "$CHECK" "$*"
	findings=$((findings + 1))
}

# Each line of the input is a finding; $1 says what is wrong with it. FILE:LINE: at its
# start stays in front.
findings_from() {
	local line
	while IFS= read -r line; do
		if [[ $line =~ ^([^:]+:[0-9]+):([0-9]+:)?[[:space:]]*(.*)$ ]]; then
			finding "${BASH_REMATCH[1]}: $1: ${BASH_REMATCH[3]:0:120}"
		else
			finding "$1: $line"
		fi
	done
}

# $1 must be there; false and a finding when it is not.
must_exist() {
	[[ -e $1 ]] && return 0
	finding "$1 is missing${2:+ ($2)}"
	return 1
}

# True when there are built programs to look at. In CI they have to be there; a person
# may check a tree that is not built.
is_built() {
	[[ ! -e $BUILD/build.ninja ]] || return 0
	if [[ -n ${CI:-} ]]; then
		finding "nothing is built in $BUILD"
	else
		printf '%s: nothing is built in %s: only the sources are checked\n' "$CHECK" "$BUILD" >&2
	fi
	return 1
}

finish() {
	((findings == 0)) || printf '%s: %d to mend\n' "$CHECK" "$findings"
	exit $((findings > 0))
}
