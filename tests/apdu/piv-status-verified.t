# SPDX-License-Identifier: Apache-2.0
# Another program is logged in: 9000 hides the tries, and a look does not end its login.
card    piv
atr 3B 00
goal    status pins

> 00A4040C 0A D3921000310001010408
< 6A82
> 00A4040C 0A D392F000260100000001
< 6A82
> 00A40400 09 A00000030800001000 00
< 61 11 4F 06 000010000100 79 07 4F 05 A000000308 9000
> 00200080
< 9000

expect  ok
tells   pin ready
tells   puk unknown
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
