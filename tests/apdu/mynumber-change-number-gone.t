# SPDX-License-Identifier: Apache-2.0
# A card that tells no number any more is not the one that did.
card    mynumber
goal    change auth 1234 5678
shown   number=123456789012345 auth=3

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00
< 6A83

expect  card-changed spent=0
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
