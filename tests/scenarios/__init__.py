"""What can go wrong between the site and its payment provider, played against the sandbox over HTTP.

Numbered scenarios, each with its result; a test names the ones it plays by `@scenario(…)`, and
`test_all_there.py` checks that none is missing.

1-2, 14-15, 39   test_paying.py           the way of a customer who pays
3-9              test_lost_answers.py     an answer of the provider that does not come
10-13            test_long_troubles.py    troubles that last
16, 22, 27       test_races.py            many at the same moment; controls in test_race_controls.py
17-21, 23        test_notifications.py    what the provider sends, and what somebody else sends
1, 23            test_real_wire.py        the provider's notifications over HTTP, to a running server
24, 42, 44       test_mismatches.py       a payment that differs from what was asked for
25-26, 28-29     test_late_money.py       money that comes too late, twice, or never
41, 43           test_late_money.py       money that went back before we knew of it
30-31            test_two_stages.py       the sandbox alone: the application takes no payment in two stages
32-36            test_refunds.py          money that goes back; the race of number 32, too
37-38            test_receipts.py         fiscal receipts
48               test_desk.py             a part of the price, taken at the desk
40               test_settings.py         a key to real money with a sandbox

After every test the books are compared, see `invariants.py`.
"""
