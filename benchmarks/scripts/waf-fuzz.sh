#!/usr/bin/env bash
# Runs the firewall's fuzz targets under Jazzer, one after the other: patterns beside re2j, bodies, decoders, whole
# inspections. Ends with an error at the first finding, whose input is then in target/fuzz.
# Usage: benchmarks/scripts/waf-fuzz.sh [SECONDS for each]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-300}
work=$PWD/target/fuzz
mkdir -p "$work"
./mvnw -q -N dependency:copy -Dartifact=com.code-intelligence:jazzer:0.30.0 -DoutputDirectory="$work"
./mvnw -q -N dependency:copy -Dartifact=com.code-intelligence:jazzer-api:0.30.0 -DoutputDirectory="$work"
classpath="$work/jazzer-0.30.0.jar:$work/jazzer-api-0.30.0.jar:$(benchmarks/scripts/test-classpath.sh gateway-waf)"
for target in pattern.PatternSetFuzz internal.body.BodyFuzz internal.decode.DecodingFuzz InspectionFuzz; do
  mkdir -p "$work/corpus-$target"
  echo "== $target, $seconds s"
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$classpath" com.code_intelligence.jazzer.Jazzer \
    --target_class="io.gatewaykit.waf.$target" --instrumentation_includes='io.gatewaykit.waf.**' \
    --reproducer_path="$work" "$work/corpus-$target" -artifact_prefix="$work/" \
    -max_total_time="$seconds" -timeout=10 -max_len=4096 -print_final_stats=1 2>&1 |
    tee "$work/$target.log" | grep -E 'stat::|ERROR|== |AssertionError|Exception|DONE' || true
  if grep -q 'ERROR: \|== Java Exception' "$work/$target.log"; then
    exit 1
  fi
done
