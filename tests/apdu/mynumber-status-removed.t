# SPDX-License-Identifier: Apache-2.0
# Taken out while it was looked at.
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
remove

expect  card-removed spent=0 exit=7
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
