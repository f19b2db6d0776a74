#!/usr/bin/env bash
# CPU time of a request with two versions of this project: Tomcat bare (twice, as the noise), behind the filter with one limit,
# behind the filter with a table of routes, and the table alone. Each measurement is a JVM of its own, and each round takes all of
# them in turn, so that both versions meet the same load. Prints the medians and, for each pair, the median of the ratios.
# Usage: benchmarks/scripts/adapter-versions.sh OLD_CLASSPATH NEW_CLASSPATH [ROUNDS] [REQUESTS] [KINDS]   each with SeamsCpu compiled for it
set -euo pipefail
old=$1
new=$2
rounds=${3:-10}
requests=${4:-30000}
read -ra kinds <<< "${5:-bare limit routes match}"
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
results=$(mktemp)
trap 'rm -f "$results"' EXIT
cpu() { "$java" -XX:+UseSerialGC -Xmx256m -cp "$1" io.gatewaykit.benchmarks.adapters.SeamsCpu "$2" "$requests" 2> /dev/null; }
echo "load $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores, $("$java" -version 2>&1 | head -1), $rounds rounds"
for ((round = 0; round < rounds; round++)); do
  for kind in "${kinds[@]}"; do
    if ((round % 2)); then
      b=$(cpu "$new" $kind); a=$(cpu "$old" $kind)
    else
      a=$(cpu "$old" $kind); b=$(cpu "$new" $kind)
    fi
    echo "$kind $a $b" >> "$results"
  done
done
echo '| measurement | old, ns | new, ns | new / old: median | lowest | highest |'
echo '|---|---:|---:|---:|---:|---:|'
for kind in "${kinds[@]}"; do
  column() { awk -v k=$kind "\$1 == k { print $1 }" "$results" | sort -n; }
  median() { awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
  ratios=$(column '$3 / $2')
  printf '| %s | %.0f | %.0f | %.2f | %.2f | %.2f |\n' "$kind" "$(column '$2' | median)" "$(column '$3' | median)" \
    "$(median <<< "$ratios")" "$(head -1 <<< "$ratios")" "$(tail -1 <<< "$ratios")"
done
echo "load $(cut -d' ' -f1-3 /proc/loadavg) at the end"
