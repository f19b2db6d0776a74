#!/usr/bin/env bash
# The edge gateway under wrk with all guards on while lines fail at random, the configuration changes every ten
# seconds and two clients flood keys and send bad bodies. Writes soak.svg (heap, p99, share of the lines over time).
# Needs the Debian package wrk. Usage: benchmarks/scripts/edge-soak.sh [SECONDS] [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-1800}
folder=$(realpath -m "${2:-target/soak}")
mkdir -p "$folder"
classpath=$(benchmarks/scripts/test-classpath.sh benchmarks/edge)
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" \
  -cp "$classpath" \
  io.gatewaykit.benchmarks.edge.soak.Soak "$seconds" "$folder"
