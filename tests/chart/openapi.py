# SPDX-License-Identifier: Apache-2.0
"""JSON schemas for kubeconform from what a kube-apiserver says of its kinds (/openapi/v2)."""
import json


def _strict(node):
    """Unknown fields are errors; a port may be a number or a name."""
    if node.get("format") == "int-or-string" or node.get("x-kubernetes-int-or-string"):
        return {"oneOf": [{"type": "string"}, {"type": "integer"}]}
    made = {key: inner for key, inner in node.items() if key not in ("description", "default")}
    if "properties" in made:
        made["properties"] = {name: _strict(inner) for name, inner in made["properties"].items()}
        if "additionalProperties" not in made and not made.get("x-kubernetes-preserve-unknown-fields"):
            made["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(made.get(key), dict):
            made[key] = _strict(made[key])
    return made


def _reachable(name, definitions, found):
    if name in found:
        return
    found[name] = definitions[name]
    for reference in _references(definitions[name]):
        _reachable(reference, definitions, found)


def _references(node):
    if isinstance(node.get("$ref"), str):
        yield node["$ref"].removeprefix("#/definitions/")
    for inner in [*node.get("properties", {}).values(), node.get("items"), node.get("additionalProperties")]:
        if isinstance(inner, dict):
            yield from _references(inner)


def write_schemas(document, folder):
    """GROUP_KIND_VERSION.json for every kind; the location to name to kubeconform."""
    folder.mkdir()
    definitions = {name: _strict(node) for name, node in document["definitions"].items()}
    definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] = {"oneOf": [{"type": "string"}, {"type": "number"}]}
    for name, node in document["definitions"].items():
        for kind in node.get("x-kubernetes-group-version-kind", []):
            found = {}
            _reachable(name, definitions, found)
            # Without a group, kubeconform takes the version for it.
            file = f"{kind['group'] or kind['version']}_{kind['kind']}_{kind['version']}.json".lower()
            (folder / file).write_text(json.dumps({**found[name], "definitions": found}))
    return f"{folder}/" "{{ .Group }}_{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json"
