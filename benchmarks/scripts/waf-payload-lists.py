#!/usr/bin/env python3
"""Collects payloads of public lists, to measure the share that a firewall blocks.

Usage: benchmarks/scripts/waf-payload-lists.py MIRRORS OUT.jsonl [--set NAME] [--without CORPUS.jsonl.gz...] [--per-file N] [--seed N]

MIRRORS holds bare clones named OWNER+NAME (or OWNER+NAME/…); waf-payload-lists.tsv beside this file lists the repositories,
commits and files of each set, with their classes and licences. A payload is one line, or, in Markdown, one line of a code block.
Comments, headings, lines of fewer than 4 or more than 2,000 characters, and payloads that occur in CORPUS are skipped. Each file
gives at most N payloads, chosen by a seeded shuffle. Each becomes one request: a query parameter, a form field, or a member of
JSON. Lists contain lines that are no attacks by themselves, such as words and fragments, so no firewall blocks all of them.
"""
import argparse
import csv
import gzip
import hashlib
import json
import pathlib
import random
import re
import subprocess
import sys
import urllib.parse


def bare(mirrors, repo):
    folder = pathlib.Path(mirrors) / repo.replace("/", "+")
    for candidate in [folder, *sorted(folder.glob("*"))]:
        if (candidate / "HEAD").exists():
            return candidate
    sys.exit(f"mirror: {folder} (expected: a bare clone of {repo})")


def lines(name, document):
    if not name.endswith(".md"):
        yield from document.split("\n")
        return
    fenced = False
    for line in document.split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced:
            yield line


def is_payload(line):
    return 4 <= len(line) <= 2000 and not re.match(r"#{1,6} |//|--? ?\w+ ?--?$|https?://[\w./-]+$|[\w -]+:?$", line)


def corpus(names):
    texts = []
    for name in names:
        with gzip.open(name, "rt", encoding="utf-8") as records:
            for record in map(json.loads, records):
                headers = " ".join(record["headers"].values())
                for text in (record["uri"], record.get("body", ""), headers):
                    texts.append(urllib.parse.unquote_plus(text))
                    texts.append(text)
    return "\n".join(texts)


def request(number, kind_of, source, payload):
    headers = {
        "Host": "www.example.com",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Accept": "*/*",
    }
    record = {"id": f"a-list-{number:05d}", "class": kind_of, "source": source, "method": "POST", "uri": "/item"}
    kind = int(hashlib.sha256(payload.encode("utf-8", "surrogatepass")).hexdigest(), 16) % 3
    if kind == 0:
        record.update(method="GET", uri="/item?" + urllib.parse.urlencode({"q": payload}))
        return {**record, "headers": headers}
    if kind == 1:
        body = urllib.parse.urlencode({"q": payload, "page": "1"})
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    else:
        body = json.dumps({"q": payload, "page": 1})
        headers["Content-Type"] = "application/json"
    headers["Content-Length"] = str(len(body.encode()))
    return {**record, "headers": headers, "body": body}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mirrors")
    parser.add_argument("out")
    parser.add_argument("--set", default="unseen")
    parser.add_argument("--without", nargs="*", default=[])
    parser.add_argument("--per-file", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    known = corpus(options.without)
    seen, number = set(), 0
    sources = pathlib.Path(__file__).with_name("waf-payload-lists.tsv")
    with open(options.out, "w", encoding="utf-8") as out:
        for row in csv.DictReader(open(sources, encoding="utf-8"), delimiter="\t"):
            if row["set"] != options.set:
                continue
            shown = subprocess.run(
                ["git", "-C", str(bare(options.mirrors, row["repository"])), "show", f"{row['commit']}:{row['file']}"],
                check=True, capture_output=True).stdout.decode("utf-8", "replace").replace("\r", "")
            payloads = []
            for line in map(str.strip, lines(row["file"], shown)):
                if is_payload(line) and line not in seen and line not in known:
                    seen.add(line)
                    payloads.append(line)
            random.Random(f"{options.seed} {row['repository']} {row['file']}").shuffle(payloads)
            for payload in payloads[: options.per_file]:
                number += 1
                out.write(json.dumps(request(number, row["class"], f"{row['repository']} {row['file']}", payload)) + "\n")
            print(f"{row['repository']} {row['file']}: {min(len(payloads), options.per_file)} of {len(payloads)}", file=sys.stderr)
    print(f"{number} payloads", file=sys.stderr)


if __name__ == "__main__":
    main()
