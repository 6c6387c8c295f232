# SPDX-License-Identifier: Apache-2.0
# Guarded.
card    hicos
key     configured
goal    change pin 123456 newPin99
shown   number=XC00000000091349 pin=1

> 80A40000 02 3F00
< 9000
> 80A40000 02 0900
< 9000
> 80A40000 02 0903
< 9000
> 80B00000 10  # 0903: the card's number
< 58433030303030303030303931333439 9000
> 00A40400 07 F0524550494E31 00
< 01 01 00112233445566778899AABBCCDDEEFF 9000
> 00CA0105 02
< 0103 9000

expect  last-try tries=1 spent=0
never   8C
