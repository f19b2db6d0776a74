module consumer.firewall {
  requires io.gatewaykit.waf;
  requires io.gatewaykit.api;
}
