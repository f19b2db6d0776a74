module consumer.upstreams {
  requires io.gatewaykit.healthcheck;
  requires io.gatewaykit.failover;
  requires java.net.http;
  requires jdk.httpserver;
}
