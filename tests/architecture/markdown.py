# SPDX-License-Identifier: Apache-2.0
"""What a Markdown file has, as the checks of documents need it: links, anchors, and code."""
import re
import subprocess

_FENCE = re.compile(r"^(\s*)(```+|~~~+)")
_SPAN = re.compile(r"(`+)(.+?)\1", re.S)
_INLINE = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*(<[^>]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+\"[^\"]*\")?\s*\)")
_REFERENCE_USE = re.compile(r"(?<!\!)\[([^\[\]]+)\]\[([^\[\]]*)\]")
_REFERENCE = re.compile(r"^ {0,3}\[([^\]]+)\]:\s*(\S+)", re.M)
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_HTML = re.compile(r"""<a\s+(?:id|name)=["']([^"']+)["']""", re.I)


def files(root):
    """Every Markdown file of the project: what Git knows, or could."""
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
                            capture_output=True, check=False)
    if listed.returncode == 0:
        names = {name for name in listed.stdout.decode().split("\0") if name}
        return sorted(path for path in (root / name for name in names) if path.exists())
    return sorted(path for path in root.rglob("*.md") if not {"build", ".git"} & set(path.relative_to(root).parts))


def split(text):
    """(prose, blocks): blocks of code are lists of lines, and empty lines in the prose."""
    prose, blocks, fence, before = [], [], None, ""
    for line in text.splitlines():
        found = _FENCE.match(line)
        if fence:
            if found and found.group(2).startswith(fence) and line.strip() == found.group(2):
                fence = None
            else:
                blocks[-1].append(line)
            prose.append("")
        elif found:
            fence = found.group(2)
            blocks.append([])
            prose.append("")
        elif line.startswith("    ") and (before == "" or before == "code"):
            if before == "":
                blocks.append([])
            blocks[-1].append(line[4:])
            prose.append("")
            before = "code"
            continue
        else:
            prose.append(line)
        if not (before == "code" and not line.strip()):
            before = line.strip()
        elif blocks:
            blocks[-1].append("")
    return "\n".join(prose), blocks


def spans(prose):
    """The contents of code in a line."""
    return [found.group(2).strip() for found in _SPAN.finditer(prose)]


def links(text):
    """(line, target) of each; a reference that is defined nowhere has the target None."""
    prose, _ = split(text)
    plain = _SPAN.sub(lambda found: re.sub(r"[^\n]", "x", found.group(0)), prose)
    defined = {name.lower(): target for name, target in _REFERENCE.findall(plain)}

    def line(found):
        return plain.count("\n", 0, found.start()) + 1

    found = [(line(one), one.group(1).strip("<>")) for one in _INLINE.finditer(plain)]
    found += [(line(one), defined.get((one.group(2) or one.group(1)).lower())) for one in _REFERENCE_USE.finditer(plain)]
    found += [(line(one), one.group(2)) for one in _REFERENCE.finditer(plain)]
    return sorted(found, key=lambda one: one[0])


def anchors(text):
    """As the usual renderers make them from headings: lower case, no punctuation, '-' for a blank; -1 for the second."""
    prose, _ = split(text)
    seen, found = {}, set(_HTML.findall(prose))
    for line in prose.splitlines():
        heading = _HEADING.match(line)
        if not heading:
            continue
        title = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1))
        slug = re.sub(r"[^\w\- ]", "", title.replace("`", "").strip().lower()).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        found.add(slug if count == 0 else f"{slug}-{count}")
    return found
