# SPDX-License-Identifier: Apache-2.0
# bash completion of repin-card.
# shellcheck shell=bash

_repin_card() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word command=''
	COMPREPLY=()
	case $prev in
	--profile)
		mapfile -t COMPREPLY < <(compgen -W 'mynumber mynumber-mobile aosign hicos piv openpgp gids' -- "$cur")
		return
		;;
	--state | --reset-key | --transport-key | --ca | --faults | --trace)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--number | --pins | --holder | --municipality | --issuer | --vpcd | --wait | --reinsert) return ;;
	esac
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		new | run | show | export) command=$word && break ;;
		esac
	done
	case $command in
	new)
		word='--state --profile --number --pins --holder --municipality --reset-key --transport-key --issuer --ca'
		;;
	run) word='--state --vpcd --faults --trace --wait --reinsert' ;;
	show | export) word='--state' ;;
	*) word='new run show export --help --version' ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
}
complete -F _repin_card repin-card
