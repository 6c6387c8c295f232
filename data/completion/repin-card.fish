# SPDX-License-Identifier: Apache-2.0
# fish completion of repin-card.

set -l none 'not __fish_seen_subcommand_from new run show export'
set -l new '__fish_seen_subcommand_from new'
set -l run '__fish_seen_subcommand_from run'

complete -c repin-card -f
complete -c repin-card -n $none -a new -d 'make a card'
complete -c repin-card -n $none -a run -d 'be that card'
complete -c repin-card -n $none -a show -d 'print its PINs and their tries'
complete -c repin-card -n $none -a export -d 'what an issuer gets to know'
complete -c repin-card -l state -r -F -d 'where the card is kept'
complete -c repin-card -n $new -l profile -x -a 'mynumber mynumber-mobile aosign hicos piv openpgp gids' -d 'what card'
complete -c repin-card -n $new -l number -x -d 'card number'
complete -c repin-card -n $new -l pins -x -d 'slot=value,...'
complete -c repin-card -n $new -l holder -x -d 'name in its certificates'
complete -c repin-card -n $new -l municipality -x -d 'five digits'
complete -c repin-card -n $new -l reset-key -r -F -d 'key of the reset application'
complete -c repin-card -n $new -l transport-key -r -F -d 'key that protects the PIN'
complete -c repin-card -n $new -l issuer -x -d 'issuer in the card id'
complete -c repin-card -n $new -l ca -r -F -d 'test CA'
complete -c repin-card -n $run -l vpcd -x -d 'the virtual reader'
complete -c repin-card -n $run -l faults -r -F -d 'what goes wrong, and when'
complete -c repin-card -n $run -l trace -r -F -d 'diary'
complete -c repin-card -n $run -l wait -x -d 'milliseconds to look for the reader'
complete -c repin-card -n $run -l reinsert -x -d 'milliseconds after a cut'
complete -c repin-card -l help -d 'help'
complete -c repin-card -l version -d 'the version'
