# SPDX-License-Identifier: Apache-2.0
"""Runs deploy/argocd/health.lua as Argo CD does: the object is `obj`, and only the base and table libraries are there."""
import subprocess

from .processes import REPOSITORY

SCRIPT = REPOSITORY / "deploy/argocd/health.lua"

# Argo CD's Lua is 5.1's language. What later versions added is a mistake here too, so far as names can show it.
RUN = """
local names = {"assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawset",
               "select", "setmetatable", "table", "tonumber", "tostring", "type"}
local script = io.read("a")
local environment = {obj = OBJECT}
for _, name in ipairs(names) do environment[name] = _G[name] end
local result = assert(load(script, "=health.lua", "t", environment))()
assert(type(result) == "table", "health.lua returned no table")
io.write(result.status, "\\n", result.message)
"""


def _literal(value):
    """As Argo CD hands it over: null is nil, numbers are numbers."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return '"' + "".join(f"\\{byte:03d}" for byte in value.encode()) + '"'
    if isinstance(value, list):
        return "{" + ",".join(map(_literal, value)) + "}"
    return "{" + ",".join(f"[{_literal(key)}]={_literal(one)}" for key, one in value.items()) + "}"


def health(found, script=None):
    """{"status": ..., "message": ...} of an object."""
    text = SCRIPT.read_text() if script is None else script
    done = subprocess.run(["lua5.4", "-e", RUN.replace("OBJECT", _literal(found))], input=text, capture_output=True,
                          text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"health.lua: {done.stderr}")
    status, _, message = done.stdout.partition("\n")
    return {"status": status, "message": message}
