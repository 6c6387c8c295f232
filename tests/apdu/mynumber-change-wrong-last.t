# SPDX-License-Identifier: Apache-2.0
# The last try was spent with consent: 63C0, and it is locked.
card    mynumber
goal    change auth 9999 5678 last-try
shown   number=123456789012345 auth=1

> 00A4040C 0A D3921000310001010100
< 9000
> 00B2010C 00  # serial, municipality, expiry
< 01 1C 313233343536373839303132333435 3133313031 3230333130343031 9000
> 00A4040C 0A D392F000260100000001
< 9000
> 00200098
< 63C1
> 00A4020C 02 0018
< 9000
> 00200080 04 39393939  # VERIFY
< 63C0

expect  pin-wrong tries=0 spent=1 slot=auth
never   0024
