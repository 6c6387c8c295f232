# SPDX-License-Identifier: Apache-2.0
"""repind on PostgreSQL: set up, serve, enrol, decide, be killed, serve again. Run inside tools/with-postgres."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit
from kit import Issuer, test

URL = os.environ["REPIN_PG_URL"]


@test
def it_is_set_up_serves_is_killed_and_serves_again():
    with Issuer(database=URL) as issuer:
        state = issuer.card("mynumber")
        issuer.operator("clerk1", "clerk,approver")
        desk = issuer.terminal("desk-1", "desk")
        session = issuer.sign_in("clerk1", desk)
        number = json.load(open(state))["number"]
        answer = issuer.counter("text", number, desk, session)
        assert answer.status == 200, answer
        issuer.enrol([{"profile": "piv", "number": "%04d" % n} for n in range(600)])
        issuer.kill()
        issuer.start()
        assert issuer.sealed() > 600
        assert issuer.measured("/readyz")[0] == 200
        # The session has outlived the process: it is a row.
        answer = issuer.counter("text", number, desk, session)
        assert answer.status == 200, answer
        said = issuer.repind("doctor")
        assert "PostgreSQL answers" in said and "set ha = yes" in said, said
        with open(issuer.conf, "a") as f:
            f.write("ha = yes\n")
        assert "x PROBLEM  standby" in issuer.repind("doctor", expect=1)
        assert issuer.stop() == 0


@test
def a_database_that_is_an_issuers_already_is_left_alone():
    try:
        Issuer(database=URL, start=False).close()
    except kit.Failed as failed:
        assert "exit status 2" in str(failed) or "begun" in str(failed), failed
    else:
        raise AssertionError("a second issuer was set up in the same database")


if __name__ == "__main__":
    sys.exit(kit.run_tests(kit.tests_of(sys.modules[__name__])))
