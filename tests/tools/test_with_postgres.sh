#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tools/with-postgres: a server of one's own, that is gone afterwards however the script ended.

# shellcheck source=tests/tools/tap.sh
source "${BASH_SOURCE[0]%/*}/tap.sh" "$@"

with_postgres=$top/tools/with-postgres
# Its directories go where we see them; the server's user has to get in.
export TMPDIR=$scratch
chmod 711 "$scratch"

nothing_left() {
	! compgen -G "$scratch/repin-pg-*" >/dev/null && ! pgrep -f "postgres -D $scratch/" >/dev/null &&
		! { [[ -s $scratch/command ]] && kill -0 "$(<"$scratch/command")" 2>/dev/null; }
}

is_started() {
	[[ -s $scratch/started ]]
}

# Starts one in the background that waits, and sets `pid`.
start() {
	rm -f "$scratch/started"
	# shellcheck disable=SC2016 # for the inner shell
	"$with_postgres" -- sh -c 'echo $$ >"$1"; echo >"$2"; exec sleep 60' sh "$scratch/command" "$scratch/started" &
	pid=$!
	within 20 is_started
}

# shellcheck disable=SC2016 # all of these are for the inner shell
{
	"$with_postgres" -- sh -c 'exit 7'
	is "the command's exit status" $? 7
	"$with_postgres" -- sh -c 'kill -SEGV $$' 2>/dev/null
	is "a command killed by a signal" $? 139
	"$with_postgres" 2>/dev/null
	is "without a command it says how it is used" $? 2
	is "input is untouched" "$(echo word | "$with_postgres" -- cat)" word
	is "it answers by TCP and by its socket" \
		"$("$with_postgres" -- sh -c 'for u in "$REPIN_PG_URL" "$REPIN_PG_SOCKET"; do
			"$REPIN_PG_BIN/psql" -AtX "$u" -c "SELECT 1"; done' | tr '\n' ' ')" "1 1 "
	is "commits reach the disk when told so" \
		"$("$with_postgres" --fsync -- sh -c '"$REPIN_PG_BIN/psql" -AtX "$REPIN_PG_SOCKET" -c "SHOW fsync"')" on
	is "a setting is taken" "$("$with_postgres" --set work_mem=7MB -- sh -c \
		'"$REPIN_PG_BIN/psql" -AtX "$REPIN_PG_SOCKET" -c "SHOW work_mem"')" 7MB
	is "it restarts" "$("$with_postgres" -- sh -c 'q() { "$REPIN_PG_BIN/psql" -AtX "$REPIN_PG_SOCKET" -c "$1" 2>/dev/null; }
		before=$(q "SELECT pg_postmaster_start_time()")
		kill -USR1 "$REPIN_PG_KEEPER"
		for n in $(seq 200); do
			now=$(q "SELECT pg_postmaster_start_time()")
			[ -z "$now" ] || [ "$now" = "$before" ] || break
			sleep 0.05
		done
		[ "$now" != "$before" ] && q "SELECT 1"')" 1
}
within 20 nothing_left
is "nothing is left" $? 0

for signal in TERM HUP KILL; do
	start
	kill -s "$signal" "$pid"
	wait "$pid" 2>/dev/null
	within 20 nothing_left
	is "nothing is left after SIG$signal" $? 0
done

finish
