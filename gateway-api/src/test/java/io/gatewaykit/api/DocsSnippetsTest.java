// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatewaykit.api.guard.Guard;
import io.gatewaykit.api.guard.GuardChain;
import io.gatewaykit.api.guard.GuardSelector;
import io.gatewaykit.api.guard.Rejection;
import io.gatewaykit.api.guard.Verdict;
import io.gatewaykit.api.request.ClientAddressResolver;
import io.gatewaykit.api.request.ClientAddressResolver.ForwardingHeader;
import io.gatewaykit.api.request.GatewayRequest;
import io.gatewaykit.api.request.RequestHead;
import io.gatewaykit.api.route.LiveRoutes;
import io.gatewaykit.api.route.Route;
import io.gatewaykit.api.route.RouteTable;
import org.junit.jupiter.api.Test;

/** The code of docs/api.md, compiled and run. */
class DocsSnippetsTest {

  /** Rejects requests without a token. */
  static final class TokenGuard implements Guard {
    private static final Rejection NO_TOKEN =
        Rejection.builder(401, "no_token", "Unauthorized")
            .header("WWW-Authenticate", "Bearer")
            .build();

    @Override
    public String name() {
      return "token";
    }

    @Override
    public Verdict onHead(GatewayRequest request) {
      return request.headers().contains("Authorization")
          ? Verdict.allow()
          : Verdict.reject(NO_TOKEN);
    }
  }

  @Test
  void guardsByRoute() {
    GuardChain chatGuards = GuardChain.of(new TokenGuard());
    GuardChain otherGuards = GuardChain.empty();
    RouteTable<GuardChain> routes =
        RouteTable.of(
            Route.builder("chat", chatGuards).priority(10).pathPrefix("/chat").build(),
            Route.builder("all", otherGuards).build());
    var live = new LiveRoutes<>(routes);
    GuardSelector selector = GuardSelector.routes(live, GuardChain.empty());

    assertThat(judge(selector, RequestHead.builder("GET", "/x").build())).isSameAs(Verdict.allow());
    assertThat(judge(selector, RequestHead.builder("GET", "//%63hat").build()))
        .isInstanceOf(Verdict.Reject.class);
    assertThat(
            judge(
                selector,
                RequestHead.builder("GET", "/chat").headers("authorization", "Bearer x").build()))
        .isSameAs(Verdict.allow());
  }

  @Test
  void clientAddress() {
    ClientAddressResolver clients =
        ClientAddressResolver.builder()
            .header(ForwardingHeader.X_FORWARDED_FOR)
            .trustedProxies("10.0.0.0/8", "2001:db8:ffff::/48")
            .build();
    assertThat(clients).isNotNull();
  }

  private static Verdict judge(GuardSelector selector, GatewayRequest request) {
    return selector.select(request).begin().head(request);
  }
}
