#!/usr/bin/env bash
# Builds the project and runs its tests; closes with one line: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'TEXT'
Usage: tests/run.sh [--quick] [--label NAME] [--preset NAME] [--no-install]

  --quick        leave out chart, observability, e2e and cluster (real etcd and kube-apiserver, homeservers, a real node)
  --label NAME   only that label: unit, golden, property, fuzz, integration, chart, observability, e2e, cluster
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
  '' | unit | golden | property | fuzz | integration | chart | observability | e2e | cluster) ;;
  *) echo "tests/run.sh: unknown label '$label'" >&2; usage >&2; exit 2 ;;
esac

step() { printf '\n== %s\n' "$*"; }
wants() { [ -z "$label" ] || [ "$label" = "$1" ]; }
slow() { [ "$quick" = no ] && wants "$1"; }
# A node needs root. Elsewhere its tests are collected and skipped, each with the reason.
node() { slow cluster && [ "$(id -u)" = 0 ]; }

if [ "$install" = yes ]; then
  sets=(build test)
  ! node || sets+=(cluster)
  deploy/install-packages.sh "${sets[@]}"
fi

build=build/$preset
results=$PWD/$build/test-results
rm -rf "$results"; mkdir -p "$results"
export PALPO_BIN=$PWD/$build/bin

tools=()
! slow e2e || tools+=(e2e)
! slow chart || tools+=(chart)
! node || tools+=(cluster)
if [ ${#tools[@]} -gt 0 ]; then
  # The Go tools compile beside the C++ build's configure step only if nothing else competes: they come first.
  step "tools from Go modules (${tools[*]})"
  PALPO_E2E_BIN=$(tests/e2e/tools/build.sh "${tools[@]}")
  export PALPO_E2E_BIN
fi

step "build ($preset)"
cmake --preset "$preset" >"$results/configure.log" 2>&1 || { cat "$results/configure.log"; exit 1; }
cmake --build "$build"

# The image compiles while other tests mostly wait. Its tests build it again, from the cache.
image=''
if node; then
  nice deploy/quickstart/cluster/images.sh ingress v1 v1 >"$results/image.log" 2>&1 &
  image=$!
fi

failed=0
case $label in
  '' | unit | golden | property | fuzz)
    step "C++ tests${label:+ ($label)}"
    ctest --test-dir "$build" -j"$(nproc)" --output-on-failure --output-junit "$results/ctest.xml" \
      ${label:+-L "^$label\$"} --progress --no-tests=error >"$results/ctest.log" 2>&1 || failed=1
    if [ $failed = 1 ]; then cat "$results/ctest.log"; else tail -n 12 "$results/ctest.log"; fi ;;
  integration)
    ctest --test-dir "$build" -j"$(nproc)" --output-on-failure \
      --output-junit "$results/ctest.xml" -L '^integration$' || failed=1 ;;
esac

suite() { # FOLDER WHAT: a folder of tests in Python
  step "$2"
  python3 -m pytest -q -p no:cacheprovider "tests/$1" --junitxml="$results/$1.xml" || failed=1
}
! wants integration || suite integration integration
! slow chart || suite chart chart
! slow observability || suite observability observability
! slow e2e || suite e2e 'end to end'
[ -z "$image" ] || wait "$image" || { tail -n 40 "$results/image.log"; failed=1; }
! slow cluster || suite cluster 'cluster of one node'

python3 tests/support/count_results.py "$results"/*.xml || failed=1
exit $failed
