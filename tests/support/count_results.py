#!/usr/bin/env python3
"""Adds up JUnit reports and prints the closing line. Fails when a test failed, or when none ran."""
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
        return "failed"
    if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        return "skipped"
    return "passed"


def main(paths):
    total = {"passed": 0, "failed": 0, "skipped": 0}
    for path in paths:
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            result = outcome(case)
            total[result] += 1
            if result == "failed":
                print(f"FAILED {case.get('classname')} {case.get('name')}")
            if result == "skipped":
                reason = case.find("skipped")
                print(f"skipped {case.get('name')}: {'' if reason is None else reason.get('message')}")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**total))
    return 1 if total["failed"] or not total["passed"] else 0


sys.exit(main(sys.argv[1:]))
