# SPDX-License-Identifier: Apache-2.0
# 63C0 to the query means locked here; 6983 and 6984 are understood too. One locked place of two
# locks the PIN.
card    mynumber
atr 3B E0 00 FF 81 31 FE 45 14
goal    status pins

> 00A4040C 0A D3921000310001010408
< 9000
> 00200091
< 63C0
> 00A4040C 0A D392F000260100000001
< 9000
> 0020009B
< 6984
> 00200098
< 6983
> 00A4040C 0A D3921000310001010401
< 9000
> 0020009C
< 63C3
> 00A4040C 0A D3921000310001010100
< 9000
> 0020009C
< 63C0

expect  ok
tells   sign locked
tells   auth locked
tells   text locked
tells   juki locked
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
