# SPDX-License-Identifier: Apache-2.0
# The two codes printed on the card are asked for only when they are named.
card    mynumber
atr 3B E0 00 FF 81 31 FE 45 14
goal    status pins hidden

> 00A4040C 0A D3921000310001010408
< 9000
> 00200091
< 63C3
> 00200094
< 63CA
> 00200095
< 63C0
> 00A4040C 0A D392F000260100000001
< 9000
> 0020009B
< 63C5
> 00200098
< 63C3
> 00A4040C 0A D3921000310001010401
< 9000
> 0020009C
< 63C3
> 00A4040C 0A D3921000310001010100
< 9000
> 0020009C
< 63C3

expect  ok
tells   code-a 10
tells   code-b locked
tells   text 3
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
