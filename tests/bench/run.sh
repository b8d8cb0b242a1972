#!/usr/bin/env bash
# The data plane beside Debian's nginx and HAProxy, in one interleaved run: tests/bench/run.sh [--rows a,b,d,e,f,g,change] [--rounds N]
# Prints a table with ratios. Absolute figures of a shared machine mean little; ratios of one run do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
deploy/install-packages.sh build bench
cmake --preset release >/dev/null
cmake --build build/release --target palpo-ingress-controller palpo-ingress-dataplane palpo-bench-upstream
exec python3 tests/bench/bench.py --bin build/release/bin "$@"
