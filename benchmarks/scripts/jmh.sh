#!/usr/bin/env bash
# Runs the JMH benchmarks of one area or of all, each with its peers in the same run, and writes JMH's CSV and a Markdown
# table (AREA.csv, AREA-table.md) into benchmarks/results, beside the pages written by hand. Options of JMH may follow.
# Usage: benchmarks/scripts/jmh.sh [AREA [JMH OPTION...]]     AREA: a folder below src/main/java/io/gatewaykit/benchmarks
set -euo pipefail
cd "$(dirname "$0")/../.."
sources=benchmarks/src/main/java/io/gatewaykit/benchmarks
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"

[ -n "${BENCHMARKS_BUILT:-}" ] || ./mvnw -q -pl benchmarks -am package -DskipTests -Djacoco.skip -Dmaven.javadoc.skip -Dspotless.check.skip
if [ $# -gt 0 ]; then
  areas=("$1")
  shift
else
  areas=()
  for benchmark in $(find "$sources" -mindepth 2 -name '*Benchmark.java' | sort); do
    areas+=("$(basename "$(dirname "$benchmark")")")
  done
  mapfile -t areas < <(printf '%s\n' "${areas[@]}" | sort -u)
fi
for area in "${areas[@]}"; do
  [ -d "$sources/$area" ] || { echo "area: $area (expected: one of $(cd "$sources" && ls -d */ | tr -d / | tr '\n' ' '))"; exit 2; }
  "$java" -cp benchmarks/target/benchmarks.jar io.gatewaykit.benchmarks.RunAll benchmarks/results "$area" "$@"
done
