# SPDX-License-Identifier: Apache-2.0
# The issuer's rule is checked before the card is touched.
card    aosign
goal    change pin 12345678 7777
shown   number=1234567890123456 pin=10

expect  input-all-same spent=0 exit=2
