# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus that scrapes the programs under test and evaluates the chart's rules."""
import json
import math
import time
from urllib.parse import urlencode

from palpo_test import network
from palpo_test.http_client import fetch
from palpo_test.processes import REPOSITORY
from palpo_test.waiting import wait_until

RULES = REPOSITORY / "helm/palpo-ingress/files/rules"
SCRAPES = 12  # of each program before anything is asked: what a rate needs


class Prometheus:
    def __init__(self, processes, folder, pairs):
        """pairs: job -> pair of programs."""
        folder.mkdir()
        config = folder / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [f"{RULES}/*.yaml"],
            "scrape_configs": [{
                "job_name": job,
                "static_configs": [{"targets": [f"127.0.0.1:{admin.address[1]}" for admin in
                                                (pair.controller_admin, pair.dataplane_admin)],
                                    "labels": {"namespace": "palpo-ingress", "pod": f"{job}-1"}}]}
                for job, pair in pairs.items()]}))
        self.address = ("127.0.0.1", network.free_port())
        self.process = processes.start("prometheus", [
            "prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.address[1]}", "--log.level=warn"])
        self.jobs = sorted(pairs)

    def api(self, path, **parameters):
        answer = fetch(self.address, f"/api/v1/{path}?{urlencode(parameters)}", timeout=20)
        body = answer.json()
        assert body["status"] == "success", f"{path} {parameters}: {body}"
        return body["data"]

    def wait_scraped(self):
        def scraped():
            self.process.require_running()
            found = self.query(f"count_over_time(palpo_ingress_build_info[5m]) >= {SCRAPES}")
            return len(found) == 2 * len(self.jobs)

        wait_until(f"{SCRAPES} scrapes of each program", scraped, 60)

    def query(self, expression):
        """[(labels, value)] now."""
        return [(one["metric"], float(one["value"][1])) for one in self.api("query", query=expression)["result"]]

    def query_range(self, expression, seconds=6):
        """[(labels, values)] of the last seconds."""
        now = time.time()
        found = self.api("query_range", query=expression, start=now - seconds, end=now, step=1)["result"]
        return [(one["metric"], [float(value) for _, value in one["values"]]) for one in found]

    def alerts(self):
        """{(name, labels of interest)} that are pending or firing."""
        return [{**one["labels"], "state": one["state"]} for one in self.api("alerts")["alerts"]]

    def rules(self):
        return [rule for group in self.api("rules")["groups"] for rule in group["rules"]]


def numbers(values):
    return [value for value in values if not math.isnan(value)]
