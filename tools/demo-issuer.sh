# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# The second half of the demonstration: an issuer with its keys in a token, who lets a forgotten PIN be set anew on
# evidence, once and provably. Sourced by tools/demo.

# Number N of a profile, personalised by the issuer and enrolled, in the file STATE; options for `repin-card new` follow.
personalise() {
	local profile=$1 number=$2 state=$3
	shift 3
	repind --config "$issuer" card key --hex --profile "$profile" --number "$number" >"$dir/kcard"
	repin-card new --profile "$profile" --number "$number" --issuer demo --reset-key "$dir/kcard" \
		--state "$state" --ca "$dir/ca.pem" "$@"
	rm "$dir/kcard"
}

start_issuer() {
	local pipe line n
	exec {pipe}< <(exec repind --config "$issuer" serve)
	services+=($!)
	for ((n = 0; n < 4; n++)); do
		read -r -t 30 -u "$pipe" line || break
		[[ $line != 'repind: console, '* ]] || console_url=${line#repind: console, }
		[[ $line != 'repind: ready, '* ]] || url=${line#repind: ready, }
		[[ -z $url ]] || return 0
	done
	echo 'demo: the issuer does not start' >&2
	exit 1
}

write_configuration() {
	printf 'issuer-url = "%s"\nissuer-ca-file = "%s"\nhicos-transport-key-file = "%s"\n' \
		"$url" "$issuer/tls-ca.pem" "$dir/hicos.key"
	[[ $# == 0 ]] || printf 'terminal-certificate-file = "%s"\nterminal-key-file = "%s"\n' "$1.pem" "$1.key"
}

# The receipt that a command has just told.
last_receipt() {
	sed -n 's/^ *Receipt: //p' <<<"$1"
}

# shellcheck source=tools/demo-reissue.sh
source tools/demo-reissue.sh
take_cards_out
issuer=$dir/issuer url='' console_url=''

title "An issuer: keys in a token (SoftHSM), database (SQLite), a kiosk, two cards that it has personalised"
step 0 '' repind init "$issuer" --no-questions --one-person --name demo --log-origin demo.example/log --listen 127.0.0.1:0 \
	--metrics 127.0.0.1:0 --anchors "$dir/ca.pem"
make_ca_peer
personalise mynumber 123456789012345 "$dir/my.json"
personalise hicos XC00000000091349 "$dir/ao.json"
repin-card export --state "$dir/my.json" >"$dir/cards.jsonl"
# The holder chose this user code when the certificate was applied for.
repin-card export --state "$dir/ao.json" | sed 's/}$/, "user_code": "Code12"}/' >>"$dir/cards.jsonl"
step 0 '' repind --config "$issuer" enrol "$dir/cards.jsonl"
step 0 '' repind --config "$issuer" group set stores --class kiosk --slots mynumber:sign,mynumber:auth \
	--operated-by 'Example stores' --places 'every store' --hours 'mon-sun 00:00-24:00' --listed
step 0 '' repind --config "$issuer" terminal enrol kiosk-1 --class kiosk --group stores --out "$dir/kiosk"
start_issuer
printf '%s\n' "$(printf 'repin test transport key' | sha256sum | cut -c1-48)" >"$dir/hicos.key"
chmod 600 "$dir/hicos.key"
mkdir -p "$dir/repin"
write_configuration >"$dir/repin/repin.conf"
write_configuration "$dir/kiosk/kiosk-1" >"$dir/kiosk.conf"
insert "$dir/my.json" "$first"
insert "$dir/ao.json" "$second"
wait_for_cards

title "The signature PIN is forgotten and locked: which way back?"
for ((n = 1; n <= 5; n++)); do
	repin change sign --reader "$my_reader" --last-try --json --secrets-fd 3 3< <(printf 'current=WRONG%d\nnew=NEWPIN9\n' "$n") |
		grep -oE '"tries_left": [0-9]+' | sed "s/.*: /  wrong entry $n: tries left /" || true
done
step 0 '' repin doors sign --know auth --reader "$my_reader"

title "At home: the other PIN opens a reservation for 24 hours"
step 0 'other=1234\n' repin reserve sign --reader "$my_reader"

title "At the kiosk: the card finds its reservation; the other PIN again, and a new one"
said=$(step 0 'other=1234\nnew=KIOSK7\n' repin reset sign --config "$dir/kiosk.conf" --reader "$my_reader") || exit 1
printf '%s\n' "$said"
receipt=$(last_receipt "$said")
step 0 '' repin status --reader "$my_reader"

# shellcheck source=tools/demo-counter.sh
source tools/demo-counter.sh

title "A HiCOS card whose PIN is locked: the user code sets it anew, at home"
for ((n = 1; n <= 3; n++)); do
	repin change pin --reader "$ao_reader" --last-try --json --secrets-fd 3 3< <(printf 'current=00000%d\nnew=739164\n' "$n") |
		grep -oE '"tries_left": [0-9]+' | sed "s/.*: /  wrong entry $n: tries left /" || true
done
step 4 'user-code=Wrong99\nnew=739164\n' repin reset pin --reader "$ao_reader"
step 0 'user-code=Code12\nnew=739164\n' repin reset pin --reader "$ao_reader"
step 0 '' repin status --reader "$ao_reader"

# GET an address of the issuer: $1, as the text that it answers.
ask_issuer() {
	python3 -c 'import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2])
sys.stdout.write(urllib.request.urlopen(sys.argv[1], context=context).read().decode())' "$url$1" "$issuer/tls-ca.pem"
}

title "The receipt of the kiosk's reset: in the log that the issuer has signed, says a program that is not ours"
for ((n = 0; n < 50; n++)); do
	ask_issuer "/v1/log/receipts/$receipt" >"$dir/receipt.out"
	grep -q '"proof"' "$dir/receipt.out" && break
	sleep 0.2
done
ask_issuer /v1/log/checkpoint >"$dir/checkpoint"
step 0 '' python3 tests/independent/check_log.py receipt "$dir/receipt.out" "$dir/checkpoint" "$(ask_issuer /v1/log/key)"
step 0 '' repind --config "$issuer" audit verify
