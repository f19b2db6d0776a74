#!/usr/bin/env bash
# Runs the tests of gateway-netty, compiled against the version of the build, with Netty 4.1. Two tests differ and are omitted:
# the codec of 4.1 removes Content-Length if there is a transfer coding.
set -euo pipefail
cd "$(dirname "$0")/.."

NETTY=4.1.128.Final
repository=${MAVEN_REPOSITORY:-$HOME/.m2/repository}
shared='common buffer resolver transport transport-native-unix-common handler codec-http codec-http2 codec-haproxy'
jars='' replaced=''
for artifact in $shared codec; do
  jar="$repository/io/netty/netty-$artifact/$NETTY/netty-$artifact-$NETTY.jar"
  [ -e "$jar" ] || ./mvnw -q -B dependency:get -Dartifact="io.netty:netty-$artifact:$NETTY" -Dtransitive=false
  jars+="${jars:+,}$jar"
done
for artifact in $shared codec-base codec-compression; do
  replaced+="${replaced:+,}io.netty:netty-$artifact"
done
./mvnw -q -B test -pl integrations/gateway-netty -am -Dsurefire.failIfNoSpecifiedTests=false \
  -Dtest='io.gatewaykit.netty.*Test,!NettyContractTest#semantics_areAsDocumented,!SocketTest#ambiguous_isRejectedAndClosed' \
  -Dmaven.test.dependency.excludes="$replaced" -Dmaven.test.additionalClasspath="$jars"
