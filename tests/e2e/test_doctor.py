# SPDX-License-Identifier: Apache-2.0
"""What does not work, and why: each finding of `repin doctor` on the real thing."""

import os
import signal
import subprocess
import time

import kit
from kit import ENV, Card, new_card, repin


def findings():
    r = repin("doctor", "--json")
    return r.rc, {f["id"]: f for f in r.json}


def all_is_well_with_a_card():
    with Card(new_card("mynumber")):
        rc, f = findings()
        assert rc == 0 and all(x["level"] in ("ok", "warn") for x in f.values()), f


def no_card_is_told():
    rc, f = findings()
    assert rc == 3 and any(x["level"] == "fail" and "card" in i for i, x in f.items()), f
    r = repin("status", "--json")
    assert r.rc == 3 and r.error["code"] == "no-card", r


def a_mute_card_is_told_as_one_thing():
    """No ATR: upside down, dirty, or no chip card at all."""
    state = new_card("mynumber")
    import json

    with open(state) as f:
        card = json.load(f)
    card["atr"] = "3B"  # an ATR that ends before it began
    with open(state, "w") as f:
        json.dump(card, f)
    p = subprocess.Popen([kit.CARD, "run", "--state", state, "--vpcd", "127.0.0.1:" + kit.PORTS[0]], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL, env=ENV)
    try:
        time.sleep(2)
        r = repin("status", "--json")
        assert r.rc == 3 and r.error["code"] in ("card-mute", "card-unknown", "no-card"), r
    finally:
        p.terminate()
        p.wait(10)
    kit.wait_for(lambda: kit.reader_state(0) == "empty", "the reader is empty again")


def an_unknown_card_is_told():
    """A PIV card behind a fault that makes every application vanish."""
    with Card(new_card("piv"), faults="".join("apdu %d instead 6A82\n" % n for n in range(1, 200))):
        r = repin("status", "--json")
        assert r.rc == 3 and r.error["code"] == "card-unknown", r
        rc, f = findings()
        assert rc == 3, f


def a_held_card_is_told():
    with Card(new_card("mynumber")):
        holder = subprocess.Popen([os.environ["REPIN_HOLDER"], "exclusive"], stdout=subprocess.PIPE, text=True)
        assert holder.stdout.readline() == "held\n"
        try:
            rc, f = findings()
            assert any(x["level"] == "fail" for x in f.values()) and rc in (3, 10), f
        finally:
            holder.terminate()
            holder.wait(5)
            holder.stdout.close()


def a_remote_session_is_told():
    env = dict(ENV, SSH_CONNECTION="10.0.0.1 1 10.0.0.2 22")
    with Card(new_card("mynumber")):
        r = repin("doctor", "--json", env=env)
        assert any(x["level"] == "warn" and x["id"] == "session" for x in r.json), r


def no_permission_is_told():
    if os.geteuid() != 0:
        return
    socket = "/run/pcscd/pcscd.comm"
    mode = os.stat(socket).st_mode & 0o777
    os.chmod(socket, 0o600)
    try:
        p = subprocess.run(["setpriv", "--reuid", "65534", "--clear-groups", kit.REPIN, "status", "--json"], capture_output=True, text=True,
                           env=dict(ENV, XDG_CONFIG_HOME="/nonexistent", HOME="/nonexistent"), timeout=30)
        assert p.returncode == 3 and "no-permission" in p.stdout, p
    finally:
        os.chmod(socket, mode)


def a_wrong_configuration_is_told():
    path = os.path.join(kit.DIR, "bad.conf")
    with open(path, "w") as f:
        f.write("no-such-key = 1\n")
    r = repin("status", "--json", "--config", path)
    assert r.rc == 2 and r.error["code"] == "config" and "no-such-key" in r.error["message"], r


def no_service_is_told_and_its_return_is_noticed():
    """Last, because the service does not come back."""
    os.kill(int(os.environ["REPIN_PCSCD_PID"]), signal.SIGTERM)
    kit.wait_for(lambda: repin("status", "--json").error["code"] == "no-pcscd", "no pcscd")
    r = repin("status", "--json")
    assert r.rc == 3, r
    rc, f = findings()
    assert rc == 3 and any(x["level"] == "fail" for x in f.values()), f


kit.main([
    all_is_well_with_a_card,
    no_card_is_told,
    a_mute_card_is_told_as_one_thing,
    an_unknown_card_is_told,
    a_held_card_is_told,
    a_remote_session_is_told,
    no_permission_is_told,
    a_wrong_configuration_is_told,
    no_service_is_told_and_its_return_is_noticed,
])
