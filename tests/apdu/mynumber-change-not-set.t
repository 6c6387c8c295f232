# SPDX-License-Identifier: Apache-2.0
# A card without this PIN.
card    mynumber
goal    change sign ABC123 NEW456
shown   number=123456789012345 sign=not-set

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # serial, municipality, expiry
< 01 1C 313233343536373839303132333435 3133313031 3230333130343031 9000
> 00A4040C 0A D392F000260100000001
< 9000
> 0020009B
< 6A88
> 00A4020C 02 001B
< 6A82

expect  not-set spent=0 exit=5 slot=sign
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
