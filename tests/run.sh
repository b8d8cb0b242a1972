#!/usr/bin/env bash
# Builds the project and runs its tests; closes with one line: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
Usage: tests/run.sh [--quick] [--label NAME] [--preset NAME] [--no-install]

  --quick        leave out e2e (real etcd and kube-apiserver, real homeservers)
  --label NAME   only that label: unit, golden, property, fuzz, integration, e2e
  --preset NAME  build preset of CMakePresets.json: dev (default), release, asan, tsan
  --no-install   do not install missing Debian packages
TEXT
}

quick=no label='' preset=dev install=yes
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=yes ;;
    --label) label=${2:?--label needs a name}; shift ;;
    --label=*) label=${1#*=} ;;
    --preset) preset=${2:?--preset needs a name}; shift ;;
    --preset=*) preset=${1#*=} ;;
    --no-install) install=no ;;
    -h | --help) usage; exit 0 ;;
    *) echo "tests/run.sh: unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done
case $label in
  '' | unit | golden | property | fuzz | integration | e2e) ;;
  *) echo "tests/run.sh: unknown label '$label'" >&2; usage >&2; exit 2 ;;
esac

step() { printf '\n== %s\n' "$*"; }
wants() { [ -z "$label" ] || [ "$label" = "$1" ]; }

[ "$install" = no ] || deploy/install-packages.sh build test

build=build/$preset
results=$PWD/$build/test-results
rm -rf "$results"; mkdir -p "$results"
export PALPO_BIN=$PWD/$build/bin

e2e=no
if wants e2e && [ "$quick" = no ]; then
  e2e=yes
  # The Go tools compile beside the C++ build's configure step only if nothing else competes: they come first.
  step 'end-to-end tools (etcd, kube-apiserver, kubectl)'
  PALPO_E2E_BIN=$(tests/e2e/tools/build.sh)
  export PALPO_E2E_BIN
fi

step "build ($preset)"
cmake --preset "$preset" >"$results/configure.log" 2>&1 || { cat "$results/configure.log"; exit 1; }
cmake --build "$build"

failed=0
if [ "$label" != integration ] && [ "$label" != e2e ]; then
  step "C++ tests${label:+ ($label)}"
  ctest --test-dir "$build" -j"$(nproc)" --output-on-failure --output-junit "$results/ctest.xml" \
    ${label:+-L "^$label\$"} --progress --no-tests=error >"$results/ctest.log" 2>&1 || failed=1
  if [ $failed = 1 ]; then cat "$results/ctest.log"; else tail -n 12 "$results/ctest.log"; fi
fi
if wants integration; then
  step 'integration'
  [ -z "$label" ] || ctest --test-dir "$build" -j"$(nproc)" --output-on-failure \
    --output-junit "$results/ctest.xml" -L '^integration$' || failed=1
  python3 -m pytest -q -p no:cacheprovider tests/integration --junitxml="$results/integration.xml" || failed=1
fi
if [ $e2e = yes ]; then
  step 'end to end'
  python3 -m pytest -q -p no:cacheprovider tests/e2e --junitxml="$results/e2e.xml" || failed=1
fi

python3 tests/support/count_results.py "$results"/*.xml || failed=1
exit $failed
