# SPDX-License-Identifier: Apache-2.0
"""Types what a guide says. A block is run when a comment stands before it:

    <!-- run; type 1234 {totp:admin1}; says "Tries left now" -->
    ```sh
    repin change auth
    ```

`type`: what is typed, one for each question; {password:NAME} and {totp:NAME} are an operator's. `says`: what the block has to print.
`readers`: how many cards have to be in readers before. `wait`: seconds, as a person takes them. `after`: the blocks of that guide
are run before this one. A word in capitals in the commands (ID, RECEIPT) stands for what was told last. A
command that ends with & goes on behind the others. Paths of a real installation are those of the folder of the test."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../.."))
sys.path.insert(0, os.path.join(ROOT, "tests/server"))
import kit

TOLD = {
    "ID": r"repind approve --by NAME (\S{26})|repind stop lift (\S{26})|Revocation: (\S{26})",
    "RECEIPT": r"Receipt: ([0-9A-Z]{21})",
    "CASE": r"Case: (\S{26})",
    "CODE": r"one-time code; it is shown only now:\s+(\S+)",
}
BLOCK = re.compile(r"^<!-- run(?P<how>[^>]*) -->\n```sh\n(?P<text>.*?)^```$", re.M | re.S)
SECONDS = 60


class Block:
    def __init__(self, how, text):
        self.typed = (re.search(r"; type ([^;]*)", how) or [0, ""])[1].split()
        self.says = re.findall(r'says "([^"]*)"', how)
        self.readers = int((re.search(r"; readers (\d+)", how) or [0, 0])[1])
        self.wait = float((re.search(r"; wait (\d+)", how) or [0, 0])[1])
        self.after = (re.search(r"; after (\S+)", how) or [0, ""])[1].rstrip(";")
        self.commands = []
        for line in re.sub(r"\\\n *", "", text).strip().split("\n"):
            last = self.commands[-1] if self.commands else ""
            if "<<'TEXT'" in last and not last.endswith("\nTEXT"):
                self.commands[-1] += "\n" + line
            else:
                self.commands.append(line)

    @property
    def title(self):
        return self.commands[0].split("\n")[0] + ("" if len(self.commands) == 1 else " …")


def blocks(path):
    return [Block(m["how"], m["text"]) for m in BLOCK.finditer(open(path, encoding="utf-8").read())]


class World:
    """A folder that stands for the machine of a guide, with what runs in it."""

    def __init__(self, home, bin_dir):
        self.home, self.told, self.running, self.said, self.steps = home, {}, [], "", {}
        self.paths = (("/var/lib/repind/", home + "/"), ("/usr/share/repin/offices/", ROOT + "/data/offices/"),
                      ("/etc/repin/", home + "/etc/"))
        os.makedirs(home + "/etc")
        os.makedirs(home + "/config")
        os.symlink(home + "/etc", home + "/config/repin")  # repin reads /etc/repin/repin.conf after this one
        self.env = {**os.environ, "PATH": bin_dir + ":" + os.environ["PATH"], "HOME": home, "XDG_CONFIG_HOME": home + "/config",
                    "XDG_RUNTIME_DIR": home, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}

    def here(self, text):
        for real, mine in self.paths:
            text = text.replace(real, mine)
        for word, value in self.told.items():
            text = re.sub(r"\b%s\b" % word, value, text)
        return text

    def typed(self, word):
        what, _, name = word.strip("{}").partition(":")
        where = os.path.join(self.home, "issuer/operators", name)
        if what == "password":
            return open(where + ".password").read().strip()
        if what != "totp":
            return self.told.get(word, word)
        # One that has not served yet: the step before, this one, the next one.
        step = max(int(time.time()) // 30 - 1, self.steps.get(name, 0) + 1)
        while step > int(time.time()) // 30 + 1:
            time.sleep(0.2)
        self.steps[name] = step
        return kit.one_time_password(open(where + ".totp").read(), step)

    def behind(self, command):
        log = open(os.path.join(self.home, "behind.log"), "ab")
        process = subprocess.Popen(["bash", "-c", "exec " + self.here(command)], cwd=self.home, env=self.env, stdout=subprocess.PIPE
                                   if " serve" in command else log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        self.running.append(process)
        while " serve" in command:
            line = process.stdout.readline()
            assert line, "it ended: " + open(log.name).read()[-800:]
            if b"ready, " in line:
                break

    def wait_for_cards(self, n):
        end = time.monotonic() + 15
        while time.monotonic() < end:
            said = subprocess.run(["repin", "list", "--json"], env=self.env, capture_output=True, text=True).stdout
            if len(re.findall(r'"state": "(?!empty)', said)) >= n:
                return
            time.sleep(0.1)
        raise AssertionError("the readers do not hold %d cards: %s" % (n, said))

    def type_at(self, command, answers):
        """Runs a command on a terminal of its own and answers its questions."""
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.home)
            os.execve("/bin/bash", ["bash", "-c", self.here(command)], self.env)
        said, asked, end = "", 0, time.monotonic() + SECONDS
        while time.monotonic() < end:
            ready, _, _ = select.select([fd], [], [], 0.15)
            if ready:
                try:
                    said += os.read(fd, 65536).decode(errors="replace")
                except OSError:
                    break
            elif answers and len(said) > asked and re.search(r"[:?] ?$", said):
                asked = len(said)
                time.sleep(0.03)  # what is typed ahead is thrown away
                os.write(fd, (self.typed(answers.pop(0)) + "\n").encode())
        else:
            os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(fd)
        assert status == 0, "%s: exit status %d\n%s" % (command, status, said)
        return said

    def run(self, block):
        answers, said = list(block.typed), ""
        time.sleep(block.wait)
        for command in block.commands:
            if command.endswith(" &"):
                self.behind(command[:-2])
                continue
            if block.readers:
                self.wait_for_cards(block.readers)
            said += self.type_at(command, answers)
            for word, pattern in TOLD.items():
                for found in re.finditer(pattern, said):
                    self.told[word] = next(g for g in found.groups() if g)
        self.said = said
        assert not answers, "nobody asked for %d of what is typed:\n%s" % (len(answers), said)
        for words in block.says:
            assert words in re.sub(r"\s+", " ", said), "it does not say '%s':\n%s" % (words, said)

    def end_cards(self):
        """What runs behind of the virtual cards ends; the server stays."""
        for process in [p for p in self.running if b"repin-card" in open("/proc/%d/cmdline" % p.pid, "rb").read()]:
            process.terminate()
            process.wait(10)
            self.running.remove(process)

    def close(self):
        for process in self.running:
            process.terminate()
            process.wait(30)
