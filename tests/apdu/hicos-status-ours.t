# SPDX-License-Identifier: Apache-2.0
# A virtual card with the reset application tells its tries.
card    hicos
atr 3B B8 13 00 81 31 FA 52 43 48 54 4D 4F 49 43 41 A5
goal    status pins

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
> 00A40400 07 F0524550494E31 00
< 01 01 00112233445566778899AABBCCDDEEFF 9000
> 00CA0105 02
< 0203 9000

expect  ok
tells   pin 2
tells   ours yes
never   8C
never   0020
never   8020
never   0024
never   8024
never   002C
never   802C
