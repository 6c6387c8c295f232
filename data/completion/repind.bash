# SPDX-License-Identifier: Apache-2.0
# bash completion of repind.
# shellcheck shell=bash

_repind() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word command='' skip=0 own=''
	local every='--config --verbose --help --version'
	COMPREPLY=()
	case $prev in
	--profile)
		mapfile -t COMPREPLY < <(compgen -W 'mynumber mynumber-mobile aosign hicos piv openpgp gids' -- "$cur")
		return
		;;
	--class)
		mapfile -t COMPREPLY < <(compgen -W 'kiosk desk app' -- "$cur")
		return
		;;
	--door)
		mapfile -t COMPREPLY < <(compgen -W 'kiosk counter app user-code user-code-reset help-desk' -- "$cur")
		return
		;;
	--roles)
		mapfile -t COMPREPLY < <(compgen -W 'clerk approver help-desk auditor admin' -- "$cur")
		return
		;;
	--anchors | --certificate | --checkpoint | --config | --crl | --for)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--file | --generate | --out)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--by | --card | --console | --database | --group | --host | --hours | --listen) return ;;
	--identified-by | --replaces) return ;;
	--log-origin | --metrics | --municipality | --name | --number | --office) return ;;
	--operated-by | --places | --reason | --secrets-fd | --slots) return ;;
	esac
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		if ((skip)); then
			skip=0
			continue
		fi
		case $word in
		--anchors | --by | --card | --certificate | --checkpoint | --class | --config) skip=1 ;;
		--console | --crl | --database | --door | --for | --generate | --group | --host) skip=1 ;;
		--hours | --listen | --log-origin | --metrics | --municipality | --name | --number) skip=1 ;;
		--file | --office | --operated-by | --out | --places | --profile | --reason | --roles) skip=1 ;;
		--secrets-fd | --slots | --identified-by | --replaces) skip=1 ;;
		-*) ;;
		*) command+=${command:+ }$word ;;
		esac
	done
	case $command in
	'') own='init serve doctor migrate enrol card key usercode revocation terminal group operator office approve stop anchors clock audit forget recover' ;;
	card) own='key status renew lift-halt' ;;
	key) own='new' ;;
	usercode) own='reset' ;;
	revocation) own='ask approve withdraw list' ;;
	terminal) own='enrol lock unlock list' ;;
	group) own='set list' ;;
	operator) own='add list' ;;
	office) own='add check list' ;;
	audit) own='verify export receipt erase' ;;
	init) own='--no-questions --one-person --name --log-origin --host --listen --metrics --console --database --anchors --crl' ;;
	serve) own='' ;;
	doctor) own='' ;;
	migrate) own='' ;;
	enrol) own='--secrets-fd --by --profile --number --municipality --certificate --user-code --source --gids-key --replaces' ;;
	'card key'*) own='--secrets-fd --by --profile --number --for --hex' ;;
	'key new'*) own='--secrets-fd --by' ;;
	'card status'*) own='active suspended revoked --secrets-fd --by --profile --number --reason' ;;
	'card renew'*) own='--secrets-fd --by --profile --number --certificate' ;;
	'card lift-halt'*) own='--secrets-fd --by --profile --number' ;;
	'revocation ask'*) own='--secrets-fd --by --profile --number --certificate --identified-by --loss-is-certain dead letter-lost wish' ;;
	'revocation approve'* | 'revocation withdraw'*) own='--secrets-fd --by' ;;
	'revocation list'*) own='' ;;
	'usercode reset'*) own='--secrets-fd --by --profile --card' ;;
	'terminal enrol'*) own='--secrets-fd --by --certificate --class --group --office --out' ;;
	'terminal lock'*) own='--secrets-fd --by --reason' ;;
	'terminal unlock'*) own='--secrets-fd --by --reason' ;;
	'terminal list'*) own='' ;;
	'group set'*) own='--secrets-fd --by --class --slots --operated-by --places --hours --listed' ;;
	'group list'*) own='' ;;
	'operator add'*) own='--secrets-fd --by --card --office --roles --generate' ;;
	'operator list'*) own='' ;;
	'office add'*) own='--file' ;;
	'office check'*) own='' ;;
	'office list'*) own='' ;;
	approve) own='--secrets-fd --by' ;;
	stop) own='lift list --secrets-fd --by --profile --group --door --reason' ;;
	'stop lift'*) own='--secrets-fd --by' ;;
	'stop list'*) own='' ;;
	anchors) own='--secrets-fd --by' ;;
	clock) own='--secrets-fd --by' ;;
	'audit verify'*) own='--checkpoint' ;;
	'audit export'*) own='' ;;
	'audit receipt'*) own='' ;;
	'audit erase'*) own='--secrets-fd --by --reason' ;;
	forget) own='--secrets-fd --by --really' ;;
	recover) own='--secrets-fd --by --checkpoint' ;;
	esac
	[[ $command == init || $command == enrol ]] && [[ $cur != -* ]] && mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$own $every" -- "$cur")
}
complete -F _repind repind
