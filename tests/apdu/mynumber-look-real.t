# SPDX-License-Identifier: Apache-2.0
# The same of a look.
card    mynumber
goal    look sign
shown   number=123456789012345 sign=locked auth=3 text=3 juki=3+3

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # the number as shown
< 01 1C 31323334353637383930313233343531333230313230333430313031 9000
> 00A40400 07 F0524550494E31 00
< 6A82

expect  not-offered spent=0
never   0088
never   0082
never   002C
never   00200080
