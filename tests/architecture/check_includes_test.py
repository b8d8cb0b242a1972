#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_includes on small made-up trees: each rule is seen to fail when it should."""
import contextlib
import io
import pathlib
import tempfile
import unittest

import check_includes

DECLARED = {
    "base": [],
    "dataplane/api": ["base"],
    "dataplane/config": ["base", "dataplane/api"],
    "dataplane/http": ["dataplane/config:runtime_config.h"],
    "controller/app": ["dataplane/api"],
    "tests/support": ["base"],
}
HEADERS = ("base/error.h", "dataplane/api/model.h", "dataplane/config/runtime_config.h",
           "dataplane/config/distributor.h", "tests/support/test_pki.h")


class CheckIncludes(unittest.TestCase):
    def faults(self, files, declared=None):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**dict.fromkeys(HEADERS, ""), **files}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return check_includes.check(root, declared or DECLARED)

    def assert_clean(self, files):
        self.assertEqual(self.faults(files), [])

    def assert_fault(self, files, *parts, declared=None):
        found = self.faults(files, declared)
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    def test_declared_includes_pass(self):
        self.assert_clean({
            "dataplane/api/model.cpp": '#include "dataplane/api/model.h"\n#include <vector>\n#include "base/error.h"\n',
            "dataplane/http/a.cpp": '#include "dataplane/config/runtime_config.h"\n',
            "tests/support/test_pki.cpp": '#include "dataplane/api/model.h"\n#include <openssl/evp.h>\n',
        })

    def test_undeclared_folder(self):
        self.assert_fault({"dataplane/api/a.cpp": '\n\n#include "dataplane/config/runtime_config.h"\n'},
                          "dataplane/api/a.cpp:3:", "does not declare dataplane/config")

    def test_angle_brackets_do_not_hide_it(self):
        self.assert_fault({"base/a.cpp": "  #  include <dataplane/api/model.h>\n"}, "base/a.cpp:1:")

    def test_transitive_use(self):
        self.assert_fault({"controller/app/a.cpp": '#include "base/error.h"\n'}, "does not declare base")
        self.assert_clean({"controller/app/a_test.cpp": '#include "base/error.h"\n'})

    def test_one_header_only(self):
        self.assert_fault({"dataplane/http/a.cpp": '#include "dataplane/config/distributor.h"\n'},
                          "declares only dataplane/config:runtime_config.h")

    def test_a_test_goes_one_step_not_two(self):
        self.assert_clean({"dataplane/http/a_test.cpp": '#include "dataplane/api/model.h"\n'})
        declared = {**DECLARED, "dataplane/app": ["dataplane/http"]}
        self.assert_fault({"dataplane/app/a_test.cpp": '#include "dataplane/api/model.h"\n'}, declared=declared)

    def test_test_support_is_for_tests(self):
        self.assert_clean({"base/a_test.cpp": '#include "tests/support/test_pki.h"\n'})
        self.assert_fault({"base/a.cpp": '#include "tests/support/test_pki.h"\n'}, "does not declare tests/support")

    def test_a_header_that_only_tests_include_is_a_test(self):
        files = {
            "base/a_test.cpp": '#include "base/example.h"\n',
            "base/example.h": '#include "base/inner.h"\n',
            "base/inner.h": '#include "tests/support/test_pki.h"\n',
            "base/inner.cpp": '#include "base/inner.h"\n#include "tests/support/test_pki.h"\n',
        }
        self.assert_clean(files)
        found = self.faults({**files, "base/a.cpp": '#include "base/inner.h"\n'})
        self.assertEqual([fault.partition(": ")[0] for fault in found], ["base/inner.cpp:2", "base/inner.h:1"])
        self.assert_fault({"base/unused.h": '#include "tests/support/test_pki.h"\n'}, "base/unused.h:1:")

    def test_undeclared_source_folder(self):
        self.assert_fault({"dataplane/new/a.cpp": '#include "base/error.h"\n'}, "dataplane/new is not declared")

    def test_missing_and_relative_headers(self):
        self.assert_fault({"base/a.cpp": '#include "error.h"\n'}, 'there is no "error.h"')
        self.assert_fault({"base/a.cpp": '#include "base/gone.h"\n'}, 'there is no "base/gone.h"')

    def test_cycle(self):
        declared = {**DECLARED, "dataplane/api": ["base", "dataplane/config"]}
        self.assert_fault({
            "dataplane/api/a.h": '#include "dataplane/config/distributor.h"\n',
            "dataplane/config/distributor.h": '#include "dataplane/api/model.h"\n',
        }, "dataplane/api/a.h:1:", "dataplane/api -> dataplane/config -> dataplane/api", declared=declared)

    def test_cycle_of_three_is_one_fault(self):
        declared = {"base": ["dataplane/api"], "dataplane/api": ["dataplane/config"], "dataplane/config": ["base"]}
        self.assert_fault({
            "base/a.cpp": '#include "dataplane/api/model.h"\n',
            "dataplane/api/a.cpp": '#include "dataplane/config/distributor.h"\n',
            "dataplane/config/a.cpp": '#include "base/error.h"\n',
        }, "base -> dataplane/api -> dataplane/config -> base", declared=declared)

    def test_tests_make_no_cycle(self):
        declared = {**DECLARED, "dataplane/api": ["base", "dataplane/config"]}
        self.assertEqual(self.faults({
            "dataplane/api/a_test.cpp": '#include "dataplane/config/distributor.h"\n',
            "dataplane/config/distributor.h": '#include "dataplane/api/model.h"\n',
        }, declared), [])

    def test_third_parties_have_owners(self):
        allowed = {
            "controller/kube/rest_exchange.cpp": "cpprest/http_client.h",
            "controller/files/reader.cpp": "yaml-cpp/yaml.h",
            "base/metrics.cpp": "prometheus/registry.h",
            "base/metrics_test.cpp": "prometheus/registry.h",
            "dataplane/tls/context.h": "openssl/ssl.h",
            "dataplane/api/pem_test.cpp": "openssl/pem.h",
            "dataplane/api/json.cpp": "nlohmann/json.hpp",
        }
        for name, header in allowed.items():
            with self.subTest(name=name):
                self.assert_clean({name: f"#include <{header}>\n"})
        refused = {
            "controller/kube/transport.cpp": "cpprest/http_client.h",
            "controller/kube/rest_transport.h": "pplx/pplxtasks.h",
            "controller/kube/secret.cpp": "yaml-cpp/yaml.h",
            "base/log.cpp": "prometheus/registry.h",
            "base/digest.h": "openssl/evp.h",
            "dataplane/http/server.cpp": "openssl/ssl.h",
            "dataplane/api/json.h": "nlohmann/json_fwd.hpp",
        }
        for name, header in refused.items():
            with self.subTest(name=name):
                self.assert_fault({name: f"#include <{header}>\n"}, f"{name}:1:", "belongs to")

    def test_an_owner_that_includes_nothing_is_stale(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "base").mkdir()
            (root / "base/metrics.cpp").write_text("#include <prometheus/registry.h>\n", encoding="utf-8")
            stale = check_includes.find_stale_owners(list(check_includes.read_includes(root)))
        self.assertIn("base/digest.cpp owns openssl/ and includes none of it", stale)
        self.assertFalse([fault for fault in stale if "prometheus/" in fault])

    def test_declared_file(self):
        self.assertEqual(check_includes.read_declared("base=\na/b=base, c:d.h\n\n"),
                         {"base": [], "a/b": ["base", "c:d.h"]})

    def test_an_empty_declaration_is_a_fault(self):
        with tempfile.TemporaryDirectory() as folder:
            empty = pathlib.Path(folder) / "declared.txt"
            empty.write_text("", encoding="utf-8")
            with contextlib.redirect_stdout(io.StringIO()):
                self.assertEqual(check_includes.main([folder, str(empty)]), 1)


if __name__ == "__main__":
    unittest.main()
