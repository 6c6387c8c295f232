# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# What the demonstration's stories share: titles, a step with its cost, cards in readers, the end. The caller
# has set dir, first, second, my_reader and cards.

finish() {
	((${#cards[@]} + ${#services[@]} == 0)) || kill "${cards[@]}" "${services[@]}" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -rf "$dir"
}
title() {
	printf '\n\033[1m== %s\033[0m\n' "$*"
}

# Shows a command and runs it; its secrets come by a descriptor, as a script gives them.
# Afterwards tells what it cost: the cards' own diaries are counted, not our word taken.
step() {
	local expected=$1 secrets=$2 before_commands before_tries rc=0
	shift 2
	before_commands=$(count_commands) before_tries=$(all_tries)
	printf '$ %s\n' "$(shown "$@")"
	if [[ -n $secrets ]]; then
		# shellcheck disable=SC2059 # the lines are ours
		"$@" --secrets-fd 3 3< <(printf "$secrets") 2>&1 | sed 's/^/  /' | wrap "$@" || rc=$?
	else
		"$@" 2>&1 | sed 's/^/  /' | wrap "$@" || rc=$?
	fi
	cost "$before_commands" "$before_tries" "$rc"
	[[ $rc == "$expected" ]] || {
		printf 'demo: exit status %s instead of %s\n' "$rc" "$expected" >&2
		exit 1
	}
}

# fold counts bytes: it would cut Japanese and Chinese inside a character.
wrap() {
	if [[ $* == *--lang* ]]; then
		cat
	else
		fold -s -w 100
	fi
}

# A command as one would type it.
shown() {
	local word line=''
	for word in "$@"; do
		[[ $word != *' '* ]] || word="'$word'"
		line+="$word "
	done
	printf '%s' "${line% }"
}

cost() {
	local commands=$(($(count_commands) - $1)) tries=$(($2 - $(all_tries)))
	printf '  -> exit %s; %d commands to the cards; ' "$3" "$commands"
	if ((tries < 0)); then
		printf '%s given back\n' "$( ((tries == -1)) && echo 'one try' || echo "$((-tries)) tries")"
	else
		printf '%s\n' "$( ((tries == 1)) && echo 'one try' || echo "$tries tries") spent"
	fi
}

count_commands() {
	cat "$dir"/*.trace 2>/dev/null | grep -vc '^#' || true
}

# The sum of all tries on both cards, from the cards themselves.
all_tries() {
	local state sum=0 n
	for state in "$dir"/my.json "$dir"/ao.json; do
		for n in $(repin-card show --state "$state" | grep -oE 'tries=[0-9]+' | cut -d= -f2); do
			sum=$((sum + n))
		done
	done
	printf '%d\n' "$sum"
}

insert() {
	local state=$1 port=$2 pipe
	shift 2
	exec {pipe}< <(exec repin-card run --state "$state" --vpcd "127.0.0.1:$port" --trace "${state%.json}.trace" "$@")
	cards+=($!)
	read -r -t 20 -u "$pipe" _ || {
		echo 'demo: the virtual card does not start' >&2
		exit 1
	}
}

# The My Number Card in its reader again, with a fault to come.
swap_my_card() {
	local n
	printf '%s\n' "$1" >"$dir/faults"
	kill "${cards[0]}"
	wait "${cards[0]}" 2>/dev/null || true
	for ((n = 0; n < 200; n++)); do
		[[ $(repin list --json | grep -o '"state": "card"' | wc -l) == 1 ]] && break
		sleep 0.05
	done
	insert "$dir/my.json" "$first" --faults "$dir/faults"
	wait_for_cards
}

wait_for_cards() {
	local n
	for ((n = 0; n < 200; n++)); do
		(($(repin list --json | grep -o '"state": "card"' | wc -l) == 2)) && return
		sleep 0.05
	done
	echo 'demo: the service does not see the cards' >&2
	exit 1
}

# Takes both cards out, and forgets them: another story begins.
take_cards_out() {
	local n
	kill "${cards[@]}" 2>/dev/null || true
	wait "${cards[@]}" 2>/dev/null || true
	cards=()
	for ((n = 0; n < 200; n++)); do
		[[ $(repin list --json | grep -o '"state": "card"' | wc -l) == 0 ]] && break
		sleep 0.05
	done
	rm -f "$dir"/*.trace "$dir"/*.json
}
