# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# The third part of the demonstration: a dead card. Its certificate is revoked by its CA, which is the mock server of
# `openssl cmp` here, and a new card takes its place. Sourced by tools/demo-issuer.sh.

old_number=4000000000000001 new_number=4000000000000002

# Our certificate and key for the CA, the CA's own, and what repind needs to know of them.
make_ca_peer() {
	local name
	mkdir "$dir/cmp"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/cmp/ca.key" -out "$dir/cmp/ca.pem" -days 7 \
		-subj '/CN=Example CMP CA' 2>/dev/null
	for name in server ra; do
		openssl req -newkey rsa:2048 -nodes -keyout "$dir/cmp/$name.key" -subj "/CN=$name" 2>/dev/null |
			openssl x509 -req -CA "$dir/cmp/ca.pem" -CAkey "$dir/cmp/ca.key" -CAcreateserial -days 7 \
				-out "$dir/cmp/$name.pem" 2>/dev/null
	done
	ca_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	printf '[cmp]\nserver = 127.0.0.1:%s\npath = pkix/\nsrvcert = server.pem\ncert = ra.pem\nkey = ra.key\nignore_keyusage = 1\n' \
		"$ca_port" >"$dir/cmp/cmp.cnf"
	printf 'revocation-program = "%s"\nrevocation-config = "%s"\nrevocation-wait-seconds = 1\n' \
		"$PWD/data/repind-revoke" "$dir/cmp/cmp.cnf" >>"$issuer/repind.conf"
}

# The CA, for the certificate in FILE.
start_ca() {
	(cd "$dir/cmp" && exec openssl cmp -config '' -port "$ca_port" -srv_cert server.pem -srv_key server.key \
		-srv_trusted ca.pem -rsp_cert "$1" >"$dir/cmp/ca.log" 2>&1) &
	services+=($!)
}

# Takes the cards out, and puts in an AOSign card of this number, with its certificate in FILE, and any other card.
other_aosign() {
	take_cards_out
	repin-card new --profile mynumber --state "$dir/my.json" --ca "$dir/ca.pem"
	repin-card new --profile aosign --number "$1" --state "$dir/ao.json" --ca "$dir/ca.pem"
	repin-card export --state "$dir/ao.json" | python3 -c 'import base64, json, ssl, sys
print(ssl.DER_cert_to_PEM_cert(base64.b64decode(json.load(sys.stdin)["certificates"]["pin"])), end="")' >"$2"
	insert "$dir/my.json" "$first"
	insert "$dir/ao.json" "$second"
	wait_for_cards
}

a_dead_card() {
	local n said receipt
	title "A dead AOSign card: ten wrong PINs, ten wrong letter PINs"
	other_aosign "$old_number" "$dir/dead.pem"
	step 0 '' repind --config "$issuer" enrol --profile aosign --number "$old_number" --certificate "pin=$dir/dead.pem"
	for ((n = 1; n <= 10; n++)); do
		repin change pin --reader "$ao_reader" --last-try --json --secrets-fd 3 \
			3< <(printf 'current=wrong%03d\nnew=newPin99\n' "$n") >/dev/null || true
	done
	for ((n = 1; n <= 10; n++)); do
		repin unlock pin --reader "$ao_reader" --last-try --json --secrets-fd 3 \
			3< <(printf 'letter=wrong%03d\nnew=newPin99\n' "$n") >/dev/null || true
	done
	step 0 '' repin status --reader "$ao_reader"
	step 0 '' repin doors pin --reader "$ao_reader"

	title "The holder applies to the help desk; the CA is asked by CMP until it confirms, once it is there"
	said=$(step 0 '' repind --config "$issuer" revocation ask dead --profile aosign --number "$old_number" \
		--certificate "pin=$dir/dead.pem" --identified-by 'called back') || exit 1
	printf '%s\n' "$said"
	receipt=$(sed -n 's/^.*receipt for the holder: //p' <<<"$said")
	start_ca "$dir/dead.pem"
	for ((n = 0; n < 150; n++)); do
		ask_issuer "/v1/log/receipts/$receipt" >"$dir/revocation.out"
		grep -q '"revocation":"confirmed"' "$dir/revocation.out" && break
		sleep 0.2
	done
	step 0 '' repind --config "$issuer" revocation list
	step 0 '' repin doors pin --receipt "$receipt" --reader "$ao_reader"

	title "The new card takes its place, and works"
	other_aosign "$new_number" "$dir/next.pem"
	step 0 '' repind --config "$issuer" enrol --profile aosign --number "$new_number" \
		--certificate "pin=$dir/next.pem" --replaces "aosign:$old_number"
	step 0 'current=12345678\nnew=newPin99\n' repin change pin --reader "$ao_reader"
}
