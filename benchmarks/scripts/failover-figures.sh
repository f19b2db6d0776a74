#!/usr/bin/env bash
# Measures the figures of results/failover.md in one run of about ten minutes on an idle machine: picks at 3, 100, 1,000 and
# 10,000 endpoints beside Armeria, gRPC and Spring; leases beside Finagle and ServiceTalk; the end of failed and successful leases;
# the distribution of leases during churn; and circuit breakers beside resilience4j, Failsafe and Armeria. Options of JMH may
# follow, such as short rounds to try it: -wi 1 -i 1 -w 100ms -r 100ms
# Usage: benchmarks/scripts/failover-figures.sh [JMH OPTION...]
set -euo pipefail
options=("$@")
[ $# -gt 0 ] || options=(-wi 4 -i 5 -w 400ms -r 400ms)
exec "$(dirname "$0")/jmh.sh" failover '\.(Pick|Lease|Failure|Churn|Breaker)Benchmark\.' -f 1 "${options[@]}"
