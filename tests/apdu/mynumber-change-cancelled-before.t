# SPDX-License-Identifier: Apache-2.0
# Interrupted before the PIN went out: cancelled, and nothing was sent.
card    mynumber
goal    change auth 1234 5678
shown   number=123456789012345 auth=3
cancel  5

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # serial, municipality, expiry
< 01 1C 313233343536373839303132333435 3133313031 3230333130343031 9000
> 00A4040C 0A D392F000260100000001
< 9000
> 00200098
< 63C3

expect  cancelled spent=0 exit=10 doubt=0
never   002000.. 04
never   002000.. 06
never   0024
never   8032
never   002C
