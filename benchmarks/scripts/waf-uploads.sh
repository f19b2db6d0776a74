#!/usr/bin/env bash
# Sends the files of directories as uploads through the edge gateway with its default firewall, each in a form and as a raw PUT without
# a type, and prints the rejected ones by rule. Without a directory, it collects files of this machine first (waf-upload-files.py).
# Usage: benchmarks/scripts/waf-uploads.sh [DIR/binary DIR/text ...]
# GIT_DIRS="DIR ..." names bare clones whose text files are collected, too.
#
# Builds the gateway and the client unless EDGE_CLASSPATH and BENCHMARKS_CLASSPATH name their classes and dependencies. Nothing is
# installed. Ports: UPLOAD_PORT (9131) and the two behind it.
set -euo pipefail
directories=(); for d in "$@"; do directories+=("$(realpath "$d")"); done
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
if [ ${#directories[@]} -eq 0 ]; then
  # shellcheck disable=SC2086 # one word for each directory
  PER_BINARY_KIND=${PER_BINARY_KIND:-420} python3 benchmarks/scripts/waf-upload-files.py "$work/files" ${GIT_DIRS:-}
  for folder in binary text; do
    if [ -d "$work/files/$folder" ]; then directories+=("$work/files/$folder"); fi
  done
fi
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
upstream=${UPLOAD_PORT:-9131}; port=$((upstream + 1)); admin=$((upstream + 2))

if [ -z "${EDGE_CLASSPATH:-}" ] || [ -z "${BENCHMARKS_CLASSPATH:-}" ]; then
  ./mvnw -q -pl benchmarks,edge-gateway -am test-compile dependency:build-classpath \
    -Dmdep.outputFile=target/cp.txt -Dmdep.includeScope=runtime -Dspotless.check.skip -Dcompiler.warnings=-Xlint:none
fi
edge=${EDGE_CLASSPATH:-edge-gateway/target/classes:$(cat edge-gateway/target/cp.txt)}
replay=${BENCHMARKS_CLASSPATH:-benchmarks/target/classes:$(cat benchmarks/target/cp.txt)}

cat > "$work/edge.yaml" <<CONF
waf: {mode: block}
lines: [{name: only, endpoints: [{address: "127.0.0.1:$upstream"}]}]
checks: {type: tcp}
routes: [{name: all}]
CONF
client=("$java" -Xmx512m -cp "$replay" io.gatewaykit.benchmarks.waf.UploadReplay)
"${client[@]}" --upstream "$upstream" 2> "$work/upstream.log" &
"$java" -Xmx512m -cp "$edge" io.gatewaykit.edge.Main --config "$work/edge.yaml" --port "$port" --admin-port "$admin" \
  > "$work/edge.log" 2>&1 &
for _ in $(seq 300); do
  curl -sf -o /dev/null "http://127.0.0.1:$port/" && break
  sleep 0.2
done
curl -sf -o /dev/null "http://127.0.0.1:$port/" || { cat "$work/edge.log" >&2; exit 1; }
for directory in "${directories[@]}"; do
  "${client[@]}" "$directory" "http://127.0.0.1:$port"
done
