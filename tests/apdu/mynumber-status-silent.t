# SPDX-License-Identifier: Apache-2.0
# A card that never answers is a time-out, for nothing can have happened to it.
card    mynumber
atr 3B E0 00 FF 81 31 FE 45 14
goal    status

> 00A4040C 0A D3921000310001010408
< 9000
> 00200091
mute

expect  timeout spent=0 exit=10
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
