# SPDX-License-Identifier: Apache-2.0
complete -c repin-agent -f
complete -c repin-agent -l mode -x -a 'holder kiosk app practice' -d 'what is served'
complete -c repin-agent -l open -d 'open the page'
complete -c repin-agent -l url -d 'a new address of the running agent'
complete -c repin-agent -l lang -x -a 'en ja zh_TW' -d language
complete -c repin-agent -l config -r -F -d 'configuration file'
complete -c repin-agent -l port -x -d 'port on loopback'
complete -c repin-agent -l browser -x -d 'program that opens the page'
complete -c repin-agent -l browser-user -x -a '(__fish_complete_users)' -d 'another user whose browser may ask'
complete -c repin-agent -l idle -x -d 'seconds without a page until the end'
complete -c repin-agent -l web -x -a '(__fish_complete_directories)' -d 'folder of the pages'
complete -c repin-agent -l cards -x -a '(__fish_complete_directories)' -d 'folder of the cards to practise on'
complete -c repin-agent -l reader -x -d 'the reader that is watched'
complete -c repin-agent -l device-key -r -F -d 'key of the phone (mode app)'
complete -c repin-agent -l verbose -d 'tell what is done'
complete -c repin-agent -l help -d help
complete -c repin-agent -l version -d version
