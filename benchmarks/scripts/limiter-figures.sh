#!/usr/bin/env bash
# Measures the limiters in one run: the JMH tables of single and keyed limiters with their peers, then bytes per key, the
# longest call while a million keys expire, queries per waiting caller, and the simulation of a token quota.
# Writes ratelimit.csv, ratelimit-table.md and ratelimit-properties.md into benchmarks/results.
# Usage: benchmarks/scripts/limiter-figures.sh [JMH OPTION...]     "-f 1 -wi 0 -i 1 -r 100ms" only shows that it runs.
# BENCHMARKS_BUILT=1 takes benchmarks/target/benchmarks.jar as it is.
set -euo pipefail
cd "$(dirname "$0")/../.."
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
package=io.gatewaykit.benchmarks.ratelimit
out=benchmarks/results/ratelimit-properties.md

benchmarks/scripts/jmh.sh ratelimit "$@"
{
  echo "\`benchmarks/scripts/limiter-figures.sh\`: $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg) before these measurements, $("$java" -version 2>&1 | sed -n 2p)"
  echo
  echo "| lower is better | |"
  echo "|---|---:|"
  "$java" -Xmx2g -cp benchmarks/target/benchmarks.jar "$package.LimiterMeasurements" | awk '{ gsub("_", " ", $1); print "| " $1 " | " $2 " |" }'
  echo
  "$java" -Xmx2g -cp benchmarks/target/benchmarks.jar "$package.TokenSimulation"
} | tee "$out.new"
mv "$out.new" "$out"
