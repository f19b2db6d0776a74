#!/usr/bin/env bash
# Runs the jcstress tests of the lock-free classes: all interleavings that this machine produces, and their outcomes.
# Usage: benchmarks/scripts/jcstress.sh [REGEX [JCSTRESS OPTION...]]     default: all tests, about a minute each; "-m quick" shortens it
# BENCHMARKS_BUILT=1 uses the jar as it is. Reports are in target/jcstress.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${BENCHMARKS_BUILT:-}" ] || ./mvnw -q -pl benchmarks -am package -DskipTests -Djacoco.skip -Dmaven.javadoc.skip -Dspotless.check.skip
jar=$PWD/benchmarks/target/benchmarks.jar
mkdir -p target/jcstress
cd target/jcstress
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$jar" org.openjdk.jcstress.Main -r . -t "${1:-.*}" "${@:2}"
