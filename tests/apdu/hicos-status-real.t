# SPDX-License-Identifier: Apache-2.0
# What could be a real card: one SELECT of our application is refused, and nothing else of ours
# follows. Its tries are unknown.
card    hicos
atr 3B B8 13 00 81 31 FA 52 43 48 54 4D 4F 49 43 41 A5
goal    status

> 80A40000 02 3F00
< 9000
> 80A40000 02 3F00
< 9000
> 80A40000 02 0900
< 9000
> 80A40000 02 0903
< 9000
> 80B00000 10  # 0903: the card's number
< 58433030303030303030303931333439 9000
> 00A40400 07 F0524550494E31 00  # our reset application is not there
< 6E00
> 80A40000 02 3F00
< 9000
> 80A40000 02 0900
< 9000
> 80A40000 02 0903
< 9000
> 80B00000 10  # 0903: the card's number
< 58433030303030303030303931333439 9000
> 80A40000 02 3F00
< 9000
> 80A40000 02 5030
< 9000
> 80A40000 02 08F2
< 6A82

expect  ok
tells   number XC00000000091349
tells   pin unknown
tells   ours no
never   00CA01
never   8C
never   0020
never   8020
never   0024
never   8024
never   002C
never   802C
never   0088
never   0082
