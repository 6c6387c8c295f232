# SPDX-License-Identifier: Apache-2.0
# Objects that do not end, and one that is none.
card    piv
atr 3B 00
goal    status

> 00A4040C 0A D3921000310001010408
< 6A82
> 00A4040C 0A D392F000260100000001
< 6A82
> 00A40400 09 A00000030800001000 00
< 61 11 4F 06 000010000100 79 07 4F 05 A000000308 9000
> 00200080
< 6983
> 00CB3FFF 05 5C035FC102 00
< 53 16 34 7F 00 9000
> 00CB3FFF 05 5C035FC105 00
< 53 82 FFFF 70 9000

expect  ok
tells   number
tells   holder
tells   pin locked
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
