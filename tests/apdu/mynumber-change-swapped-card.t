# SPDX-License-Identifier: Apache-2.0
# Another card of the same kind was put in while the person typed.
card    mynumber
goal    change auth 1234 5678
shown   number=123456789012345 auth=3

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # serial, municipality, expiry
< 01 1C 393939393939393939393939393939 3133313031 3230333130343031 9000

expect  card-changed spent=0 exit=3
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
