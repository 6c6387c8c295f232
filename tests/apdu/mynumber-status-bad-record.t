# SPDX-License-Identifier: Apache-2.0
# A record of the common application that is not 28 digits tells nothing, and does no harm.
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
< 63C5
> 00200098
< 63C3
> 00A4040C 0A D3921000310001010401
< 9000
> 0020009C
< 63C3
> 00A4040C 0A D3921000310001010100
< 9000
> 0020009C
< 63C3
> 00B2010C 00  # an escape character in the number
< 01 1C 31323334353637383930313233341B 31333130313230333130343031 9000

expect  ok
tells   number
tells   municipality
tells   valid-to
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
