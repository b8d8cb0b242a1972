# SPDX-License-Identifier: Apache-2.0
"""Reads the Prometheus text format."""
import re

_LINE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


class Metrics:
    def __init__(self, text):
        self.text = text
        self.samples = []
        for line in text.splitlines():
            if match := _LINE.match(line):
                name, labels, value = match.groups()
                self.samples.append((name, dict(_LABEL.findall(labels or "")), float(value)))

    def total(self, name, **labels):
        """The sum of the samples with these labels; 0 when there is none."""
        return sum(value for sample, has, value in self.samples
                   if sample == name and all(has.get(key) == want for key, want in labels.items()))

    def has(self, name):
        return any(sample == name for sample, _, _ in self.samples)
