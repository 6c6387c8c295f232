# SPDX-License-Identifier: Apache-2.0
# And so does an answer of none.
card    mynumber
atr 3B E0 00 FF 81 31 FE 45 14
goal    status

> 00A4040C 0A D3921000310001010408
< 

expect  card-reply spent=0
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
