#!/usr/bin/env python3
"""Collects harmless texts that are hard for a firewall: sentences about code, commands, queries and templates.

Usage: benchmarks/scripts/waf-hard-texts.py MIRRORS OUT.jsonl [--set NAME] [--per-source N] [--seed N]

MIRRORS holds bare clones named OWNER+NAME (or OWNER+NAME/…); waf-hard-texts.tsv beside this file lists which repositories,
commits and folders are read, with their licences. The set "unseen" was collected after the last change of the rules, "known"
before. A text is one sentence or list item of prose, outside code blocks, of 12 to 400 characters, that contains at least one
of TRIGGERS. Each source gives at most N texts, chosen by a seeded
shuffle, none twice. Every text becomes one request: a chat message in JSON, a form field, or a query parameter.
"""
import argparse
import csv
import hashlib
import json
import pathlib
import random
import re
import subprocess
import sys
import urllib.parse

# What makes a text hard: it mentions what attacks consist of.
TRIGGERS = re.compile(
    r"""`[^`]*[;|&$<>{}\\'"=][^`]*`|`[^`]*\b(?:sudo|cat|curl|wget|rm|chmod|bash|sh|ping|id|echo|ls|nc|python3?|perl)\b[^`]*`"""
    r"""|\$\(|\$\{|\{\{|\{%|<%|<\?|</?[a-z][a-z0-9-]*[ />]|\.\./|/etc/|/proc/|/var/log|;\s*\w+\s*\(|\|\s*(?:grep|sh|sort|wc|less)\b|&&"""
    r"""|\b(?:select\b.*\bfrom|union\b.*\bselect|insert\s+into|update\b.*\bset|delete\s+from|drop\s+\w+|order\s+by|where\b.*=)"""
    r"""|['"]\s*(?:=|or|and|\+|\|\|)\s*['"]|\b(?:localhost|127\.0\.0\.1|169\.254\.)"""
    r"""|\b(?:eval|exec|system|alert|require|import|include|sleep|phpinfo|waitfor|benchmark)\s*\(|\b(?:document|window|process|__proto__|constructor)\b\W"""
    r"""|\b(?:file|data|javascript|ftp|gopher|ldap|jar):\S""",
    re.I,
)
SENTENCE = re.compile(r"(?<=[.!?。！？])\s+(?=[\"'`(A-Z0-9À-ɏͰ-퟿])")
MARKUP = re.compile(r"^\s*(?:[-*+]|\d+[.)]|#{1,6}|>|\|)\s*")


def bare(mirrors, repo):
    folder = pathlib.Path(mirrors) / repo.replace("/", "+")
    for candidate in [folder, *sorted(folder.glob("*"))]:
        if (candidate / "HEAD").exists():
            return candidate
    sys.exit(f"mirror: {folder} (expected: a bare clone of {repo})")


def git(folder, *args):
    run = subprocess.run(["git", "-C", str(folder), *args], capture_output=True)
    return run.stdout if run.returncode == 0 else b""


def texts(document):
    fenced = False
    paragraph = []
    for line in [*document.split("\n"), ""]:
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            line = ""
        if fenced or line.startswith(("    ", "\t")):
            line = ""
        starts_item = bool(MARKUP.match(line))
        if not line.strip() or starts_item:
            joined = " ".join(paragraph)
            paragraph = []
            for sentence in SENTENCE.split(joined):
                yield re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", sentence).strip()
        if line.strip():
            paragraph.append(MARKUP.sub("", line).strip())


def request(number, source, text):
    headers = {
        "Host": "www.example.com",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept": "*/*",
        "Accept-Language": "en-US,en;q=0.5",
    }
    record = {"id": f"b-hard-{number:05d}", "class": "hard", "source": source, "method": "POST"}
    kind = int(hashlib.sha256(text.encode()).hexdigest(), 16) % 3
    if kind == 0:
        body = json.dumps({"room": 7, "text": text}, ensure_ascii=False)
        record["uri"] = "/api/messages"
        headers["Content-Type"] = "application/json"
    elif kind == 1:
        body = urllib.parse.urlencode({"topic": "12", "message": text})
        record["uri"] = "/forum/reply"
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    else:
        record.update(method="GET", uri="/search?" + urllib.parse.urlencode({"q": text}))
        return {**record, "headers": headers}
    headers["Content-Length"] = str(len(body.encode()))
    return {**record, "headers": headers, "body": body}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mirrors")
    parser.add_argument("out")
    parser.add_argument("--set", default="unseen")
    parser.add_argument("--per-source", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sources = pathlib.Path(__file__).with_name("waf-hard-texts.tsv")
    seen, number = set(), 0
    with open(options.out, "w", encoding="utf-8") as out:
        for row in csv.DictReader(open(sources, encoding="utf-8"), delimiter="\t"):
            if row["set"] != options.set:
                continue
            folder = bare(options.mirrors, row["repository"])
            listed = git(folder, "ls-tree", "-r", "--name-only", row["commit"], "--", row["folder"])
            names = [n for n in listed.decode().split("\n") if n.endswith((".md", ".mdx", ".rst", ".txt", ".adoc"))]
            chooser = random.Random(f"{options.seed} {row['repository']}")
            chooser.shuffle(names)
            found = []
            for name in names[:400]:
                document = git(folder, "show", f"{row['commit']}:{name}").decode("utf-8", "replace")
                for text in texts(document):
                    if 12 <= len(text) <= 400 and TRIGGERS.search(text) and text not in seen:
                        seen.add(text)
                        found.append((f"{row['repository']} {name}", text))
            chooser.shuffle(found)
            for source, text in found[: options.per_source]:
                number += 1
                out.write(json.dumps(request(number, source, text), ensure_ascii=False) + "\n")
            print(f"{row['repository']}: {min(len(found), options.per_source)} of {len(found)}", file=sys.stderr)
    print(f"{number} texts", file=sys.stderr)


if __name__ == "__main__":
    main()
