# SPDX-License-Identifier: Apache-2.0
"""Languages: how one is chosen, and that the words of each are whole."""
import re

from tap import AOSIGN, MYNUMBER, Terminal, finish, has, lacks, ok, put, run, same

put(MYNUMBER)
WORDS = {"en": "Looking spent no try.", "ja": "この確認で入力回数は減っていません。", "zh_TW": "這次查看沒有用掉任何輸入次數。"}
for lang, args, env in (
        ("en", [], {"LC_ALL": None}),
        ("en", [], {"LC_ALL": "C"}),
        ("en", [], {"LC_ALL": "C.UTF-8"}),
        ("en", [], {"LC_ALL": "de_DE.UTF-8"}),
        ("ja", ["--lang", "ja"], {"LC_ALL": "C"}),
        ("ja", ["--lang=ja"], {"LC_ALL": None}),
        ("ja", ["--lang", "ja_JP"], {}),
        ("ja", ["--lang", "ja_JP.UTF-8"], {}),
        ("zh_TW", ["--lang", "zh_TW"], {"LC_ALL": "C"}),
        ("zh_TW", ["--lang", "zh-TW"], {}),
        ("zh_TW", ["--lang", "zh_Hant_TW"], {}),
        ("en", ["--lang", "en"], {"LC_ALL": "ja_JP.UTF-8"}),
        ("ja", [], {"LC_ALL": None, "LANG": "ja_JP.UTF-8"}),
        ("ja", [], {"LC_ALL": "ja_JP.UTF-8"}),
        ("ja", [], {"LC_ALL": None, "LC_MESSAGES": "ja_JP.UTF-8", "LANG": "en_US.UTF-8"}),
        ("ja", [], {"LC_ALL": None, "LANGUAGE": "ja"}),
        ("ja", [], {"LC_ALL": "C.UTF-8", "LANGUAGE": "fr:ja:en"}),
        ("en", [], {"LC_ALL": "C.UTF-8", "LANGUAGE": "en:ja"}),
        ("en", [], {"LC_ALL": "C", "LANGUAGE": "ja"}),  # what scripts ask for
        ("zh_TW", [], {"LC_ALL": "zh_TW.UTF-8"}),
        ("zh_TW", [], {"LC_ALL": "zh_HK.UTF-8"}),
        ("en", [], {"LC_ALL": "zh_CN.UTF-8"}),
        ("en", [], {"LC_ALL": "ja_JP.EUC-JP"}),
        ("en", ["--lang", "ja"], {"LC_ALL": "ja_JP.EUC-JP"}),
        ("en", ["--lang", "zh_TW"], {"LC_ALL": "zh_TW.Big5"})):
    done = run("status", *args, env=env)
    ok(done.code == 0 and WORDS[lang] in done.out, f"{lang}: {args} {env}", done)

put(AOSIGN.replace("Taro Mihon", "見本太郎"))
done = run("status", env={"LC_ALL": "ja_JP.EUC-JP"})
ok(all(ord(c) < 128 for c in done.out) and "????" in done.out, "another character set: ASCII only", done)
done = run("status", "--json", env={"LC_ALL": "ja_JP.EUC-JP"})
ok(all(ord(c) < 128 for c in done.out) and done.json["card"]["holder"] == "見本太郎", "and JSON loses nothing", done)
done = run("status", "--json", env={"LC_ALL": "C"})
has(done.out, "見本太郎", "JSON is UTF-8")
has(run("status").out, "見本太郎", "in the C locale, too")

# Everything that is said, in every language: no English left, and no sentence left open.
put(AOSIGN.replace("pin pin ready 10", "pin pin locked 0"))
LATIN = re.compile(r"[A-Za-z]{3,}(?: [A-Za-z]{2,}){3,}")  # four Latin words in a row
for lang in ("ja", "zh_TW"):
    for args in (["--help"], ["change", "--help"], ["status"], ["doors"], ["doors", "pin"], ["doors", "--help"],
                 ["list"], ["doctor"], ["change", "pin"], ["change"], ["bogus"]):
        done = run(*args, "--lang", lang)
        text = done.out + done.err
        ok(re.search("[\u3040-\u9fff]", text), f"{lang}: {' '.join(args)} speaks", done)
        same(LATIN.findall(re.sub(r"[「（(][^「」（）()]*[」）)]", "", text)), [], f"{lang}: {' '.join(args)}: no English left")
t = Terminal("status", "--lang", "ja", columns=132)
t.end()
rows = [x for x in t.text.split("\n") if x.startswith(("pin ", "letter ", "PIN "))]
width = [sum(2 if ord(c) > 0x2E7F else 1 for c in x.split("回")[0].split("残り")[0]) for x in rows]
ok(len(rows) == 3, "a table of three rows", t.text)
lacks(t.text, "\t", "columns without tabulators")
finish()
