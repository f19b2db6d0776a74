#!/usr/bin/env bash
# Thread CPU time of inspecting 127 KiB of random bytes, compared with text of that size.
# Usage: benchmarks/scripts/waf-binary-cpu.sh [WARM-UP SECONDS]
# BENCHMARKS_CLASSPATH names the benchmarks and their libraries; without it, benchmarks.jar is built.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${BENCHMARKS_CLASSPATH:-}" ] || ./mvnw -q -pl benchmarks -am package -DskipTests -Djacoco.skip -Dmaven.javadoc.skip -Dspotless.check.skip
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xms400m -Xmx400m -XX:+UseSerialGC -cp "${BENCHMARKS_CLASSPATH:-benchmarks/target/benchmarks.jar}" \
  io.gatewaykit.benchmarks.waf.BinaryBodyCpu "$@"
