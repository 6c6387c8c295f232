# SPDX-License-Identifier: Apache-2.0
# With consent, and wrong.
card    aosign
goal    unlock pin letter 00000009 newPin99 last-try
shown   number=1234567890123456 pin=locked letter=1

> 00A40400 09 F0524550494E414F53 00
< 6F 0B 84 09 F0524550494E414F53 9000
> 00B08100 10  # the printed number
< 31323334353637383930313233343536 9000
> 00200081  # PIN
< 6983
> 00200082  # letter PIN
< 63C1
> 002C0081 18 3030303030303039FFFFFFFFFFFFFFFF 6E657750696E3939  # letter PIN padded to sixteen, new
< 63C0

expect  secret-wrong tries=0 spent=1 slot=letter
