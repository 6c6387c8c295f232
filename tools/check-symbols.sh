#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What librepin promises is said three times: in its public header, in its symbol map,
# and by the built library. The three must be one.

# shellcheck source=tools/lib.sh
source "${BASH_SOURCE[0]%/*}/lib.sh"

readonly MAP=src/lib/repin.map
readonly LIBRARY=$BUILD/src/lib/librepin.so

# Functions that the installed headers declare.
declared() {
	local headers
	headers=$(files include/repin -- '*.h')
	# shellcheck disable=SC2086 # a list of files
	c_code $headers | grep -oP ':RP_API\b.*?\b\Krp_[a-z0-9_]+(?=\s*\()' | LC_ALL=C sort -u
}

# Names of the global sections of the map.
mapped() {
	sed 's|/\*.*\*/||; s|#.*||' "$MAP" | awk '
		/global:/ { on = 1; sub(/.*global:/, "") }
		/local:/ { on = 0 }
		on { gsub(/[ \t]/, ""); n = split($0, names, ";"); for (i = 1; i <= n; i++) if (names[i] ~ /^[a-z]/) print names[i] }
	' | LC_ALL=C sort -u
}

exported() {
	nm -D --defined-only "$LIBRARY" | awk '$2 ~ /^[TWBDRV]$/ { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort -u
}

must_exist include/repin/repin.h || finish
must_exist "$MAP" || finish
header=$(declared)
map=$(mapped)
[[ -n $header ]] || finding "no function of include/repin is marked RP_API"
findings_from "declared in include/repin, not in $MAP" < <(comm -23 <(echo "$header") <(echo "$map"))
findings_from "in $MAP, declared nowhere in include/repin" < <(comm -13 <(echo "$header") <(echo "$map"))
if is_built && must_exist "$LIBRARY" "a built file"; then
	library=$(exported)
	findings_from "in $MAP, not in the library" < <(comm -23 <(echo "$map") <(echo "$library"))
	findings_from "in the library, not in $MAP" < <(comm -13 <(echo "$map") <(echo "$library"))
fi
finish
