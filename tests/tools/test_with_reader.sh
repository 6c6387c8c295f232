#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/with-reader: hands everything through, keeps to itself, leaves nothing behind.

# shellcheck source=tests/tools/tap.sh
source "${BASH_SOURCE[0]%/*}/tap.sh" "$@"

with_reader=$top/tools/with-reader
# Everything started from here bears this mark in its environment.
export REPIN_TEST_MARK=$$.$RANDOM

marked() {
	grep -lsz "^REPIN_TEST_MARK=$REPIN_TEST_MARK\$" /proc/[0-9]*/environ | tr -dc '0-9\n' | grep -vx "$$"
}

# Processes of ours other than this one and its own helpers.
left_behind() {
	local pid
	for pid in $(marked); do
		grep -qsE '^(pcscd|sleep|unshare)$' "/proc/$pid/comm" && return 0
	done
	return 1
}

nothing_left() {
	! left_behind
}

is_running() {
	left_behind && [[ -e $scratch/started ]]
}

# Whether it gets namespaces here; a container may refuse them.
apart=1
[[ $("$with_reader" readlink /proc/self/ns/net) != "$(readlink /proc/self/ns/net)" ]] || apart=0

"$with_reader" sh -c 'exit 7'
is "the command's exit status" $? 7
# shellcheck disable=SC2016 # for the inner shell
"$with_reader" sh -c 'kill -SEGV $$' 2>/dev/null
is "a command killed by a signal" $? 139
"$with_reader" --readers 3 true 2>/dev/null
is "an odd number of readers is refused" $? 1

head -c 100000 /dev/urandom >"$scratch/bytes"
"$with_reader" cat <"$scratch/bytes" >"$scratch/copy"
is "input and output are untouched" "$(cmp "$scratch/bytes" "$scratch/copy" && echo same)" same
is "arguments are untouched" "$("$with_reader" printf '<%s>' a 'b  c' '' '*')" '<a><b  c><><*>'
echo secret >"$scratch/three"
is "other descriptors are open" "$("$with_reader" sh -c 'cat <&3' 3<"$scratch/three")" secret

is "two readers unless told" "$("$with_reader" opensc-tool -l | grep -c 'Virtual PCD')" 2
is "four readers" "$("$with_reader" --readers 4 opensc-tool -l | grep -c 'Virtual PCD')" 4
is "no reader" "$("$with_reader" --readers 0 opensc-tool -l | grep -c 'Virtual PCD')" 0
# shellcheck disable=SC2016
is "the ports are told" "$("$with_reader" --readers 4 sh -c 'echo $REPIN_VPCD_PORT, $REPIN_VPCD_PORTS')" \
	"35963, 35963 35964 35965 35966"
"$with_reader" --log "$scratch/log" opensc-tool -l >/dev/null
is "the log has what pcscd says" "$(grep -c 'Virtual PCD' "$scratch/log" | grep -vx 0 >/dev/null && echo yes)" yes
# A developer's own reader, with a real card in it, must be out of reach. (Without
# namespaces it works only where there is no USB at all.)
out_of_reach="/usr/lib/pcsc/drivers/*.bundle/*"
((apart)) || out_of_reach="/dev/bus/usb/*"
is "no USB reader in reach" "$("$with_reader" sh -c "ls -d $out_of_reach 2>/dev/null")" ""
is "nothing is left after the end" "$(within 3 nothing_left && echo gone)" gone

# Two at the same time: what one leaves beside its service the other does not see.
"$with_reader" sh -c 'touch /run/pcscd/mark && sleep 0.5 && opensc-tool -l; rm /run/pcscd/mark' >"$scratch/one" 2>&1 &
one=$!
"$with_reader" sh -c 'sleep 0.2; ls /run/pcscd; opensc-tool -l' >"$scratch/two" 2>&1
wait "$one"
is "two at once: both have their readers" "$(cat "$scratch/one" "$scratch/two" | grep -c 'Virtual PCD')" 4
is "two at once: they do not meet" "$(grep -c mark "$scratch/two")" 0
((apart == 0)) ||
	is "one inside another" "$("$with_reader" "$with_reader" opensc-tool -l | grep -c 'Virtual PCD')" 2

for signal in TERM KILL; do
	"$with_reader" sh -c "touch $scratch/started; sleep 987 & sleep 988" 2>/dev/null &
	running=$!
	within 5 is_running
	kill -s $signal "$running"
	wait "$running" 2>/dev/null
	is "status after SIG$signal" $? "$( [[ $signal == KILL ]] && echo 137 || echo 143)"
	is "nothing is left after SIG$signal" "$(within 3 nothing_left && echo gone)" gone
	rm -f "$scratch/started"
done

finish
