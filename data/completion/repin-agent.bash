# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
_repin_agent() {
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} line
	COMPREPLY=()
	case $before in
	--mode) while read -r line; do COMPREPLY+=("$line"); done < <(compgen -W 'holder kiosk app practice' -- "$current") ;;
	--lang) while read -r line; do COMPREPLY+=("$line"); done < <(compgen -W 'en ja zh_TW' -- "$current") ;;
	--config | --device-key) while read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current") ;;
	--web | --cards) while read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$current") ;;
	--browser) while read -r line; do COMPREPLY+=("$line"); done < <(compgen -c -- "$current") ;;
	--browser-user) while read -r line; do COMPREPLY+=("$line"); done < <(compgen -u -- "$current") ;;
	--port | --idle | --reader) ;;
	*) while read -r line; do COMPREPLY+=("$line"); done < <(compgen -W '--mode --open --url --lang --config --port --browser --browser-user --idle --web --cards --reader --device-key --verbose --help --version' -- "$current") ;;
	esac
}
complete -F _repin_agent repin-agent
