# SPDX-License-Identifier: Apache-2.0
# Counters that no card has, and an object of another length.
card    openpgp
atr 3B 00
goal    status pins

> 00A4040C 0A D3921000310001010408
< 6A82
> 00A4040C 0A D392F000260100000001
< 6A82
> 00A40400 09 A00000030800001000 00
< 6A82
> 00A40400 06 D27600012401 00
< 9000
> 00CA00C4 00
< 00 404040 FF0310 9000
> 00CA00C4 00
< 00 404040 0303 9000
> 00CA00C4 00
< 6A88

expect  ok
tells   pw1 unknown
tells   pw3 unknown
tells   rc unknown
never   002000
never   0024
never   002C
