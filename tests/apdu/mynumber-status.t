# SPDX-License-Identifier: Apache-2.0
# Four PINs in nine commands, the card in one more (JPKI, text, juki and common application).
card    mynumber
atr 3B E0 00 FF 81 31 FE 45 14
goal    status

> 00A4040C 0A D3921000310001010408
< 9000
> 00200091  # text, by short file identifier
< 63C3
> 00A4040C 0A D392F000260100000001
< 9000
> 0020009B  # signature
< 63C5
> 00200098  # user authentication
< 63C2
> 00A4040C 0A D3921000310001010401
< 9000
> 0020009C  # resident registry, first place
< 63C3
> 00A4040C 0A D3921000310001010100
< 9000
> 0020009C  # and second
< 63C1
> 00B2010C 00  # serial, municipality, expiry
< 01 1C 313233343536373839303132333435 3133313031 3230333130343031 9000

expect  ok
tells   number 123456789012345
tells   municipality 13101
tells   valid-to 2031-04-01
tells   holder
tells   sign 5
tells   auth 2
tells   text 3
tells   juki 3+1
tells   ours no
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
