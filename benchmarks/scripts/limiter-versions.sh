#!/usr/bin/env bash
# Compares the limiters of two work trees on one machine. The two run alternately, so that a drift of the machine affects both.
# The table has the median of the rounds and the ratio new / old, where less is better. jmh.sh measures peers.
# Usage: benchmarks/scripts/limiter-versions.sh OLD_TREE NEW_TREE [JMH OPTION...]
# "git worktree add /tmp/old REVISION" creates a tree of an old version.
#
# ROUNDS (5) is the number of rounds, BUILT=1 takes the jars as they are, OUT (a new directory) keeps the raw results.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,7p' "$0"; exit 2; }
old=$(cd "$1" && pwd)
new=$(cd "$2" && pwd)
shift 2
rounds=${ROUNDS:-5}
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
measurements=$new/benchmarks/src/main/java/io/gatewaykit/benchmarks/ratelimit/LimiterMeasurements.java

for tree in "$old" "$new"; do
  [ -n "${BUILT:-}" ] && [ -e "$tree/benchmarks/target/benchmarks.jar" ] && continue
  (cd "$tree" && ./mvnw -q -B ${MAVEN_OPTIONS:-} -pl benchmarks -am package -DskipTests -Djacoco.skip -Dmaven.javadoc.skip -Dspotless.check.skip)
done

jmh() { # jar csv pattern options
  "$java" -jar "$1" "$3" -rf csv -rff "$2" "${@:4}" > "$2.log" 2>&1 || { tail -20 "$2.log"; exit 1; }
  # Benchmark,Mode,Threads,Samples,Score,Error,Unit[,Param...]
  awk -F, -v OFS=' ' 'NR > 1 {
    gsub(/"/, ""); sub(/^io\.gatewaykit\.benchmarks\.ratelimit\./, "", $1); gsub(/ /, "_", $1); name = $1
    for (i = 8; i <= NF; i++) name = name "/" $i
    print name "[" $7 "]", $5 }' "$2"
}

measure() { # label tree round
  local jar=$2/benchmarks/target/benchmarks.jar
  jmh "$jar" "$out/single-$1-$3.csv" 'SingleLimiterBenchmark' -p limiter=gatewaykit "${options[@]}"
  jmh "$jar" "$out/keyed-$1-$3.csv" 'KeyedLimiterBenchmark' -p limiter=gatewaykit -p strings=fresh -prof gc "${options[@]}"
  "$java" -Xmx2g -cp "$jar" "$measurements"
}

options=("$@")
for ((round = 1; round <= rounds; round++)); do
  echo "round $round of $rounds" >&2
  order=(old new)
  ((round % 2)) || order=(new old)
  for label in "${order[@]}"; do
    measure "$label" "${!label}" "$round" | sed "s/^/$label /"
  done
done | tee "$out/all" > /dev/null

awk '
  function median(text,   v, n, i, j, t) {
    n = split(text, v, " ")
    for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
    return n % 2 ? v[(n + 1) / 2] + 0 : (v[n / 2] + v[n / 2 + 1]) / 2
  }
  { key = $2; all[$1 " " key] = all[$1 " " key] " " $3; if (!(key in seen)) { seen[key] = ++count; names[count] = key } }
  END {
    printf "| %s | old | new | new / old |\n|---|---:|---:|---:|\n", "measurement (lower is better)"
    for (i = 1; i <= count; i++) {
      o = median(all["old " names[i]]); n = median(all["new " names[i]])
      printf "| %s | %.4g | %.4g | %s |\n", names[i], o, n, (o > 0 ? sprintf("%.3f", n / o) : "-")
    }
  }' "$out/all"
echo "raw results: $out" >&2
