# SPDX-License-Identifier: Apache-2.0
# fish completion of repin. It never looks at a card: pressing Tab touches nothing.

set -l commands list status view change unlock doors reserve reset resolve ledger receipt helpdesk profiles doctor
set -l none "not __fish_seen_subcommand_from $commands"
set -l card "__fish_seen_subcommand_from status view change unlock doors reserve reset resolve ledger; or $none"
set -l pcsc "__fish_seen_subcommand_from list status view change unlock doors reserve reset resolve ledger receipt helpdesk doctor; or $none"
set -l doors "__fish_seen_subcommand_from doors; or $none"
set -l desk "__fish_seen_subcommand_from helpdesk; or $none"
set -l names 'sign auth text juki pin letter puk pw1 pw3 rc user-code resetting-code admin card-sign'
set -l kinds 'mynumber mynumber-mobile aosign hicos piv openpgp gids'
set -l tries "__fish_seen_subcommand_from change unlock reserve reset resolve; or $none"
set -l secrets "__fish_seen_subcommand_from change unlock reserve reset resolve helpdesk; or $none"

complete -c repin -f
complete -c repin -n $none -a list -d 'the readers and the cards in them'
complete -c repin -n $none -a status -d 'every PIN of the card, state and tries left'
complete -c repin -n $none -a view -d 'all that a page shows of a card, for programs'
complete -c repin -n $none -a change -d 'set a new PIN with the current one'
complete -c repin -n $none -a unlock -d 'set a new PIN with the secret that you keep'
complete -c repin -n $none -a doors -d 'the ways back to a working PIN'
complete -c repin -n $none -a reserve -d 'open a reservation at the issuer for a kiosk'
complete -c repin -n $none -a reset -d 'set a new PIN because the issuer allows it'
complete -c repin -n $none -a helpdesk -d 'open a case or answer a challenge'
complete -c repin -n $none -a resolve -d 'after a cut, which PIN is valid'
complete -c repin -n $none -a ledger -d 'what this machine saw of tries over time'
complete -c repin -n $none -a receipt -d 'what a receipt stands for in the log of the issuer'
complete -c repin -n $none -a profiles -d 'the kinds of cards that repin knows'
complete -c repin -n $none -a doctor -d 'find out why a reader or card does not work'
complete -c repin -n '__fish_seen_subcommand_from status doors' -a 'sign auth text juki pin letter puk pw1 pw3 rc code-a code-b user-code'
complete -c repin -n '__fish_seen_subcommand_from change resolve' -a 'sign auth text juki pin puk pw1 pw3'
complete -c repin -n '__fish_seen_subcommand_from unlock' -a 'pin pw1'
complete -c repin -n '__fish_seen_subcommand_from reserve' -a 'sign auth'
complete -c repin -n '__fish_seen_subcommand_from reset' -a 'sign auth text juki pin user-code'
complete -c repin -n '__fish_seen_subcommand_from helpdesk' -a 'pin sign auth text juki'
complete -c repin -n '__fish_seen_subcommand_from profiles' -a $kinds
complete -c repin -l json -d 'answer or error as one JSON object'
complete -c repin -l lang -x -a 'en ja zh_TW' -d 'language of the words'
complete -c repin -l verbose -d 'tell on standard error what is done'
complete -c repin -l help -d 'help'
complete -c repin -l version -d 'the version'
complete -c repin -n $pcsc -l timeout -x -d 'wait at most so many seconds'
complete -c repin -n $pcsc -l config -r -F -d 'configuration file'
complete -c repin -n $card -l reader -x -d 'name of the reader, or a part of it'
complete -c repin -n $secrets -l show -d 'show what is typed'
complete -c repin -n $secrets -l secrets-fd -x -d 'read the secrets from a descriptor'
complete -c repin -n $tries -l last-try -d 'agree to spend the last try'
complete -c repin -n $pcsc -l pages -d 'sentences for a page'
complete -c repin -n $tries -l expect -x -d 'stop unless the card is as view told'
complete -c repin -n $tries -l steps-fd -x -d 'write the steps to a descriptor'
complete -c repin -n "__fish_seen_subcommand_from change unlock reset; or $none" -l refuse-weak -d 'refuse a weak new PIN'
complete -c repin -n "__fish_seen_subcommand_from unlock reset; or $none" -l with -x -a 'letter puk resetting-code admin current response' -d 'which secret it is done with'
complete -c repin -n "__fish_seen_subcommand_from unlock helpdesk; or $none" -l by-phone -d 'challenge and response over the telephone'
complete -c repin -n "__fish_seen_subcommand_from reset; or $none" -l case -x -d 'the case that the issuer has opened'
complete -c repin -n "__fish_seen_subcommand_from reserve reset; or $none" -l evidence -r -F -d 'a check that was made elsewhere'
complete -c repin -n $desk -l card -x -d 'number of the holder\'s card'
complete -c repin -n $desk -l reason -x -d 'why, for the issuer\'s log'
complete -c repin -n $desk -l identified-by -x -d 'how the holder was identified'
complete -c repin -n $desk -l operator -x -d 'who decides'
complete -c repin -n $desk -l certificate -x -d 'certificates of the card to be revoked'
complete -c repin -n $desk -l loss-is-certain -d 'the letter is lost for good'
complete -c repin -n "__fish_seen_subcommand_from change; or $none" -l pinpad -d 'enter the PINs on the keys of the reader'
complete -c repin -n $doors -l know -x -a $names -d 'PINs that are known for sure'
complete -c repin -n $doors -l not-sure -x -a $names -d 'PINs that are not known for sure'
complete -c repin -n $doors -l have -x -a $names -d 'codes at hand'
complete -c repin -n $doors -l as -x -a 'self representative agent' -d 'who goes there'
complete -c repin -n $doors -l ward -d 'the holder is an adult ward'
complete -c repin -n $doors -l receipt -x -d 'how far this revocation is'
complete -c repin -n $doors -l birth -x -d 'the holder\'s date of birth, YYYY-MM-DD'
complete -c repin -n "__fish_seen_subcommand_from doors helpdesk; or $none" -l door -x -a 'change kiosk counter app letter user-code user-code-reset puk resetting-code help-desk re-issue' -d 'the steps of another open door'
complete -c repin -n "__fish_seen_subcommand_from doors helpdesk; or $none" -l profile -x -a $kinds -d 'ask without a card'
complete -c repin -n "__fish_seen_subcommand_from ledger; or $none" -l all -d 'all cards that were noted'
complete -c repin -n "__fish_seen_subcommand_from ledger; or $none" -l wipe -d 'remove what is noted'
complete -c repin -n "__fish_seen_subcommand_from ledger; or $none" -l yes -d 'wipe without asking'
