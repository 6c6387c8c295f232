# SPDX-License-Identifier: Apache-2.0
# bash completion of repin. It never looks at a card: pressing Tab touches nothing.
# shellcheck shell=bash

_repin() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word command='' skip=0
	local slots='sign auth text juki pin letter puk pw1 pw3 rc'
	local every='--json --lang --verbose --help --version' pcsc='--timeout --config'
	local secret='--reader --show --secrets-fd --last-try'
	COMPREPLY=()
	case $prev in
	--lang)
		mapfile -t COMPREPLY < <(compgen -W 'en ja zh_TW' -- "$cur")
		return
		;;
	--with)
		mapfile -t COMPREPLY < <(compgen -W 'letter puk resetting-code admin' -- "$cur")
		return
		;;
	--config)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--reader | --timeout | --secrets-fd) return ;;
	esac
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if ((skip)); then
			skip=0
			continue
		fi
		case $word in
		--lang | --with | --config | --reader | --timeout | --secrets-fd) skip=1 ;;
		-*) ;;
		*) [[ -n $command ]] || command=$word ;;
		esac
	done
	if [[ $cur == -* ]]; then
		case $command in
		'') word="$every $pcsc $secret --with --pinpad" ;;
		status) word="$every $pcsc --reader" ;;
		change) word="$every $pcsc $secret --pinpad" ;;
		unlock) word="$every $pcsc $secret --with" ;;
		resolve) word="$every $pcsc $secret" ;;
		list | doctor) word="$every $pcsc" ;;
		*) word=$every ;;
		esac
	else
		case $command in
		'') word='list status change unlock resolve profiles doctor' ;;
		status) word="$slots code-a code-b user-code" ;;
		change | resolve) word=$slots ;;
		unlock) word='pin pw1' ;;
		profiles) word='mynumber mynumber-mobile aosign hicos piv openpgp gids' ;;
		*) word='' ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
}
complete -F _repin repin
