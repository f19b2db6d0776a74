#!/usr/bin/env bash
# Runs the contract tests with the least supported version of each optional library. The code is
# compiled against the version of the build, as users' class paths have it, and run with the least
# one. Without arguments all libraries are tested, otherwise those named.
#
#   integrations/least-versions.sh [caffeine|lettuce|jedis|redisson ...]
set -euo pipefail
cd "$(dirname "$0")/.."

CAFFEINE=3.0.0
LETTUCE=6.6.0.RELEASE
JEDIS=7.2.0
REDISSON=4.0.0

repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}

run() { # group artifact version module tests
  local jar="$repository/${1//.//}/$2/$3/$2-$3.jar"
  [ -e "$jar" ] || ./mvnw -q -B dependency:get -Dartifact="$1:$2:$3" -Dtransitive=false
  echo "$2 $3: $5"
  ./mvnw -q -B test -pl "$4" -am -Dtest="$5" -Dsurefire.failIfNoSpecifiedTests=false \
    -Dmaven.test.dependency.excludes="$1:$2" -Dmaven.test.additionalClasspath="$jar"
}

[ $# -gt 0 ] || set -- caffeine lettuce jedis redisson
for library in "$@"; do
  case $library in
    caffeine) run com.github.ben-manes.caffeine caffeine $CAFFEINE gateway-ratelimit \
      'CaffeineStoreTest,ExactKeys*Test,OverflowPolicyTest,RefundTest,KeyedLeakyBucketTest' ;;
    lettuce) run io.lettuce lettuce-core $LETTUCE integrations/gateway-redis \
      'RedisBucketContractTest,RedisWindowContractTest,RedisConcurrencyLimiterTest,ClientSecurityTest,SentinelTest,ClusterTest' ;;
    jedis) run redis.clients jedis $JEDIS integrations/gateway-redis \
      'JedisBucketContractTest,JedisWindowContractTest' ;;
    redisson) run org.redisson redisson $REDISSON integrations/gateway-redis \
      'RedissonBucketContractTest,RedissonWindowContractTest' ;;
    *) echo "unknown: $library" >&2; exit 1 ;;
  esac
done
