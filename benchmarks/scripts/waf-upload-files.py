#!/usr/bin/env python3
"""Collects real files to send as uploads (waf-uploads.sh).

Usage: benchmarks/scripts/waf-upload-files.py DIR [GIT_DIR...]

DIR/binary receives images, fonts, sound, film, archives, documents and executables of at most 5 MB, DIR/text receives text
attachments: source code, Markdown, HTML, XML, CSV, mail. They come from Debian packages (downloaded, not installed), from this
machine's /usr/share, /usr/lib and Maven repository, and from the git directories that are named (bare clones of
public repositories). Each content is there once. Which files of a kind are taken is decided by the hash of the content, so
the same packages and commits give the same set. Nothing of it belongs to the project.
"""
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

PACKAGES = """gnome-backgrounds mate-backgrounds tuxpaint-stamps-default sound-theme-freedesktop oxygen-icon-theme fonts-open-sans
fonts-roboto-unhinted fonts-lato fonts-font-awesome fonts-dejavu-core fonts-liberation2 xmoto-data asc-music supertux-data hedgewars-data
gimp-data inkscape audacity-data libreoffice-common texlive-latex-base-doc libjs-bootstrap4 python3-docx kdeedu-data""".split()
BINARY = {extension: extension for extension in """png jpg gif svg ico webp bmp tiff ttf otf woff woff2 pdf zip gz xz bz2 7z zst
jar so exe dll class mp3 ogg oga wav mp4 docx xlsx pptx doc xls ppt odt ods odp ott epub psd jp2 msg rtf swf avi flac""".split()}
BINARY.update({"jpeg": "jpg", "tif": "tiff"})
TEXT = """md html htm xml js py java sh yml yaml css sql csv json eml rst txt rb go c h ts""".split()
PER_BINARY_KIND = int(os.environ.get("PER_BINARY_KIND", "280"))
PER_TEXT_KIND = int(os.environ.get("PER_TEXT_KIND", "80"))
MAX_BYTES = 5 << 20


class Candidates:
    """The files of each kind with the smallest hashes."""

    def __init__(self):
        self.kinds = {}

    def add(self, name, size, read, texts):
        extension = name.rsplit(".", 1)[-1].lower()
        kind = ("binary", BINARY[extension]) if extension in BINARY else ("text", extension) if texts and extension in TEXT else None
        if kind is None or not 0 < size <= MAX_BYTES or (kind[0] == "text" and size > 200_000):
            return
        limit = PER_BINARY_KIND if kind[0] == "binary" else PER_TEXT_KIND
        chosen = self.kinds.setdefault(kind, {})
        # A hash of the name decides what is read at all; most files of a large kind are not.
        order = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
        if len(chosen) >= limit and order > max(chosen):
            return
        content = read()
        if content is None or content.startswith(b"version https://git-lfs"):
            return
        chosen[order] = (hashlib.sha256(content).hexdigest(), extension, content)
        if len(chosen) > limit:
            del chosen[max(chosen)]

    def write(self, directory):
        for (folder, _), chosen in self.kinds.items():
            target = directory / folder
            target.mkdir(parents=True, exist_ok=True)
            for digest, extension, content in chosen.values():
                (target / f"{digest[:24]}.{extension}").write_bytes(content)


def add_tree(candidates, root, texts):
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            path = pathlib.Path(folder, name)
            if path.is_file() and not path.is_symlink():
                candidates.add(str(path.relative_to(root)), path.stat().st_size, lambda p=path: p.read_bytes(), texts)


def add_packages(candidates):
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as work:
            subprocess.run(["apt-get", "download", "-q", package], cwd=work, check=False, capture_output=True)
            found = list(pathlib.Path(work).glob("*.deb"))
            if not found:
                print(f"not available: {package}", file=sys.stderr)
                continue
            root = pathlib.Path(work, "root")
            subprocess.run(["dpkg-deb", "-x", str(found[0]), str(root)], check=True)
            add_tree(candidates, root, texts=False)


def add_repository(candidates, repository):
    listing = subprocess.run(
        ["git", "-C", repository, "ls-tree", "-r", "-l", "-z", "HEAD"], check=True, capture_output=True).stdout
    batch = subprocess.Popen(
        ["git", "-C", repository, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(blob):
        batch.stdin.write(blob.encode() + b"\n")
        batch.stdin.flush()
        header = batch.stdout.readline().split()
        if header[-1] == b"missing":  # a snapshot may lack its largest files
            return None
        content = batch.stdout.read(int(header[2]))
        batch.stdout.read(1)
        return content

    for line in listing.split(b"\0"):
        if line:
            meta, name = line.split(b"\t", 1)
            fields = meta.split()
            if fields[1] == b"blob" and fields[0] != b"120000" and fields[3].isdigit():  # no symbolic links
                blob = fields[2].decode()
                candidates.add(name.decode("utf-8", "surrogateescape"), int(fields[3]), lambda b=blob: read(b), texts=True)
    batch.stdin.close()
    batch.wait()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    candidates = Candidates()
    for repository in sys.argv[2:]:
        add_repository(candidates, repository)
    add_packages(candidates)
    for root in ("/usr/share", "/usr/lib", os.path.expanduser("~/.m2/repository")):
        add_tree(candidates, root, texts=False)
    directory = pathlib.Path(sys.argv[1])
    candidates.write(directory)
    for folder in ("binary", "text"):
        if (directory / folder).is_dir():
            print(f"{sum(1 for _ in (directory / folder).iterdir())} files in {directory / folder}")


if __name__ == "__main__":
    main()
