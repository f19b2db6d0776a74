#!/usr/bin/env bash
# Prints the requests per second of a server on this machine under wrk on core 1, with the headers of a browser. Fails if a
# response is an error. Usage: benchmarks/scripts/requests-per-second.sh PORT SECONDS CONNECTIONS
set -euo pipefail
report=$(taskset -c 1 wrk -t1 -c"$3" -d"$2"s -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64)' -H 'Accept: */*' \
  "http://127.0.0.1:$1/lessons/42?lang=zh&level=3")
if grep -q 'Non-2xx\|Socket errors' <<< "$report"; then
  echo "$report" >&2
  exit 1
fi
awk '/Requests\/sec/ {print int($2)}' <<< "$report"
