# SPDX-License-Identifier: Apache-2.0
# Nothing of ours goes to a card that could be real, key or not.
card    hicos
key     configured
goal    change pin 123456 newPin99 last-try
shown   number=XC00000000091349 pin=unknown

> 80A40000 02 3F00
< 9000
> 80A40000 02 0900
< 9000
> 80A40000 02 0903
< 9000
> 80B00000 10  # 0903: the card's number
< 58433030303030303030303931333439 9000
> 00A40400 07 F0524550494E31 00
< 6E00

expect  not-offered spent=0 exit=2
never   00CA01
never   8C
never   0020
never   8020
never   0024
never   8024
never   002C
never   802C
