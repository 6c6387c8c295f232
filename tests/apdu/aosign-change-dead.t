# SPDX-License-Identifier: Apache-2.0
# A dead card gets nothing.
card    aosign
goal    change pin 12345678 newPin99 last-try
shown   number=1234567890123456 pin=dead letter=dead

> 00A40400 09 F0524550494E414F53 00
< 6F 0B 84 09 F0524550494E414F53 9000
> 00B08100 10  # the printed number
< 31323334353637383930313233343536 9000
> 00200081  # PIN
< 6983

expect  card-dead spent=0 exit=5
never   0024
never   002C
