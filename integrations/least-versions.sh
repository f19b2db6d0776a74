#!/usr/bin/env bash
# Runs the contract tests with the least supported version of each optional library. The code is
# compiled against the version of the build, as users' class paths have it, and run with the least
# one. Without names all libraries are tested, otherwise those named. The libraries of one module
# are replaced together, in one run.
#
#   integrations/least-versions.sh [--short] [caffeine|lettuce|jedis|redisson ...]
#
# --short omits the slow tests: of refunds, TLS, Sentinel and cluster.
set -euo pipefail
cd "$(dirname "$0")/.."

CAFFEINE=3.0.0
LETTUCE=6.6.0.RELEASE
JEDIS=7.2.0
REDISSON=4.0.0

repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
short=false
[ "${1:-}" = --short ] && { short=true; shift; }

replaced='' jars='' tests=''

add() { # group artifact version tests
  local jar="$repository/${1//.//}/$2/$3/$2-$3.jar"
  [ -e "$jar" ] || ./mvnw -q -B dependency:get -Dartifact="$1:$2:$3" -Dtransitive=false
  echo "$2 $3: $4"
  replaced+="${replaced:+,}$1:$2" jars+="${jars:+,}$jar" tests+="${tests:+,}$4"
}

run() { # module
  [ -z "$tests" ] || ./mvnw -q -B test -pl "$1" -am -Dtest="$tests" -Dsurefire.failIfNoSpecifiedTests=false \
    -Dmaven.test.dependency.excludes="$replaced" -Dmaven.test.additionalClasspath="$jars"
  replaced='' jars='' tests=''
}

[ $# -gt 0 ] || set -- caffeine lettuce jedis redisson
for library in "$@"; do
  case $library in
    caffeine | lettuce | jedis | redisson) ;;
    *) echo "unknown: $library" >&2; exit 1 ;;
  esac
done

named() {
  local library
  for library in "${libraries[@]}"; do
    [ "$library" != "$1" ] || return 0
  done
  return 1
}
libraries=("$@")

if named caffeine; then
  more=,RefundTest
  ! $short || more=''
  add com.github.ben-manes.caffeine caffeine $CAFFEINE "CaffeineStoreTest,ExactKeys*Test,OverflowPolicyTest,KeyedLeakyBucketTest$more"
  run gateway-ratelimit
fi
! named lettuce || add io.lettuce lettuce-core $LETTUCE RedisBucketContractTest,RedisWindowContractTest,RedisConcurrencyLimiterTest
! named jedis || add redis.clients jedis $JEDIS JedisBucketContractTest,JedisWindowContractTest
! named redisson || add org.redisson redisson $REDISSON RedissonBucketContractTest,RedissonWindowContractTest
if ! $short && [ -n "$tests" ]; then
  tests+=,ClientSecurityTest,SentinelTest,ClusterTest
fi
run integrations/gateway-redis
