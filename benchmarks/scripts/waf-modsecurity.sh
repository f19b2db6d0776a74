#!/usr/bin/env bash
# Process CPU of one inspection: gateway-waf beside libmodsecurity3 with the OWASP Core Rule Set, same requests, one run.
# Usage: benchmarks/scripts/waf-modsecurity.sh [REQUESTS.bin]     default: the requests of SampleRequests
# Needs the Debian packages gcc, libmodsecurity-dev and modsecurity-crs; without them only ours is measured.
set -euo pipefail
cd "$(dirname "$0")/../.."
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
rules=${CRS_DIR:-/usr/share/modsecurity-crs}
setup=${CRS_SETUP:-/etc/modsecurity/crs/crs-setup.conf}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

[ -n "${BENCHMARKS_BUILT:-}" ] || ./mvnw -q -pl benchmarks -am package -DskipTests -Djacoco.skip -Dmaven.javadoc.skip -Dspotless.check.skip
requests=${1:-$dir/requests.bin}
main="$java -Xmx512m -cp benchmarks/target/benchmarks.jar io.gatewaykit.benchmarks.waf.InspectionCpu"
[ $# -gt 0 ] || $main --write "$requests"
$main "$requests"

if ! command -v gcc >/dev/null || [ ! -f /usr/include/modsecurity/modsecurity.h ] || [ ! -d "$rules/rules" ]; then
  echo "skipped libmodsecurity3: install the Debian packages gcc, libmodsecurity-dev and modsecurity-crs"
  exit 0
fi
gcc -O2 -o "$dir/modsecurity_cpu" benchmarks/scripts/waf-modsecurity.c -lmodsecurity
cat >"$dir/rules.conf" <<CONF
SecRuleEngine On
SecRequestBodyAccess On
SecAuditEngine Off
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 1310720
SecRule REQUEST_HEADERS:Content-Type "(?:application(?:/soap\\+|/)|text/)xml" "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "application/json" "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
Include $setup
Include $rules/rules/*.conf
CONF
echo "libmodsecurity3 $(dpkg-query -W -f '${Version}' libmodsecurity3), $(grep -ho "OWASP_CRS/[0-9.]*'" "$rules"/rules/*.conf | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2 }' | tr -d "'")"
"$dir/modsecurity_cpu" "$dir/rules.conf" "$requests" 3
