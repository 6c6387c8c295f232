# SPDX-License-Identifier: Apache-2.0
# An application that does not answer its SELECT leaves its PIN unknown, and nothing is asked of
# another one in its place.
card    mynumber
atr 3B E0 00 FF 81 31 FE 45 14
goal    status pins

> 00A4040C 0A D3921000310001010408
< 9000
> 00200091
< 63C3
> 00A4040C 0A D392F000260100000001
< 9000
> 0020009B
< 63C5
> 00200098
< 63C3
> 00A4040C 0A D3921000310001010401
< 6A82
> 00A4040C 0A D3921000310001010100
< 9000
> 0020009C
< 63C3

expect  ok
tells   sign 5
tells   juki unknown
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
