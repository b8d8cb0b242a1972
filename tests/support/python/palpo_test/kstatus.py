# SPDX-License-Identifier: Apache-2.0
"""How kstatus reads an object of a kind that it does not know (cli-utils pkg/kstatus, as Flux, Argo CD and kpt do)."""


def read(found):
    """Current, InProgress, Failed or Terminating."""
    meta, status = found["metadata"], found.get("status", {})
    if "deletionTimestamp" in meta:
        return "Terminating"
    if "observedGeneration" in status and status["observedGeneration"] != meta.get("generation"):
        return "InProgress"
    conditions = {one["type"]: one["status"] for one in status.get("conditions", [])}
    if conditions.get("Reconciling") == "True":
        return "InProgress"
    if conditions.get("Stalled") == "True":
        return "Failed"
    if "Ready" in conditions:
        return "Current" if conditions["Ready"] == "True" else "InProgress"
    return "Current"  # an object that says nothing is taken for done
