#!/usr/bin/env bash
# The cost of guards: requests per second of Jetty, Tomcat, Undertow and Netty bare, behind a filter with
# Bucket4j, behind the same limit of this project, and behind the whole chain (limit, concurrency, firewall with its
# built-in rules). Each server alone on core 0, wrk on core 1; rounds go through all four.
# Needs the Debian package wrk. Usage: benchmarks/scripts/adapter-overhead.sh [ROUNDS] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-3}
seconds=${2:-5}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
classpath=${OVERHEAD_CLASSPATH:-$(benchmarks/scripts/test-classpath.sh benchmarks)}
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
kinds=(bare bucket4j limit chain)

measure() { # PORT SECONDS
  benchmarks/scripts/requests-per-second.sh "$1" "$2" 32
}

echo "load $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores, $("$java" -version 2>&1 | head -1)"
echo '| server | bare, req/s | Bucket4j filter | our limit | whole chain | Bucket4j, µs | our limit, µs | chain, µs |'
echo '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |'
port=9300
for server in jetty tomcat undertow netty; do
  pids=()
  for kind in "${kinds[@]}"; do
    port=$((port + 1))
    taskset -c 0 "$java" -XX:+UseSerialGC -Xmx256m -cp "$classpath" \
      io.gatewaykit.benchmarks.adapters.OverheadServer "$server" "$kind" "$port" > "$work/$server-$kind.log" 2>&1 &
    pids+=($!)
  done
  for ((i = 0; i < 4; i++)); do
    until curl -sf -o /dev/null "http://127.0.0.1:$((port - 3 + i))/"; do
      kill -0 "${pids[i]}" || { cat "$work/$server-${kinds[i]}.log" >&2; exit 1; }
      sleep 0.2
    done
    measure $((port - 3 + i)) 8 > /dev/null # the JVM compiles
  done
  for ((round = 0; round < rounds; round++)); do
    for ((i = 0; i < 4; i++)); do measure $((port - 3 + i)) "$seconds"; done | paste -sd' ' >> "$work/$server"
  done
  awk -v s=$server '{b += $1; k += $2; l += $3; c += $4; n++} END {
    printf "| %s | %d | %.2f | %.2f | %.2f | %.1f | %.1f | %.1f |\n", s, b/n, k/b, l/b, c/b,
      1e6*n*(1/k - 1/b), 1e6*n*(1/l - 1/b), 1e6*n*(1/c - 1/b)}' "$work/$server"
  kill "${pids[@]}"
  wait "${pids[@]}" 2>/dev/null || true
done
