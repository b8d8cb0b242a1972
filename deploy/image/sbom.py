#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the image's bill of materials (SPDX 2.3, JSON) from its files and the dpkg entries beside them.

Every file of the root is listed with its SHA-256, every package that dpkg names with version, source and package URL.
The same files give the same document, byte for byte; SOURCE_DATE_EPOCH is its time (seconds since 1970, default 0).
"""
import argparse
import datetime
import hashlib
import json
import os
import pathlib

DOCUMENT = "usr/share/doc/palpo-ingress/sbom.spdx.json"
PROJECT = "SPDXRef-Package-palpo-ingress"


def fields(entry):
    """The single-line fields of a dpkg entry."""
    lines = [line for line in entry.splitlines() if line and not line.startswith(" ")]
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def dpkg_package(entry):
    name, version, arch = entry["Package"], entry["Version"], entry["Architecture"]
    source = entry.get("Source", name).split(" ")[0]
    return {
        "SPDXID": f"SPDXRef-Package-{name.replace('+', 'p').replace('_', '-')}",
        "name": name,
        "versionInfo": version,
        "supplier": f"Organization: Debian ({entry['Maintainer']})",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "sourceInfo": f"built from the Debian source package {source}; licences: usr/share/doc/{name}/copyright",
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
            "referenceLocator": f"pkg:deb/debian/{name}@{version.replace('+', '%2B').replace(':', '%3A')}"
                                f"?arch={arch}&distro=debian-13"}],
    }


def project_package(version):
    return {"SPDXID": PROJECT, "name": "palpo-ingress", "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0",
            "copyrightText": "NOASSERTION", "supplier": "Organization: Palpo ingress"}


def image_files(root):
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and str(path.relative_to(root)) != DOCUMENT:
            name = str(path.relative_to(root))
            content = path.read_bytes()
            yield {"SPDXID": f"SPDXRef-File-{hashlib.sha256(name.encode()).hexdigest()[:16]}", "fileName": f"./{name}",
                   "checksums": [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(content).hexdigest()},
                                 {"algorithm": "SHA1", "checksumValue": hashlib.sha1(content).hexdigest()}],
                   "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION"}


def relation(source, kind, target):
    return {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}


def document(root, version, arch):
    entries = [fields(path.read_text()) for path in sorted((root / "var/lib/dpkg/status.d").iterdir())]
    packages = [dpkg_package(entry) for entry in entries]
    files = list(image_files(root))
    content = hashlib.sha256("".join(f["checksums"][0]["checksumValue"] + f["fileName"] for f in files).encode())
    when = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"palpo-ingress-{version}-{arch}",
        "documentNamespace": f"urn:palpo-ingress:sbom:{content.hexdigest()}",
        "creationInfo": {"created": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: palpo-ingress-sbom"]},
        "packages": [project_package(version)] + packages,
        "files": files,
        "relationships": [relation("SPDXRef-DOCUMENT", "DESCRIBES", PROJECT)]
        + [relation(PROJECT, "DEPENDS_ON", package["SPDXID"]) for package in packages]
        + [relation(PROJECT, "CONTAINS", file["SPDXID"]) for file in files],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=pathlib.Path, required=True, help="the image's root")
    parser.add_argument("--version", required=True, help="of the project")
    parser.add_argument("--arch", required=True, help="Debian's name of the architecture")
    arguments = parser.parse_args()
    target = arguments.root / DOCUMENT
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(document(arguments.root, arguments.version, arguments.arch), indent=1) + "\n")


if __name__ == "__main__":
    main()
