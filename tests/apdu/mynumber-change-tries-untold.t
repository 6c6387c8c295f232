# SPDX-License-Identifier: Apache-2.0
# A card that told its tries and now does not.
card    mynumber
goal    change auth 1234 5678
shown   number=123456789012345 auth=3

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # serial, municipality, expiry
< 01 1C 313233343536373839303132333435 3133313031 3230333130343031 9000
> 00A4040C 0A D392F000260100000001
< 9000
> 00200098
< 6F00
> 00A4020C 02 0018
< 9000
> 00200080
< 6F00

expect  tries-changed spent=0
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
