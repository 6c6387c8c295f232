# SPDX-License-Identifier: Apache-2.0
# One place got its try back and the other one lost one: the lower of the two is as it was shown.
card    mynumber
goal    change juki 1234 5678
shown   number=123456789012345 juki=2+3

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # serial, municipality, expiry
< 01 1C 313233343536373839303132333435 3133313031 3230333130343031 9000
> 00A4040C 0A D3921000310001010401
< 9000
> 0020009C
< 63C3
> 00A4040C 0A D3921000310001010100
< 9000
> 0020009C
< 63C2

expect  tries-changed tries=2 spent=0
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
