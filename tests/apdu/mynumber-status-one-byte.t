# SPDX-License-Identifier: Apache-2.0
# An answer of one byte ends the look at the card.
card    mynumber
atr 3B E0 00 FF 81 31 FE 45 14
goal    status

> 00A4040C 0A D3921000310001010408
< 9000
> 00200091
< 63C3
> 00A4040C 0A D392F000260100000001
< 9000
> 0020009B
< 63

expect  card-reply spent=0 exit=7 slot=sign
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
