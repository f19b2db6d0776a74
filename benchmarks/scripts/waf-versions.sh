#!/usr/bin/env bash
# Thread CPU and allocated bytes of one inspection of ordinary requests: an earlier version beside the working tree, in alternating JVMs.
# The earlier version runs twice, so that the difference of a version to itself shows the noise.
# Usage: benchmarks/scripts/waf-versions.sh COMMIT [ROUNDS]     default: 10 rounds
# BENCHMARKS_CLASSPATH names the libraries of gateway-api and gateway-waf; without it, benchmarks.jar is built.
set -euo pipefail
cd "$(dirname "$0")/../.."
commit=${1:?usage: benchmarks/scripts/waf-versions.sh COMMIT [ROUNDS]}
rounds=${2:-10}
bin="${JAVA_HOME:+$JAVA_HOME/bin/}"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

[ -n "${BENCHMARKS_BUILT:-}${BENCHMARKS_CLASSPATH:-}" ] || ./mvnw -q -pl benchmarks -am package -DskipTests -Djacoco.skip -Dmaven.javadoc.skip -Dspotless.check.skip
libraries=${BENCHMARKS_CLASSPATH:-benchmarks/target/benchmarks.jar} # its own classes of the modules come behind those of a version
compile() { # SOURCES NAME
  mkdir "$dir/$2"
  find "$1/gateway-api/src/main/java" "$1/gateway-waf/src/main/java" -name '*.java' ! -name module-info.java >"$dir/sources"
  echo benchmarks/src/main/java/io/gatewaykit/benchmarks/waf/InspectionRound.java >>"$dir/sources"
  "${bin}javac" --release 17 -proc:none -nowarn -d "$dir/$2" -cp "$libraries" @"$dir/sources"
}
mkdir "$dir/earlier-sources"
git archive "$commit" gateway-api gateway-waf | tar -x -C "$dir/earlier-sources"
compile "$dir/earlier-sources" earlier
compile . current
cp -r "$dir/earlier" "$dir/earlier-again"

for ((round = 0; round < rounds; round++)); do
  for version in earlier current earlier-again; do
    "${bin}java" -Xms400m -Xmx400m -XX:+UseSerialGC -cp "$dir/$version:$libraries" \
      io.gatewaykit.benchmarks.waf.InspectionRound 6 2>/dev/null | sed "s/^/$version /" >>"$dir/rounds"
  done
done
echo "$(uptime | sed 's/.*load/load/'); $commit beside the working tree, medians of $rounds rounds"
sort "$dir/rounds" | awk '
  function median(n, i, k, t) {
    for (i = 2; i <= n; i++) for (k = i; k > 1 && values[k] < values[k - 1]; k--) { t = values[k]; values[k] = values[k - 1]; values[k - 1] = t }
    return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
  }
  { key = $1 " " $2 " " $3; all[key] = all[key] " " $4; bytes[key] = $6; kinds[$2 " " $3] = 1 }
  END {
    print "kind              earlier ns  current ns  earlier again  current/earlier  again/earlier  earlier B  current B"
    for (kind in kinds) {
      n = split(all["earlier " kind], values); a = median(n)
      n = split(all["current " kind], values); b = median(n)
      n = split(all["earlier-again " kind], values); c = median(n)
      printf "%-16s %11d %11d %14d %16.2f %14.2f %10d %10d\n", kind, a, b, c, b / a, c / a, bytes["earlier " kind], bytes["current " kind]
    }
  }'
