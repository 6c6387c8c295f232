# SPDX-License-Identifier: Apache-2.0
# Interrupted with the PIN on its way.
card    mynumber
goal    change auth 1234 5678
shown   number=123456789012345 auth=3
cancel  6

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # serial, municipality, expiry
< 01 1C 313233343536373839303132333435 3133313031 3230333130343031 9000
> 00A4040C 0A D392F000260100000001
< 9000
> 00200098
< 63C3
> 00A4020C 02 0018
< 9000

expect  interrupted spent=unknown exit=7 doubt=0 slot=auth
never   0024
