# SPDX-License-Identifier: Apache-2.0
# A card of no family is asked seven times and is unknown.
card    mynumber
atr 3B 00
goal    status

> 00A4040C 0A D3921000310001010408
< 6A82
> 00A4040C 0A D392F000260100000001
< 6A82
> 00A40400 09 A00000030800001000 00
< 6A82
> 00A40400 06 D27600012401 00
< 6D00
> 00A40400 09 A00000039742544659 00
< 6F00
> 00A40400 09 F0524550494E414F53 00
< 6985
> 80A40000 02 3F00  # a warning is not 9000
< 6283

expect  card-unknown spent=0
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
