#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What operators read, against a running repind: each role at each list, allowed or refused."""

import sys

import kit
from kit import Issuer, test

ROLES = ("clerk", "approver", "help-desk", "auditor", "admin")
# Written down here again, apart from the server's own table.
MAY = {
    "me": set(ROLES),
    "stops": set(ROLES),
    "offices": set(ROLES),
    "documents": set(ROLES),
    "terminals": {"approver", "auditor", "admin"},
    "groups": {"approver", "auditor", "admin"},
    "approvals": {"approver", "auditor", "admin"},
    "operators": {"auditor", "admin"},
}
ROW = {
    "me": {"name", "roles", "office"},
    "terminals": {"name", "class", "group", "office", "locked", "reason", "since_ms"},
    "groups": {"name", "class", "slots", "operated_by", "places", "hours", "listed"},
    "operators": {"name", "roles", "office", "disabled", "locked", "since_ms"},
    "offices": {"id", "municipality", "name_en", "name_ja"},
    "stops": {"id", "door", "profile", "group", "reason", "by", "since_ms"},
    "documents": {"kind", "list", "name_en", "name_ja", "expires", "issued", "named"},
    "approvals": {"id", "act", "by", "since_ms", "until_ms"},
}


def read(issuer, name, **options):
    return issuer.get("/v1/operator/lists/" + name, **options)


@test
def each_role_reads_its_lists_and_no_other():
    with Issuer(two_people=True) as issuer:
        desk = issuer.terminal("desk-1", "desk")
        stop = issuer.repind("stop", "--door", "kiosk", "--reason", "a doubt").split()[-1]
        issuer.repind("stop", "lift", stop)  # which waits for a second person
        for role in ROLES:
            name = "the-" + role
            issuer.operator(name, role)
            session = issuer.sign_in(name)
            for what, may in MAY.items():
                answer = read(issuer, what, session=session)
                if role not in may:
                    assert answer.status == 403 and answer.problem == "role", (role, what, answer)
                    continue
                assert answer.status == 200, (role, what, answer)
                rows = answer.json["rows"]
                assert rows, (role, what)
                assert all(set(row) == ROW[what] for row in rows), (role, what, rows)
                if what == "me":
                    assert rows == [{"name": name, "roles": role, "office": kit.MUNICIPALITY_OFFICE}], rows
            assert read(issuer, "passwords", session=session).problem == "not-found"
            # A token that was copied to another terminal opens nothing there.
            assert read(issuer, "me", session=session, terminal=desk).problem == "sign-in"
            assert issuer.post("/v1/operator/sessions/end", {}, key=None, session=session).status == 200
            assert read(issuer, "me", session=session).problem == "sign-in"


@test
def without_a_session_nothing_is_told():
    with Issuer() as issuer:
        for what in [*MAY, "passwords"]:
            assert read(issuer, what).problem == "sign-in", what
            assert read(issuer, what, session="A" * 43).problem == "sign-in", what


if __name__ == "__main__":
    sys.exit(kit.run_tests(kit.tests_of(sys.modules[__name__])))
