# SPDX-License-Identifier: Apache-2.0
# Taken out with the new PIN on its way: the old one was right, so no try is gone.
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
< 63C3
> 00A4020C 02 0018
< 9000
> 00200080 04 31323334  # VERIFY
< 9000
> 00240180 04 35363738  # CHANGE REFERENCE DATA, new alone
remove

expect  card-removed spent=0 doubt=1 slot=auth
