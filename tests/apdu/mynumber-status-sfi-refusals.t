# SPDX-License-Identifier: Apache-2.0
# Whatever the refusal of a short file identifier is, the file is asked; and what the file says
# decides.
card    mynumber
atr 3B E0 00 FF 81 31 FE 45 14
goal    status pins

> 00A4040C 0A D3921000310001010408
< 9000
> 00200091
< 6D00
> 00A4020C 02 0011
< 9000
> 00200080
< 6984
> 00A4040C 0A D392F000260100000001
< 9000
> 0020009B
< 6F00
> 00A4020C 02 001B
< 9000
> 00200080
< 6F00
> 00200098
< 9001
> 00A4020C 02 0018
< 9000
> 00200080  # verified? this family never says so
< 9000
> 00A4040C 0A D3921000310001010401
< 9000
> 0020009C
< 6700
> 00A4020C 02 001C
< 9000
> 00200080  # wrong without a count is no answer to a question
< 6300
> 00A4040C 0A D3921000310001010100
< 9000
> 0020009C
< 63C3

expect  ok
tells   sign unknown
tells   auth unknown
tells   text locked
tells   juki unknown
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
