#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A check that was made elsewhere, as the system that makes it would sign it: nothing of ours, only openssl.
#
#     openssl genpkey -algorithm ed25519 -out KEY.pem
#     sign_evidence.sh KEY.pem key=NAME issuer=NAME kind=face purpose=reserve|reset|user-code-reset profile=P card=NUMBER slot=S [case=ID]
#         [time=UNIX] [id=HEX] >evidence
#     sign_evidence.sh --public KEY.pem       the key as repind.conf wants it
set -euo pipefail

if [[ ${1-} == --public ]]; then
	openssl pkey -in "$2" -pubout -outform DER | tail -c 32 | od -An -v -tx1 | tr -d ' \n'
	exit
fi
key=$1
shift
declare -A say=([case]=- [kind]=face [time]=$(date +%s) [id]=$(openssl rand -hex 16 | tr a-f A-F))
for pair in "$@"; do
	say[${pair%%=*}]=${pair#*=}
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
{
	echo REPIN-EXTERNAL-1
	for name in issuer key kind purpose profile card slot case time id; do
		echo "$name ${say[$name]}"
	done
} >"$scratch/lines"
openssl pkeyutl -sign -inkey "$key" -rawin -in "$scratch/lines" -out "$scratch/signature"
cat "$scratch/lines"
echo "signature $(base64 -w0 "$scratch/signature")"
