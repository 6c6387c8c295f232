# SPDX-License-Identifier: Apache-2.0
# bash completion of repin. It never looks at a card: pressing Tab touches nothing.
# shellcheck shell=bash

_repin() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word command='' skip=0
	local slots='sign auth text juki pin letter puk pw1 pw3 rc' names head=''
	local doors='change kiosk counter app letter user-code user-code-reset puk resetting-code help-desk re-issue'
	local kinds='mynumber mynumber-mobile aosign hicos piv openpgp gids'
	local every='--json --lang --verbose --help --version' pcsc='--timeout --config --pages'
	local secret='--reader --show --secrets-fd --last-try --expect --steps-fd' weak='--refuse-weak'
	local decides='--card --reason --identified-by --operator --by-phone --certificate --loss-is-certain --door --profile --cause'
	local said='--know --not-sure --have --as --ward --birth --receipt --door --profile'
	COMPREPLY=()
	case $prev in
	--lang)
		mapfile -t COMPREPLY < <(compgen -W 'en ja zh_TW' -- "$cur")
		return
		;;
	--with)
		mapfile -t COMPREPLY < <(compgen -W 'letter puk resetting-code admin current response' -- "$cur")
		return
		;;
	--know | --not-sure | --have)
		# names with commas between them: the last one is completed
		names="$slots user-code resetting-code admin card-sign"
		[[ $cur != *,* ]] || head=${cur%,*},
		mapfile -t COMPREPLY < <(compgen -P "$head" -W "$names" -- "${cur##*,}")
		return
		;;
	--as)
		mapfile -t COMPREPLY < <(compgen -W 'self representative agent' -- "$cur")
		return
		;;
	--door)
		mapfile -t COMPREPLY < <(compgen -W "$doors" -- "$cur")
		return
		;;
	--profile)
		mapfile -t COMPREPLY < <(compgen -W "$kinds" -- "$cur")
		return
		;;
	--config | --evidence | --device-key)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--reader | --card-reader | --card-expect | --timeout | --secrets-fd | --steps-fd | --response-fd | --expect | --birth) return ;;
	--case | --card | --reason | --identified-by | --operator) return ;;
	esac
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if ((skip)); then
			skip=0
			continue
		fi
		case $word in
		--lang | --with | --config | --reader | --timeout | --secrets-fd | --steps-fd | --response-fd | --expect) skip=1 ;;
		--device-key | --card-reader | --card-expect) skip=1 ;;
		--know | --not-sure | --have | --as | --birth | --receipt | --door | --profile) skip=1 ;;
		--case | --cause | --evidence | --card | --reason | --identified-by | --operator) skip=1 ;;
		-*) ;;
		*) [[ -n $command ]] || command=$word ;;
		esac
	done
	if [[ $cur == -* ]]; then
		case $command in
		'') word="$every $pcsc $secret $weak $said --with --pinpad --all --wipe --yes --case --cause --evidence --device-key --card-reader --card-expect $decides" ;;
		status) word="$every $pcsc --reader --device-key" ;;
		view) word="$every $pcsc --reader --device-key --card-reader" ;;
		device) word="$every $pcsc $secret --device-key --card-reader --card-expect" ;;
		doors) word="$every $pcsc $said --reader" ;;
		change) word="$every $pcsc $secret $weak --pinpad --device-key" ;;
		unlock) word="$every $pcsc $secret $weak --with --by-phone --response-fd" ;;
		reset) word="$every $pcsc $secret $weak --with --case --cause --evidence --device-key --card-reader --card-expect" ;;
		helpdesk) word="$every $pcsc --show --secrets-fd $decides" ;;
		resolve) word="$every $pcsc $secret" ;;
		reserve) word="$every $pcsc $secret --cause --evidence --device-key" ;;
		ledger) word="$every $pcsc --reader --all --wipe --yes" ;;
		list | receipt | doctor) word="$every $pcsc" ;;
		*) word=$every ;;
		esac
	else
		case $command in
		'') word='list status view change unlock doors reserve reset device resolve ledger receipt helpdesk profiles doctor' ;;
		status | doors) word="$slots code-a code-b user-code" ;;
		change | resolve) word=$slots ;;
		unlock) word='pin pw1' ;;
		reserve) word='sign auth' ;;
		reset) word='sign auth text juki pin user-code' ;;
		helpdesk) word='pin sign auth text juki' ;;
		profiles) word=$kinds ;;
		*) word='' ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
}
complete -F _repin repin
