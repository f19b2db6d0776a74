#!/usr/bin/env bash
# The edge gateway beside nginx and HAProxy while the primary of two servers is killed, frozen, slow or returns
# 500, under steady load from wrk. Prints a table; takes six minutes.
# Needs the Debian packages wrk, nginx-light and haproxy. Usage: benchmarks/scripts/edge-failover.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(realpath -m "${1:-target/failover}")
mkdir -p "$folder"
classpath=$(benchmarks/scripts/test-classpath.sh benchmarks/edge)
echo "load $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores, $(/usr/sbin/nginx -v 2>&1), $(haproxy -v | head -1)"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" \
  -cp "$classpath" \
  io.gatewaykit.benchmarks.edge.comparison.FailoverComparison "$folder"
