#!/usr/bin/env bash
# Prints how many requests a second a server on this machine answers, asked by wrk on core 1 as a browser would; fails
# if one of them gets a bad answer. Usage: benchmarks/requests-per-second.sh PORT SECONDS CONNECTIONS
set -euo pipefail
said=$(taskset -c 1 wrk -t1 -c"$3" -d"$2"s -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64)' -H 'Accept: */*' \
  "http://127.0.0.1:$1/lessons/42?lang=zh&level=3")
if grep -q 'Non-2xx\|Socket errors' <<< "$said"; then
  echo "$said" >&2
  exit 1
fi
awk '/Requests\/sec/ {print int($2)}' <<< "$said"
