#!/usr/bin/env bash
# The edge gateway beside nginx and HAProxy while the primary of two servers is killed, frozen, slow or answers
# 500, under steady load from wrk. Prints a table; takes six minutes.
# Needs the Debian packages wrk, nginx-light and haproxy. Usage: benchmarks/edge/failover.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(realpath -m "${1:-target/failover}")
mkdir -p "$folder"
./mvnw -q -pl examples/edge-gateway -am test-compile dependency:build-classpath \
  -Dmdep.outputFile="$folder/classpath" -Dmdep.includeScope=test
echo "load $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores, $(/usr/sbin/nginx -v 2>&1), $(haproxy -v | head -1)"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" \
  -cp "examples/edge-gateway/target/test-classes:examples/edge-gateway/target/classes:$(cat "$folder/classpath")" \
  io.gatewaykit.examples.edge.comparison.FailoverComparison "$folder"
