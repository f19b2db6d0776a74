#!/usr/bin/env bash
# Requests per second of the edge gateway beside nginx as a plain proxy: the same upstream, the same wrk, each
# proxy alone on core 0, upstream and wrk on core 1. Rounds alternate, so that a drifting machine hits both.
# Needs the Debian packages nginx-light and wrk. Usage: benchmarks/scripts/edge-throughput.sh [ROUNDS] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-5}
seconds=${2:-8}
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT

classpath=${EDGE_CLASSPATH:-$(benchmarks/scripts/test-classpath.sh edge-gateway)}

cat > "$work/upstream.conf" <<EOF
worker_processes 1; pid $work/upstream.pid; error_log $work/upstream.log; daemon off;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000;
  server { listen 127.0.0.1:9101 backlog=4096; location / { return 200 "hello from the upstream\n"; } } }
EOF
cat > "$work/proxy.conf" <<EOF
worker_processes 1; pid $work/proxy.pid; error_log $work/proxy.log; daemon off;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000;
  upstream up { server 127.0.0.1:9101; keepalive 256; keepalive_requests 100000000; }
  server { listen 127.0.0.1:9102; location / { proxy_pass http://up; proxy_http_version 1.1;
    proxy_set_header Connection ""; proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for; } } }
EOF
lines='lines: [{name: only, endpoints: [{address: "127.0.0.1:9101"}]}]
checks: {type: tcp}'
printf '%s\nwaf: {mode: "off"}\nroutes: [{name: all, waf: false}]\n' "$lines" > "$work/bare.yaml"
printf '%s\nlimits: {client: {rate: 1000000/s, burst: 1000000}}\nwaf: {mode: block}\nroutes: [{name: all, limit: client}]\n' \
  "$lines" > "$work/guarded.yaml"

java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
taskset -c 1 nginx -c "$work/upstream.conf" &
taskset -c 0 nginx -c "$work/proxy.conf" &
taskset -c 0 "$java" -XX:+UseSerialGC -Xmx512m -cp "$classpath" io.gatewaykit.edge.Main \
  --config "$work/bare.yaml" --port 9103 --admin-port 9113 --threads 1 > "$work/bare.log" 2>&1 &
taskset -c 0 "$java" -XX:+UseSerialGC -Xmx512m -cp "$classpath" io.gatewaykit.edge.Main \
  --config "$work/guarded.yaml" --port 9104 --admin-port 9114 --threads 1 > "$work/guarded.log" 2>&1 &

measure() { # PORT SECONDS
  benchmarks/scripts/requests-per-second.sh "$1" "$2" 64
}
for port in 9101 9102 9103 9104; do
  until curl -sf -o /dev/null "http://127.0.0.1:$port/"; do sleep 0.2; done
done
for port in 9102 9103 9104 9103 9104; do measure "$port" 30 > /dev/null; done # the JVMs compile for a minute on one core

echo "load $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores, $("$java" -version 2>&1 | head -1), $(nginx -v 2>&1)"
printf '%8s %10s %10s %10s %8s %8s\n' round nginx bare guarded bare/n guarded/n
for ((i = 1; i <= rounds; i++)); do
  n=$(measure 9102 "$seconds"); b=$(measure 9103 "$seconds"); g=$(measure 9104 "$seconds")
  awk -v i=$i -v n=$n -v b=$b -v g=$g 'BEGIN {printf "%8d %10d %10d %10d %8.2f %8.2f\n", i, n, b, g, b / n, g / n}' |
    tee -a "$work/table"
done
awk '{n += $2; b += $3; g += $4} END {printf "%8s %10d %10d %10d %8.2f %8.2f\n", "mean", n/NR, b/NR, g/NR, b/n, g/n}' "$work/table"
