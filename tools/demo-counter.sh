# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# A visit to the city's counter in the demonstration: no other PIN helps with the one for card input, so a clerk looks at
# documents, and the holder types the new PIN at the desk. Sourced by tools/demo-issuer.sh.

title "The PIN for card input is locked; of this one no kiosk is a door: the counter"
for ((n = 1; n <= 3; n++)); do
	repin change text --reader "$my_reader" --last-try --json --secrets-fd 3 3< <(printf 'current=000%d\nnew=5937\n' "$n") |
		grep -oE '"tries_left": [0-9]+' | sed "s/.*: /  wrong entry $n: tries left /" || true
done
step 0 '' repin doors text --reader "$my_reader"

title "At the counter: the documents decide, a clerk says why, the holder types the PIN"
step 0 '' repind --config "$issuer" group set desks --class desk --slots mynumber:sign,mynumber:auth,mynumber:text,mynumber:juki --operated-by 'Inagi City'
step 0 '' repind --config "$issuer" terminal enrol desk-1 --class desk --group desks --office inagi --out "$dir/desk"
step 0 '' repind --config "$issuer" operator add suzuki --roles clerk,approver --office inagi --generate "$dir/operators"
write_configuration "$dir/desk/desk-1" >"$dir/desk.conf"
case=$(python3 tools/demo-clerk.py "${console_url:-$url}" "$issuer/tls-ca.pem" "$dir/desk/desk-1.pem" "$dir/desk/desk-1.key" \
	"$dir/operators" suzuki 123456789012345 text)
step 0 'new=5937\n' repin reset text --case "$case" --config "$dir/desk.conf" --reader "$my_reader"
step 0 '' repin status --reader "$my_reader" text
