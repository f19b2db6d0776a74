#!/usr/bin/env bash
# Scores of the firewall: blocked requests by class of a corpus, and by threshold and level of each set. Prints the tables
# of benchmarks/results/waf-scores.md. The recordings are not part of the project.
# Usage: benchmarks/scripts/waf-scores.sh CORPUS_DIR CASES_DIR     with attacks.dev.jsonl.gz, benign.dev.jsonl.gz and attacks,
# benign, bugs, commands .jsonl.gz. REPLAY_CLASSPATH names the classes of waf-replay; without it, they are built.
set -euo pipefail
cd "$(dirname "$0")/../.."
corpus=${1:?usage: benchmarks/scripts/waf-scores.sh CORPUS_DIR CASES_DIR}
cases=${2:?usage: benchmarks/scripts/waf-scores.sh CORPUS_DIR CASES_DIR}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

if [ -z "${REPLAY_CLASSPATH:-}" ]; then
  ./mvnw -q -pl examples/waf-replay -am package -DskipTests -Djacoco.skip -Dspotless.check.skip
  ./mvnw -q -o -pl examples/waf-replay dependency:build-classpath -Dmdep.outputFile="$dir/classpath"
  REPLAY_CLASSPATH=examples/waf-replay/target/classes:$(cat "$dir/classpath")
fi
replay() { "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$REPLAY_CLASSPATH" io.gatewaykit.examples.replay.WafReplay --json "$@" 2>"$dir/errors"; }

# FILE -> a line "class requests blocked" for each class
counts() { replay "$@" | sed -E 's/.*"class":"([^"]*)","requests":([0-9]*),"blocked":([0-9]*).*/\1 \2 \3/'; }
sum() { awk -v kinds="$1" '
  { hard = $1 ~ /^(code-talk|fp-suite|trigger-prose|password)$/ }
  $1 != "*" && (kinds == "all" || (kinds == "hard") == hard) { n += $2; b += $3 }
  END { printf "%.2f %%", n ? 100 * b / n : 0 }'; }

for set in attacks.dev benign.dev; do
  printf '\n| %s | requests | blocked | |\n|---|--:|--:|--:|\n' "corpus, ${set%.dev}"
  counts "$corpus/$set.jsonl.gz" | awk '{ printf "| %s | %d | %d | %.1f %% |\n", $1 == "*" ? "all" : $1, $2, $3, 100 * $3 / $2 }'
done

row() { # NAME KINDS FILE, with the options in the array "settings"
  local line="| $1 |"
  for option in "${settings[@]}"; do
    # shellcheck disable=SC2086
    line+=" $(counts $option "$3" | sum "$2") |"
  done
  echo "$line"
}
table() {
  row 'corpus, attacks' all "$corpus/attacks.dev.jsonl.gz"
  row 'corpus, ordinary requests' ordinary "$corpus/benign.dev.jsonl.gz"
  row 'corpus, hard requests' hard "$corpus/benign.dev.jsonl.gz"
  row 'attacks written to evade firewalls' all "$cases/attacks.jsonl.gz"
  row 'plain commands after a separator' all "$cases/commands.jsonl.gz"
  row 'public bypass reports, attacks and harmless ones' all "$cases/bugs.jsonl.gz"
  row 'harmless requests written to be hard' all "$cases/benign.jsonl.gz"
}
settings=('--threshold 5' '--threshold 8' '--threshold 10' '--threshold 15' '--threshold 20')
printf '\n| threshold | 5 | 8 | 10 | 15 | 20 |\n|---|--:|--:|--:|--:|--:|\n'
table
settings=('--paranoia 1' '--paranoia 2' '--paranoia 3')
printf '\n| level | 1 | 2 | 3 |\n|---|--:|--:|--:|\n'
table
