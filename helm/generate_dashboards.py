#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the chart's Grafana dashboards (files/dashboards) from the tables below.

    helm/generate_dashboards.py           writes them
    helm/generate_dashboards.py --check   writes nothing; exits 1 when one of them is not what would be written
"""
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "palpo-ingress/files/dashboards"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24
GREEN, YELLOW = "green", "orange"
CHOSEN = 'job=~"$job"'


def m(name, *matchers):
    """A selector of one of our metrics in the chosen jobs."""
    return f"palpo_ingress_{name}{{{','.join([CHOSEN, *matchers])}}}"


def process(name):
    return f"process_{name}{{{CHOSEN}}}"


def rate(name, *matchers):
    return f"rate({m(name, *matchers)}[$__rate_interval])"


def quantile(share, name, *matchers):
    return f"histogram_quantile({share}, sum by (le) ({rate(name + '_bucket', *matchers)}))"


def known(name, by, *matchers):
    """What every controller of a job knows alike: once a job."""
    return f"sum by ({by}) (max by (namespace, job, {by}) ({m(name, *matchers)}))"


def stat(title, expression, meaning, unit="short", warn=None, empty=None, width=4, height=4):
    steps = [{"color": GREEN, "value": None}]
    if warn is not None:
        steps.append({"color": YELLOW, "value": warn})
    return {"type": "stat", "title": title, "description": meaning, "w": width, "h": height,
            "targets": [(expression, "", "instant")],
            "fieldConfig": {"defaults": {"unit": unit, "thresholds": {"mode": "absolute", "steps": steps},
                                         **({"noValue": empty} if empty else {})}, "overrides": []},
            "options": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                        "colorMode": "value" if warn is not None else "none", "graphMode": "none"}}


def lines(title, targets, meaning, unit="short", width=8, stacked=False, most=None):
    custom = {"lineWidth": 1, "fillOpacity": 20 if stacked else 5, "showPoints": "never", "spanNulls": False,
              "stacking": {"mode": "normal" if stacked else "none", "group": "A"}}
    return {"type": "timeseries", "title": title, "description": meaning, "w": width, "h": 8,
            "targets": [(expression, legend, "range") for expression, legend in targets],
            "fieldConfig": {"defaults": {"unit": unit, "min": 0, **({"max": most} if most else {}), "custom": custom},
                            "overrides": []},
            "options": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                        "tooltip": {"mode": "multi", "sort": "desc"}}}


def table(title, expression, meaning, unit="short", width=8):
    return {"type": "table", "title": title, "description": meaning, "w": width, "h": 8,
            "targets": [(expression, "", "table")],
            "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
            "options": {"showHeader": True, "sortBy": [{"displayName": "Value", "desc": unit != "s"}]},
            "transformations": [{"id": "organize", "options": {"excludeByName": {"Time": True}}}]}


def text(title, markdown, width=WIDTH, height=6):
    return {"type": "text", "title": title, "w": width, "h": height, "targets": [],
            "options": {"mode": "markdown", "content": markdown}}


def row(title):
    return {"type": "row", "title": title, "w": WIDTH, "h": 1, "targets": [], "collapsed": False, "panels": []}


FAILED = 'code=~"5xx|aborted"'
SHORT, LONG = 'wait="short"', 'wait="long"'
COMPLAINTS = 'level=~"warning|error"'
SERVED = known("translate_objects", "kind", 'kind="PalpoHomeserver"', 'state="accepted"')
IN_TROUBLE = known("translate_objects", "kind, state", 'state=~"impaired|orphan|refused|unreadable"')
TO_RENEW = known("certificate_served", "time_left", 'time_left!="longer"')

FLEET = [
    row("State"),
    stat("Homeservers served", f"sum({SERVED})",
         "PalpoHomeservers of which everything is served."),
    stat("Objects in trouble", f"sum({IN_TROUBLE})",
         "PalpoHomeservers and Ingresses of which a part is not served. Their conditions or Events say why.", warn=1),
    stat("Data planes", f"sum({m('publish_peers')})", "Data planes that are connected to their controller."),
    stat("Data planes alone", f"count({m('config_controller_connected')} == 0) or vector(0)",
         "Data planes without a controller: they serve what they were told last.", warn=1),
    stat("Certificates to renew", f"sum({TO_RENEW})",
         "Certificates with less than 30 days left, or none.", warn=1),
    stat("Leaders", f"sum({m('lease_leader')})", "Controllers that write statuses and Events: one a release.", empty="no election"),

    row("Traffic"),
    lines("Requests by class", [(f"sum by (code) ({rate('downstream_requests_total')})", "{{code}}")],
          "By class of the answer's status. none: the client left before an answer; aborted: the answer broke off.", "reqps", stacked=True),
    lines("Share of failures", [(f"sum({rate('downstream_requests_total', FAILED)}) / sum({rate('downstream_requests_total')})", "5xx and aborted")],
          "Of all requests, those that were answered with 5xx or broke off.", "percentunit"),
    lines("Duration of requests", [(quantile(share, "downstream_request_duration_seconds", SHORT), name)
                                   for share, name in ((0.5, "half"), (0.95, "95%"), (0.99, "99%"))],
          "From a request's head to the end of its answer, without long polls and WebSockets.", "s"),
    lines("Requests by listener", [(f"sum by (listener) ({rate('downstream_requests_total')})", "{{listener}}")],
          "https: clients; federation: other homeservers; http: redirects and challenges.", "reqps", stacked=True),
    lines("Long polls and WebSockets", [(f"sum({rate('downstream_request_duration_seconds_count', LONG)})", "ended")],
          "Those that ended, a second.", "reqps"),
    lines("Bytes", [(f"sum({rate('downstream_received_bytes_total')})", "received"), (f"sum({rate('downstream_sent_bytes_total')})", "sent")],
          "From and to clients, as on the wire.", "Bps"),

    row("Homeservers"),
    lines("Most requests", [(f"topk(10, sum by (owner) ({rate('downstream_owner_requests_total')}))", "{{owner}}")],
          "The ten objects with the most requests. other: those without series of their own, together.", "reqps"),
    lines("Most failures", [(f"topk(10, sum by (owner) ({rate('downstream_owner_failures_total')}) > 0)", "{{owner}}")],
          "The ten objects with the most requests that failed.", "reqps"),
    table("Share of failures by object",
          f"topk(20, sum by (owner) ({rate('downstream_owner_failures_total')}) / sum by (owner) ({rate('downstream_owner_requests_total')}) > 0)",
          "The twenty objects whose requests fail most often.", "percentunit"),
    table("Without an endpoint", f"max by (owner) ({m('translate_orphan_backends')})",
          "Objects with a backend that has no endpoint or no Service: 503."),
    lines("Backends by endpoints", [(known("translate_backends", "endpoints"), "{{endpoints}}")],
          "Backends with no endpoint, with one, with several.", stacked=True),
    stat("Counted together", f"max({m('downstream_owners_without_series')})",
         "Objects without series of their own, because there are more than --metrics-max-owners.", warn=1, width=8, height=8),

    row("Connections"),
    lines("Clients' connections", [(f"sum by (listener) ({m('downstream_connections')})", "{{listener}}")], "Open ones.", stacked=True),
    lines("Use of the connection limit", [(m("downstream_connections_used_ratio"), "{{instance}}")],
          "By the fullest worker of each data plane.", "percentunit", most=1),
    lines("Connections accepted, evicted, failed",
          [(f"sum({rate('downstream_connections_accepted_total')})", "accepted"),
           (f"sum({rate('downstream_connections_evicted_total')})", "evicted"),
           (f"sum({rate('downstream_accept_failures_total')})", "failed")],
          "Evicted: idle ones that were closed to make room.", "cps"),
    lines("TLS handshakes", [(f"sum by (result) ({rate('downstream_handshakes_total')})", "{{result}}")],
          "With clients.", "cps", stacked=True),
    lines("Connections to homeservers", [(f"sum by (result) ({rate('upstream_connects_total')})", "{{result}}")],
          "Dialled a second. Idle ones are used again and not counted.", "cps", stacked=True),
    lines("Requests sent again", [(f"sum({rate('upstream_retries_total')})", "retries")],
          "After an idle connection proved dead.", "reqps"),

    row("Configuration"),
    lines("Objects by state", [(known("translate_objects", "kind, state"), "{{kind}} {{state}}")],
          "Every PalpoHomeserver and Ingress is in one state.", width=12),
    lines("From a change to its effect", [
        (quantile(0.5, "publish_programmed_seconds"), "half are acknowledged"), (quantile(0.99, "publish_programmed_seconds"), "99% are acknowledged"),
        (quantile(0.99, "translate_duration_seconds"), "99% are translated"), (quantile(0.99, "publish_ack_seconds"), "99% of data planes answer"),
        (quantile(0.99, "config_compile_seconds"), "99% are compiled")],
          "How long changes take until every data plane serves them, and where the time goes.", "s", width=12),
    lines("Updates", [(f"sum({rate('publish_updates_total')})", "sent"), (f"sum({rate('publish_acks_total')})", "acknowledged"),
                      (f"sum({rate('publish_nacks_total')})", "refused"), (f"sum({rate('translate_runs_total')})", "translations"),
                      (f"sum({rate('config_applied_total')})", "applied"), (f"sum({rate('config_refused_total')})", "refused by data planes")],
          "From controllers to data planes, a second."),
    lines("Acknowledgement owed", [(m("publish_unacknowledged_seconds"), "{{instance}}")],
          "For how long a data plane has owed an acknowledgement.", "s"),
    lines("Held back", [(m("publish_held_back_resources"), "{{instance}}")], "Hosts, backends and certificates that a data plane refused."),
    lines("Age of what is served", [(f"time() - {m('config_last_applied_timestamp_seconds')}", "{{instance}}")],
          "Since the data plane last applied a configuration.", "s"),
    lines("Last refusal, and last acknowledgement", [(f"time() - max({m('config_last_refused_timestamp_seconds')})", "refused by a data plane"),
                                                     (f"time() - max({m('publish_last_refused_timestamp_seconds')})", "refusal seen"),
                                                     (f"time() - min({m('publish_last_acknowledged_timestamp_seconds')})", "acknowledged by all")],
          "How long ago.", "s"),
    lines("Size", [(f"max({m('config_hosts')})", "hosts"), (f"max({m('config_clusters')})", "backends"), (f"max({m('config_certificates')})", "certificates")],
          "Of the served configuration."),
    lines("Sent to data planes", [(f"sum({rate('publish_sent_bytes_total')})", "updates")], "Bytes a second.", "Bps"),
    lines("Private keys sent", [(f"sum({rate('publish_keys_total')})", "keys")], "To data planes, a second."),
    lines("Unreadable manifests", [(m("files_faults"), "{{instance}}")], "Of a controller that reads a directory."),

    row("Certificates"),
    lines("Certificates by time left", [(known("certificate_served", "time_left"), "{{time_left}}")],
          "To the certificate, or to an issuer that comes with it.", width=12, stacked=True),
    table("Next to expire", f"sort(min by (certificate) ({m('certificate_expires_timestamp_seconds')}) - time())",
          "Those with less than 30 days left, by the time left.", "s", width=12),

    row("API server and statuses"),
    lines("Last heard of a kind", [(f"max by (kind) (time() - {m('kube_last_sync_timestamp_seconds')})", "{{kind}}")],
          "Seconds since a list, an event or a bookmark of the kind that is worst off.", "s"),
    lines("Events from the API server", [(f"sum by (kind) ({rate('kube_events_total')})", "{{kind}}")], "Bookmarks included, a second."),
    lines("Requests to the API server", [(f"sum({rate('kube_lists_total')})", "lists"), (f"sum({rate('kube_watches_total')})", "watches"),
                                         (f"sum({rate('kube_errors_total')})", "failed")], "A second.", "reqps"),
    lines("Statuses and Events written", [(f"sum by (result) ({rate('status_writes_total')})", "{{result}}")], "A second.", "wps", stacked=True),
    lines("Who leads", [(m("lease_leader"), "{{instance}}")], "1: this controller writes statuses and Events.", most=1),
    lines("Changes of leader", [(f"sum(increase({m('lease_transitions_total')}[$__rate_interval]))", "changes"),
                                (f"sum(increase({m('lease_renew_failures_total')}[$__rate_interval]))", "failed renewals")], "In the interval shown."),

    row("Programs"),
    lines("CPU", [(f"rate({process('cpu_seconds_total')}[$__rate_interval])", "{{instance}}")], "Processors in use."),
    lines("Memory", [(process("resident_memory_bytes"), "{{instance}}")], "Resident.", "bytes"),
    lines("Use of the limit of open files", [(f"{process('open_fds')} / {process('max_fds')}", "{{instance}}")],
          "Connections are files; each client's may need one to its homeserver.", "percentunit"),
    lines("Warnings and errors logged", [(f"sum by (level) ({rate('log_lines_total', COMPLAINTS)})", "{{level}}")],
          "Lines a second."),
    lines("Log lines dropped", [(f"sum({rate('log_dropped_lines_total')})", "log"), (f"sum({rate('access_log_dropped_lines_total')})", "access log")],
          "Lines a second that nobody took in time."),
    lines("Versions", [(f"count by (version) ({m('build_info')})", "{{version}}")], "Programs by version.", stacked=True),
    lines("Uptime", [(f"time() - {process('start_time_seconds')}", "{{instance}}")], "Since the program began.", "s"),
]

OWNER = 'owner="PalpoHomeserver/$homeserver"'
IN_NAMESPACE = 'certificate=~"$namespace/.+"'
HOMESERVER = [
    stat("Requests", f"sum({rate('downstream_owner_requests_total', OWNER)})", "A second.", "reqps"),
    stat("Failures", f"sum({rate('downstream_owner_failures_total', OWNER)}) / sum({rate('downstream_owner_requests_total', OWNER)})",
         "Share of the requests that were answered with 5xx or broke off.", "percentunit", warn=0.05),
    stat("Requests in the range shown", f"sum(increase({m('downstream_owner_requests_total', OWNER)}[$__range]))", "As many as were answered."),
    stat("Share of the traffic", f"sum({rate('downstream_owner_requests_total', OWNER)}) / sum({rate('downstream_owner_requests_total')})",
         "Of all requests that the ingress passes.", "percentunit"),
    stat("Backends without an endpoint", f"max({m('translate_orphan_backends', OWNER)}) or vector(0)", "Above 0: clients get 503.", warn=1),
    stat("Next certificate to expire", f"min({m('certificate_expires_timestamp_seconds', IN_NAMESPACE)}) - time()",
         "Of the certificates in the homeserver's namespace, if less than 30 days are left.", "s", empty="more than 30 days"),
    lines("Requests and failures", [(f"sum({rate('downstream_owner_requests_total', OWNER)})", "requests"),
                                    (f"sum({rate('downstream_owner_failures_total', OWNER)})", "failures")], "A second.", "reqps", width=12),
    lines("Share of failures", [(f"sum({rate('downstream_owner_failures_total', OWNER)}) / sum({rate('downstream_owner_requests_total', OWNER)})", "5xx and broken off")],
          "Of this homeserver's requests.", "percentunit", width=12),
    lines("Requests by data plane", [(f"sum by (instance) ({rate('downstream_owner_requests_total', OWNER)})", "{{instance}}")],
          "How clients are spread.", "reqps", width=12, stacked=True),
    lines("Duration of requests, of all homeservers together", [(quantile(share, "downstream_request_duration_seconds", SHORT), name)
                                                                for share, name in ((0.5, "half"), (0.95, "95%"), (0.99, "99%"))],
          "For comparison: without long polls and WebSockets.", "s", width=12),
    table("Certificates of the namespace that expire", f"sort(min by (certificate) ({m('certificate_expires_timestamp_seconds', IN_NAMESPACE)}) - time())",
          "With less than 30 days left.", "s", width=12),
    text("Where to look next", "    kubectl --namespace ${namespace} describe phs\n    kubectl --namespace ${namespace} get pods,endpointslice\n\n"
         "Its requests are the lines of the access log with `owner=\"PalpoHomeserver/${homeserver}\"`.", width=12, height=8),
]


def variable(name, label, query, **more):
    return {"name": name, "label": label, "type": "query", "datasource": SOURCE, "definition": query,
            "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, **more}


DATASOURCE = {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
JOB = variable("job", "Job", "label_values(palpo_ingress_build_info, job)", multi=True, includeAll=True, allValue=".+",
               current={"selected": True, "text": ["All"], "value": ["$__all"]})
DASHBOARDS = {
    "palpo-ingress-fleet": ("Palpo ingress / Fleet", FLEET, [DATASOURCE, JOB]),
    "palpo-ingress-homeserver": ("Palpo ingress / Homeserver", HOMESERVER, [
        DATASOURCE, JOB,
        variable("homeserver", "Homeserver", f"label_values({m('downstream_owner_requests_total')}, owner)", regex="/^PalpoHomeserver\\/(.+)$/"),
        variable("namespace", "Namespace", f"label_values({m('downstream_owner_requests_total', OWNER)}, owner)",
                 regex="/^PalpoHomeserver\\/([^\\/]+)\\/.+$/", hide=2)]),
}


def target(number, expression, legend, kind):
    made = {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": expression, "editorMode": "code"}
    if kind == "range":
        made |= {"range": True, "legendFormat": legend}
    else:
        made |= {"instant": True, "range": False}
        if kind == "table":
            made["format"] = "table"
    return made


def laid_out(panels):
    """From left to right, from top to bottom."""
    placed, x, y, height = [], 0, 0, 0
    for number, panel in enumerate(panels, 1):
        width, own_height = panel["w"], panel["h"]
        if x + width > WIDTH:
            x, y, height = 0, y + height, 0
        made = {"id": number, **{key: value for key, value in panel.items() if key not in ("w", "h", "targets")},
                "gridPos": {"x": x, "y": y, "w": width, "h": own_height}}
        if panel["targets"]:
            made |= {"datasource": SOURCE, "targets": [target(i, *one) for i, one in enumerate(panel["targets"])]}
        placed.append(made)
        x, height = x + width, max(height, own_height)
    return placed


def dashboard(uid):
    title, panels, variables = DASHBOARDS[uid]
    links = [{"type": "dashboards", "title": "Palpo ingress", "tags": ["palpo-ingress"], "asDropdown": True, "includeVars": True, "keepTime": True}]
    return {"uid": uid, "title": title, "tags": ["palpo-ingress"], "schemaVersion": 39, "editable": True, "refresh": "30s",
            "time": {"from": "now-6h", "to": "now"}, "links": links, "templating": {"list": variables}, "panels": laid_out(panels)}


def main(arguments):
    stale = 0
    for uid in DASHBOARDS:
        path = FOLDER / f"{uid}.json"
        made = json.dumps(dashboard(uid), indent=1, ensure_ascii=False) + "\n"
        if "--check" not in arguments:
            path.write_text(made, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != made:
            print(f"{path} is stale: run helm/generate_dashboards.py", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
