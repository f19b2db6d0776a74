/** Health checks: active probes and passive reports, one verdict per target. */
module io.gatewaykit.healthcheck {
  requires transitive io.gatewaykit.api;
  requires org.slf4j;
  requires static transitive org.jspecify;

  exports io.gatewaykit.healthcheck;
}
