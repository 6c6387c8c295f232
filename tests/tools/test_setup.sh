#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/setup, with stand-ins for dpkg-query, apt-get and sudo: what it would install, and
# that it does nothing when nothing is missing.

# shellcheck source=tests/tools/tap.sh
source "${BASH_SOURCE[0]%/*}/tap.sh" "$@"

chmod 777 "$scratch"
mkdir "$scratch/tools" "$scratch/bin"
cp "$top/tools/setup" "$top/tools/packages.txt" "$scratch/tools/"

stand_in() {
	cat >"$scratch/bin/$1"
	chmod 755 "$scratch/bin/$1"
}

mkdir -p "$scratch/web/node_modules"
chmod -R 777 "$scratch/web"
touch -d '1 hour ago' "$scratch/web/package-lock.json"
touch "$scratch/web/node_modules/.package-lock.json"
stand_in npm <<EOT
#!/bin/bash
echo "npm \$*" >>$scratch/calls
touch node_modules/.package-lock.json
EOT
stand_in dpkg-query <<EOT
#!/bin/bash
echo "dpkg-query" >>$scratch/calls
for name in "\${@:4}"; do
	grep -qx "\$name" $scratch/missing || echo "installed \$name"
done
EOT
stand_in apt-get <<EOT
#!/bin/bash
echo "apt-get \$*" >>$scratch/calls
[[ \$* != *update* || ! -e $scratch/offline ]] || exit 100
[[ \$* != *install* ]] || : >$scratch/missing
EOT

# The script as root (0) or as another user (65534), from a machine of this kind or that.
setup_as() {
	local user=$1
	shift
	: >"$scratch/calls"
	chmod 666 "$scratch/calls" "$scratch/missing"
	if [[ $user == "$EUID" ]]; then
		PATH="$scratch/bin:/usr/bin:/bin" "$scratch/tools/setup" "$@"
	elif ((EUID == 0)); then
		PATH="$scratch/bin:/usr/bin:/bin" setpriv --reuid "$user" --clear-groups "$scratch/tools/setup" "$@"
	else
		PATH="$scratch/bin:/usr/bin:/bin" unshare --user --map-root-user "$scratch/tools/setup" "$@"
	fi >"$scratch/said" 2>&1
}

calls() {
	cut -d ' ' -f 1 "$scratch/calls" | paste -sd ' '
}

other=$((EUID == 0 ? 65534 : EUID))

: >"$scratch/missing"
for what in demo test ci; do
	setup_as 0 --for $what
	is "nothing missing for $what: status" $? 0
	is "nothing missing for $what: silence" "$(cat "$scratch/said")" ""
	is "nothing missing for $what: one question, no more" "$(calls)" "dpkg-query"
done

touch "$scratch/web/package-lock.json"
touch -d '1 hour ago' "$scratch/web/node_modules/.package-lock.json"
setup_as 0 --for demo
is "libraries of the pages that are old: status" $? 0
is "libraries of the pages that are old are installed anew" "$(calls)" "dpkg-query npm"
setup_as 0 --for demo
is "and then no more" "$(calls)" "dpkg-query"

echo pcscd >"$scratch/missing"
setup_as 0 --for demo
is "root: status" $? 0
is "root: renews the lists and installs" "$(calls)" "dpkg-query apt-get apt-get dpkg-query"
has "root: just what is missing" "$(tail -n 2 "$scratch/calls" | head -n 1)" "install pcscd"

echo pcscd >"$scratch/missing"
touch "$scratch/offline"
setup_as 0
is "lists that cannot be renewed are not the end" $? 0
rm "$scratch/offline"

echo shellcheck >"$scratch/missing"
setup_as 0 --for demo
is "a package of another group is not asked for" "$(calls)" "dpkg-query"

echo meson >"$scratch/missing"
if PATH="$scratch/bin:/usr/bin:/bin" command -v sudo >/dev/null; then
	echo "# sudo is installed here: the way without it is not tried"
else
	setup_as "$other" --for test
	is "neither root nor sudo: status" $? 1
	has "neither root nor sudo: what to run" "$(cat "$scratch/said")" "apt-get install --no-install-recommends meson"
fi
stand_in sudo <<EOT
#!/bin/bash
echo "sudo" >>$scratch/calls
exec "\$@"
EOT
setup_as "$other" --for test
is "with sudo: status" $? 0
is "with sudo: through it" "$(calls)" "dpkg-query sudo apt-get sudo apt-get dpkg-query"

setup_as 0 --for nothing
is "an unknown purpose is refused" $? 2

finish
