# SPDX-License-Identifier: Apache-2.0
# A card that does not know short file identifiers in VERIFY is asked in the selected file
# instead.
card    mynumber
atr 3B E0 00 FF 81 31 FE 45 14
goal    status pins

> 00A4040C 0A D3921000310001010408
< 9000
> 00200091
< 6A86
> 00A4020C 02 0011
< 9000
> 00200080
< 63C3
> 00A4040C 0A D392F000260100000001
< 9000
> 0020009B
< 6A86
> 00A4020C 02 001B
< 9000
> 00200080
< 63C5
> 00200098
< 6A86
> 00A4020C 02 0018
< 9000
> 00200080
< 63C3
> 00A4040C 0A D3921000310001010401
< 9000
> 0020009C
< 6A86
> 00A4020C 02 001C
< 9000
> 00200080
< 63C3
> 00A4040C 0A D3921000310001010100
< 9000
> 0020009C
< 6A86
> 00A4020C 02 001C
< 9000
> 00200080
< 63C2

expect  ok
tells   sign 5
tells   auth 3
tells   text 3
tells   juki 3+2
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
