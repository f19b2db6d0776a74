#!/usr/bin/env bash
# Compiles a module with its tests and prints its class path. Usage: benchmarks/scripts/test-classpath.sh MODULE
set -euo pipefail
cd "$(dirname "$0")/../.."
file=$(mktemp)
trap 'rm -f "$file"' EXIT
./mvnw -q -pl "$1" -am test-compile dependency:build-classpath -Dmdep.outputFile="$file" -Dmdep.includeScope=test >&2
echo "$1/target/test-classes:$1/target/classes:$(cat "$file")"
