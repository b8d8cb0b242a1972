#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what of the chart stands elsewhere already: values.yaml and docs/values.md from values.schema.json, which alone
holds defaults and meanings, and the definitions from crds/.

    helm/generate_chart.py           writes all
    helm/generate_chart.py --check   writes nothing; exits 1 when one of them is not what would be written
"""
import json
import sys
import textwrap
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
CHART = REPOSITORY / "helm/palpo-ingress"
MISSING = object()


class Schema:
    def __init__(self, text):
        self.root = json.loads(text)

    def resolved(self, node):
        """The node with what it refers to; what it says itself goes before."""
        merged = dict(node)
        while "$ref" in merged:
            target = self.root
            for part in merged.pop("$ref").removeprefix("#/").split("/"):
                target = target[part]
            merged = {**target, **merged}
        return merged

    def default(self, node, given=MISSING):
        """The whole default of a node: its own over those of its properties."""
        node = self.resolved(node)
        own = node.get("default", MISSING) if given is MISSING else given
        if "properties" not in node:
            return own
        values = {}
        for name, child in node["properties"].items():
            inner = own[name] if own is not MISSING and name in own else MISSING
            value = self.default(child, inner)
            if value is not MISSING:
                values[name] = value
        if own is not MISSING:
            values.update({name: value for name, value in own.items() if name not in values})
        return values if values or own is not MISSING else MISSING

    def defaults(self):
        return self.default(self.root)


def scalar(value):
    return json.dumps(value, ensure_ascii=False)


def plain_lines(value, indent):
    """A default that is not described key by key, as block YAML."""
    pad = " " * indent
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, (dict, list)) and inner:
                yield f"{pad}{key}:"
                yield from plain_lines(inner, indent + 2)
            else:
                yield f"{pad}{key}: {scalar(inner)}"
    else:
        for inner in value:
            if isinstance(inner, dict):
                yield f"{pad}- " + "\n".join(plain_lines(inner, indent + 2)).lstrip()
            else:
                yield f"{pad}- {scalar(inner)}"


def value_lines(schema, node, default, indent, told):
    """The keys of an object with their comments. A definition's keys are explained where it is used first."""
    pad = " " * indent
    explain = id(node["properties"]) not in told
    told.add(id(node["properties"]))
    for name, child in node["properties"].items():
        if name not in default:
            continue
        child = schema.resolved(child)
        value = default[name]
        if indent == 0:
            yield ""
        if explain:
            yield from textwrap.wrap(child["description"], 110, initial_indent=f"{pad}# ", subsequent_indent=f"{pad}# ",
                                     break_on_hyphens=False, break_long_words=False)
        if isinstance(value, dict) and value and "properties" in child:
            yield f"{pad}{name}:"
            yield from value_lines(schema, child, value, indent + 2, told)
        elif isinstance(value, (dict, list)) and value:
            yield f"{pad}{name}:"
            yield from plain_lines(value, indent + 2)
        else:
            yield f"{pad}{name}: {scalar(value)}"


def values_yaml(schema):
    head = ["# Written by helm/generate_chart.py from values.schema.json: change that, and run it again.",
            "# docs/values.md has the same as tables."]
    return "\n".join([*head, *value_lines(schema, schema.root, schema.defaults(), 0, set())]) + "\n"


def kind_of(node):
    if "enum" in node:
        return ", ".join(f"`{value}`" if value != "" else '`""`' for value in node["enum"])
    kind = node.get("type", "")
    kind = " or ".join(kind) if isinstance(kind, list) else kind
    if kind in ("integer", "number") and "minimum" in node and "maximum" in node:
        return f"{kind}, {node['minimum']} to {node['maximum']}"
    return "list" if kind == "array" else "map" if kind == "object" else kind


def rows(schema, node, default, path):
    for name, child in node["properties"].items():
        child = schema.resolved(child)
        value = default.get(name, MISSING) if default is not MISSING else MISSING
        here = f"{path}.{name}" if path else name
        nested = "properties" in child
        shown = "" if value is MISSING or (nested and value) else f"`{scalar(value)}`"
        text = child["description"].replace("|", "\\|")
        yield f"| `{here}` | {kind_of(child)} | {shown} | {text} |"
        if nested:
            yield from rows(schema, child, value, here)


def values_markdown(schema):
    lines = ["# Values of the chart", "",
             "Written by `helm/generate_chart.py` from `helm/palpo-ingress/values.schema.json`, by which Helm checks values: "
             "a name that is not here is an error. `null` removes a default.", ""]
    defaults = schema.defaults()
    flat = []
    for name, child in schema.root["properties"].items():
        child = schema.resolved(child)
        part = {"properties": {name: child}}
        if "properties" in child:
            if flat:
                lines += table(flat)
                flat = []
            lines += [f"## {name}", "", child["description"], ""]
            lines += table(rows(schema, child, defaults.get(name, MISSING), name))
        else:
            if not flat:
                lines += ["## " + name + " and what follows" if len(lines) > 4 else "## Names and labels", ""]
            flat += rows(schema, part, defaults, "")
    if flat:
        lines += table(flat)
    return "\n".join(lines).rstrip() + "\n"


def table(found):
    return ["| value | kind | default | meaning |", "|---|---|---|---|", *found, ""]


def wanted():
    """File -> text."""
    schema = Schema((CHART / "values.schema.json").read_text())
    files = {CHART / "values.yaml": values_yaml(schema), REPOSITORY / "docs/values.md": values_markdown(schema)}
    for path in (REPOSITORY / "crds").glob("*.yaml"):
        files[CHART / "files/crds" / path.name] = path.read_text()
    return files


def main(arguments):
    stale = False
    for path, text in wanted().items():
        if arguments == ["--check"]:
            if not path.exists() or path.read_text() != text:
                print(f"{path.relative_to(REPOSITORY)} is stale: run helm/generate_chart.py", file=sys.stderr)
                stale = True
        elif arguments:
            sys.exit(__doc__)
        else:
            path.write_text(text)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
