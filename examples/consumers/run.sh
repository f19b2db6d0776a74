#!/usr/bin/env bash
# Five projects outside this build that use GatewayKit as its users do: through gateway-bom, from a repository. Each is
# compiled and run on the class path and on the module path, with every JDK given, and its dependencies are listed.
# Usage: examples/consumers/run.sh [JAVA_HOME...]
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
repository=$root/target/consumers/repository
jdks=("${@:-${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}}")

rm -rf target/consumers
./mvnw -q deploy -DskipTests -Djacoco.skip -Dspotless.check.skip -Dmaven.javadoc.skip \
  -DaltDeploymentRepository=consumers::file://"$repository" \
  -pl gateway-bom,gateway-api,gateway-ratelimit,gateway-waf,gateway-healthcheck,gateway-failover,integrations/gateway-servlet,integrations/gateway-netty -am

cat > target/consumers/settings.xml <<EOF
<settings>
  <profiles><profile><id>consumers</id><repositories><repository>
    <id>consumers</id><url>file://$repository</url>
    <snapshots><enabled>true</enabled><updatePolicy>always</updatePolicy></snapshots>
  </repository></repositories></profile></profiles>
  <activeProfiles><activeProfile>consumers</activeProfile></activeProfiles>
</settings>
EOF

# What is downloaded stays here; what the machine has already is read from where it is.
local=(-Dmaven.repo.local="$root/target/consumers/m2" -Dmaven.repo.local.tail="$HOME/.m2/repository")
for project in limiter servlet netty upstreams firewall; do
  work=$root/target/consumers/$project
  cp -r "examples/consumers/$project" "$work"
  ./mvnw -q -B -f "$work/pom.xml" -s target/consumers/settings.xml compile "${local[@]}" \
    dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$work/target/lib" \
    dependency:tree -DoutputFile="$work/target/tree"
  cat "$work/target/tree"
  for home in "${jdks[@]}"; do
    "$home/bin/java" -cp "$work/target/classes:$work/target/lib/*" "consumer.$project.Main"
    "$home/bin/java" -p "$work/target/classes:$work/target/lib" -m "consumer.$project/consumer.$project.Main"
  done
done
