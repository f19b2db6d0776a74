#!/usr/bin/env bash
# CPU time of a request through the edge gateway in two versions of this project, without guards (bare) and with a limit and the
# firewall (guarded). The old version runs twice, and the ratio of its two processes is the noise. Each measurement is the user and
# system time of one process, divided by the requests that wrk completed; each round takes all of them, in alternating order.
# Gateways run on core 0, the upstream (nginx) and wrk on core 1. Needs git, nginx, wrk and curl.
# Usage: benchmarks/scripts/edge-versions.sh OLD_COMMIT [ROUNDS] [SECONDS] [WARM_UP_SECONDS]
# Builds the commit and the present tree, unless OLD_CLASSPATH and NEW_CLASSPATH are set.
set -euo pipefail
cd "$(dirname "$0")/../.."
commit=$1
rounds=${2:-12}
seconds=${3:-8}
warm_up=${4:-30}
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
work=$(mktemp -d)
cleanup() {
  # shellcheck disable=SC2046
  kill $(jobs -p) 2> /dev/null || true
  wait 2> /dev/null || true
  git worktree remove --force "$work/old" 2> /dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

build() { # TREE: prints the class path of its edge gateway
  (cd "$1" && ./mvnw -q -B package dependency:copy-dependencies -DskipTests -DincludeScope=runtime -pl edge-gateway -am >&2)
  echo "$1/edge-gateway/target/*:$1/edge-gateway/target/dependency/*"
}
if [ -z "${OLD_CLASSPATH:-}" ]; then
  git worktree add -q --detach "$work/old" "$commit"
  OLD_CLASSPATH=$(build "$work/old")
fi
[ -n "${NEW_CLASSPATH:-}" ] || NEW_CLASSPATH=$(build "$PWD")

cat > "$work/upstream.conf" << EOF
worker_processes 1; pid $work/upstream.pid; error_log $work/upstream.log; daemon off;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000;
  server { listen 127.0.0.1:9101 backlog=4096; location / { return 200 "hello from the upstream\n"; } } }
EOF
lines='lines: [{name: only, endpoints: [{address: "127.0.0.1:9101"}]}]
checks: {type: tcp}'
printf '%s\nwaf: {mode: "off"}\nroutes: [{name: all, waf: false}]\n' "$lines" > "$work/bare.yaml"
printf '%s\nlimits: {client: {rate: 1000000/s, burst: 1000000}}\nwaf: {mode: block}\nroutes: [{name: all, limit: client}]\n' \
  "$lines" > "$work/guarded.yaml"
taskset -c 1 nginx -e "$work/upstream.log" -c "$work/upstream.conf" &

declare -A ports pids
port=9110
start() { # NAME CLASSPATH CONFIG
  ports[$1]=$port
  taskset -c 0 "$java" -XX:+UseSerialGC -Xmx512m -cp "$2" io.gatewaykit.edge.Main --config "$work/$3.yaml" --port "$port" \
    --admin-port $((port + 100)) --threads 1 > "$work/$1.log" 2>&1 &
  pids[$1]=$!
  port=$((port + 1))
}
for kind in bare guarded; do
  start "$kind-old" "$OLD_CLASSPATH" $kind
  start "$kind-again" "$OLD_CLASSPATH" $kind
  start "$kind-new" "$NEW_CLASSPATH" $kind
done

load() { # NAME SECONDS: prints the number of requests completed
  wrk -t1 -c32 -d"$2s" "http://127.0.0.1:${ports[$1]}/" | awk '/requests in/ { print $1 }'
}
ticks() { # NAME: the CPU time of the process, in ticks
  awk '{ print $14 + $15 }' "/proc/${pids[$1]}/stat"
}
hertz=$(getconf CLK_TCK)
microseconds() { # NAME: per request
  local before after requests
  before=$(ticks "$1")
  requests=$(load "$1" "$seconds")
  after=$(ticks "$1")
  awk -v t=$((after - before)) -v h="$hertz" -v n="$requests" 'BEGIN { printf "%.3f", t * 1000000 / h / n }'
}

for name in "${!ports[@]}"; do
  for _ in $(seq 300); do
    curl -sf -o /dev/null "http://127.0.0.1:${ports[$name]}/" && break
    kill -0 "${pids[$name]}" || { cat "$work/$name.log" >&2; exit 1; }
    sleep 0.2
  done
done
for _ in 1 2; do
  for name in "${!ports[@]}"; do load "$name" "$warm_up" > /dev/null; done
done

echo "load $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores, $("$java" -version 2>&1 | head -1), $rounds rounds of $seconds s, old $commit"
for ((round = 0; round < rounds; round++)); do
  for kind in bare guarded; do
    order=(old again new)
    ((round % 2)) && order=(new again old)
    declare -A cpu=()
    for version in "${order[@]}"; do cpu[$version]=$(microseconds "$kind-$version"); done
    echo "$kind ${cpu[old]} ${cpu[again]} ${cpu[new]}" >> "$work/results"
  done
done

column() { awk -v k="$1" "\$1 == k { print $2 }" "$work/results" | sort -n; }
median() { awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
row() { # LABEL KIND COLUMN: against the old version
  local ratios
  ratios=$(column "$2" "\$$3 / \$2")
  printf '| %s | %.1f | %.1f | %.2f | %.2f | %.2f |\n' "$1" "$(column "$2" '$2' | median)" "$(column "$2" "\$$3" | median)" \
    "$(median <<< "$ratios")" "$(head -1 <<< "$ratios")" "$(tail -1 <<< "$ratios")"
}
echo '| CPU time of a request | old, µs | compared, µs | ratio: median | lowest | highest |'
echo '|---|---:|---:|---:|---:|---:|'
for kind in bare guarded; do
  row "$kind: old again (noise)" $kind 3
  row "$kind: new" $kind 4
done
echo "load $(cut -d' ' -f1-3 /proc/loadavg) at the end"
