# SPDX-License-Identifier: Apache-2.0
# One try of the proving PIN is left, and nobody has agreed to spend it.
card    mynumber
goal    reset sign auth 1234 NEWPIN9
shown   number=123456789012345 sign=locked auth=1 text=3 juki=3+3

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # the number as shown
< 01 1C 31323334353637383930313233343531333230313230333430313031 9000
> 00A4040C 0A D392F000260100000001
< 9000
> 0020009B
< 63C0
> 00200098
< 63C1

expect  last-try spent=0 slot=auth exit=6
never   0088
never   0082
never   002C
never   00200080
